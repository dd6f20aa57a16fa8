"""Fiscal months, working days, and dates and counted nouns as Polish writes them. Nothing here asks what day it is."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from app.kernel.errors import Refusal

_IN_DATES = (
    "stycznia", "lutego", "marca", "kwietnia", "maja", "czerwca",
    "lipca", "sierpnia", "września", "października", "listopada", "grudnia",
)  # fmt: skip
_ALONE = (
    "styczeń", "luty", "marzec", "kwiecień", "maj", "czerwiec",
    "lipiec", "sierpień", "wrzesień", "październik", "listopad", "grudzień",
)  # fmt: skip
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_SHORT = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})")
_FIRST_YEAR, _LAST_YEAR = 1900, 2999


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A fiscal month; months sort by time. `str(Month(2026, 9))` is "2026-09"."""

    year: int
    month: int

    def __post_init__(self) -> None:
        if not (_FIRST_YEAR <= self.year <= _LAST_YEAR and 1 <= self.month <= 12):
            raise ValueError(f"no such month: {self.year}-{self.month}")

    @classmethod
    def parse(cls, text: str, field: str | None = None) -> Month:
        """From "2026-09"; raises `Refusal` at `field`."""
        match = _MONTH.fullmatch(text.strip())
        if match is None or not _FIRST_YEAR <= int(match[1]) <= _LAST_YEAR:
            raise Refusal(f"Nie rozumiem miesiąca „{text.strip()[:40]}”. Wpisz go w postaci 2026-09.", field)
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> Month:
        """The month a day falls in."""
        return cls(day.year, day.month)

    @property
    def first_on(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last_on(self) -> date:
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    @property
    def next(self) -> Month:
        return self.shifted(1)

    @property
    def previous(self) -> Month:
        return self.shifted(-1)

    def shifted(self, months: int) -> Month:
        """So many months later (or earlier, when negative)."""
        year, month = divmod(self.year * 12 + self.month - 1 + months, 12)
        return Month(year, month + 1)

    def __contains__(self, day: date) -> bool:
        return (day.year, day.month) == (self.year, self.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def label(self) -> str:
        """For people: "wrzesień 2026"."""
        return f"{_ALONE[self.month - 1]} {self.year}"


@lru_cache(maxsize=128)
def _public_holidays(year: int) -> frozenset[date]:
    import holidays  # a quarter of a second, which most processes never need

    return frozenset(holidays.country_holidays("PL", years=year))


def is_working_day(day: date) -> bool:
    """Neither Saturday, Sunday nor a statutory holiday (24 December is one since 2025).

    Law: ustawa o dniach wolnych od pracy; art. 12 § 5 Ordynacji podatkowej
    """
    return day.weekday() < 5 and day not in _public_holidays(day.year)


def next_working_day(day: date) -> date:
    """The day itself when it is a working day, else the first working day after it: where a term that ends then moves.

    Law: art. 12 § 5 Ordynacji podatkowej; art. 57 § 4 Kodeksu postępowania administracyjnego
    """
    while not is_working_day(day):
        day += timedelta(days=1)
    return day


def format_long(day: date) -> str:
    """ "3 czerwca 2026"."""
    return f"{day.day} {_IN_DATES[day.month - 1]} {day.year}"


def format_short(day: date) -> str:
    """ "03.06.2026"."""
    return f"{day.day:02d}.{day.month:02d}.{day.year}"


def parse_date(text: str, field: str | None = None) -> date:
    """From "03.06.2026", "3.6.2026" or "2026-06-03"; raises `Refusal` at `field`."""
    written = text.strip()
    try:
        if match := _SHORT.fullmatch(written):
            return date(int(match[3]), int(match[2]), int(match[1]))
        if match := _ISO.fullmatch(written):
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass
    raise Refusal(f"Nie rozumiem daty „{written[:40]}”. Wpisz ją w postaci 03.06.2026.", field)


def plural(count: int, one: str, few: str, many: str) -> str:
    """The right form of a noun: `plural(22, "faktura", "faktury", "faktur")` is "faktury"."""
    if abs(count) == 1:
        return one
    tens, units = divmod(abs(count) % 100, 10)
    return few if 2 <= units <= 4 and tens != 1 else many


def counted(count: int, one: str, few: str, many: str) -> str:
    """The number with its noun: "1 faktura", "2 faktury", "12 faktur"."""
    return f"{count} {plural(count, one, few, many)}"
