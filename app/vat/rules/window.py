"""In which month a purchase may be deducted: from when, how long as it is, and afterwards only by a correction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

import msgspec

from app.kernel.dates import Month, format_short
from app.kernel.errors import Refusal
from app.kernel.reckoning import Outcome, Step
from app.law import loader
from app.vat.rules.register import ksef_day

ARISES = "art. 86 ust. 10 i 10b pkt 1 ustawy o VAT"
FROM_KSEF = "art. 106na ust. 3 i art. 86 ust. 10b pkt 1 ustawy o VAT"
SELF_TAXED = "art. 86 ust. 10b pkt 2 i 3 ustawy o VAT"
CUSTOMS = "art. 86 ust. 10 i 10d ustawy o VAT"
LATER = "art. 86 ust. 11 ustawy o VAT"
CORRECTED = "art. 86 ust. 13 ustawy o VAT"

Basis = Literal["invoice", "self_taxed", "customs"]


class InputPeriod(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`obliged_on`: when the tax obligation of the supply arose; `received_on`: when the invoice (or the customs
    document) came; of one from KSeF the day in its `ksef_number` counts. `month`: where the deduction is wanted.

    `basis`: an invoice of a supplier, a tax that the buyer reckons itself, or a customs document.
    """

    obliged_on: date
    month: str
    received_on: date | None = None
    ksef_number: str | None = None
    basis: Basis = "invoice"


@dataclass(frozen=True, slots=True)
class InputPeriodResult:
    """`first` and `last`: months in which it may be deducted as it is; `correct_by_on`: the last day for a correction
    of `first`. `allowed` says whether `month` is between them; if not, `why` and `way`, what can be done."""

    allowed: bool
    first: str
    last: str
    received_on: date
    correct_by_on: date
    way: Literal["deduct", "wait", "correct", "lost"]
    why: str | None = None


def input_period(question: InputPeriod) -> Outcome[InputPeriodResult]:
    """Where a purchase may be deducted: not before the supplier's obligation nor before the invoice is there; in that
    month or one of the next three; later by correcting the return of that month, within five years.

    An invoice of KSeF is received on the day of its number, whatever day is given. Raises `Refusal` at
    `received_on` when nothing tells when the invoice came.

    Law: art. 86 ust. 10, 10b, 10d, 11 i 13, art. 106na ust. 3 ustawy o VAT
    """
    month = Month.parse(question.month, "month")
    received_on, how = _received(question)
    steps = [Step("Dzień otrzymania dokumentu", how, format_short(received_on), _law(question))]
    if question.basis == "self_taxed":
        first, words = Month.of(question.obliged_on), "okres obowiązku podatkowego"
    else:
        first = max(Month.of(question.obliged_on), Month.of(received_on))
        words = "późniejszy z okresów: obowiązku i otrzymania"
    steps.append(Step("Pierwszy okres odliczenia", words, str(first), _law(question)))
    late = loader.value_on("vat.input.late_periods", first.first_on, "obliged_on")
    last = first.shifted(int(late.number))
    steps.append(Step("Ostatni okres odliczenia na bieżąco", f"{first} + {late.value} okresy", str(last), LATER, late))
    years = loader.value_on("vat.input.correction_years", first.first_on, "obliged_on")
    correct_by_on = date(first.year + int(years.number) - 1, 12, 31)
    steps.append(
        Step(
            "Ostatni dzień korekty deklaracji",
            f"{first.year} + {years.value} lat",
            format_short(correct_by_on),
            CORRECTED,
            years,
        )
    )
    way, why = _way(month, first, last, correct_by_on)
    result = InputPeriodResult(way == "deduct", str(first), str(last), received_on, correct_by_on, way, why)
    return Outcome(result, tuple(steps), tuple(dict.fromkeys(step.law for step in steps)))


def _law(question: InputPeriod) -> str:
    if question.ksef_number:
        return FROM_KSEF
    return {"invoice": ARISES, "self_taxed": SELF_TAXED, "customs": CUSTOMS}[question.basis]


def _received(question: InputPeriod) -> tuple[date, str]:
    if question.ksef_number:
        day = ksef_day(question.ksef_number)
        if day is None:
            raise Refusal("Z tego numeru KSeF nie da się odczytać dnia.", "ksef_number", FROM_KSEF)
        return day, "dzień nadania numeru KSeF"
    if question.received_on is not None:
        return question.received_on, "podany dzień wpływu"
    if question.basis == "self_taxed":
        return question.obliged_on, "podatnik sam nalicza podatek"
    raise Refusal("Podaj dzień wpływu dokumentu albo jego numer KSeF.", "received_on", ARISES)


def _way(
    month: Month, first: Month, last: Month, correct_by_on: date
) -> tuple[Literal["deduct", "wait", "correct", "lost"], str | None]:
    if month < first:
        return "wait", f"Prawo do odliczenia powstaje dopiero w okresie {first.label} ({ARISES})."
    if month <= last:
        return "deduct", None
    if month.first_on > correct_by_on:
        return "lost", f"Minął czas na korektę: {format_short(correct_by_on)} ({CORRECTED})."
    return (
        "correct",
        f"Okres {last.label} był ostatnim, w którym można odliczyć na bieżąco ({LATER}). Odlicz w korekcie za "
        f"{first.label}, najpóźniej {format_short(correct_by_on)} ({CORRECTED}).",
    )
