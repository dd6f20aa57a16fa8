"""A purchase in the register: the amounts that follow from what it serves and from the unit's ratios of the year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from app.kernel.errors import Refusal
from app.kernel.money import ZERO, percent_of, to_grosz
from app.kernel.reckoning import Outcome
from app.kernel.rulebook import Amount, WholePercent
from app.vat.rules.deduction import NEEDS_PRE_RATIO, NEEDS_RATIO, Deduction, DeductionResult, Use, deduct
from app.vat.rules.ratio import Kind

NetShown = Literal["whole", "share"]
"""K_40 and K_42: the whole net, or the same share of it as of the tax (the form does not say; practice differs)."""

USES: Mapping[Use, str] = {
    "taxed": "tylko sprzedaż opodatkowana",
    "exempt": "tylko sprzedaż zwolniona",
    "outside": "tylko poza działalnością gospodarczą",
    "taxed_and_exempt": "sprzedaż opodatkowana i zwolniona",
    "business_and_outside": "działalność gospodarcza i zadania publiczne",
    "all": "sprzedaż opodatkowana, zwolniona i zadania publiczne",
}
"""What a purchase may serve, in the words of the register."""


@dataclass(frozen=True, slots=True)
class Ratios:
    """Whole per cents of a unit for a year; None = not decided."""

    pre_ratio_pct: int | None = None
    ratio_pct: int | None = None


@dataclass(frozen=True, slots=True)
class Reckoned:
    """`amounts`: K_40 and K_41 or K_42 and K_43. The two per cents are those that were used.

    `missing`: ratios that the use needs and the unit has not decided; then, and without a use, nothing is deducted yet
    and `outcome` is None.
    """

    amounts: Mapping[str, Decimal]
    pre_ratio_pct: int | None = None
    ratio_pct: int | None = None
    missing: tuple[Kind, ...] = ()
    outcome: Outcome[DeductionResult] | None = field(default=None, compare=False)

    @property
    def columns(self) -> dict[str, Decimal | int | None]:
        """As the row of the register keeps it: k_40 … k_43 and the per cents."""
        amounts = {name.lower(): self.amounts.get(name) for name in ("K_40", "K_41", "K_42", "K_43")}
        return {**amounts, "pre_ratio_pct": self.pre_ratio_pct, "ratio_pct": self.ratio_pct}


def reckon(
    net: Decimal, vat: Decimal, use: Use | None, ratios: Ratios, *, asset: bool = False, net_shown: NetShown = "whole"
) -> Reckoned:
    """What the register shows of a purchase of `net` and `vat` (złote, to the grosz).

    Law: art. 86 ust. 1, 2a i 2b, art. 90 ust. 1 i 2, art. 109 ust. 3 ustawy o VAT
    """
    if not net and not vat:
        return Reckoned({})
    base, tax = ("K_40", "K_41") if asset else ("K_42", "K_43")
    missing = missing_ratios(use, ratios)
    if use is None or missing:
        return Reckoned({base: net if net_shown == "whole" else ZERO, tax: ZERO}, missing=missing)
    pre_ratio = ratios.pre_ratio_pct if use in NEEDS_PRE_RATIO else None
    ratio = ratios.ratio_pct if use in NEEDS_RATIO else None
    outcome = deduct(Deduction(vat=Amount(vat), use=use, pre_ratio_pct=_percent(pre_ratio), ratio_pct=_percent(ratio)))
    shown = net if net_shown == "whole" else to_grosz(percent_of(net, Decimal(outcome.result.pct)))
    return Reckoned({base: shown, tax: outcome.result.deductible}, pre_ratio, ratio, (), outcome)


def missing_ratios(use: Use | None, ratios: Ratios) -> tuple[Kind, ...]:
    """Which ratios this use needs and the unit has not decided."""
    needed: list[Kind] = []
    if use in NEEDS_PRE_RATIO and ratios.pre_ratio_pct is None:
        needed.append("pre_ratio")
    if use in NEEDS_RATIO and ratios.ratio_pct is None:
        needed.append("ratio")
    return tuple(needed)


def known_use(text: str, name: str = "use") -> Use:
    """The use under this code or in these words; raises `Refusal` at `name`."""
    for use, words in USES.items():
        if text in (use, words):
            return use
    known = ", ".join(f"„{words}”" for words in USES.values())
    raise Refusal(f"Nie ma przeznaczenia „{text[:60]}”. Możliwe: {known}.", name)


def _percent(whole: int | None) -> WholePercent | None:
    return None if whole is None else WholePercent(whole)
