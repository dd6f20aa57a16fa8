"""Unpaid invoices: payments that became known, and the corrections that they or their absence bring."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, insert, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel import audit
from app.kernel.dates import Month
from app.kernel.errors import Conflict, NotFound, Refusal
from app.kernel.money import ZERO, format_pln
from app.vat.models import VatPayment
from app.vat.queries.registers import bad_debts
from app.vat.queries.registers.bad_debts import KIND, Candidate
from app.vat.queries.registers.rows import WORKING
from app.vat.rules.bad_debt import Adjustment, spread
from app.vat.rules.facts import Side
from app.vat.rules.fields import PURCHASE_FIELDS, SALE_FIELDS
from app.vat.rules.registers import BAD_DEBT_BASE, BAD_DEBT_TAX
from app.vat.rules.rows import gross_of
from app.vat.service import locks

LONGEST_NOTE = 240
_PAIRS = tuple(zip(BAD_DEBT_BASE, BAD_DEBT_TAX, strict=True))
_KEPT = (
    "counterparty_no", "counterparty_name", "country", "document_no", "issued_on", "marker", "ksef_number", "due_on",
)  # fmt: skip


def pay(session: Session, side: Side, row_id: UUID, on: date, amount: Decimal, note: str | None = None) -> VatPayment:
    """A payment of an invoice of the register; a minus takes a mistaken one back.

    Raises `NotFound`, `Refusal` at `amount` when more than the invoice would be paid, or less than nothing.
    """
    row = _row(session, side, row_id)
    words = " ".join((note or "").split()) or None
    if words is not None and len(words) > LONGEST_NOTE:
        raise Refusal(f"Uwaga może mieć najwyżej {LONGEST_NOTE} znaków.", "note")
    if not amount:
        raise Refusal("Podaj kwotę zapłaty.", "amount")
    known = bad_debts.payments(session, [row_id]).get(row_id, [])
    paid = sum((one.amount for one in known), ZERO) + amount
    gross = gross_of(side, row)
    if not ZERO <= paid <= abs(gross):
        raise Refusal(f"Razem zapłacono by {format_pln(paid)}, a faktura jest na {format_pln(gross)}.", "amount")
    made = VatPayment(side=side, row_id=row_id, on=on, amount=amount, note=words, recorded_by=session.info["actor"])
    session.add(made)
    session.flush()
    audit.record(session, "vat.pay", f"vat.{side}:{row_id}", after={"on": str(on), "amount": f"{amount:f}"})
    return made


def correct(session: Session, month: Month, side: Side, row_id: UUID) -> tuple[UUID, ...]:
    """The corrections of an invoice that fall due in the month become rows of its register; their ids.

    Raises `Conflict` when the month is closed or there is nothing (any more) to correct.

    Law: art. 89a ust. 1–4, art. 89b ust. 1–4 ustawy o VAT
    """
    locks.open_periods(session, [month])
    _row(session, side, row_id)
    found = bad_debts.candidate(session, month, side, row_id)
    if not found.due:
        why = found.outcome.result.why or "Korekta jest już w rejestrze albo należy do innego miesiąca."
        raise Conflict(why, "id")
    return tuple(_enter(session, month, found, one) for one in found.due)


def _row(session: Session, side: Side, row_id: UUID) -> RowMapping:
    """Held, so that two people do not pay or correct it at once."""
    table = WORKING[side]
    query = select(table).where(table.c.id == row_id, table.c.void_reason.is_(None)).with_for_update()
    row = session.execute(query).mappings().one_or_none()
    if row is None:
        raise NotFound("Nie ma takiej faktury w rejestrze.", "id")
    return row


def _enter(session: Session, month: Month, found: Candidate, one: Adjustment) -> UUID:
    side, own = found.side, found.columns
    laws = "; ".join(found.outcome.law)
    why = "Niezapłacona w terminie" if one.what == "relief" else "Zapłacona po korekcie"
    values: dict[str, Any] = {
        **{name: own[name] for name in _KEPT},
        "id": uuid7(),
        "year": month.year,
        "month": month.month,
        "source": "internal",
        "source_key": f"{month}:{KIND}:{found.id}:{one.what}",
        "internal_kind": KIND,
        "corrects_id": found.id,
        "description": f"{why}: {own['document_no']}"[:400],
        "decision": {
            "what": one.what, "month": one.month, "why": f"{why}.", "law": laws,
            "steps": [[step.step, step.formula, step.value, step.law] for step in found.outcome.reckoning],
        },
        "created_by": session.info["actor"],
    }  # fmt: skip
    values |= _of_sale(own, one) if side == "sale" else _of_purchase(one)
    session.execute(insert(WORKING[side]).values(values))
    shown = {"what": one.what, "net": f"{one.net:f}", "tax": f"{one.tax:f}", "month": str(month)}
    audit.record(session, "vat.correct_bad_debt", f"vat.{side}:{found.id}", after=shown)
    row_id: UUID = values["id"]
    return row_id


def _of_sale(own: Mapping[str, Any], one: Adjustment) -> dict[str, Any]:
    """Base and tax over the rates of the invoice, in their proportion; the last one takes what is left."""
    pairs = [(base, tax) for base, tax in _PAIRS if own[f"k_{tax}"]]
    nets = spread(one.net, [own[f"k_{base}"] for base, _ in pairs])
    taxes = spread(one.tax, [own[f"k_{tax}"] for _, tax in pairs])
    made: dict[str, Any] = {name.lower(): None for name in SALE_FIELDS}
    for (base, tax), net_part, tax_part in zip(pairs, nets, taxes, strict=True):
        made[f"k_{base}"], made[f"k_{tax}"] = net_part, tax_part
    return {**made, "bad_debt_due_on": one.due_on, "bad_debt_paid_on": one.paid_on}


def _of_purchase(one: Adjustment) -> dict[str, Any]:
    made: dict[str, Any] = {name.lower(): None for name in PURCHASE_FIELDS}
    made["k_46" if one.what == "relief" else "k_47"] = one.tax
    return {**made, "net": ZERO, "vat": ZERO}
