"""Geometry of the small drawings: bars, shares of a whole, sparklines. Templates draw them, this file only measures.

Lengths are whole thousandths of the drawing's width or height, so no float decides what people see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

FULL = 1000


@dataclass(frozen=True, slots=True)
class Bar:
    """One part of a drawing. `start` and `length` in thousandths along its axis; `tone` 1–6 picks the colour."""

    label: str
    value: Decimal
    start: int
    length: int
    tone: int


def bars(rows: Sequence[tuple[str, Decimal | int]]) -> list[Bar]:
    """Bars from zero, the longest takes the whole length. Negative values have no bar."""
    top = max((Decimal(value) for _, value in rows), default=Decimal(0))
    return [Bar(label, Decimal(value), 0, _part(Decimal(value), top), 1) for label, value in rows]


def shares(rows: Sequence[tuple[str, Decimal | int]]) -> list[Bar]:
    """Parts that together make exactly the whole length, in the given order; negative values are refused."""
    if any(value < 0 for _, value in rows):
        raise ValueError("a share of a whole cannot be negative")
    whole = sum((Decimal(value) for _, value in rows), Decimal(0))
    made, end, reached = [], 0, Decimal(0)
    for position, (label, value) in enumerate(rows):
        start, reached = end, reached + Decimal(value)
        end = _part(reached, whole)
        made.append(Bar(label, Decimal(value), start, end - start, position % 6 + 1))
    return made


def points(values: Sequence[Decimal | int], width: int = 120, height: int = 32) -> str:
    """The `points` of a polyline over the values, first at the left edge; a flat line runs in the middle."""
    low, high = min(values, default=0), max(values, default=0)
    span = Decimal(high - low)
    steps = max(1, len(values) - 1)
    drawn = []
    for position, value in enumerate(values):
        y = height // 2 if not span else height - 2 - int((Decimal(value) - low) * (height - 4) / span)
        drawn.append(f"{position * width // steps},{y}")
    return " ".join(drawn)


def _part(value: Decimal, whole: Decimal) -> int:
    return int(value * FULL / whole) if whole > 0 and value > 0 else 0
