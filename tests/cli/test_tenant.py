"""Municipalities, units and mandates from the command line: made once, shown, changed by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from app.cli.mandate import mandate
from app.cli.tenant import tenant
from app.cli.unit import unit
from app.deployment import Deployment
from app.kernel.errors import NotFound, Refusal
from tests.cli.runs import ask, run
from tests.conftest import ACTOR, World


def test_a_municipality_is_made_from_its_code_once(deployment: Deployment) -> None:
    said = run(deployment, tenant, "create", "--teryt", "0201011")
    assert "Powstała gmina „Miasto Bolesławiec” (boleslawiec-miasto), schemat t_" in said
    again = ask(deployment, tenant, "create", "--teryt", "0201011")
    assert (again["slug"], again["code"], again["short_name"]) == (
        "boleslawiec-miasto",
        "UM",
        "Urząd Miasta Bolesławiec",
    )
    assert (again["new"], again["completed"]) == (False, False)
    assert "Bez zmian" in run(deployment, tenant, "create", "--teryt", "0201011")
    with pytest.raises(Refusal) as caught:
        run(deployment, tenant, "create", "--teryt", "0201011", "--name", "Gmina Miejska Bolesławiec")
    assert caught.value.field == "name"


def test_what_is_given_goes_before_what_the_register_proposes(deployment: Deployment) -> None:
    made = ask(
        deployment, tenant, "create", "--teryt", "0201022", "--name", "Gmina Wiejska Bolesławiec", "--slug", "bol",
        "--nip", "725-000-00-16", "--email", "ug@example.pl", "--tax-office", "0202",
    )  # fmt: skip
    assert made["new"]
    assert (made["slug"], made["name"], made["nip"], made["code"]) == (
        "bol", "Gmina Wiejska Bolesławiec", "7250000016", "UG",
    )  # fmt: skip


def test_a_municipality_the_register_does_not_know_is_described_by_hand(deployment: Deployment) -> None:
    made = ask(deployment, tenant, "create", "--name", "Gmina Nowa Wieś Zmyślona")
    assert (made["slug"], made["teryt"], made["new"]) == ("gmina-nowa-wies-zmyslona", None, True)
    for arguments, field in (
        ((), "name"),
        (("--teryt", "0299011"), "teryt"),
        (("--teryt", "020101"), "teryt"),
        (("--name", "Gmina X", "--nip", "1"), "nip"),
        (("--name", "Gmina X", "--cell", "nigdzie"), "cell"),
        (("--name", "Gmina X", "--tax-office", "12"), "tax_office"),
        (("--name", "Gmina X", "--tax-office", "1421"), "nip"),
        (("--name", "Gmina X", "--tax-office", "1421", "--nip", "5213017228"), "email"),
    ):
        with pytest.raises(Refusal) as caught:
            run(deployment, tenant, "create", *arguments)
        assert caught.value.field == field


def test_a_unit_is_made_once_and_stands_in_the_directory(deployment: Deployment, fresh: Callable[[], World]) -> None:
    city = fresh().city
    arguments = (
        "create", "--parent", city.slug, "--code", "DPS", "--name", "Dom Pomocy Społecznej", "--address", "ul. Długa 1",
        "--postal-code", "05-800", "--city", "Pruszków",
    )  # fmt: skip
    made = ask(deployment, unit, *arguments)
    assert (made["slug"], made["new"]) == (f"{city.slug}-dps", True)
    assert "Bez zmian" in run(deployment, unit, *arguments)
    with deployment.host.tenant(city, ACTOR) as session:
        entry = session.execute(text("select name, city from unit_directory where code = 'DPS'")).one()
    assert entry == ("Dom Pomocy Społecznej", "Pruszków")
    with pytest.raises(Refusal) as caught:
        run(deployment, unit, *arguments[:-1], "Warszawa")
    assert caught.value.field == "city"
    with pytest.raises(NotFound):
        run(deployment, unit, "list", "--parent", "nigdzie")
    assert [one["code"] for one in ask(deployment, unit, "list", "--parent", city.slug)] == [
        "CUW", "DPS", "MOSIR", "SP1",
    ]  # fmt: skip


def test_tenants_are_listed_each_municipality_followed_by_its_units(
    deployment: Deployment, fresh: Callable[[], World]
) -> None:
    world = fresh()
    slugs = [one["slug"] for one in ask(deployment, tenant, "list")]
    at = slugs.index(world.city.slug)
    assert set(slugs[at + 1 : at + 4]) == {world.centre.slug, world.pool.slug, world.school.slug}
    lines = run(deployment, tenant, "list").splitlines()
    (line,) = (line for line in lines if f" {world.school.slug} " in line)
    assert line.split() == [
        world.school.slug, "Szkoła", "Podstawowa", "nr", "1", "jednostka", "SP1", "–", "5213017228", "czynna",
    ]  # fmt: skip


def test_a_tenant_is_shown_suspended_and_resumed(deployment: Deployment, fresh: Callable[[], World]) -> None:
    world = fresh()
    shown = ask(deployment, tenant, "show", world.city.slug)
    assert shown["units"] == [world.centre.slug, world.pool.slug, world.school.slug]
    assert len(shown["revisions"]) == 2
    said = run(deployment, tenant, "show", world.school.slug)
    assert f"Gmina:           {world.city.slug}" in said
    assert "Stan:            czynna" in said
    assert "Teraz „Szkoła Podstawowa nr 1” jest zawieszona." in run(deployment, tenant, "suspend", world.school.slug)
    assert "Bez zmian: " in run(deployment, tenant, "suspend", world.school.slug)
    assert ask(deployment, tenant, "show", world.school.slug)["status"] == "suspended"
    assert ask(deployment, tenant, "resume", world.school.slug)["changed"]
    assert not ask(deployment, tenant, "resume", world.school.slug)["changed"]


def test_host_names_of_a_portal_are_added_listed_and_removed(
    deployment: Deployment, fresh: Callable[[], World]
) -> None:
    world = fresh()
    name = f"{world.city.slug}.example.org"
    assert ask(deployment, tenant, "domain", world.city.slug, name) == {
        "slug": world.city.slug, "domains": [name], "changed": True,
    }  # fmt: skip
    assert "Bez zmian." in run(deployment, tenant, "domain", world.city.slug, name)
    assert name in run(deployment, tenant, "domain", world.city.slug)
    assert ask(deployment, tenant, "domain", world.city.slug, name, "--remove")["domains"] == []
    for slug, given, field in (
        (world.city.slug, ("nie host",), "host"),
        (world.school.slug, (name,), "tenant"),
        (world.city.slug, ("--remove",), "host"),
    ):
        with pytest.raises(Refusal) as caught:
            run(deployment, tenant, "domain", slug, *given)
        assert caught.value.field == field


def test_a_mandate_is_granted_once_listed_and_ended(deployment: Deployment, fresh: Callable[[], World]) -> None:
    world = fresh()
    sides = ("--holder", world.centre.slug, "--unit", world.school.slug, "--scope", "vat")
    grant = ("grant", *sides, "--since", "2026-01-01", "--basis", "uchwała nr 7")
    said = run(deployment, mandate, *grant)
    assert said.startswith(
        "Mandat „vat” od 01.01.2026 bezterminowo (uchwała nr 7). Obsługuje: Centrum Usług Wspólnych."
    )
    assert run(deployment, mandate, *grant) == f"Bez zmian. {said}"
    with pytest.raises(Refusal) as caught:
        run(deployment, mandate, *grant[:-1], "inna uchwała")
    assert caught.value.field == "since_on"
    assert ask(deployment, mandate, "list", "--tenant", world.school.slug) == [
        {
            "holder": world.centre.slug,
            "unit": world.school.slug,
            "scope": "vat",
            "since_on": "2026-01-01",
            "until_on": None,
            "basis": "uchwała nr 7",
        }
    ]
    assert ask(deployment, mandate, "list", "--tenant", world.other_city.slug) == []
    assert "01.01.2026    –   uchwała nr 7" in run(deployment, mandate, "list", "--tenant", world.city.slug)
    ended = ask(deployment, mandate, "end", *sides, "--until", "30.06.2026")
    assert (ended["until_on"], ended["changed"]) == ("2026-06-30", True)
    assert not ask(deployment, mandate, "end", *sides, "--until", "2026-06-30")["changed"]
    assert ask(deployment, mandate, "list", "--tenant", world.school.slug, "--on", "2026-07-01") == []
    with pytest.raises(Refusal) as caught:
        run(deployment, mandate, "end", *sides, "--until", "nigdy")
    assert caught.value.field == "until_on"
