"""What day it is, and where a day begins."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

POLAND = ZoneInfo("Europe/Warsaw")
"""The time of Polish law, offices and people."""


def today() -> date:
    """In Poland."""
    return datetime.now(POLAND).date()


def midnight(day: date) -> datetime:
    """The instant at which a day begins in Poland."""
    return datetime.combine(day, time(), POLAND)
