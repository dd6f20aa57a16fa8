"""A whole town's month from one number: who there is, every invoice as KSeF delivers it, and the truth about each.

Under the output folder: `city.json` (the town and its units, for provisioning), `packages/*.zip`, `files/*.xml` (what
KSeF and people deliver), `bad/` (what must be refused), `registers/<unit>.csv` (sales without invoices), `truth.jsonl`
(one line a file: file, sha256, ksef_number, invoice_number, side, unit, traps). The same seed gives the same bytes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.ops.demo.city import TAX_OFFICE, TERYT, TOWN, City, make_city
from app.ops.demo.documents import Delivered, Document, sha256
from app.ops.demo.exports import deliver
from app.ops.demo.numbers import Numbers
from app.ops.demo.purchases import Buyer
from app.ops.demo.registers import write_registers
from app.ops.demo.sales import Seller
from app.ops.demo.spoiled import spoil
from app.ops.demo.suppliers import Supplier, make_suppliers

FIRST_MONTH = Month(2026, 2)
"""FA(3) and JPK_V7M(3) hold since then."""
MOST_UNITS, MOST_INVOICES = 2000, 100_000
_SALES_SHARE, _INTERNAL_SHARE = 0.14, 0.01


@dataclass(frozen=True, slots=True)
class Summary:
    """What was made. `files` counts repeats too; `without_third_party` and `traps` count files, `bad` is on top."""

    out: Path
    month: Month
    units: int
    invoices: int
    files: int
    sales: int
    purchases: int
    internal: int
    without_third_party: int
    bad: int
    register_documents: int
    traps: Mapping[str, int]


def generate(units: int, invoices: int, seed: int, month: Month | str, out: Path) -> Summary:
    """Makes the town in the empty (or new) folder `out`. Raises `Refusal` at the option that cannot be met."""
    month = Month.parse(month, "month") if isinstance(month, str) else month
    _check(units, invoices, month, out)
    rng = Random(seed)
    numbers = Numbers(rng)
    city = make_city(rng, numbers, units, month.year)
    suppliers = make_suppliers(rng, numbers, city)
    documents = _documents(rng, numbers, city, suppliers, month, invoices)
    _write_city(city, suppliers, rng, out)
    truth = Counter[str]()
    files = 0
    with (out / "truth.jsonl").open("w", encoding="utf-8") as file:
        for delivered in deliver(documents, rng, month, out):
            file.write(_line(_truth(delivered)))
            truth.update(delivered.traps)
            files += 1
        sound = Buyer(rng, numbers, city, suppliers, month).next()
        bad = spoil(sound, city, numbers, out)
        for path, kind in bad.items():
            file.write(_line(_bad_truth(path, kind, out)))
    sides = Counter(document.side for document in documents)
    return Summary(
        out=out,
        month=month,
        units=units,
        invoices=len(documents),
        files=files,
        sales=sides["sale"],
        purchases=sides["purchase"],
        internal=sides["internal"],
        without_third_party=truth["no_third_party"],
        bad=len(bad),
        register_documents=write_registers(city, month, rng, out),
        traps=dict(sorted(truth.items())),
    )


def _check(units: int, invoices: int, month: Month, out: Path) -> None:
    if not 1 <= units <= MOST_UNITS:
        raise Refusal(f"Liczba jednostek musi być od 1 do {MOST_UNITS}.", "units")
    if not 1 <= invoices <= MOST_INVOICES:
        raise Refusal(f"Liczba faktur musi być od 1 do {MOST_INVOICES}.", "invoices")
    if month < FIRST_MONTH or month.year > 2049:
        raise Refusal(f"Faktury FA(3) są od miesiąca {FIRST_MONTH}; wybierz ten albo późniejszy.", "month")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refusal(f"Folder {out} nie jest pusty. Wskaż nowy albo pusty folder.", "out")
    out.mkdir(parents=True, exist_ok=True)


def _documents(
    rng: Random, numbers: Numbers, city: City, suppliers: tuple[Supplier, ...], month: Month, count: int
) -> list[Document]:
    """Purchases, sales and a few internal invoices, in the order in which KSeF took them."""
    buyer = Buyer(rng, numbers, city, suppliers, month)
    seller = Seller(rng, numbers, city, month)
    documents: list[Document] = []
    for _ in range(count):
        kind = rng.random()
        if kind < _INTERNAL_SHARE and len(city.units) > 1:
            documents.append(seller.internal())
        elif kind < _INTERNAL_SHARE + _SALES_SHARE:
            documents.append(seller.next())
        else:
            documents.append(buyer.next())
    return sorted(documents, key=lambda document: (document.accepted_on, document.ksef_number))


def _truth(delivered: Delivered) -> dict[str, Any]:
    document = delivered.document
    return {
        "file": delivered.file,
        "sha256": delivered.sha256,
        "ksef_number": document.ksef_number,
        "invoice_number": document.invoice.number,
        "side": document.side,
        "unit": document.unit,
        "traps": list(delivered.traps),
    }


def _bad_truth(path: str, kind: str, out: Path) -> dict[str, Any]:
    data = (out / path).read_bytes()
    return {
        "file": path,
        "sha256": sha256(data),
        "ksef_number": Path(path).stem if path.endswith(".xml") else None,
        "invoice_number": None,
        "side": "bad",
        "unit": None,
        "traps": [kind],
    }


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def _write_city(city: City, suppliers: Sequence[Supplier], rng: Random, out: Path) -> None:
    """`customer_numbers`: those customer numbers (about half) that the town's accountants already know by heart."""
    known = [
        {"seller_nip": supplier.nip, "seller_name": supplier.trade.name, "customer_no": number, "unit": code}
        for supplier in suppliers
        for code, number in supplier.customers.items()
        if supplier.trade.monthly and rng.random() < 0.5
    ]
    whole = {
        "name": city.name,
        "town": TOWN,
        "teryt": TERYT,
        "tax_office": TAX_OFFICE,
        "nip": city.nip,
        "regon": city.regon,
        "address": city.address,
        "email": city.email,
        "account": city.account,
        "carried_pln": city.carried_pln,
        "units": [{**asdict(unit), "place": unit.place} for unit in city.units],
        "customer_numbers": known,
        "suppliers": [{"nip": one.nip, "name": one.trade.name, "account": one.account} for one in suppliers],
    }
    (out / "city.json").write_text(json.dumps(whole, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
