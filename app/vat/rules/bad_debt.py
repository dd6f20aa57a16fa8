"""Relief for bad debts: the seller may take the tax back, the buyer must give the deduction back, until it is paid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

import msgspec

from app.kernel.dates import Month, format_short
from app.kernel.errors import Refusal
from app.kernel.money import ZERO, exact_text, to_grosz
from app.kernel.reckoning import Outcome, Parameter, Step
from app.kernel.rulebook import Amount
from app.law import loader

SELLER = "art. 89a ust. 1, 1a i 3 ustawy o VAT"
SELLER_LIMIT = "art. 89a ust. 2 pkt 5 ustawy o VAT"
SELLER_PAID = "art. 89a ust. 4 ustawy o VAT"
BUYER = "art. 89b ust. 1 i 2 ustawy o VAT"
BUYER_IN_TIME = "art. 89b ust. 1a ustawy o VAT"
BUYER_PAID = "art. 89b ust. 4 ustawy o VAT"
GROSZ = "art. 106e ust. 11 ustawy o VAT (zasada zaokrąglania do grosza)"


class Payment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A payment (or the sale of the claim) of `amount` gross, złote."""

    on: date
    amount: Amount


class BadDebt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An invoice with its `net` and `tax`, złote; for the buyer `tax` is what was deducted and `vat` the whole tax.

    `payments`: what is known of them on the day `on`, for which the question is asked.
    """

    side: Literal["seller", "buyer"]
    net: Amount
    tax: Amount
    issued_on: date
    due_on: date
    on: date
    vat: Amount | None = None
    payments: list[Payment] = []


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An entry of the registers: `net` and `tax` with their sign, in the return of `month` ("2026-09"). `fields` it
    goes to; exactly one day of `due_on` (TerminPlatnosci) and `paid_on` (DataZaplaty) for the seller."""

    what: Literal["relief", "payment"]
    month: str
    net: Decimal
    tax: Decimal
    fields: str
    due_on: date | None = None
    paid_on: date | None = None


@dataclass(frozen=True, slots=True)
class BadDebtResult:
    """`doubtful_on`: the 90th day. `applies`: there is something to correct; if not, `why`."""

    doubtful_on: date
    applies: bool
    adjustments: tuple[Adjustment, ...]
    why: str | None = None


def bad_debt(question: BadDebt) -> Outcome[BadDebtResult]:
    """What has to be (buyer) or may be (seller) corrected because an invoice is not paid, and what payments undo.

    The part that was not paid counts, by gross; amounts to the grosz, and payments together undo exactly what the
    relief took: the last one takes what is left. The seller's right ends with the limit after the year of issue; of the
    buyer's duty a payment by the end of the month of the 90th day frees.

    Raises `Refusal` at a day before another that it cannot precede, or payments above the invoice.

    Law: art. 89a ust. 1–4, art. 89b ust. 1–4 ustawy o VAT
    """
    _refuse_impossible(question)
    days = loader.value_on("vat.bad_debt.days", question.due_on, "due_on")
    doubtful_on = question.due_on + timedelta(days=int(days.number))
    month = Month.of(doubtful_on)
    seller = question.side == "seller"
    law = SELLER if seller else BUYER
    formula = f"{format_short(question.due_on)} + {days.value} dni"
    steps = [Step("Dzień uprawdopodobnienia nieściągalności", formula, format_short(doubtful_on), law, days)]
    gross = question.net + (question.vat if question.vat is not None else question.tax)
    end = month.last_on
    paid_before = sum((one.amount for one in question.payments if one.on <= end), ZERO)
    unpaid = gross - paid_before
    steps.append(
        Step(
            f"Niezapłacone do {format_short(end)}",
            f"{exact_text(gross)} − {exact_text(paid_before)}",
            exact_text(unpaid),
            law,
        )
    )
    why = _no_relief(question, doubtful_on, unpaid, steps)
    if why is not None:
        return _answer(BadDebtResult(doubtful_on, False, (), why), steps)
    net, tax = _part(question.net, unpaid, gross), _part(question.tax, unpaid, gross)
    steps.append(
        Step(
            "Podatek od niezapłaconej części",
            f"{exact_text(question.tax)} × {exact_text(unpaid)} / {exact_text(gross)}",
            f"{tax:.2f}",
            GROSZ,
        )
    )
    due_on = question.due_on if seller else None
    relief = Adjustment("relief", str(month), -net, -tax, "podstawa i podatek" if seller else "K_46", due_on)
    made = [relief, *_undone(question, unpaid, net, tax, end, steps)]
    return _answer(BadDebtResult(doubtful_on, True, tuple(made)), steps)


def _answer(result: BadDebtResult, steps: list[Step]) -> Outcome[BadDebtResult]:
    return Outcome(result, tuple(steps), tuple(dict.fromkeys(step.law for step in steps)))


def _part(amount: Decimal, unpaid: Decimal, gross: Decimal) -> Decimal:
    return to_grosz(amount * unpaid / gross) if unpaid != gross else amount


def _no_relief(question: BadDebt, doubtful_on: date, unpaid: Decimal, steps: list[Step]) -> str | None:
    """Why there is nothing to correct, None when there is."""
    if unpaid <= ZERO:
        law = SELLER if question.side == "seller" else BUYER_IN_TIME
        steps.append(Step("Zapłacono w terminie, który zwalnia z korekty", "0", "bez korekty", law))
        return "Fakturę zapłacono najpóźniej w ostatnim dniu okresu, w którym minął 90. dzień."
    if question.on < doubtful_on:
        return f"Od terminu płatności nie minęło jeszcze dość dni: {format_short(doubtful_on)}."
    if question.side == "seller":
        limit = loader.value_on("vat.bad_debt.limit_years", doubtful_on, "due_on")
        last = date(question.issued_on.year + int(limit.number), 12, 31)
        formula = f"31.12.{question.issued_on.year} + {limit.value} lata"
        steps.append(Step("Ostatni dzień prawa do ulgi", formula, format_short(last), SELLER_LIMIT, limit))
        if doubtful_on > last or question.on > last:
            return f"Od końca roku wystawienia faktury minęły {limit.value} lata ({format_short(last)})."
    return None


def _undone(
    question: BadDebt, unpaid: Decimal, net: Decimal, tax: Decimal, end: date, steps: list[Step]
) -> Iterator[Adjustment]:
    """Each payment after the month of the relief, in the month it was made."""
    seller = question.side == "seller"
    left, net_left, tax_left = unpaid, net, tax
    for one in sorted(question.payments, key=lambda payment: payment.on):
        if one.on <= end or one.on > question.on:
            continue
        left -= one.amount
        back_net = net_left if left <= ZERO else to_grosz(net * one.amount / unpaid)
        back_tax = tax_left if left <= ZERO else to_grosz(tax * one.amount / unpaid)
        net_left, tax_left = net_left - back_net, tax_left - back_tax
        law = SELLER_PAID if seller else BUYER_PAID
        formula = f"{exact_text(tax)} × {exact_text(one.amount)} / {exact_text(unpaid)}"
        steps.append(Step(f"Zapłata {format_short(one.on)}: korekta wraca", formula, f"{back_tax:.2f}", law))
        fields = "podstawa i podatek" if seller else "K_47"
        yield Adjustment("payment", str(Month.of(one.on)), back_net, back_tax, fields, None, one.on if seller else None)


def _days(on: date) -> Parameter:
    return loader.value_on("vat.bad_debt.days", on, "due_on")


def _refuse_impossible(question: BadDebt) -> None:
    if question.net <= ZERO or question.tax <= ZERO:
        raise Refusal("Ulga dotyczy faktury z dodatnią podstawą i podatkiem.", "tax")
    if question.vat is not None and question.vat < question.tax:
        raise Refusal("Odliczono więcej, niż wynosi podatek z faktury.", "vat")
    if question.side == "seller" and question.vat not in (None, question.tax):
        raise Refusal("Pole „vat” dotyczy tylko nabywcy.", "vat")
    for place, one in enumerate(question.payments):
        if one.amount <= ZERO:
            raise Refusal("Kwota zapłaty musi być dodatnia.", f"payments[{place}].amount")
    gross = question.net + (question.vat if question.vat is not None else question.tax)
    if sum((one.amount for one in question.payments), ZERO) > gross:
        raise Refusal("Zapłacono więcej, niż wynosi faktura. Rozlicz nadpłatę osobno.", "payments")


def spread(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """In proportion to the weights, to the grosz; together exactly the amount.

    Law: art. 89a ust. 1 i 4 ustawy o VAT
    """
    whole, left = sum(weights, ZERO), amount
    parts = []
    for weight in weights[:-1]:
        part = to_grosz(amount * weight / whole)
        parts.append(part)
        left -= part
    return [*parts, left]
