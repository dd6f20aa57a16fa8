"""What every table shares: names of constraints, column types, keys, the two lineages a room's table may belong to."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import DDL, Date, DateTime, FromClause, Integer, MetaData, Numeric, String, Table, event, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from uuid_utils.compat import uuid7

from migrations import NAMING, guards

Money = Annotated[Decimal, mapped_column(Numeric(16, 2))]
"""Złote with grosze."""
Key = Annotated[UUID, mapped_column(primary_key=True, default=uuid7)]
"""UUIDv7, made by the application."""

COLUMN_TYPES: dict[Any, Any] = {
    datetime: DateTime(timezone=True),
    date: Date,
    dict[str, Any]: JSONB(none_as_null=True),
    list[Any]: JSONB(none_as_null=True),
    int: Integer,
    str: String(255),
    Decimal: Numeric(16, 2),
}


class Base(DeclarativeBase):
    """A table of every tenant (lineage `unit`) unless it says `__table_args__ = {"info": MUNICIPALITY}`."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = COLUMN_TYPES


class CellBase(DeclarativeBase):
    """A table of the cell: rows of all its tenants, each visible to its own tenant only."""

    metadata = MetaData(schema="cell", naming_convention=NAMING)
    type_annotation_map = COLUMN_TYPES


MUNICIPALITY = {"lineage": "municipality"}
"""`info` of a table that only a municipality has."""


def lineage(table: Table) -> str:
    """`unit` or `municipality`: whose tables this one belongs to."""
    return str(table.info.get("lineage", "unit"))


APPEND_ONLY: dict[str, tuple[str, ...]] = {}
"""Tables whose rows are final: name → the columns that may still change."""


def append_only(table: FromClause, *may_update: str) -> None:
    """Have the database refuse UPDATE (but of the columns named), DELETE and TRUNCATE of this table, whoever asks."""
    assert isinstance(table, Table)
    APPEND_ONLY[table.name] = may_update
    for statement in guards.append_only(table.name, may_update):
        event.listen(table, "after_create", DDL(statement))


_ALONE = text("select pg_advisory_xact_lock(hashtext(current_user || '/' || :what))")


def alone(session: Session, what: str) -> None:
    """Until this transaction ends, nobody else of this tenant gets past here for the same `what`."""
    session.execute(_ALONE, {"what": what})
