"""Invoices from the city's inbox: each becomes one row of this unit's register, once, however often it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Table, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel import audit
from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.kernel.money import ZERO
from app.law import loader
from app.vat.models import VatPeriod, purchase, sale
from app.vat.queries.registers import facts
from app.vat.rules.delivery import Delivery, Receipt, Withdrawal
from app.vat.rules.facts import Invoice, Side
from app.vat.rules.register import purchase_row, purchase_vat, sales_row
from app.vat.service import deductions, locks

SOURCE = "ksef"
ROWS_AT_ONCE = 500
TABLES: dict[Side, Table] = {"sale": sale, "purchase": purchase}
REASON_LENGTH = 400


@dataclass(frozen=True, slots=True)
class _Ready:
    """A row to insert; its month is final."""

    delivery: Delivery
    month: Month
    values: dict[str, Any]


def receive(session: Session, deliveries: Sequence[Delivery]) -> list[Receipt]:
    """Puts invoices into the registers; a receipt for each, in their order, with a `problem` where it could not be.

    A delivery that is here already is received again without effect. When its month is closed a purchase goes to the
    first open month in which it may still be deducted, a sale waits until the unit opens the month again.

    Law: art. 86 ust. 10, 10b i 11, art. 109 ust. 3 ustawy o VAT
    """
    known = _known(session, deliveries)
    fresh = [one for one in deliveries if one.attribution_id not in known]
    problems: dict[UUID, str] = {}
    months = _held_months(session, fresh, problems) if fresh else {}
    basis = deductions.basis(session)
    ready: list[_Ready] = []
    for one in fresh:
        if one.attribution_id not in months:
            continue
        month = months[one.attribution_id]
        try:
            values = _sale_values(one) if one.side == "sale" else _purchase_values(one, month, basis)
        except Refusal as refusal:
            problems[one.attribution_id] = refusal.message
            continue
        ready.append(_Ready(one, month, {**values, **_own(session, one, month)}))
    added = sum(_insert(session, side, [one for one in ready if one.delivery.side == side]) for side in TABLES)
    if added:
        audit.record(session, "vat.receive", "vat.register:ksef", after={"rows": added, "refused": len(problems)})
    return [Receipt(one.attribution_id, one.invoice_id, problems.get(one.attribution_id)) for one in deliveries]


def withdraw(session: Session, withdrawals: Sequence[Withdrawal]) -> list[Receipt]:
    """Voids rows of invoices that turned out to be somebody else's; a receipt for each, in their order.

    What is not here, or is void already, needs nothing. A row of a closed month stays, with a `problem`.
    """
    receipts, voided = [], 0
    for one in withdrawals:
        problem, rows = _withdraw(session, one)
        receipts.append(Receipt(one.attribution_id, one.invoice_id, problem))
        voided += rows
    if voided:
        audit.record(session, "vat.withdraw", "vat.register:ksef", after={"rows": voided})
    return receipts


def _known(session: Session, deliveries: Sequence[Delivery]) -> set[UUID]:
    """Those whose row stands here, void or not: deciding about them again takes another attribution."""
    found: set[UUID] = set()
    for table in TABLES.values():
        keys = [str(one.attribution_id) for one in deliveries]
        query = select(table.c.source_key).where(table.c.source == SOURCE, table.c.source_key.in_(keys))
        found.update(UUID(key) for key in session.scalars(query))
    return found


def _held_months(session: Session, deliveries: Sequence[Delivery], problems: dict[UUID, str]) -> dict[UUID, Month]:
    """The month of each delivery, held open; where there is none the problem is noted."""
    locks.habits(session)
    late = int(loader.newest("vat.input.late_periods").number)
    closed = _closed(session)
    while True:
        chosen: dict[UUID, Month] = {}
        for one in deliveries:
            allowed = [one.month.shifted(ahead) for ahead in range(late + 1 if one.side == "purchase" else 1)]
            month = next((month for month in allowed if month not in closed), None)
            if month is None:
                problems[one.attribution_id] = _no_month(one, closed, allowed[-1])
            else:
                chosen[one.attribution_id] = month
        periods = [locks.period(session, month) for month in sorted(set(chosen.values()))]
        shut = {Month(found.year, found.month): found.state for found in periods if found.state != "open"}
        if not shut:
            return chosen
        closed |= shut


def _closed(session: Session) -> dict[Month, str]:
    query = select(VatPeriod.year, VatPeriod.month, VatPeriod.state).where(VatPeriod.state != "open")
    return {Month(year, month): state for year, month, state in session.execute(query)}


def _no_month(one: Delivery, closed: dict[Month, str], last: Month) -> str:
    sentence = locks.closed_sentence(one.month, closed[one.month])
    if one.side == "purchase":
        sentence += f" Zamknięte są też wszystkie następne miesiące, w których można odliczyć podatek (do {last})."
    return sentence


def _own(session: Session, one: Delivery, month: Month) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "year": month.year,
        "month": month.month,
        "source": SOURCE,
        "source_key": str(one.attribution_id),
        "invoice_id": one.invoice_id,
        "description": _description(one.invoice),
        "created_by": session.info["actor"],
    }


def _description(invoice: Invoice) -> str | None:
    """What was bought or sold, as the first lines of the invoice say."""
    texts = dict.fromkeys(line.text for line in invoice.lines if line.text)
    return "; ".join(texts)[:REASON_LENGTH] or None


def _sale_values(one: Delivery) -> dict[str, Any]:
    row = sales_row(one.invoice, one.ksef_number)
    facts.sale_text(row)
    return facts.sale_columns(row)


def _purchase_values(one: Delivery, month: Month, basis: deductions.Basis) -> dict[str, Any]:
    net, vat = purchase_vat(one.invoice)
    row = purchase_row(one.invoice, one.ksef_number, ZERO, asset=False)
    facts.purchase_text(row)
    own = {"net": net, "vat": vat, "use": basis.default_use, "asset": False}
    return {**facts.purchase_columns(row), **own, **deductions.columns(basis.reckon(own, month))}


def _insert(session: Session, side: Side, ready: Sequence[_Ready]) -> int:
    """In bulk; a row that a concurrent caller has just inserted is left as it is. The number of new rows."""
    table, added = TABLES[side], 0
    for start in range(0, len(ready), ROWS_AT_ONCE):
        values = [one.values for one in ready[start : start + ROWS_AT_ONCE]]
        statement = insert(table).on_conflict_do_nothing(index_elements=["source", "source_key"]).returning(table.c.id)
        added += len(session.execute(statement, values).all())
    return added


def _withdraw(session: Session, one: Withdrawal) -> tuple[str | None, int]:
    voided = 0
    for table in TABLES.values():
        query = select(table.c.id, table.c.year, table.c.month).where(
            tuple_(table.c.source, table.c.source_key) == (SOURCE, str(one.attribution_id)),
            table.c.void_reason.is_(None),
        )
        for row in session.execute(query):
            period = locks.period(session, Month(row.year, row.month))
            if period.state != "open":
                return locks.closed_sentence(Month(row.year, row.month), period.state), voided
            statement = update(table).where(table.c.id == row.id).values(void_reason=one.reason[:REASON_LENGTH])
            session.execute(statement)
            voided += 1
    return None, voided
