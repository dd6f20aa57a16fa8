"""How an invoice has to be paid: split payment, the account's place in the register of taxpayers, the remedy ZAW-NR."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import msgspec

from app.kernel.dates import format_short
from app.kernel.money import format_pln
from app.kernel.reckoning import Outcome, Step
from app.kernel.rulebook import Amount, Rule
from app.law.loader import value_on

LIST = "art. 117ba § 1 Ordynacji podatkowej"
ENTREPRENEURS = "art. 19 pkt 2 Prawa przedsiębiorców"
REGISTER = "art. 96b ust. 3 ustawy o VAT"
REMEDY = "art. 117ba § 3 pkt 2 Ordynacji podatkowej"


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
        "white-list-duty",
        "Czy rachunek musi być w wykazie podatników VAT i do kiedy ZAW-NR.",
        WhiteListDuty,
        white_list,
    ),
)
