from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.charts import FULL, bars, points, shares

AMOUNTS = st.lists(st.decimals(min_value=0, max_value=10**9, places=2), min_size=1, max_size=6)


def test_the_longest_bar_takes_the_whole_length() -> None:
    assert [bar.length for bar in bars([("a", 50), ("b", Decimal("100.00")), ("c", -5), ("d", 0)])] == [500, FULL, 0, 0]
    assert bars([]) == []


@given(AMOUNTS)
def test_shares_touch_and_make_the_whole(values: list[Decimal]) -> None:
    parts = shares([("x", value) for value in values])
    assert [part.start + part.length for part in parts[:-1]] == [part.start for part in parts[1:]]
    assert parts[-1].start + parts[-1].length == (FULL if sum(values) else 0)


def test_a_negative_share_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        shares([("a", -1)])


@pytest.mark.parametrize(
    ("values", "drawn"),
    [([1, 2, 3], "0,30 60,16 120,2"), ([5, 5], "0,16 120,16"), ([7], "0,16"), ([], "")],
)
def test_a_trend_runs_from_edge_to_edge(values: list[int], drawn: str) -> None:
    assert points(values) == drawn
