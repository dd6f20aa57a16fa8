from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Refusal
from app.kernel.money import (
    down_to_grosz,
    exact_text,
    format_amount,
    format_pln,
    parse_pln,
    percent_of,
    percent_text,
    percent_up,
    plain,
    to_full_zloty,
    to_grosz,
    up_to_grosz,
)

amounts = st.decimals("-99999999999999", "99999999999999", places=2)


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("139.35", "139"),
        ("139.49", "139"),
        ("139.50", "140"),
        ("138.50", "139"),
        ("0.49", "0"),
        ("-0.49", "0"),
        ("-1.50", "-2"),
        ("1E+3", "1000"),
    ],
)
def test_full_zloty_drops_below_fifty_groszy_and_lifts_from_fifty(amount: str, rounded: str) -> None:
    assert f"{to_full_zloty(Decimal(amount)):f}" == rounded


@pytest.mark.parametrize(
    ("amount", "near", "up", "down"),
    [
        ("1.005", "1.01", "1.01", "1.00"),
        ("1.0049", "1.00", "1.01", "1.00"),
        ("-1.005", "-1.01", "-1.01", "-1.00"),
        ("-0.001", "0.00", "-0.01", "0.00"),
        ("2", "2.00", "2.00", "2.00"),
    ],
)
def test_the_three_roundings_to_grosz(amount: str, near: str, up: str, down: str) -> None:
    given_amount = Decimal(amount)
    assert [f"{one(given_amount):f}" for one in (to_grosz, up_to_grosz, down_to_grosz)] == [near, up, down]


@given(amounts)
def test_rounding_a_correction_cancels_what_it_takes_back(amount: Decimal) -> None:
    for rounding in (to_full_zloty, to_grosz, up_to_grosz, down_to_grosz):
        assert rounding(-amount) == -rounding(amount)


@given(amounts)
def test_full_zloty_never_moves_an_amount_by_more_than_half(amount: Decimal) -> None:
    assert abs(to_full_zloty(amount) - amount) <= Decimal("0.50")


def test_percentages_are_exact_until_somebody_rounds() -> None:
    assert percent_of(Decimal("2300.00"), Decimal(47), Decimal(61)) == Decimal("659.41")
    assert plain(percent_of(Decimal(100), Decimal(47), Decimal(61))) == "28.67"


@pytest.mark.parametrize(
    ("part", "whole", "pct"), [("20", "1000", 2), ("20.01", "1000", 3), ("0", "7", 0), ("7", "7", 100)]
)
def test_every_started_per_cent_counts_as_whole(part: str, whole: str, pct: int) -> None:
    assert percent_up(Decimal(part), Decimal(whole)) == pct


def test_rounding_up_sees_the_thirtieth_digit() -> None:
    assert percent_up(Decimal("20.0000000000000000000000000001"), Decimal(1000)) == 3


def test_a_cut_quotient_says_that_it_is_cut() -> None:
    assert percent_text(Decimal(38000), Decimal(4120000)) == "0.922330…"
    assert percent_text(Decimal("20.01"), Decimal(1000)) == "2.001"
    assert percent_text(Decimal(5), Decimal(5)) == "100"


def test_numbers_are_written_without_idle_zeros_and_amounts_with_grosze() -> None:
    assert [plain(Decimal(one)) for one in ("28.670", "1E+2", "-0", "100")] == ["28.67", "100", "0", "100"]
    assert [exact_text(Decimal(one)) for one in ("2.3", "5", "1.2345", "0")] == ["2.30", "5.00", "1.2345", "0.00"]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1 234,56", "1234.56"),
        ("1234.56", "1234.56"),
        ("1\u00a0234\u00a0567,5", "1234567.5"),
        ("1\u202f234,56\u00a0zł", "1234.56"),
        ("\u22125", "-5"),
        ("-0,00", "0"),
        (" 12 PLN ", "12"),
    ],
)
def test_reads_amounts_as_people_write_them(text: str, amount: str) -> None:
    assert parse_pln(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "zł",
        "1,2,3",
        "1.234,56",
        "12 34,00",
        "1e3",
        "NaN",
        "Infinity",
        "1,234",
        "١٢",
        "5,",
        ",5",
        "1" * 15,
        "--1",
        "1 23",
    ],
)
def test_refuses_what_is_no_amount_at_the_field_it_came_from(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_pln(text, field="kwota")
    assert refused.value.field == "kwota"
    assert refused.value.message.endswith(".")


def test_writes_amounts_with_spaces_that_do_not_break() -> None:
    assert format_pln(Decimal("1234567.5")) == "1\u202f234\u202f567,50\u00a0zł"
    assert format_amount(Decimal("-1234.56")) == "\u22121\u202f234,56"
    assert format_amount(Decimal("-0.001")) == "0,00"
    assert format_amount(Decimal("1500"), places=0) == "1\u202f500"


@given(amounts)
def test_what_is_written_for_people_reads_back_the_same(amount: Decimal) -> None:
    assert parse_pln(format_pln(amount)) == amount
