"""A whole municipality founded at once from a description like the demonstration's `city.json`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.law import loader
from app.vat.queries.issuing.setting import described as issuer_of
from app.vat.queries.issuing.setting import setting
from app.vat.queries.registers.ratios import habits, in_force
from app.vat.rules.ratio import Kind
from app.vat.service import issuing
from app.vat.service.directory import DirectoryEntry, TaxpayerEntry, put, put_taxpayer
from app.vat.service.ratios import set_pct
from app.vat.service.registers import set_habits
from tenants import registry
from tenants.models import Kind as TenantKind
from tenants.models import Tenant
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
    """The municipality, a tenant for every unit but its office, the directory, the taxpayer, ratios and habits.

    `described` holds name, town, teryt, tax_office, nip, regon, address, email, carried_pln and units (code, name,
    short_name, nip, regon, internal_id, address, place, email, phone, aliases, office, pre_ratios and ratios: year →
    per cent). `carried_into`: the month that takes over `carried_pln`. Founding again adds what is missing and leaves
    alone what is there; other data under the same slug are refused.
    """
    slug = slug or slug_from(described["town"])
    office = next(unit for unit in described["units"] if unit["office"])
    whole = {name: described[name] for name in ("name", "nip", "regon", "address", "email")}
    data = TenantData(slug=slug, teryt=described["teryt"], **_known({**office, **whole}))
    city, is_new = registry.create(host, TenantKind.MUNICIPALITY, data, actor)
    units: dict[str, Tenant] = {}
    for unit in described["units"]:
        if not unit["office"]:
            units[unit["code"]], fresh = registry.create(host, TenantKind.UNIT, _unit(slug, unit), actor, city)
            is_new = is_new or fresh
    with host.tenant(city, actor) as session:
        for unit in described["units"]:
            put(session, _entry(unit), only_new=True)
        put_taxpayer(session, _taxpayer(described, office, carried_into), only_new=True)
    for unit in described["units"]:
        with host.tenant(units.get(unit["code"], city), actor) as session:
            _decide(session, unit)
    _let_issue(host, city, units, described["units"], actor)
    return Founded(city, units, office["code"], is_new)


def _let_issue(
    host: Host, city: Tenant, units: Mapping[str, Tenant], listed: Sequence[Mapping[str, Any]], actor: str
) -> None:
    """Every unit may issue invoices in the municipality's name since KSeF takes them; its prefix is its code."""
    since = loader.newest("ksef.receiving_from_on").day
    for unit in listed:
        with host.tenant(city, actor) as session:
            prefix = issuing.take_prefix(session, unit["code"], unit["code"])
            issuer = issuer_of(session, unit["code"], prefix)
        with host.tenant(units.get(unit["code"], city), actor) as session:
            if setting(session, since) is None:
                issuing.set_issuer(session, issuer, since)


def _known(unit: Mapping[str, Any]) -> dict[str, Any]:
    """What a tenant and its entry in the directory both say."""
    postal_code, _, town = unit["place"].partition(" ")
    same = {name: unit[name] for name in ("code", "name", "short_name", "nip", "regon", "internal_id", "email")}
    return {**same, "address_line": unit["address"], "postal_code": postal_code, "city": town}


def _unit(slug: str, unit: Mapping[str, Any]) -> TenantData:
    return TenantData(slug=f"{slug}-{slug_from(unit['code'])}", **_known(unit))


def _entry(unit: Mapping[str, Any]) -> DirectoryEntry:
    return DirectoryEntry(**_known(unit), aliases=tuple(unit["aliases"]), is_office=unit["office"])


def _decide(session: Session, unit: Mapping[str, Any]) -> None:
    """Ratios nobody has decided yet; purchases that usually serve everything, unless somebody said what they serve."""
    kinds: tuple[tuple[Kind, str], ...] = (("pre_ratio", "pre_ratios"), ("ratio", "ratios"))
    for kind, name in kinds:
        for year, pct in unit[name].items():
            if in_force(session, int(year), kind) is None:
                set_pct(session, int(year), kind, pct, "Opis gminy, z którego ją założono.")
    if habits(session).default_use is None:
        set_habits(session, "all")


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
