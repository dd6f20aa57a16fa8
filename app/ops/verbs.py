"""How the provider's journal reads in Polish."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.kernel.dates import format_short
from policies.catalogue import ROLES
from tenants.models import HostEvent
from tenants.registry import MODULES

VERBS: dict[str, str] = {
    "account.change_password": "zmiana hasła",
    "account.create": "założenie konta",
    "account.locked": "zablokowanie konta po nieudanych próbach",
    "account.log_in": "zalogowanie",
    "account.log_in_failed": "nieudane logowanie",
    "account.log_in_while_locked": "logowanie na zablokowane konto",
    "account.log_in_while_suspended": "logowanie na zawieszone konto",
    "account.reset_password": "nadanie hasła tymczasowego",
    "account.resume": "przywrócenie konta",
    "account.suspend": "zawieszenie konta",
    "domain.add": "dodanie nazwy hosta portalu",
    "domain.remove": "usunięcie nazwy hosta portalu",
    "grant.add": "nadanie roli",
    "grant.end": "zakończenie roli",
    "mandate.end": "zakończenie mandatu",
    "mandate.grant": "nadanie mandatu",
    "module.switch_off": "wyłączenie modułu",
    "module.switch_on": "włączenie modułu",
    "municipality.change": "zmiana danych gminy",
    "municipality.create": "założenie gminy",
    "tenant.active": "przywrócenie dostępu",
    "tenant.suspended": "wstrzymanie dostępu",
    "unit.change": "zmiana danych jednostki",
    "unit.create": "założenie jednostki",
}
ICONS = {
    "account": "user", "domain": "world", "grant": "user-check", "mandate": "rubber-stamp",
    "module": "switch-horizontal", "municipality": "building-community", "tenant": "lock", "unit": "building",
}  # fmt: skip
SCOPES = {
    "vat": "rozliczanie VAT",
    "accounting": "księgowość",
    "payroll": "płace",
    "reports": "sprawozdania",
}
"""What a mandate is for, as people say it."""

FIELDS = {
    "name": "Nazwa", "short_name": "Nazwa krótka", "nip": "NIP", "regon": "REGON", "teryt": "TERYT",
    "internal_id": "IDWew", "address_line": "Ulica i numer", "postal_code": "Kod pocztowy", "city": "Miejscowość",
    "email": "E-mail", "brand": "Kolor portalu",
}  # fmt: skip


def words(verb: str) -> str:
    """For people; a verb of a later release reads as it is."""
    return VERBS.get(verb, verb)


def icon(verb: str) -> str:
    return ICONS.get(verb.partition(".")[0], "circle")


def details(event: HostEvent) -> str:
    """What an entry says besides its verb: the role, the scope, the days, the host name."""
    told = event.details
    parts = [
        ROLES[told["role"]].title if told.get("role") in ROLES else told.get("role"),
        SCOPES.get(told.get("scope", ""), told.get("scope")),
        MODULES.get(told.get("module", ""), told.get("module")),
        told.get("holder"),
        told.get("host"),
        told.get("login"),
        told.get("tenant"),
        f"od {_day(told['since'])}" if told.get("since") else None,
        f"do {_day(told['until'])}" if told.get("until") else None,
        f"z adresu {told['address']}" if told.get("address") else None,
    ]
    return ", ".join(str(part) for part in parts if part)


def changes(event: HostEvent) -> Sequence[tuple[str, str, str]]:
    """Of a change of data: what is called how, before, after."""
    before, after = event.details.get("before"), event.details.get("after")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return ()
    return [
        (FIELDS.get(name, name), _value(before[name]), _value(after.get(name))) for name in FIELDS if name in before
    ]


def _value(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("colour")
    return str(value) if value else "–"


def _day(text: str) -> str:
    if text == "now":
        return "teraz"
    return format_short(date.fromisoformat(text))
