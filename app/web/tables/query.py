"""What was asked of a table, kept in the address: filters, sort, page. Only the table's own columns can be named."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import urlencode

from app.kernel.errors import Refusal
from app.web.tables.columns import Column, Table
from app.web.tables.conditions import (
    Condition,
    Contains,
    OneOf,
    amount_condition,
    day_condition,
    instant_condition,
    month_condition,
    number_condition,
)

SORT, PAGE, SIZE, EXPORT = "sortuj", "strona", "na-stronie", "plik"
LONGEST = 200
"""Characters of one filter."""

READERS = {
    "amount": amount_condition,
    "number": number_condition,
    "date": day_condition,
    "month": month_condition,
    "instant": instant_condition,
}


@dataclass(frozen=True)
class Query:
    """A question to a table. `typed` is what people wrote, by the column's key; `conditions` what it means."""

    table: Table
    typed: Mapping[str, str]
    conditions: Mapping[str, Condition]
    errors: Mapping[str, str]
    sort: str
    """The key of the sorting column; empty when there is none."""
    descending: bool
    page: int
    size: int
    export: Literal["csv", "xlsx"] | None
    kept: tuple[tuple[str, str], ...]
    """Parameters of the address that are not the table's: they stay in every link."""
    path: str

    def within(self, count: int) -> Query:
        """The same, on a page that exists."""
        return replace(self, page=min(self.page, max(1, -(-count // self.size))))

    def href(self, **changes: Any) -> str:
        """The address with some of `sortuj`, `strona`, `na_stronie`, `plik` changed; None takes one away."""
        wanted: dict[str, Any] = {
            SORT: self._sort_param() if self._sort_param() != self.table.order else None,
            PAGE: self.page if self.page > 1 else None,
            SIZE: self.size if self.size != self.table.size else None,
        }
        for name, value in changes.items():
            wanted[name.replace("_", "-")] = value
        pairs = [*self.kept, *self.filter_pairs(), *((k, str(v)) for k, v in wanted.items() if v is not None)]
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path or "?"

    def filter_pairs(self) -> list[tuple[str, str]]:
        return [(self.table.column(key).name, text) for key, text in self.typed.items()]

    def sort_href(self, column: Column) -> str:
        """Sort by this column: ascending, then descending, from the first page."""
        down = self.sort == column.key and not self.descending
        return self.href(sortuj=f"-{column.name}" if down else column.name, strona=None)

    def page_href(self, number: int) -> str:
        return self.href(strona=number if number > 1 else None)

    def size_href(self, size: int) -> str:
        return self.href(na_stronie=size if size != self.table.size else None, strona=None)

    def export_href(self, kind: Literal["csv", "xlsx"]) -> str:
        return self.href(plik=kind, strona=None, na_stronie=None)

    def over_filtered(self, url: str) -> str:
        """The address of an action with these filters, so that it can be done to everything that passed them."""
        pairs = self.filter_pairs()
        return f"{url}{'&' if '?' in url else '?'}{urlencode(pairs)}" if pairs else url

    @property
    def clear_href(self) -> str:
        pairs = [*self.kept, *([(SORT, self._sort_param())] if self._sort_param() != self.table.order else [])]
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path or "?"

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What the form of filters must carry besides the filters."""
        sort = [(SORT, self._sort_param())] if self._sort_param() != self.table.order else []
        return [*self.kept, *sort, *([(SIZE, str(self.size))] if self.size != self.table.size else [])]

    def _sort_param(self) -> str:
        return f"{'-' if self.descending else ''}{self.table.column(self.sort).name}" if self.sort else ""


def parse(table: Table, params: Any, path: str) -> Query:
    """Whatever stands in the address, a Query comes out; only export of a wrong filter is refused (by `download`)."""
    pairs = list(_pairs(params))
    own = {column.name: column for column in table.columns}
    typed, conditions, errors, settings, kept = {}, {}, {}, {}, []
    for name, raw in pairs:
        text = raw.strip()
        if name in (SORT, PAGE, SIZE, EXPORT):
            settings[name] = text
        elif name in own and own[name].filter and table.filters:
            if text:
                typed[own[name].key] = text
        else:
            kept.append((name, raw))
    for key, text in typed.items():
        try:
            conditions[key] = _condition(table.column(key), text)
        except Refusal as refusal:
            errors[key] = refusal.message
    sort = settings.get(SORT) or table.order
    column = own.get(sort.removeprefix("-"))
    if column is None or not column.sort:
        sort, column = table.order, own.get(table.order.removeprefix("-"))
    size = _count(settings.get(SIZE), table.size)
    export = settings.get(EXPORT)
    return Query(
        table=table,
        typed=typed,
        conditions=conditions,
        errors=errors,
        sort=column.key if column else "",
        descending=sort.startswith("-"),
        page=_count(settings.get(PAGE), 1),
        size=size if size in table.sizes or size == table.size else table.size,
        export="csv" if export == "csv" else "xlsx" if export == "xlsx" else None,
        kept=tuple(kept),
        path=path,
    )


def _condition(column: Column, text: str) -> Condition:
    if len(text) > LONGEST:
        raise Refusal(f"Filtr może mieć najwyżej {LONGEST} znaków.")
    if column.choices:
        if text not in {choice.code for choice in column.choices}:
            raise Refusal("Wybierz wartość z listy.")
        return OneOf((text,))
    reader = READERS.get(column.kind)
    return reader(text) if reader else Contains(text)


def _pairs(params: Any) -> Iterable[tuple[str, str]]:
    if hasattr(params, "multi_items"):
        yield from params.multi_items()
    else:
        yield from dict(params).items()


def _count(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and 0 < int(text) < 10**7 else otherwise
