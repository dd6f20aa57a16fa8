"""What a unit sells without invoices in a month: reports of its cash registers and internal documents, as plain CSV."""

from __future__ import annotations

import csv
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

from app.kernel.dates import Month
from app.kernel.money import to_grosz
from app.ops.demo.city import City, Unit
from app.ops.demo.documents import PERCENT

FOLDER = "registers"
COLUMNS = ("document_type", "document_no", "issued_on", "description", "rate", "net", "tax")
"""`document_type` RO (report of a cash register) or WEW (internal document); one line a rate; amounts "1234.56"."""

_TILL_RATES = {"sport": ("8", "23"), "housing": ("23", "zw")}
_INTERNAL = {
    "school": ("Obiady uczniów – zestawienie miesięczne", "zw", (400000, 1900000)),
    "school_complex": ("Obiady uczniów – zestawienie miesięczne", "zw", (400000, 1900000)),
    "kindergarten": ("Opłaty za wyżywienie dzieci – zestawienie", "zw", (600000, 2400000)),
    "nursery": ("Opłaty za wyżywienie dzieci – zestawienie", "zw", (300000, 900000)),
    "welfare": ("Odpłatność za usługi opiekuńcze – zestawienie", "zw", (200000, 900000)),
    "office": ("Opłaty za media w lokalach użyczonych", "23", (40000, 300000)),
    "roads": ("Sprzedaż złomu – paragony zbiorczo", "23", (10000, 90000)),
}


def write_registers(city: City, month: Month, rng: Random, out: Path) -> int:
    """`registers/<code>.csv` for every unit; the number of documents."""
    (out / FOLDER).mkdir(parents=True)
    count = 0
    for unit in city.units:
        rows = [*_till_reports(unit, month, rng), *_internal_documents(unit, month, rng)]
        with (out / FOLDER / f"{unit.code}.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(COLUMNS)
            table.writerows(rows)
        count += len({row[1] for row in rows})
    return count


def _till_reports(unit: Unit, month: Month, rng: Random) -> list[tuple[str, ...]]:
    """A report for every day but Sunday."""
    if not unit.till:
        return []
    rows: list[tuple[str, ...]] = []
    for offset in range(month.last_on.day):
        day = month.first_on + timedelta(offset)
        if day.weekday() == 6:
            continue
        number = f"{unit.code}/RO/{day:%d}/{month.month:02d}/{month.year}"
        for rate in _TILL_RATES.get(unit.kind, ("23",)):
            net = Decimal(rng.randrange(20000, 390000)).scaleb(-2)
            rows.append(("RO", number, day.isoformat(), "Raport dobowy kasy", rate, str(net), _tax(net, rate)))
    return rows


def _internal_documents(unit: Unit, month: Month, rng: Random) -> list[tuple[str, ...]]:
    if unit.kind not in _INTERNAL:
        return []
    text, rate, (least, most) = _INTERNAL[unit.kind]
    net = Decimal(rng.randrange(least, most)).scaleb(-2)
    number = f"{unit.code}/WEW/1/{month.month:02d}/{month.year}"
    return [("WEW", number, month.last_on.isoformat(), text, rate, str(net), _tax(net, rate))]


def _tax(net: Decimal, rate: str) -> str:
    return str(to_grosz(net * Decimal(rate) * PERCENT)) if rate.isdigit() else "0.00"
