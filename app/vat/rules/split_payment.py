"""Whether an invoice has to be paid in split payment; the register knows it, so that a payment can be checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import msgspec

from app.kernel.money import ZERO, exact_text
from app.kernel.reckoning import Outcome, Step
from app.kernel.rulebook import Amount
from app.law import loader

LAW = "art. 108a ust. 1a ustawy o VAT"
MARKED = "art. 106e ust. 1 pkt 18a i art. 108a ust. 1b ustawy o VAT"
PLN = "PLN"


class SplitPayment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`gross` of the invoice in złote; `annex_15`: any of its lines is in annex 15; `marked`: it bears the words
    „mechanizm podzielonej płatności” (P_18A)."""

    gross: Amount
    issued_on: date
    annex_15: bool = False
    marked: bool = False
    between_businesses: bool = True


@dataclass(frozen=True, slots=True)
class SplitPaymentResult:
    """`required`: by the law or by the invoice's words; `should_be_marked`: the words are absent though wanted."""

    required: bool
    should_be_marked: bool


def split_payment(question: SplitPayment) -> Outcome[SplitPaymentResult]:
    """Above the threshold, with goods or services of annex 15, between businesses; or whenever the invoice says so.

    Law: art. 106e ust. 1 pkt 18a, art. 108a ust. 1a i 1b ustawy o VAT
    """
    limit = loader.value_on("vat.mpp.threshold", question.issued_on, "issued_on")
    above = abs(question.gross) > limit.number
    sign = ">" if above else "≤"
    words = "załącznik 15" if question.annex_15 else "nic z załącznika 15"
    formula = f"{exact_text(abs(question.gross) + ZERO)} {sign} {limit.value}, {words}"
    by_law = above and question.annex_15 and question.between_businesses
    steps = [Step("Obowiązek z mocy ustawy", formula, "tak" if by_law else "nie", LAW, limit)]
    steps.append(Step("Oznaczenie na fakturze", "P_18A", "tak" if question.marked else "nie", MARKED))
    result = SplitPaymentResult(by_law or question.marked, by_law and not question.marked)
    return Outcome(result, tuple(steps), (LAW, MARKED))
