"""The directory of units and the taxpayer: entered once, brought up to date, refused when they cannot be right."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from app.kernel.errors import Refusal
from app.vat.models import UnitDirectory
from app.vat.queries.directory import city, profiles
from app.vat.service.directory import put, put_taxpayer
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR, World
from tests.vat.box import SCHOOL, TAXPAYER
from tests.vat.invoices import OTHER


def test_an_entry_is_made_once_and_changed_when_it_differs(host: Host, town: Tenant) -> None:
    renamed = replace(SCHOOL, name="Szkoła Podstawowa nr 12 im. J. Kochanowskiego", nip=f"PL{OTHER}", aliases=("SP12",))
    with host.tenant(town, ACTOR) as session:
        assert put(session, SCHOOL) is False
        assert put(session, renamed) is True
        assert put(session, renamed) is False
        kept = session.get_one(UnitDirectory, "SP12")
        assert (kept.name, kept.nip, kept.aliases) == (renamed.name, OTHER, ["SP12"])
    with host.tenant(town, ACTOR) as session:
        verbs = session.execute(text("select verb, before, after from cell.audit where record = 'vat.unit:SP12'")).all()
    assert [verb.verb for verb in verbs] == ["vat.directory.put"] * 2
    assert (verbs[0].before, verbs[1].before["nip"], verbs[1].after["nip"]) == (None, None, OTHER)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"nip": "1234567890"}, "nip"),
        ({"regon": "123"}, "regon"),
        ({"internal_id": "5265877635-1"}, "internal_id"),
        ({"name": " "}, "name"),
        ({"code": ""}, "code"),
        ({"valid_from_on": date(2026, 2, 1), "valid_to_on": date(2026, 1, 31)}, "valid_to_on"),
    ],
)
def test_entries_that_cannot_be_right(host: Host, town: Tenant, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as caught, host.tenant(town, ACTOR) as session:
        put(session, replace(SCHOOL, **change))
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"nip": "1"}, "nip"),
        ({"full_name": ""}, "full_name"),
        ({"tax_office": "12a4"}, "tax_office"),
        ({"email": "urząd"}, "email"),
        ({"carried": Decimal(5)}, "carried"),
    ],
)
def test_taxpayers_that_cannot_file(host: Host, town: Tenant, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as caught, host.tenant(town, ACTOR) as session:
        put_taxpayer(session, replace(TAXPAYER, **change))
    assert caught.value.field == field


def test_the_taxpayer_is_one_row(host: Host, town: Tenant) -> None:
    carried = replace(TAXPAYER, carried=Decimal("100"), carried_from_on=date(2026, 9, 1))
    with host.tenant(town, ACTOR) as session:
        assert put_taxpayer(session, TAXPAYER) is False
        assert put_taxpayer(session, carried) is True
        assert put_taxpayer(session, carried) is False
        assert session.execute(text("select count(*), max(carried) from vat_taxpayer")).one() == (1, Decimal("100.00"))


def test_units_as_the_attribution_sees_them(host: Host, town: Tenant, world: World) -> None:
    with host.tenant(town, ACTOR) as session:
        found = {unit.code: unit for unit in profiles(session)}
        assert city(session).nip == TAXPAYER.nip
    assert list(found) == ["SP12", "SP4", "UM", "ZM1"]
    assert (found["SP12"].aliases, found["SP12"].internal_ids) == (("SP nr 12",), (SCHOOL.internal_id,))
    assert (found["UM"].office, found["SP4"].valid_to_on) == (True, date(2025, 12, 31))
    with pytest.raises(Refusal, match="dane podatnika"), host.tenant(world.other_city, ACTOR) as session:
        city(session)


def test_a_city_without_units_cannot_attribute(host: Host, world: World) -> None:
    with pytest.raises(Refusal, match="żadnej jednostki"), host.tenant(world.other_city, ACTOR) as session:
        put_taxpayer(session, TAXPAYER)
        city(session)
