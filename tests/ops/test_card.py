"""One tenant's card: host names, modules, access, data, and what its history says about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from litestar import Litestar

from app.web.colours import nearest
from tenants import registry
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import World
from tests.office.browser import Browser, browser, words
from tests.ops.conftest import HERE
from tests.tenants.accounts import Reception

Fresh = Callable[[], World]


def test_a_host_name_is_added_once_and_taken_away(operator: Browser, fresh: Fresh, host: Host, site: Litestar) -> None:
    world = fresh()
    card = f"/operator/gminy/{world.city.slug}"
    name = f"portal.{world.city.slug}.example"
    assert operator.post(f"{card}/hosty", {"host": name.upper()}).status_code == 303
    assert "Portal odpowiada też pod tą nazwą." in operator.get(card).text
    operator.post(f"{card}/hosty", {"host": name})
    assert "Niczego nie zmieniłem." in operator.get(card).text
    with browser(site, f"http://{name}") as citizen:
        assert world.city.name in citizen.get("/").text
    operator.post(f"{card}/hosty/usun", {"host": name})
    with host.control() as session:
        assert registry.domains(session, world.city) == []
    with browser(site, f"http://{name}") as citizen:
        assert citizen.get("/").status_code == 404


def test_a_host_name_of_another_or_of_nobody_is_refused_at_its_field(operator: Browser, fresh: Fresh) -> None:
    one, other = fresh(), fresh()
    name = f"{one.city.slug}.example"
    operator.post(f"/operator/gminy/{one.city.slug}/hosty", {"host": name})
    for typed, said in ((name, "wskazuje już inną gminę"), ("nie ma spacji", "nie jest nazwą hosta")):
        answer = operator.post(f"/operator/gminy/{other.city.slug}/hosty", {"host": typed})
        assert answer.status_code == 422
        assert said in answer.text
        assert f'value="{typed}"' in answer.text


def test_a_module_is_switched_on_once_and_off_from_a_day(operator: Browser, fresh: Fresh, host: Host) -> None:
    city = fresh().city
    card = f"/operator/gminy/{city.slug}"
    asked = {"module": "vat", "since_on": "01.02.2026", "until_on": ""}
    for said in ("Moduł włączony.", "Niczego nie zmieniłem."):
        operator.post(f"{card}/moduly", asked)
        assert said in words(operator.get(card))
    assert "poza" not in words(operator.get(card))
    refused = operator.post(f"{card}/moduly/vat/wylacz", {"until_on": "31.01.2026"})
    assert refused.status_code == 422
    assert "W tym dniu moduł nie jest włączony." in refused.text
    assert operator.post(f"{card}/moduly/vat/wylacz", {"until_on": "31.12.2026"}).status_code == 303
    with host.control() as session:
        assert registry.modules(session, city, date(2026, 12, 31)) == {"vat"}
        assert registry.modules(session, city, date(2027, 1, 1)) == frozenset()
    backwards = operator.post(f"{card}/moduly", asked | {"since_on": "01.02.2027", "until_on": "01.01.2027"})
    assert "nie może być wcześniejszy" in backwards.text


def test_a_suspended_place_lets_nobody_in_and_comes_back(
    operator: Browser, fresh: Fresh, site: Litestar, reception: Reception
) -> None:
    world = fresh()
    clerk = reception.hire()
    reception.grant(clerk, "unit_clerk", world.school)
    card = f"/operator/gminy/{world.school.slug}"
    with browser(site, HERE, address="10.8.1.1") as person:
        person.log_in(clerk.login)
        home = f"/{world.school.slug}"
        assert person.get(home).status_code == 200
        for _ in range(2):
            operator.post(f"{card}/wstrzymaj", {})
        assert "Dostęp jest wstrzymany" in operator.get(card).text
        assert person.get(home).status_code == 403
        operator.post(f"{card}/przywroc", {})
        assert person.get(home).status_code == 200
    history = words(operator.get(f"{card}/historia"))
    assert history.count("wstrzymanie dostępu") == 1
    assert history.count("przywrócenie dostępu") == 1


def test_an_unreadable_colour_is_refused_with_the_nearest_and_the_page_keeps_what_was_typed(
    operator: Browser, fresh: Fresh, host: Host
) -> None:
    city = fresh().city
    numbers = {"teryt": "1421021", "nip": str(city.nip)}
    typed = {"name": "Miasto <i>Nowe</i>", "short_name": "UM", "email": "a@b.pl", "colour": "#ffcc00"} | numbers
    answer = operator.post(f"/operator/gminy/{city.slug}/dane", typed)
    assert answer.status_code == 422
    assert nearest("#ffcc00") in answer.text
    assert 'value="Miasto &lt;i&gt;Nowe&lt;/i&gt;"' in answer.text
    accepted = operator.post(f"/operator/gminy/{city.slug}/dane", typed | {"colour": nearest("#ffcc00")})
    assert accepted.status_code == 303
    with host.control() as session:
        assert session.get_one(Tenant, city.id).brand == {"colour": nearest("#ffcc00")}
    card = operator.get(f"/operator/gminy/{city.slug}").text
    assert "Miasto &lt;i&gt;Nowe&lt;/i&gt;" in card
    assert "<i>Nowe</i>" not in card
    history = words(operator.get(f"/operator/gminy/{city.slug}/historia"))
    assert f"Kolor portalu – {nearest('#ffcc00')}" in history


def test_data_that_are_the_same_are_not_a_change(operator: Browser, fresh: Fresh) -> None:
    school = fresh().school
    typed = {"name": school.name, "short_name": school.short_name, "nip": str(school.nip)}
    operator.post(f"/operator/gminy/{school.slug}/dane", typed)  # enters it in the directory
    operator.post(f"/operator/gminy/{school.slug}/dane", typed)
    assert "Niczego nie zmieniłem." in operator.get(f"/operator/gminy/{school.slug}").text
    assert "zmiana danych" not in words(operator.get(f"/operator/gminy/{school.slug}/historia"))


def test_the_history_is_of_this_place_only(operator: Browser, fresh: Fresh) -> None:
    one, other = fresh(), fresh()
    operator.post(f"/operator/gminy/{one.city.slug}/hosty", {"host": f"tylko.{one.city.slug}.example"})
    assert f"tylko.{one.city.slug}" in operator.get(f"/operator/gminy/{one.city.slug}/historia").text
    assert "tylko." not in operator.get(f"/operator/gminy/{other.city.slug}/historia").text


def test_the_card_of_a_place_says_who_works_there(operator: Browser, fresh: Fresh, reception: Reception) -> None:
    one, other = fresh(), fresh()
    head = reception.hire("Krystyna Kierowniczka")
    reception.grant(head, "unit_head", one.school)
    assert "Krystyna Kierowniczka" in operator.get(f"/operator/gminy/{one.school.slug}").text
    assert "Krystyna Kierowniczka" not in operator.get(f"/operator/gminy/{other.school.slug}").text
