"""Whether an invoice has to be paid in split payment: asked by the register, by who issues, by who pays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import msgspec

from app.kernel.money import format_pln
from app.kernel.reckoning import Outcome, Step
from app.kernel.rulebook import Amount
from app.law.loader import value_on

SPLIT = "art. 108a ust. 1a ustawy o VAT"
VOLUNTARY = "art. 108a ust. 1 ustawy o VAT"
MARK = "art. 106e ust. 1 pkt 18a ustawy o VAT"


class SplitPayment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`gross`, `vat` of the whole invoice in złote; `annex_15`: something on it is in annex 15; `marked`: P_18A."""

    gross: Amount
    vat: Amount
    on: date
    annex_15: bool = False
    marked: bool = False
    between_businesses: bool = True


@dataclass(frozen=True, slots=True)
class SplitPaymentResult:
    """`duty`: obligatory, voluntary (the payer may choose it), none (there is no VAT to split).

    `mark_missing`: the duty is there, the seller's mark is not, and the payer still has the duty.
    """

    duty: str
    mark_missing: bool
    vat_part: Decimal


def split_payment(question: SplitPayment) -> Outcome[SplitPaymentResult]:
    """Whether the invoice must be paid by the split payment mechanism.

    Above the limit the seller's mark tells of annex 15 as well as marked lines do; below it a mark binds nobody.

    Law: art. 108a ust. 1, 1a i 1b, art. 106e ust. 1 pkt 18a ustawy o VAT
    """
    limit = value_on("vat.split_payment.limit", question.on, "on")
    above = question.gross > limit.number
    must = question.vat > 0 and above and question.between_businesses and (question.annex_15 or question.marked)
    duty = "obligatory" if must else "voluntary" if question.vat > 0 else "none"
    words = {"obligatory": "obowiązkowa", "voluntary": "dobrowolna", "none": "nie ma podatku do podziału"}
    steps = (
        Step(
            "Kwota należności ogółem a próg",
            f"{format_pln(question.gross)} {'>' if above else '≤'} {format_pln(limit.number)}",
            "powyżej progu" if above else "nie przekracza progu",
            SPLIT,
            limit,
        ),
        Step(
            "Towary lub usługi z załącznika nr 15",
            "oznaczenie pozycji faktury",
            "tak" if question.annex_15 else "nie",
            SPLIT,
        ),
        Step("Dopisek na fakturze", "P_18A", "jest" if question.marked else "nie ma", MARK),
        Step("Podzielona płatność", "z powyższego", words[duty], SPLIT if must else VOLUNTARY),
    )
    missing = must and not question.marked
    part = Decimal(question.vat) if question.vat > 0 else Decimal()
    return Outcome(SplitPaymentResult(duty, missing, part), steps, (SPLIT, VOLUNTARY, MARK))
