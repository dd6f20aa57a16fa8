from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from app.kernel.dates import Month
from app.web import words

NARROW, KEPT = "\u202f", "\u00a0"
NOW = datetime(2026, 10, 25, 12, 0, tzinfo=UTC)
"""The day on which Poland goes back to winter time: 13:00 there."""


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("1234.5"), f"1{NARROW}234,50"),
        (Decimal("-1234567.895"), f"−1{NARROW}234{NARROW}567,90"),
        (0, "0,00"),
        (Decimal("-0.001"), "0,00"),
        (None, "–"),
    ],
)
def test_amounts_are_written_as_in_poland(value: Decimal | None, written: str) -> None:
    assert words.amount(value) == written


def test_an_amount_with_its_unit_is_never_parted() -> None:
    assert words.pln(Decimal(1234)) == f"1{NARROW}234,00{KEPT}zł"
    assert words.pln(None) == "–"


@pytest.mark.parametrize(
    ("value", "written"),
    [(12345, f"12{NARROW}345"), (Decimal("10.50"), "10,5"), (Decimal("1E+3"), f"1{NARROW}000"), (0, "0"), (None, "–")],
)
def test_counts_show_only_the_decimals_they_have(value: Decimal | int | None, written: str) -> None:
    assert words.number(value) == written


def test_dates_are_short_in_tables_and_long_in_prose() -> None:
    assert words.date_pl(date(2026, 6, 3)) == "03.06.2026"
    assert words.date_long(date(2026, 6, 3)) == f"3{KEPT}czerwca{KEPT}2026"
    assert (
        words.date_pl(None) == words.date_long(None) == words.month_pl(None) == words.at(None) == words.ago(None) == "–"
    )


@pytest.mark.parametrize("value", [Month(2026, 9), date(2026, 9, 30), "2026-09"])
def test_a_month_is_named_from_whatever_it_comes_as(value: Month | date | str) -> None:
    assert words.month_pl(value) == "wrzesień 2026"


@pytest.mark.parametrize(
    ("count", "written"),
    [
        (0, "0 faktur"),
        (1, "1 faktura"),
        (2, "2 faktury"),
        (5, "5 faktur"),
        (12, "12 faktur"),
        (22, "22 faktury"),
        (112, "112 faktur"),
        (1002, f"1{NARROW}002 faktury"),
    ],
)
def test_nouns_follow_their_number(count: int, written: str) -> None:
    assert words.counted(count, "faktura", "faktury", "faktur") == written.replace(" ", KEPT)


def test_shares_are_per_cents() -> None:
    assert words.pct(Decimal("0.645")) == "65%"
    assert words.pct(Decimal("0.645"), 1) == "64,5%"
    assert words.pct(None) == "–"


@pytest.mark.parametrize(
    ("size", "written"),
    [(0, "0 B"), (999, "999 B"), (1_000, "1,0 kB"), (1_250_000, "1,3 MB"), (2 * 10**9, "2,0 GB")],
)
def test_sizes_of_files_are_in_the_unit_that_fits(size: int, written: str) -> None:
    assert words.filesize(size) == written.replace(" ", KEPT)


def test_moments_are_in_polands_time_on_both_sides_of_the_clock_change() -> None:
    assert words.at(datetime(2026, 10, 24, 12, 5, tzinfo=UTC)) == f"24.10.2026{KEPT}14:05"
    assert words.at(datetime(2026, 10, 25, 12, 5, tzinfo=UTC)) == f"25.10.2026{KEPT}13:05"


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 10, 25, 11, 59, 30, tzinfo=UTC), "przed chwilą"),
        (datetime(2026, 10, 25, 11, 48, tzinfo=UTC), f"12{KEPT}min temu"),
        (datetime(2026, 10, 25, 9, 0, tzinfo=UTC), "dziś 10:00"),
        (datetime(2026, 10, 24, 21, 59, tzinfo=UTC), "wczoraj 23:59"),
        (datetime(2026, 10, 23, 9, 0, tzinfo=UTC), f"23.10.2026{KEPT}11:00"),
        (datetime(2026, 10, 25, 12, 30, tzinfo=UTC), "dziś 13:30"),
    ],
)
def test_how_long_ago_is_said_in_words_for_today_and_yesterday(moment: datetime, written: str) -> None:
    assert words.ago(moment, NOW) == written
