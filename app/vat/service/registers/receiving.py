"""Invoices from the city's inbox: each becomes one row of this unit's register, once, however often it is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, Table, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel import audit
from app.kernel.dates import Month
from app.kernel.db import alone
from app.kernel.errors import Conflict, Refusal
from app.kernel.money import ZERO
from app.kernel.rulebook import Amount
from app.law import loader
from app.vat.filings.jpk_v7m import purchase_body, sales_body
from app.vat.models import VatPeriod, purchase, sale
from app.vat.rules.correcting import CorrectionPeriod, correction_period, kept
from app.vat.rules.delivery import Delivery, Receipt, Withdrawal
from app.vat.rules.facts import Invoice, Side
from app.vat.rules.publication import closed_sentence
from app.vat.rules.register import PLN, ksef_day, purchase_row, purchase_vat, sales_row
from app.vat.rules.rows import purchase_columns, sale_columns
from app.vat.rules.split_payment import SplitPayment, split_payment
from app.vat.service import deductions, locks
from app.vat.service.registers import issued

SOURCE = "ksef"
ROWS_AT_ONCE = 500
"""What comes from the inbox is written by one session of a unit at a time, so each sees what the others brought."""
TABLES: dict[Side, Table] = {"sale": sale, "purchase": purchase}
REASON_LENGTH = 400
REPLACED = "Zastąpiony wierszem z nowszej decyzji o przypisaniu faktury."


@dataclass(frozen=True, slots=True)
class _Ready:
    """A row to insert; its month is final."""

    delivery: Delivery
    month: Month
    values: dict[str, Any]


def receive(session: Session, deliveries: Sequence[Delivery]) -> list[Receipt]:
    """Puts invoices into the registers; a receipt for each, in their order, with a `problem` where it could not be.

    A sale that this unit issued itself has its row already, which gets its KSeF number.
    A delivery that is here already is received again without effect; one of an invoice that a newer decision sends
    again takes the place of its older row. When its month is closed a purchase goes to the first open month in which it
    may still be deducted, a sale waits until the unit opens the month again, and so does a correction that lowers the
    tax of a purchase: that is a duty of its month. A correction keeps why it stands in its month.

    Law: art. 86 ust. 10, 10b, 11 i 19a, art. 109 ust. 3 ustawy o VAT
    """
    alone(session, "receive")
    known = _known(session, deliveries)
    fresh = [one for one in deliveries if one.attribution_id not in known]
    own = issued.recognise(session, fresh)
    problems: dict[UUID, str] = {key: problem for key, problem in own.items() if problem is not None}
    fresh = [one for one in fresh if one.attribution_id not in own]
    if not fresh:
        return [Receipt(one.attribution_id, one.invoice_id, problems.get(one.attribution_id)) for one in deliveries]
    basis = deductions.basis(session)
    months = _held_months(session, fresh, problems)
    before = _rows_before(session, fresh)
    ready: list[_Ready] = []
    for one in fresh:
        if one.attribution_id in problems:
            continue
        try:
            ready.append(_ready(session, one, months[one.attribution_id], before.get(one.invoice_id, ()), basis))
        except Refusal as refusal:
            problems[one.attribution_id] = refusal.message
    added = sum(_insert(session, side, [one for one in ready if one.delivery.side == side]) for side in TABLES)
    if added:
        audit.record(session, "vat.receive", "vat.register:ksef", after={"rows": added, "refused": len(problems)})
    return [Receipt(one.attribution_id, one.invoice_id, problems.get(one.attribution_id)) for one in deliveries]


def withdraw(session: Session, withdrawals: Sequence[Withdrawal]) -> list[Receipt]:
    """Voids rows of invoices that turned out to be somebody else's; a receipt for each, in their order.

    What is not here, or is void already, needs nothing. A row of a closed month stays, with a `problem`.
    """
    alone(session, "receive")
    receipts, voided = [], 0
    for one in withdrawals:
        problem, rows = _withdraw(session, one)
        receipts.append(Receipt(one.attribution_id, one.invoice_id, problem))
        voided += rows
    if voided:
        audit.record(session, "vat.withdraw", "vat.register:ksef", after={"rows": voided})
    return receipts


@dataclass(frozen=True, slots=True)
class _Before:
    """An older row of the same invoice, the newest first."""

    table: Table
    row: RowMapping


def _rows_before(session: Session, deliveries: Sequence[Delivery]) -> dict[UUID, list[_Before]]:
    invoices = [one.invoice_id for one in deliveries]
    found: dict[UUID, list[_Before]] = {}
    for table in TABLES.values():
        query = select(table).where(table.c.source == SOURCE, table.c.invoice_id.in_(invoices))
        for row in session.execute(query.order_by(table.c.id.desc())).mappings():
            found.setdefault(row["invoice_id"], []).append(_Before(table, row))
    return found


def _ready(session: Session, one: Delivery, month: Month, before: Sequence[_Before], basis: deductions.Basis) -> _Ready:
    """The row to insert. A live older row is voided; what a person said of the purchase there holds here too."""
    if one.side == "sale":
        values = _sale_values(one)
    else:
        values = _purchase_values(one, month, basis, next((old.row for old in before if old.table is purchase), None))
    _void(session, before, REPLACED)
    return _Ready(one, month, {**values, **_own(session, one, month)})


def _known(session: Session, deliveries: Sequence[Delivery]) -> set[UUID]:
    """Those whose row stands here, void or not: deciding about them again takes another attribution."""
    found: set[UUID] = set()
    for table in TABLES.values():
        keys = [str(one.attribution_id) for one in deliveries]
        query = select(table.c.source_key).where(table.c.source == SOURCE, table.c.source_key.in_(keys))
        found.update(UUID(key) for key in session.scalars(query))
    return found


def _held_months(session: Session, deliveries: Sequence[Delivery], problems: dict[UUID, str]) -> dict[UUID, Month]:
    """The month of each delivery, held open; where there is none the problem is noted. The habits are held already."""
    late = int(loader.newest("vat.input.late_periods").number)
    closed = _closed(session)
    while True:
        chosen: dict[UUID, Month] = {}
        for one in deliveries:
            movable = one.side == "purchase" and not _lowers(one.invoice)
            allowed = [one.month.shifted(ahead) for ahead in range(late + 1 if movable else 1)]
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
    sentence = closed_sentence(one.month, closed[one.month])
    if one.side == "purchase" and _lowers(one.invoice):
        sentence += (
            " Korekta zmniejsza podatek naliczony i nie może przejść na później (art. 86 ust. 19a ustawy o VAT)."
            f" Otwórz miesiąc albo przygotuj korektę za {one.month}."
        )
    elif one.side == "purchase":
        sentence += (
            f" Zamknięte są też wszystkie następne miesiące, w których można odliczyć podatek (do {last}; art. 86 "
            f"ust. 11 ustawy o VAT). Potrzebna jest korekta za {one.month}."
        )
    return sentence


def _lowers(invoice: Invoice) -> bool:
    """A correction after which there is less to deduct."""
    if not invoice.corrected:
        return False
    net, tax = purchase_vat(invoice)
    return (tax or net) < ZERO


def _correction(one: Delivery, month: Month) -> dict[str, Any] | None:
    """Why a correction of a purchase stands in its month; None where a person has to say when it was agreed."""
    received = ksef_day(one.ksef_number)
    if one.side != "purchase" or not one.invoice.corrected or received is None or Month.of(received) != month:
        return None
    question = CorrectionPeriod(
        side="purchase",
        direction="minus" if _lowers(one.invoice) else "plus",
        original_month=str(max(Month.of(issued_on) for issued_on, _, _ in one.invoice.corrected)),
        issued_on=one.invoice.issued_on,
        received_on=received,
        ksef=True,
    )
    try:
        return kept(question, correction_period(question))
    except Refusal:
        return None


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
        "due_on": one.invoice.due_on,
        "split_payment": _split(one.invoice),
        "decision": _correction(one, month),
    }


def _split(invoice: Invoice) -> bool | None:
    """Whether it has to be paid in split payment; unknown of an invoice in another currency.

    Law: art. 108a ust. 1a i 1b ustawy o VAT
    """
    marked = invoice.annotations.get("P_18A") == "1"
    annex = any(line.annex_15 for line in invoice.lines)
    if not marked and not annex:
        return False
    if invoice.currency != PLN and not marked:
        return None
    tax = sum((total.tax or ZERO for total in invoice.totals), ZERO)
    asked = SplitPayment(
        gross=Amount(invoice.gross), vat=Amount(tax), on=invoice.issued_on, annex_15=annex, marked=marked
    )
    return marked or split_payment(asked).result.duty == "obligatory"


def _description(invoice: Invoice) -> str | None:
    """What was bought or sold, as the first lines of the invoice say."""
    texts = dict.fromkeys(line.text for line in invoice.lines if line.text)
    return "; ".join(texts)[:REASON_LENGTH] or None


def _sale_values(one: Delivery) -> dict[str, Any]:
    row = sales_row(one.invoice, one.ksef_number)
    sales_body(None, row)
    return sale_columns(row)


def _purchase_values(one: Delivery, month: Month, basis: deductions.Basis, before: RowMapping | None) -> dict[str, Any]:
    net, vat = purchase_vat(one.invoice)
    row = purchase_row(one.invoice, one.ksef_number, ZERO, asset=False)
    purchase_body(None, row)
    use, asset = (before["use"], before["asset"]) if before is not None else (None, False)
    own = {"net": net, "vat": vat, "use": use or basis.default_use, "asset": asset}
    return {**purchase_columns(row), **own, **basis.reckon(own, month).columns}


def _insert(session: Session, side: Side, ready: Sequence[_Ready]) -> int:
    """In bulk; the number of new rows."""
    table, added = TABLES[side], 0
    for start in range(0, len(ready), ROWS_AT_ONCE):
        values = [one.values for one in ready[start : start + ROWS_AT_ONCE]]
        statement = insert(table).on_conflict_do_nothing(index_elements=["source", "source_key"]).returning(table.c.id)
        added += len(session.execute(statement, values).all())
    return added


def _withdraw(session: Session, one: Withdrawal) -> tuple[str | None, int]:
    """Of the delivery named; when that never came, of any other row of the invoice (its delivery was not answered)."""
    by_key = [_Before(table, row) for table, row in _found(session, "source_key", str(one.attribution_id))]
    others = [] if by_key else [_Before(table, row) for table, row in _found(session, "invoice_id", one.invoice_id)]
    try:
        return None, _void(session, [*by_key, *others], one.reason)
    except Conflict as refusal:
        return refusal.message, 0


def _found(session: Session, name: str, value: Any) -> Iterator[tuple[Table, RowMapping]]:
    for table in TABLES.values():
        query = select(table).where(table.c.source == SOURCE, table.c[name] == value)
        for row in session.execute(query).mappings():
            yield table, row


def _void(session: Session, rows: Sequence[_Before], reason: str) -> int:
    """Those of them that are live; how many. Raises `Conflict`, having voided none, when a month is closed."""
    live = [old for old in rows if old.row["void_reason"] is None]
    locks.open_periods(session, [Month(old.row["year"], old.row["month"]) for old in live])
    for old in live:
        query = update(old.table).where(old.table.c.id == old.row["id"], old.table.c.void_reason.is_(None))
        session.execute(query.values(void_reason=reason[:REASON_LENGTH]))
    return len(live)
