"""What orders everything about a month: row locks on its period and on the unit's habits.

Whoever writes rows holds the month shared, so writers do not wait for each other; completing, publishing and reopening
hold it alone. Deductions depend on habits and ratios too: computing one holds the habits shared, changing what it is
computed with holds them alone. Habits are always locked before months, months in their order: nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import Conflict
from app.vat.models import VatPeriod, VatSetting
from app.vat.queries.registers.ratios import THE_ONE
from app.vat.rules.publication import closed_sentence


def period(session: Session, month: Month, *, alone: bool = False) -> VatPeriod:
    """The month's period, made if absent, as it is now and for as long as this transaction lasts."""
    key = {"year": month.year, "month": month.month}
    session.execute(insert(VatPeriod).values(**key).on_conflict_do_nothing())
    query = select(VatPeriod).filter_by(**key).with_for_update(read=not alone)
    return session.scalars(query, execution_options={"populate_existing": True}).one()


def open_periods(session: Session, months: Iterable[Month], field: str | None = "month") -> None:
    """Holds these months open. Raises `Conflict` at the first that is closed."""
    for month in sorted(set(months)):
        state = period(session, month).state
        if state != "open":
            raise Conflict(closed_sentence(month, state), field)


def habits(session: Session, *, alone: bool = False) -> VatSetting:
    """The unit's habits, made if absent, unchanged for as long as this transaction lasts."""
    session.execute(insert(VatSetting).values(id=THE_ONE).on_conflict_do_nothing())
    query = select(VatSetting).where(VatSetting.id == THE_ONE).with_for_update(read=not alone)
    return session.scalars(query, execution_options={"populate_existing": True}).one()
