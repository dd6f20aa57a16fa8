"""What a unit's month comes to, from the sums of its register."""

from __future__ import annotations

from decimal import Decimal

from app.vat.rules import settlement


def money(**amounts: str) -> dict[str, Decimal]:
    return {name: Decimal(text) for name, text in amounts.items()}


SUMS = money(
    K_10="500.00", K_19="100.00", K_20="23.00", K_33="7.00", K_360="2.50", K_42="90.00", K_43="12.34", K_45="-1.00"
)


def test_the_tax_due_adds_what_is_due_and_takes_away_what_lessens_it() -> None:
    outcome = settlement.tax_due(SUMS)
    assert outcome.result == Decimal("27.50")
    assert outcome.reckoning[-1].formula == "K_20 23.00 + K_33 7.00 − K_360 2.50"
    assert [step.value for step in outcome.reckoning] == ["23.00", "7.00", "2.50", "27.50"]


def test_the_tax_to_deduct_takes_corrections_with_their_sign() -> None:
    assert settlement.tax_to_deduct(SUMS).result == Decimal("11.34")


def test_the_balance_may_be_a_surplus_and_is_not_rounded_to_full_zloty() -> None:
    assert settlement.balance(SUMS).result == Decimal("16.16")
    assert settlement.balance(money(K_43="5.05")).result == Decimal("-5.05")


def test_an_empty_month_comes_to_nothing_and_says_so() -> None:
    for reckon in (settlement.tax_due, settlement.tax_to_deduct, settlement.balance):
        outcome = reckon({})
        assert outcome.result == 0 and outcome.reckoning and outcome.law
