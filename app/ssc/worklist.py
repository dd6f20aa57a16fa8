"""The work list over many units: cases are copied into the schema of whoever does a unit's accounting, and of its city.

A copy is asked for by the case's own transaction (outbox) and may be made again at any time; what is newer stays. When
a mandate begins the whole unit is copied; when it ends its items are no longer shown, whatever is left of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.purchasing.queries.worklist import Item, items
from app.purchasing.service import work
from app.purchasing.service.work import Unit
from tenants import fleet, registry
from tenants.models import Kind, Mandate, Tenant
from tenants.session import Host

SCOPE = "accounting"


def copy(host: Host, unit: Tenant, ids: Collection[UUID], actor: str, on: date) -> None:
    """These cases of the unit, to everybody who has a work list with it."""
    with host.tenant(unit, actor, read_only=True) as session:
        found = items(session, ids)
    for holder in holders(host, unit, on):
        with host.tenant(holder, actor) as session:
            work.copy(session, _named(unit), found)


def holders(host: Host, unit: Tenant, on: date) -> Sequence[Tenant]:
    """Who does the unit's accounting and its municipality, itself when it does that for others: who has a list."""
    with host.control() as session:
        found = [*fleet.holders(session, unit, SCOPE, on), registry.municipality_of(session, unit)]
        if fleet.served(session, unit, SCOPE, on):
            found.append(unit)
    return list({one.slug: one for one in found if one.status == "active"}.values())


def served(host: Host, holder: Tenant, on: date) -> list[Tenant]:
    """The units in the holder's work list today; a municipality sees its own by its duty to report for them."""
    with host.control() as session:
        found = {one.tenant.slug: one.tenant for one in fleet.served(session, holder, SCOPE, on)}
        if holder.kind == Kind.MUNICIPALITY:
            found |= {one.tenant.slug: one.tenant for one in fleet.served(session, holder, "reports", on)}
        found[holder.slug] = holder
    return [found[slug] for slug in sorted(found)]


def kept_books(host: Host, holder: Tenant, on: date) -> list[str]:
    """Slugs of the other units whose accounting the holder does today by a resolution."""
    with host.control() as session:
        found = fleet.served(session, holder, SCOPE, on)
    return [one.tenant.slug for one in found if one.tenant.slug != holder.slug]


def rebuild(host: Host, holder: Tenant, actor: str, on: date) -> dict[str, str]:
    """Every served unit copied anew; the units that could not be asked, by slug, with what went wrong."""
    faults: dict[str, str] = {}
    whom = [fleet.Served(one, SCOPE) for one in served(host, holder, on) if one.status == "active"]

    def ask(session: Session, _: Tenant) -> list[Item]:
        return items(session)

    for visit in fleet.visit(host, whom, ask, actor, read_only=True):
        if visit.error is not None:
            faults[visit.tenant.slug] = f"{type(visit.error).__name__}: {visit.error}"[:400]
            continue
        with host.tenant(holder, actor) as session:
            work.replace(session, _named(visit.tenant), visit.value or [])
    return faults


def rebuild_all(host: Host, cell: str, actor: str, on: date) -> dict[str, str]:
    """The list of every centre and municipality of a cell; what went wrong, by "holder/unit"."""
    with host.control() as session:
        mandates = select(Mandate.holder_id).where(Mandate.scope == SCOPE, fleet.in_force(on))
        query = select(Tenant).where(
            Tenant.cell == cell,
            Tenant.status == "active",
            or_(Tenant.kind == Kind.MUNICIPALITY, Tenant.id.in_(mandates)),
        )
        whom = list(session.scalars(query.order_by(Tenant.slug)))
    return {
        f"{holder.slug}/{unit}": fault for holder in whom for unit, fault in rebuild(host, holder, actor, on).items()
    }


def _named(unit: Tenant) -> Unit:
    return Unit(unit.slug, unit.code, unit.short_name)
