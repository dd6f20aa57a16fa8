"""Reports of cash registers and internal documents from a file: lines → documents, with every error at its place.

Two kinds of lines, also in one file: one rate a line (`rate`, `net`, `tax`; several lines make one document), or
amounts by their K_ names. A purchase has its `net` and `tax` only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast, get_args

from app.kernel.dates import Month
from app.kernel.money import ZERO
from app.vat.rules.entries import circumstances
from app.vat.rules.entries.cells import Cells, circumstances_of, internal_entries, yes
from app.vat.rules.entries.circumstances import UNKNOWN, Circumstances
from app.vat.rules.entries.documents import (
    Entry,
    PurchaseEntry,
    PurchaseType,
    check,
    key_of,
    side_of,
    source_of,
    tidy,
)
from app.vat.rules.entries.table import Line, Problem, Table, read_table
from app.vat.rules.facts import Finding, Marker, MarkerKind, SalesRow, Side
from app.vat.rules.fields import PURCHASE_FIELDS, SALE_FIELDS
from app.vat.rules.purchase import known_use
from app.vat.rules.register import MISSING, SALES_FIELDS, field_of_rate

_TOGETHER = ("side", "document_type", "internal_kind", "till_no", "counterparty_no", "document_no")
"""Lines with the same of these are one document."""
_SALE_TYPES, _PURCHASE_TYPES = ("RO", "WEW", "FP"), ("MK", "VAT_RR", "WEW")
_SIDES: Mapping[str, Side] = {
    **dict.fromkeys(("sale", "sprzedaż", "sprzedaz", "s"), "sale"),
    **dict.fromkeys(("purchase", "zakup", "z"), "purchase"),
}
_RATE_NAMES = {"0": "0 KR", "zw.": "zw", "np": "np I", "np.": "np I"}


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the file. `line`: where it begins, for problems found later."""

    line: int
    side: Side
    entry: Entry
    description: str | None
    known: Circumstances = UNKNOWN


def key_in(document: Document, month: Month) -> tuple[Side, str, str]:
    """What may stand only once in the registers: side, source and key."""
    return document.side, source_of(document.entry), key_of(document.entry, month, document.known.till_no)


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
            for document in _documents(table, lines, problems):
                documents.append(document)
                found = check(document.entry, month)
                own = circumstances.check(document.known, document.entry.document_type, document.entry.issued_on)
                for finding in (*found, *own):
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
        key = key_in(document, month)
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
        own = (line.cells.get(name, "") for name in _TOGETHER)
        groups.setdefault(tuple(own), []).append(line)
    yield from groups.values()


def _documents(table: Table, lines: list[Line], problems: list[Problem]) -> list[Document]:
    """One of a side, or what an internal document of a kind makes on both."""
    before = len(problems)
    cells = Cells(table, lines, problems)
    known = circumstances_of(cells)
    if "internal_kind" in cells.first.cells:
        entries = internal_entries(cells, lines, known.internal_kind)
        if len(problems) > before:
            return []
        made = [tidy(entry) for entry in entries]
        return [Document(cells.first.no, side_of(one), one, cells.text("description"), known) for one in made]
    document = _document(cells, lines, known)
    return [document] if len(problems) == before else []


def _document(cells: Cells, lines: list[Line], known: Circumstances) -> Document:
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
    return Document(cells.first.no, side, tidy(entry), cells.text("description"), known)


def _side(cells: Cells) -> Side:
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


def _marker(cells: Cells) -> Marker:
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


def _sale(cells: Cells, lines: list[Line], shared: dict[str, Any]) -> SalesRow:
    amounts: dict[str, Decimal] = {}
    for line in lines:
        for name, amount in (*_of_rate(cells, line), *_by_name(cells, line)):
            if name in amounts:
                cells.wrong(line, "rate" if "rate" in line.cells else name, f"Dokument ma już kwotę {name}.")
            amounts[name] = amount
    flags = (cells.text("flags") or "").replace(",", " ").split()
    return SalesRow(
        **shared,
        amounts=amounts,
        sold_on=cells.day("sold_on"),
        flags=frozenset(map(str.upper, flags)),
        bad_debt_due_on=cells.day("bad_debt_due_on"),
        bad_debt_paid_on=cells.day("bad_debt_paid_on"),
    )


def _by_name(cells: Cells, line: Line) -> Iterator[tuple[str, Decimal]]:
    for name in (*SALE_FIELDS, *PURCHASE_FIELDS):
        if (amount := cells.amount(line, name)) is not None:
            yield name, amount


def _of_rate(cells: Cells, line: Line) -> Iterator[tuple[str, Decimal]]:
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


def _purchase(cells: Cells, lines: list[Line], shared: dict[str, Any]) -> PurchaseEntry:
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
        asset=cells.read(cells.first, "asset", yes) or False,
        imported=cells.read(cells.first, "imported", yes) or False,
    )
