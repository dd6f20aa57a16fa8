"""The catalogue of rules that can be asked alone, by the command and over HTTP."""

from __future__ import annotations

from functools import lru_cache

from app.kernel.rulebook import Rule
from app.law.interest import RULES as INTEREST
from app.purchasing.rules import RULES as PURCHASING
from app.vat.rules import RULES as VAT

ROOMS: tuple[tuple[Rule, ...], ...] = (INTEREST, VAT, PURCHASING)
"""The public rules of the law that many rooms share, then of every room that has some; a new room is added here."""


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Rule]:
    """Every public rule by its name, in the order of the names."""
    found: dict[str, Rule] = {}
    for rule in sorted((rule for room in ROOMS for rule in room), key=lambda rule: rule.name):
        if rule.name in found:
            raise ValueError(f"two rules are called {rule.name}")
        found[rule.name] = rule
    return found
