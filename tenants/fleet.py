"""The key ring: who works for which units, from which day, and visiting them one transaction each.

Only `app.ssc` and this package may use it. A municipality holds the `vat` and `reports` mandates over its own units and
its own office by law; a service centre holds what the council's resolution gave it, from a day. One tenant's failure is
that tenant's result, not the end of the round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.kernel.errors import Refusal
from tenants.models import Kind, Mandate, Tenant
from tenants.registry import note
from tenants.session import Host

T = TypeVar("T")

BY_LAW = {
    "vat": "art. 3 i 4 ustawy o zasadach rozliczania VAT przez jednostki samorządu terytorialnego",
    "reports": "art. 41 ustawy o finansach publicznych",
}
"""Scopes in which a municipality acts for its own units without anybody's resolution."""
SCOPES = ("vat", "accounting", "payroll", "reports")


@dataclass(frozen=True, slots=True)
class Served:
    """A tenant that may be visited, and by what right (for its audit trail)."""

    tenant: Tenant
    mandate: str


@dataclass(frozen=True, slots=True)
class Visit(Generic[T]):
    """What came of one visit: a value, or the refusal or fault that ended it."""

    tenant: Tenant
    value: T | None = None
    error: Exception | None = None


def served(session: Session, holder: Tenant, scope: str, on: date) -> list[Served]:
    """Whom `holder` works for in this scope on that day, by code; suspended tenants are left out."""
    found: dict[str, Served] = {}
    if holder.kind == Kind.MUNICIPALITY and scope in BY_LAW:
        own = select(Tenant).where(or_(Tenant.id == holder.id, Tenant.parent_id == holder.id))
        found |= {tenant.slug: Served(tenant, BY_LAW[scope]) for tenant in session.scalars(own)}
    query = (
        select(Tenant, Mandate.basis)
        .join(Mandate, Mandate.unit_id == Tenant.id)
        .where(
            Mandate.holder_id == holder.id,
            Mandate.scope == scope,
            Mandate.since_on <= on,
            or_(Mandate.until_on.is_(None), Mandate.until_on >= on),
        )
        .order_by(Mandate.since_on)
    )
    found |= {tenant.slug: Served(tenant, basis[:120]) for tenant, basis in session.execute(query)}
    return sorted(
        (one for one in found.values() if one.tenant.status == "active"),
        key=lambda one: (one.tenant.code, one.tenant.slug),
    )


def holders(session: Session, tenant: Tenant, scope: str, on: date) -> Sequence[Tenant]:
    """Who works for this tenant in this scope on that day by a resolution."""
    query = (
        select(Tenant)
        .join(Mandate, Mandate.holder_id == Tenant.id)
        .where(
            Mandate.unit_id == tenant.id,
            Mandate.scope == scope,
            Mandate.since_on <= on,
            or_(Mandate.until_on.is_(None), Mandate.until_on >= on),
        )
    )
    return session.scalars(query).all()


def grant(
    session: Session, holder: Tenant, unit: Tenant, scope: str, since_on: date, basis: str, actor: str
) -> tuple[Mandate, bool]:
    """From a day, `holder` works for `unit`; the mandate and whether it is new. Raises `Refusal`."""
    if scope not in SCOPES:
        raise Refusal(f"Nie ma zakresu „{scope[:40]}”. Możliwe: {', '.join(SCOPES)}.", "scope")
    if not basis.strip():
        raise Refusal("Podaj uchwałę albo porozumienie, z którego wynika obsługa.", "basis")
    if holder.id == unit.id:
        raise Refusal("Jednostka nie udziela mandatu samej sobie.", "unit")
    city = {holder.parent_id or holder.id, unit.parent_id or unit.id}
    if len(city) > 1:
        raise Refusal("Centrum i jednostka obsługiwana muszą należeć do tej samej gminy.", "unit")
    same = (Mandate.holder_id == holder.id, Mandate.unit_id == unit.id, Mandate.scope == scope)
    running = session.scalars(
        select(Mandate).where(*same, or_(Mandate.until_on.is_(None), Mandate.until_on >= since_on)).with_for_update()
    ).first()
    if running is not None and running.since_on == since_on and running.basis == basis:
        return running, False
    if running is not None:
        raise Refusal(
            f"Taki mandat już jest: od {running.since_on.isoformat()}. Zakończ go, zanim nadasz następny.", "since_on"
        )
    mandate = Mandate(holder_id=holder.id, unit_id=unit.id, scope=scope, since_on=since_on, basis=basis)
    session.add(mandate)
    note(session, actor, "mandate.grant", f"tenant:{unit.slug}", holder=holder.slug, scope=scope, since=str(since_on))
    session.flush()
    return mandate, True


def end(session: Session, holder: Tenant, unit: Tenant, scope: str, until_on: date, actor: str) -> Mandate:
    """`until_on` is the mandate's last day. Raises `Refusal` when none is in force then."""
    mandate = session.scalars(
        select(Mandate)
        .where(
            Mandate.holder_id == holder.id,
            Mandate.unit_id == unit.id,
            Mandate.scope == scope,
            Mandate.since_on <= until_on,
            or_(Mandate.until_on.is_(None), Mandate.until_on >= until_on),
        )
        .with_for_update()
    ).one_or_none()
    if mandate is None:
        raise Refusal(f"{holder.short_name} nie ma mandatu „{scope}” dla {unit.short_name} w tym dniu.", "until_on")
    if mandate.until_on != until_on:
        mandate.until_on = until_on
        note(session, actor, "mandate.end", f"tenant:{unit.slug}", holder=holder.slug, scope=scope, until=str(until_on))
    return mandate


def visit(
    host: Host,
    whom: Sequence[Served],
    work: Callable[[Session, Tenant], T],
    actor: str,
    *,
    read_only: bool = False,
    workers: int = 1,
) -> Iterator[Visit[T]]:
    """`work(session, tenant)` in each tenant, one transaction each, in the order given; faults become results."""

    def one(served: Served) -> Visit[T]:
        try:
            with host.tenant(served.tenant, actor, mandate=served.mandate, read_only=read_only) as session:
                return Visit(served.tenant, work(session, served.tenant))
        except Exception as error:  # every fault is this tenant's result; the caller reports it by name
            return Visit(served.tenant, error=error)

    if workers == 1:
        yield from map(one, whom)
    else:
        with ThreadPoolExecutor(workers) as pool:
            yield from pool.map(one, whom)
