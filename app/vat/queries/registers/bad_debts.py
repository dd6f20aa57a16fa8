"""Invoices that are not paid in time: which corrections fall due in a month, and which were made already."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Table, or_, select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import NotFound, NotKnown
from app.kernel.money import ZERO, to_grosz
from app.kernel.reckoning import Outcome
from app.kernel.rulebook import Amount
from app.law import loader
from app.vat.models import VatPayment
from app.vat.queries.registers.rows import FIELDS, WORKING
from app.vat.rules.bad_debt import Adjustment, BadDebt, BadDebtResult, Payment, bad_debt
from app.vat.rules.facts import Side
from app.vat.rules.registers import BAD_DEBT_BASE, BAD_DEBT_TAX
from app.vat.rules.rows import amounts, gross_of
from app.vat.rules.totals import total

KIND = "bad_debt"
"""`internal_kind` of a row that corrects an unpaid invoice; its `decision` says for what and why."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An invoice with corrections that fall due in the month. `due`: those not made yet; `made`: rows of others."""

    side: Side
    id: UUID
    month: Month
    """Where the invoice itself stands."""
    columns: Mapping[str, Any]
    gross: Decimal
    paid: Decimal
    outcome: Outcome[BadDebtResult]
    due: tuple[Adjustment, ...]
    made: tuple[UUID, ...]


def candidates(session: Session, month: Month) -> list[Candidate]:
    """Of both registers: whose 90th day is in the month, and those paid in it that were corrected before."""
    return [one for side in WORKING for one in _of_side(session, month, side) if one.due or one.made]


def candidate(session: Session, month: Month, side: Side, row_id: UUID) -> Candidate:
    """One of them, due or not. Raises `NotFound`."""
    found = next(_read(session, month, side, [row_id]), None)
    if found is None:
        raise NotFound("Nie ma takiej niezapłaconej faktury w rejestrze.", "id")
    return found


def payments(session: Session, ids: Iterable[UUID]) -> dict[UUID, list[VatPayment]]:
    """What is known to be paid of these rows, by day."""
    found: dict[UUID, list[VatPayment]] = {}
    query = select(VatPayment).where(VatPayment.row_id.in_(list(ids))).order_by(VatPayment.on, VatPayment.id)
    for one in session.scalars(query):
        found.setdefault(one.row_id, []).append(one)
    return found


def _of_side(session: Session, month: Month, side: Side) -> Iterator[Candidate]:
    table = WORKING[side]
    days = timedelta(days=int(loader.value_on("vat.bad_debt.days", month.first_on).number))
    paid = select(VatPayment.row_id).where(VatPayment.on.between(month.first_on, month.last_on))
    query = select(table.c.id).where(
        _own(table),
        or_(table.c.due_on.between(month.first_on - days, month.last_on - days), table.c.id.in_(paid)),
    )
    yield from _read(session, month, side, session.scalars(query).all())


def _own(table: Table) -> Any:
    invoice = or_(table.c.document_type.is_(None), table.c.document_type == "MK")
    return (
        table.c.void_reason.is_(None)
        & table.c.due_on.is_not(None)
        & invoice
        & table.c.internal_kind.is_distinct_from(KIND)
    )


def _read(session: Session, month: Month, side: Side, ids: Sequence[UUID]) -> Iterator[Candidate]:
    table = WORKING[side]
    query = select(table).where(table.c.id.in_(ids), _own(table)).order_by(table.c.due_on, table.c.id)
    known, made = payments(session, ids), _made(session, table, ids)
    for row in session.execute(query).mappings():
        asked = _question(side, row, known.get(row["id"], []), month.last_on)
        if asked is None:
            continue
        try:
            outcome = bad_debt(asked)
        except NotKnown:  # due before the law that we know: its relief was another system's
            continue
        rows = made.get(row["id"], [])
        taken = {(one["decision"]["what"], one["decision"]["month"]) for one in rows}
        relieved = any(what == "relief" for what, _ in taken)
        due = tuple(
            one
            for one in outcome.result.adjustments
            if one.month == str(month) and (one.what, one.month) not in taken and (one.what == "relief" or relieved)
        )
        gross = gross_of(side, row)
        paid = sum((one.amount for one in known.get(row["id"], [])), ZERO)
        own = tuple(one["id"] for one in rows)
        standing = Month(row["year"], row["month"])
        yield Candidate(side, row["id"], standing, dict(row), gross, paid, outcome, due, own)


def _made(session: Session, table: Table, ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """Corrections of these rows that stand."""
    found: dict[UUID, list[Any]] = {}
    query = select(table.c.id, table.c.corrects_id, table.c.decision).where(
        table.c.corrects_id.in_(ids), table.c.internal_kind == KIND, table.c.void_reason.is_(None)
    )
    for row in session.execute(query).mappings():
        found.setdefault(row["corrects_id"], []).append(row)
    return found


def _question(side: Side, row: Mapping[Any, Any], known: Sequence[VatPayment], on: date) -> BadDebt | None:
    """None when there is no tax that could be corrected."""
    own = amounts(row, FIELDS[side])
    gross = gross_of(side, row)
    if side == "sale":
        net, tax = total(own, "K_", BAD_DEBT_BASE), total(own, "K_", BAD_DEBT_TAX)
        vat = None
    else:
        net, vat = Decimal(row["net"]), Amount(row["vat"])
        tax = total(own, "K_", ("41", "43"))
    if net <= ZERO or tax <= ZERO or gross <= ZERO:
        return None
    part = net + (vat if vat is not None else tax)
    return BadDebt(
        side="seller" if side == "sale" else "buyer",
        net=Amount(net),
        tax=Amount(tax),
        vat=vat,
        issued_on=row["issued_on"],
        due_on=row["due_on"],
        on=on,
        payments=_payments(known, part, gross),
    )


def _payments(known: Sequence[VatPayment], part: Decimal, gross: Decimal) -> list[Payment]:
    """By day, mistakes taken back; of an invoice with exempt lines too, the share of its taxed part."""
    by_day: dict[date, Decimal] = {}
    for one in known:
        by_day[one.on] = by_day.get(one.on, ZERO) + one.amount
    made, left = [], part
    for day in sorted(by_day):
        share = by_day[day] if part == gross else to_grosz(by_day[day] * part / gross)
        share = min(share, left)
        if share > ZERO:
            made.append(Payment(on=day, amount=Amount(share)))
            left -= share
    return made
