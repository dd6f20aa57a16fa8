"""The live draft of a city: every unit's working register summed, against bare SQL sums over the same schemas.

The baseline is what the database itself needs: one connection, no tenancy, no projection, two sums for each schema.
"""

from __future__ import annotations

import resource
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from psycopg import sql
from sqlalchemy import insert

from app.deployment import Deployment, running
from app.kernel.dates import Month
from app.settings import Settings
from app.ssc import drafts
from app.vat.models import UnitDirectory, VatTaxpayer, purchase, sale
from tenants.models import Tenant
from tenants.upgrade import upgrade
from tests.conftest import make_city, make_unit

UNITS, ROWS = 400, 250_000
MONTH, ON = Month(2026, 9), date(2026, 10, 5)
ACTOR = "bench"


def fill(deployment: Deployment, units: int, rows: int) -> tuple[Tenant, list[Tenant]]:
    """A city whose working registers hold `rows` rows in all, a third of them sales."""
    host = deployment.host
    city = make_city(host, "miasto", "5260250274")
    places = [city, *(make_unit(host, city, f"J{n}", f"Jednostka nr {n}") for n in range(1, units))]
    with host.tenant(city, ACTOR) as session:
        session.add(
            VatTaxpayer(id=1, nip="5260250274", full_name="Miasto", email="vat@miasto.example", tax_office="1421")
        )
        session.add_all(UnitDirectory(code=one.code, name=one.name, short_name=one.code) for one in places)
    each = rows // units
    for place in places:
        with host.tenant(place, ACTOR) as session:
            session.execute(insert(sale), [_sale(number) for number in range(each // 3)])
            session.execute(insert(purchase), [_purchase(number) for number in range(each - each // 3)])
    return city, places


def _row(number: int) -> dict[str, Any]:
    return {
        "id": uuid4(), "year": MONTH.year, "month": MONTH.month, "source": "manual", "source_key": str(number),
        "created_by": ACTOR, "counterparty_no": "5213017228", "counterparty_name": f"Kontrahent {number % 700}",
        "document_no": f"FV/{number}/09/2026", "issued_on": MONTH.first_on + timedelta(days=number % 30),
        "marker": "BFK",
    }  # fmt: skip


def _sale(number: int) -> dict[str, Any]:
    return {**_row(number), "k_19": 100 + number, "k_20": 23 + number}


def _purchase(number: int) -> dict[str, Any]:
    vat = 23 + number
    return {**_row(number), "net": 100, "vat": vat, "use": "taxed", "k_42": 100, "k_43": vat}


def bare(deployment: Deployment, places: list[Tenant]) -> None:
    """The sums alone, schema by schema, on one connection."""
    with deployment.host.admin(places[0].cell) as connection:
        for place in places:
            for table, columns in (("vat_sale", ("k_19", "k_20")), ("vat_purchase", ("k_42", "k_43"))):
                summed = sql.SQL(", ").join(sql.SQL("sum({})").format(sql.Identifier(name)) for name in columns)
                query = sql.SQL("select count(*), {} from {} where year = %s and month = %s and void_reason is null")
                where = sql.Identifier(place.schema_name, table)
                connection.execute(query.format(summed, where), (MONTH.year, MONTH.month)).fetchone()


def run(scale: float) -> dict[str, Any]:
    """At scale 1: 400 units, 250,000 rows. Twice, the better one; reading the projection is measured apart."""
    units, rows = max(2, round(UNITS * scale)), max(60, round(ROWS * scale))
    with tempfile.TemporaryDirectory() as home, running(Settings(home=Path(home), secret_key_text="bench")) as made:
        upgrade(made.host)
        city, places = fill(made, units, rows)
        seconds, baseline, reading = [], [], []
        for _ in range(3):
            begin = time.perf_counter()
            bare(made, places)
            baseline.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            drafts.refresh(made.host, city, MONTH, ON, ACTOR)
            seconds.append(time.perf_counter() - begin)
            begin = time.perf_counter()
            with made.host.tenant(city, ACTOR, read_only=True) as session:
                found = drafts.draft(session, MONTH)
            reading.append(time.perf_counter() - begin)
    assert found.whole is not None
    assert len(found.units) == units
    best, low = min(seconds), min(baseline)
    return {
        "bench": "draft", "scale": scale, "seconds": round(best, 3), "rate": round(units / best), "unit": "units/s",
        "baseline": "the same sums in bare SQL on one connection", "baseline_seconds": round(low, 3),
        "ratio": round(best / low, 2), "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "reading_seconds": round(min(reading), 3), "units": units, "rows": rows,
    }  # fmt: skip
