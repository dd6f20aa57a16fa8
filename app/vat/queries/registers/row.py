"""One row of a register: everything about it, what happened to it, the next one that waits for a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import NotFound
from app.kernel.models import Audit
from app.vat.models import purchase
from app.vat.queries.registers.live import purchases_of
from app.vat.queries.registers.rows import FIELDS, WORKING, listing
from app.vat.rules.facts import Side
from app.vat.rules.rows import amounts

MANY = "vat.purchase:many"
"""The record of a verb over several purchases; their keys are in its `after`."""


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A row of a working register, void or not. `columns` as the table has them, `amounts` K_ → złote."""

    id: UUID
    side: Side
    month: Month
    columns: Mapping[str, Any]
    amounts: Mapping[str, Decimal]

    @property
    def void(self) -> bool:
        return self.columns["void_reason"] is not None


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry of the audit trail; values as the verb wrote them."""

    at: datetime
    actor: str
    mandate: str | None
    verb: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def row(session: Session, side: Side, month: Month, row_id: UUID) -> RegisterRow:
    """The row of this month's register. Raises `NotFound`."""
    table = WORKING[side]
    query = select(table).where(table.c.id == row_id, table.c.year == month.year, table.c.month == month.month)
    found = session.execute(query).mappings().one_or_none()
    if found is None:
        raise NotFound(f"W rejestrze za {month.label} nie ma takiego wiersza.", "id")
    return RegisterRow(row_id, side, month, dict(found), amounts(dict(found), FIELDS[side]))


def history(session: Session, side: Side, row_id: UUID) -> list[Happened]:
    """What people did with the row, the newest first."""
    about: ColumnElement[bool] = Audit.record == f"vat.{side}:{row_id}"
    if side == "purchase":
        about = or_(about, and_(Audit.record == MANY, Audit.after["ids"].contains([str(row_id)])))
    return _happened(session, about)


def month_history(session: Session, month: Month) -> list[Happened]:
    """What was done with the month itself, the newest first."""
    return _happened(session, Audit.record == f"vat.period:{month}")


def _happened(session: Session, about: ColumnElement[bool]) -> list[Happened]:
    query = select(Audit).where(about).order_by(Audit.seq.desc())
    return [
        Happened(one.at, one.actor, one.mandate, one.verb, one.before or {}, one.after or {})
        for one in session.scalars(query)
    ]


@dataclass(frozen=True, slots=True)
class Entered:
    """A document that a person entered; złote."""

    id: UUID
    document_no: str
    issued_on: date
    net: Decimal
    tax: Decimal


def entered(session: Session, side: Side, month: Month, document_type: str | None, most: int) -> list[Entered]:
    """The last documents of one type that were entered into the month, by hand or from a file, the newest first."""
    listed = listing(session, month, side)
    table = WORKING[side]
    same = table.c.document_type.is_(None) if document_type is None else table.c.document_type == document_type
    query = listed.statement.where(same, table.c.source != "ksef").order_by(listed.tie.desc()).limit(most)
    return [
        Entered(found.id, found.document_no, found.issued_on, found.net, found.tax) for found in session.execute(query)
    ]


def unassigned(session: Session, month: Month) -> Sequence[UUID]:
    """Purchases of the month whose tax waits for somebody to say what they serve, in the register's order."""
    return [found["id"] for found in purchases_of(session, month, purchase.c.vat != 0, purchase.c.use.is_(None))]
