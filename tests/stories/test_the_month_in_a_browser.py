"""A month of a city of forty units, from KSeF's inbox to the ministry's receipt, by its people in a real browser.

The vat clerk connects the city, fetches and decides the queue by keyboard; a school's clerk completes its month, its
director signs; the treasurer makes the return and sends it. The other thirty-nine units do the same past the pages.
With MAGISTRAT_PICTURES set to a folder the steps are pictured there, for `docs/month.md`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from app.deployment import Deployment, running
from app.gateways.jpk import simulator as jpk
from app.kernel.clock import today
from app.kernel.dates import Month
from app.ops.demo import scenario
from app.ops.demo.outside import Outside, outside
from app.ops.demo.people import DOMAIN, PASSWORD
from app.ops.demo.scoring import read_truth
from app.settings import Settings
from app.ssc import consolidation, verification
from app.ssc.delivery import deliver
from app.vat.filings import jpk_v7m
from app.vat.queries import filings, inbox, returns
from tests.chromium import PHONE, Open, log_ins, served
from tests.serving import command, environment
from workers.inline import work_inline

pytestmark = pytest.mark.browser
WANTED = scenario.Wanted(units=40, invoices=600, seed=11)
MONTH = Month(2026, 9)
CITY, SCHOOL = "/nowa-dabrowa", "/nowa-dabrowa-sp1"
BY_KEYBOARD = 20


@dataclass
class Stage:
    """The town before its month, what is outside it, and its pages."""

    deployment: Deployment
    outside: Outside
    town: scenario.Town
    files: Path
    port: int

    def work(self, page: Page, end: str = "finished") -> None:
        """The run whose page is shown is worked on to its end, as a worker would."""
        page.wait_for_url(re.compile("/przebiegi/"))
        run = UUID(page.url.rsplit("/", 1)[1])
        assert work_inline(self.deployment, self.town.founded.city, run).state == end


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    home = tmp_path_factory.mktemp("miesiac")
    with running(Settings(home=home, secret_key_text="month")) as bare, outside(home / "outside") as world:
        deployment = world.wired(bare)
        files = scenario.month_files(home, WANTED, MONTH, WANTED.invoices)
        described = json.loads((files / "city.json").read_text())
        town = scenario.found(deployment.host, described)
        scenario.report_tills(deployment.host, town, files, described, MONTH)
        world.know(described["suppliers"])
        world.send(files)
        world.turn_to(max(datetime.now(UTC), datetime.combine(date(2026, 10, 1), time(6), UTC)))
        with served(command, {**environment(deployment), **world.environment()}) as port:
            yield Stage(deployment, world, town, files, port)


@pytest.fixture
def enter(browser: Browser, stage: Stage) -> Iterator[Open]:
    """enter(who, path, **options) → the page, with that person logged in."""
    with log_ins(browser, stage.port) as log_in:

        def enter(who: str, path: str, **options: object) -> Page:
            return log_in(f"{who}@{DOMAIN}", PASSWORD, path, reduced_motion="reduce", **options)

        yield enter


def picture(page: Page, name: str) -> None:
    if folder := os.environ.get("MAGISTRAT_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", animations="disabled")


def agree(page: Page, button: str) -> None:
    """The button, and the question it asks."""
    page.get_by_role("button", name=button).click()
    page.locator("#mg-confirm [data-confirm-yes]").click()


def test_the_city_is_connected_and_its_inbox_fetched(enter: Open, stage: Stage) -> None:
    nip = str(stage.town.founded.city.nip)
    page = enter("skarbnik", f"{CITY}/vat/ksef/polacz")
    page.get_by_label("Środowisko KSeF").select_option("inne")
    page.get_by_label("Adres środowiska").fill(stage.outside.ksef.url)
    page.get_by_label("Pobieraj faktury od").fill("01.09.2026")
    page.get_by_label("Token KSeF").fill(f"sim-{nip}")
    page.get_by_role("button", name="Sprawdź i połącz").click()
    expect(page.locator("#mg-toasts")).to_contain_text("Połączono z KSeF")
    clerk = enter("vat", f"{CITY}/vat/ksef")
    clerk.get_by_role("button", name="Pobierz teraz").click()
    stage.work(clerk)
    clerk.goto(f"{CITY}/vat/ksef")
    picture(clerk, "1-ksef")
    sent = {row[0] for row in stage.outside.ksef.store.rows("select ksef_number from invoice")}
    with stage.deployment.host.tenant(stage.town.founded.city, "test", read_only=True) as session:
        counts = inbox.board(session, MONTH)
    assert sum(one.count for one in counts) == len(sent) > 500
    assert stage.outside.ksef.refusals() == 0


def test_the_queue_is_decided_by_arrows_and_enter(enter: Open, stage: Stage) -> None:
    truth = {line["ksef_number"]: line["unit"] for line in read_truth(stage.files / "truth.jsonl") if line["unit"]}
    host, city = stage.deployment.host, stage.town.founded.city
    page = enter("vat", f"{CITY}/vat/kolejka")
    decided, passed = 0, 0
    while decided < BY_KEYBOARD:
        assert passed < 100, "nothing in the queue has its unit among the candidates"
        radios = page.locator("[data-candidates] input[type=radio]")
        action = page.locator("[data-candidates]").get_attribute("action") or ""
        with host.tenant(city, "test", read_only=True) as session:
            number = inbox.entry(session, UUID(action.rsplit("/", 1)[1])).ksef_number
        offered = [one.get_attribute("value") for one in radios.all()]
        if (unit := truth.get(number or "")) not in offered:
            passed += 1
            with page.expect_navigation():
                page.keyboard.press("n")
            continue
        for _ in range(offered.index(unit)):
            page.keyboard.press("ArrowDown")
        if decided == 3:
            picture(page, "2-queue")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        decided += 1
    scenario.confirm(host, stage.town, stage.files)
    deliver(host, city, "test", today())


def test_a_school_completes_and_signs_its_month(enter: Open, stage: Stage) -> None:
    clerk = enter("referent.sp1", f"{SCHOOL}/vat/okres/{MONTH}")
    picture(clerk, "3-unit-month")
    agree(clerk, "Przekaż do podpisu")
    expect(clerk.locator("main")).to_contain_text("czeka na podpis")
    head = enter("dyrektor.sp1", f"{SCHOOL}/vat/okres/{MONTH}", **PHONE)
    picture(head, "4-head-on-a-phone")
    agree(head, "Podpisz i opublikuj")
    expect(head.locator("main")).to_contain_text("Podpisane wersje")
    for code, place in stage.town.places.items():
        if code not in ("SP1", "PM1"):
            scenario.close(stage.deployment.host, place, MONTH, *scenario.signers(stage.town, code))


def test_the_board_shows_who_is_missing_until_everybody_signed(enter: Open, stage: Stage) -> None:
    page = enter("vat", f"{CITY}/vat/miesiac/{MONTH}")
    expect(page.locator("main")).to_contain_text("PM1")
    picture(page, "5-board")
    missing = enter("skarbnik", f"{CITY}/vat/deklaracja/{MONTH}")
    missing.get_by_role("button", name="Utwórz deklarację").click()
    stage.work(missing, "failed")
    expect(missing.locator("main")).to_contain_text("PM1")
    place = stage.town.places["PM1"]
    scenario.close(stage.deployment.host, place, MONTH, *scenario.signers(stage.town, "PM1"))


def test_the_treasurer_makes_the_return_and_sends_it(enter: Open, stage: Stage, tmp_path: Path) -> None:
    host, city = stage.deployment.host, stage.town.founded.city
    page = enter("skarbnik", f"{CITY}/vat/deklaracja/{MONTH}")
    page.get_by_role("button", name="Utwórz deklarację").click()
    stage.work(page)
    page.get_by_role("link", name="Zobacz wynik").click()
    expect(page).to_have_url(re.compile(f"/vat/deklaracja/{MONTH}"))
    picture(page, "6-return")
    page.goto(f"{CITY}/vat/deklaracja/{MONTH}/1/wysylka")
    page.get_by_role("button", name="Przygotuj wysyłkę").click()
    with page.expect_download() as given:
        page.get_by_role("link", name=re.compile("Pobierz InitUpload")).click()
    signed = tmp_path / "InitUpload.xml"
    signed.write_bytes(jpk.signed(given.value.path().read_bytes()))
    page.get_by_label("Podpisany plik InitUpload").set_input_files(signed)
    page.get_by_role("button", name="Dołącz podpisany plik").click()
    agree(page, "Wyślij do ministerstwa")
    stage.work(page)
    page.goto(f"{CITY}/vat/deklaracja/{MONTH}/1/wysylka")
    for _ in range(5):
        if (again := page.get_by_role("button", name="Sprawdź teraz")).count():
            with page.expect_navigation():
                again.click()
    expect(page.locator("main")).to_contain_text("złożona, jest UPO")
    picture(page, "7-receipt")
    with page.expect_download() as given:
        page.get_by_role("link", name="Pobierz UPO").click()
    assert given.value.path().read_bytes().startswith(b"<Potwierdzenie")
    with host.tenant(city, "test", read_only=True) as session:
        made = returns.version(session, MONTH)
        parts = returns.parts(session, made)
        (filed,) = filings.filings(session, MONTH)
    assert (filed.state, len(parts)) == ("accepted", 41)
    file = stage.deployment.files(city).path(made.file.sha256)
    assert jpk_v7m.verify(file) == ()
    assert stage.outside.gateway.sessions[str(filed.reference)].document == file.read_bytes()
    whom = consolidation.units(host, city, today())
    checked = list(verification.check(host, stage.deployment.files(city), city, whom, MONTH, "test"))
    assert len(checked) == 42
    assert [one.problems for one in checked if one.problems] == []
