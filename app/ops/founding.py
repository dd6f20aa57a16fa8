"""A municipality or a unit founded from what an operator typed, and changed afterwards.

That is the tenant itself, and its entry in the city's own directory, by which invoices are attributed and returns
filed.

The tenant and the entry are two transactions; each call brings both up to date, so the same form sent again after a
fault finishes what was begun, and changes nothing when it was finished.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import false, or_, select
from sqlalchemy.orm import Session

from app.kernel.errors import Refusal
from app.vat.service.directory import DirectoryEntry, TaxpayerEntry, known, known_taxpayer, put, put_taxpayer
from tenants import registry
from tenants.models import Kind, Tenant
from tenants.registry import TenantData
from tenants.session import Host


@dataclass(frozen=True, slots=True)
class Founded:
    """`is_new`: the tenant was made now; `completed`: it was there, but something of its directory entry was not."""

    tenant: Tenant
    is_new: bool
    completed: bool


def municipality(host: Host, data: TenantData, tax_office: str, actor: str, cell: str | None = None) -> Founded:
    """In the first cell unless another is named.

    Raises `Refusal` for what another municipality has already, and for other data under the same slug.
    """
    _is_of(data.internal_id, data.nip)
    with host.control() as session:
        _not_elsewhere(session, data)
    tenant, is_new = registry.create(host, Kind.MUNICIPALITY, data, actor, cell=cell)
    entered = _enter(host, tenant, tenant, actor, tax_office)
    return Founded(tenant, is_new, entered and not is_new)


def unit(host: Host, city: Tenant, data: TenantData, actor: str) -> Founded:
    """Raises `Refusal` for a code of another unit of this city, and for other data under the same slug."""
    _is_of(data.internal_id, city.nip)
    tenant, is_new = registry.create(host, Kind.UNIT, data, actor, city)
    entered = _enter(host, city, tenant, actor)
    return Founded(tenant, is_new, entered and not is_new)


def change(host: Host, tenant: Tenant, changes: Mapping[str, Any], tax_office: str | None, actor: str) -> bool:
    """Some of what is known is different from now on; whether anything changed. Raises `Refusal`."""
    with host.control() as session:
        stored = session.get_one(Tenant, tenant.id)
        changed = registry.change(session, stored, changes, actor)
        city = registry.municipality_of(session, stored)
        _is_of(stored.internal_id, city.nip)
    return _enter(host, city, stored, actor, tax_office) or changed


def _is_of(internal_id: str | None, nip: str | None) -> None:
    if internal_id and nip and not internal_id.startswith(f"{nip}-"):
        raise Refusal(f"Identyfikator wewnętrzny zaczyna się od numeru NIP gminy: {nip}-….", "internal_id")


def _not_elsewhere(session: Session, data: TenantData) -> None:
    # what is not given is nobody's: SQL's null equals nothing, Python's None would find everybody without one
    same = or_(
        false(), *(column == value for column, value in ((Tenant.teryt, data.teryt), (Tenant.nip, data.nip)) if value)
    )
    query = select(Tenant).where(Tenant.kind == Kind.MUNICIPALITY, Tenant.slug != data.slug, same)
    other = session.scalars(query.order_by(Tenant.slug)).first()
    if other is not None:
        taken = data.teryt is not None and other.teryt == data.teryt
        name, number = ("teryt", "kod TERYT") if taken else ("nip", "NIP")
        raise Refusal(f"Ten {number} ma już gmina „{other.name}” ({other.slug}).", name)


def _enter(host: Host, city: Tenant, tenant: Tenant, actor: str, tax_office: str | None = None) -> bool:
    """Bring the city's directory up to date with a tenant's row; whether anything changed."""
    is_office = tenant.kind == Kind.MUNICIPALITY
    # the office is never called by the municipality's name: every invoice to any unit carries that
    name = tenant.short_name if is_office else tenant.name
    with host.control() as gate, host.tenant(city, actor) as session:
        gate.execute(select(Tenant.id).where(Tenant.id == city.id).with_for_update(key_share=True))  # one at a time
        before = known(session, tenant.code) or DirectoryEntry(tenant.code, name, tenant.short_name)
        entry = replace(
            before,
            name=before.name if is_office else name,
            short_name=tenant.short_name,
            nip=tenant.nip,
            regon=tenant.regon,
            internal_id=tenant.internal_id,
            address_line=tenant.address_line,
            postal_code=tenant.postal_code,
            city=tenant.city,
            email=tenant.email,
            is_office=is_office,
        )
        changed = put(session, entry)
        if is_office:
            changed = _enter_taxpayer(session, tenant, tax_office) or changed
    return changed


def _enter_taxpayer(session: Session, tenant: Tenant, tax_office: str | None) -> bool:
    before = known_taxpayer(session)
    office = tax_office or (before.tax_office if before else None)
    if not (tenant.nip and tenant.email and office):
        return False
    entry = TaxpayerEntry(tenant.nip, tenant.name, tenant.email, office)
    if before is not None:
        entry = replace(before, nip=tenant.nip, full_name=tenant.name, email=tenant.email, tax_office=office)
    return put_taxpayer(session, entry)
