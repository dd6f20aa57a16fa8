from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.dates import (
    Month,
    counted,
    format_long,
    format_short,
    is_working_day,
    next_working_day,
    parse_date,
    plural,
)
from app.kernel.errors import Refusal

months = st.builds(Month, st.integers(1950, 2900), st.integers(1, 12))


def test_a_month_knows_its_days_and_neighbours() -> None:
    february = Month.parse("2028-02")
    assert (february.first_on, february.last_on) == (date(2028, 2, 1), date(2028, 2, 29))
    assert (str(february.previous), str(february.next)) == ("2028-01", "2028-03")
    assert (Month(2026, 12).next, Month(2026, 1).previous) == (Month(2027, 1), Month(2025, 12))
    assert Month.of(date(2026, 9, 30)) == Month(2026, 9)
    assert date(2026, 9, 1) in Month(2026, 9)
    assert date(2025, 9, 1) not in Month(2026, 9)
    assert Month(2026, 9).label == "wrzesień 2026"


@pytest.mark.parametrize("text", ["2026-13", "2026-9", "09-2026", "", "2026-09-01", "0000-01", "２０２６-09"])
def test_refuses_what_is_no_month(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        Month.parse(text, field="okres")
    assert refused.value.field == "okres"


def test_a_month_that_cannot_be_is_a_defect() -> None:
    with pytest.raises(ValueError, match="2026-0"):
        Month(2026, 0)


@given(months, st.integers(-300, 300))
def test_shifting_months_there_and_back_changes_nothing(month: Month, by: int) -> None:
    assert month.shifted(by).shifted(-by) == month
    assert month.last_on + timedelta(days=1) == month.next.first_on
    assert Month.parse(str(month)) == month
    assert (month.shifted(by) > month) == (by > 0)


@pytest.mark.parametrize(
    ("day", "moved"),
    [
        ("2026-10-25", "2026-10-26"),  # Sunday
        ("2026-10-24", "2026-10-26"),  # Saturday
        ("2025-12-24", "2025-12-29"),  # Christmas Eve is a holiday since 2025
        ("2024-12-24", "2024-12-24"),
        ("2026-05-01", "2026-05-04"),
        ("2026-06-04", "2026-06-05"),  # Corpus Christi
        ("2026-09-15", "2026-09-15"),
    ],
)
def test_a_term_that_ends_on_a_day_off_moves_to_the_next_working_day(day: str, moved: str) -> None:
    assert next_working_day(date.fromisoformat(day)).isoformat() == moved


@given(st.dates(date(2000, 1, 1), date(2090, 12, 31)))
def test_the_moved_day_is_the_first_working_one(day: date) -> None:
    moved = next_working_day(day)
    assert is_working_day(moved)
    assert not any(is_working_day(day + timedelta(days=past)) for past in range((moved - day).days))


def test_dates_as_polish_writes_them() -> None:
    assert format_long(date(2026, 6, 3)) == "3 czerwca 2026"
    assert format_short(date(2026, 6, 3)) == "03.06.2026"
    assert parse_date("3.6.2026") == parse_date("03.06.2026") == parse_date(" 2026-06-03 ") == date(2026, 6, 3)


@pytest.mark.parametrize("text", ["31.02.2026", "2026-02-30", "2026-W23-3", "20260603", "jutro", "", "03/06/2026"])
def test_refuses_what_is_no_date(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_date(text, field="od")
    assert refused.value.field == "od"


@pytest.mark.parametrize(
    ("count", "noun"),
    [(0, "faktur"), (1, "faktura"), (2, "faktury"), (4, "faktury"), (5, "faktur"), (11, "faktur"), (12, "faktur"),
     (14, "faktur"), (21, "faktur"), (22, "faktury"), (101, "faktur"), (112, "faktur"), (122, "faktury"),
     (-1, "faktura")],
)  # fmt: skip
def test_nouns_follow_their_numbers(count: int, noun: str) -> None:
    assert plural(count, "faktura", "faktury", "faktur") == noun
    assert counted(count, "faktura", "faktury", "faktur") == f"{count} {noun}"
