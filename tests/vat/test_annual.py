"""What is corrected after the year, and when two points may be left alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import NotKnown, Refusal
from app.kernel.rulebook import Amount, WholePercent
from app.vat.rules.annual import AnnualCorrection, Corrected, Purchases, correct_year, shared_pct
from app.vat.rules.deduction import Use


def _bought(use: Use, vat: str, pre: int | None = None, ratio: int | None = None) -> Purchases:
    return Purchases(
        use=use, vat=Amount(vat), pre_ratio_pct=None if pre is None else WholePercent(pre),
        ratio_pct=None if ratio is None else WholePercent(ratio),
    )  # fmt: skip


def _corrected(
    *bought: Purchases, year: int = 2025, pre: int | None = None, ratio: int | None = None, **other: Any
) -> Corrected:
    question = AnnualCorrection(
        year=year, purchases=list(bought), final_pre_ratio_pct=None if pre is None else WholePercent(pre),
        final_ratio_pct=None if ratio is None else WholePercent(ratio), **other,
    )  # fmt: skip
    return correct_year(question).result


@pytest.mark.parametrize(
    ("bought", "pre", "ratio", "amount"),
    [
        (_bought("business_and_outside", "100000.00", 20), 24, None, "4000.00"),
        (_bought("business_and_outside", "100000.00", 24), 20, None, "-4000.00"),
        (_bought("taxed_and_exempt", "1000.00", None, 60), None, 57, "-30.00"),
        (_bought("all", "2300.00", 47, 61), 50, 61, "42.09"),
        (_bought("all", "2300.00", 47, 61), 47, 61, "0.00"),
        (_bought("taxed", "999.99"), None, None, "0.00"),
        (_bought("outside", "999.99"), 50, 50, "0.00"),
        (_bought("business_and_outside", "100.00", None), 10, None, "10.00"),
        (_bought("business_and_outside", "-100.00", 20), 24, None, "-4.00"),
    ],
)
def test_by_the_difference_of_the_per_cents(bought: Purchases, pre: int | None, ratio: int | None, amount: str) -> None:
    result = _corrected(bought, pre=pre, ratio=ratio)
    assert f"{result.amount:f}" == amount
    assert result.due == "2026-01"


@pytest.mark.parametrize(
    ("used", "final", "vat", "amount", "skipped"),
    [
        (60, 59, "400000.00", "0.00", "-4000.00"),
        (60, 59, "1000000.00", "0.00", "-10000.00"),
        (60, 59, "1000001.00", "-10000.01", "0.00"),
        (60, 61, "1200000.00", "0.00", "12000.00"),
        (60, 62, "100.00", "0.00", "2.00"),
        (60, 57, "1000.00", "-30.00", "0.00"),
    ],
)
def test_relief_for_two_points_only_when_it_is_elected(
    used: int, final: int, vat: str, amount: str, skipped: str
) -> None:
    bought = _bought("taxed_and_exempt", vat, None, used)
    result = _corrected(bought, ratio=final, use_relief=True)
    assert (f"{result.amount:f}", f"{result.skipped:f}") == (amount, skipped)
    assert _corrected(bought, ratio=final).skipped == 0


def test_whether_relief_reaches_the_pre_ratio_is_a_setting_that_is_shown() -> None:
    bought = _bought("business_and_outside", "1000.00", 20)
    question = AnnualCorrection(year=2025, purchases=[bought], final_pre_ratio_pct=WholePercent(21), use_relief=True)
    outcome = correct_year(question)
    assert outcome.result.amount == 10
    shown = [step.parameter.certainty for step in outcome.reckoning if step.parameter is not None]
    assert "?" in shown
    assert _corrected(bought, pre=21, use_relief=True, relief_on_pre_ratio=True).skipped == 10


def test_a_final_per_cent_that_is_wanted_is_asked_for() -> None:
    for bought, field in (
        (_bought("all", "1.00", 1, 1), "final_pre_ratio_pct"),
        (_bought("taxed_and_exempt", "1.00"), "final_ratio_pct"),
    ):
        with pytest.raises(Refusal) as refused:
            _corrected(bought)
        assert refused.value.field == field


def test_relief_before_it_was_law_is_refused() -> None:
    bought = _bought("taxed_and_exempt", "1000.00", None, 60)
    with pytest.raises(NotKnown):
        _corrected(bought, year=2022, ratio=59, use_relief=True)
    assert _corrected(bought, year=2022, ratio=59).amount == -10


@given(st.decimals("0", "99999999.99", places=2), st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_a_higher_final_ratio_never_gives_less(vat: Decimal, used: int, one: int, other: int) -> None:
    low, high = min(one, other), max(one, other)
    bought = _bought("business_and_outside", str(vat), used)
    assert _corrected(bought, pre=low).amount <= _corrected(bought, pre=high).amount
    assert _corrected(bought, pre=used).amount == 0


def test_combined_per_cents() -> None:
    assert shared_pct("all", 47, 61) == Decimal("28.67")
    assert shared_pct("taxed", None, None) == 100
    assert shared_pct("exempt", 10, 10) == shared_pct("all", None, 61) == 0
