"""How values are written for people: the filters of every template, over the kernel's money and dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.kernel.clock import POLAND
from app.kernel.dates import Month, format_long, format_short, plural
from app.kernel.money import format_amount, format_pln

NONE = "–"
"""What stands where there is no value."""
_NO_BREAK_SPACE = "\u00a0"


def amount(value: Decimal | int | None, places: int = 2) -> str:
    """ "1 234,56" without the unit, for columns whose head names it."""
    return NONE if value is None else format_amount(Decimal(value), places)


def pln(value: Decimal | int | None) -> str:
    return NONE if value is None else format_pln(Decimal(value))


def number(value: Decimal | int | None) -> str:
    """A count or a measure: "12 345", decimals only when there are any."""
    if value is None:
        return NONE
    exact = Decimal(value).normalize()
    return format_amount(exact, max(0, -int(exact.as_tuple().exponent)))


def date_pl(value: date | None) -> str:
    """ "03.06.2026", for tables."""
    return NONE if value is None else format_short(value)


def date_long(value: date | None) -> str:
    """ "3 czerwca 2026", for prose."""
    return NONE if value is None else format_long(value).replace(" ", _NO_BREAK_SPACE)


def month_pl(value: Month | date | str | None) -> str:
    """ "wrzesień 2026" from a Month, a day in it, or "2026-09"."""
    if value is None:
        return NONE
    if isinstance(value, str):
        value = Month.parse(value)
    return (value if isinstance(value, Month) else Month.of(value)).label


def counted(value: int, one: str, few: str, many: str) -> str:
    """ "1 faktura", "2 faktury", "12 345 faktur"; the number and its noun are not parted."""
    return f"{number(value)}{_NO_BREAK_SPACE}{plural(value, one, few, many)}"


def pct(share: Decimal | int | None, places: int = 0) -> str:
    """A share of one as per cent: Decimal("0.645") is "64,5%" with one place."""
    return NONE if share is None else f"{format_amount(Decimal(share) * 100, places)}%"


def filesize(size: int) -> str:
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= step:
            return f"{format_amount(Decimal(size) / step, 1)}{_NO_BREAK_SPACE}{unit}"
    return f"{size}{_NO_BREAK_SPACE}B"


def at(moment: datetime | None) -> str:
    """ "03.06.2026 14:05" in Poland's time."""
    if moment is None:
        return NONE
    local = moment.astimezone(POLAND)
    return f"{format_short(local.date())}{_NO_BREAK_SPACE}{local:%H:%M}"


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """How long ago for today, „wczoraj”, and a date for what is older."""
    if moment is None:
        return NONE
    now = now or datetime.now(UTC)
    passed, local, today = now - moment, moment.astimezone(POLAND), now.astimezone(POLAND).date()
    if timedelta(0) <= passed < timedelta(minutes=1):
        return "przed chwilą"
    if timedelta(0) <= passed < timedelta(hours=1):
        return f"{passed.seconds // 60}{_NO_BREAK_SPACE}min temu"
    if local.date() == today:
        return f"dziś {local:%H:%M}"
    if local.date() == today - timedelta(days=1):
        return f"wczoraj {local:%H:%M}"
    return at(moment)


FILTERS: dict[str, Callable[..., Any]] = {
    "pln": pln,
    "amount": amount,
    "number": number,
    "date_pl": date_pl,
    "date_long": date_long,
    "month_pl": month_pl,
    "plural": counted,
    "plural_word": plural,
    "pct": pct,
    "filesize": filesize,
    "at": at,
    "ago": ago,
}
