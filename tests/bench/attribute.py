"""Whose each invoice is: signs, the city's history from its schema, the decision; against bare reading of the same.

Two months of a capital that does not exist; the first is confirmed by the truth and taught to the schema, of the second
each batch is read, looked at and decided with one question to the memory, in one process and one thread.
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random
from typing import Any

from app.deployment import running
from app.ops.demo.capital.cards import make_suppliers
from app.ops.demo.capital.trial import MONTHS
from app.ops.demo.capital.units import Capital, make_capital
from app.ops.demo.capital.writing import Office, Written
from app.ops.demo.numbers import Numbers
from app.settings import Settings
from app.vat.filings import fa3
from app.vat.filings.intake import City
from app.vat.queries.directory import city
from app.vat.queries.memory import memory
from app.vat.rules.attribution import Lesson, Memory, decide, learn, lesson, look, threshold
from app.vat.service import memory as service
from app.vat.service.directory import DirectoryEntry, TaxpayerEntry, put, put_taxpayer
from tenants import registry
from tenants.models import Kind, Tenant
from tenants.registry import TenantData
from tenants.session import Host
from tenants.upgrade import upgrade

INVOICES, UNITS, AT_ONCE = 13_000, 1000, 250


def pieces(documents: Sequence[tuple[Written, bytes]]) -> Iterator[Sequence[tuple[Written, bytes]]]:
    for start in range(0, len(documents), AT_ONCE):
        yield documents[start : start + AT_ONCE]


def prepare(host: Host, tenant: Tenant, capital: Capital) -> None:
    """The taxpayer and its units."""
    with host.tenant(tenant, "bench") as session:
        put_taxpayer(session, TaxpayerEntry(capital.nip, "Miasto Stołeczne Warszawa", "vat@stolica.example", "1471"))
        for unit in capital.units:
            known = unit.in_directory
            put(
                session,
                DirectoryEntry(
                    known.code, known.name, unit.short, nip=known.nip, internal_id=next(iter(known.internal_ids), None),
                    address_line=known.address_line1, postal_code=known.postal_code, city=known.city,
                    email=next(iter(known.emails), None), aliases=known.aliases, is_office=known.office,
                ),
            )  # fmt: skip


def confirm(host: Host, tenant: Tenant, nip: str, month: Sequence[tuple[Written, bytes]]) -> City:
    """The first month, every invoice confirmed; what it taught is in the schema afterwards."""
    clues: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
    signs: dict[str, tuple[int, int]] = {}
    lessons: list[Lesson] = []
    with host.tenant(tenant, "bench") as session:
        taxpayer = city(session)
        now = Memory(taxpayer.units.standings, clues, signs)
        for piece in pieces(month):
            looked = [(one, look(fa3.read(data), taxpayer.units, nip)) for one, data in piece]
            taught = [lesson(found, one.unit, now) for one, found in looked if one.unit]
            learn(taught, clues, signs)
            lessons += taught
        service.add(session, lessons)
    return taxpayer


def run(scale: float) -> dict[str, Any]:
    """Invoices a second from bytes to decision; `decide_rate`: without reading; `share`: decided without a person.

    `cpu_rate`: by this process's own time, which a busy machine does not stretch (the server's is not in it).
    """
    count, size = max(100, int(INVOICES * scale)), max(20, int(UNITS * scale))
    rng = Random(1)
    numbers = Numbers(rng)
    capital = make_capital(rng, numbers, size)
    office = Office(rng, numbers, capital, make_suppliers(rng, numbers, capital))
    months = [[(one, fa3.write(one.invoice)) for one in office.month(month, count)] for month in MONTHS]
    with tempfile.TemporaryDirectory() as place, running(
        Settings(home=Path(place) / "home", secret_key_text="bench")
    ) as made:  # fmt: skip
        upgrade(made.host)
        known = TenantData("stolica", "UM", "Stolica", "Urząd", nip=capital.nip, teryt="1421021")
        tenant = registry.create(made.host, Kind.MUNICIPALITY, known, "bench")[0]
        prepare(made.host, tenant, capital)
        taxpayer = confirm(made.host, tenant, capital.nip, months[0])
        start = time.perf_counter()
        for _, data in months[1]:
            fa3.read(data)
        baseline = time.perf_counter() - start
        reading, deciding, assigned, right = 0.0, 0.0, 0, 0
        own = time.process_time()
        with made.host.tenant(tenant, "bench", read_only=True) as session:
            for piece in pieces(months[1]):
                start = time.perf_counter()
                invoices = [fa3.read(data) for _, data in piece]
                reading += time.perf_counter() - start
                start = time.perf_counter()
                found = [look(invoice, taxpayer.units, capital.nip) for invoice in invoices]
                remembered = memory(session, found)
                limit = threshold(remembered.signals)
                decided = [decide(one, remembered, limit) for one in found]
                deciding += time.perf_counter() - start
                assigned += sum(one.unit is not None for one in decided)
                right += sum(
                    one.unit is not None and one.unit == written.unit
                    for one, (written, _) in zip(decided, piece, strict=True)
                )
    own = time.process_time() - own
    seconds = reading + deciding
    return {
        "bench": "attribute", "scale": scale, "seconds": round(seconds, 2), "rate": round(count / seconds),
        "unit": "invoices/s", "baseline": "reading the same FA(3) bytes, nothing else, in one process",
        "baseline_seconds": round(baseline, 2), "ratio": round(seconds / baseline, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "decide_rate": round(count / deciding), "cpu_rate": round(count / own), "share": round(assigned / count, 4),
        "precision": round(right / assigned, 6) if assigned else 1.0,
    }  # fmt: skip
