"""What one confirmed invoice teaches: its clues are that unit's; its signs and its score were right or wrong.

A lesson is a list of ones to add, so taking it back is exact, in any order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.vat.rules.attribution.clues import CORRECTED
from app.vat.rules.attribution.decision import Looked
from app.vat.rules.attribution.model import Memory, band, weigh


@dataclass(frozen=True, slots=True)
class Lesson:
    """`clues` of an invoice that is `unit`'s (`denied`: is not); `signs`: name and whether it was right."""

    unit: str
    denied: bool
    clues: tuple[tuple[str, str], ...]
    signs: tuple[tuple[str, bool], ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {"unit": self.unit, "denied": self.denied, "clues": self.clues, "signs": self.signs}

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> Lesson:
        clues = tuple((kind, key) for kind, key in kept["clues"])
        return cls(kept["unit"], kept["denied"], clues, tuple((name, right) for name, right in kept["signs"]))


def lesson(looked: Looked, unit: str, memory: Memory | None = None, *, denied: bool = False) -> Lesson:
    """What follows for the memory. With a `memory` (without this invoice in it) the signs are measured too.

    A machine's own assignments are taught without: they would only confirm themselves.
    """
    clues = tuple((one.kind, one.key) for one in looked.clues if one.kind != CORRECTED)
    if memory is None:
        return Lesson(unit, denied, clues)
    weighed = weigh(looked.signs, looked.clues, memory)
    pointed: dict[str, bool] = {}
    for code, signs in weighed.signs.items():
        for one in signs:
            if one.weight > 0 and not one.signal.endswith("/mixed"):
                pointed[one.signal] = pointed.get(one.signal, False) or (code == unit and not denied)
    if denied:  # another unit is meant, nobody knows which: only what pointed here was wrong
        here = {one.signal for one in weighed.signs.get(unit, ())}
        pointed = {signal: False for signal in pointed if signal in here}
    elif weighed.candidates and not looked.stop:
        pointed[band(weighed.lead)] = weighed.candidates[0].unit == unit
    return Lesson(unit, denied, clues, tuple(sorted(pointed.items())))


Taught = dict[tuple[str, str], dict[str, tuple[int, int]]]
Measured = dict[str, tuple[int, int]]


def learn(lessons: Iterable[Lesson], clues: Taught, signs: Measured, times: int = 1) -> None:
    """Adds lessons to counts in memory; what comes to nothing is gone."""
    for one in lessons:
        for key in one.clues:
            counts = clues.setdefault(key, {})
            confirmed, denied = counts.get(one.unit, (0, 0))
            now = (confirmed, denied + times) if one.denied else (confirmed + times, denied)
            counts[one.unit] = now
            if now == (0, 0):
                del counts[one.unit]
            if not counts:
                del clues[key]
        for name, was_right in one.signs:
            right, wrong = signs.get(name, (0, 0))
            signs[name] = (right + times, wrong) if was_right else (right, wrong + times)
            if signs[name] == (0, 0):
                del signs[name]


def forget(lessons: Iterable[Lesson], clues: Taught, signs: Measured) -> None:
    """Takes lessons back."""
    learn(lessons, clues, signs, -1)
