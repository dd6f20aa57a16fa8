"""A municipality's pages on its own host name: its own, nothing of another's, in three languages."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from litestar import Litestar

from app.deployment import Deployment
from app.portal.pages import initials
from tenants import registry
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR
from tests.office.browser import Browser, browser, words
from tests.portal.conftest import Town, Towns, found

At = Callable[[str], Browser]
PAGES = ("/", "/jednostki", "/dostawcy", "/dostawcy/SP1", "/en", "/uk/jednostki", "/en/dostawcy/UM")


def names(town: Town) -> list[str]:
    """What only this town is called or has."""
    return [
        town.city.name, town.city.short_name, town.school.name, town.pool.name, str(town.city.nip),
        str(town.city.email), town.city.slug, town.city.schema_name,
    ]  # fmt: skip


@pytest.mark.parametrize("path", PAGES)
def test_each_host_shows_its_own_municipality_and_nothing_of_another(at: At, towns: Towns, path: str) -> None:
    for here, there in ((towns.one, towns.other), (towns.other, towns.one)):
        answer = at(here.host).get(path)
        assert answer.status_code == 200
        assert here.city.name in answer.text
        assert [name for name in names(there) if name in answer.text] == []


def test_the_first_screen_answers_three_questions_and_every_link_leads_somewhere(at: At, towns: Towns) -> None:
    person = at(towns.one.host)
    text = person.get("/").text
    for question in ("Ile i do kiedy mam zapłacić?", "Co się dzieje z moją sprawą?", "Co mogę załatwić?"):
        assert question in text
    links = {href.partition("#")[0] for href in re.findall(r'<a [^>]*href="([^"]*)"', text) if href.startswith("/")}
    assert {"/jednostki", "/dostawcy", "/dostawcy/SP1"} <= links
    assert {href: person.get(href).status_code for href in links - {""}} == dict.fromkeys(links - {""}, 200)
    assert 'id="kontakt"' in text


def test_no_page_gives_a_cookie_and_each_says_for_which_host_it_may_be_kept(at: At, towns: Towns) -> None:
    for path in PAGES:
        answer = at(towns.one.host).get(path)
        assert "set-cookie" not in answer.headers
        assert answer.headers["vary"].startswith("Host, HX-Request")
        assert answer.headers["cache-control"] == "public, max-age=60"
        assert "Content-Security-Policy" in answer.headers


def test_what_was_said_once_is_not_kept_for_others(at: At, towns: Towns) -> None:
    answer = at(towns.one.host).get(
        "/", cookie="komunikat=%7B%22text%22%3A%22Wylogowano.%22%2C%22kind%22%3A%22info%22%7D"
    )
    assert "Wylogowano." in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/", "/jednostki", "/dostawcy", "/dostawcy/SP1", "/en", "/portal/barwy.css"])
def test_a_host_name_that_nobody_has_gets_the_same_neutral_page(at: At, towns: Towns, path: str) -> None:
    answers = [at(host).get(path) for host in ("nikt.localhost", "inny.example", f"{towns.one.school.slug}.localhost")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.text for answer in answers}) == 1
    assert "Pod tym adresem nie ma żadnej strony" in answers[0].text
    assert [name for town in (towns.one, towns.other) for name in names(town) if name in answers[0].text] == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_deployments_own_host_leads_to_the_log_in(at: At, host: str) -> None:
    answer = at(host).get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/logowanie")
    assert at(host).get("/jednostki").status_code == 404


def test_a_host_name_of_its_own_shows_the_same_portal(at: At, host: Host, towns: Towns) -> None:
    with host.control() as session:
        registry.add_domain(session, towns.one.city, "portal.jodlow.example", ACTOR)
    assert towns.one.city.name in at("portal.jodlow.example").get("/").text
    assert towns.one.city.name in at("PORTAL.jodlow.example.").get("/").text


def test_a_suspended_municipality_keeps_its_name_and_a_calm_word(at: At, host: Host) -> None:
    town = found(host, "Cichów")
    with host.control() as session:
        registry.set_status(session, session.get_one(Tenant, town.city.id), "suspended", ACTOR)
    person = at(town.host)
    for path in ("/", "/dostawcy/SP1", "/uk"):
        answer = person.get(path)
        assert (answer.status_code, answer.headers["cache-control"]) == (503, "no-store")
        assert town.city.name in answer.text
        assert town.city.short_name in answer.text
        assert town.school.name not in answer.text
    assert "Portal jest chwilowo nieczynny" in words(person.get("/"))
    assert "Портал тимчасово не працює" in words(person.get("/uk"))
    assert person.get("/portal/barwy.css").status_code == 200


def test_a_suspended_unit_is_not_shown(at: At, host: Host) -> None:
    town = found(host, "Dębów")
    with host.control() as session:
        registry.set_status(session, session.get_one(Tenant, town.pool.id), "suspended", ACTOR)
    assert town.pool.name not in at(town.host).get("/jednostki").text
    assert at(town.host).get("/dostawcy/MOSIR").status_code == 404


def test_names_with_html_stay_words(at: At, host: Host) -> None:
    town = found(host, '<b>Ostrów</b> & "S-ka"')
    for path in ("/", "/jednostki", "/dostawcy", "/dostawcy/SP1", "/jednostki?q=<script>alert(1)</script>"):
        text = at(town.host).get(path).text
        assert "<b>Ostrów" not in text
        assert "<script>alert" not in text
    assert "&lt;b&gt;Ostrów&lt;/b&gt;" in at(town.host).get("/").text


@pytest.mark.parametrize(
    ("q", "shown", "hidden"),
    [
        ("plywalnia zabka", "Pływalnia Żabka", "Biblioteka"),
        ("SZKOŁA", "Szkoła Podstawowa", "Biblioteka"),
        ("bib", "Biblioteka", "Szkoła Podstawowa"),
        ("5213017228", "Pływalnia", "Szkoła Podstawowa"),
        ("szkolna BIB", "Biblioteka", "Pływalnia"),
    ],
)
def test_a_unit_is_found_by_any_of_its_words(at: At, towns: Towns, q: str, shown: str, hidden: str) -> None:
    for path in ("/jednostki", "/dostawcy"):
        found_text = at(towns.one.host).get(f"{path}?q={q}", **{"hx-request": "true"}).text
        assert shown in found_text
        assert hidden not in found_text
        assert "<html" not in found_text
        assert shown in at(towns.one.host).get(f"{path}?q={q}").text


def test_when_nothing_is_found_there_is_a_way_out(at: At, towns: Towns) -> None:
    text = words(at(towns.one.host).get("/en/jednostki?q=xyz"))
    assert "Nothing matches “xyz”" in text
    assert "Show all" in text


def test_a_sheet_says_how_to_address_an_invoice(at: At, towns: Towns) -> None:
    person = at(towns.one.host)
    school = words(person.get("/dostawcy/sp1"))
    assert f"{towns.one.city.nip}-00017" in school
    assert "Rola = 8" in school
    assert "JST = 1" in school
    assert "NIP jednostki 5213017228" in words(person.get("/dostawcy/MOSIR"))
    assert "BrakID = 1" in words(person.get("/dostawcy/BIB"))
    office = words(person.get("/dostawcy/UM"))
    assert "JST = 2" in office
    assert "Podmiot3" not in office


def test_a_unit_of_another_municipality_is_not_there(at: At, host: Host, towns: Towns) -> None:
    town = found(host, "Osobny")
    with host.control() as session:
        registry.change(session, session.get_one(Tenant, town.library.id), {"name": "Jedyna Biblioteka"}, ACTOR)
    answer = at(towns.one.host).get("/dostawcy/NIEMA")
    assert answer.status_code == 404
    assert towns.one.city.name in answer.text
    assert "Jedyna Biblioteka" not in at(towns.one.host).get("/dostawcy/BIB").text
    assert "Jedyna Biblioteka" in at(town.host).get("/dostawcy/BIB").text


def test_a_municipality_that_has_not_given_its_nip_says_so(at: At, host: Host) -> None:
    town = found(host, "Bezliczbów")
    with host.control() as session:
        registry.change(session, session.get_one(Tenant, town.city.id), {"nip": None}, ACTOR)
    for path in ("/dostawcy", "/dostawcy/SP1"):
        assert "Gmina nie podała tu jeszcze numeru NIP" in at(town.host).get(path).text


@pytest.mark.parametrize(("path", "language"), [("/", "pl"), ("/en", "en"), ("/uk/dostawcy/SP1", "uk")])
def test_a_page_says_its_language_and_leads_to_itself_in_the_others(
    at: At, towns: Towns, path: str, language: str
) -> None:
    text = at(towns.one.host).get(path).text
    assert f'<html lang="{language}"' in text
    plain = path.removeprefix(f"/{language}") or "/"
    for code, href in (("pl", plain), ("en", f"/en{plain}".rstrip("/")), ("uk", f"/uk{plain}".rstrip("/"))):
        assert re.search(rf'<a href="{href}" lang="{code}"', text)


def test_the_colour_is_served_at_an_address_that_changes_with_it(at: At, towns: Towns) -> None:
    person = at(towns.one.host)
    href = re.findall(r'href="(/portal/barwy\.css\?v=\w+)"', person.get("/").text)[0]
    answer = person.get(href)
    assert "--mg-brand: #9d174d" in answer.text
    assert answer.headers["content-type"].startswith("text/css")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["vary"].startswith("Host")
    assert person.get("/portal/barwy.css?v=old").headers["cache-control"] == "public, max-age=60"
    assert "barwy.css" not in at(towns.other.host).get("/").text


def test_the_mark_carries_initials_and_no_markup_of_a_name(at: At, host: Host, towns: Towns) -> None:
    answer = at(towns.one.host).get("/portal/znak.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert ">J</text>" in answer.text
    assert "#9d174d" in answer.text


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Gmina Miasto Nowa Dąbrowa", "ND"), ("Miasto Łódź", "Ł"), ("Gmina", "G"), ("Gmina i Miasto Żarki (demo)", "Ż")],
)
def test_initials_are_of_what_is_its_own_in_a_name(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_a_logged_in_official_sees_the_same_public_page(site: Litestar, deployment: Deployment, towns: Towns) -> None:
    with browser(site, f"http://{towns.one.host}") as person:
        before = person.get("/").text
        person.client.cookies.set("sesja", "x" * 40)
        assert person.get("/").text == before
