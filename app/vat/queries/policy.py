"""What a city decided about its months and returns: internal deadlines, who bears what, choices of a return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.vat.models import VatPolicy, VatReturnOptions
from app.vat.rules.deadlines import Deadlines, deadlines
from app.vat.rules.options import NOTHING, Options
from app.vat.rules.sharing import Surplus

COMPLETE_BY, SIGN_BY = 15, 18
"""Days of the next month where nobody decided otherwise."""


@dataclass(frozen=True, slots=True)
class Policy:
    """In force from `since_on`; None: nobody decided, the product's own habit. `charges_interest`: to units."""

    since_on: date | None
    complete_by: int = COMPLETE_BY
    sign_by: int = SIGN_BY
    surplus: Surplus = "city"
    charges_interest: bool = True
    basis: str | None = None
    set_by: str | None = None
    set_at: datetime | None = None

    def deadlines(self, month: Month) -> Deadlines:
        """Of a month."""
        return deadlines(month, self.complete_by, self.sign_by)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The choices for a month, as somebody set them. `number` 0: nobody did."""

    number: int
    options: Options
    basis: str = ""
    set_by: str = ""
    set_at: datetime | None = None


def policies(session: Session) -> Sequence[Policy]:
    """Every decision, the newest first."""
    query = select(VatPolicy).order_by(VatPolicy.since_on.desc(), VatPolicy.set_at.desc(), VatPolicy.id.desc())
    return [_policy(row) for row in session.scalars(query)]


def policy(session: Session, month: Month) -> Policy:
    """The one in force on the last day of the month."""
    return next((one for one in policies(session) if one.since_on and one.since_on <= month.last_on), Policy(None))


def _policy(row: VatPolicy) -> Policy:
    surplus: Surplus = "unit" if row.surplus == "unit" else "city"
    return Policy(
        row.since_on, row.complete_by, row.sign_by, surplus, row.charges_interest, row.basis, row.set_by, row.set_at
    )


def chosen(session: Session, month: Month) -> Chosen:
    """What holds for the next version of the month's return."""
    return next(iter(choices(session, month)), Chosen(0, NOTHING))


def choices(session: Session, month: Month) -> Sequence[Chosen]:
    """Every choice made for the month, the newest first."""
    query = select(VatReturnOptions).filter_by(year=month.year, month=month.month)
    rows = session.scalars(query.order_by(VatReturnOptions.number.desc()))
    return [Chosen(row.number, Options.of(row.choices), row.basis, row.set_by, row.set_at) for row in rows]
