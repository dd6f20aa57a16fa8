"""What a table is: its columns, its words, and a view of one page of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from app.web import words

if TYPE_CHECKING:
    from app.web.tables.query import Query
    from app.web.tables.sources import Source, Summary

Kind = Literal["text", "code", "amount", "number", "date", "month", "instant", "status", "custom"]
Tone = Literal["neutral", "info", "success", "warning", "danger"]
RIGHT: frozenset[Kind] = frozenset({"amount", "number"})


@dataclass(frozen=True, slots=True)
class Choice:
    """A value from a closed list; `tone` and `icon` are for columns of kind "status"."""

    code: str
    label: str
    tone: Tone = "neutral"
    icon: str | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `value` takes it from a row; without it the attribute or mapping key `key` is taken.

    Kinds: text, code (identifiers, in even digits), amount (złote, exact), number, date, month, instant, status (a
    code of `choices`), custom (the template's caller draws the cell). `choices` also makes the filter a list.
    """

    key: str
    label: str
    kind: Kind = "text"
    value: Callable[[Any], Any] | None = None
    param: str | None = None
    """The name in the address, in Polish; `key` when absent."""
    hint: str | None = None
    choices: tuple[Choice, ...] = ()
    filter: bool = True
    sort: bool = True
    total: bool = False
    link: Callable[[Any], str | None] | None = None
    explain: Callable[[Any], str | None] | None = None
    """The address of this cell's reckoning (an amount that was computed)."""
    sub: Callable[[Any], str | None] | None = None
    """A second, quieter line of the cell."""
    minor: bool = False
    """Left out on narrow screens."""
    export: bool = True

    @property
    def name(self) -> str:
        return self.param or self.key

    @property
    def right(self) -> bool:
        return self.kind in RIGHT

    def of(self, row: Any) -> Any:
        if self.value:
            return self.value(row)
        return row[self.key] if isinstance(row, Mapping) else getattr(row, self.key)

    def choice(self, code: Any) -> Choice:
        return next((c for c in self.choices if c.code == code), Choice(str(code), str(code)))

    def text(self, value: Any) -> str:
        """The value as people read it."""
        if value is None or value == "":
            return words.NONE
        match self.kind:
            case "amount":
                return words.amount(value)
            case "number":
                return words.number(value)
            case "date":
                return words.date_pl(value)
            case "month":
                return words.month_pl(value)
            case "instant":
                return words.at(value)
        return self.choice(value).label if self.choices else str(value)


@dataclass(frozen=True, slots=True)
class Empty:
    """What an empty table says: what it is for, and the first step."""

    title: str
    text: str = ""
    action: str | None = None
    href: str | None = None
    icon: str = "inbox"


@dataclass(frozen=True, slots=True)
class Bulk:
    """An action over the selected rows: posts `wybrane` (keys), or `wszystkie=1` with the filters in the address.

    With `choices` (code, label) it asks for one of them first and posts its code as `name`.
    """

    label: str
    url: str
    icon: str | None = None
    confirm: str | None = None
    primary: bool = False
    name: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Table:
    """A table described once. `name` is its id in the page; `words` are its noun's forms (faktura, faktury, faktur).

    `columns[0].link` opens a row (Enter); `row_key` identifies a row for selection and must not change with sorting.
    """

    name: str
    caption: str
    columns: tuple[Column, ...]
    words: tuple[str, str, str] = ("wiersz", "wiersze", "wierszy")
    row_key: Callable[[Any], str] | None = None
    row_tone: Callable[[Any], Tone | None] | None = None
    order: str = ""
    """The sort at first: a column's name in the address, "-" before it for descending."""
    size: int = 50
    sizes: tuple[int, ...] = (25, 50, 100, 250)
    bulk: tuple[Bulk, ...] = ()
    empty: Empty = field(default_factory=lambda: Empty("Nic tu jeszcze nie ma"))
    filters: bool = True
    exports: bool = True
    reflow: bool = True
    """On a phone rows become cards; a matrix (False) scrolls inside its frame."""

    def column(self, key: str) -> Column:
        return next(column for column in self.columns if column.key == key)

    def open_url(self, row: Any) -> str | None:
        return next((column.link(row) for column in self.columns if column.link), None)

    def query(self, params: Any, path: str = "") -> Query:
        """From the address's parameters (a MultiDict or a mapping). Unknown ones are kept, wrong filters are named."""
        from app.web.tables.query import parse

        return parse(self, params, path)

    def view(self, query: Query, source: Source) -> View:
        """One page with the totals of everything that passed the filters."""
        from app.web.tables.sources import Summary

        if query.errors:
            return View(self, query.within(0), (), Summary(0, {}), source.total())
        summary = source.summary(query)
        inside = query.within(summary.count)
        return View(self, inside, tuple(source.page(inside)), summary, source.total() if query.typed else summary.count)


@dataclass(frozen=True)
class View:
    """One page of a table, for `ui.table`."""

    table: Table
    query: Query
    rows: Sequence[Any]
    summary: Summary
    everything: int
    """How many rows there are without filters."""

    @property
    def count(self) -> int:
        return self.summary.count

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // self.query.size))

    @property
    def first(self) -> int:
        return (self.query.page - 1) * self.query.size + 1 if self.count else 0

    @property
    def last(self) -> int:
        return min(self.query.page * self.query.size, self.count)

    @property
    def totals(self) -> Mapping[str, Decimal]:
        return self.summary.totals

    @property
    def has_totals(self) -> bool:
        return bool(self.rows) and any(column.total for column in self.table.columns)

    @property
    def near_pages(self) -> list[int | None]:
        """Page numbers to offer; None is a gap."""
        here, last = self.query.page, self.pages
        wanted = sorted({1, last, *range(max(1, here - 1), min(last, here + 1) + 1)})
        shown: list[int | None] = []
        for number in wanted:
            if shown and shown[-1] is not None and number - shown[-1] > 1:
                shown.append(None)
            shown.append(number)
        return shown
