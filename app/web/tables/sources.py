"""Where a table's rows come from: a SQL statement, or a list in memory. Both answer the same questions the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select, func, select

from app.web.tables.query import Query

BATCH = 1000
"""Rows fetched at a time when everything is asked for."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Of every row that passed the filters; `totals` by the column's key, for columns with `total`."""

    count: int
    totals: Mapping[str, Decimal]


class Source(Protocol):
    """Rows of one table."""

    def page(self, query: Query) -> Sequence[Any]: ...

    def summary(self, query: Query) -> Summary: ...

    def every(self, query: Query) -> Iterable[Any]: ...

    def total(self) -> int:
        """How many there are without filters."""
        ...


class SqlSource:
    """A SQLAlchemy Core `select` with a map from a column's key to its expression.

    Filters, order and limits are added as bound parameters; a key that is not in the map can be neither filtered nor
    sorted. `tie` makes paging stable: an expression unique in the result, last in every order. `connection` is
    anything that executes statements (a Session or a Connection). `shape` turns a database row into what columns read.
    `order_by` and `totals`: what a column is sorted and added up by, when it is not the column itself.
    """

    def __init__(
        self,
        connection: Any,
        statement: Select[Any],
        columns: Mapping[str, ColumnElement[Any]],
        *,
        tie: ColumnElement[Any] | None = None,
        shape: Callable[[Any], Any] | None = None,
        order_by: Mapping[str, ColumnElement[Any]] | None = None,
        totals: Mapping[str, ColumnElement[Any]] | None = None,
    ) -> None:
        self._connection = connection
        self._statement = statement
        self._columns = columns
        self._tie = tie
        self._shape = shape or (lambda row: row)
        self._order_by = {**columns, **(order_by or {})}
        self._totals = {**columns, **(totals or {})}

    def narrowed(self, query: Query) -> Select[Any]:
        """The statement with the query's filters."""
        clauses = [condition.clause(self._columns[key]) for key, condition in query.conditions.items()]
        return self._statement.where(*clauses)

    def ordered(self, query: Query) -> Select[Any]:
        """Filtered and sorted; rows without a value come last."""
        statement = self.narrowed(query)
        if query.sort in self._order_by:
            column = self._order_by[query.sort]
            statement = statement.order_by((column.desc() if query.descending else column.asc()).nulls_last())
        if self._tie is not None:
            statement = statement.order_by(self._tie.desc() if query.descending else self._tie)
        return statement

    def page(self, query: Query) -> Sequence[Any]:
        statement = self.ordered(query).limit(query.size).offset((query.page - 1) * query.size)
        return [self._shape(row) for row in self._connection.execute(statement)]

    def summary(self, query: Query) -> Summary:
        keys = [column.key for column in query.table.columns if column.total]
        inner = self.narrowed(query).order_by(None).add_columns(*(self._totals[key].label(f"t_{key}") for key in keys))
        rows = inner.subquery()
        sums = [func.coalesce(func.sum(rows.c[f"t_{key}"]), 0) for key in keys]
        found = self._connection.execute(select(func.count(), *sums).select_from(rows)).one()
        return Summary(found[0], {key: Decimal(found[n + 1]) for n, key in enumerate(keys)})

    def every(self, query: Query) -> Iterator[Any]:
        result = self._connection.execute(self.ordered(query), execution_options={"yield_per": BATCH})
        for row in result:
            yield self._shape(row)

    def total(self) -> int:
        rows = self._statement.order_by(None).subquery()
        return int(self._connection.execute(select(func.count()).select_from(rows)).scalar_one())


class ListSource:
    """Rows already in memory: short lists, and what a service returned."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._rows = list(rows)

    def every(self, query: Query) -> list[Any]:
        columns = query.table
        found = [
            row
            for row in self._rows
            if all(condition.holds(columns.column(key).of(row)) for key, condition in query.conditions.items())
        ]
        if query.sort:
            column = columns.column(query.sort)
            known = [row for row in found if column.of(row) is not None]
            unknown = [row for row in found if column.of(row) is None]
            known.sort(key=lambda row: _sortable(column.of(row)), reverse=query.descending)
            found = [*known, *unknown]
        return found

    def page(self, query: Query) -> list[Any]:
        start = (query.page - 1) * query.size
        return self.every(query)[start : start + query.size]

    def summary(self, query: Query) -> Summary:
        rows = self.every(query)
        totals = {
            column.key: sum((column.of(row) or Decimal(0) for row in rows), Decimal(0))
            for column in query.table.columns
            if column.total
        }
        return Summary(len(rows), totals)

    def total(self) -> int:
        return len(self._rows)


_ORDER = {letter: position for position, letter in enumerate("aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż", start=200)}


def _sortable(value: Any) -> Any:
    """Texts in the order of the Polish alphabet (the database does it itself)."""
    if isinstance(value, str):
        return [
            _ORDER.get(letter, ord(letter) if ord(letter) < 128 else 300 + ord(letter)) for letter in value.casefold()
        ]
    return value
