"""A month of a city: from what every unit published to one verified JPK_V7M, against bare lxml writing those rows."""

from __future__ import annotations

import io
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from lxml import etree
from sqlalchemy import insert

from app.deployment import Deployment, running
from app.kernel.dates import Month
from app.settings import Settings
from app.ssc import consolidation
from app.vat.filings import jpk_v7m
from app.vat.filings.jpk_v7m import NAMESPACE
from app.vat.models import UnitDirectory, VatPublication, VatTaxpayer, published_purchase, published_sale
from app.vat.queries import returns
from app.vat.rules.facts import Marker, PurchaseRow, SalesRow
from app.vat.rules.totals import add_up
from tenants.models import Tenant
from tenants.upgrade import upgrade
from tests.conftest import make_city, make_unit

UNITS, ROWS = 400, 250_000
MONTH = Month(2026, 9)
ACTOR = "bench"
NUMBER = "5265877635-20250826-0100001AF629-AF"
_RATES = ((19, 20, 23), (17, 18, 8), (15, 16, 5))


def sale(number: int) -> SalesRow:
    """A row as a unit has them: three rates, exempt ones, receipts."""
    net = Decimal(1000 + number * 37 % 500_000).scaleb(-2)
    if number % 4 == 3:
        amounts = {"K_10": net}
    else:
        base, tax, rate = _RATES[number % 3]
        amounts = {f"K_{base}": net, f"K_{tax}": (net * rate / 100).quantize(Decimal("0.01"))}
    day = MONTH.first_on + timedelta(days=number % 30)
    marker = Marker("DI") if number % 10 == 0 else Marker("NrKSeF", NUMBER)
    name = f"Przedsiębiorstwo Usługowe „Kontrahent {number % 700}” sp. z o.o."
    document = f"FV/{number}/09/2026"
    kind = "RO" if number % 10 == 0 else None
    return SalesRow("5213017228", name, document, day, marker, amounts, document_type=kind)  # type: ignore[arg-type]


def purchase(number: int) -> PurchaseRow:
    net = Decimal(2000 + number * 53 % 900_000).scaleb(-2)
    amounts = {"K_42": net, "K_43": (net * 23 / 100).quantize(Decimal("0.01"))}
    day = MONTH.first_on + timedelta(days=number % 30)
    name = f"Dostawca „Hurt {number % 900}” s.a."
    document = f"{number}/FA/2026"
    return PurchaseRow("5213017228", name, document, day, Marker("NrKSeF", NUMBER), amounts, received_on=day)


def fill(deployment: Deployment, units: int, rows: int) -> tuple[Tenant, list[int]]:
    """A city whose units published `rows` rows in all, a third of them sales; rows of each unit."""
    host = deployment.host
    city = make_city(host, "miasto", "5260250274")
    places = [city, *(make_unit(host, city, f"J{n}", f"Jednostka nr {n}") for n in range(1, units))]
    with host.tenant(city, ACTOR) as session:
        session.add(
            VatTaxpayer(id=1, nip="5260250274", full_name="Miasto", email="vat@miasto.example", tax_office="1421")
        )
        session.add_all(UnitDirectory(code=one.code, name=one.name, short_name=one.code) for one in places)
    counts = [rows // units + (1 if n < rows % units else 0) for n in range(units)]
    for place, count in zip(places, counts, strict=True):
        sales = [sale(number) for number in range(count // 3)]
        purchases = [purchase(number) for number in range(count - len(sales))]
        with host.tenant(place, ACTOR) as session:
            sums = add_up([*(row.amounts for row in sales), *(row.amounts for row in purchases)])
            publication = VatPublication(
                year=MONTH.year, month=MONTH.month, version=1, hash=f"{uuid4().hex}{uuid4().hex}",
                sums={name: str(amount) for name, amount in sums.items()}, sale_count=len(sales),
                purchase_count=len(purchases), completed_by="a", signed_by="b",
            )  # fmt: skip
            session.add(publication)
            session.flush()
            if sales:
                session.execute(insert(published_sale), list(_published(publication, sales, jpk_v7m.sales_body)))
            bodies = _published(publication, purchases, jpk_v7m.purchase_body)
            session.execute(insert(published_purchase), list(bodies))
    return city, counts


def _published(publication: VatPublication, rows: list[Any], body: Any) -> Iterator[dict[str, Any]]:
    for pos, row in enumerate(rows, 1):
        yield {
            "publication_id": publication.id, "pos": pos, "row_id": uuid4(), "body": body(pos, row),
            "counterparty_no": row.counterparty_no, "counterparty_name": row.counterparty_name,
            "document_no": row.document_no, "issued_on": row.issued_on, "marker": row.marker.kind,
            "ksef_number": row.marker.ksef_number, "document_type": row.document_type,
            **{name.lower(): row.amounts.get(name) for name in _names(row)},
        }  # fmt: skip


def _names(row: SalesRow | PurchaseRow) -> tuple[str, ...]:
    return ("K_10", "K_15", "K_16", "K_17", "K_18", "K_19", "K_20") if isinstance(row, SalesRow) else ("K_42", "K_43")


def consolidate(deployment: Deployment, city: Tenant) -> int:
    """The whole job; bytes of the file."""
    host, files = deployment.host, deployment.files(city)
    whom = consolidation.units(host, city, date(2026, 10, 5))
    with host.tenant(city, ACTOR) as session:
        own = returns.filer(session).own_numbers
    gathered = consolidation.gather(host, whom, MONTH, own, ACTOR, workers=2)
    with host.tenant(city, ACTOR) as session:
        draft = consolidation.draft(session, MONTH, gathered, None)
    file = consolidation.write(host, files, whom, draft, 1, ACTOR)
    consolidation.verify(files, file.file)
    with host.tenant(city, ACTOR) as session:
        consolidation.keep(session, draft, file, 1, None)
    return file.file.size


def bare(counts: list[int], out: io.BufferedWriter) -> None:
    """The same rows through lxml's `xmlfile`, with nothing else: no reading, no checks, no sums."""
    with etree.xmlfile(out, encoding="utf-8") as file, file.element("JPK", nsmap={None: NAMESPACE}):
        for side in ("SprzedazWiersz", "ZakupWiersz"):
            for count in counts:
                for number in range(count // 3 if side == "SprzedazWiersz" else count - count // 3):
                    row = sale(number) if side == "SprzedazWiersz" else purchase(number)
                    with file.element(side):
                        for name, value in fields(number, row):
                            with file.element(name):
                                file.write(value)


def fields(number: int, row: SalesRow | PurchaseRow) -> Iterator[tuple[str, str]]:
    sells = isinstance(row, SalesRow)
    yield ("LpSprzedazy" if sells else "LpZakupu"), str(number)
    yield ("NrKontrahenta" if sells else "NrDostawcy"), row.counterparty_no
    yield ("NazwaKontrahenta" if sells else "NazwaDostawcy"), row.counterparty_name
    yield ("DowodSprzedazy" if sells else "DowodZakupu"), row.document_no
    yield ("DataWystawienia" if sells else "DataZakupu"), row.issued_on.isoformat()
    if isinstance(row, PurchaseRow) and row.received_on:
        yield "DataWplywu", row.received_on.isoformat()
    yield (row.marker.kind, row.marker.ksef_number or "1")
    if row.document_type:
        yield "TypDokumentu", row.document_type
    for name, amount in row.amounts.items():
        yield name, f"{amount:.2f}"


def run(scale: float) -> dict[str, Any]:
    """Rows a second, and how many times longer than bare lxml it takes (2 is the bound the project set itself)."""
    units, rows = max(2, int(UNITS * scale)), max(20, int(ROWS * scale))
    with tempfile.TemporaryDirectory() as home, running(Settings(home=Path(home), secret_key_text="bench")) as made:
        upgrade(made.host)
        city, counts = fill(made, units, rows)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        start = time.perf_counter()
        size = consolidate(made, city)
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        texts = time.perf_counter()
        for number in range(rows):
            sale(number) if number % 3 == 0 else purchase(number)
        making = time.perf_counter() - texts
        with (Path(home) / "bare.xml").open("wb") as out:
            start = time.perf_counter()
            bare(counts, out)
            baseline = time.perf_counter() - start - making
    return {
        "bench": "consolidate", "scale": scale, "seconds": round(seconds, 2), "rate": round(rows / seconds),
        "unit": "rows/s", "baseline": "lxml xmlfile, the same rows from memory", "baseline_seconds": round(baseline, 2),
        "ratio": round(seconds / baseline, 2), "peak_mb": round(peak / 1024), "grown_mb": round((peak - before) / 1024),
        "units": units, "rows": rows, "file_mb": round(size / 1e6, 1),
    }  # fmt: skip
