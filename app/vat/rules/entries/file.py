"""Reports of cash registers and internal documents from a file: lines → documents, with every error at its place.

Two kinds of lines, also in one file: one rate a line (`rate`, `net`, `tax`; several lines make one document), or
amounts by their K_ names. A purchase has its `net` and `tax` only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar, cast, get_args

from app.kernel.dates import Month, parse_date
from app.kernel.errors import Refusal
from app.kernel.money import ZERO, parse_pln
from app.vat.rules.entries.documents import Entry, PurchaseEntry, PurchaseType, check, key_of, source_of, tidy
from app.vat.rules.entries.table import Line, Problem, Table, read_table
from app.vat.rules.facts import Finding, Marker, MarkerKind, SalesRow, Side
from app.vat.rules.fields import PURCHASE_FIELDS, SALE_FIELDS
from app.vat.rules.purchase import known_use
from app.vat.rules.register import MISSING, SALES_FIELDS, field_of_rate

T = TypeVar("T")

_COMMON = (
    "document_type", "issued_on", "sold_on", "received_on", "description", "counterparty_no", "counterparty_name",
    "country", "marker", "ksef_number", "flags", "margin_gross", "use", "asset", "imported",
)  # fmt: skip
"""What the lines of one document must agree on."""
_SALE_TYPES, _PURCHASE_TYPES = ("RO", "WEW", "FP"), ("MK", "VAT_RR", "WEW")
_SIDES: Mapping[str, Side] = {
    **dict.fromkeys(("sale", "sprzedaż", "sprzedaz", "s"), "sale"),
    **dict.fromkeys(("purchase", "zakup", "z"), "purchase"),
}
_YES, _NO = ("1", "tak", "t", "yes", "true"), ("0", "nie", "n", "no", "false")
_RATE_NAMES = {"0": "0 KR", "zw.": "zw", "np": "np I", "np.": "np I"}


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the file. `line`: where it begins, for problems found later."""

    line: int
    side: Side
    entry: Entry
    description: str | None


@dataclass(frozen=True, slots=True)
class File:
    """What a file says: all its documents when there are no `problems`; `warnings` do not keep it out."""

    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    table: Table


def read(content: bytes, month: Month) -> File:
    """The documents of a CSV file for this month. Raises `FileRefused` when it cannot be read as a table at all."""
    table = read_table(content)
    problems, warnings, documents = list(table.problems), list[Problem](), list[Document]()
    if not any(problem.line == 1 for problem in problems):
        for lines in _grouped(table, problems):
            document = _document(table, lines, problems)
            if document is None:
                continue
            documents.append(document)
            for finding in check(document.entry, month):
                (problems if finding.severity == "error" else warnings).append(_placed(table, document, finding))
        problems += _repeated(table, documents, month)
        if not table.lines and not problems:
            problems.append(Problem(1, None, "Plik nie ma żadnego dokumentu."))
    return File(tuple(documents), tuple(_in_order(problems)), tuple(_in_order(warnings)), table)


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: problem.line)


def _placed(table: Table, document: Document, finding: Finding) -> Problem:
    column = "tax" if finding.field == "vat" else finding.field
    return table.problem(document.line, column if column in table.headers else None, finding.message)


def _repeated(table: Table, documents: list[Document], month: Month) -> Iterator[Problem]:
    """Two documents that would be one row: the same number given for two suppliers' names, say."""
    seen: dict[tuple[Side, str, str], int] = {}
    for document in documents:
        key = (document.side, source_of(document.entry), key_of(document.entry, month))
        first = seen.setdefault(key, document.line)
        if first != document.line:
            yield table.problem(document.line, "document_no", f"Ten dokument jest już w wierszu {first}.")


def _grouped(table: Table, problems: list[Problem]) -> Iterator[list[Line]]:
    """Lines of each document, in the order in which they begin."""
    groups: dict[tuple[str, ...], list[Line]] = {}
    for line in table.lines:
        if "document_no" not in line.cells:
            problems.append(table.problem(line.no, "document_no", "Podaj numer dokumentu."))
            continue
        own = (line.cells.get(name, "") for name in ("side", "document_type", "counterparty_no", "document_no"))
        groups.setdefault(tuple(own), []).append(line)
    yield from groups.values()


class _Cells:
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


def _document(table: Table, lines: list[Line], problems: list[Problem]) -> Document | None:
    before = len(problems)
    cells = _Cells(table, lines, problems)
    side = _side(cells)
    issued_on = cells.day("issued_on")
    if "issued_on" not in cells.first.cells:
        cells.wrong(cells.first, "issued_on", "Podaj datę wystawienia.")
    shared: dict[str, Any] = {
        "counterparty_no": cells.text("counterparty_no") or MISSING,
        "counterparty_name": cells.text("counterparty_name") or MISSING,
        "document_no": cells.first.cells["document_no"],
        "issued_on": issued_on,
        "marker": _marker(cells),
        "country": cells.text("country"),
        "document_type": cells.text("document_type"),
        "margin_gross": cells.amount(cells.first, "margin_gross"),
    }
    entry = _sale(cells, lines, shared) if side == "sale" else _purchase(cells, lines, shared)
    if len(problems) > before:
        return None
    return Document(cells.first.no, side, tidy(entry), cells.text("description"))


def _side(cells: _Cells) -> Side:
    kind = cells.text("document_type")
    written = cells.text("side")
    side: Side = "purchase" if kind in ("MK", "VAT_RR") else "sale"
    if written is not None:
        if written.casefold() not in _SIDES:
            cells.wrong(cells.first, "side", "Wpisz „sprzedaż” albo „zakup”.")
        side = _SIDES.get(written.casefold(), side)
    types = _SALE_TYPES if side == "sale" else _PURCHASE_TYPES
    if kind is not None and kind not in types:
        name = "sprzedaży" if side == "sale" else "zakupu"
        cells.wrong(cells.first, "document_type", f"Typ dokumentu {name} to {', '.join(types)} albo nic.")
    return side


def _marker(cells: _Cells) -> Marker:
    """Given, or what the kind of document has by itself."""
    number, written = cells.text("ksef_number"), cells.text("marker")
    kinds = get_args(MarkerKind)
    if written is not None:
        found = next((kind for kind in kinds if kind.casefold() == written.casefold()), None)
        if found is None:
            cells.wrong(cells.first, "marker", f"Możliwe oznaczenia: {', '.join(kinds)}.")
        return Marker(cast(MarkerKind, found or "BFK"), number)
    if number is not None:
        return Marker("NrKSeF", number)
    return Marker("DI" if cells.text("document_type") in ("RO", "WEW") else "BFK")


def _sale(cells: _Cells, lines: list[Line], shared: dict[str, Any]) -> SalesRow:
    amounts: dict[str, Decimal] = {}
    for line in lines:
        for name, amount in (*_of_rate(cells, line), *_by_name(cells, line)):
            if name in amounts:
                cells.wrong(line, "rate" if "rate" in line.cells else name, f"Dokument ma już kwotę {name}.")
            amounts[name] = amount
    flags = (cells.text("flags") or "").replace(",", " ").split()
    return SalesRow(**shared, amounts=amounts, sold_on=cells.day("sold_on"), flags=frozenset(map(str.upper, flags)))


def _by_name(cells: _Cells, line: Line) -> Iterator[tuple[str, Decimal]]:
    for name in (*SALE_FIELDS, *PURCHASE_FIELDS):
        if (amount := cells.amount(line, name)) is not None:
            yield name, amount


def _of_rate(cells: _Cells, line: Line) -> Iterator[tuple[str, Decimal]]:
    """The base and the tax of one rate, as K_ fields."""
    net, tax = cells.amount(line, "net"), cells.amount(line, "tax")
    written = line.cells.get("rate")
    if written is None:
        if "net" in line.cells or "tax" in line.cells:
            cells.wrong(line, "rate", "Podaj stawkę: 23, 8, 5, 0, zw albo np.")
        return
    rate = written.removesuffix("%").strip()
    bases, tax_field = SALES_FIELDS.get(field_of_rate(_RATE_NAMES.get(rate.casefold(), rate)) or "", ((), None))
    if not bases:
        cells.wrong(line, "rate", f"Stawka „{written[:20]}” nie ma pola w rejestrze. Możliwe: 23, 8, 5, 0, zw, np.")
        return
    if "net" not in line.cells:
        cells.wrong(line, "net", "Podaj kwotę netto.")
    if tax_field is not None and "tax" not in line.cells:
        cells.wrong(line, "tax", "Podaj kwotę podatku.")
    if tax_field is None and tax:
        cells.wrong(line, "tax", f"Przy stawce „{written[:20]}” nie ma podatku.")
    for base in bases:
        yield base, net or ZERO
    if tax_field is not None:
        yield tax_field, tax or ZERO


def _purchase(cells: _Cells, lines: list[Line], shared: dict[str, Any]) -> PurchaseEntry:
    net = vat = ZERO
    amounts: dict[str, Decimal] = {}
    for line in lines:
        net += cells.amount(line, "net") or ZERO
        vat += cells.amount(line, "tax") or ZERO
        for name, amount in _by_name(cells, line):
            if name in amounts:
                cells.wrong(line, name, f"Dokument ma już kwotę {name}.")
            amounts[name] = amount
    kind = cast(PurchaseType | None, shared.pop("document_type"))
    return PurchaseEntry(
        **shared,
        document_type=kind,
        net=net,
        vat=vat,
        amounts=amounts,
        received_on=cells.day("received_on"),
        use=cells.read(cells.first, "use", lambda text: known_use(text.casefold())),
        asset=cells.read(cells.first, "asset", _yes) or False,
        imported=cells.read(cells.first, "imported", _yes) or False,
    )


def _yes(text: str) -> bool:
    if text.casefold() not in (*_YES, *_NO):
        raise Refusal("Wpisz „tak” albo „nie”.")
    return text.casefold() in _YES
