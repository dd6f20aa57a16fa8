"""Municipalities and units from the operator's forms: the tenant, the city's directory, the same form sent again."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.ops import founding
from app.vat.queries.directory import profiles
from app.vat.service.directory import known, known_taxpayer, put
from app.web.colours import nearest
from tenants import registry
from tenants.models import HostEvent, Kind, Tenant
from tenants.registry import TenantData
from tenants.session import Host
from tests.conftest import ACTOR
from tests.office.browser import Browser, words

Form = Callable[[], dict[str, str]]


def made(host: Host, slug: str) -> Tenant:
    with host.control() as session:
        return registry.known(session, slug)


def found(operator: Browser, form: dict[str, str]) -> str:
    """The slug of the municipality that the form made."""
    answer = operator.post("/operator/nowa-gmina", form)
    assert answer.status_code == 303, words(answer)
    match = re.fullmatch(r"/operator/gminy/([a-z0-9-]+)/zalozona(\?.*)?", answer.headers["location"])
    assert match is not None
    return match[1]


def errors(text: str) -> dict[str, str]:
    """Messages at the fields of a refused form, by the field's name."""
    found = re.findall(
        r'<p class="mg-field-error" id="[a-z-]+?-([a-z_]+)-error">(?:<svg.*?</svg>)?(.*?)</p>', text, re.DOTALL
    )
    return dict(found)


def test_a_municipality_gets_its_schema_its_directory_and_its_taxpayer(
    operator: Browser, city_form: Form, host: Host
) -> None:
    form = city_form()
    city = made(host, found(operator, form))
    assert (city.kind, city.name, city.nip, city.teryt) == ("municipality", form["name"], form["nip"], form["teryt"])
    assert city.brand == {"colour": "#1a237e"}
    with host.tenant(city, ACTOR) as session:
        office = known(session, "UG")
        taxpayer = known_taxpayer(session)
    assert office is not None and taxpayer is not None
    assert (office.is_office, office.nip, office.name) == (True, form["nip"], "Urząd Gminy")
    assert (taxpayer.nip, taxpayer.full_name, taxpayer.tax_office) == (form["nip"], form["name"], "0610")
    text = words(operator.get(f"/operator/gminy/{city.slug}/zalozona"))
    assert "Gmina jest założona." in text
    assert "Załóż konto skarbnika" in text


def test_the_office_is_never_known_by_the_municipalitys_name(operator: Browser, city_form: Form, host: Host) -> None:
    form = city_form()
    city = made(host, found(operator, form))
    with host.tenant(city, ACTOR) as session:
        (office,) = profiles(session)
    assert form["name"] not in (office.name, *office.aliases)


def test_the_same_form_again_changes_nothing_and_says_so(operator: Browser, city_form: Form, host: Host) -> None:
    form = city_form()
    slug = found(operator, form)
    with host.control() as session:
        before = session.query(HostEvent).filter(HostEvent.record == f"tenant:{slug}").count()
    answer = operator.post("/operator/nowa-gmina", form)
    assert answer.headers["location"] == f"/operator/gminy/{slug}/zalozona?bylo=bez-zmian"
    assert "Niczego nie zmieniłem." in words(operator.get(answer.headers["location"]))
    with host.control() as session:
        assert session.query(HostEvent).filter(HostEvent.record == f"tenant:{slug}").count() == before


def test_the_same_form_finishes_what_a_fault_left_half_done(operator: Browser, city_form: Form, host: Host) -> None:
    form = city_form()
    slug = registry.slug_from(form["name"])
    rest = {name: form[name] for name in form if name not in ("tax_office", "colour")}
    registry.create(host, Kind.MUNICIPALITY, TenantData(slug=slug, brand={"colour": form["colour"]}, **rest), ACTOR)
    answer = operator.post("/operator/nowa-gmina", form)
    assert answer.headers["location"].endswith("?bylo=uzupelnione")
    with host.tenant(made(host, slug), ACTOR) as session:
        assert known_taxpayer(session) is not None


def test_the_same_form_sent_twice_at_once_makes_one(city_form: Form, host: Host) -> None:
    form = city_form()
    known_names = {name: form[name] for name in form if name not in ("tax_office", "colour")}
    data = TenantData(slug=registry.slug_from(form["name"]), brand={}, **known_names)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: founding.municipality(host, data, "0610", ACTOR), range(4)))
    assert sorted(one.is_new for one in results) == [False, False, False, True]
    assert len({one.tenant.id for one in results}) == 1
    with host.tenant(results[0].tenant, ACTOR) as session:
        assert known_taxpayer(session) is not None


def test_other_data_under_the_same_name_are_refused(operator: Browser, city_form: Form) -> None:
    form = city_form()
    found(operator, form)
    answer = operator.post("/operator/nowa-gmina", form | {"city": "Inna"})
    assert answer.status_code == 422
    assert "ma inne dane" in errors(answer.text)["city"]


def test_a_number_of_another_municipality_is_refused_at_its_field(operator: Browser, city_form: Form) -> None:
    first, second = city_form(), city_form()
    found(operator, first)
    for name in ("teryt", "nip"):
        answer = operator.post("/operator/nowa-gmina", second | {name: first[name]})
        assert first["name"] in errors(answer.text)[name]


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("teryt", "9999999", "nie jest kodem TERYT"),
        ("nip", "1234567890", "nie jest poprawnym numerem NIP"),
        ("tax_office", "0000", "Nie ma urzędu skarbowego"),
        ("email", "urzad", "nazwa@domena.pl"),
        ("postal_code", "123", "nie jest kodem pocztowym"),
        ("code", "urząd", "wielkich liter"),
        ("slug", "operator", "nie nadaje się do adresu"),
        ("name", "", "Wypełnij to pole"),
        ("regon", "1", "nie jest poprawnym numerem REGON"),
        ("internal_id", "5260250274-00017", "zaczyna się od numeru NIP gminy"),
        ("colour", "#f59e0b", nearest("#f59e0b")),
    ],
)
def test_every_refusal_is_at_its_field_and_nothing_typed_is_lost(
    operator: Browser, city_form: Form, host: Host, field: str, typed: str, said: str
) -> None:
    form = city_form() | {field: typed}
    answer = operator.post("/operator/nowa-gmina", form)
    assert answer.status_code == 422
    assert list(errors(answer.text)) == [field]
    assert said in errors(answer.text)[field]
    for value in form.values():
        assert f'value="{value}"' in answer.text
    with host.control() as session:
        assert registry.by_slug(session, registry.slug_from(form["name"] or "?")) is None


def test_a_unit_lives_in_its_city_and_in_its_directory(operator: Browser, city_form: Form, host: Host) -> None:
    form = city_form()
    slug = found(operator, form)
    unit = {"name": "Szkoła w Próbnej", "short_name": "SP", "code": "SP1", "internal_id": f"{form['nip']}-00017"}
    address = f"/operator/gminy/{slug}/nowa-jednostka"
    answers = [operator.post(address, unit) for _ in range(2)]
    assert [answer.headers["location"].partition("?")[2] for answer in answers] == ["", "bylo=bez-zmian"]
    school = made(host, f"{slug}-sp1")
    assert school.parent_id == made(host, slug).id
    with host.tenant(made(host, slug), ACTOR) as session:
        entry = known(session, "SP1")
    assert entry is not None
    assert (entry.name, entry.internal_id, entry.is_office) == ("Szkoła w Próbnej", f"{form['nip']}-00017", False)


def test_a_unit_with_a_strangers_identifier_or_a_taken_code_is_refused(operator: Browser, city_form: Form) -> None:
    slug = found(operator, city_form())
    unit = {"name": "Szkoła", "short_name": "SP", "code": "SP1"}
    address = f"/operator/gminy/{slug}/nowa-jednostka"
    answer = operator.post(address, unit | {"internal_id": "5260250274-00017"})
    assert "zaczyna się od numeru NIP gminy" in errors(answer.text)["internal_id"]
    operator.post(address, unit)
    answer = operator.post(address, unit | {"slug": f"{slug}-druga"})
    assert "ma już inna jednostka" in errors(answer.text)["code"]


def test_changed_data_reach_the_directory_and_keep_what_else_it_knows(
    operator: Browser, city_form: Form, host: Host
) -> None:
    form = city_form()
    slug = found(operator, form)
    operator.post(f"/operator/gminy/{slug}/nowa-jednostka", {"name": "Szkoła", "short_name": "SP", "code": "SP1"})
    city, school = made(host, slug), made(host, f"{slug}-sp1")
    with host.tenant(city, ACTOR) as session:
        entry = known(session, "SP1")
        assert entry is not None
        put(session, replace(entry, aliases=("Podstawówka",)))
    assert founding.change(host, school, {"name": "Szkoła im. Bajki"}, None, ACTOR)
    assert not founding.change(host, school, {"name": "Szkoła im. Bajki"}, None, ACTOR)
    with host.tenant(city, ACTOR) as session:
        entry = known(session, "SP1")
    assert entry is not None
    assert (entry.name, entry.aliases) == ("Szkoła im. Bajki", ("Podstawówka",))


def test_a_new_name_of_the_municipality_reaches_the_taxpayer(operator: Browser, city_form: Form, host: Host) -> None:
    form = city_form()
    city = made(host, found(operator, form))
    typed = {name: value for name, value in form.items() if name not in ("code", "tax_office")}
    answer = operator.post(f"/operator/gminy/{city.slug}/dane", typed | {"name": "Gmina Nowa"})
    assert answer.status_code == 303, words(answer)
    with host.tenant(city, ACTOR) as session:
        taxpayer = known_taxpayer(session)
    assert taxpayer is not None
    assert (taxpayer.full_name, taxpayer.tax_office) == ("Gmina Nowa", "0610")


def test_the_register_of_municipalities_fills_in_what_it_knows(operator: Browser, city_form: Form, host: Host) -> None:
    found_text = operator.get("/operator/nowa-gmina?q=glogow+zgorz", **{"hx-request": "true"}).text
    assert "Nic nie pasuje" in found_text
    found_text = operator.get("/operator/nowa-gmina?q=glogow+glogowski", **{"hx-request": "true"}).text
    assert "<html" not in found_text
    addresses = re.findall(r'href="(/operator/nowa-gmina\?kod=\d{7})#gmina"', found_text)
    assert [address[-7:] for address in addresses][:2] == ["0203011", "0203022"]
    form = operator.get(addresses[0]).text
    filled = {name: value for value, name in re.findall(r'value="([^"]*)" id="gmina-(\w+)"', form)}
    assert (filled["teryt"], filled["name"], filled["code"]) == ("0203011", "Miasto Głogów", "UM")
    assert filled["slug"] and filled["short_name"] == "Urząd Miasta Głogów"


def test_a_municipality_that_is_here_already_is_not_offered_again(operator: Browser, city_form: Form) -> None:
    slug = found(operator, city_form() | {"teryt": "0202011", "name": "Miasto Bielawa", "slug": "bielawa-u-nas"})
    text = operator.get("/operator/nowa-gmina?q=bielawa").text
    assert f'href="/operator/gminy/{slug}">już założona' in text
    assert "kod=0202011" not in text


def test_a_code_the_register_does_not_know_is_said_so(operator: Browser) -> None:
    for code in ("0299993", "abc"):
        answer = operator.get(f"/operator/nowa-gmina?kod={code}")
        assert answer.status_code in (404, 422)
        assert code in answer.text
