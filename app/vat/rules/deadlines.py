"""Until when each step of a month is to be done: the city's own days, and the one of the law."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.kernel.dates import Month, next_working_day
from app.law.loader import value_on


@dataclass(frozen=True, slots=True)
class Deadlines:
    """A unit completes, its head signs, the city files; each the last day, moved from a day off."""

    complete_on: date
    sign_on: date
    file_on: date


def due_day(month: Month) -> date:
    """The day by which the month's return is filed.

    Law: art. 99 ust. 1 ustawy o VAT; art. 12 § 5 Ordynacji podatkowej
    """
    return next_working_day(month.next.first_on.replace(day=int(value_on("vat.return.due_day", month.last_on).value)))


def deadlines(month: Month, complete_by: int, sign_by: int) -> Deadlines:
    """Days of the next month; an internal day never comes after the statutory one.

    Law: art. 99 ust. 1 ustawy o VAT; art. 12 § 5 Ordynacji podatkowej; dni wewnętrzne: polityka miasta
    """
    last, begins = due_day(month), month.next.first_on
    complete_on, sign_on = (next_working_day(begins.replace(day=day)) for day in (complete_by, sign_by))
    return Deadlines(min(complete_on, last), min(max(complete_on, sign_on), last), last)


def overdue(state: str, on: date, dates: Deadlines) -> str | None:
    """The first step that a unit is late with on a day: "complete", "sign" or nothing."""
    if state == "open" and on > dates.complete_on:
        return "complete"
    return "sign" if state == "completed" and on > dates.sign_on else None
