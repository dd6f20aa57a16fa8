"""The tax of fixed assets over five and ten years, against an oracle written the other way round."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import NotKnown, Refusal
from app.kernel.rulebook import Amount, Exact
from app.vat.rules.assets import AssetCorrection, AssetCorrections, AssetKind, Sold, correct_asset, correction_years

LENGTH: dict[AssetKind, int] = {"movable": 5, "real_estate": 10}


def _correct(
    vat: str, deducted: str, asset: AssetKind, final: dict[int, str], since: str = "2024-05-01", **other: Any
) -> AssetCorrections:
    years = {year: Exact(pct) for year, pct in final.items()}
    question = AssetCorrection(
        vat=Amount(vat), deducted_pct=Exact(deducted), asset=asset, in_use_since=date.fromisoformat(since),
        final_pct=years, **other,
    )  # fmt: skip
    return correct_asset(question).result


@pytest.mark.parametrize(
    ("vat", "deducted", "asset", "final", "amounts"),
    [
        ("500000.00", "20", "real_estate", {2024: "24", 2025: "18"}, ["2000.00", "-1000.00"]),
        ("11500.00", "20", "movable", {2024: "24"}, ["92.00"]),
        ("11500.00", "20", "movable", {2024: "20"}, ["0.00"]),
        ("0.03", "0", "movable", {2024: "100"}, ["0.01"]),
        ("2300.00", "28.67", "movable", {2024: "30"}, ["6.12"]),
        ("1000.00", "50", "movable", {2024: "100", 2025: "0", 2026: "50"}, ["100.00", "-100.00", "0.00"]),
        ("1000.00", "50", "movable", {2029: "100", 2030: "0"}, []),
    ],
)
def test_each_year_is_a_part_of_the_tax_by_the_difference(
    vat: str, deducted: str, asset: AssetKind, final: dict[int, str], amounts: list[str]
) -> None:
    result = _correct(vat, deducted, asset, final)
    assert [f"{one.amount:f}" for one in result.corrections] == amounts
    assert result.total == sum(map(Decimal, amounts), Decimal(0))


def test_a_correction_is_due_in_january_and_a_sale_in_its_own_month() -> None:
    sold = Sold(on=date(2026, 6, 3), taxable=True)
    result = _correct("10000.00", "20", "movable", {2024: "30", 2025: "10", 2026: "99", 2027: "99"}, sold=sold)
    assert [(one.year, f"{one.amount:f}", one.due, one.reason) for one in result.corrections] == [
        (2024, "200.00", "2025-01", "yearly"),
        (2025, "-200.00", "2026-01", "yearly"),
        (2026, "4800.00", "2026-06", "sale"),
    ]


@pytest.mark.parametrize(
    ("on", "taxable", "amount"),
    [
        ("2024-12-31", True, "8000.00"),
        ("2024-12-31", False, "-2000.00"),
        ("2028-01-01", True, "1600.00"),
        ("2028-12-31", False, "-400.00"),
        ("2029-01-01", False, None),
    ],
)
def test_a_sale_settles_the_years_that_remain_with_that_of_the_sale(on: str, taxable: bool, amount: str | None) -> None:
    result = _correct("10000.00", "20", "movable", {}, sold=Sold(on=date.fromisoformat(on), taxable=taxable))
    assert [f"{one.amount:f}" for one in result.corrections] == ([amount] if amount else [])


@pytest.mark.parametrize(("value", "amount"), [("15000.00", "400.00"), ("15000.01", "80.00")])
def test_a_low_value_is_corrected_once(value: str, amount: str) -> None:
    result = _correct("10000.00", "20", "movable", {2024: "24", 2025: "24"}, initial_value=Amount(value))
    assert f"{result.corrections[0].amount:f}" == amount
    assert len(result.corrections) == (1 if value == "15000.00" else 2)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"vat": "-1.00"}, "vat"),
        ({"deducted": "100.01"}, "deducted_pct"),
        ({"deducted": "-1"}, "deducted_pct"),
        ({"final": {2024: "101"}}, "final_pct"),
        ({"final": {2023: "50"}}, "final_pct"),
        ({"sold": Sold(on=date(2024, 4, 30), taxable=True)}, "sold.on"),
        ({"initial_value": Amount("-1")}, "initial_value"),
        ({"years": Exact("0")}, "years"),
        ({"years": Exact("2.5")}, "years"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(wrong: dict[str, Any], field: str) -> None:
    asked: dict[str, Any] = {"vat": "100.00", "deducted": "20", "asset": "movable", "final": {2024: "24"}, **wrong}
    with pytest.raises(Refusal) as refused:
        _correct(**asked)
    assert refused.value.field == field


def test_a_day_before_the_law_is_known_is_refused() -> None:
    with pytest.raises(NotKnown, match=r"vat\.asset\.movable_years"):
        _correct("1.00", "1", "movable", {2015: "1"}, since="2015-12-31")


def test_the_length_of_a_period_is_a_number_of_the_law_that_may_be_given() -> None:
    assert [correction_years(kind, date(2026, 1, 1)) for kind in LENGTH] == [5, 10]
    assert _correct("100.00", "0", "movable", {2024: "100"}, years=Exact("4")).total == 25


per_cents = st.integers(0, 100).map(Decimal)
kinds = st.sampled_from(["movable", "real_estate"])
taxes = st.decimals("0", "99999999.99", places=2)


def _oracle(vat: Decimal, deducted: Decimal, final: Decimal, length: int) -> Decimal:
    """What a year entitles to less what a year was given, as fractions."""
    exact = Fraction(vat) * Fraction(final) / 100 / length - Fraction(vat) * Fraction(deducted) / 100 / length
    sign = -1 if exact < 0 else 1
    grosze = int(abs(exact) * 100 + Fraction(1, 2))
    return Decimal(sign * grosze) / 100


@given(kinds, taxes, per_cents, st.data())
def test_over_the_whole_period_an_oracle_agrees(
    kind: AssetKind, vat: Decimal, deducted: Decimal, data: st.DataObject
) -> None:
    length = LENGTH[kind]
    mix = [data.draw(per_cents) for _ in range(length)]
    final = {2024 + place: str(pct) for place, pct in enumerate(mix)}
    result = _correct(str(vat), str(deducted), kind, final)
    assert [one.amount for one in result.corrections] == [_oracle(vat, deducted, pct, length) for pct in mix]
    exact = sum((Fraction(vat) * Fraction(pct) / 100 / length for pct in mix), Fraction(0))
    whole = Fraction(vat) * Fraction(deducted) / 100 + Fraction(result.total)
    assert abs(whole - exact) <= Fraction(length, 200), "each year is rounded alone, by at most half a grosz"


@given(kinds, st.integers(0, 10**7), per_cents, st.data())
def test_the_deduction_and_its_corrections_make_the_final_mix_to_the_grosz(
    kind: AssetKind, grosze: int, deducted: Decimal, data: st.DataObject
) -> None:
    """Where every year's part is a whole grosz nothing is rounded, and the sum is exact."""
    length = LENGTH[kind]
    vat = Decimal(grosze) * length
    mix = [data.draw(per_cents) for _ in range(length)]
    result = _correct(f"{vat:.2f}", str(deducted), kind, {2024 + place: str(pct) for place, pct in enumerate(mix)})
    initial = vat * deducted / 100
    assert initial + result.total == sum((vat * pct / 100 / length for pct in mix), Decimal(0))


@given(kinds, taxes, per_cents, st.integers(0, 9), st.booleans())
def test_a_sale_ends_the_period_for_good(
    kind: AssetKind, vat: Decimal, deducted: Decimal, after: int, taxable: bool
) -> None:
    length, after = LENGTH[kind], min(after, LENGTH[kind] - 1)
    final = {2024 + place: str(deducted) for place in range(length)}
    result = _correct(str(vat), str(deducted), kind, final, sold=Sold(on=date(2024 + after, 12, 1), taxable=taxable))
    wanted = vat * (length - after) / length * ((100 if taxable else 0) - deducted) / 100
    assert result.total == wanted.quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert len(result.corrections) == after + 1
