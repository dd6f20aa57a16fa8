"""Rows of the working registers that count, in the order in which they are published."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, Table, select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.vat.models import purchase, sale

BATCH = 2000


def sales_of(session: Session, month: Month, *where: ColumnElement[bool]) -> Iterator[RowMapping]:
    """Of the sales register; only those that `where` holds for."""
    return each(session, _live(sale, month, where))


def purchases_of(session: Session, month: Month, *where: ColumnElement[bool]) -> Iterator[RowMapping]:
    """Of the purchases register; only those that `where` holds for."""
    return each(session, _live(purchase, month, where))


def each(session: Session, statement: Select[Any]) -> Iterator[RowMapping]:
    """Rows of a statement one by one, fetched some thousands at a time."""
    yield from session.execute(statement, execution_options={"yield_per": BATCH}).mappings()


def _live(table: Table, month: Month, where: tuple[ColumnElement[bool], ...]) -> Select[Any]:
    own = (table.c.year == month.year, table.c.month == month.month, table.c.void_reason.is_(None))
    order = (table.c.issued_on, table.c.document_no.collate("C"), table.c.id)
    return select(table).where(*own, *where).order_by(*order)
