"""The register of municipalities: whole, and a slug for each that no other has."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from app.kernel import ids
from app.kernel.errors import NotFound, Refusal
from tenants import teryt
from tenants.registry import TenantData

KINDS = {"1": 302, "2": 1464, "3": 711}


def test_every_municipality_is_there_with_a_code_that_can_be_one() -> None:
    found = teryt.register()
    assert Counter(one.kind for one in found.values()) == KINDS
    assert len({one.voivodeship for one in found.values()}) == 16
    for code, one in found.items():
        assert ids.teryt(code) == code == one.code
        assert code[-1] == one.kind
        assert one.town == one.town.strip() != ""


def test_every_municipality_can_be_a_tenant_and_no_two_under_one_slug() -> None:
    slugs = [
        TenantData(teryt.slug(one), one.office_code, one.name, one.office, teryt=one.code).slug
        for one in teryt.register().values()
    ]
    assert len(set(slugs)) == len(slugs) == sum(KINDS.values())


@pytest.mark.parametrize(
    ("code", "slug", "name", "office"),
    [
        ("1421021", "pruszkow", "Miasto Pruszków", "Urząd Miasta Pruszków"),
        ("0201032", "gromadka", "Gmina Gromadka", "Urząd Gminy Gromadka"),
        ("0201043", "nowogrodziec", "Gmina Nowogrodziec", "Urząd Miasta i Gminy Nowogrodziec"),
        ("0201011", "boleslawiec-miasto", "Miasto Bolesławiec", "Urząd Miasta Bolesławiec"),
        ("0201022", "boleslawiec-gmina-boleslawiecki", "Gmina Bolesławiec", "Urząd Gminy Bolesławiec"),
        ("0662011", "chelm-miasto", "Miasto Chełm", "Urząd Miasta Chełm"),
    ],
)
def test_names_are_proposed(code: str, slug: str, name: str, office: str) -> None:
    one = teryt.known(code)
    assert (teryt.slug(one), one.name, one.office) == (slug, name, office)


def test_a_code_that_is_not_there_or_is_none_is_refused() -> None:
    with pytest.raises(NotFound, match=r"stan na 01\.01\.2024"):
        teryt.known("0299011")
    with pytest.raises(Refusal) as caught:
        teryt.known("0201015")
    assert caught.value.field == "teryt"


def test_the_register_is_what_the_source_says(schemas: Path) -> None:
    with (schemas / "teryt" / f"TERC_{teryt.state_on()}.csv").open(encoding="utf-8") as opened:
        lines = list(csv.DictReader(opened, delimiter=";"))
    source = {
        line["WOJ"] + line["POW"] + line["GMI"] + line["RODZ"]: line["NAZWA"]
        for line in lines
        if line["GMI"] and line["RODZ"] in KINDS
    }
    assert {code: one.town for code, one in teryt.register().items()} == source
