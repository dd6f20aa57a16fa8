"""From the taxpayer's return back to its units: who owes whom, to the grosz, and who bears the interest of arrears.

The identity that everything here keeps: what the units pay + the rounding + what the city itself carries = what the
return says (P_51 to pay, less P_54 refunded and P_62 carried on).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import msgspec

from app.kernel.money import GROSZ, ZERO, down_to_grosz, exact_text
from app.kernel.reckoning import Outcome, Step
from app.vat.rules.totals import Amounts, control_sums

Surplus = Literal["city", "unit"]

CENTRAL = "art. 3 ustawy o szczególnych zasadach rozliczeń VAT przez JST"
INTERNAL = "polityka rozliczeń VAT miasta z jednostkami"
ROUNDING = "art. 63 § 1 Ordynacji podatkowej; zaokrąglenie księguje urząd na koncie 760 albo 761"
CHARGED = "art. 53 Ordynacji podatkowej; obciążenie jednostki: polityka miasta"


@dataclass(frozen=True, slots=True)
class Own:
    """A unit's own month in grosze. `carried`: the surplus it brought itself; `before`: what it was to pay by earlier
    notes of the month; `fixed`: what it carried on by them, when the next month was settled with that already."""

    unit: str
    due: Decimal
    paid: Decimal
    carried: Decimal = ZERO
    before: Decimal = ZERO
    fixed: Decimal | None = None

    @property
    def balance(self) -> Decimal:
        return self.due - self.paid


@dataclass(frozen=True, slots=True)
class Due:
    """What one unit owes for the month (`settled`; below zero: the city owes it), of which `amount` by this note."""

    unit: str
    settled: Decimal
    amount: Decimal
    carried_on: Decimal
    reckoning: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Shared:
    """Every unit's note and the city's own lines; `check` is zero, always."""

    dues: tuple[Due, ...]
    units: Decimal
    """Sum of what units are to pay for the month."""
    held: Decimal
    """Surplus the units themselves carry on, less what they brought."""
    rounding: Decimal
    """Return less exact sums: above zero the city pays more than its units owe (761), below zero less (760)."""
    carried: Decimal
    reliefs: Decimal
    """P_49, P_50 and P_52, which are the taxpayer's and not any unit's."""
    to_pay: Decimal
    refund: Decimal
    carried_on: Decimal

    @property
    def check(self) -> Decimal:
        ours = self.units - self.held + self.rounding - self.carried - self.reliefs
        return ours - (self.to_pay - self.refund - self.carried_on)

    @property
    def lines(self) -> dict[str, Decimal]:
        names = ("units", "held", "rounding", "carried", "reliefs", "to_pay", "refund", "carried_on")
        return {name: getattr(self, name) for name in names}


def share_out(owns: Sequence[Own], positions: Amounts, surplus: Surplus) -> Shared:
    """The return of the taxpayer shared out to its units; a unit that left the return stands here with zero.

    `city`: the city takes over a unit's surplus at once (it owes the unit); `unit`: the unit carries it to its own next
    month. A correction changes what is settled in money, never what a later month already began with.

    Law: art. 3 ustawy o szczególnych zasadach rozliczeń VAT przez JST; art. 63 § 1 Ordynacji podatkowej
    """
    dues = tuple(_due(own, surplus) for own in owns)
    exact = sum((own.balance for own in owns), ZERO)
    position = {name: positions.get(name, ZERO) for name in (
        "P_38", "P_48", "P_39", "P_49", "P_50", "P_52", "P_51", "P_54", "P_62",
    )}  # fmt: skip
    rounded = position["P_38"] - (position["P_48"] - position["P_39"])
    return Shared(
        dues,
        units=sum((due.settled for due in dues), ZERO),
        held=sum((due.carried_on for due in dues), ZERO) - sum((own.carried for own in owns), ZERO),
        rounding=rounded - exact,
        carried=position["P_39"],
        reliefs=position["P_49"] + position["P_50"] + position["P_52"],
        to_pay=position["P_51"],
        refund=position["P_54"],
        carried_on=position["P_62"],
    )


def _due(own: Own, surplus: Surplus) -> Due:
    steps = [
        Step("Podatek należny jednostki", "z rejestru, w groszach", exact_text(own.due), CENTRAL),
        Step("Podatek do odliczenia jednostki", "z rejestru, w groszach", exact_text(own.paid), CENTRAL),
        Step("Różnica", f"{exact_text(own.due)} − {exact_text(own.paid)}", exact_text(own.balance), CENTRAL),
    ]
    left = own.balance - own.carried
    kept = max(ZERO, -left) if surplus == "unit" else ZERO
    carried_on = kept if own.fixed is None else own.fixed
    settled = left + carried_on
    if own.carried:
        steps.append(
            Step(
                "Nadwyżka jednostki z poprzedniego miesiąca",
                f"{exact_text(own.balance)} − {exact_text(own.carried)}",
                exact_text(left),
                INTERNAL,
            )
        )
    if carried_on:
        steps.append(
            Step(
                "Nadwyżka przechodzi na następny miesiąc jednostki",
                "zostaje w jednostce",
                exact_text(carried_on),
                INTERNAL,
            )
        )
    steps.append(
        Step("Rozliczenie miesiąca", f"{exact_text(left)} + {exact_text(carried_on)}", exact_text(settled), INTERNAL)
    )
    if own.before:
        steps.append(
            Step(
                "Rozliczono wcześniejszymi notami",
                "suma poprzednich not za ten miesiąc",
                exact_text(own.before),
                INTERNAL,
            )
        )
    amount = settled - own.before
    steps.append(
        Step(
            "Do rozliczenia tą notą", f"{exact_text(settled)} − {exact_text(own.before)}", exact_text(amount), INTERNAL
        )
    )
    return Due(own.unit, settled, amount, carried_on, tuple(steps))


def own_of(
    unit: str, sums: Amounts, carried: Decimal = ZERO, before: Decimal = ZERO, fixed: Decimal | None = None
) -> Own:
    """From the sums (K_ → złote) a unit brought to the return."""
    due, paid = control_sums(sums)
    return Own(unit, due, paid, carried, before, fixed)


def arrears(before: Amounts, after: Amounts) -> Decimal:
    """By how much a later version of a past month raises the tax to pay: the principal that interest runs from.

    Only P_51: a smaller surplus carried on makes its arrears, if any, in the month that used it.

    Law: art. 51 § 1, art. 53 § 1 Ordynacji podatkowej
    """
    return max(ZERO, after.get("P_51", ZERO) - before.get("P_51", ZERO))


def apportion(total: Decimal, weights: Mapping[str, Decimal]) -> Outcome[dict[str, Decimal]]:
    """The interest of a correction, in grosze, to the units whose balance rose, by their part in the rise.

    Largest remainder: every unit gets its exact part cut to the grosz, and the grosze left over go one by one to those
    who lost most by the cut (by name when equal). A unit whose balance fell or stayed pays nothing.

    Law: art. 53 Ordynacji podatkowej; art. 3 ustawy o szczególnych zasadach rozliczeń VAT przez JST
    """
    up = {unit: weight for unit, weight in sorted(weights.items()) if weight > ZERO}
    whole = sum(up.values(), ZERO)
    if not up or total <= ZERO:
        return Outcome({}, (), (CHARGED,))
    cut = {unit: down_to_grosz(total * rise / whole) for unit, rise in up.items()}
    lost = {unit: total * rise - cut[unit] * whole for unit, rise in up.items()}
    left = int((total - sum(cut.values(), ZERO)) / GROSZ)
    for unit in sorted(up, key=lambda one: (-lost[one], one))[:left]:
        cut[unit] += GROSZ
    steps = tuple(
        Step(
            f"Odsetki jednostki {unit}",
            f"{exact_text(total)} × {exact_text(up[unit])} / {exact_text(whole)}",
            exact_text(cut[unit]),
            CHARGED,
        )
        for unit in up
    )
    return Outcome(cut, steps, (CHARGED,))


def rises(before: Mapping[str, Amounts], after: Mapping[str, Amounts]) -> dict[str, Decimal]:
    """Unit → how its own balance changed from one version of the return to another; absent sums count as nothing."""
    return {unit: _balance(after.get(unit, {})) - _balance(before.get(unit, {})) for unit in sorted({*before, *after})}


def _balance(sums: Amounts) -> Decimal:
    due, paid = control_sums(sums)
    return due - paid


def note_title(number: int, year: int) -> str:
    """The number of a note as it is written."""
    return f"VAT/{number}/{year}"


def kept_steps(stored: Any) -> tuple[Step, ...]:
    """A reckoning as it was kept with a note."""
    return msgspec.convert(stored, tuple[Step, ...])
