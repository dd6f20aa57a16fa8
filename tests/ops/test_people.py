"""Accounts from the operator's pages: a password shown once, roles from day to day, suspension at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from litestar import Litestar

from app.kernel.clock import today
from app.kernel.dates import format_short
from tenants.accounts import grants
from tests.conftest import World
from tests.office.browser import Browser, browser, words
from tests.ops.conftest import HERE
from tests.tenants.accounts import GOOD, Reception

Fresh = Callable[[], World]


def hired(operator: Browser, login: str, **more: str) -> tuple[str, str]:
    """The account's address and its temporary password, from the page that shows it."""
    answer = operator.post("/operator/konta/nowe", {"name": "Nowa Osoba", "login": login, "email": "", **more})
    assert answer.status_code == 200, words(answer)
    assert answer.headers["cache-control"] == "no-store"
    password = re.findall(r"<dt>Hasło</dt><dd><code>([^<]+)</code>", answer.text)[0]
    address = re.findall(r'href="(/operator/konta/[0-9a-f-]{36})"', answer.text)[0]
    return address, password


def test_a_new_account_logs_in_with_the_password_that_was_shown_once(operator: Browser, site: Litestar) -> None:
    address, password = hired(operator, "nowa.osoba@gmina.example")
    assert password not in operator.get(address).text
    with browser(site, HERE, address="10.8.2.1") as person:
        assert person.log_in("nowa.osoba@gmina.example", password).headers["location"] == "/haslo"


def test_a_taken_login_and_a_wrong_one_are_refused_at_the_field(operator: Browser, reception: Reception) -> None:
    taken = reception.hire().login
    for login, said in ((taken, "już istnieje"), ("ą!", "Login składa się")):
        answer = operator.post("/operator/konta/nowe", {"name": "Jan Nowy", "login": login, "email": ""})
        assert answer.status_code == 422
        assert said in answer.text
        assert 'value="Jan Nowy"' in answer.text


def test_from_a_new_unit_to_its_head_in_three_steps(
    operator: Browser, fresh: Fresh, site: Litestar, reception: Reception
) -> None:
    world = fresh()
    slug = world.school.slug
    assert f"/operator/konta/nowe?gdzie={slug}" in operator.get(f"/operator/gminy/{slug}/zalozona").text
    address, password = hired(operator, f"dyrektor@{slug}.example", gdzie=slug)
    page = operator.get(f"{address}/role?gdzie={slug}")
    assert "kierownik jednostki" in page.text
    assert "skarbnik" not in words(page)
    given = {"gdzie": slug, "role": "unit_head", "since_on": format_short(today()), "until_on": ""}
    for said in ("Rola nadana.", "Niczego nie zmieniłem."):
        operator.post(f"{address}/role", given)
        assert said in words(operator.get(address))
    with browser(site, HERE, address="10.8.2.2") as person:
        person.log_in(f"dyrektor@{slug}.example", password)
        person.post("/haslo", {"current": password, "new": GOOD, "again": GOOD})
        assert person.get(f"/{slug}").status_code == 200
        assert person.get(f"/{world.pool.slug}").status_code == 404


@pytest.mark.parametrize(("role", "slug"), [("treasurer", "alfa-sp1"), ("provider_operator", "alfa"), ("king", "alfa")])
def test_a_role_that_does_not_belong_there_is_refused(operator: Browser, world: World, role: str, slug: str) -> None:
    address, _ = hired(operator, f"{role}@{slug}.example")
    answer = operator.post(f"{address}/role", {"gdzie": slug, "role": role, "since_on": "01.01.2026", "until_on": ""})
    assert answer.status_code == 422
    assert "Wybierz jedną z możliwości z listy." in answer.text
    backwards = {"gdzie": slug, "role": "unit_head", "since_on": "02.01.2026", "until_on": "01.01.2026"}
    assert "nie może być wcześniejszy" in operator.post(f"{address}/role", backwards).text


def test_a_role_ends_at_once_or_on_a_day(operator: Browser, fresh: Fresh, reception: Reception) -> None:
    world = fresh()
    person = reception.hire()
    reception.grant(person, "unit_clerk", world.school)
    reception.grant(person, "unit_clerk", world.pool)
    address = f"/operator/konta/{person.id}"
    ends = re.findall(rf'href="({address}/role/[0-9a-f-]{{36}})"', operator.get(address).text)
    assert len(ends) == 2
    operator.post(ends[0], {"until_on": ""})
    last = today() + timedelta(days=30)
    operator.post(ends[1], {"until_on": format_short(last)})
    with reception.host.control() as session:
        (left,) = grants.of(session, person)
    assert left[0].until_on == last
    assert operator.get(ends[0]).status_code == 404


def test_a_suspended_person_is_out_at_once_and_comes_back(
    operator: Browser, fresh: Fresh, site: Litestar, reception: Reception
) -> None:
    world = fresh()
    person = reception.hire()
    reception.grant(person, "unit_clerk", world.school)
    address = f"/operator/konta/{person.id}"
    with browser(site, HERE, address="10.8.2.3") as official:
        official.log_in(person.login)
        assert official.get("/gdzie").status_code == 200
        operator.post(f"{address}/zawies", {})
        assert official.get("/gdzie").headers["location"].startswith("/logowanie")
        operator.post(f"{address}/przywroc", {})
        official.log_in(person.login)
        assert official.get("/gdzie").status_code == 200


def test_a_reset_password_lets_in_somebody_who_was_locked_out(
    operator: Browser, site: Litestar, reception: Reception
) -> None:
    person = reception.hire()
    with browser(site, HERE, address="10.8.2.4") as official:
        for _ in range(6):
            official.log_in(person.login, "to nie jest to")
        assert official.log_in(person.login).status_code == 422
        answer = operator.post(f"/operator/konta/{person.id}/haslo", {})
        password = re.findall(r"<dt>Hasło</dt><dd><code>([^<]+)</code>", answer.text)[0]
        assert official.log_in(person.login, password).headers["location"] == "/haslo"


def test_an_operator_cannot_lock_themselves_out(operator: Browser) -> None:
    page = operator.get("/operator/konta?nazwisko=Olga").text
    own = [
        address
        for address in dict.fromkeys(re.findall(r'href="(/operator/konta/[0-9a-f-]{36})"', page))
        if "Zawieś konto" not in operator.get(address).text
    ]
    assert len(own) == 1
    assert operator.post(f"{own[0]}/zawies", {}).status_code == 422
    grant = re.findall(rf'href="({own[0]}/role/[0-9a-f-]{{36}})"', operator.get(own[0]).text)[0]
    assert operator.post(grant, {"until_on": ""}).status_code == 422
    assert operator.get("/operator").status_code == 200


def test_accounts_are_listed_with_their_state(operator: Browser, reception: Reception, world: World) -> None:
    person = reception.hire("Wiesława Wypisana")
    reception.grant(person, "unit_clerk", world.school)
    operator.post(f"/operator/konta/{person.id}/zawies", {})
    shown = words(operator.get("/operator/konta?stan=suspended&nazwisko=wypisana"))
    assert "Wiesława Wypisana" in shown
    assert "zawieszone" in shown
    assert "Wiesława" not in words(operator.get("/operator/konta?stan=active&nazwisko=wypisana", **{"hx-request": "1"}))


def test_an_account_that_is_not_there_is_said_so(operator: Browser) -> None:
    assert operator.get("/operator/konta/01a20fc5-e556-7293-a322-33c2c25be227").status_code == 404
