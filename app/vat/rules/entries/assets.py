"""Fixed assets from a CSV file: one a line, every error at its row and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.kernel.dates import parse_date
from app.kernel.errors import Refusal
from app.kernel.money import parse_pln
from app.vat.rules.assets import AssetKind
from app.vat.rules.deduction import Use
from app.vat.rules.entries.table import FileRefused, Problem, decoded
from app.vat.rules.purchase import known_use

MOST_LINES = 5_000
COLUMNS: Mapping[str, str] = {
    "numer": "numer inwentarzowy",
    "nazwa": "nazwa środka trwałego",
    "rodzaj": "ruchomość albo nieruchomość",
    "wartość": "wartość początkowa",
    "podatek": "cały podatek z faktur",
    "od": "data oddania do używania",
    "przeznaczenie": "słowami rejestru: „tylko sprzedaż opodatkowana”",
    "odliczono": "procent, którym odliczono podatek: 20 albo 28,67",
}
KINDS: Mapping[str, AssetKind] = {
    "ruchomość": "movable", "movable": "movable", "nieruchomość": "real_estate", "real_estate": "real_estate",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class AssetFacts:
    """What is told of an asset; złote. With a `purchase_id` the tax, the use and the per cent are those of the row."""

    number: str
    name: str
    kind: AssetKind
    initial_value: Decimal
    vat: Decimal
    in_use_since: date
    use: Use
    deducted_pct: Decimal
    purchase_id: UUID | None = None


def read(content: bytes) -> list[AssetFacts]:
    """Raises `FileRefused` with every problem, when there is any."""
    text = decoded(content)
    delimiter = ";" if ";" in text.partition("\n")[0] else "\t" if "\t" in text.partition("\n")[0] else ","
    rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if any(map(str.strip, row))]
    if not rows:
        raise FileRefused((Problem(1, None, "Plik jest pusty."),))
    header = [cell.strip().casefold() for cell in rows[0]]
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise FileRefused((Problem(1, None, f"Brakuje kolumn: {', '.join(missing)}."),))
    if len(rows) > MOST_LINES:
        raise FileRefused((Problem(1, None, f"Plik może mieć najwyżej {MOST_LINES} wierszy."),))
    problems: list[Problem] = []
    found = [_line(no, dict(zip(header, row, strict=False)), problems) for no, row in enumerate(rows[1:], 2)]
    facts = [one for one in found if one is not None]
    seen: dict[str, int] = {}
    for no, one in enumerate(facts, 2):
        if (first := seen.setdefault(one.number, no)) != no:
            problems.append(Problem(no, "numer", f"Ten numer jest już w wierszu {first}."))
    if problems or not facts:
        raise FileRefused(tuple(problems) or (Problem(1, None, "Plik nie ma żadnego środka trwałego."),))
    return facts


def _line(no: int, cells: Mapping[str, str], problems: list[Problem]) -> AssetFacts | None:
    values: dict[str, Any] = {}
    for name, how in _READ.items():
        text = cells.get(name, "").strip()
        try:
            if not text:
                raise Refusal("Wypełnij to pole.")
            values[name] = how(text)
        except Refusal as refusal:
            problems.append(Problem(no, name, refusal.message))
    if len(values) < len(_READ):
        return None
    return AssetFacts(
        values["numer"], values["nazwa"], values["rodzaj"], values["wartość"], values["podatek"], values["od"],
        values["przeznaczenie"], values["odliczono"],
    )  # fmt: skip


def _kind(text: str) -> AssetKind:
    if text.casefold() not in KINDS:
        raise Refusal("Wpisz „ruchomość” albo „nieruchomość”.")
    return KINDS[text.casefold()]


_READ: Mapping[str, Callable[[str], Any]] = {
    "numer": lambda text: " ".join(text.split()),
    "nazwa": lambda text: " ".join(text.split()),
    "rodzaj": _kind,
    "wartość": parse_pln,
    "podatek": parse_pln,
    "od": parse_date,
    "przeznaczenie": lambda text: known_use(text.casefold()),
    "odliczono": lambda text: parse_pln(text.removesuffix("%").strip()),
}
