"""The attribution tried on a capital: one month confirmed by the truth, the next one decided and held against it.

Every invoice goes the way of a real one: bytes of FA(3), the official schema, the reading, the signs, the decision.
What is confirmed is what a person decides who knows whose each invoice was. Only a joint invoice has no single unit: it
is split, and teaches nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random
from time import perf_counter
from typing import Any

from app.kernel.dates import Month
from app.ops.demo.capital.cards import make_suppliers
from app.ops.demo.capital.units import make_capital
from app.ops.demo.capital.writing import Office, Written
from app.ops.demo.numbers import Numbers
from app.ssc.examination import examined, pieces
from app.vat.filings import fa3
from app.vat.filings.intake import City, Document, Taken
from app.vat.rules.attribution import (
    CORRECTED,
    Attribution,
    Lesson,
    Memory,
    decide,
    directory,
    learn,
    lesson,
    threshold,
)

MONTHS = (Month(2026, 9), Month(2026, 10))
TODAY = date(2026, 11, 24)
NOBODY = "–"


@dataclass(slots=True)
class Trial:
    """`precision` of what was assigned by itself in the second month; shares are of that month's invoices."""

    units: int
    invoices: int
    automatic: int = 0
    right: int = 0
    queued: int = 0
    threshold: int = 0
    unmarked: int = 0
    first_right: int = 0
    """Of the queued: those whose best candidate is the right one."""
    wrong: list[dict[str, Any]] = field(default_factory=list)
    by_trap: dict[str, Counter[str]] = field(default_factory=dict)
    first_month: Counter[str] = field(default_factory=Counter)
    confusions: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def precision(self) -> float:
        return self.right / self.automatic if self.automatic else 1.0

    def as_json(self) -> dict[str, Any]:
        every = self.automatic + self.queued
        return {
            "precision": round(self.precision, 6),
            "automatic": self.automatic,
            "queued": self.queued,
            "wrong": self.wrong,
            "invoices": every,
            "automatic_share": round(self.automatic / every, 4) if every else 0.0,
            "unmarked": round(self.unmarked / every, 4) if every else 0.0,
            "best_candidate_right": self.first_right,
            "threshold": self.threshold / 10,
            "first_month": dict(self.first_month),
            "seconds": {name: round(value, 1) for name, value in self.seconds.items()},
        }


@dataclass(slots=True)
class _Town:
    """What a city's schema would hold."""

    memory: Memory
    clues: dict[tuple[str, str], dict[str, tuple[int, int]]]
    signals: dict[str, tuple[int, int]]

    def remember(self, taken: Taken, unit: str) -> None:
        """Whose the invoice is, for its corrections: what the inbox itself answers elsewhere."""
        key = f"{taken.seller_nip}|{taken.number}"
        self.clues[CORRECTED, key] = {unit: (1, 0)}


def try_out(
    units: int, invoices: int, seed: int, workers: int = 1, tell: Callable[[int], None] = lambda done: None
) -> Trial:
    """`invoices` a month. The same seed gives the same invoices, decisions and figures."""
    rng = Random(seed)
    numbers = Numbers(rng)
    capital = make_capital(rng, numbers, units)
    office = Office(rng, numbers, capital, make_suppliers(rng, numbers, capital))
    known = directory([unit.in_directory for unit in capital.units], ("Miasto Stołeczne Warszawa", "m.st. Warszawa"))
    city = City(capital.nip, known)
    clues: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
    signals: dict[str, tuple[int, int]] = {}
    town = _Town(Memory(known.standings, clues, signals), clues, signals)
    trial = Trial(units, invoices)
    kinds = {unit.code: unit.kind for unit in capital.units}
    for month in MONTHS:
        start = perf_counter()
        made = office.month(month, invoices)
        trial.seconds[f"writing {month}"] = perf_counter() - start
        start = perf_counter()
        limit = threshold(signals) if month == MONTHS[1] else None
        for piece in _read(made, city, workers):
            if limit is None:
                _confirm(town, piece, trial)
            else:
                _score(town, piece, trial, limit, kinds)
            tell(len(piece))
        trial.seconds[f"reading and deciding {month}"] = perf_counter() - start
        if limit is not None:
            trial.threshold = limit
    return trial


def _read(made: Sequence[Written], city: City, workers: int) -> Iterator[list[tuple[Written, Taken]]]:
    """In the order in which they came; every one must be good enough to be taken in."""
    documents = (Document(f"{one.ksef_number}.xml", fa3.write(one.invoice), one.ksef_number) for one in made)
    ahead = iter(made)
    for piece in examined(pieces(documents), city, TODAY, workers):
        pairs = []
        for taken in piece:
            if not isinstance(taken, Taken):
                raise ValueError(f"the generator made a document that is refused: {taken.reasons}")
            pairs.append((next(ahead), taken))
        yield pairs


def _confirm(town: _Town, piece: list[tuple[Written, Taken]], trial: Trial) -> None:
    """What the engine would have said, then what a person says of each."""
    limit = threshold(town.signals)
    lessons: list[Lesson] = []
    for written, taken in piece:
        decided = decide(taken.looked, town.memory, limit)
        right = decided.unit == written.unit
        trial.first_month["queued" if decided.unit is None else "right" if right else "wrong"] += 1
        if written.unit is not None:
            lessons.append(lesson(taken.looked, written.unit, town.memory))
    learn(lessons, town.clues, town.signals)
    for written, taken in piece:
        if written.unit is not None:
            town.remember(taken, written.unit)


def _score(town: _Town, piece: list[tuple[Written, Taken]], trial: Trial, limit: int, kinds: dict[str, str]) -> None:
    for written, taken in piece:
        decided = decide(taken.looked, town.memory, limit)
        trial.unmarked += "no_third_party" in written.traps
        outcome = _outcome(written, decided)
        for trap in written.traps or ("none",):
            trial.by_trap.setdefault(trap, Counter())[outcome] += 1
        if decided.unit is None:
            trial.queued += 1
            trial.first_right += bool(decided.candidates) and decided.candidates[0].unit == written.unit
            continue
        town.remember(taken, decided.unit)
        trial.automatic += 1
        trial.right += outcome == "right"
        if outcome == "wrong":
            true = written.unit or NOBODY
            trial.confusions[kinds.get(true, "joint"), kinds[decided.unit]] += 1
            trial.wrong.append(
                {
                    "ksef_number": written.ksef_number,
                    "number": taken.number,
                    "true": written.unit,
                    "given": decided.unit,
                    "traps": list(written.traps),
                    "reason": decided.reason,
                    "score": decided.candidates[0].score,
                }
            )


def _outcome(written: Written, decided: Attribution) -> str:
    return "queued" if decided.unit is None else "right" if decided.unit == written.unit else "wrong"
