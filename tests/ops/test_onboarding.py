"""A municipality founded from its description: tenants, directory and taxpayer, the same however often."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.ops.demo.city import TAX_OFFICE, TERYT, TOWN, make_city
from app.ops.demo.numbers import Numbers
from app.ops.onboarding import found_city
from app.vat.models import UnitDirectory, VatTaxpayer
from app.vat.queries.directory import city as city_of
from app.vat.queries.registers.ratios import habits, history, ratios
from app.vat.service.ratios import set_pct
from app.vat.service.registers import set_habits
from tenants import registry
from tenants.session import Host
from tests.conftest import ACTOR, World


def described() -> dict[str, Any]:
    """As the generator's `city.json` has it, with three units."""
    rng = Random(3)
    city = make_city(rng, Numbers(rng), 3, 2026)
    whole = {
        "name": city.name, "town": TOWN, "teryt": TERYT, "tax_office": TAX_OFFICE, "nip": city.nip,
        "regon": city.regon, "address": city.address, "email": city.email, "carried_pln": 1234,
        "units": [{**asdict(unit), "place": unit.place} for unit in city.units],
    }  # fmt: skip
    return dict(json.loads(json.dumps(whole)))


def test_a_municipality_its_units_their_directory_and_the_taxpayer(host: Host, world: World) -> None:
    whole = described()
    founded = found_city(host, whole, ACTOR, "onboarded", Month(2026, 9))
    assert founded.is_new
    assert (founded.city.slug, founded.city.code, founded.office_code) == ("onboarded", "UM", "UM")
    assert {code: tenant.slug for code, tenant in founded.units.items()} == {
        "SP1": "onboarded-sp1", "PM1": "onboarded-pm1"
    }  # fmt: skip
    with host.control() as session:
        assert [unit.code for unit in registry.units_of(session, founded.city)] == ["PM1", "SP1"]
        assert registry.known(session, "onboarded").id == founded.city.id
    with host.tenant(founded.city, ACTOR) as session:
        entries = session.scalars(select(UnitDirectory).order_by(UnitDirectory.code)).all()
        taxpayer = session.scalars(select(VatTaxpayer)).one()
        assert {unit.profile.code for unit in city_of(session).units.units} == {"UM", "SP1", "PM1"}
    assert [(entry.code, entry.is_office, entry.city) for entry in entries] == [
        ("PM1", False, TOWN), ("SP1", False, TOWN), ("UM", True, TOWN)
    ]  # fmt: skip
    assert (taxpayer.nip, taxpayer.carried, taxpayer.carried_from_on) == (
        whole["nip"], Decimal(1234), Month(2026, 9).first_on
    )  # fmt: skip
    with host.tenant(world.city, ACTOR) as session:
        assert session.scalars(select(VatTaxpayer)).all() == []


def test_every_unit_has_its_ratios_and_a_usual_use_of_purchases(host: Host, world: World) -> None:
    whole = described()
    founded = found_city(host, whole, ACTOR, "ratios")
    for unit in whole["units"]:
        with host.tenant(founded.units.get(unit["code"], founded.city), ACTOR) as session:
            for year in (2025, 2026):
                found = ratios(session, year)
                wanted = (unit["pre_ratios"][str(year)], unit["ratios"][str(year)])
                assert (found.pre_ratio_pct, found.ratio_pct) == wanted
            assert habits(session).default_use == "all"


def test_founding_again_leaves_alone_what_people_changed(host: Host, world: World) -> None:
    whole = described()
    first = found_city(host, whole, ACTOR, "twice")
    with host.tenant(first.city, ACTOR) as session:
        office = session.get_one(UnitDirectory, "UM")
        office.short_name = "Ratusz"
        set_pct(session, 2026, "pre_ratio", 44, "protokół 1/2026")
        set_habits(session, "outside")
    again = found_city(host, whole, ACTOR, "twice", Month(2026, 9))
    assert (again.is_new, again.city.id) == (False, first.city.id)
    with host.tenant(first.city, ACTOR) as session:
        assert session.get_one(UnitDirectory, "UM").short_name == "Ratusz"
        assert ratios(session, 2026).pre_ratio_pct == 44
        assert habits(session).default_use == "outside"
        assert len(history(session, 2026)) == 3
        assert session.scalars(select(VatTaxpayer)).one().carried is None
    with pytest.raises(Refusal, match="inne dane"):
        found_city(host, {**whole, "regon": "123456785"}, ACTOR, "twice")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda whole: whole["units"][1].update(nip="1234567890"), "nip"),
        (lambda whole: whole["units"][1].update(internal_id="5265877635-1"), "internal_id"),
        (lambda whole: whole.update(tax_office="14"), "tax_office"),
        (lambda whole: whole.update(email="brak"), "email"),
    ],
)
def test_wrong_numbers_are_refused_by_name(
    host: Host, world: World, change: Callable[[dict[str, Any]], None], field: str
) -> None:
    whole = described()
    change(whole)
    with pytest.raises(Refusal) as caught:
        found_city(host, whole, ACTOR, f"wrong-{field.replace('_', '-')}")
    assert caught.value.field == field
