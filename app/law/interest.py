"""Late interest on tax arrears: by periods of the rate, rounded once; used by every room that has arrears.

The answer names each segment with its rate and source. Rates and conditions are in `acts/interest.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal

import msgspec

from app.kernel.dates import Month, format_short, next_working_day
from app.kernel.errors import Refusal
from app.kernel.money import ZERO, exact_text, percent_of, plain, to_full_zloty
from app.kernel.reckoning import Outcome, Parameter, Step
from app.kernel.rulebook import Amount, Exact, Rule
from app.law.loader import value_on

RateKind = Literal["standard", "reduced", "raised"]
Compared = Literal["rounded", "exact"]

INTEREST = "art. 53–56d Ordynacji podatkowej"
FORMULA = "§ 2 rozporządzenia MF z 22.08.2005 r. o naliczaniu odsetek za zwłokę"
MINIMUM = "art. 54 § 1 pkt 5 Ordynacji podatkowej"
WHOLE = "art. 63 § 1 Ordynacji podatkowej"
SHIFT = "art. 12 § 5 Ordynacji podatkowej"
_OLD_ARREARS_BEFORE = date(2016, 1, 1)
_DIGITS = 10


class Pause(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"from_on": "from", "to_on": "to"}
):
    """Days for which no interest runs, both included, with what the law says of them (`basis`)."""

    from_on: date
    to_on: date
    basis: Annotated[str, msgspec.Meta(min_length=1, max_length=400)] | None = None


class Arrear(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One unpaid amount. `due_on`: the statutory day, moved by the rule when it is a day off.

    `minimum`, `compared` and `rate_pct` override what the law's file says of them.
    """

    principal: Amount
    due_on: date
    paid_on: date
    rate_kind: RateKind = "standard"
    no_interest: list[Pause] = []
    rate_pct: Exact | None = None
    minimum: Amount | None = None
    compared: Compared | None = None


class Debt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One instalment of many: each is an arrear of its own."""

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    principal: Amount
    due_on: date


class Arrears(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Many arrears paid on one day."""

    debts: list[Debt]
    paid_on: date
    rate_kind: RateKind = "standard"
    minimum: Amount | None = None
    compared: Compared | None = None


@dataclass(frozen=True, slots=True)
class Interest:
    """`interest` in full złote, "0" when it is not charged; `unrounded` exact to ten digits."""

    days: int
    unrounded: str
    interest: str
    charged: bool
    segments: tuple[dict[str, str | int], ...]
    due_on: date


@dataclass(frozen=True, slots=True)
class PartInterest:
    """Of one debt."""

    id: str
    interest: str
    charged: bool


@dataclass(frozen=True, slots=True)
class ManyInterest:
    """Of each debt, and the total of what is charged."""

    parts: tuple[PartInterest, ...]
    total: str


def interest(question: Arrear) -> Outcome[Interest]:
    """Interest on one arrear from the day after it was due to the day it is paid, both days of a change counted right.

    The year has 365 days, also a leap year; periods are added unrounded and the sum is rounded once. Under the minimum
    nothing is charged. Raises `Refusal` for a negative principal, `NotKnown` for a day without a known rate.

    Law: art. 53–56b, art. 54 § 1 pkt 5, art. 63 § 1 Ordynacji podatkowej; § 2 rozporządzenia MF z 22.08.2005 r.
    """
    if question.principal < ZERO:
        raise Refusal("Zaległość nie może być ujemna.", "principal")
    due_on = next_working_day(question.due_on)
    steps = []
    if due_on != question.due_on:
        steps.append(Step("Termin przypada w dniu wolnym", format_short(question.due_on), due_on.isoformat(), SHIFT))
    segments: list[dict[str, str | int]] = []
    total, days = Fraction(0), 0
    year = value_on("interest.days_in_year", question.paid_on, "paid_on")
    for start, end, parameter in _periods(question, due_on):
        running = _running(start, end, question.no_interest)
        rate = _rate(parameter, question, due_on, start)
        part = Fraction(question.principal) * running * Fraction(rate) / (100 * int(year.value))
        total, days = total + part, days + running
        segments.append({"from": start.isoformat(), "to": end.isoformat(), "days": running, "rate_pct": plain(rate)})
        formula = f"{exact_text(question.principal)} × {running} × {plain(rate)} % / {year.value}"
        steps.append(Step(f"{format_short(start)} – {format_short(end)}", formula, _digits(part), FORMULA, parameter))
    rounded = to_full_zloty(_decimal(total))
    charged, test = _tested(question, total, rounded)
    steps += [Step("Suma okresów", "bez zaokrąglania", _digits(total), FORMULA)]
    steps += [Step("Odsetki w pełnych złotych", _digits(total), plain(rounded), WHOLE), test] if days else []
    due = plain(rounded) if charged else "0"
    answer = Interest(days, _digits(total), due, charged, tuple(segments), due_on)
    return Outcome(answer, tuple(steps), (INTEREST, FORMULA, MINIMUM, WHOLE))


def interest_many(question: Arrears) -> Outcome[ManyInterest]:
    """Interest on many arrears paid on one day: each is rounded, and tested for the minimum, alone.

    Law: art. 51 § 1–2, art. 53–56b, art. 54 § 1 pkt 5, art. 63 § 1 Ordynacji podatkowej
    """
    seen: set[str] = set()
    parts, steps, total = [], [], ZERO
    for place, debt in enumerate(question.debts):
        if debt.id in seen:
            raise Refusal(f"Zaległość „{debt.id[:40]}” podano dwa razy.", f"debts[{place}].id")
        seen.add(debt.id)
        try:
            found = interest(
                Arrear(
                    principal=debt.principal,
                    due_on=debt.due_on,
                    paid_on=question.paid_on,
                    rate_kind=question.rate_kind,
                    minimum=question.minimum,
                    compared=question.compared,
                )
            )
        except Refusal as refusal:
            field = refusal.field if refusal.field in ("paid_on", "rate_kind") else f"debts[{place}].{refusal.field}"
            raise type(refusal)(refusal.message, field) from None
        parts.append(PartInterest(debt.id, found.result.interest, found.result.charged))
        steps += [
            Step(f"{debt.id}: {one.step}", one.formula, one.value, one.law, one.parameter) for one in found.reckoning
        ]
        total += Decimal(found.result.interest)
    formula = " + ".join(part.interest for part in parts) or "brak zaległości"
    steps.append(Step("Razem", formula, plain(total), INTEREST))
    return Outcome(ManyInterest(tuple(parts), plain(total)), tuple(steps), (INTEREST, FORMULA, MINIMUM, WHOLE))


def _periods(question: Arrear, due_on: date) -> Iterator[tuple[date, date, Parameter | None]]:
    """(first day, last day, rate) from the day after the term to the day of payment, both included."""
    day = due_on + timedelta(days=1)
    while day <= question.paid_on:
        parameter = None
        if question.rate_pct is None:
            kind = question.rate_kind
            if kind == "reduced" and due_on < _OLD_ARREARS_BEFORE <= day:
                kind = "standard"
            parameter = value_on(f"interest.rate.{kind}", day, "due_on")
        last = question.paid_on
        if parameter is not None and parameter.valid_to is not None:
            last = min(last, parameter.valid_to)
        if day < _OLD_ARREARS_BEFORE <= last:
            last = _OLD_ARREARS_BEFORE - timedelta(days=1)
        yield day, last, parameter
        day = last + timedelta(days=1)


def _rate(parameter: Parameter | None, question: Arrear, due_on: date, start: date) -> Decimal:
    """Reduced interest on arrears older than 2016 is a share of the standard rate.

    Law: art. 19 ustawy z 10.09.2015 r. o zmianie ustawy Ordynacja podatkowa
    """
    if parameter is None:
        assert question.rate_pct is not None
        return question.rate_pct
    if question.rate_kind == "reduced" and due_on < _OLD_ARREARS_BEFORE <= start:
        return percent_of(parameter.number, value_on("interest.reduced.before_2016_share", start).number)
    return parameter.number


def _running(start: date, end: date, pauses: Sequence[Pause]) -> int:
    """Days of a period on which interest runs; pauses may overlap."""
    paused: set[date] = set()
    for pause in pauses:
        first, last = max(start, pause.from_on), min(end, pause.to_on)
        paused |= {first + timedelta(days=n) for n in range((last - first).days + 1)}
    return (end - start).days + 1 - len(paused)


def _tested(question: Arrear, total: Fraction, rounded: Decimal) -> tuple[bool, Step]:
    """Whether the interest passes the minimum. Whether it is compared rounded or exact is contested: a setting."""
    known = value_on("interest.minimum", question.paid_on, "paid_on")
    minimum = known.number if question.minimum is None else question.minimum
    how = value_on("interest.minimum_compared", question.paid_on, "paid_on")
    compared = question.compared or how.value
    amount = Fraction(rounded) if compared == "rounded" else total
    charged = amount > Fraction(minimum)
    shown = plain(rounded) if compared == "rounded" else _digits(total)
    formula = f"{shown} {'>' if charged else '≤'} {exact_text(minimum)}"
    words = "Odsetki się należą" if charged else "Odsetek się nie nalicza"
    return charged, Step(words, formula, "tak" if charged else "nie", MINIMUM, known)


def _decimal(number: Fraction) -> Decimal:
    """To ten digits, cut: never across the half that decides the rounding."""
    return Decimal(number.numerator * 10**_DIGITS // number.denominator).scaleb(-_DIGITS)


def _digits(number: Fraction) -> str:
    return exact_text(_decimal(number))


def reduced_conditions(filed_by_on: date, corrected_on: date, paid_on: date) -> Outcome[bool]:
    """Whether the reduced rate may be taken: corrected soon after the term and paid soon after the correction.

    That nobody had announced an audit first is for a person to say; the days are facts.

    Law: art. 56a § 1 Ordynacji podatkowej
    """
    months = value_on("interest.reduced.correction_months", corrected_on)
    days = value_on("interest.reduced.payment_days", corrected_on)
    limit = _months_later(filed_by_on, int(months.value))
    soon, paid = corrected_on <= limit, paid_on <= corrected_on + timedelta(days=int(days.value))
    law = "art. 56a § 1 Ordynacji podatkowej"
    steps = (
        Step(
            "Korekta złożona w terminie",
            f"{format_short(corrected_on)} ≤ {format_short(limit)}",
            "tak" if soon else "nie",
            law,
            months,
        ),
        Step(
            "Zapłata po korekcie",
            f"{format_short(paid_on)} ≤ {format_short(corrected_on + timedelta(days=int(days.value)))}",
            "tak" if paid else "nie",
            law,
            days,
        ),
    )
    return Outcome(soon and paid, steps, (law,))


def _months_later(day: date, months: int) -> date:
    month = Month.of(day).shifted(months)
    return month.first_on.replace(day=min(day.day, month.last_on.day))


RULES: tuple[Rule, ...] = (
    Rule("interest", "Liczy odsetki za zwłokę od jednej zaległości podatkowej.", Arrear, interest),
    Rule(
        "interest-many", "Liczy odsetki za zwłokę od wielu zaległości zapłaconych jednego dnia.", Arrears, interest_many
    ),
)
