"""The pre-ratio and the ratio of a unit for a year: which part of a mixed purchase's tax may be deducted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

import msgspec

from app.kernel.errors import Refusal
from app.kernel.money import HUNDRED, ZERO, exact_text, percent_text, percent_up, plain
from app.kernel.reckoning import Outcome, Parameter, Step
from app.kernel.rulebook import Amount, Exact
from app.law import loader

Kind = Literal["pre_ratio", "ratio"]
Stage = Literal["preliminary", "final"]
"""The ratio that a year is deducted by (from the year before), and the one of the year's own figures."""

ROUNDING: dict[Kind, str] = {"pre_ratio": "art. 86 ust. 2g ustawy o VAT", "ratio": "art. 90 ust. 4 ustawy o VAT"}
DEFINITION: dict[Kind, str] = {
    "pre_ratio": "art. 86 ust. 2a i 2b ustawy o VAT, rozporządzenie MF z 17.12.2015 r.",
    "ratio": "art. 90 ust. 3 ustawy o VAT",
}
ELECTION: dict[Kind, str] = {
    "pre_ratio": "art. 90 ust. 10 w związku z art. 86 ust. 2g ustawy o VAT",
    "ratio": "art. 90 ust. 10 ustawy o VAT",
}


class Elections(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the taxpayer chose for the unit and year; not choosing is the default."""

    zero_if_le_2: bool = False
    full_if_gt_98: bool = False


class Ratio(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`numerator` and `denominator` in złote: A and the base (DUJST, D or P), or the two turnovers of art. 90 ust. 3.

    `non_deductible_year`: tax of the year not deducted because of this ratio, tested when given. `on`: the day whose
    law is asked, the newest known when absent. The last three override the numbers of the law.
    """

    numerator: Exact
    denominator: Exact
    kind: Kind
    elections: Elections = msgspec.field(default_factory=Elections)
    non_deductible_year: Amount | None = None
    on: date | None = None
    zero_ceiling_pct: Exact | None = None
    full_floor_pct: Exact | None = None
    non_deductible_limit: Amount | None = None


@dataclass(frozen=True, slots=True)
class RatioResult:
    """`pct`: the per cent to use, after elections; `rounded_pct`: before them. Whole numbers."""

    pct: Decimal
    rounded_pct: Decimal


def vat_ratio(question: Ratio) -> Outcome[RatioResult]:
    """The ratio rounded up to a whole per cent, then the elections for very small and very large ones.

    The thresholds are compared with the rounded figure, which is "the ratio determined" of art. 90 ust. 10; as both are
    whole numbers and the rounding is upwards, the exact figure would answer the same. Without `non_deductible_year` the
    condition on the amount is not tested, and the reckoning says so.

    Raises `Refusal`: a base not above zero (a ratio then is estimated and agreed with the tax office), a negative
    numerator, a numerator above the base (in art. 90 ust. 3 it is part of it; a pre-ratio above 100 % means wrong data
    or the need for another method of art. 86 ust. 2h; nothing is capped silently).

    Law: art. 86 ust. 2a, 2g i 2h, art. 90 ust. 3, 4 i 10 ustawy o VAT
    """
    _refuse_impossible(question)
    kind = question.kind
    numerator, denominator = question.numerator, question.denominator
    rounded = percent_up(numerator, denominator)
    exact = percent_text(numerator, denominator)
    steps = [
        Step(
            "Proporcja dokładna, w procentach",
            f"{plain(numerator)} × 100 / {plain(denominator)}",
            exact,
            DEFINITION[kind],
        ),
        Step("Zaokrąglenie w górę do pełnego procenta", f"⌈{exact}⌉", plain(rounded), ROUNDING[kind]),
    ]
    elected, election = _elected(question, rounded)
    steps += election
    laws = tuple(dict.fromkeys(step.law for step in steps))
    return Outcome(RatioResult(elected, rounded), tuple(steps), laws)


def _refuse_impossible(question: Ratio) -> None:
    if question.denominator <= ZERO:
        raise Refusal(
            "Mianownik proporcji musi być większy od zera. Gdy nie ma danych za poprzedni rok, proporcję przyjmuje się "
            "z prognozy uzgodnionej z naczelnikiem urzędu skarbowego.",
            "denominator",
            "art. 86 ust. 2e, art. 90 ust. 8 ustawy o VAT",
        )
    if question.numerator < ZERO:
        raise Refusal("Licznik proporcji nie może być ujemny.", "numerator", DEFINITION[question.kind])
    if question.numerator > question.denominator:
        advice = {
            "ratio": "Obrót z prawem do odliczenia jest częścią obrotu całkowitego; popraw dane.",
            "pre_ratio": "Popraw dane albo zastosuj inny sposób określenia proporcji (art. 86 ust. 2h ustawy o VAT).",
        }[question.kind]
        raise Refusal(f"Licznik jest większy od mianownika, więc proporcja przekracza 100 %. {advice}", "numerator")
    if question.non_deductible_year is not None and question.non_deductible_year < ZERO:
        raise Refusal("Kwota podatku niepodlegającego odliczeniu nie może być ujemna.", "non_deductible_year")


def _elected(question: Ratio, rounded: Decimal) -> tuple[Decimal, list[Step]]:
    """The per cent after elections, and the steps that explain the election, when one was made."""
    law = ELECTION[question.kind]
    if question.elections.zero_if_le_2:
        ceiling = _parameter("vat.ratio.zero_ceiling_pct", question.on, question.zero_ceiling_pct)
        if rounded <= ceiling.number:
            formula = f"{plain(rounded)} ≤ {ceiling.value}, wybór podatnika"
            return ZERO, [Step("Uznanie małej proporcji za 0 %", formula, plain(ZERO), law, ceiling)]
    if question.elections.full_if_gt_98:
        floor = _parameter("vat.ratio.full_floor_pct", question.on, question.full_floor_pct)
        if rounded > floor.number:
            above = Step("Proporcja przekracza próg", f"{plain(rounded)} > {floor.value}", plain(rounded), law, floor)
            elected, last = _full(question, rounded)
            return elected, [above, last]
    return rounded, []


def _full(question: Ratio, rounded: Decimal) -> tuple[Decimal, Step]:
    """100 % unless the year's tax that is lost by this ratio is known and reaches the limit."""
    law = ELECTION[question.kind]
    limit = _parameter("vat.ratio.full_non_deductible_limit", question.on, question.non_deductible_limit)
    amount = question.non_deductible_year
    if amount is not None and amount >= limit.number:
        formula = f"kwota nieodliczona w roku {exact_text(amount)} ≥ {limit.value}"
        return rounded, Step("Proporcji nie można uznać za 100 %", formula, plain(rounded), law, limit)
    if amount is None:
        formula = f"kwota nieodliczona w roku niepodana: warunek < {limit.value} zł niesprawdzony, wybór podatnika"
    else:
        formula = f"kwota nieodliczona w roku {exact_text(amount)} < {limit.value}, wybór podatnika"
    return HUNDRED, Step("Uznanie dużej proporcji za 100 %", formula, plain(HUNDRED), law, limit)


def _parameter(name: str, on: date | None, given: Decimal | None) -> Parameter:
    if given is not None:
        return Parameter(name, plain(given), on, on, "podano w pytaniu", "?")
    return loader.newest(name) if on is None else loader.value_on(name, on, "on")
