"""Rows of the purchases register as another room asks for them: by their keys, or by the invoice they came from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.vat.models import purchase


@dataclass(frozen=True, slots=True)
class Bought:
    """A row, void or not; złote. `use` is what the purchase serves."""

    id: UUID
    month: Month
    source: str
    counterparty_no: str
    counterparty_name: str
    document_no: str
    document_type: str | None
    issued_on: date
    received_on: date | None
    ksef_number: str | None
    net: Decimal
    vat: Decimal
    use: str | None
    asset: bool
    description: str | None
    void_reason: str | None


def by_ids(session: Session, ids: Collection[UUID]) -> list[Bought]:
    """Those of the rows that are there, in the order of their keys."""
    return _found(session, purchase.c.id.in_(tuple(ids)))


def of_invoice(session: Session, invoice_id: UUID) -> Bought | None:
    """The live row of an invoice of the inbox."""
    found = _found(session, purchase.c.invoice_id == invoice_id, purchase.c.void_reason.is_(None))
    return found[-1] if found else None


def _found(session: Session, *where: ColumnElement[bool]) -> list[Bought]:
    names = [name for name in Bought.__dataclass_fields__ if name != "month"]
    query = select(purchase.c.year, purchase.c.month, *(purchase.c[name] for name in names)).where(*where)
    return [
        Bought(month=Month(row["year"], row["month"]), **{name: row[name] for name in names})
        for row in session.execute(query.order_by(purchase.c.id)).mappings()
    ]
