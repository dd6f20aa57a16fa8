"""The key ring: who works for which units, from which day, and visiting them one transaction each.

Only `app.ssc` and this package may use it. A municipality holds the `vat` and `reports` mandates over its own units and
its own office by law; a service centre holds what the council's resolution gave it, from a day. One tenant's failure is
that tenant's result, not the end of the round.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.kernel.dates import format_short
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
LONGEST_BASIS = 400


@dataclass(frozen=True, slots=True)
class Served:
    """A tenant that may be visited, and by what right (for its audit trail)."""

    tenant: Tenant
    mandate: str


@dataclass(frozen=True, slots=True)
class Given:
    """A mandate with both its sides."""

    mandate: Mandate
    holder: Tenant
    unit: Tenant


@dataclass(frozen=True, slots=True)
class Visit(Generic[T]):
    """What came of one visit: a value, or the refusal or fault that ended it."""

    tenant: Tenant
    value: T | None = None
    error: Exception | None = None


def served(session: Session, holder: Tenant, scope: str, on: date) -> list[Served]:
    """Whom `holder` works for in this scope on that day, by code.

    Suspended tenants too: nobody logs in there, but what they signed still counts. Who writes leaves them out.
    """
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
            in_force(on),
        )
        .order_by(Mandate.since_on)
    )
    found |= {tenant.slug: Served(tenant, basis[:120]) for tenant, basis in session.execute(query)}
    return sorted(found.values(), key=lambda one: (one.tenant.code, one.tenant.slug))


def holders(session: Session, tenant: Tenant, scope: str, on: date) -> Sequence[Tenant]:
    """Who works for this tenant in this scope on that day by a resolution."""
    query = select(Tenant).join(Mandate, Mandate.holder_id == Tenant.id)
    return session.scalars(query.where(Mandate.unit_id == tenant.id, Mandate.scope == scope, in_force(on))).all()


def in_force(on: date) -> ColumnElement[bool]:
    """The condition that a mandate is in force on a day."""
    return and_(Mandate.since_on <= on, or_(Mandate.until_on.is_(None), Mandate.until_on >= on))


def grant(
    session: Session, holder: Tenant, unit: Tenant, scope: str, since_on: date, basis: str, actor: str
) -> tuple[Mandate, bool]:
    """From a day, `holder` works for `unit`; the mandate and whether it is new. Raises `Refusal`."""
    if scope not in SCOPES:
        raise Refusal(f"Nie ma zakresu „{scope[:40]}”. Możliwe: {', '.join(SCOPES)}.", "scope")
    if not basis.strip() or len(basis) > LONGEST_BASIS:
        raise Refusal(
            f"Podaj uchwałę albo porozumienie, z którego wynika obsługa, najwyżej w {LONGEST_BASIS} znakach.", "basis"
        )
    if holder.id == unit.id:
        raise Refusal("Jednostka nie udziela mandatu samej sobie.", "unit")
    if (holder.parent_id or holder.id) != (unit.parent_id or unit.id):
        raise Refusal("Centrum i jednostka obsługiwana muszą należeć do tej samej gminy.", "unit")
    session.execute(select(Tenant.id).where(Tenant.id == unit.id).with_for_update(key_share=True))  # one at a time
    same = (Mandate.holder_id == holder.id, Mandate.unit_id == unit.id, Mandate.scope == scope)
    query = select(Mandate).where(*same, or_(Mandate.until_on.is_(None), Mandate.until_on >= since_on))
    overlapping = session.scalars(query.order_by(Mandate.since_on)).all()
    for running in overlapping:
        if running.since_on == since_on and running.basis == basis:
            return running, False
    if overlapping:
        running = overlapping[0]
        raise Refusal(
            f"Taki mandat już jest ({_dates(running)}). Zakończ go albo podaj późniejszy dzień początku.", "since_on"
        )
    mandate = Mandate(holder_id=holder.id, unit_id=unit.id, scope=scope, since_on=since_on, basis=basis)
    session.add(mandate)
    note(session, actor, "mandate.grant", f"tenant:{unit.slug}", holder=holder.slug, scope=scope, since=str(since_on))
    session.flush()
    return mandate, True


def _dates(mandate: Mandate) -> str:
    until = f" do {format_short(mandate.until_on)}" if mandate.until_on else " bezterminowo"
    return f"od {format_short(mandate.since_on)}{until}"


def end(session: Session, holder: Tenant, unit: Tenant, scope: str, until_on: date, actor: str) -> tuple[Mandate, bool]:
    """`until_on` is the mandate's last day; the mandate and whether that changed it.

    Raises `Refusal` when none is in force then.
    """
    same = (Mandate.holder_id == holder.id, Mandate.unit_id == unit.id, Mandate.scope == scope)
    mandate = session.scalars(select(Mandate).where(*same, in_force(until_on)).with_for_update()).one_or_none()
    if mandate is None:
        raise Refusal(f"{holder.short_name} nie ma mandatu „{scope}” dla {unit.short_name} w tym dniu.", "until_on")
    if mandate.until_on == until_on:
        return mandate, False
    mandate.until_on = until_on
    note(session, actor, "mandate.end", f"tenant:{unit.slug}", holder=holder.slug, scope=scope, until=str(until_on))
    return mandate, True


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
        return
    with ThreadPoolExecutor(workers) as pool:
        # a little ahead of whoever takes the results, so that they do not pile up in memory
        waiting = deque(pool.submit(one, served) for served in whom[: 2 * workers])
        for served in [*whom[2 * workers :], *[None] * len(waiting)]:
            yield waiting.popleft().result()
            if served is not None:
                waiting.append(pool.submit(one, served))
