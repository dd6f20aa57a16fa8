"""What people type over a column: "tauron", ">1000", "100..200", "06.2026", and what it means.

A condition can be asked of a value in memory (`holds`) and of a database (`clause`, bound parameters only).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_

from app.kernel.clock import midnight
from app.kernel.dates import Month, parse_date
from app.kernel.errors import Refusal
from app.kernel.money import parse_pln

_RANGE = re.compile(r"\s*(?:\.\.|…|\s[-–]\s)\s*")
_MONTH = re.compile(r"([0-9]{1,2})\.([0-9]{4})|([0-9]{4})-([0-9]{2})")
_YEAR = re.compile(r"[0-9]{4}")


@dataclass(frozen=True, slots=True)
class Contains:
    """The text holds this somewhere, in any case of letters."""

    text: str

    def holds(self, value: Any) -> bool:
        return value is not None and self.text.casefold() in str(value).casefold()

    def clause(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        return column.icontains(self.text, autoescape=True)


@dataclass(frozen=True, slots=True)
class OneOf:
    """The value is one of these codes."""

    codes: tuple[Any, ...]

    def holds(self, value: Any) -> bool:
        return value in self.codes

    def clause(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        return column.in_(self.codes)


@dataclass(frozen=True, slots=True)
class Between:
    """From `low` (included) to `high` (excluded unless `closed`); None is no bound."""

    low: Any = None
    high: Any = None
    closed: bool = True
    open_low: bool = False

    def holds(self, value: Any) -> bool:
        if value is None:
            return False
        above = self.low is None or (value > self.low if self.open_low else value >= self.low)
        below = self.high is None or (value <= self.high if self.closed else value < self.high)
        return bool(above and below)

    def clause(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        parts = []
        if self.low is not None:
            parts.append(column > self.low if self.open_low else column >= self.low)
        if self.high is not None:
            parts.append(column <= self.high if self.closed else column < self.high)
        return and_(*parts)


Condition = Contains | OneOf | Between


def amount_condition(typed: str) -> Condition:
    """ "1234,56" exactly; "1234" any grosze of it; ">1000", "<=200", "100..200". Raises Refusal."""
    if bounds := _bounds(typed):
        return _compared(bounds, parse_pln)
    value = parse_pln(typed)
    if any(mark in typed for mark in ",.") or value < 0:
        return Between(value, value)
    return Between(value, value + 1, closed=False)


def number_condition(typed: str) -> Condition:
    if bounds := _bounds(typed):
        return _compared(bounds, _whole)
    value = _whole(typed)
    return Between(value, value)


def day_condition(typed: str) -> Condition:
    """A day, a month "06.2026", a year "2026", or a comparison or range of these. Raises Refusal."""
    bounds = _bounds(typed)
    if not bounds:
        first, last = _days(typed)
        return Between(first, last)
    sign, low, high = bounds
    if sign == "..":
        return Between(_days(low)[0] if low else None, _days(high)[1] if high else None)
    first, last = _days(low)
    return {
        ">": Between(low=last, open_low=True),
        ">=": Between(low=first),
        "<": Between(high=first, closed=False),
        "<=": Between(high=last),
    }[sign]


def instant_condition(typed: str) -> Condition:
    """As `day_condition`, for moments: whole days of Poland's time."""
    days = day_condition(typed)
    assert isinstance(days, Between)
    low = days.low + timedelta(days=1) if days.low and days.open_low else days.low
    high = days.high + timedelta(days=1) if days.high and days.closed else days.high
    return Between(_midnight(low), _midnight(high), closed=False)


def month_condition(typed: str) -> Condition:
    """Months kept as their first day or as "2026-09" are compared as first days."""
    days = day_condition(typed)
    assert isinstance(days, Between)
    return Between(days.low and days.low.replace(day=1), days.high, days.closed, days.open_low)


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else midnight(day)


def _whole(typed: str) -> Decimal:
    try:
        return parse_pln(typed)
    except Refusal:
        raise Refusal(f"Nie rozumiem liczby „{typed.strip()[:40]}”.") from None


def _days(typed: str) -> tuple[date, date]:
    written = typed.strip()
    if _YEAR.fullmatch(written) and 1900 <= int(written) <= 2999:
        return date(int(written), 1, 1), date(int(written), 12, 31)
    if match := _MONTH.fullmatch(written):
        year, month = int(match[2] or match[3]), int(match[1] or match[4])
        if 1900 <= year <= 2999 and 1 <= month <= 12:
            return Month(year, month).first_on, Month(year, month).last_on
    day = parse_date(written)
    return day, day


def _bounds(typed: str) -> tuple[str, str, str] | None:
    written = typed.strip()
    for sign, same in ((">=", "≥"), ("<=", "≤"), (">", ">"), ("<", "<")):
        for mark in (sign, same):
            if written.startswith(mark):
                return sign, written[len(mark) :].strip(), ""
    parts = _RANGE.split(f" {written} ".replace("..", " .. "), maxsplit=1)
    if len(parts) == 2 and (parts[0].strip() or parts[1].strip()):
        return "..", parts[0].strip(), parts[1].strip()
    return None


def _compared(bounds: tuple[str, str, str], read: Any) -> Condition:
    sign, low, high = bounds
    if sign == "..":
        return Between(read(low) if low else None, read(high) if high else None)
    value = read(low)
    return {
        ">": Between(low=value, open_low=True),
        ">=": Between(low=value),
        "<": Between(high=value, closed=False),
        "<=": Between(high=value),
    }[sign]
