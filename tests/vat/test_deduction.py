from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Refusal
from app.kernel.rulebook import Amount, WholePercent
from app.vat.rules.deduction import Deduction, DeductionResult, Use, deduct

USES: tuple[Use, ...] = ("taxed", "exempt", "outside", "taxed_and_exempt", "business_and_outside", "all")


def _deduct(vat: str, use: Use, pre: int | None = None, ratio: int | None = None) -> DeductionResult:
    pre_pct = None if pre is None else WholePercent(pre)
    ratio_pct = None if ratio is None else WholePercent(ratio)
    return deduct(Deduction(vat=Amount(vat), use=use, pre_ratio_pct=pre_pct, ratio_pct=ratio_pct)).result


def test_golden_c07_pre_ratio_and_ratio_are_stacked() -> None:
    assert _deduct("2300.00", "all", 47, 61) == DeductionResult(Decimal("659.41"), "28.67", Decimal("1640.59"))


@pytest.mark.parametrize(
    ("use", "deductible", "pct"),
    [
        ("taxed", "100.00", "100"),
        ("exempt", "0.00", "0"),
        ("outside", "0.00", "0"),
        ("taxed_and_exempt", "60.00", "60"),
        ("business_and_outside", "47.00", "47"),
        ("all", "28.20", "28.2"),
    ],
)
def test_each_use_has_its_share(use: Use, deductible: str, pct: str) -> None:
    result = _deduct("100.00", use, 47, 60)
    assert (f"{result.deductible:f}", result.pct) == (deductible, pct)


def test_rounded_once_at_the_end_not_after_each_ratio() -> None:
    # 0.05 × 50 % = 0.025, × 50 % = 0.0125; rounding in between would give 0.03 and then 0.02.
    assert _deduct("0.05", "all", 50, 50).deductible == Decimal("0.01")


def test_half_a_grosz_is_rounded_up_and_back_down_by_the_correction() -> None:
    assert _deduct("0.01", "taxed_and_exempt", ratio=50).deductible == Decimal("0.01")
    assert _deduct("-0.01", "taxed_and_exempt", ratio=50).deductible == Decimal("-0.01")


@pytest.mark.parametrize(
    ("use", "pre", "ratio", "field"),
    [
        ("all", None, 61, "pre_ratio_pct"),
        ("all", 47, None, "ratio_pct"),
        ("taxed_and_exempt", 47, None, "ratio_pct"),
        ("business_and_outside", None, 61, "pre_ratio_pct"),
    ],
)
def test_a_missing_percentage_is_refused(use: Use, pre: int | None, ratio: int | None, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        _deduct("1.00", use, pre, ratio)
    assert refused.value.field == field


def test_the_reckoning_shows_both_steps() -> None:
    question = Deduction(vat=Amount("2300.00"), use="all", pre_ratio_pct=WholePercent(47), ratio_pct=WholePercent(61))
    steps = deduct(question).reckoning
    assert [(one.formula, one.value) for one in steps] == [
        ("2300.00 × 47 %", "1081.00"),
        ("1081.00 × 61 %", "659.41"),
        ("659.41", "659.41"),
    ]


vats = st.decimals("-99999999999999", "99999999999999", places=2)
percents = st.integers(0, 100)


@given(vats, st.sampled_from(USES), percents, percents)
def test_never_more_than_the_tax_nothing_lost_and_corrections_cancel(
    vat: Decimal, use: Use, pre: int, ratio: int
) -> None:
    result = _deduct(str(vat), use, pre, ratio)
    assert abs(result.deductible) <= abs(vat)
    assert result.deductible * vat >= 0
    assert result.deductible + result.non_deductible == vat
    assert _deduct(str(-vat), use, pre, ratio).deductible == -result.deductible
    assert abs(result.deductible - vat * Decimal(result.pct) / 100) <= Decimal("0.005")
