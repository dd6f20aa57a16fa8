"""A city's KSeF box taken in whole, against bare lxml that parses and validates the same files in one process."""

from __future__ import annotations

import json
import resource
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from app.deployment import running
from app.ops.demo.generator import generate
from app.ops.onboarding import found_city
from app.settings import Settings
from app.ssc.inbox import Import, import_paths
from app.vat.filings.fa3.document import _schema
from tenants.upgrade import upgrade

INVOICES, UNITS = 10_000, 40
ACTOR = "bench"


def files(folder: Path) -> Iterator[bytes]:
    """Every document under the folder, unpacked."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                yield from (archive.read(info) for info in archive.infolist() if info.filename.endswith(".xml"))
        elif path.suffix == ".xml":
            yield path.read_bytes()


def bare(folders: list[Path]) -> int:
    """Parsed and validated in one process, nothing else: no facts, no checks, no database."""
    schema, count = _schema(), 0
    for folder in folders:
        for data in files(folder):
            count += schema.validate(etree.fromstring(data))
    return count


def run(scale: float) -> dict[str, Any]:
    """Invoices a second; the second import of the same (`again_seconds`) finds everything and stores nothing."""
    invoices = max(50, int(INVOICES * scale))
    with tempfile.TemporaryDirectory() as place, running(
        Settings(home=Path(place) / "home", secret_key_text="bench")
    ) as made:  # fmt: skip
        upgrade(made.host)
        out = Path(place) / "city"
        generate(UNITS, invoices, 1, "2026-09", out)
        municipality = found_city(made.host, json.loads((out / "city.json").read_text()), ACTOR).city
        sources = [out / "packages", out / "files"]
        bare(sources[1:])
        start = time.perf_counter()
        valid = bare(sources)
        baseline = time.perf_counter() - start
        start = time.perf_counter()
        report = import_paths(made.host, municipality, Import(sources), ACTOR)
        seconds = time.perf_counter() - start
        start = time.perf_counter()
        again = import_paths(made.host, municipality, Import(sources), ACTOR)
        again_seconds = time.perf_counter() - start
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    if report.total != valid or again.stored or again.total != valid:
        raise AssertionError(f"not everything is accounted for: {report} {again}, {valid} valid documents")
    return {
        "bench": "import", "scale": scale, "seconds": round(seconds, 2), "rate": round(report.total / seconds),
        "unit": "documents/s", "baseline": "lxml, parsing and validating the same files in one process",
        "baseline_seconds": round(baseline, 2), "ratio": round(seconds / baseline, 2),
        "peak_mb": round(max(peaks) / 1024), "documents": report.total, "again_seconds": round(again_seconds, 2),
    }  # fmt: skip
