"""A municipality's colour: what will do, what will not, and what is offered instead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Refusal
from app.web.colours import LEAST_CONTRAST, WHITE, brand, colour, contrast, nearest

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("#000000", WHITE, 21.0), (WHITE, WHITE, 1.0), ("#767676", WHITE, 4.54), ("#ff0000", WHITE, 4.0)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, expected: float) -> None:
    assert contrast(one, other) == pytest.approx(expected, abs=0.005)
    assert contrast(other, one) == contrast(one, other)


@pytest.mark.parametrize(
    ("typed", "kept"), [("#0B5C6B", "#0b5c6b"), ("0b5c6b", "#0b5c6b"), (" #063 ", "#006633"), ("#1a237e", "#1a237e")]
)
def test_a_readable_colour_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert brand(typed, "colour") == kept


@pytest.mark.parametrize("typed", ["", "#12", "czerwony", "#12345g", "rgb(1,2,3)", "#1234567"])
def test_what_is_no_colour_is_refused_at_its_field(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        colour(typed, "colour")
    assert refused.value.field == "colour"


def test_a_pale_colour_is_refused_with_the_nearest_that_will_do() -> None:
    with pytest.raises(Refusal) as refused:
        brand("#f59e0b", "colour")
    assert "kontrast 2,1 : 1" in refused.value.message
    assert nearest("#f59e0b") in refused.value.message
    assert brand(nearest("#f59e0b")) == nearest("#f59e0b")


def test_a_contrast_just_too_small_is_not_told_as_enough() -> None:
    with pytest.raises(Refusal) as refused:
        brand("#777777", "colour")
    assert "kontrast 4,4 : 1" in refused.value.message


@given(COLOURS)
def test_the_nearest_is_readable_and_no_darker_than_it_must_be(wanted: str) -> None:
    offered = nearest(wanted)
    assert contrast(offered, WHITE) >= LEAST_CONTRAST
    if contrast(wanted, WHITE) >= LEAST_CONTRAST:
        assert offered == wanted
    else:
        assert contrast(offered, WHITE) < 4.7


@pytest.mark.parametrize(("wanted", "strongest"), [("#ff0000", 0), ("#00ff00", 1), ("#66aaff", 2)])
def test_red_stays_red(wanted: str, strongest: int) -> None:
    parts = [int(nearest(wanted)[place : place + 2], 16) for place in (1, 3, 5)]
    assert max(parts) == parts[strongest]
