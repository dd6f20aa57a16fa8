"""The line to KSeF as the treasurer, the clerk and nobody else see it; made, held, used; on both screens."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from litestar import Litestar
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page
from sqlalchemy import select

from app.deployment import Deployment
from app.gateways.ksef.simulator import Fault, Simulator
from app.kernel.models import Run
from app.main import create
from app.ssc.ksef import visits
from app.vat.models import KsefConnection
from tenants.models import Tenant
from tests.chromium import DESK, PHONE, violations, width
from tests.conftest import ACTOR, World, make_city
from tests.office.browser import Browser, browser, words
from tests.ssc.ksef.conftest import Town
from tests.tenants.accounts import GOOD, Reception
from tests.vat.box import open_box
from tests.vat.invoices import CITY
from workers import handlers
from workers.inline import work_inline


@pytest.fixture(scope="session")
def made(deployment: Deployment) -> Litestar:
    return create(deployment)


@pytest.fixture
def person(made: Litestar) -> Iterator[Browser]:
    with browser(made) as opened:
        yield opened


@pytest.fixture
def bare(deployment: Deployment, world: World, ksef: Simulator) -> Tenant:
    """A city with a box and no line."""
    city = make_city(deployment.host, f"linia-{os.urandom(4).hex()}", CITY)
    open_box(deployment.host, city)
    return city


def enter(deployment: Deployment, who: Browser, city: Tenant, role: str) -> None:
    reception = Reception.of(deployment)
    account = reception.hire("Ewa Skarbnik")
    reception.grant(account, role, city)
    assert who.log_in(account.login).status_code == 303


def send_form(who: Browser, city: Tenant, ksef: Simulator, token: str, context: str = CITY) -> tuple[int, str]:
    who.get(f"/{city.slug}/vat/ksef/polacz")
    data = {
        "srodowisko": "inne", "adres": ksef.url, "kontekst": context, "od": "01.11.2026", "token": token,
        "_csrf_token": who.client.cookies.get("csrf", ""),
    }  # fmt: skip
    answer = who.client.post(
        f"/{city.slug}/vat/ksef/polacz", data=data, files={"certyfikat": ("", b"")}, headers=who.headers,
        follow_redirects=False,
    )  # fmt: skip
    return answer.status_code, answer.text


def test_the_treasurer_connects_and_a_person_fetches(
    deployment: Deployment, person: Browser, bare: Tenant, ksef: Simulator
) -> None:
    enter(deployment, person, bare, "treasurer")
    assert "nie jest połączona" in words(person.get(f"/{bare.slug}/vat/ksef"))
    status, text = send_form(person, bare, ksef, "zly-token-123")
    assert status == 422
    assert "Nieprawidłowy token" in text and "zly-token-123" not in text and ksef.url in text
    status, text = send_form(person, bare, ksef, f"sim-{CITY}", "7740001454")
    assert status == 422 and "Kontekst musi być" in text
    status, _ = send_form(person, bare, ksef, f"sim-{CITY}")
    assert status == 303
    shown = person.get(f"/{bare.slug}/vat/ksef")
    assert "czynne" in words(shown) and f"sim-{CITY}" not in shown.text
    begun = person.post(f"/{bare.slug}/vat/ksef/pobierz", {})
    assert "/przebiegi/" in begun.headers["location"]
    handlers.load()
    with deployment.host.tenant(bare, ACTOR) as session:
        run_id = session.scalars(select(Run.id).where(Run.kind == visits.KIND)).one()
    assert work_inline(deployment, bare, run_id).state == "finished"
    soon = person.post(f"/{bare.slug}/vat/ksef/pobierz", {})
    assert soon.headers["location"].split("?")[0].endswith("/vat/ksef")
    person.post(f"/{bare.slug}/vat/ksef/wstrzymaj", {"stan": "wstrzymaj"})
    assert "Pobieranie jest wstrzymane" in words(person.get(f"/{bare.slug}/vat/ksef"))


def test_the_clerk_fetches_but_does_not_connect_and_others_see_nothing(
    deployment: Deployment, made: Litestar, person: Browser, bare: Tenant, world: World
) -> None:
    enter(deployment, person, bare, "vat_clerk")
    assert person.get(f"/{bare.slug}/vat/ksef").status_code == 200
    assert person.get(f"/{bare.slug}/vat/ksef/polacz").status_code == 403
    with browser(made) as stranger:
        enter(deployment, stranger, world.other_city, "treasurer")
        assert stranger.get(f"/{bare.slug}/vat/ksef").status_code in (403, 404)


def test_the_scheduler_starts_one_visit_for_every_city_that_is_due(
    deployment: Deployment, town: Town, neighbour: Town
) -> None:
    moment = town.clock.now() + timedelta(minutes=1)
    town.fetch()
    started = visits.start_due(deployment, town.city.cell, moment)
    assert neighbour.city.slug in started and town.city.slug not in started
    visits.start_due(deployment, town.city.cell, moment)
    with deployment.host.tenant(neighbour.city, ACTOR) as session:
        assert len(session.scalars(select(Run.id).where(Run.kind == visits.KIND)).all()) == 1


@pytest.mark.browser
def test_the_page_is_readable_on_both_screens(
    deployment: Deployment, browser: Chromium, port: int, town: Town, tmp_path: Path
) -> None:
    town.ksef.store.set("export_most", 20)
    town.ksef.store.load(town.invoices(30))
    for _ in range(3):
        town.later(16)
        town.fetch()
    with deployment.host.tenant(town.city, ACTOR) as session:
        kept = session.scalars(select(KsefConnection)).one()
        kept.skew_s, kept.error = 400, "KSeF ma awarię lub przerwę (HTTP 503). Nic nie przepadło; spróbujemy ponownie."
        kept.error_at = datetime.now(UTC)
    reception = Reception.of(deployment)
    account = reception.hire("Ewa Skarbnik")
    reception.grant(account, "treasurer", town.city)
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path))
    for name, screen in (("desk", DESK), ("phone", PHONE)):
        for theme in ("light", "dark"):
            context = browser.new_context(
                base_url=f"http://127.0.0.1:{port}", color_scheme=theme, reduced_motion="reduce", **screen
            )
            page: Page = context.new_page()
            page.goto("/logowanie")
            page.fill("[name=login]", account.login)
            page.fill("[name=password]", GOOD)
            page.press("[name=password]", "Enter")
            page.wait_for_url(lambda url: "/logowanie" not in url)
            for place, path in (("line", "/vat/ksef"), ("form", "/vat/ksef/polacz")):
                page.goto(f"/{town.city.slug}{path}")
                assert violations(page) == []
                assert width(page) <= screen["viewport"]["width"]
                page.screenshot(path=folder / f"{place}-{name}-{theme}.png", full_page=True)
            context.close()


def test_an_outage_is_told_with_what_to_do(deployment: Deployment, person: Browser, town: Town) -> None:
    enter(deployment, person, town.city, "treasurer")
    town.ksef.misbehave(Fault("down", ".", None, 300))
    town.fetch()
    shown = words(person.get(f"/{town.city.slug}/vat/ksef"))
    assert "KSeF ma awarię" in shown and "Nic nie trzeba robić" in shown
