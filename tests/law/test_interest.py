"""Late interest by worked examples: published figures (with the source of each) and what follows from the articles."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import NotKnown, Refusal
from app.kernel.rulebook import Amount, Exact
from app.law.interest import (
    Arrear,
    Arrears,
    Debt,
    Interest,
    Pause,
    RateKind,
    interest,
    interest_many,
    reduced_conditions,
)
from app.law.loader import value_on


def _interest(
    principal: str, due_on: date, paid_on: date, rate_kind: RateKind = "standard", **more: object
) -> Interest:
    return interest(
        Arrear(principal=Amount(principal), due_on=due_on, paid_on=paid_on, rate_kind=rate_kind, **more)  # type: ignore[arg-type]
    ).result


@pytest.mark.parametrize(
    ("on", "standard", "reduced", "raised"),
    [
        (date(2022, 2, 9), "8.50", "4.25", "12.75"),
        (date(2022, 5, 6), "13.50", "6.75", "20.25"),
        (date(2023, 9, 6), "16.50", "8.25", "24.75"),
        (date(2026, 3, 4), "11.00", "5.50", "16.50"),
        (date(2026, 3, 5), "10.50", "5.25", "15.75"),
    ],
)
def test_announced_rates(on: date, standard: str, reduced: str, raised: str) -> None:
    found = [value_on(f"interest.rate.{kind}", on).value for kind in ("standard", "reduced", "raised")]
    assert found == [standard, reduced, raised]


@pytest.mark.parametrize(("year", "due"), [(2026, "35"), (2025, "48"), (2024, "48"), (2021, "27")])
def test_sixty_one_days_of_two_thousand(year: int, due: str) -> None:
    """A published calculator prints 31 for this, which is interest between traders, not of a tax."""
    term = date(year, 3, 20)
    found = interest(Arrear(principal=Amount("2000"), due_on=term, paid_on=term + timedelta(days=61))).result
    if found.days == 61:
        assert found.interest == due
    else:  # the term was a day off, so fewer days
        assert found.days < 61
        assert found.due_on > term


def test_days_of_a_change_belong_to_the_new_rate_and_the_year_has_365_days() -> None:
    found = _interest("10000.00", date(2026, 2, 25), date(2026, 3, 10))
    assert found.segments == (
        {"from": "2026-02-26", "to": "2026-03-04", "days": 7, "rate_pct": "11"},
        {"from": "2026-03-05", "to": "2026-03-10", "days": 6, "rate_pct": "10.5"},
    )
    assert found.unrounded == "38.3561643835"
    assert found.interest == "38"
    leap = _interest("36500.00", date(2024, 1, 25), date(2024, 3, 1))
    assert (leap.days, leap.unrounded) == (36, "522.00")


def test_a_term_on_a_day_off_moves_first() -> None:
    assert _interest("100000", date(2026, 1, 25), date(2026, 1, 26)).days == 0
    moved = _interest("100000", date(2026, 1, 25), date(2026, 1, 27))
    assert (moved.days, moved.due_on) == (1, date(2026, 1, 26))
    christmas = _interest("100000", date(2025, 12, 24), date(2025, 12, 30))
    assert (christmas.due_on, christmas.days) == (date(2025, 12, 29), 1)


def test_civil_day_count_with_a_rate_of_ones_own() -> None:
    found = _interest("6000", date(2026, 2, 10), date(2026, 3, 10), rate_pct=Exact("14"))
    assert (found.days, found.unrounded[:5]) == (28, "64.43")
    assert _interest("4000", date(2026, 2, 10), date(2026, 5, 10), rate_pct=Exact("14")).days == 89


@pytest.mark.parametrize(
    ("compared", "minimum", "principal", "charged"),
    [
        ("exact", "6.60", "6.59", False),
        ("exact", "6.60", "6.61", True),
        ("rounded", "8.70", "8.49", False),
        ("rounded", "8.70", "8.50", True),
        ("exact", "8.70", "8.60", False),
    ],
)
def test_the_minimum(compared: str, minimum: str, principal: str, charged: bool) -> None:
    """A hundred per cent for a year makes interest equal to the principal."""
    due_on = date(2025, 3, 3)
    found = _interest(
        principal, due_on, due_on + timedelta(days=365), rate_pct=Exact("100"), minimum=Amount(minimum),
        compared=compared,
    )  # fmt: skip
    assert found.charged is charged
    assert (found.interest != "0") is charged


def test_reduced_interest_of_arrears_older_than_2016() -> None:
    found = _interest("10000", date(2015, 6, 25), date(2016, 1, 31), "reduced")
    assert [(one["rate_pct"], one["to"]) for one in found.segments] == [("6", "2015-12-31"), ("6", "2016-01-31")]
    assert _interest("10000", date(2016, 1, 25), date(2016, 2, 29), "reduced").segments[0]["rate_pct"] == "4"


def test_days_without_interest_are_left_out_once() -> None:
    pauses = [
        Pause(from_on=date(2026, 4, 1), to_on=date(2026, 4, 10), basis="art. 54 § 1 pkt 2"),
        Pause(from_on=date(2026, 4, 8), to_on=date(2026, 4, 12)),
    ]
    whole = _interest("10000", date(2026, 3, 25), date(2026, 4, 25))
    assert _interest("10000", date(2026, 3, 25), date(2026, 4, 25), no_interest=pauses).days == whole.days - 12


def test_raised_interest_is_not_known_before_there_was_any() -> None:
    with pytest.raises(NotKnown) as refused:
        _interest("1000", date(2015, 3, 25), date(2016, 3, 25), "raised")
    assert "interest.rate.raised" in refused.value.message
    with pytest.raises(NotKnown):
        _interest("1000", date(1997, 3, 25), date(2016, 3, 25))
    with pytest.raises(Refusal):
        _interest("-1", date(2025, 3, 25), date(2026, 3, 25))


def test_each_debt_is_tested_and_rounded_alone() -> None:
    question = Arrears(
        debts=[
            Debt(id="I", principal=Amount("1000"), due_on=date(2025, 3, 15)),
            Debt(id="II", principal=Amount("10"), due_on=date(2025, 5, 15)),
        ],
        paid_on=date(2025, 12, 1),
    )
    found = interest_many(question).result
    assert [(part.id, part.interest, part.charged) for part in found.parts] == [("I", "93", True), ("II", "0", False)]
    assert found.total == "93"


@given(
    principal=st.decimals("0", "1000000", places=2),
    due_on=st.dates(date(2007, 1, 1), date(2026, 6, 1)),
    days=st.integers(0, 900),
    kind=st.sampled_from(["standard"]),
)
def test_segments_cover_every_day_once_and_explain_the_sum(
    principal: Decimal, due_on: date, days: int, kind: RateKind
) -> None:
    paid_on = due_on + timedelta(days=days)
    found = _interest(str(principal), due_on, paid_on, kind)
    assert sum(int(one["days"]) for one in found.segments) == found.days == max(0, (paid_on - found.due_on).days)
    total = sum(principal * int(one["days"]) * Decimal(str(one["rate_pct"])) / 36500 for one in found.segments)
    assert abs(total - Decimal(found.unrounded)) < Decimal("0.000001")
    assert Decimal(found.interest) in (0, Decimal(total).quantize(Decimal(1), "ROUND_HALF_UP"))


@pytest.mark.parametrize(
    ("corrected_on", "paid_on", "given_"),
    [
        (date(2026, 8, 25), date(2026, 9, 1), True),
        (date(2026, 8, 26), date(2026, 8, 26), False),
        (date(2026, 8, 25), date(2026, 9, 2), False),
    ],
)
def test_the_reduced_rate_needs_a_quick_correction_and_payment(corrected_on: date, paid_on: date, given_: bool) -> None:
    assert reduced_conditions(date(2026, 2, 25), corrected_on, paid_on).result is given_
