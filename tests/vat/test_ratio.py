from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import NotKnown, Refusal
from app.kernel.reckoning import Outcome
from app.kernel.rulebook import Amount, Exact
from app.vat.rules.ratio import Elections, Kind, Ratio, RatioResult, vat_ratio

BOTH = Elections(zero_if_le_2=True, full_if_gt_98=True)


def _ratio(
    numerator: str,
    denominator: str,
    kind: Kind = "pre_ratio",
    elections: Elections = BOTH,
    non_deductible: str | None = None,
    on: date | None = None,
) -> Outcome[RatioResult]:
    lost = None if non_deductible is None else Amount(non_deductible)
    return vat_ratio(
        Ratio(
            numerator=Exact(numerator),
            denominator=Exact(denominator),
            kind=kind,
            elections=elections,
            non_deductible_year=lost,
            on=on,
        )
    )


@pytest.mark.parametrize(
    ("numerator", "denominator", "rounded", "effective"),
    [
        ("1250000.00", "48600000.00", 3, 3),
        ("38000.00", "4120000.00", 1, 0),
        ("2310450.25", "5020300.00", 47, 47),
        ("7412880.10", "8000001.00", 93, 93),
        ("20", "1000", 2, 0),
        ("20.01", "1000", 3, 3),
        ("98", "100", 98, 98),
        ("98.01", "100", 99, 100),
        ("82.1", "100", 83, 83),
    ],
)
@pytest.mark.parametrize("kind", ["pre_ratio", "ratio"])
def test_golden_c06_and_p14(numerator: str, denominator: str, rounded: int, effective: int, kind: Kind) -> None:
    assert _ratio(numerator, denominator, kind).result == RatioResult(Decimal(effective), Decimal(rounded))
    assert _ratio(numerator, denominator, kind, Elections()).result.pct == rounded


@pytest.mark.parametrize(
    ("lost", "on", "pct"),
    [
        ("9999.99", "2026-01-01", 100),
        ("10000.00", "2026-01-01", 99),
        ("500.00", "2023-06-30", 99),
        ("499.99", "2023-06-30", 100),
        ("500.00", "2023-07-01", 100),
    ],
)
def test_a_large_ratio_is_whole_only_while_little_tax_is_lost(lost: str, on: str, pct: int) -> None:
    outcome = _ratio("98.5", "100", non_deductible=lost, on=date.fromisoformat(on))
    assert outcome.result.pct == pct
    last = outcome.reckoning[-1].parameter
    assert last is not None
    assert last.name == "vat.ratio.full_non_deductible_limit"


def test_an_amount_that_was_not_given_is_said_to_be_untested() -> None:
    assert "niesprawdzony" in _ratio("98.5", "100").reckoning[-1].formula


def test_numbers_of_the_law_may_be_overridden_and_the_reckoning_says_so() -> None:
    question = Ratio(
        numerator=Exact("3"), denominator=Exact("100"), kind="ratio", elections=BOTH, zero_ceiling_pct=Exact("5")
    )
    outcome = vat_ratio(question)
    parameter = outcome.reckoning[-1].parameter
    assert outcome.result.pct == 0
    assert parameter is not None
    assert parameter.source == "podano w pytaniu"


@pytest.mark.parametrize(
    ("numerator", "denominator", "field"),
    [("1", "0", "denominator"), ("1", "-5", "denominator"), ("-1", "5", "numerator"), ("5.01", "5", "numerator")],
)
@pytest.mark.parametrize("kind", ["pre_ratio", "ratio"])
def test_impossible_ratios_are_refused(numerator: str, denominator: str, field: str, kind: Kind) -> None:
    with pytest.raises(Refusal) as refused:
        _ratio(numerator, denominator, kind)
    assert refused.value.field == field


def test_a_negative_lost_amount_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        _ratio("99", "100", non_deductible="-1")
    assert refused.value.field == "non_deductible_year"


def test_a_day_before_the_law_is_known_is_refused_only_when_the_law_is_needed() -> None:
    with pytest.raises(NotKnown, match=r"vat\.ratio\.zero_ceiling_pct") as refused:
        _ratio("1", "100", on=date(2015, 12, 31))
    assert refused.value.field == "on"
    assert _ratio("50", "100", elections=Elections(), on=date(2015, 12, 31)).result.pct == 50


money = st.decimals("0", "99999999999999", places=2)


@given(money, money)
def test_the_rounded_ratio_is_the_least_whole_per_cent_not_below_the_quotient(one: Decimal, other: Decimal) -> None:
    part, whole = min(one, other), max(one, other)
    if whole == 0:
        return
    pct = _ratio(str(part), str(whole), elections=Elections()).result.pct
    assert 0 <= pct <= 100
    assert pct * whole >= part * 100
    assert (pct - 1) * whole < part * 100


@given(money, money)
def test_elections_only_ever_touch_the_two_ends(one: Decimal, other: Decimal) -> None:
    part, whole = min(one, other), max(one, other)
    if whole == 0:
        return
    result = _ratio(str(part), str(whole)).result
    if 2 < result.rounded_pct <= 98:
        assert result.pct == result.rounded_pct
    else:
        assert result.pct in (0, 100)
