"""A correction is put into the month it belongs to, and the row keeps why."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.kernel import audit
from app.kernel.dates import Month
from app.kernel.errors import Conflict, NotFound
from app.vat.rules.correcting import CorrectionPeriod, correction_period, kept
from app.vat.rules.facts import Side
from app.vat.service import deductions, locks
from app.vat.service.registers.receiving import TABLES


def place(session: Session, side: Side, row_id: UUID, question: CorrectionPeriod) -> Month:
    """The month by the rule `vat-correction-period`; the row moves there when it stands elsewhere, and keeps the facts,
    the reason and the article. Deductions of a purchase are computed anew with the ratios of the new month's year.

    Raises `Refusal` as the rule does, `Conflict` when either month is closed or the row is void.

    Law: art. 29a ust. 13–17, art. 86 ust. 19a–19b ustawy o VAT
    """
    outcome = correction_period(question)
    table = TABLES[side]
    basis = deductions.basis(session)
    query = select(table.c.year, table.c.month, table.c.void_reason).where(table.c.id == row_id)
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound("Nie ma takiego wiersza w rejestrze.", "id")
    if row.void_reason is not None:
        raise Conflict("Ten wiersz jest unieważniony.", "id")
    before, month = Month(row.year, row.month), Month.parse(outcome.result.month)
    locks.open_periods(session, [before, month])
    held = session.execute(query.with_for_update()).one()
    if (held.year, held.month, held.void_reason) != (before.year, before.month, None):
        raise Conflict("Ten wiersz zmieniono w tej samej chwili. Obejrzyj go jeszcze raz.", "id")
    values = {"year": month.year, "month": month.month, "decision": kept(question, outcome)}
    session.execute(update(table).where(table.c.id == row_id).values(values))
    if side == "purchase" and before.year != month.year:
        deductions.recompute(session, [month], [row_id], basis)
    audit.record(
        session,
        "vat.place_correction",
        f"vat.{side}:{row_id}",
        before={"month": str(before)},
        after={"month": str(month), "why": outcome.result.why},
    )
    return month
