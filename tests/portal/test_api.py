"""The units of a municipality for machines."""

from __future__ import annotations

from collections.abc import Callable

from app.portal.invoices import addressing
from tenants import registry
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR
from tests.office.browser import Browser
from tests.portal.conftest import Towns, found

At = Callable[[str], Browser]


def test_it_lists_the_office_first_and_only_this_municipalitys_units(at: At, towns: Towns) -> None:
    for town in (towns.one, towns.other):
        answer = at(town.host).get("/api/jednostki")
        told = answer.json()
        assert (told["name"], told["nip"]) == (town.city.name, town.city.nip)
        assert [unit["code"] for unit in told["units"]] == ["UM", "BIB", "MOSIR", "SP1"]
        assert [unit["office"] for unit in told["units"]] == [True, False, False, False]
        assert answer.headers["vary"].startswith("Host")
        assert "set-cookie" not in answer.headers


def test_a_unit_carries_the_fields_of_an_invoice(at: At, towns: Towns) -> None:
    told = at(towns.one.host).get("/api/jednostki/sp1").json()
    made = addressing(towns.one.city, towns.one.school)
    assert made is not None
    assert told["invoice"] == made.fields()
    assert told["address"] == {"line": "ul. Szkolna SP1", "postal_code": "05-100", "city": "Jodłów"}


def test_what_is_not_there_is_one_sentence(at: At, towns: Towns) -> None:
    nowhere = [("nikt.localhost", "/api/jednostki"), ("localhost", "/api/jednostki/SP1")]
    for host, path in [(towns.one.host, "/api/jednostki/NIEMA"), *nowhere]:
        answer = at(host).get(path)
        assert answer.status_code == 404
        assert answer.json()["error"]["message"].endswith(".")


def test_a_suspended_municipality_answers_that_it_is_closed(at: At, host: Host) -> None:
    town = found(host, "Zamknięty")
    with host.control() as session:
        registry.set_status(session, session.get_one(Tenant, town.city.id), "suspended", ACTOR)
    assert at(town.host).get("/api/jednostki").status_code == 503
