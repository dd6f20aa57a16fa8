"""Where a person may work: the tree of municipalities and their units behind the switcher."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from policies import enforcer
from policies.enforcer import Held, Principal
from tenants.accounts.folding import folded
from tenants.accounts.grants import principal
from tenants.models import Account, Tenant


@dataclass(frozen=True, slots=True)
class Reached:
    """A tenant in the tree. Without `roles` it only stands above the units that are reached."""

    tenant: Tenant
    roles: tuple[Held, ...]
    units: tuple[Reached, ...] = ()

    @property
    def open(self) -> bool:
        """Whether the person may enter it now."""
        return bool(self.roles) and self.tenant.status == "active"


def reachable(session: Session, account: Account, on: date | None = None) -> list[Reached]:
    """Municipalities by name, each with the units the person reaches by a grant or a mandate, by name."""
    return tree(session, principal(session, account, on))


def tree(session: Session, person: Principal) -> list[Reached]:
    """`reachable` of a principal already made."""
    named = {tenant_id for tenant_id in person.grants if tenant_id is not None} | set(person.mandates)
    if not named:
        return []
    found = {tenant.id: tenant for tenant in session.scalars(select(Tenant).where(Tenant.id.in_(named)))}
    roles = {tenant.id: enforcer.roles_at(person, tenant) for tenant in found.values()}
    found = {tenant_id: tenant for tenant_id, tenant in found.items() if roles[tenant_id]}
    above = {tenant.parent_id for tenant in found.values() if tenant.parent_id and tenant.parent_id not in found}
    if above:
        found |= {tenant.id: tenant for tenant in session.scalars(select(Tenant).where(Tenant.id.in_(above)))}
    units: dict[object, list[Reached]] = {}
    for tenant in sorted(found.values(), key=lambda tenant: folded(tenant.name)):
        units.setdefault(tenant.parent_id, []).append(Reached(tenant, roles.get(tenant.id, ())))
    return [replace(top, units=tuple(units.get(top.tenant.id, ()))) for top in units.get(None, [])]


def search(places: Sequence[Reached], words: str) -> list[Reached]:
    """Places whose names hold every word, or whose NIP or code begins with it; a municipality stays above its units."""
    wanted = folded(words).split()
    kept = []
    for top in places:
        units = tuple(unit for unit in top.units if _fits(unit.tenant, wanted))
        if units or _fits(top.tenant, wanted):
            kept.append(replace(top, units=units))
    return kept


def _fits(tenant: Tenant, wanted: list[str]) -> bool:
    names = folded(f"{tenant.name} {tenant.short_name}")
    numbers = (tenant.nip or "", tenant.code.casefold())
    return all(word in names or any(n.startswith(word.replace("-", "")) for n in numbers) for word in wanted)
