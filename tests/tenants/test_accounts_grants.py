"""Grants and mandates: from day to day, ended at once, and what they reach."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.deployment import Deployment
from app.kernel.clock import today
from app.kernel.errors import NotFound, Refusal
from policies.enforcer import Principal, may, roles_at
from tenants import fleet
from tenants.accounts import grants
from tenants.accounts.reach import Reached, reachable, search
from tenants.models import Account, Grant
from tests.conftest import ACTOR, World
from tests.tenants.accounts import Reception


@pytest.fixture(scope="module")
def reception(deployment: Deployment) -> Reception:
    return Reception.of(deployment)


def person(reception: Reception, account: Account, on: date | None = None) -> Principal:
    with reception.host.control() as session:
        return grants.principal(session, account, on)


def where(reception: Reception, account: Account, words: str = "", on: date | None = None) -> list[str]:
    """The tree as text: "City", "  Unit", in brackets what only stands above."""
    with reception.host.control() as session:
        places = search(reachable(session, account, on), words)

    def line(place: Reached, depth: int) -> str:
        name = place.tenant.short_name
        return "  " * depth + (name if place.open else f"({name})")

    return [text for top in places for text in (line(top, 0), *(line(unit, 1) for unit in top.units))]


def test_a_grant_holds_from_its_first_to_its_last_day(reception: Reception, world: World) -> None:
    account, first, last = reception.hire(), date(2026, 3, 1), date(2026, 3, 31)
    with reception.host.control() as session:
        grants.give(session, account, "unit_clerk", world.school, ACTOR, first, last)
    one_day = timedelta(days=1)
    for on, holds in [(first - one_day, False), (first, True), (last, True), (last + one_day, False)]:
        assert may(person(reception, account, on), "vat.register", "enter", world.school) is holds, on


def test_a_grant_ended_now_stops_at_once_even_on_its_first_day(reception: Reception, world: World) -> None:
    account = reception.hire()
    reception.grant(account, "unit_head", world.school)
    assert may(person(reception, account), "vat.return", "publish", world.school)
    with reception.host.control() as session:
        assert grants.end(session, account, "unit_head", world.school, ACTOR) == 1
    assert not may(person(reception, account), "vat.return", "publish", world.school)
    assert reception.journal(account)[-2:] == ["grant.add", "grant.end"]


def test_ending_one_role_leaves_the_persons_others(reception: Reception, world: World) -> None:
    account = reception.hire()
    reception.grant(account, "unit_clerk", world.school)
    reception.grant(account, "unit_head", world.school)
    reception.grant(account, "unit_clerk", world.pool)
    with reception.host.control() as session:
        grants.end(session, account, "unit_clerk", world.school, ACTOR)
    held = person(reception, account)
    assert [one.role for one in roles_at(held, world.school)] == ["unit_head"]
    assert [one.role for one in roles_at(held, world.pool)] == ["unit_clerk"]


def test_a_grant_may_end_on_a_later_day(reception: Reception, world: World) -> None:
    account, last = reception.hire(), today() + timedelta(days=10)
    reception.grant(account, "unit_clerk", world.school)
    with reception.host.control() as session:
        grants.end(session, account, "unit_clerk", world.school, ACTOR, last)
    assert roles_at(person(reception, account, last), world.school)
    assert not roles_at(person(reception, account, last + timedelta(days=1)), world.school)


def test_what_a_person_does_not_have_cannot_be_ended(reception: Reception, world: World) -> None:
    with pytest.raises(NotFound, match="nie ma tutaj roli"), reception.host.control() as session:
        grants.end(session, reception.hire(), "unit_clerk", world.school, ACTOR)


def test_the_same_grant_again_changes_nothing_and_after_its_end_it_is_new(reception: Reception, world: World) -> None:
    account = reception.hire()
    made = []
    for _ in range(2):
        with reception.host.control() as session:
            made.append(grants.give(session, account, "unit_clerk", world.school, ACTOR))
    assert made[0][0].id == made[1][0].id
    assert [new for _, new in made] == [True, False]
    with reception.host.control() as session:
        grants.end(session, account, "unit_clerk", world.school, ACTOR)
    with reception.host.control() as session:
        assert grants.give(session, account, "unit_clerk", world.school, ACTOR)[1]
        assert session.scalar(select(func.count()).where(Grant.account_id == account.id)) == 2


@pytest.mark.parametrize(
    ("role", "place", "field"),
    [
        ("burmistrz", "school", "role"),
        ("treasurer", "school", "role"),
        ("provider_operator", "city", "role"),
        ("unit_clerk", None, "role"),
    ],
)
def test_a_role_is_granted_only_where_it_means_something(
    reception: Reception, world: World, role: str, place: str | None, field: str
) -> None:
    tenant = getattr(world, place) if place else None
    with pytest.raises(Refusal) as caught, reception.host.control() as session:
        grants.give(session, reception.hire(), role, tenant, ACTOR)
    assert caught.value.field == field


def test_dates_the_wrong_way_round_are_refused(reception: Reception, world: World) -> None:
    with pytest.raises(Refusal, match="Ostatni dzień") as caught, reception.host.control() as session:
        grants.give(session, reception.hire(), "unit_clerk", world.school, ACTOR, date(2026, 3, 2), date(2026, 3, 1))
    assert caught.value.field == "until_on"


def test_a_mandate_brings_the_centres_people_into_the_unit_and_its_end_takes_them_out(
    reception: Reception, fresh: Callable[[], World]
) -> None:
    world, account, yesterday = fresh(), reception.hire(), today() - timedelta(days=1)
    with reception.host.control() as session:
        grants.give(session, account, "centre_accountant", world.centre, ACTOR, yesterday)
    assert not may(person(reception, account), "vat.register", "enter", world.school)
    with reception.host.control() as session:
        fleet.grant(session, world.centre, world.school, "vat", yesterday, "uchwała nr 7", ACTOR)
    assert may(person(reception, account), "vat.register", "enter", world.school)
    assert not may(person(reception, account), "vat.register", "enter", world.pool)
    with reception.host.control() as session:
        fleet.end(session, world.centre, world.school, "vat", yesterday, ACTOR)
    assert not may(person(reception, account), "vat.register", "enter", world.school)
    assert may(person(reception, account, yesterday), "vat.register", "enter", world.school)


def test_a_mandate_of_another_scope_brings_no_vat_rights(reception: Reception, fresh: Callable[[], World]) -> None:
    world, account = fresh(), reception.hire()
    reception.grant(account, "centre_accountant", world.centre)
    with reception.host.control() as session:
        fleet.grant(session, world.centre, world.school, "payroll", today(), "uchwała nr 8", ACTOR)
    assert not may(person(reception, account), "vat.register", "read", world.school)
    assert "SP1" not in "".join(where(reception, account))


def test_a_municipality_reaches_its_units_by_law_and_nobody_elses(reception: Reception, world: World) -> None:
    account = reception.hire()
    reception.grant(account, "vat_clerk", world.city)
    held = person(reception, account)
    assert may(held, "vat.register", "enter", world.pool)
    assert not may(held, "vat.register", "read", world.other_school)
    assert not may(held, "vat.inbox", "read", world.other_city)


def test_an_account_without_grants_reaches_nothing(reception: Reception) -> None:
    assert where(reception, reception.hire()) == []


def test_the_switcher_shows_the_units_of_a_grant_below_their_municipality(reception: Reception, world: World) -> None:
    account = reception.hire()
    reception.grant(account, "unit_clerk", world.school)
    reception.grant(account, "unit_head", world.other_school)
    assert where(reception, account) == ["(Urząd alfa)", "  SP1", "(Urząd beta)", "  SP1"]


def test_the_switcher_shows_a_municipalitys_clerk_all_of_its_units(reception: Reception, world: World) -> None:
    account = reception.hire()
    reception.grant(account, "vat_clerk", world.city)
    assert where(reception, account) == ["Urząd alfa", "  CUW", "  MOSIR", "  SP1"]


def test_the_offices_head_reaches_the_office_only(reception: Reception, world: World) -> None:
    account = reception.hire()
    reception.grant(account, "unit_head", world.city)
    assert where(reception, account) == ["Urząd alfa"]


def test_the_provider_reaches_no_tenant_through_the_office(reception: Reception) -> None:
    account = reception.hire()
    reception.grant(account, "provider_operator", None)
    assert where(reception, account) == []
    assert may(person(reception, account), "tenant", "create", None)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("szkola podstawowa", ["Urząd alfa", "  SP1"]),
        ("OŚRODEK", ["Urząd alfa", "  MOSIR"]),
        ("521-301-72-28", ["Urząd alfa", "  SP1"]),
        ("52130", ["Urząd alfa", "  SP1"]),
        ("5260250274", ["Urząd alfa"]),
        ("mosir", ["Urząd alfa", "  MOSIR"]),
        ("podstawowa sportu", []),
    ],
)
def test_the_switcher_is_searched_by_name_code_and_nip(
    reception: Reception, world: World, words: str, found: list[str]
) -> None:
    account = reception.hire()
    reception.grant(account, "treasurer", world.city)
    assert where(reception, account, words) == found


def test_a_person_sees_the_grants_that_are_and_will_be_in_force(reception: Reception, world: World) -> None:
    account, now = reception.hire(), today()
    with reception.host.control() as session:
        grants.give(session, account, "unit_clerk", world.school, ACTOR, date(2020, 1, 1), date(2020, 12, 31))
        grants.give(session, account, "unit_clerk", world.pool, ACTOR, now + timedelta(days=5))
        grants.give(session, account, "unit_head", world.school, ACTOR)
    with reception.host.control() as session:
        found = {(grant.role, tenant.short_name) for grant, tenant in grants.of(session, account) if tenant}
    assert found == {("unit_clerk", "MOSIR"), ("unit_head", "SP1")}
    assert roles_at(person(reception, account), world.pool) == ()
