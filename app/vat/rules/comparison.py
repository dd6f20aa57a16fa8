"""What if the unit used other ratios: the year's deductions side by side, month by month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from app.kernel.money import ZERO
from app.vat.rules.deduction import Use
from app.vat.rules.purchase import Ratios, reckon


@dataclass(frozen=True, slots=True)
class Bought:
    """One purchase of the year: its tax in złote and what it serves; `asset`: a fixed asset."""

    month: int
    vat: Decimal
    use: Use | None
    asset: bool = False


@dataclass(frozen=True, slots=True)
class MonthCompared:
    """A month (1–12): tax on the documents, deducted by A and by B, złote."""

    month: int
    vat: Decimal
    first: Decimal
    second: Decimal

    @property
    def difference(self) -> Decimal:
        return self.second - self.first


@dataclass(frozen=True, slots=True)
class Compared:
    """Months that have purchases, and their totals. `waiting`: tax of purchases that nobody assigned a use."""

    months: tuple[MonthCompared, ...]
    vat: Decimal
    first: Decimal
    second: Decimal
    waiting: Decimal

    @property
    def difference(self) -> Decimal:
        return self.second - self.first


def compare(purchases: Iterable[Bought], first: Ratios, second: Ratios) -> Compared:
    """Each purchase deducted by both pairs of ratios, each rounded as it would be in the register, then summed.

    Law: art. 86 ust. 2a i 2h, art. 90 ust. 2 ustawy o VAT
    """
    found: dict[int, list[Decimal]] = {}
    waiting = ZERO
    for one in purchases:
        if one.use is None:
            waiting += one.vat
        sums = found.setdefault(one.month, [ZERO, ZERO, ZERO])
        sums[0] += one.vat
        for place, used in ((1, first), (2, second)):
            amounts = reckon(ZERO, one.vat, one.use, used, asset=one.asset).amounts
            sums[place] += amounts.get("K_41", ZERO) + amounts.get("K_43", ZERO)
    months = tuple(MonthCompared(month, *found[month]) for month in sorted(found))
    totals = [sum((getattr(one, name) for one in months), ZERO) for name in ("vat", "first", "second")]
    return Compared(months, totals[0], totals[1], totals[2], waiting)
