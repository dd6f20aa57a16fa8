"""Importing into a city's KSeF inbox: files, folders and packages, read once, examined in parallel, stored in batches.

Every batch is one transaction; a process killed at any moment leaves whole batches, and importing again completes them.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TypeVar

import psycopg
from sqlalchemy.exc import OperationalError

from app.deployment import Deployment
from app.kernel.clock import today
from app.kernel.errors import Refusal
from app.ssc.delivery import deliver
from app.ssc.examination import examined, pieces
from app.vat.filings.intake import City, Document, Rejected, Taken, refuse
from app.vat.filings.package import Delivered, Limits, Refused, entries
from app.vat.queries.directory import city as city_of
from app.vat.service.inbox import Batch, Fate, store
from tenants.models import Kind, Tenant
from tenants.session import Host

T = TypeVar("T")

_PAUSES = (0.5, 1, 2, 4, 8)
"""Seconds between attempts while the database restarts."""


@dataclass(slots=True)
class Report:
    """What became of every document: `total` = assigned + queued + internal + duplicates + quarantined + known.

    `numbered` of the duplicates brought a KSeF number that was missing; `known` are in quarantine from before.
    """

    total: int = 0
    assigned: int = 0
    queued: int = 0
    internal: int = 0
    duplicates: int = 0
    numbered: int = 0
    quarantined: int = 0
    known: int = 0

    @property
    def stored(self) -> int:
        return self.assigned + self.queued + self.internal

    def add(self, fates: Sequence[Fate]) -> None:
        names = {"duplicate": "duplicates"}
        for fate in fates:
            name = names.get(fate.outcome, fate.outcome)
            setattr(self, name, getattr(self, name) + 1)
            self.numbered += fate.numbered
        self.total += len(fates)

    def as_json(self) -> dict[str, int]:
        return {"total": self.total, "stored": self.stored, **{k: v for k, v in asdict(self).items() if k != "total"}}


@dataclass(frozen=True, slots=True)
class Import:
    """What to import and how. `workers`: processes that examine, None = as many as there are cores; `source`: what the
    import is called where imports are listed, None = its paths."""

    paths: Sequence[Path]
    workers: int | None = None
    source: str | None = None
    limits: Limits = field(default_factory=Limits)
    on: date = field(default_factory=today)


def import_paths(
    host: Host,
    municipality: Tenant,
    wanted: Import,
    actor: str,
    tell: Callable[[Sequence[Fate]], None] = lambda fates: None,
) -> Report:
    """Takes everything under the paths in; `tell` hears the fate of documents, batch by batch, as they are stored.

    Raises `Refusal` before anything is read: for a path that is not there, a tenant that is no municipality, a city
    without a taxpayer or units. After that nothing stops it but a database that stays away.
    """
    if municipality.kind != Kind.MUNICIPALITY:
        raise Refusal(f"{municipality.name} nie jest gminą; faktury KSeF wczytuje się do skrzynki gminy.", "tenant")
    found = [(path, entries(path, wanted.limits)) for path in wanted.paths]
    city = _patiently(partial(_city, host, municipality, actor))
    report = Report()
    batch = Batch(wanted.source or ", ".join(str(path) for path in wanted.paths))
    documents = chain.from_iterable(_named(path, inside) for path, inside in found)
    for piece in examined(pieces(documents), city, wanted.on, wanted.workers or os.cpu_count() or 1):
        fates = _patiently(partial(_stored, host, municipality, actor, batch, piece))
        report.add(fates)
        tell(fates)
    return report


def import_kept(deployment: Deployment, municipality: Tenant, sha256: str, name: str, actor: str) -> dict[str, int]:
    """A file of the city's store, taken in under the name it was handed in with, and delivered; the counts.

    The import has transactions of its own: done again after a crash it finds what it stored.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (Path(name).name or "plik")
        path.symlink_to(deployment.files(municipality).path(sha256).absolute())
        wanted = Import([path], workers=1, source=name)
        report = import_paths(deployment.host, municipality, wanted, actor)
    deliver(deployment.host, municipality, actor, wanted.on)
    return report.as_json()


def _named(root: Path, inside: Iterator[Delivered | Refused]) -> Iterator[Document | Rejected]:
    """Under names that tell where they are: "paczka.zip/faktura.xml" below the path that was asked for."""
    base = str(root if root.is_dir() else root.parent)
    for one in inside:
        place = os.path.relpath(one.source, base).replace(os.sep, "/")
        name = one.name if place == one.name else one.name if place == "." else f"{place}/{one.name}"
        yield refuse(name, one) if isinstance(one, Refused) else Document(name, one.data, one.ksef_number)


def _patiently(work: Callable[[], T]) -> T:
    """Tried again while the database is away. Only for work that may be done twice."""
    pauses = iter(_PAUSES)
    while True:
        try:
            return work()
        except (OperationalError, psycopg.OperationalError):
            if (pause := next(pauses, None)) is None:
                raise
            time.sleep(pause)


def _city(host: Host, municipality: Tenant, actor: str) -> City:
    with host.tenant(municipality, actor, read_only=True) as session:
        return city_of(session)


def _stored(
    host: Host, municipality: Tenant, actor: str, batch: Batch, documents: Sequence[Taken | Rejected]
) -> list[Fate]:
    """One transaction."""
    with host.tenant(municipality, actor) as session:
        return store(session, batch, documents)


def expected(paths: Sequence[Path]) -> int:
    """About how many documents there are, for a progress bar: files, and what packages say they hold."""
    count = 0
    for path in paths:
        files = (Path(folder) / name for folder, _, names in os.walk(path) for name in names)
        for file in [path] if path.is_file() else files:
            count += _listed(file) if file.suffix.lower() == ".zip" else 1
    return count


def _listed(package: Path) -> int:
    """From the end of a ZIP, without believing it."""
    try:
        with package.open("rb") as opened:
            opened.seek(max(0, opened.seek(0, os.SEEK_END) - 65_558))
            tail = opened.read()
    except OSError:
        return 1
    end = tail.rfind(b"PK\x05\x06")
    return max(1, int.from_bytes(tail[end + 10 : end + 12], "little")) if end >= 0 else 1
