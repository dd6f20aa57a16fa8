"""What every table shares: names of constraints, column types, keys, the two lineages a room's table may belong to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import Date, DateTime, Integer, MetaData, Numeric, String, Table, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.schema import DDL
from uuid_utils.compat import uuid7

from migrations import NAMING

Money = Annotated[Decimal, mapped_column(Numeric(16, 2))]
"""Złote with grosze."""
Key = Annotated[UUID, mapped_column(primary_key=True, default=uuid7)]
"""UUIDv7, made by the application."""

COLUMN_TYPES: dict[Any, Any] = {
    datetime: DateTime(timezone=True),
    date: Date,
    dict[str, Any]: JSONB,
    list[Any]: JSONB,
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


def append_only(table: Table, *, may_update: Sequence[str] = ()) -> None:
    """Have the database refuse UPDATE (but of the columns named), DELETE and TRUNCATE of this table, whoever asks.

    The trigger functions live once in the schema `magistrat` (lineage `cell`), so Citus may hold the table on any node.
    """
    frozen = "" if not may_update else f"({', '.join(repr(name) for name in may_update)})"
    row = DDL(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %(table)s "
        f"FOR EACH ROW EXECUTE FUNCTION magistrat.append_only{frozen or '()'}"
    )
    whole = DDL(
        "CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON %(table)s "
        "FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only()"
    )
    table.info["append_only"] = True
    for statement in (row, whole):
        table.info.setdefault("ddl", []).append(statement)
        event.listen(table, "after_create", statement)
