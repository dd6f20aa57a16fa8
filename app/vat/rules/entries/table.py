"""A CSV file as offices write it: any of three delimiters, UTF-8 or Windows-1250, headers in Polish or English."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from app.kernel.dates import counted
from app.kernel.errors import Refusal
from app.vat.rules.fields import PURCHASE_FIELDS, SALE_FIELDS

BYTES_IN_MB = 1_000_000
LARGEST_BYTES = 16 * BYTES_IN_MB
LONGEST_CELL = 2_000

HEADERS: Mapping[str, tuple[str, ...]] = {
    "side": ("rejestr", "register"),
    "document_type": ("typ_dokumentu", "typ"),
    "document_no": ("numer_dokumentu", "nr_dokumentu", "numer", "dowod"),
    "issued_on": ("data_wystawienia", "data"),
    "sold_on": ("data_sprzedazy",),
    "received_on": ("data_wplywu",),
    "description": ("opis",),
    "rate": ("stawka", "stawka_vat"),
    "net": ("netto", "kwota_netto", "wartosc_netto"),
    "tax": ("podatek", "vat", "kwota_vat", "podatek_vat"),
    "counterparty_no": ("nip", "nip_kontrahenta", "numer_kontrahenta", "nr_kontrahenta"),
    "counterparty_name": ("kontrahent", "nazwa_kontrahenta", "nazwa"),
    "country": ("kraj", "kod_kraju"),
    "marker": ("znacznik", "oznaczenie_dowodu"),
    "ksef_number": ("numer_ksef", "nr_ksef"),
    "flags": ("oznaczenia", "gtu"),
    "margin_gross": ("marza_brutto", "sprzedaz_vat_marza", "zakup_vat_marza"),
    "use": ("przeznaczenie",),
    "asset": ("srodek_trwaly",),
    "imported": ("imp", "import"),
    "internal_kind": ("rodzaj_dowodu", "rodzaj"),
    "till_no": ("numer_kasy", "kasa", "nr_unikatowy"),
    "report_no": ("numer_raportu", "nr_raportu"),
    "report_kind": ("rodzaj_raportu",),
    "returns_gross": ("zwroty_brutto", "zwroty"),
    "receipt_no": ("numer_paragonu", "paragon"),
    "due_on": ("termin_platnosci",),
    "split_payment": ("mpp",),
    "bad_debt_due_on": ("zly_dlug_termin",),
    "bad_debt_paid_on": ("zly_dlug_zaplata",),
    "gross": ("brutto",),
    "paid_apart": ("k35_wplacone",),
}
"""Column → other names of it; a column also answers to its own name. Besides them: K_10 … K_47."""

_NAMES = {
    **{alias: name for name, aliases in HEADERS.items() for alias in (name, *aliases)},
    **{field.lower(): field for field in (*SALE_FIELDS, *PURCHASE_FIELDS)},
}
_REQUIRED = ("document_no", "issued_on")
_SEPARATORS = re.compile(r"[\s./-]+")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in a file: the line (the header is 1) and the column as the file calls it, when there is one."""

    line: int
    column: str | None
    message: str

    def __str__(self) -> str:
        where = f"wiersz {self.line}" + (f", kolumna „{self.column}”" if self.column else "")
        return f"{where}: {self.message}"


class FileRefused(Refusal):
    """A file of which nothing was taken in; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        many = counted(len(problems), "błąd", "błędy", "błędów")
        super().__init__(f"Plik ma {many}; nic z niego nie wczytano.", "file")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Line:
    """Cells by the name of their column, stripped, empty ones left out."""

    no: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """`headers`: column → as the file calls it."""

    headers: Mapping[str, str]
    lines: tuple[Line, ...]
    problems: tuple[Problem, ...]

    def problem(self, line: int, column: str | None, message: str) -> Problem:
        """At the column's own name in this file."""
        return Problem(line, self.headers.get(column, column) if column else None, message)


def read_table(content: bytes) -> Table:
    """Lines with known columns, and what could not be read. Raises `FileRefused` when nothing can be."""
    text = decoded(content)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    problems: list[Problem] = []
    rows = _rows(reader, problems)
    first = next(rows, None)
    if first is None:
        raise FileRefused((*problems, Problem(1, None, "Plik jest pusty.")))
    columns = _columns(first[1], problems)
    lines = []
    for no, cells in rows:
        if len(cells) != len(columns):
            message = f"Wiersz ma {counted(len(cells), 'pole', 'pola', 'pól')}, a nagłówek {len(columns)}."
            problems.append(Problem(no, None, message))
            continue
        if any(len(cell) > LONGEST_CELL for cell in cells):
            problems.append(Problem(no, None, f"Pole ma ponad {LONGEST_CELL} znaków."))
            continue
        stripped = ((name, cell.strip()) for name, cell in zip(columns, cells, strict=True) if name)
        lines.append(Line(no, {name: cell for name, cell in stripped if cell}))
    headers = {name: written.strip() for name, written in zip(columns, first[1], strict=True) if name}
    return Table(headers, tuple(lines), tuple(problems))


def decoded(content: bytes) -> str:
    """The text of a file as offices save it. Raises `FileRefused`."""
    if len(content) > LARGEST_BYTES:
        raise FileRefused((Problem(1, None, f"Plik jest większy niż {LARGEST_BYTES // BYTES_IN_MB} MB."),))
    encodings = ("utf-8-sig", "cp1250")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ("utf-16", "utf-16")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
        break
    raise FileRefused((Problem(1, None, "To nie jest plik CSV zapisany w UTF-8 ani w Windows-1250."),))


def _delimiter(text: str) -> str:
    """The one that the header uses most."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(";,\t", key=header.count)


def _rows(reader: Iterator[list[str]], problems: list[Problem]) -> Iterator[tuple[int, list[str]]]:
    """Rows with the number of their last line; blank ones left out. A broken quotation ends the file."""
    no = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            problems.append(
                Problem(no + 1, None, "Cudzysłów w tym wierszu nie jest zamknięty albo stoi w środku pola.")
            )
            return
        no = getattr(reader, "line_num", no + 1)
        if any(cell.strip() for cell in cells):
            yield no, cells


def _columns(header: list[str], problems: list[Problem]) -> list[str | None]:
    columns: list[str | None] = []
    for written in header:
        name = _NAMES.get(_plain(written))
        if name is None:
            known = ", ".join((*(aliases[0] for aliases in HEADERS.values()), "K_10 … K_47"))
            problems.append(Problem(1, written.strip()[:40], f"Nieznana kolumna. Możliwe: {known}."))
        elif name in columns:
            problems.append(Problem(1, written.strip()[:40], "Ta kolumna jest podana dwa razy."))
        columns.append(name)
    missing = [HEADERS[name][0] for name in _REQUIRED if name not in columns]
    if missing:
        problems.append(Problem(1, None, f"Brakuje kolumn: {', '.join(missing)}."))
    return columns


def _plain(written: str) -> str:
    """ "Data wystawienia" → "data_wystawienia", "Środek trwały" → "srodek_trwaly"."""
    folded = unicodedata.normalize("NFKD", written.strip().casefold().replace("ł", "l"))
    return _SEPARATORS.sub("_", "".join(letter for letter in folded if not unicodedata.combining(letter)))
