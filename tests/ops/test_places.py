"""The list of tenants, the search, and who may see them."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Callable

import pytest
from litestar import Litestar

from tests.conftest import World
from tests.office.browser import Browser, browser, words
from tests.ops.conftest import HERE
from tests.tenants.accounts import Reception

PATHS = (
    "/operator", "/operator/szukaj?q=a", "/operator/nowa-gmina", "/operator/gminy/{slug}",
    "/operator/gminy/{slug}/jednostki", "/operator/gminy/{slug}/historia", "/operator/gminy/{slug}/dane",
    "/operator/gminy/{slug}/nowa-jednostka", "/operator/gminy/{slug}/zalozona", "/operator/gminy/{slug}/mandaty",
    "/operator/gminy/{slug}/nowy-mandat", "/operator/konta", "/operator/konta/nowe", "/operator/wdrozenie",
    "/operator/dziennik", "/operator/dziennik/sprawdzenie",
)  # fmt: skip


def test_an_operator_opens_every_page(operator: Browser, world: World) -> None:
    for path in PATHS:
        answer = operator.get(path.format(slug=world.city.slug))
        assert answer.status_code == 200, path
        assert "Operator" in words(answer)


def test_nobody_else_does(site: Litestar, reception: Reception, world: World) -> None:
    treasurer = reception.hire("Tomasz Skarbnik")
    reception.grant(treasurer, "treasurer", world.city)
    with browser(site, HERE) as person:
        for path in PATHS:
            to = person.get(path.format(slug=world.city.slug)).headers["location"]
            assert to.startswith("/logowanie?dalej=/operator"), path
        person.log_in(treasurer.login)
        for path in PATHS:
            answer = person.get(path.format(slug=world.city.slug))
            assert answer.status_code == 403, path
            assert world.other_city.name not in answer.text


def test_every_page_of_the_operator_asks_for_a_right(site: Litestar) -> None:
    from policies.guards import rights

    routes = [route for route in site.routes if route.path.startswith("/operator")]
    assert len(routes) > 20
    for route in routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.fn.__module__.startswith("app.ops"):
                assert rights(handler), f"{route.path} asks for nothing"


def test_units_stand_under_their_municipality(operator: Browser, world: World) -> None:
    shown: list[str] = []
    for number in itertools.count(1):  # other tests have founded any number of tenants
        text = operator.get(f"/operator?na-stronie=250&strona={number}").text
        found = re.findall(r'href="/operator/gminy/([a-z0-9-]+)" data-open', text)
        if set(found) <= set(shown):
            break
        shown += found
    for city, units in (
        (world.city.slug, ["alfa-cuw", "alfa-mosir", "alfa-sp1"]),
        (world.other_city.slug, ["beta-sp1"]),
    ):
        place = shown.index(city)
        assert shown[place + 1 : place + 1 + len(units)] == units


@pytest.mark.parametrize(
    ("asked", "slugs"),
    [
        ("nazwa=miasto+alfa&kod=UM&nip=5260250274", {"alfa"}),
        ("rodzaj=unit&nazwa=ośrodek+sportu&komorka=main", {"alfa-mosir"}),
        ("rodzaj=municipality&nazwa=miasto+beta", {"beta"}),
        ("nazwa=nie+ma+takiej", set()),
    ],
)
def test_filters_narrow_the_list(operator: Browser, world: World, asked: str, slugs: set[str]) -> None:
    shown = set(re.findall(r'href="/operator/gminy/([a-z0-9-]+)" data-open', operator.get(f"/operator?{asked}").text))
    assert shown & {tenant.slug for tenant in vars(world).values()} == slugs  # other tests' worlds are as they are


def test_what_is_exported_is_what_is_seen(operator: Browser, world: World) -> None:
    answer = operator.get("/operator?nazwa=miasto+alfa&nip=5260250274&plik=csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[0][:3] == ["Nazwa", "Rodzaj", "Jednostki"]
    assert ["Miasto alfa", "gmina", "3"] in [row[:3] for row in rows[1:]]
    assert "spreadsheetml" in operator.get("/operator?plik=xlsx").headers["content-type"]


def test_the_palette_finds_places_and_people(operator: Browser, world: World, reception: Reception) -> None:
    reception.hire("Zenobia Szukana")
    found = operator.get("/operator/szukaj?q=zenobia szuk", **{"hx-request": "true"}).text
    assert "Zenobia Szukana" in found
    assert "<html" not in found
    assert "/operator/gminy/alfa-sp1" in operator.get("/operator/szukaj?q=alfa-sp1").text
    assert "Nic nie pasuje" in operator.get("/operator/szukaj?q=zzzz").text


def test_a_place_that_is_not_there_is_said_so(operator: Browser) -> None:
    for part in ("", "/jednostki", "/mandaty", "/historia", "/dane"):
        assert operator.get(f"/operator/gminy/nie-ma{part}").status_code == 404


def test_names_sort_as_polish_words(operator: Browser, city_form: Callable[[], dict[str, str]]) -> None:
    names = ["Gmina Ławica", "Gmina Lutynia", "Gmina Łąka", "Gmina Mokra", "Gmina Lub"]
    for name in names:
        operator.post("/operator/nowa-gmina", city_form() | {"name": name})
    text = operator.get("/operator?rodzaj=municipality&na-stronie=250").text
    shown = [name for name in re.findall(r"data-open>(.*?)</a>", text) if name in names]
    assert shown == ["Gmina Lub", "Gmina Lutynia", "Gmina Ławica", "Gmina Łąka", "Gmina Mokra"]
