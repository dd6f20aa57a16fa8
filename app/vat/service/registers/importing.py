"""Reports of cash registers and internal documents from a file: all of it or nothing, and the same file only once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import Any

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from app.kernel import audit
from app.kernel.dates import Month
from app.kernel.errors import Conflict, Refusal
from app.kernel.money import format_amount
from app.vat.filings.entries import refuse_unwritable
from app.vat.rules.entries.documents import TYPED, Entry, PurchaseEntry, key_of, source_of
from app.vat.rules.entries.file import Document, File, key_in, read
from app.vat.rules.entries.table import FileRefused, Problem
from app.vat.rules.facts import SalesRow
from app.vat.rules.rows import amounts, purchase_row, sales_row
from app.vat.service import deductions, locks
from app.vat.service.registers.entering import columns, insert_new, tell
from app.vat.service.registers.receiving import TABLES

_DETAILS = {
    "issued_on": "data wystawienia", "sold_on": "data sprzedaży", "received_on": "data wpływu",
    "counterparty_no": "numer kontrahenta", "counterparty_name": "kontrahent", "document_type": "typ dokumentu",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Imported:
    """Documents added, those that were here already unchanged, those once voided here; `warnings` by line."""

    added: int
    unchanged: int
    voided: int
    warnings: tuple[Problem, ...]


@dataclass(slots=True)
class _Sorted:
    """Documents of the file as the register sees them."""

    fresh: list[Document]
    unchanged: int
    voided: int


def import_file(session: Session, month: Month, content: bytes) -> Imported:
    """Every document of a CSV file into the month (`entries.file` says what it may look like).

    A document that is here with the same content is not added again, nor is one that somebody voided; one with other
    amounts is an error. Raises `FileRefused` with every problem at once, `Conflict` when the month is closed.
    """
    file = read(content, month)
    problems = [*file.problems, *_unwritable(file)]
    if problems:
        raise FileRefused(tuple(problems))
    basis = deductions.basis(session)
    locks.open_periods(session, [month])
    sorted_out = _sorted(session, month, file, problems)
    rows = _rows(session, month, file, sorted_out.fresh, basis, problems)
    if problems:
        raise FileRefused(tuple(sorted(problems, key=lambda problem: problem.line)))
    for side, table in TABLES.items():
        wanted = [values for document, values in rows if document.side == side]
        wanted.sort(key=itemgetter("source", "source_key"))  # two sessions with the same documents never wait in a ring
        if insert_new(session, table, wanted) != len(wanted):
            raise Conflict("W tej samej chwili te dokumenty wprowadził kto inny. Wczytaj plik jeszcze raz.", "file")
    tell(session, [values["id"] for document, values in rows if document.side == "purchase"])
    if rows:
        audit.record(session, "vat.import_file", f"vat.period:{month}", after={"documents": len(rows)})
    return Imported(len(rows), sorted_out.unchanged, sorted_out.voided, file.warnings)


def _unwritable(file: File) -> Iterator[Problem]:
    for document in file.documents:
        try:
            refuse_unwritable(document.entry)
        except Refusal as refusal:
            yield _problem(file, document, refusal)


def _problem(file: File, document: Document, refusal: Refusal) -> Problem:
    column = (refusal.field or "").rpartition(".")[2]
    return file.table.problem(document.line, column if column in file.table.headers else None, refusal.message)


def _rows(
    session: Session,
    month: Month,
    file: File,
    fresh: list[Document],
    basis: deductions.Basis,
    problems: list[Problem],
) -> list[tuple[Document, dict[str, Any]]]:
    rows = []
    for document in fresh:
        try:
            rows.append(
                (document, columns(session, month, document.entry, document.description, basis, document.known))
            )
        except Refusal as refusal:
            problems.append(_problem(file, document, refusal))
    return rows


def _sorted(session: Session, month: Month, file: File, problems: list[Problem]) -> _Sorted:
    """New documents apart from known ones; a known one with other content is a problem."""
    found = _Sorted([], 0, 0)
    standing = _standing(session, month, file)
    for document in file.documents:
        rows = standing.get(key_in(document, month), [])
        live = next((row for row in rows if row["void_reason"] is None), None)
        if live is not None:
            if changes := list(_changes(live, document.entry)):
                message = (
                    f"Dokument „{document.entry.document_no[:80]}” jest już w rejestrze z inną treścią: "
                    f"{'; '.join(changes)}. Unieważnij wiersz w rejestrze albo popraw plik."
                )
                problems.append(file.table.problem(document.line, "document_no", message))
            found.unchanged += not changes
        elif any(not list(_changes(row, document.entry)) for row in rows):
            found.voided += 1
        else:
            found.fresh.append(document)
    return found


def _standing(session: Session, month: Month, file: File) -> Mapping[tuple[str, str, str], list[RowMapping]]:
    """Rows of the month with the numbers of the file, void ones too, by the key they have or had."""
    standing: dict[tuple[str, str, str], list[RowMapping]] = {}
    for side, table in TABLES.items():
        numbers = {document.entry.document_no for document in file.documents if document.side == side}
        query = select(table).where(
            table.c.year == month.year,
            table.c.month == month.month,
            table.c.source != "ksef",
            table.c.document_no.in_(sorted(numbers)),
        )
        for row in session.execute(query).mappings():
            entry = _entry(row)
            key = key_of(entry, month, row.get("till_no"))
            standing.setdefault((side, source_of(entry), key), []).append(row)
    return standing


def _entry(row: RowMapping) -> Entry:
    """The document as it was entered."""
    if "net" not in row:
        return sales_row(row)
    made = purchase_row(row)
    return PurchaseEntry(
        made.counterparty_no,
        made.counterparty_name,
        made.document_no,
        made.issued_on,
        made.marker,
        row["net"],
        row["vat"],
        amounts=amounts(row, TYPED),
        received_on=made.received_on,
        document_type=made.document_type,
        margin_gross=made.margin_gross,
    )


def _changes(row: RowMapping, new: Entry) -> Iterator[str]:
    """What differs between the row and the document, in words; what a purchase serves is the register's own."""
    old = _entry(row)
    before, after = _amounts(old), _amounts(new)
    for name in sorted({*before, *after}):
        if before.get(name) != after.get(name):
            yield f"{name}: było {_shown(before.get(name))}, jest {_shown(after.get(name))}"
    for detail, words in _DETAILS.items():
        was, is_now = getattr(old, detail, None), getattr(new, detail, None)
        if was != is_now:
            yield f"{words}: było „{was or 'brak'}”, jest „{is_now or 'brak'}”"


def _amounts(entry: Entry) -> dict[str, Decimal]:
    margin = {} if entry.margin_gross is None else {"marża brutto": entry.margin_gross}
    if isinstance(entry, SalesRow):
        return {**margin, **entry.amounts}
    return {**margin, "netto": entry.net, "podatek": entry.vat, **entry.amounts}


def _shown(amount: Decimal | None) -> str:
    return "brak" if amount is None else format_amount(amount)
