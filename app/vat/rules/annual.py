"""After the year: how far the deductions by the preliminary ratios are from those by the final ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from app.kernel.errors import NotKnown, Refusal
from app.kernel.money import HUNDRED, ZERO, exact_text, percent_of, plain, to_grosz
from app.kernel.reckoning import Outcome, Step
from app.kernel.rulebook import Amount, WholePercent
from app.law import loader
from app.vat.rules.deduction import NEEDS_PRE_RATIO, NEEDS_RATIO, Use

LAW = "art. 90c ust. 1 i art. 91 ust. 1 ustawy o VAT"
RELIEF = "art. 91 ust. 1a i 1b ustawy o VAT"
RELIEF_PRE_RATIO = "art. 90c ust. 3 w związku z art. 91 ust. 1a ustawy o VAT (stosowanie do prewspółczynnika sporne)"
GROSZ = "art. 106e ust. 11 ustawy o VAT (zasada zaokrąglania do grosza)"
YES = "tak"


class Purchases(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Purchases of the year that were deducted alike: their `use`, the whole `vat`, the per cents that were used."""

    use: Use
    vat: Amount
    pre_ratio_pct: WholePercent | None = None
    ratio_pct: WholePercent | None = None


class AnnualCorrection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`purchases` of a `year` and its final per cents. `use_relief`: the taxpayer elects not to correct where the law
    lets it; `relief_on_pre_ratio` overrides the setting whether it may for the pre-ratio too."""

    year: int
    purchases: list[Purchases]
    final_pre_ratio_pct: WholePercent | None = None
    final_ratio_pct: WholePercent | None = None
    use_relief: bool = False
    relief_on_pre_ratio: bool | None = None


@dataclass(frozen=True, slots=True)
class GroupCorrection:
    """One group: the exact per cents before and after, the amount to the grosz, and whether it must be corrected."""

    use: str
    vat: Decimal
    used_pct: str
    final_pct: str
    amount: Decimal
    must: bool


@dataclass(frozen=True, slots=True)
class Corrected:
    """`amount` for the return of the next January; above zero more is deducted. `skipped`: left out by relief."""

    amount: Decimal
    skipped: Decimal
    groups: tuple[GroupCorrection, ...]
    due: str


def correct_year(question: AnnualCorrection) -> Outcome[Corrected]:
    """Each group's tax by the difference of the final and the used per cent; groups whose per cent did not change give
    exactly nothing, whatever the roundings of single invoices were.

    Relief: at most two points of difference may be left alone, unless the final ratio is lower and the correction is
    above the limit. It is judged for each ratio and all its purchases together. Raises `Refusal` at a final per cent
    that is needed and absent.

    Law: art. 90c, art. 91 ust. 1–1b i 3 ustawy o VAT
    """
    _refuse_missing(question)
    steps: list[Step] = []
    made: list[tuple[Purchases, Decimal, Decimal, Decimal]] = []
    for one in question.purchases:
        used = _share(one.use, one.pre_ratio_pct, one.ratio_pct)
        final = _share(one.use, question.final_pre_ratio_pct, question.final_ratio_pct)
        amount = to_grosz(percent_of(one.vat, final - used)) + ZERO
        made.append((one, used, final, amount))
    groups, skipped = [], ZERO
    total_of = {use: sum((entry[3] for entry in made if entry[0].use == use), ZERO) for use in {e[0].use for e in made}}
    for one, used, final, amount in made:
        must, why = _must(question, one, total_of[one.use], steps)
        left_out = question.use_relief and not must
        formula = f"{exact_text(one.vat)} × ({plain(final)} % − {plain(used)} %)"
        steps.append(Step(f"Zakupy: {_WORDS[one.use]}", formula, f"{amount:.2f}", LAW))
        if left_out and amount:
            skipped += amount
            steps.append(Step("Ulga: korekty nie wykazano z wyboru podatnika", why, "0.00", RELIEF))
        groups.append(GroupCorrection(one.use, one.vat, plain(used), plain(final), ZERO if left_out else amount, must))
    total = sum((one.amount for one in groups), ZERO)
    added = " + ".join(f"{one.amount:.2f}" for one in groups) or "brak zakupów"
    steps.append(Step("Korekta roczna razem", added, f"{total:.2f}", LAW))
    laws = tuple(dict.fromkeys(step.law for step in steps))
    return Outcome(
        Corrected(to_grosz(total), to_grosz(skipped), tuple(groups), f"{question.year + 1}-01"), tuple(steps), laws
    )


_WORDS: dict[str, str] = {
    "taxed": "tylko opodatkowane",
    "exempt": "tylko zwolnione",
    "outside": "tylko poza działalnością",
    "taxed_and_exempt": "opodatkowane i zwolnione",
    "business_and_outside": "działalność i zadania publiczne",
    "all": "opodatkowane, zwolnione i zadania publiczne",
}


def _refuse_missing(question: AnnualCorrection) -> None:
    uses = {one.use for one in question.purchases if one.vat}
    if question.final_pre_ratio_pct is None and uses & NEEDS_PRE_RATIO:
        raise Refusal(
            f"Podaj ostateczny prewspółczynnik za {question.year} r.",
            "final_pre_ratio_pct",
            "art. 90c ust. 1 ustawy o VAT",
        )
    if question.final_ratio_pct is None and uses & NEEDS_RATIO:
        raise Refusal(
            f"Podaj ostateczny współczynnik za {question.year} r.", "final_ratio_pct", "art. 91 ust. 1 ustawy o VAT"
        )


def _share(use: Use, pre_ratio: Decimal | None, ratio: Decimal | None) -> Decimal:
    """The combined per cent; a ratio that was not decided when the purchase was entered gave nothing."""
    if use in ("exempt", "outside"):
        return ZERO
    share = HUNDRED
    if use in NEEDS_PRE_RATIO:
        share = percent_of(share, pre_ratio if pre_ratio is not None else ZERO)
    if use in NEEDS_RATIO:
        share = percent_of(share, ratio if ratio is not None else ZERO)
    return share


def shared_pct(use: Use, pre_ratio: int | None, ratio: int | None) -> Decimal:
    """The exact combined per cent that this use deducts by.

    Law: art. 86 ust. 2a, art. 90 ust. 2 ustawy o VAT
    """
    return _share(use, None if pre_ratio is None else Decimal(pre_ratio), None if ratio is None else Decimal(ratio))


def deducted_pct(row: Mapping[Any, Any]) -> Decimal:
    """The combined per cent by which a row of the purchases register was deducted; nothing without a use.

    Law: art. 86 ust. 2a, art. 90 ust. 2 ustawy o VAT
    """
    use: Use | None = row["use"]
    return ZERO if use is None else shared_pct(use, row["pre_ratio_pct"], row["ratio_pct"])


def _must(question: AnnualCorrection, one: Purchases, amount: Decimal, steps: list[Step]) -> tuple[bool, str]:
    """Whether the law leaves no choice, and why."""
    if one.use not in NEEDS_PRE_RATIO | NEEDS_RATIO:
        return False, "bez proporcji"
    on = date(question.year, 12, 31)
    try:
        points = loader.value_on("vat.annual.relief_points", on, "year")
    except NotKnown:
        if question.use_relief:
            raise
        return True, "bez ulgi"
    if one.use in NEEDS_PRE_RATIO and not _on_pre_ratio(question, on, steps):
        return True, "prewspółczynnik"
    pairs = [(one.pre_ratio_pct, question.final_pre_ratio_pct, one.use in NEEDS_PRE_RATIO)]
    pairs += [(one.ratio_pct, question.final_ratio_pct, one.use in NEEDS_RATIO)]
    known = [(used or ZERO, final or ZERO) for used, final, needed in pairs if needed]
    widest = max(abs(final - used) for used, final in known)
    formula = f"różnica {plain(widest)} p.p., próg {points.value} p.p."
    if widest > points.number:
        if question.use_relief:
            steps.append(Step("Różnica ponad próg: korekta obowiązkowa", formula, plain(widest), RELIEF, points))
        return True, formula
    limit = loader.value_on("vat.annual.relief_limit", on, "year")
    if amount < ZERO and abs(amount) > limit.number:
        formula = f"{exact_text(abs(amount))} > {limit.value}, proporcja ostateczna niższa"
        if question.use_relief:
            steps.append(Step("Kwota ponad limit: korekta obowiązkowa", formula, f"{amount:.2f}", RELIEF, limit))
        return True, formula
    return False, formula


def _on_pre_ratio(question: AnnualCorrection, on: date, steps: list[Step]) -> bool:
    if question.relief_on_pre_ratio is not None:
        return question.relief_on_pre_ratio
    setting = loader.value_on("vat.annual.relief_on_pre_ratio", on, "year")
    allowed = setting.value == YES
    if question.use_relief and not allowed and not any(step.parameter == setting for step in steps):
        words = "Ulga nie obejmuje prewspółczynnika (ustawienie, przepis sporny)"
        steps.append(Step(words, setting.value, setting.value, RELIEF_PRE_RATIO, setting))
    return allowed
