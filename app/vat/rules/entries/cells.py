"""Cells of one document of a file, read one by one; the circumstances and internal documents that they tell of."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeVar

from app.kernel.dates import parse_date
from app.kernel.errors import Refusal
from app.kernel.money import ZERO, parse_pln
from app.vat.rules.entries import internal
from app.vat.rules.entries.circumstances import Circumstances
from app.vat.rules.entries.documents import Entry
from app.vat.rules.entries.internal import Internal, InternalKind
from app.vat.rules.entries.table import Line, Problem, Table
from app.vat.rules.purchase import known_use
from app.vat.rules.register import MISSING
from app.vat.rules.tills import ReportKind

T = TypeVar("T")

_COMMON = (
    "document_type", "issued_on", "sold_on", "received_on", "description", "counterparty_no", "counterparty_name",
    "country", "marker", "ksef_number", "flags", "margin_gross", "use", "asset", "imported",
    "internal_kind", "till_no", "report_no", "report_kind", "returns_gross", "receipt_no", "due_on", "split_payment",
    "bad_debt_due_on", "bad_debt_paid_on", "gross", "paid_apart",
)  # fmt: skip
"""What the lines of one document must agree on."""
_YES, _NO = ("1", "tak", "t", "yes", "true"), ("0", "nie", "n", "no", "false")
_REPORTS: dict[str, ReportKind] = {
    "daily": "daily", "dobowy": "daily", "d": "daily", "monthly": "monthly", "miesięczny": "monthly",
    "miesieczny": "monthly", "m": "monthly",
}  # fmt: skip


class Cells:
    """Cells of a document read one by one, with problems noted at their place."""

    def __init__(self, table: Table, lines: list[Line], problems: list[Problem]) -> None:
        self.first = lines[0]
        self._table, self._problems = table, problems
        for line in lines[1:]:
            for name in _COMMON:
                if line.cells.get(name) != self.first.cells.get(name):
                    self.wrong(line, name, f"Dokument ma tu inną wartość niż w wierszu {self.first.no}.")

    def wrong(self, line: Line, column: str | None, message: str) -> None:
        self._problems.append(self._table.problem(line.no, column, message))

    def read(self, line: Line, name: str, how: Callable[[str], T]) -> T | None:
        text = line.cells.get(name)
        if text is None:
            return None
        try:
            return how(text)
        except Refusal as refusal:
            self.wrong(line, name, refusal.message)
            return None

    def text(self, name: str) -> str | None:
        return self.first.cells.get(name)

    def day(self, name: str) -> date | None:
        return self.read(self.first, name, parse_date)

    def amount(self, line: Line, name: str) -> Decimal | None:
        return self.read(line, name, parse_pln)


def yes(text: str) -> bool:
    """Raises `Refusal` for anything but a yes or a no."""
    if text.casefold() not in (*_YES, *_NO):
        raise Refusal("Wpisz „tak” albo „nie”.")
    return text.casefold() in _YES


def circumstances_of(cells: Cells) -> Circumstances:
    """What the lines say besides the document itself."""
    first = cells.first
    return Circumstances(
        internal_kind=cells.read(first, "internal_kind", internal.kind_of),
        due_on=cells.day("due_on"),
        split_payment=cells.read(first, "split_payment", yes),
        till_no=cells.text("till_no"),
        report_no=cells.read(first, "report_no", _number),
        report_kind=cells.read(first, "report_kind", _report_kind),
        returns_gross=cells.amount(first, "returns_gross"),
        receipt_no=cells.text("receipt_no"),
    )


def _number(text: str) -> int:
    if re.fullmatch(r"[0-9]{1,9}", text) is None:
        raise Refusal("Numer raportu jest liczbą, na przykład 123.")
    return int(text)


def _report_kind(text: str) -> ReportKind:
    if text.casefold() not in _REPORTS:
        raise Refusal("Rodzaj raportu to „dobowy” albo „miesięczny”.")
    return _REPORTS[text.casefold()]


def internal_entries(cells: Cells, lines: list[Line], kind: InternalKind | None) -> tuple[Entry, ...]:
    """The rows of an internal document of a kind; one line says it all."""
    first = cells.first
    for line in lines[1:]:
        cells.wrong(line, "document_no", f"Dowód wewnętrzny tego rodzaju zajmuje jeden wiersz (jest w {first.no}).")
    issued_on = cells.day("issued_on")
    if kind is None or issued_on is None:
        if "issued_on" not in first.cells:
            cells.wrong(first, "issued_on", "Podaj datę wystawienia.")
        return ()
    given = Internal(
        kind,
        first.cells["document_no"],
        issued_on,
        cells.amount(first, "net") or ZERO,
        cells.amount(first, "tax"),
        cells.text("rate"),
        cells.text("counterparty_no") or MISSING,
        cells.text("counterparty_name") or MISSING,
        cells.text("country"),
        cells.day("received_on"),
        cells.read(first, "use", lambda text: known_use(text.casefold())),
        cells.read(first, "asset", yes) or False,
        cells.amount(first, "paid_apart"),
        cells.amount(first, "gross"),
    )
    try:
        return internal.documents(given)
    except Refusal as refusal:
        cells.wrong(first, refusal.field, refusal.message)
        return ()
