"""Invoices issued one by one, each a committed transaction, and printed; against bare lxml that validates the same XML
and against Typst compiling one page of text."""

from __future__ import annotations

import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import typst
from lxml import etree

from app.deployment import running
from app.settings import Settings
from app.vat.filings.fa3.document import _schema
from app.vat.queries.issuing import invoices
from app.vat.queries.issuing.printing import printed
from app.vat.service import issuing
from tenants.upgrade import upgrade
from tests.conftest import make_city, make_unit
from tests.vat.issuing.conftest import SINCE
from tests.vat.issuing.samples import ISSUER, ON, ORDINARY, line

ACTOR = "bench"
INVOICES, PAGES, LINES = 1000, 200, 5
DRAFT = replace(ORDINARY, lines=tuple(line(gtu="GTU_12") for _ in range(LINES)))


def run(scale: float) -> dict[str, Any]:
    """Invoices a second with XML, schema, hash, register row and commit; then PDFs a second."""
    count, pages = max(20, int(INVOICES * scale)), max(10, int(PAGES * scale))
    with tempfile.TemporaryDirectory() as place, running(
        Settings(home=Path(place) / "home", secret_key_text="bench")
    ) as made:  # fmt: skip
        upgrade(made.host)
        unit = make_unit(made.host, make_city(made.host, "bench", ISSUER.nip), "SP1", "Szkoła")
        with made.host.tenant(unit, ACTOR) as session:
            issuing.set_issuer(session, ISSUER, SINCE)
        keys = []
        start = time.perf_counter()
        for _ in range(count):
            with made.host.tenant(unit, ACTOR) as session:
                keys.append(issuing.issue(session, DRAFT, ON).id)
        seconds = time.perf_counter() - start
        with made.host.tenant(unit, ACTOR, read_only=True) as session:
            files = [invoices.invoice(session, key).xml for key in keys]
            start = time.perf_counter()
            for xml in files:
                _schema().validate(etree.fromstring(xml))
            bare = time.perf_counter() - start
            printed(session, files[0])
            start = time.perf_counter()
            for xml in files[:pages]:
                printed(session, xml)
            printing = time.perf_counter() - start
        plain_page = Path(place) / "plain.typ"
        plain_page.write_text("= Faktura\n#lorem(200)")
        compiler = typst.Compiler(plain_page, ignore_system_fonts=True)
        start = time.perf_counter()
        for _ in range(pages):
            compiler.compile(format="pdf")
        plain = time.perf_counter() - start
    return {
        "bench": "issue", "scale": scale, "seconds": round(seconds, 3), "rate": round(count / seconds),
        "unit": "invoices/s", "baseline": "lxml parsing and validating the same XML",
        "baseline_seconds": round(bare, 3),
        "ratio": round(seconds / bare, 2), "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "pdf_rate": round(pages / printing), "plain_pdf_rate": round(pages / plain),
        "pdf_ratio": round(printing / plain, 2),
    }  # fmt: skip
