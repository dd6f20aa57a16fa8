"""How an invoice has to be paid: split payment, the account's place in the register of taxpayers, the remedy ZAW-NR."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from app.kernel.dates import format_short
from app.kernel.money import format_pln
from app.kernel.reckoning import Outcome, Step
from app.kernel.rulebook import Amount, Rule
from app.law.loader import value_on

SPLIT = "art. 108a ust. 1a ustawy o VAT"
VOLUNTARY = "art. 108a ust. 1 ustawy o VAT"
LIST = "art. 117ba § 1 Ordynacji podatkowej"
ENTREPRENEURS = "art. 19 pkt 2 Prawa przedsiębiorców"
REGISTER = "art. 96b ust. 3 ustawy o VAT"
REMEDY = "art. 117ba § 3 pkt 2 Ordynacji podatkowej"
MARK = "art. 106e ust. 1 pkt 18a ustawy o VAT"


class SplitPayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`gross` in złote of the whole invoice; `annex_15`: it has goods or services of annex 15; `marked`: P_18A = 1."""

    gross: Amount
    vat: Amount
    on: date
    annex_15: bool = False
    marked: bool = False


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
    limit = value_on("payments.split.limit", question.on, "on")
    above = question.gross > limit.number
    must = question.vat > 0 and above and (question.annex_15 or question.marked)
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
    missing = above and question.annex_15 and question.vat > 0 and not question.marked
    part = Decimal(question.vat) if question.vat > 0 else Decimal()
    return Outcome(SplitPaymentResult(duty, missing, part), steps, (SPLIT, VOLUNTARY, MARK))


class WhiteListDuty(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`transaction`: the one-off value of the transaction in złote, however many payments it is settled in."""

    transaction: Amount
    paid_on: date
    split: bool = False
    """Paid by the split payment mechanism."""


@dataclass(frozen=True, slots=True)
class WhiteListResult:
    """`duty`: the account must be the taxpayer's in the register on the day the transfer is ordered.

    `notify_by_on`: until when a payment elsewhere may be told to the tax office (ZAW-NR); None without the duty.
    `covered_by_split`: the split payment mechanism takes the joint liability away anyhow.
    """

    duty: bool
    notify_by_on: date | None
    covered_by_split: bool


def white_list(question: WhiteListDuty) -> Outcome[WhiteListResult]:
    """Whether a payment on that day must go to an account of the register, and the remedy when it did not.

    The term of ZAW-NR ends on its day even if that is no working day (the more careful of two readings).

    Law: art. 19 pkt 2 Prawa przedsiębiorców; art. 96b ust. 3 ustawy o VAT; art. 117ba § 1–3 Ordynacji podatkowej
    """
    limit = value_on("payments.whitelist.limit", question.paid_on, "paid_on")
    duty = question.transaction > limit.number
    step = Step(
        "Jednorazowa wartość transakcji a próg",
        f"{format_pln(question.transaction)} {'>' if duty else '≤'} {format_pln(limit.number)}",
        "rachunek musi być w wykazie" if duty else "bez obowiązku",
        ENTREPRENEURS,
        limit,
    )
    if not duty:
        return Outcome(WhiteListResult(False, None, False), (step,), (ENTREPRENEURS, REGISTER))
    days = value_on("payments.zaw_nr.days", question.paid_on, "paid_on")
    by = question.paid_on + timedelta(days=int(days.number))
    steps = (
        step,
        Step(
            "Zawiadomienie ZAW-NR najpóźniej",
            f"{format_short(question.paid_on)} + {days.value} dni",
            format_short(by),
            REMEDY,
            days,
        ),
    )
    return Outcome(WhiteListResult(True, by, question.split), steps, (ENTREPRENEURS, REGISTER, LIST, REMEDY))


RULES: tuple[Rule, ...] = (
    Rule(
        "split-payment", "Czy fakturę trzeba zapłacić mechanizmem podzielonej płatności.", SplitPayment, split_payment
    ),
    Rule(
        "white-list-duty",
        "Czy rachunek musi być w wykazie podatników VAT i do kiedy ZAW-NR.",
        WhiteListDuty,
        white_list,
    ),
)
