"""Which tenant a person may enter, and what everybody else is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from litestar import Litestar
from sqlalchemy import text

from app.kernel.clock import today
from policies.guards import rights
from tenants import fleet, registry
from tenants.accounts import grants
from tests.conftest import ACTOR, World
from tests.office.browser import Browser, browser, words
from tests.tenants.accounts import Reception


def test_a_tenant_out_of_reach_looks_like_one_that_does_not_exist(
    reception: Reception, world: World, person: Browser
) -> None:
    account = reception.hire()
    reception.grant(account, "unit_clerk", world.school)
    person.log_in(account.login)
    assert person.get(f"/{world.school.slug}").status_code == 200
    unknown = person.get("/nie-ma-takiej")
    for place in (world.pool, world.city, world.other_city, world.other_school):
        answer = person.get(f"/{place.slug}")
        assert answer.status_code == 404
        assert answer.text == unknown.text
    assert person.post(f"/{world.pool.slug}/enter", {}).status_code == 404


def test_nobody_learns_before_logging_in_whether_a_tenant_exists(world: World, person: Browser) -> None:
    there, nowhere = person.get(f"/{world.school.slug}"), person.get("/nie-ma-takiej")
    assert (there.status_code, there.text) == (nowhere.status_code, nowhere.text) == (303, "")


def test_a_missing_right_is_named_with_the_role_that_gives_it(
    reception: Reception, world: World, person: Browser
) -> None:
    account = reception.hire()
    reception.grant(account, "unit_clerk", world.school)
    person.log_in(account.login)
    answer = person.post(f"/{world.school.slug}/sign", {})
    assert answer.status_code == 403
    shown = words(answer)
    assert "Brak prawa" in shown
    assert "zatwierdzanie i ogłaszanie cząstkowej deklaracji VAT jednostki" in shown
    assert "„kierownik jednostki”" in shown and "Rolę nadaje operator systemu." in shown


def test_a_grant_ended_meanwhile_stops_with_the_next_request(
    reception: Reception, world: World, person: Browser
) -> None:
    account = reception.hire()
    reception.grant(account, "unit_clerk", world.school)
    reception.grant(account, "unit_head", world.school)
    person.log_in(account.login)
    assert person.post(f"/{world.school.slug}/sign", {}).text == "signed"
    with reception.host.control() as session:
        grants.end(session, account, "unit_head", world.school, ACTOR)
    assert person.post(f"/{world.school.slug}/sign", {}).status_code == 403
    with reception.host.control() as session:
        grants.end(session, account, "unit_clerk", world.school, ACTOR)
    assert person.get(f"/{world.school.slug}").status_code == 404


def test_a_mandate_ended_meanwhile_stops_with_the_next_request(
    reception: Reception, fresh: Callable[[], World], person: Browser
) -> None:
    world, account = fresh(), reception.hire()
    reception.grant(account, "centre_accountant", world.centre)
    yesterday = today() - timedelta(days=1)
    with reception.host.control() as session:
        fleet.grant(session, world.centre, world.school, "vat", yesterday, "uchwała nr 9", ACTOR)
    person.log_in(account.login)
    assert person.get(f"/{world.school.slug}").status_code == 200
    with reception.host.control() as session:
        fleet.end(session, world.centre, world.school, "vat", yesterday, ACTOR)
    assert person.get(f"/{world.school.slug}").status_code == 404
    assert person.get(f"/{world.centre.slug}").status_code == 200


def test_the_trail_names_the_person_and_the_mandate_they_used(
    reception: Reception, fresh: Callable[[], World], person: Browser
) -> None:
    world, clerk, accountant = fresh(), reception.hire(), reception.hire()
    reception.grant(clerk, "unit_clerk", world.school)
    reception.grant(accountant, "centre_accountant", world.centre)
    with reception.host.control() as session:
        fleet.grant(session, world.centre, world.school, "vat", today(), "uchwała nr 10", ACTOR)
    for account in (clerk, accountant):
        person.post("/wyloguj", {})
        person.log_in(account.login)
        assert person.post(f"/{world.school.slug}/enter", {}).text == "entered"
    with reception.host.tenant(world.school, ACTOR) as session:
        trail = session.execute(text("select actor, mandate from cell.audit where verb = 'test.enter' order by seq"))
        assert [tuple(row) for row in trail] == [(clerk.login, None), (accountant.login, "uchwała nr 10")]


def test_a_suspended_tenant_lets_nobody_in_and_says_so(
    reception: Reception, fresh: Callable[[], World], person: Browser
) -> None:
    world, account = fresh(), reception.hire()
    reception.grant(account, "unit_clerk", world.school)
    reception.grant(account, "unit_clerk", world.pool)
    with reception.host.control() as session:
        registry.set_status(session, registry.known(session, world.school.slug), "suspended", ACTOR)
    person.log_in(account.login)
    answer = person.get(f"/{world.school.slug}")
    assert answer.status_code == 403 and "Dostęp do „SP1” jest wstrzymany." in words(answer)
    assert "dostęp wstrzymany" in words(person.get("/gdzie"))
    assert f'href="/{world.school.slug}"' not in person.get("/gdzie").text


def test_a_part_of_a_page_asked_for_after_the_session_ended_sends_the_whole_page_to_the_log_in(
    world: World, person: Browser
) -> None:
    current = f"http://magistrat.test/{world.school.slug}?miesiac=2026-09"
    answer = person.get(f"/{world.school.slug}", **{"hx-request": "true", "hx-current-url": current})
    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == f"/logowanie?dalej=/{world.school.slug}%3Fmiesiac%3D2026-09"


def test_the_switcher_lists_only_places_within_reach(reception: Reception, world: World, person: Browser) -> None:
    account = reception.hire()
    reception.grant(account, "vat_clerk", world.city)
    person.log_in(account.login)
    shown = person.get("/gdzie")
    assert shown.status_code == 200
    for place in (world.city, world.school, world.pool, world.centre):
        assert f'href="/{place.slug}"' in shown.text
    for place in (world.other_city, world.other_school):
        assert place.slug not in shown.text and place.name not in shown.text


def test_the_switcher_is_searched_without_scripts_and_by_the_palette(
    reception: Reception, world: World, person: Browser
) -> None:
    account = reception.hire()
    reception.grant(account, "treasurer", world.city)
    person.log_in(account.login)
    page = person.get("/gdzie?q=sportu")
    assert f'href="/{world.pool.slug}"' in page.text and f'href="/{world.school.slug}"' not in page.text
    assert "<html" in page.text
    part = person.get("/gdzie?q=sportu", **{"hx-request": "true"})
    assert "<html" not in part.text and 'role="option"' in part.text
    assert f'href="/{world.pool.slug}"' in part.text and f'href="/{world.school.slug}"' not in part.text
    nothing = person.get("/gdzie?q=zzz", **{"hx-request": "true"})
    assert "Nic nie znalazłem" in nothing.text
    assert "Nic nie pasuje do „zzz”." in words(person.get("/gdzie?q=zzz"))


def test_who_has_no_place_is_told_what_to_do(reception: Reception, person: Browser) -> None:
    person.log_in(reception.hire().login)
    assert "Nie masz jeszcze dostępu do żadnej gminy ani jednostki." in words(person.get("/gdzie"))


@pytest.mark.parametrize("named", ["domain", "portal"])
def test_on_a_municipalitys_own_host_name_only_it_and_its_units_exist(
    reception: Reception, made: Litestar, fresh: Callable[[], World], named: str
) -> None:
    world, account = fresh(), reception.hire()
    for place in (world.school, world.other_school):
        reception.grant(account, "unit_clerk", place)
    name = f"{world.city.slug}.portale.pl"
    if named == "domain":
        name = f"um.{world.city.slug}.pl"
        with reception.host.control() as session:
            registry.add_domain(session, world.city, name, ACTOR)
    with browser(made, f"http://{name}") as person:
        assert person.log_in(account.login).headers["location"] == f"/{world.school.slug}"
        assert person.get(f"/{world.school.slug}").status_code == 200
        assert person.get(f"/{world.other_school.slug}").status_code == 404
        assert world.other_city.name not in person.get("/gdzie").text


def test_the_provider_sees_the_panel_and_no_tenants_data(reception: Reception, world: World, person: Browser) -> None:
    account = reception.hire()
    reception.grant(account, "provider_operator", None)
    person.log_in(account.login)
    assert person.get("/operator").status_code == 200
    assert person.get(f"/{world.school.slug}").status_code == 404


def test_an_official_does_not_enter_the_providers_panel(reception: Reception, world: World, person: Browser) -> None:
    account = reception.hire()
    reception.grant(account, "treasurer", world.city)
    person.log_in(account.login)
    answer = person.get("/operator")
    assert answer.status_code == 403 and "„operator systemu”" in words(answer)


def test_every_route_asks_for_a_right_or_says_whose_it_is(made: Litestar) -> None:
    for route in made.routes:
        for handler in getattr(route, "route_handlers", []):
            if handler.http_methods != {"OPTIONS"}:
                assert rights(handler) or handler.opt.get("public") or handler.opt.get("personal"), route.path
