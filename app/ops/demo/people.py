"""The people of the demonstration: one for every role, all with the same password, which is no secret."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.kernel.errors import NotFound
from tenants.accounts import grants, staff
from tenants.models import Tenant
from tenants.session import Host

PASSWORD = "Nowa-Dabrowa-2026"
"""Printed by the demonstration; accounts of the product get temporary passwords that must be changed."""
HISTORY = 5
DOMAIN = "nowadabrowa.example"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with one role; `tenant` None = the provider's staff."""

    login: str
    name: str
    role: str
    tenant: Tenant | None


def everybody(city: Tenant, centre: Tenant, units: list[Tenant]) -> Iterator[Person]:
    """The staff of the town, its units and its service centre, and one of the provider."""
    yield Person("operator@magistrat.example", "Olga Operator", "provider_operator", None)
    yield Person(f"skarbnik@{DOMAIN}", "Stanisław Skarbiński", "treasurer", city)
    yield Person(f"vat@{DOMAIN}", "Wanda Vatowska", "vat_clerk", city)
    yield Person(f"sekretarz@{DOMAIN}", "Seweryna Sekretarska", "unit_head", city)
    yield Person(f"ksiegowosc@{DOMAIN}", "Karol Księgowy", "unit_clerk", city)
    yield Person(f"kierownik.cuw@{DOMAIN}", "Cecylia Centralna", "centre_lead", centre)
    yield Person(f"cuw@{DOMAIN}", "Czesław Uważny", "centre_accountant", centre)
    yield Person(f"glowny.cuw@{DOMAIN}", "Genowefa Główna", "chief_accountant", centre)
    for unit in units:
        code = unit.code.lower()
        yield Person(f"dyrektor.{code}@{DOMAIN}", f"Dyrektor {unit.short_name}", "unit_head", unit)
        yield Person(f"referent.{code}@{DOMAIN}", f"Referent {unit.short_name}", "unit_clerk", unit)
        yield Person(f"zastepca.{code}@{DOMAIN}", f"Zastępca {unit.short_name}", "substantive_approver", unit)


def settle(host: Host, people: Iterator[Person], actor: str) -> list[Person]:
    """Accounts and grants for everybody; those who are there already are left alone."""
    settled = []
    for person in people:
        with host.control() as session:
            try:
                account = staff.by_login(session, person.login)
            except NotFound:
                account, temporary = staff.create(session, person.login, person.name, person.login, actor)
                account = staff.change_password(session, account.id, temporary, PASSWORD, history=HISTORY)
            grants.give(session, account, person.role, person.tenant, actor)
        settled.append(person)
    return settled
