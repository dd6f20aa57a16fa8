"""How an amount explains itself: the steps, the parameters of the law used, the articles.

The same reckoning is shown to a clerk, printed in a decision and returned over HTTP, so values are exact strings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Generic, Literal, TypeVar

T = TypeVar("T")

Certainty = Literal["S", "M", "K", "?", "O"]
"""S: read in the act or official data; M: secondary source; K: general knowledge; ?: contested; O: to be looked up."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value of a number of the law, with its days (both included; None = no known bound) and its source."""

    name: str
    value: str
    valid_from: date | None
    valid_to: date | None
    source: str
    certainty: Certainty

    @property
    def number(self) -> Decimal:
        """The value as an exact number; for units that are numbers (the loader has checked them)."""
        return Decimal(self.value)

    @property
    def day(self) -> date:
        """The value as a day; for the unit `date`."""
        return date.fromisoformat(self.value)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a reckoning: what is done (Polish), with which numbers, the exact result and the article."""

    step: str
    formula: str
    value: str
    law: str
    parameter: Parameter | None = None


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What a rule returns: the result, how it came about, and the law applied."""

    result: T
    reckoning: tuple[Step, ...]
    law: tuple[str, ...]
