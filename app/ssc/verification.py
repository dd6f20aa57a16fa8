"""Proving a month: every published version of every unit, and every JPK version, is made again and compared.

Rows are read as they were published, texts and sums are made anew from their columns, the file is written anew from the
texts; a byte that differs anywhere is found and named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import NotFound, Refusal
from app.kernel.files import Files
from app.ssc import consolidation
from app.vat.filings import jpk_v7m
from app.vat.queries import publications, returns
from app.vat.queries.registers.versions import all_versions
from app.vat.rules.consolidation import Part, consolidate
from app.vat.service import periods
from tenants import fleet
from tenants.models import Tenant
from tenants.session import Host


@dataclass(frozen=True, slots=True)
class Checked:
    """One version made again. `unit` None: the city's return. `problems`: Polish sentences, none when it is right."""

    unit: str | None
    month: Month
    version: int
    problems: tuple[str, ...]


class _Hash:
    """Takes the bytes of a file and keeps their SHA-256 only."""

    def __init__(self) -> None:
        self.sha256, self.size = hashlib.sha256(), 0

    def write(self, data: bytes, /) -> None:
        self.sha256.update(data)
        self.size += len(data)


def check(
    host: Host, files: Files, city: Tenant, whom: Sequence[fleet.Served], month: Month | None, actor: str
) -> Iterator[Checked]:
    """Every version of the month (of all months when None): the units' first, then the city's."""

    def units(session: Session, tenant: Tenant) -> list[Checked]:
        return [
            Checked(tenant.code, Month(one.year, one.month), one.version, periods.verify(session, one.id))
            for one in all_versions(session, month)
        ]

    for visit in fleet.visit(host, whom, units, actor, read_only=True):
        if visit.value is None:
            assert visit.error is not None
            fault = visit.error.message if isinstance(visit.error, Refusal) else type(visit.error).__name__
            yield Checked(
                visit.tenant.code, month or Month(1900, 1), 0, (f"Nie udało się sprawdzić jednostki: {fault}",)
            )
        else:
            yield from visit.value
    with host.tenant(city, actor, read_only=True) as session:
        found = [(made, returns.parts(session, made)) for made in returns.all_versions(session, month)]
    for made, parts in found:
        yield Checked(None, made.month, made.version, tuple(_again(host, files, whom, made, parts, actor)))


def _again(
    host: Host,
    files: Files,
    whom: Sequence[fleet.Served],
    made: returns.Version,
    kept: Sequence[returns.UnitPart],
    actor: str,
) -> Iterator[str]:
    try:
        for _ in files.pieces(made.file.sha256):
            pass
    except NotFound as lost:
        yield f"Plik wersji: {lost.message}"
    if not made.made_from:
        yield "Wersja powstała, zanim zapisywano dane potrzebne do odtworzenia; sprawdzono tylko jej plik."
        return
    filer = _filer(made)
    parts: list[Part] = []
    for part in kept:
        one, problem = _part(host, whom, part, filer.own_numbers, actor)
        if problem is not None:
            yield problem
        if one is not None:
            parts.append(one)
    if len(parts) != len(kept):
        return
    carried = made.made_from["carried"]
    whole = consolidate(parts, None if carried is None else Decimal(carried), made.options)
    for name in sorted({*whole.declaration.positions, *made.declaration}):
        old, new = made.declaration.get(name), whole.declaration.positions.get(name)
        if old != new:
            yield f"{name}: w wersji {old}, z rejestrów wychodzi {new}."
    purpose: Literal[1, 2] = 2 if made.purpose == 2 else 1
    header = jpk_v7m.Header(made.month, filer.tax_office, datetime.fromisoformat(made.made_from["made_at"]), purpose)
    out = _Hash()
    try:
        consolidation.write_into(out, host, whom, header, filer, whole, made.options, actor)
    except Refusal as refusal:
        yield f"Pliku nie da się zapisać ponownie: {refusal.message}"
        return
    if out.sha256.hexdigest() != made.file.sha256:
        yield f"Plik zapisany ponownie jest inny (SHA-256 {out.sha256.hexdigest()[:16]}…, {out.size} bajtów)."


def _filer(made: returns.Version) -> returns.Filer:
    said = made.made_from["taxpayer"]
    taxpayer = jpk_v7m.Taxpayer(said["nip"], said["name"], said["email"], said["phone"])
    return returns.Filer(taxpayer, said["office"], frozenset(made.made_from["own_numbers"]))


def _part(
    host: Host, whom: Sequence[fleet.Served], part: returns.UnitPart, own_numbers: frozenset[str], actor: str
) -> tuple[Part | None, str | None]:
    served = next((one for one in whom if one.tenant.code == part.unit), None)
    if served is None:
        return None, f"{part.unit}: jednostki nie ma już wśród obsługiwanych, więc jej wierszy nie można odczytać."
    with host.tenant(served.tenant, actor, mandate=served.mandate, read_only=True) as session:
        found = publications.by_id(session, part.publication_id)
        if found is None:
            return None, f"{part.unit}: nie ma wersji {part.publication_version} jej rejestru."
        again = publications.part(session, part.unit, served.tenant.name, found, own_numbers)
    problem = None
    if found.hash != part.publication_hash:
        problem = (
            f"{part.unit}: skrót wersji {part.publication_version} rejestru jest inny niż przy tworzeniu deklaracji."
        )
    elif again.own.sums != part.sums:
        problem = f"{part.unit}: sumy wersji {part.publication_version} rejestru są inne niż przy tworzeniu deklaracji."
    return again, problem
