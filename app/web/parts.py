"""The facts that macros of `templates/parts/` ask for: `ui.timeline` takes Events, `ui.board` Stages and Rows.

Addresses and words are ready for people; amounts are Decimal złote. A tone never speaks alone: the macros add an icon
and words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Tone = Literal["neutral", "info", "success", "warning", "danger"]


@dataclass(frozen=True, slots=True)
class Event:
    """One line of an object's history, for `ui.timeline`. `changes`: (field, before, after) as people read them."""

    who: str
    what: str
    at: datetime
    mandate: str | None = None
    changes: Sequence[tuple[str, str, str]] = ()
    icon: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One line of a palette (`ui.found`). `depth` 0–2 indents a unit under its municipality; `active`: you are here."""

    title: str
    href: str
    icon: str | None = None
    sub: str | None = None
    side: str | None = None
    depth: int = 0
    active: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """Something that waits for this person, for `ui.work`. `due` in words: „dziś”, „do 25.09”."""

    title: str
    href: str
    sub: str | None = None
    count: int | None = None
    due: str | None = None
    tone: Tone | None = None
    icon: str | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A day by which something must be done, for `ui.deadlines`. `left` in words: „zostały 3 dni”."""

    on: date
    title: str
    href: str
    sub: str | None = None
    left: str | None = None
    tone: Tone | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold before a signature, for `ui.checks`; `href` leads to what it found."""

    tone: Tone
    title: str
    text: str | None = None
    href: str | None = None
    action: str | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """A column of `ui.board`: how many of all rows are past it."""

    title: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a row of `ui.board` is with one stage."""

    tone: Tone
    text: str
    href: str | None = None
    count: int | None = None
    sub: str | None = None
    icon: str | None = None


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A row of `ui.board`: one cell for each stage; None where a stage is not meant for it."""

    title: str
    cells: Sequence[Cell | None]
    sub: str | None = None
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """One line of the list in `ui.split`, for `ui.queue`. `side` stands at the right: an amount, a day."""

    title: str
    href: str
    sub: str | None = None
    side: str | None = None
    side_sub: str | None = None
    active: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """One answer offered by `ui.candidates`, best first. `score` 0–100, None: not told.

    `evidence`: success speaks for it, danger against it.
    """

    value: str
    title: str
    score: int | None
    sub: str | None = None
    evidence: Sequence[tuple[Tone, str]] = ()


@dataclass(frozen=True, slots=True)
class ReturnAmount:
    """One field of a return: its code (P_19), the amount in złote, where it is explained or drilled into."""

    code: str
    value: Decimal | int
    href: str | None = None


@dataclass(frozen=True, slots=True)
class ReturnLine:
    """A line of `ui.declaration`: the taxable base and the tax, either may be missing."""

    label: str
    base: ReturnAmount | None = None
    tax: ReturnAmount | None = None
    sub: str | None = None
    strong: bool = False


@dataclass(frozen=True, slots=True)
class PortalTask:
    """Something that can be settled in the portal, for `ui.portal_tasks`."""

    title: str
    text: str
    href: str
    icon: str | None = None
