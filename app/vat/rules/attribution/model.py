"""What the signs are worth together: log-odds that add up, chances that add up to one, a threshold that was measured.

No black box: a sign's weight is the logarithm of how often it was right against how often it was wrong, in this city
and (`priors`) before it. Signs of one origin (a customer number and a meter number come from one card of the supplier's
books) are not independent: of each origin the strongest counts whole and the second by half.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import exp, log, sqrt

from app.vat.rules.attribution.clues import CORRECTED, IDENTIFYING, Clue
from app.vat.rules.attribution.directory import Directory, Standing
from app.vat.rules.attribution.priors import BOLDEST, HIGHEST, SIGNALS, THRESHOLD, WEIGHT_OF_ONE
from app.vat.rules.attribution.ranking import Candidate, Evidence

TENTHS, WEAKEST, STRONGEST = 10, 1, 80
_SHARED = 20
"""What a clue that a few units share is worth more than one that says nothing: it is one of them."""
BEST = 5
STEP = 5
"""Width of a band of scores whose precision is measured."""
SCORE = "score/"
WANTED = (995, 1000)
"""The precision an automatic assignment is held to."""
_AGAINST = -30
_MEASURED, _TOGETHER, _AT_MOST = 200, 100, (2, 100)
"""Below so many confirmations nothing was measured. Scores are judged so many confirmations at a time: with more
mistakes among them than this share (one is chance) they end the search, however good the mean above them is."""
MILLION = 1_000_000
_Z2 = (27, 10)
"""Square of 1.64: a one-sided bound at 95 %."""
_ORIGINS = {
    "customer": "card", "point": "card", "contract": "card", "token": "card", "phone": "card", "phrase": "card",
    "seller": "seller", "account": "seller",
    "called": "name", "named": "name", "name": "name", "name_seen": "name", "name_like": "name", "name_hint": "name",
    "place": "place", "spot": "place", "address": "place", "address_seen": "place", "building": "place",
    "street": "place", "postal": "place", "mail": "mail", "email": "mail", "email_domain": "mail",
    "number": "number", "internal_id": "number", "unit_nip": "number", "internal_id_2": "number",
    "unit_nip_2": "number",
}  # fmt: skip
_LONELY = ("seller", "spot", "account", "named")
"""Kinds that many units may share without being told apart: mixed, they say nothing."""


Counts = Mapping[str, tuple[int, int]]
"""Unit's code → how often confirmed, how often denied."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a city has confirmed, as far as a batch asks: by clue, by sign (right, wrong), and its units by code."""

    units: Mapping[str, Standing]
    clues: Mapping[tuple[str, str], Counts] = field(default_factory=dict)
    signals: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    shared: frozenset[tuple[str, str]] = frozenset()
    """Clues of corrected invoices that are several units'."""

    @classmethod
    def cold(cls, units: Directory) -> Memory:
        """Of a city that has confirmed nothing yet."""
        return cls(units.standings)


@dataclass(frozen=True, slots=True)
class Weighed:
    """Candidates, best first; `lead`: tenths of log-odds of the best one against all the others together."""

    candidates: tuple[Candidate, ...]
    lead: int
    signs: Mapping[str, tuple[Evidence, ...]]


def weigh(signs: Mapping[str, Iterable[Evidence]], clues: Iterable[Clue], memory: Memory) -> Weighed:
    """Every unit that anything speaks for, with the weights of its signs."""
    found = {unit: [replace(one, weight=_worth(memory, one.signal)) for one in each] for unit, each in signs.items()}
    for clue in clues:
        for unit, evidence in _remembered(clue, memory):
            if unit in memory.units:
                found.setdefault(unit, []).append(evidence)
    sums = {unit: _sum(each) for unit, each in found.items() if each}
    order = sorted(sums, key=lambda unit: (-sums[unit], unit))
    # everybody of whom nothing is known weighs 1 together; a rival adds what speaks for it beyond that
    mass = {unit: max(0, exp(sums[unit] / TENTHS) - 1) for unit in order}
    whole = 1 + sum(mass.values())
    lead = -HIGHEST
    if order:
        others = round(TENTHS * log(whole - mass[order[0]]))
        lead = max(-HIGHEST, min(HIGHEST, sums[order[0]] - others))
    candidates = [
        Candidate(
            unit, _shown(memory, round(1000 * mass[unit] / whole), lead if place == 0 else None), _sorted(found[unit])
        )
        for place, unit in enumerate(order[:BEST])
    ]
    return Weighed(
        tuple(sorted(candidates, key=lambda one: -(one.score or 0))),
        lead,
        {unit: tuple(each) for unit, each in found.items()},
    )


def _sorted(each: list[Evidence]) -> tuple[Evidence, ...]:
    return tuple(sorted(each, key=lambda one: -abs(one.weight)))


def _shown(memory: Memory, per_mille: int, lead: int | None) -> int:
    """In whole per cent, 0–99; of the best candidate as far as such scores were measured here."""
    if lead is not None:
        right, wrong = memory.signals.get(band(lead), (0, 0))
        per_mille = (1000 * right + 20 * per_mille) // (right + wrong + 20)
    return min(99, per_mille // TENTHS)


def _worth(memory: Memory, signal: str) -> int:
    right, wrong = SIGNALS.get(signal, (1, 1))
    more, less = memory.signals.get(signal, (0, 0))
    return max(WEAKEST, min(STRONGEST, round(TENTHS * log((right + more + 1) / (wrong + less + 1)))))


def _remembered(clue: Clue, memory: Memory) -> Iterable[tuple[str, Evidence]]:
    counts = memory.clues.get((clue.kind, clue.key))
    if not counts:
        return
    every = sum(confirmed for confirmed, _ in counts.values())
    hint = clue.kind not in _LONELY and len(counts) <= BEST
    for unit, (confirmed, denied) in counts.items():
        others = every - confirmed + denied
        # a supplier of a thousand schools: nobody but one with more than half can win anything
        if not hint and others >= confirmed and clue.kind != CORRECTED:
            signal, weight = "", 0
        else:
            signal, weight = _history(memory, clue.kind, confirmed, others, hint=hint)
        if weight > 0:
            yield unit, Evidence(signal, _sentence(clue, confirmed, every), clue.field, weight)
        if denied and clue.kind in IDENTIFYING:
            sentence = f"{clue.label} „{clue.shown}”: jednostka odmówiła już takiej faktury."
            yield unit, Evidence("denied", sentence, clue.field, _AGAINST)


def _sentence(clue: Clue, confirmed: int, every: int) -> str:
    if clue.kind == CORRECTED:
        return f"Koryguje fakturę {clue.shown} tej jednostki."
    return (
        f"{clue.label} „{clue.shown}”: z potwierdzonych faktur z tym znakiem tej jednostki było {confirmed} z {every}."
    )


def _history(memory: Memory, kind: str, confirmed: int, others: int, *, hint: bool) -> tuple[str, int]:
    """(signal, weight); 0 when it says nothing."""
    if not confirmed:
        return "", 0
    if kind == CORRECTED:
        return kind, _worth(memory, kind)
    age = 1 if confirmed == 1 else 2 if confirmed < WEIGHT_OF_ONE else WEIGHT_OF_ONE
    signal = f"{kind}/{age}"
    if not others:
        return signal, _worth(memory, signal)
    odds = round(TENTHS * log((2 * confirmed + 1) / (2 * others + 1)))
    if hint:
        return f"{kind}/mixed", max(WEAKEST, min(_worth(memory, signal), odds + _SHARED))
    return f"{kind}/mixed", max(0, min(_worth(memory, signal), odds))


def _sum(each: list[Evidence]) -> int:
    """By origin: the strongest whole, the second by half; what stands against counts whole, once."""
    by_origin: dict[str, list[int]] = {}
    against = 0
    for one in each:
        if one.weight < 0:
            against = min(against, one.weight)
            continue
        by_origin.setdefault(_ORIGINS.get(one.signal.partition("/")[0], one.signal), []).append(one.weight)
    total = against
    for weights in by_origin.values():
        first, *rest = sorted(weights, reverse=True)
        total += first + (rest[0] // 2 if rest else 0)
    return max(-HIGHEST, min(HIGHEST, total))


def band(lead: int) -> str:
    """The name under which the precision of scores like this one is counted."""
    return f"{SCORE}{max(0, lead) // STEP * STEP:03d}"


def threshold(signals: Mapping[str, tuple[int, int]]) -> int:
    """The lowest score that assigns: from it up, what people confirmed was right in ≥ 99.5 % (`WANTED`).

    Below `BOLDEST` only with a lower confidence bound as proof; above the cold start as soon as the mean says so. With
    too few confirmations the cold start's.
    """
    if sum(sum(counts) for name, counts in signals.items() if name.startswith(SCORE)) < _MEASURED:
        return THRESHOLD
    right, wrong, good, hoped = 0, 0, HIGHEST, HIGHEST
    lately = [0, 0]
    for start in range(HIGHEST // STEP * STEP, -1, -STEP):
        more, less = signals.get(band(start), (0, 0))
        right, wrong = right + more, wrong + less
        lately = [lately[0] + more, lately[1] + less]
        if _bound(right, wrong) * WANTED[1] >= WANTED[0] * MILLION or (
            start >= BOLDEST and right * WANTED[1] >= (right + wrong) * WANTED[0]
        ):
            hoped = start
        if (every := sum(lately)) >= _TOGETHER:
            if lately[1] > 1 + every * _AT_MOST[0] // _AT_MOST[1]:
                break
            good, lately = hoped, [0, 0]
    return good


def _bound(right: int, wrong: int) -> int:
    """Wilson's lower bound of the precision, in millionths."""
    every = right + wrong
    if not every:
        return 0
    z2 = _Z2[0] / _Z2[1]
    share = right / every
    low = share + z2 / (2 * every) - sqrt(z2 * (share * (1 - share) + z2 / (4 * every)) / every)
    return int(MILLION * low / (1 + z2 / every))
