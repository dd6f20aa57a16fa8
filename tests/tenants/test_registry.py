"""Creating tenants: the same call again changes nothing, other data is refused by field, many at once agree."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from app.kernel.errors import NotFound, Refusal
from tenants import provision, registry
from tenants.models import Kind, Tenant
from tenants.registry import TenantData, slug_from
from tenants.session import Host
from tests.conftest import ACTOR, World
from tests.tenants.crowd import all_at_once

SCHOOL = TenantData(
    "szkola-nowa", "SP9", "Szkoła Podstawowa nr 9", "SP 9", nip="521-301-72-28", postal_code="05-300", city="Mińsk"
)


def journal(host: Host, record: str) -> list[str]:
    with host.control() as session:
        query = text("select verb from control.host_event where record = :record order by seq")
        return list(session.execute(query, {"record": record}).scalars())


def test_the_same_creation_again_changes_nothing(host: Host, fresh: Callable[[], World]) -> None:
    city = fresh().city
    data = replace(SCHOOL, slug=f"{city.slug}-sp9")
    first, is_new = registry.create(host, Kind.UNIT, data, ACTOR, city)
    assert is_new and first.nip == "5213017228"
    again, is_new = registry.create(host, Kind.UNIT, data, ACTOR, city)
    assert not is_new and again.id == first.id and again.schema_name == first.schema_name
    assert journal(host, f"tenant:{data.slug}") == ["unit.create"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "Szkoła Podstawowa nr 10"}, "name"),
        ({"nip": "7740001454"}, "nip"),
        ({"code": "SP10"}, "code"),
        ({"city": "Siedlce"}, "city"),
    ],
)
def test_other_data_under_the_same_slug_is_refused_by_its_field(
    host: Host, fresh: Callable[[], World], change: dict[str, Any], field: str
) -> None:
    city = fresh().city
    data = replace(SCHOOL, slug=f"{city.slug}-sp9")
    registry.create(host, Kind.UNIT, data, ACTOR, city)
    with pytest.raises(Refusal) as caught:
        registry.create(host, Kind.UNIT, replace(data, **change), ACTOR, city)
    assert caught.value.field == field


def test_a_slug_of_another_municipality_and_a_code_of_another_unit_are_refused(
    host: Host, fresh: Callable[[], World]
) -> None:
    world = fresh()
    with pytest.raises(Refusal, match="ma już kto inny") as caught:
        registry.create(host, Kind.UNIT, TenantData(world.school.slug, "SP1", "x", "x"), ACTOR, world.other_city)
    assert caught.value.field == "slug"
    with pytest.raises(Refusal, match="ma już inna jednostka") as caught:
        registry.create(host, Kind.UNIT, TenantData(f"{world.city.slug}-x", "SP1", "x", "x"), ACTOR, world.city)
    assert caught.value.field == "code"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": "Szkoła"}, "slug"),
        ({"slug": "api"}, "slug"),
        ({"code": "sp1"}, "code"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 241}, "name"),
        ({"short_name": "x" * 81}, "short_name"),
        ({"nip": "5213017229"}, "nip"),
        ({"regon": "123"}, "regon"),
        ({"teryt": "1421024"}, "teryt"),
        ({"internal_id": "5213017228-1"}, "internal_id"),
        ({"postal_code": "05300"}, "postal_code"),
        ({"email": "szkola"}, "email"),
        ({"address_line": "x" * 256}, "address_line"),
        ({"city": "x" * 101}, "city"),
    ],
)
def test_data_that_cannot_be_right_is_refused_by_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as caught:
        replace(SCHOOL, **change)
    assert caught.value.field == field


def test_a_unit_needs_a_municipality_and_a_municipality_nobody(host: Host, world: World) -> None:
    for kind, parent in ((Kind.UNIT, None), (Kind.UNIT, world.school), (Kind.MUNICIPALITY, world.city)):
        with pytest.raises(Refusal) as caught:
            registry.create(host, kind, SCHOOL, ACTOR, parent)
        assert caught.value.field == "parent"
    with pytest.raises(NotFound) as caught:
        registry.create(host, Kind.MUNICIPALITY, SCHOOL, ACTOR, cell="nowhere")
    assert caught.value.field == "cell"


def test_many_at_once_create_one_tenant_of_one_slug(host: Host, fresh: Callable[[], World]) -> None:
    city = fresh().city
    data = replace(SCHOOL, slug=f"{city.slug}-sp9")
    provision.refill(host, city.cell, "unit", 8)
    made = all_at_once(host, "tenant", lambda _: registry.create(host, Kind.UNIT, data, ACTOR, city), 8)
    assert [is_new for _, is_new in made].count(True) == 1
    assert len({tenant.schema_name for tenant, _ in made}) == 1
    assert journal(host, f"tenant:{data.slug}") == ["unit.create"]


def test_many_different_ones_at_once_each_get_a_schema_of_their_own(host: Host, fresh: Callable[[], World]) -> None:
    city = fresh().city

    def one(number: int) -> Tenant:
        data = TenantData(f"{city.slug}-p{number}", f"P{number}", f"Przedszkole nr {number}", f"P {number}")
        return registry.create(host, Kind.UNIT, data, ACTOR, city)[0]

    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(one, range(12)))
    assert len({tenant.schema_name for tenant in made}) == 12
    for number, tenant in enumerate(made):
        with host.tenant(tenant, ACTOR) as session:
            session.execute(text("insert into vat_setting (id) values (:id)"), {"id": number})
    for number, tenant in enumerate(made):
        with host.tenant(tenant, ACTOR) as session:
            assert session.execute(text("select id from vat_setting")).scalars().all() == [number]


def test_different_units_of_one_code_at_once_are_one_unit_and_refusals(host: Host, fresh: Callable[[], World]) -> None:
    city = fresh().city

    def one(number: int) -> str | None:
        data = TenantData(f"{city.slug}-x{number}", "DPS", f"Dom nr {number}", f"D {number}")
        try:
            registry.create(host, Kind.UNIT, data, ACTOR, city)
        except Refusal as refusal:
            return refusal.field
        return None

    provision.refill(host, city.cell, "unit", 6)
    fields = all_at_once(host, "tenant", one, 6)
    assert sorted(fields, key=str) == [None, *["code"] * 5]


def test_a_tenant_is_found_by_slug_and_by_a_code_that_only_one_has(host: Host, world: World) -> None:
    alone = replace(SCHOOL, slug="jedyna", code="UM", nip=None, teryt="3217011")
    registry.create(host, Kind.MUNICIPALITY, alone, ACTOR)
    with host.control() as session:
        assert registry.known(session, world.school.slug).id == world.school.id
        assert registry.known(session, "3217011").slug == "jedyna"
        with pytest.raises(Refusal, match="kilka gmin") as caught:
            registry.known(session, "1421021")
        assert world.city.slug in caught.value.message
        with pytest.raises(NotFound):
            registry.known(session, "nigdzie")


def test_suspending_says_whether_it_changed_anything(host: Host, fresh: Callable[[], World]) -> None:
    school = fresh().school
    with host.control() as session:
        tenant = registry.known(session, school.slug)
        assert registry.set_status(session, tenant, "suspended", ACTOR)
        assert not registry.set_status(session, tenant, "suspended", ACTOR)
        assert registry.set_status(session, tenant, "active", ACTOR)
    assert journal(host, f"tenant:{school.slug}") == ["unit.create", "tenant.suspended", "tenant.active"]


def test_a_host_name_shows_one_municipality(host: Host, fresh: Callable[[], World]) -> None:
    world = fresh()
    name = f"{world.city.slug}.example.pl"
    with host.control() as session:
        assert registry.add_domain(session, world.city, f" {name.upper()} ", ACTOR)
        assert not registry.add_domain(session, world.city, name, ACTOR)
        found = registry.by_host(session, name)
        assert found is not None and found.id == world.city.id
        assert registry.domains(session, world.city) == [name]
        for tenant, host_name, field in (
            (world.other_city, name, "host"),
            (world.city, "to nie host", "host"),
            (world.city, "a..b", "host"),
            (world.school, f"sp.{name}", "tenant"),
        ):
            with pytest.raises(Refusal) as caught:
                registry.add_domain(session, tenant, host_name, ACTOR)
            assert caught.value.field == field
        assert not registry.remove_domain(session, world.other_city, name, ACTOR)
        assert registry.remove_domain(session, world.city, name, ACTOR)
        assert registry.by_host(session, name) is None


def test_a_room_is_open_from_day_to_day(host: Host, fresh: Callable[[], World]) -> None:
    school = fresh().school
    with host.control() as session:
        dates = (date(2026, 1, 1), ACTOR, date(2026, 6, 30))
        assert registry.switch_on(session, school, "vat", *dates)
        assert not registry.switch_on(session, school, "vat", *dates)
        assert registry.modules(session, school, date(2025, 12, 31)) == frozenset()
        assert registry.modules(session, school, date(2026, 6, 30)) == {"vat"}
        assert registry.modules(session, school, date(2026, 7, 1)) == frozenset()


def test_municipalities_come_by_name_each_followed_by_its_units(host: Host, fresh: Callable[[], World]) -> None:
    world = fresh()
    with host.control() as session:
        found = [tenant.slug for tenant in registry.everyone(session)]
        assert [unit.code for unit in registry.units_of(session, world.city)] == ["CUW", "MOSIR", "SP1"]
        assert registry.municipality_of(session, world.school).id == world.city.id
        assert registry.municipality_of(session, world.city).id == world.city.id
    at = found.index(world.city.slug)
    assert set(found[at + 1 : at + 4]) == {world.school.slug, world.pool.slug, world.centre.slug}


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Szkoła Podstawowa nr 3", "szkola-podstawowa-nr-3"),
        ("  Żory — Źródła ŁĄK  ", "zory-zrodla-lak"),
        ("Ø", ""),
        ("a" * 70, "a" * 60),
    ],
)
def test_slugs_are_made_of_names(name: str, slug: str) -> None:
    assert slug_from(name) == slug
