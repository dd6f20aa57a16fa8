"""One month of a whole city: gather what every unit published, write one JPK_V7M, read it back, record it.

Each step stands alone and may be repeated: gathering reads immutable publications, writing makes a file named by its
content, recording happens once per version. `workers.vat` makes a run of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.kernel.files import Files, Stored
from app.vat.filings import jpk_v7m
from app.vat.queries import policy, publications, returns
from app.vat.rules.consolidation import Consolidated, Part, consolidate, inputs_hash
from app.vat.rules.options import Options
from app.vat.service.returns import Made, record
from tenants import fleet, registry
from tenants.models import Tenant
from tenants.session import Host

SCOPE = "vat"


@dataclass(frozen=True, slots=True)
class Missing:
    """A unit whose publication could not be had: none yet, or the fault that stood in the way (a Polish sentence)."""

    unit: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the units of a city published for a month. `reopened`: units at work on a next version of theirs."""

    parts: tuple[Part, ...]
    missing: tuple[Missing, ...]
    reopened: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A file, and the moment that stands in it."""

    file: Stored
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything a return will be made from. `unchanged`: the newest version, when it was made from the very same."""

    month: Month
    filer: returns.Filer
    consolidated: Consolidated
    carried: Decimal | None
    options: Options
    missing: tuple[Missing, ...]
    inputs_hash: str
    version: int
    unchanged: returns.Version | None = None


def units(host: Host, city: Tenant, on: date) -> list[fleet.Served]:
    """The tenants whose registers make up the city's return: its office and its units, by code."""
    with host.control() as session:
        return fleet.served(session, city, SCOPE, on)


def gather(
    host: Host,
    whom: Sequence[fleet.Served],
    month: Month,
    own_numbers: Collection[str],
    actor: str,
    *,
    workers: int = 1,
    each: Callable[[Tenant], None] | None = None,
) -> Gathered:
    """Visits the units, one transaction each; a fault of one is its own reason to be missing."""

    def work(session: Session, tenant: Tenant) -> tuple[Part, bool] | None:
        publication = publications.latest(session, month)
        if publication is None:
            return None
        part = publications.part(session, tenant.code, tenant.name, publication, own_numbers)
        return part, publications.is_open_again(session, month)

    parts: list[Part] = []
    missing: list[Missing] = []
    reopened: list[str] = []
    for visit in fleet.visit(host, whom, work, actor, read_only=True, workers=workers):
        if visit.value is not None:
            parts.append(visit.value[0])
            reopened += [visit.tenant.code] if visit.value[1] else []
        else:
            missing.append(Missing(visit.tenant.code, visit.tenant.name, _why(visit, month)))
        if each is not None:
            each(visit.tenant)
    return Gathered(tuple(parts), tuple(missing), tuple(reopened))


def _why(visit: fleet.Visit[tuple[Part, bool] | None], month: Month) -> str:
    if isinstance(visit.error, Refusal):
        return visit.error.message
    if visit.error is not None:
        return f"Nie udało się odczytać jej rejestru ({type(visit.error).__name__})."
    barred = "" if visit.tenant.status == "active" else ", a dostęp do niej jest wstrzymany"
    return f"Nie opublikowała rejestru za {month.label}{barred}."


def _inside(sentence: str) -> str:
    """A sentence as it stands in brackets inside another."""
    return sentence[:1].lower() + sentence[1:].removesuffix(".")


def draft(session: Session, month: Month, gathered: Gathered, release_reason: str | None) -> Draft:
    """What the return will say, in the city's session. Raises `Refusal` for missing units nobody released.

    Law: art. 99 ust. 1 ustawy o VAT (jedna deklaracja podatnika); zwolnienie braków to decyzja skarbnika
    """
    if not gathered.parts:
        raise Refusal(f"Żadna jednostka nie opublikowała rejestru za {month.label}.", "month")
    if gathered.missing and not (release_reason or "").strip():
        names = ", ".join(f"{one.unit} ({_inside(one.reason)})" for one in gathered.missing[:20])
        more = f" i jeszcze {len(gathered.missing) - 20}" if len(gathered.missing) > 20 else ""
        raise Refusal(
            f"Brakuje jednostek: {names}{more}. Skarbnik może zwolnić deklarację bez nich, podając powód.",
            "release_reason",
        )
    filer = returns.filer(session)
    carried = returns.carried(session, month)
    options = policy.chosen(session, month).options
    whole = consolidate(gathered.parts, carried, options)
    taxpayer = {
        "nip": filer.taxpayer.nip, "name": filer.taxpayer.name, "email": filer.taxpayer.email,
        "phone": filer.taxpayer.phone, "office": filer.tax_office,
    }  # fmt: skip
    absent = [one.unit for one in gathered.missing]
    digest = inputs_hash(month, taxpayer, filer.own_numbers, carried, gathered.parts, absent, options)
    newest = next(iter(returns.versions(session, month)), None)
    return Draft(
        month,
        filer,
        whole,
        carried,
        options,
        gathered.missing,
        digest,
        newest.version + 1 if newest else 1,
        newest if newest is not None and newest.inputs_hash == digest else None,
    )


def write(
    host: Host, files: Files, whom: Sequence[fleet.Served], made: Draft, purpose: Literal[1, 2], actor: str
) -> Written:
    """The file, streamed from the units' published rows in constant memory."""
    made_at = datetime.now(UTC).replace(microsecond=0)
    header = jpk_v7m.Header(made.month, made.filer.tax_office, made_at, purpose)
    with files.writing() as out:
        write_into(out, host, whom, header, made.filer, made.consolidated, made.options, actor)
    return Written(out.stored, made_at)


def write_into(
    out: jpk_v7m.Out,
    host: Host,
    whom: Sequence[fleet.Served],
    header: jpk_v7m.Header,
    filer: returns.Filer,
    whole: Consolidated,
    options: Options,
    actor: str,
) -> None:
    """The bytes that follow from these inputs, always the same."""
    places = {one.tenant.code: one for one in whom}

    def rows(side: publications.Side) -> Iterator[str]:
        for placed in whole.parts:
            part = placed.part
            first, count = (
                (placed.first_sale_no, part.own.sale_count)
                if side == "sale"
                else (placed.first_purchase_no, part.own.purchase_count)
            )
            if not count:
                continue
            served = places[part.unit]
            with host.tenant(served.tenant, actor, mandate=served.mandate, read_only=True) as session:
                yield from publications.texts(session, part.publication_id, side, first, count, filer.own_numbers)

    control = jpk_v7m.ControlSums(
        whole.sale_count, whole.declaration.tax_due, whole.purchase_count, whole.declaration.tax_input
    )
    choices = jpk_v7m.Choices.of(options, header.purpose)
    jpk_v7m.write_texts(
        out, header, filer.taxpayer, whole.declaration, rows("sale"), rows("purchase"), control, choices
    )


def verify(files: Files, file: Stored) -> None:
    """Reads the finished file back and checks every equation, which the schema does not. Raises `Refusal`."""
    found = jpk_v7m.verify(files.path(file.sha256))
    if found:
        raise Refusal("Plik JPK się nie zgadza: " + " ".join(finding.message for finding in found[:5]), "file")


def keep(
    session: Session, made: Draft, written: Written, purpose: Literal[1, 2], release_reason: str | None
) -> returns.Version:
    """The return as a new version, in the city's session, with everything its bytes follow from."""
    filer = made.filer
    made_from = {
        "made_at": written.made_at.isoformat(),
        "taxpayer": {
            "nip": filer.taxpayer.nip, "name": filer.taxpayer.name, "email": filer.taxpayer.email,
            "phone": filer.taxpayer.phone, "office": filer.tax_office,
        },
        "own_numbers": sorted(filer.own_numbers),
        "carried": None if made.carried is None else f"{made.carried:f}",
        "options": made.options.stored(),
    }  # fmt: skip
    absent = tuple(one.unit for one in made.missing)
    return record(
        session,
        Made(
            made.month, made.version, purpose, made.inputs_hash, made.consolidated, written.file, absent,
            release_reason, made_from,
        ),
    )  # fmt: skip


def city_of(host: Host, slug: str) -> Tenant:
    """The municipality under this slug or TERYT code; raises `Refusal` for a unit."""
    with host.control() as session:
        tenant = registry.known(session, slug)
    if tenant.parent_id is not None:
        raise Refusal(f"„{slug}” to jednostka. Deklarację składa gmina; podaj jej skrót.", "tenant")
    return tenant
