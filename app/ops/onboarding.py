"""A whole municipality founded at once from a description like the demonstration's `city.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.kernel.dates import Month
from app.vat.service.directory import DirectoryEntry, TaxpayerEntry, put, put_taxpayer
from tenants import registry
from tenants.models import Kind, Tenant
from tenants.registry import TenantData, slug_from
from tenants.session import Host


@dataclass(frozen=True, slots=True)
class Founded:
    """The municipality and its units by code; the office (`office_code`) is the municipality itself."""

    city: Tenant
    units: Mapping[str, Tenant]
    office_code: str
    is_new: bool


def found_city(
    host: Host, described: Mapping[str, Any], actor: str, slug: str | None = None, carried_into: Month | None = None
) -> Founded:
    """The municipality, a tenant for every unit but its office, the directory of its units, the taxpayer.

    `described` holds name, town, teryt, tax_office, nip, regon, address, email, carried_pln and units (code, name,
    short_name, nip, regon, internal_id, address, place, email, phone, aliases, office). `carried_into`: the month that
    takes over `carried_pln`. The same description again changes nothing; another one under the same slug is refused.
    """
    slug = slug or slug_from(described["town"])
    office = next(unit for unit in described["units"] if unit["office"])
    postal_code, _, town = office["place"].partition(" ")
    data = TenantData(
        slug=slug,
        code=office["code"],
        name=described["name"],
        short_name=office["short_name"],
        nip=described["nip"],
        regon=described["regon"],
        teryt=described["teryt"],
        internal_id=office["internal_id"],
        address_line=described["address"],
        postal_code=postal_code,
        city=town,
        email=described["email"],
    )
    city, is_new = registry.create(host, Kind.MUNICIPALITY, data, actor)
    units: dict[str, Tenant] = {}
    for unit in described["units"]:
        if not unit["office"]:
            units[unit["code"]], fresh = registry.create(host, Kind.UNIT, _unit(slug, unit), actor, city)
            is_new = is_new or fresh
    with host.tenant(city, actor) as session:
        for unit in described["units"]:
            put(session, _entry(unit))
        put_taxpayer(session, _taxpayer(described, office, carried_into))
    return Founded(city, units, office["code"], is_new)


def _unit(slug: str, unit: Mapping[str, Any]) -> TenantData:
    postal_code, _, town = unit["place"].partition(" ")
    return TenantData(
        slug=f"{slug}-{slug_from(unit['code'])}",
        code=unit["code"],
        name=unit["name"],
        short_name=unit["short_name"],
        nip=unit["nip"],
        regon=unit["regon"],
        internal_id=unit["internal_id"],
        address_line=unit["address"],
        postal_code=postal_code,
        city=town,
        email=unit["email"],
    )


def _entry(unit: Mapping[str, Any]) -> DirectoryEntry:
    postal_code, _, town = unit["place"].partition(" ")
    return DirectoryEntry(
        code=unit["code"],
        name=unit["name"],
        short_name=unit["short_name"],
        nip=unit["nip"],
        regon=unit["regon"],
        internal_id=unit["internal_id"],
        address_line=unit["address"],
        postal_code=postal_code,
        city=town,
        email=unit["email"],
        aliases=tuple(unit["aliases"]),
        is_office=unit["office"],
    )


def _taxpayer(described: Mapping[str, Any], office: Mapping[str, Any], carried_into: Month | None) -> TaxpayerEntry:
    carried = None if carried_into is None else Decimal(described["carried_pln"])
    return TaxpayerEntry(
        nip=described["nip"],
        full_name=described["name"],
        email=described["email"],
        tax_office=described["tax_office"],
        phone=office["phone"],
        carried_from_on=carried_into.first_on if carried_into is not None else None,
        carried=carried,
    )
