"""How much of the tax on one purchase may be deducted."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import msgspec

from app.kernel.errors import Refusal
from app.kernel.money import HUNDRED, ZERO, exact_text, percent_of, plain, to_grosz
from app.kernel.reckoning import Outcome, Step
from app.kernel.rulebook import Amount, WholePercent

Use = Literal["taxed", "exempt", "outside", "taxed_and_exempt", "business_and_outside", "all"]

ATTRIBUTION = "art. 86 ust. 1, art. 90 ust. 1 ustawy o VAT"
PRE_RATIO = "art. 86 ust. 2a ustawy o VAT"
RATIO = "art. 90 ust. 2 ustawy o VAT"
GROSZ = "art. 106e ust. 11 ustawy o VAT (zasada zaokrąglania do grosza, stosowana do kwoty odliczenia)"

NEEDS_PRE_RATIO: frozenset[Use] = frozenset({"business_and_outside", "all"})
NEEDS_RATIO: frozenset[Use] = frozenset({"taxed_and_exempt", "all"})


class Deduction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`vat` in złote and grosze, negative for a correction to minus. `use`: what the purchase serves.

    taxed, exempt, outside: one purpose only; taxed_and_exempt: mixed within business (ratio); business_and_outside:
    business and public tasks (pre-ratio); all: both. A percentage that the use does not need is not looked at.
    """

    vat: Amount
    use: Use
    pre_ratio_pct: WholePercent | None = None
    ratio_pct: WholePercent | None = None


@dataclass(frozen=True, slots=True)
class DeductionResult:
    """`deductible` and `non_deductible` in grosze, together exactly the tax; `pct`: the exact combined percentage."""

    deductible: Decimal
    pct: str
    non_deductible: Decimal


def deduct(question: Deduction) -> Outcome[DeductionResult]:
    """First the pre-ratio (business or not), then the ratio (taxed or exempt), rounded once, at the end, to a grosz.

    The law knows no rounding between the two; rounding once keeps the exact share. A correction to minus gives exactly
    the opposite of the deduction it takes back.

    Raises `Refusal` at `pre_ratio_pct` or `ratio_pct` when the use needs it and it is absent.

    Law: art. 86 ust. 1 i 2a, art. 90 ust. 1 i 2 ustawy o VAT
    """
    share, steps = _share(question)
    exact = percent_of(question.vat, share)
    deductible = to_grosz(exact)
    steps.append(Step("Zaokrąglenie do grosza", f"{exact_text(exact)}", f"{deductible:f}", GROSZ))
    result = DeductionResult(deductible, plain(share), to_grosz(question.vat - deductible))
    laws = tuple(dict.fromkeys(step.law for step in steps))
    return Outcome(result, tuple(steps), laws)


def _share(question: Deduction) -> tuple[Decimal, list[Step]]:
    """The exact combined percentage and the steps that led to it."""
    if question.use == "taxed":
        return HUNDRED, [_attributed("Zakup tylko do sprzedaży opodatkowanej: całość", question.vat, HUNDRED)]
    if question.use == "exempt":
        return ZERO, [_attributed("Zakup tylko do sprzedaży zwolnionej: brak odliczenia", question.vat, ZERO)]
    if question.use == "outside":
        return ZERO, [_attributed("Zakup tylko poza działalność gospodarczą: brak odliczenia", question.vat, ZERO)]
    share, left, steps = HUNDRED, Decimal(question.vat), []
    if question.use in NEEDS_PRE_RATIO:
        pct = _needed(question.pre_ratio_pct, "pre_ratio_pct", "prewspółczynnik", PRE_RATIO)
        share, before, left = percent_of(share, pct), left, percent_of(left, pct)
        steps.append(Step("Prewspółczynnik: część na działalność", _times(before, pct), exact_text(left), PRE_RATIO))
    if question.use in NEEDS_RATIO:
        pct = _needed(question.ratio_pct, "ratio_pct", "współczynnik", RATIO)
        share, before, left = percent_of(share, pct), left, percent_of(left, pct)
        steps.append(Step("Współczynnik: część na sprzedaż opodatkowaną", _times(before, pct), exact_text(left), RATIO))
    return share, steps


def _attributed(text: str, vat: Decimal, share: Decimal) -> Step:
    return Step(text, _times(vat, share), exact_text(percent_of(vat, share)), ATTRIBUTION)


def _times(amount: Decimal, pct: Decimal) -> str:
    return f"{exact_text(amount)} × {plain(pct)} %"


def _needed(pct: Decimal | None, field: str, name: str, law: str) -> Decimal:
    if pct is None:
        raise Refusal(f"Przy takim przeznaczeniu zakupu trzeba podać {name} (pole „{field}”).", field, law)
    return pct
