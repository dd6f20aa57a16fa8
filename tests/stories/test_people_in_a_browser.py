"""The town's people in a real browser: whatever a link leads to is accessible, and the work is done by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from app.ops.demo.people import DOMAIN, PASSWORD
from app.vat.models import KsefAttribution
from app.vat.queries import inbox
from tests.chromium import DESK, PHONE, Open, log_ins, served, violations, width
from tests.serving import command, environment
from tests.stories.conftest import Town
from workers.inline import work_inline

pytestmark = pytest.mark.browser
CITY, SCHOOL = "/nowa-dabrowa", "/nowa-dabrowa-sp1"
FILES = re.compile(r"/(xml|plik|wzor)$|/wyloguj|[?&]eksport=")
_ONE_OF_MANY = re.compile(r"/[0-9a-f-]{36}|/\d{4}-\d\d|/[KP]_\d+|(?<=/jednostki)/[^/]+|/\d+(?=/|$)")


@pytest.fixture(scope="module")
def port(town: Town) -> Iterator[int]:
    with served(command, environment(town.deployment)) as found:
        yield found


@pytest.fixture
def enter(browser: Browser, port: int) -> Iterator[Open]:
    """enter(path, who=…, **options) → the page, with that person logged in."""
    with log_ins(browser, port) as log_in:

        def enter(path: str, who: str = "vat", **options: object) -> Page:
            return log_in(f"{who}@{DOMAIN}", PASSWORD, path, reduced_motion="reduce", **options)

        yield enter


def shape(path: str) -> str:
    """The kind of page an address leads to: one unit's page stands for all."""
    return _ONE_OF_MANY.sub("/*", path)


def within(page: Page, tenant: str) -> dict[str, str]:
    """One address of each kind that the page links to inside the tenant."""
    hrefs: list[str] = page.eval_on_selector_all("a[href]", "nodes => nodes.map(node => node.href)")
    paths = (urlsplit(href).path for href in hrefs if not FILES.search(href))
    return {shape(path): path for path in paths if path == tenant or path.startswith(f"{tenant}/")}


@pytest.mark.parametrize(
    ("who", "tenant", "screen", "theme", "at_least"),
    [("vat", CITY, DESK, "light", 20), ("vat", CITY, PHONE, "dark", 20), ("dyrektor.sp1", SCHOOL, DESK, "dark", 12)],
)
def test_wherever_links_lead_axe_finds_nothing_and_nothing_is_too_wide(
    enter: Open, who: str, tenant: str, screen: dict[str, object], theme: str, at_least: int
) -> None:
    page = enter(tenant, who=who, color_scheme=theme, **screen)
    ahead, seen, wrong = {tenant: tenant}, set[str](), {}
    while ahead:
        kind, path = ahead.popitem()
        seen.add(kind)
        answer = page.goto(path)
        assert answer is not None and answer.ok, path
        if found := violations(page):
            wrong[path] = found
        elif width(page) > page.viewport_size["width"]:  # type: ignore[index]
            wrong[path] = ["too wide"]
        ahead |= {kind: path for kind, path in within(page, tenant).items() if kind not in seen}
    assert wrong == {}
    assert len(seen) >= at_least, seen


def test_an_invoice_of_the_queue_is_decided_by_two_keys(enter: Open, town: Town) -> None:
    def waiting() -> int:
        with town.deployment.host.tenant(town.city, "test", read_only=True) as session:
            return len(session.execute(inbox.queue(session).statement).all())

    before = waiting()
    page = enter(f"{CITY}/vat/kolejka", **DESK)
    candidates = page.locator("[data-candidates] input[type=radio]")
    while candidates.count() < 2:
        with page.expect_navigation():
            page.keyboard.press("n")
    shown = page.locator("[data-candidates]").get_attribute("action")
    page.keyboard.press("2")
    expect(candidates.nth(1)).to_be_checked()
    expect(candidates.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#mg-toasts")).to_contain_text("Przypisano")
    assert waiting() == before - 1
    assert page.locator("[data-candidates]").get_attribute("action") != shown


def test_twenty_invoices_are_decided_by_arrows_and_enter_alone(enter: Open, town: Town) -> None:
    def decided() -> list[tuple[str, str | None]]:
        with town.deployment.host.tenant(town.city, "test", read_only=True) as session:
            made = select(KsefAttribution.decided_by, KsefAttribution.unit_code).order_by(KsefAttribution.id)
            return [(by, unit) for by, unit in session.execute(made) if "@" in by]

    with town.deployment.host.tenant(town.city, "test", read_only=True) as session:
        assert len(session.execute(inbox.queue(session).statement).all()) >= 20  # the town is large enough
    before = len(decided())
    page = enter(f"{CITY}/vat/kolejka", **DESK)
    chosen = []
    for number in range(20):
        radios = page.locator("[data-candidates] input[type=radio]")
        expect(radios.first).to_be_focused()
        at = min(number % 3, radios.count() - 1)
        for _ in range(at):
            page.keyboard.press("ArrowDown")
        expect(radios.nth(at)).to_be_checked()
        chosen.append(radios.nth(at).get_attribute("value"))
        with page.expect_navigation():
            page.keyboard.press("Enter")
    made = decided()[before:]
    assert [unit for _, unit in made] == chosen
    assert {by for by, _ in made} == {f"vat@{DOMAIN}"}


def test_a_run_is_watched_from_its_order_to_its_result(enter: Open, town: Town) -> None:
    page = enter(f"{CITY}/vat/deklaracja/2026-09", who="skarbnik", **DESK)
    page.get_by_role("button", name="Utwórz deklarację").click()
    page.wait_for_url(re.compile("/przebiegi/"))
    expect(page.locator("main .mg-run")).to_contain_text("czeka")
    run = page.url.rsplit("/", 1)[1]
    assert work_inline(town.deployment, town.city, UUID(run)).state == "finished"
    expect(page.locator("main .mg-run")).to_contain_text("gotowe")
    page.get_by_role("link", name="Zobacz wynik").click()
    expect(page).to_have_url(re.compile("/vat/deklaracja/2026-09"))
