"""Who serves whom, from the operator's forms."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from app.ops.forms import EVERY_UNIT
from tenants import mandates
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import World
from tests.office.browser import Browser, words

Fresh = Callable[[], World]


def asked(holder: Tenant, unit: str, **more: str) -> dict[str, str]:
    basis = "Uchwała nr XII/34/2026 z 28 maja 2026 r."
    return {"holder": holder.slug, "unit": unit, "scope": "vat", "since_on": "01.06.2026", "basis": basis} | more


def given(host: Host, tenant: Tenant) -> list[tuple[str, str, date, date | None]]:
    with host.control() as session:
        found = mandates.of(session, tenant)
        return sorted((one.holder.code, one.unit.code, one.mandate.since_on, one.mandate.until_on) for one in found)


def test_a_mandate_is_given_once_and_ended_on_a_day(operator: Browser, fresh: Fresh, host: Host) -> None:
    world, other = fresh(), fresh()
    page = f"/operator/gminy/{world.city.slug}/nowy-mandat"
    for said in ("Nadano 1 mandat.", "Takie same już obowiązywały: 1."):
        answer = operator.post(page, asked(world.centre, world.school.slug))
        assert said in words(operator.get(answer.headers["location"]))
    assert given(host, world.city) == [("CUW", "SP1", date(2026, 6, 1), None)]
    assert given(host, other.city) == []
    listed = operator.get(f"/operator/gminy/{world.school.slug}/mandaty").text
    row = re.findall(r'href="(/operator/gminy/[^"]*/mandaty/[0-9a-f-]{36})"', listed)[0]
    early = operator.post(row, {"until_on": "31.05.2026"})
    assert early.status_code == 422
    assert "nie ma mandatu" in early.text
    assert operator.post(row, {"until_on": "31.12.2026"}).status_code == 303
    assert given(host, world.school) == [("CUW", "SP1", date(2026, 6, 1), date(2026, 12, 31))]
    history = words(operator.get(f"/operator/gminy/{world.school.slug}/historia"))
    assert "nadanie mandatu: rozliczanie VAT" in history
    assert "do 31.12.2026" in history


def test_one_form_gives_a_centre_every_unit(operator: Browser, fresh: Fresh, host: Host) -> None:
    world = fresh()
    page = f"/operator/gminy/{world.city.slug}/nowy-mandat"
    operator.post(page, asked(world.centre, world.school.slug))
    answer = operator.post(page, asked(world.centre, EVERY_UNIT))
    assert "Nadano 1 mandat. Takie same już obowiązywały: 1." in words(operator.get(answer.headers["location"]))
    assert [(holder, unit) for holder, unit, *_ in given(host, world.city)] == [("CUW", "MOSIR"), ("CUW", "SP1")]


def test_a_mandate_that_cannot_be_is_refused_at_its_field(operator: Browser, fresh: Fresh, host: Host) -> None:
    world, other = fresh(), fresh()
    page = f"/operator/gminy/{world.city.slug}/nowy-mandat"
    operator.post(page, asked(world.centre, world.school.slug))
    for typed, said in (
        (asked(world.centre, world.centre.slug), "nie obsługuje samej siebie"),
        (asked(world.centre, other.school.slug), "Wybierz jedną z możliwości z listy."),
        (asked(world.centre, world.pool.slug, basis=""), "Wypełnij to pole."),
        (asked(world.centre, world.school.slug, since_on="01.07.2026"), "Taki mandat już jest"),
    ):
        answer = operator.post(page, typed)
        assert answer.status_code == 422
        assert said in answer.text
    assert len(given(host, world.city)) == 1


def test_what_a_municipality_holds_by_law_is_shown_with_its_act(operator: Browser, fresh: Fresh) -> None:
    text = words(operator.get(f"/operator/gminy/{fresh().city.slug}/mandaty"))
    assert "art. 3 i 4 ustawy o zasadach rozliczania VAT" in text


def test_a_mandate_is_found_by_what_it_says(operator: Browser, fresh: Fresh) -> None:
    world = fresh()
    operator.post(f"/operator/gminy/{world.city.slug}/nowy-mandat", asked(world.centre, EVERY_UNIT))
    page = f"/operator/gminy/{world.city.slug}/mandaty"
    shown = words(operator.get(f"{page}?kogo=szkoła&stan=running", **{"hx-request": "true"}))
    assert "Szkoła Podstawowa nr 1" in shown
    assert "Ośrodek Sportu" not in shown
