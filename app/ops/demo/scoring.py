"""How well somebody found the units: decisions held against the truth of the demonstration."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

NOBODY = "–"
"""Stands for "left to a person" in `confusions`."""


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of invoices, each counted once however often it was delivered.

    `right`: given to the true unit; `wrong`: to another, or to one where only a person could tell; `missed`: left to a
    person though it could be told; `left_rightly`: left to a person where nobody could tell. `confusions`: (true unit,
    given unit) → count; `by_trap`: trap → (right or left rightly, all).
    """

    invoices: int
    right: int
    wrong: int
    missed: int
    left_rightly: int
    confusions: Mapping[tuple[str, str], int]
    by_trap: Mapping[str, tuple[int, int]]

    @property
    def precision(self) -> Fraction:
        """Of what was decided by itself, the part decided rightly (1 when nothing was)."""
        decided = self.right + self.wrong
        return Fraction(self.right, decided) if decided else Fraction(1)

    @property
    def recall(self) -> Fraction:
        """Of what could be told, the part that was told rightly."""
        knowable = self.invoices - self.left_rightly - self._forced
        return Fraction(self.right, knowable) if knowable else Fraction(1)

    @property
    def _forced(self) -> int:
        """Decided though nobody could tell."""
        return sum(count for (true, _), count in self.confusions.items() if true == NOBODY)


def score(truth: Iterable[Mapping[str, Any]], decisions: Mapping[str, str | None]) -> Score:
    """Lines of `truth.jsonl` against KSeF number → unit's code, None or absent = left to a person.

    Only purchases and sales are scored: invoices between units and broken files have no unit to find.
    """
    counts = {"right": 0, "wrong": 0, "missed": 0, "left_rightly": 0}
    confusions: dict[tuple[str, str], int] = {}
    by_trap: dict[str, tuple[int, int]] = {}
    seen: set[str] = set()
    for line in truth:
        number = line["ksef_number"]
        if line["side"] not in ("purchase", "sale") or number in seen:
            continue
        seen.add(number)
        true, given = line["unit"], decisions.get(number)
        if true == given:
            outcome = "left_rightly" if true is None else "right"
        else:
            outcome = "missed" if given is None else "wrong"
            pair = (true or NOBODY, given or NOBODY)
            confusions[pair] = confusions.get(pair, 0) + 1
        counts[outcome] += 1
        for trap in line["traps"] or ("none",):
            good, every = by_trap.get(trap, (0, 0))
            by_trap[trap] = (good + (outcome in ("right", "left_rightly")), every + 1)
    ordered = dict(sorted(confusions.items(), key=lambda item: (-item[1], item[0])))
    return Score(
        len(seen),
        counts["right"],
        counts["wrong"],
        counts["missed"],
        counts["left_rightly"],
        ordered,
        dict(sorted(by_trap.items())),
    )


def read_truth(path: Path) -> list[dict[str, Any]]:
    """The lines of `truth.jsonl`."""
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]
