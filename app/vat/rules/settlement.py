"""What a unit's month comes to: the tax due, the tax to deduct and the difference, each with its reckoning.

From sums of the register (`K_` → złote, FP rows left out), in grosze: only the taxpayer's return rounds to full złote.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from app.kernel.money import ZERO, exact_text
from app.kernel.reckoning import Outcome, Step
from app.vat.rules.positions import name
from app.vat.rules.totals import DUE, DUE_LESS, INPUT, REGISTER, RETURN, Amounts, control_sums


def tax_due(sums: Amounts) -> Outcome[Decimal]:
    """Law: art. 99 ust. 1, art. 109 ust. 3 ustawy o VAT"""
    due, _ = control_sums(sums)
    return _outcome(due, (*_addends(sums, DUE), *_addends(sums, DUE_LESS, "−")))


def tax_to_deduct(sums: Amounts) -> Outcome[Decimal]:
    """Law: art. 86 ust. 1 i 2, art. 109 ust. 3 ustawy o VAT"""
    _, paid = control_sums(sums)
    return _outcome(paid, tuple(_addends(sums, INPUT)))


def balance(sums: Amounts) -> Outcome[Decimal]:
    """What the unit adds to the municipality's return: above zero it is tax to pay, below zero a surplus.

    Law: art. 99 ust. 1 ustawy o VAT; art. 3 ustawy o szczególnych zasadach rozliczeń VAT przez JST
    """
    due, paid = control_sums(sums)
    steps = (
        Step("Podatek należny", "suma z rejestru sprzedaży", exact_text(due), REGISTER),
        Step("Podatek do odliczenia", "suma z rejestru zakupów", exact_text(paid), REGISTER),
        Step("Różnica", f"{exact_text(due)} − {exact_text(paid)}", exact_text(due - paid), RETURN),
    )
    return Outcome(due - paid, steps, (REGISTER, RETURN))


def _addends(sums: Amounts, codes: Sequence[str], sign: str = "+") -> Iterator[Step]:
    for code in codes:
        amount = sums.get(f"K_{code}")
        if amount is not None:
            yield Step(name(f"K_{code}"), f"{sign} K_{code}", exact_text(amount), REGISTER)


def _outcome(total: Decimal, addends: tuple[Step, ...]) -> Outcome[Decimal]:
    formula = " ".join(f"{step.formula} {step.value}" for step in addends).removeprefix("+ ")
    last = Step("Razem", formula or exact_text(ZERO), exact_text(total), REGISTER)
    return Outcome(total, (*addends, last), (REGISTER,))
