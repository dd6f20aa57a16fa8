"""The live draft of a city: units asked in short read-only transactions, projected into the city's own schema.

Whoever looks reads one table; the units are asked again at most once in so many seconds for all who look together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.ssc import consolidation
from app.vat.queries import drafts, policy, publications, returns
from app.vat.queries.drafts import UnitDraft
from app.vat.queries.registers.month import Stage, stage
from app.vat.rules.consolidation import Consolidated, Part, Share, consolidate
from app.vat.service import drafts as service
from tenants import fleet
from tenants.models import Tenant
from tenants.session import Host

FRESH_SECONDS = 30
"""How old a projection may be that a page shows again by itself."""
NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class CityDraft:
    """The city's return as it would be now. `whole` None: it cannot be made, `problem` says why (Polish)."""

    month: Month
    units: tuple[UnitDraft, ...]
    whole: Consolidated | None
    problem: str | None
    asked_at: datetime | None
    carried: Decimal | None


def refresh(host: Host, city: Tenant, month: Month, on: date, actor: str, older_than: int = 0) -> bool:
    """Asks every unit again when the projection is older than so many seconds and nobody else is at it."""
    with host.tenant(city, actor) as session:
        age = drafts.age_seconds(session, month)
        if (age is not None and age < older_than) or not service.alone(session, month):
            return False
        own = _own_numbers(session)
        whom = consolidation.units(host, city, on)

        def ask(unit: Session, _: Tenant) -> tuple[Stage, Share, bool]:
            here = stage(unit, month)
            latest = publications.latest(unit, month) if here.state == "published" else None
            if latest is None:
                return here, publications.working(unit, month, own)[0], False
            return here, publications.part(unit, "", "", latest, own).own, True

        found = []
        for visit in fleet.visit(host, whom, ask, actor, read_only=True, workers=2):
            here, share, published = visit.value or (None, Share(), False)
            found.append((visit.tenant.code, here, share, published, _fault(visit.error)))
        service.keep(session, month, found)
    return True


def _own_numbers(session: Session) -> frozenset[str]:
    try:
        return returns.filer(session).own_numbers
    except Refusal:  # nobody said yet who the taxpayer is; states of units are shown all the same
        return frozenset()


def _fault(error: Exception | None) -> str | None:
    if error is None:
        return None
    if isinstance(error, Refusal):
        return error.message[:240]
    return f"Nie udało się zapytać jednostki ({type(error).__name__})."


def draft(session: Session, month: Month) -> CityDraft:
    """From the projection alone, in the city's session."""
    found = tuple(drafts.drafts(session, month))
    parts = [Part(one.unit, one.unit, NOBODY, 0, "", one.share) for one in found]
    whole, problem, carried = None, None, None
    try:
        carried = returns.carried(session, month)
        whole = consolidate(parts, carried, policy.chosen(session, month).options)
    except Refusal as refusal:
        problem = refusal.message
    return CityDraft(month, found, whole, problem, min((one.asked_at for one in found), default=None), carried)


def changed(found: Sequence[UnitDraft], look: drafts.Look | None) -> dict[str, Decimal]:
    """Unit → by how much its balance changed since somebody looked; nobody looked: nothing."""
    if look is None:
        return {}
    before = {unit: due - paid for unit, (due, paid) in look.items()}
    now = {one.unit: one.balance for one in found}
    return {unit: now.get(unit, Decimal(0)) - before.get(unit, Decimal(0)) for unit in {*before, *now}}
