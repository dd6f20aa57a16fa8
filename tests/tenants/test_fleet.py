"""Who works for whom, from day to day, and visiting them one transaction each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.kernel import audit
from app.kernel.errors import Refusal
from tenants import fleet, mandates, registry
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR, World, make_unit
from tests.tenants.crowd import all_at_once

SINCE = date(2026, 1, 1)
BASIS = "uchwała nr XII/34/2025"
DAY = timedelta(days=1)


def served(host: Host, holder: Tenant, scope: str, on: date) -> list[str]:
    with host.control() as session:
        return [one.tenant.slug for one in fleet.served(session, holder, scope, on)]


def grant(host: Host, holder: Tenant, unit: Tenant, since_on: date = SINCE, basis: str = BASIS) -> bool:
    with host.control() as session:
        return fleet.grant(session, holder, unit, "vat", since_on, basis, ACTOR)[1]


def end(host: Host, holder: Tenant, unit: Tenant, until_on: date) -> bool:
    with host.control() as session:
        return fleet.end(session, holder, unit, "vat", until_on, ACTOR)[1]


def test_a_municipality_works_for_itself_and_its_units_by_law(host: Host, fresh: Callable[[], World]) -> None:
    world = fresh()
    mine = {world.city.slug, world.school.slug, world.pool.slug, world.centre.slug}
    for scope in ("vat", "reports"):
        assert set(served(host, world.city, scope, SINCE)) == mine
    assert served(host, world.city, "payroll", SINCE) == []
    assert served(host, world.school, "vat", SINCE) == []
    assert not mine & set(served(host, world.other_city, "vat", SINCE))


def test_a_centre_works_from_the_day_of_the_resolution_to_its_last_day(host: Host, fresh: Callable[[], World]) -> None:
    world = fresh()
    centre, school = world.centre, world.school
    assert grant(host, centre, school)
    assert not grant(host, centre, school)
    assert served(host, centre, "vat", SINCE - DAY) == []
    assert served(host, centre, "vat", SINCE) == [school.slug]
    assert served(host, centre, "payroll", SINCE) == []
    last = date(2026, 6, 30)
    assert end(host, centre, school, last)
    assert not end(host, centre, school, last)
    assert served(host, centre, "vat", last) == [school.slug]
    assert served(host, centre, "vat", last + DAY) == []
    with host.control() as session:
        assert [one.slug for one in fleet.holders(session, school, "vat", last)] == [centre.slug]
        assert fleet.holders(session, school, "vat", last + DAY) == []
        for tenant in (centre, school, world.city, None):
            given = [one for one in mandates.of(session, tenant) if one.unit.id == school.id]
            assert [(one.holder.slug, one.mandate.until_on) for one in given] == [(centre.slug, last)]
        assert mandates.of(session, school, last + DAY) == []


def test_a_mandate_that_would_overlap_another_is_refused_and_a_later_one_is_not(
    host: Host, fresh: Callable[[], World]
) -> None:
    world = fresh()
    centre, school = world.centre, world.school
    grant(host, centre, school)
    for since_on, basis in ((SINCE, "inna uchwała"), (SINCE + DAY, BASIS), (SINCE - DAY, BASIS)):
        with pytest.raises(Refusal, match="bezterminowo") as caught:
            grant(host, centre, school, since_on, basis)
        assert caught.value.field == "since_on"
    end(host, centre, school, date(2026, 3, 31))
    assert grant(host, centre, school, date(2026, 4, 1), "uchwała nr 2")
    with host.control() as session:
        right = {
            day: fleet.served(session, centre, "vat", date(2026, 3, 31) + day)[0].mandate for day in (0 * DAY, DAY)
        }
    assert right == {0 * DAY: BASIS, DAY: "uchwała nr 2"}


def test_mandates_that_cannot_be_are_refused_by_field(host: Host, fresh: Callable[[], World]) -> None:
    world = fresh()
    cases = (
        (world.centre, world.school, "gotowanie", BASIS, "scope"),
        (world.centre, world.school, "vat", "  ", "basis"),
        (world.centre, world.school, "vat", "x" * 401, "basis"),
        (world.centre, world.centre, "vat", BASIS, "unit"),
        (world.centre, world.other_school, "vat", BASIS, "unit"),
    )
    with host.control() as session:
        for holder, unit, scope, basis, field in cases:
            with pytest.raises(Refusal) as caught:
                fleet.grant(session, holder, unit, scope, SINCE, basis, ACTOR)
            assert caught.value.field == field
        with pytest.raises(Refusal) as caught:
            fleet.end(session, world.centre, world.school, "vat", SINCE, ACTOR)
        assert caught.value.field == "until_on"


def test_of_many_overlapping_mandates_given_at_once_one_holds(host: Host, fresh: Callable[[], World]) -> None:
    world = fresh()

    def one(number: int) -> bool | str | None:
        try:
            return grant(host, world.centre, world.pool, SINCE + number * DAY)
        except Refusal as refusal:
            return refusal.field

    results = all_at_once(host, "mandate", one, 6)
    assert sorted(results, key=str) == [True, *["since_on"] * 5]


def test_a_suspended_tenant_is_still_visited(host: Host, fresh: Callable[[], World]) -> None:
    world = fresh()
    grant(host, world.centre, world.school)
    with host.control() as session:
        registry.set_status(session, registry.known(session, world.school.slug), "suspended", ACTOR)
    assert served(host, world.centre, "vat", SINCE) == [world.school.slug]
    assert world.school.slug in served(host, world.city, "vat", SINCE)


@pytest.mark.parametrize("workers", [1, 2])
def test_one_failing_visit_is_that_tenants_result_and_the_others_go_on(
    host: Host, fresh: Callable[[], World], workers: int
) -> None:
    world = fresh()
    for number in range(6):
        make_unit(host, world.city, f"P{number}", f"Przedszkole nr {number}")

    def work(session: Session, tenant: Tenant) -> str:
        session.execute(text("insert into vat_setting (id) values (1)"))
        if tenant.code == "P2":
            raise Refusal("Miesiąc jest zamknięty.", "month")
        if tenant.code == "P4":
            session.execute(text("insert into vat_setting (id) values (1)"))
        audit.record(session, "vat.open", "vat.period:2026-09")
        return str(session.execute(text("select current_user::text")).scalar_one())

    with host.control() as session:
        whom = fleet.served(session, world.city, "vat", SINCE)
    visits = list(fleet.visit(host, whom, work, ACTOR, workers=workers))
    assert [visit.tenant.slug for visit in visits] == [one.tenant.slug for one in whom]
    failed = {visit.tenant.code: visit.error for visit in visits if visit.error}
    assert set(failed) == {"P2", "P4"}
    assert isinstance(failed["P2"], Refusal) and isinstance(failed["P4"], DBAPIError)
    assert all(visit.value == visit.tenant.schema_name for visit in visits if not visit.error)
    for visit in visits:
        with host.tenant(visit.tenant, ACTOR, read_only=True) as session:
            kept = session.execute(text("select count(*) from vat_setting")).scalar_one()
            trail = session.execute(text("select actor, mandate from cell.audit")).all()
        assert kept == (0 if visit.error else 1)
        assert trail == ([] if visit.error else [(ACTOR, fleet.BY_LAW["vat"])])


def test_nobody_is_visited_who_was_not_asked_for(host: Host, world: World) -> None:
    assert list(fleet.visit(host, [], lambda *_: 1, ACTOR, workers=2)) == []
    with host.control() as session:
        whom = fleet.served(session, world.city, "vat", SINCE)
    reading = fleet.visit(
        host, whom, lambda session, _: session.execute(text("delete from vat_setting")), ACTOR, read_only=True
    )
    assert all("read-only" in str(visit.error) for visit in reading)


def test_results_are_not_gathered_far_ahead_of_who_takes_them(host: Host, world: World) -> None:
    done: list[str] = []
    with host.control() as session:
        whom = fleet.served(session, world.city, "vat", SINCE)
    rounds = fleet.visit(host, [*whom, *whom, *whom], lambda _, tenant: done.append(tenant.slug), ACTOR, workers=2)
    next(rounds)
    rounds.close()  # type: ignore[attr-defined]
    assert len(done) <= 5 < 3 * len(whom)


def test_the_right_of_a_visit_fits_the_audit_trail(host: Host, fresh: Callable[[], World]) -> None:
    world = fresh()
    grant(host, world.centre, world.school, basis="u" * 400)
    with host.control() as session:
        (one,) = fleet.served(session, world.centre, "vat", SINCE)
    assert one == replace(one, mandate="u" * 120)
