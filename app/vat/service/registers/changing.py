"""Changes of rows that are in a register: voiding, what a purchase serves, the KSeF number that came later."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import RowMapping, Table, case, func, literal, select, update
from sqlalchemy.orm import Session

from app.kernel import audit
from app.kernel.dates import Month
from app.kernel.errors import Conflict, NotFound, Refusal
from app.kernel.ids import ksef_number_problem
from app.vat.models import purchase
from app.vat.rules.deduction import Use
from app.vat.rules.facts import Marker, Side
from app.vat.service import deductions, locks
from app.vat.service.registers.entering import tell
from app.vat.service.registers.receiving import REASON_LENGTH, SOURCE, TABLES

KEPT_OF_KEY = 80


def void(session: Session, side: Side, row_id: UUID, reason: str) -> None:
    """The row stays, counts no more and shows why. The number of a document that was entered here is free again.

    Raises `Refusal` without a reason, `NotFound`, `Conflict` when it is void already or its month is closed.
    """
    words = " ".join(reason.split())
    if not words:
        raise Refusal("Podaj powód unieważnienia.", "reason")
    if len(words) > REASON_LENGTH:
        raise Refusal(f"Powód może mieć najwyżej {REASON_LENGTH} znaków.", "reason")
    table = TABLES[side]
    row = held(session, table, [row_id])[0]
    freed = func.left(table.c.source_key, KEPT_OF_KEY) + literal(f"#{row_id}")
    statement = (
        update(table)
        .where(table.c.id == row_id, table.c.void_reason.is_(None))
        .values(void_reason=words, source_key=case((table.c.source == SOURCE, table.c.source_key), else_=freed))
    )
    if session.execute(statement.returning(table.c.id)).first() is None:
        raise Conflict("Ten wiersz unieważniono w tej samej chwili.", "id")
    if side == "purchase":
        tell(session, [row_id])
    audit.record(
        session, "vat.void", f"vat.{side}:{row_id}", before={"document_no": row["document_no"]}, after={"reason": words}
    )


def set_use(session: Session, ids: Collection[UUID], use: Use, *, asset: bool | None = None) -> int:
    """What these purchases serve (and, when given, whether they are fixed assets); their deductions follow.

    The number of rows. Raises `NotFound`, `Conflict` for a void row or a closed month; then nothing is changed.
    """
    basis = deductions.basis(session)
    wanted = sorted(set(ids))
    rows = held(session, purchase, wanted)
    values = {"use": use, **({} if asset is None else {"asset": asset})}
    session.execute(update(purchase).where(purchase.c.id.in_(wanted)).values(values))
    deductions.recompute(session, {Month(row["year"], row["month"]) for row in rows}, wanted, basis)
    what = f"vat.purchase:{wanted[0]}" if len(wanted) == 1 else "vat.purchase:many"
    audit.record(session, "vat.set_use", what, after={**values, "ids": [str(one) for one in wanted]})
    return len(rows)


def set_marker(session: Session, side: Side, row_id: UUID, marker: Marker) -> None:
    """Gives a row its KSeF number, or another of the four markers; exactly one always stands.

    Law: art. 106nf ust. 1, art. 109 ust. 3 ustawy o VAT
    """
    if (marker.kind == "NrKSeF") != (marker.ksef_number is not None):
        raise Refusal("Podaj numer KSeF albo wybierz jedno z oznaczeń OFF, BFK, DI.", "marker")
    if marker.ksef_number is not None and (problem := ksef_number_problem(marker.ksef_number)):
        raise Refusal(problem, "ksef_number")
    table = TABLES[side]
    row = held(session, table, [row_id])[0]
    values = {"marker": marker.kind, "ksef_number": marker.ksef_number}
    session.execute(update(table).where(table.c.id == row_id).values(values))
    before = {name: row[name] for name in values}
    audit.record(session, "vat.set_marker", f"vat.{side}:{row_id}", before=before, after=values)


def held(session: Session, table: Table, ids: Sequence[UUID]) -> Sequence[RowMapping]:
    """These rows, live, in months that are held open. Raises `NotFound` and `Conflict`."""
    query = select(table).where(table.c.id.in_(ids)).order_by(table.c.id)
    months = {Month(row.year, row.month) for row in session.execute(query)}
    locks.open_periods(session, months)
    rows = session.execute(query.with_for_update()).mappings().all()
    if not ids or len(rows) != len(set(ids)):
        raise NotFound("Nie ma takiego wiersza w rejestrze.", "id")
    for row in rows:
        if row["void_reason"] is not None:
            raise Conflict(f"Dokument „{row['document_no'][:80]}” jest unieważniony.", "id")
    return rows
