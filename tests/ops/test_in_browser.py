"""The operator's pages in a real browser: accessible, readable on a phone, and one onboarding by hand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import DESK, PHONE, SMALL_PHONE, violations, width
from tests.conftest import World
from tests.tenants.accounts import GOOD, Reception

pytestmark = pytest.mark.browser

PAGES = (
    "", "?nazwa=nie+ma", "/nowa-gmina", "/gminy/{slug}", "/gminy/{slug}/jednostki", "/gminy/{slug}/mandaty",
    "/gminy/{slug}/nowy-mandat", "/gminy/{slug}/historia", "/gminy/{slug}/dane", "/gminy/{slug}/nowa-jednostka",
    "/gminy/{slug}/zalozona", "/konta", "/konta/nowe", "/wdrozenie", "/dziennik", "/dziennik/sprawdzenie",
    "/szukaj?q=alfa", "/gminy/nie-ma",
)  # fmt: skip


@pytest.fixture
def page(browser: Browser, port: int, reception: Reception) -> Iterator[Page]:
    """The operator, logged in, at a desk."""
    account = reception.hire("Olga Operacka")
    reception.grant(account, "provider_operator", None)
    context = browser.new_context(base_url=f"http://localhost:{port}", reduced_motion="reduce", **DESK)
    made = context.new_page()
    made.goto("/logowanie")
    made.get_by_label("Login").fill(account.login)
    made.get_by_label("Hasło").fill(GOOD)
    made.keyboard.press("Enter")
    made.wait_for_url(re.compile("/operator$"), wait_until="load")
    yield made
    context.close()


def test_axe_finds_nothing_and_nothing_is_wider_than_a_small_phone(page: Page, world: World) -> None:
    for screen in (DESK, PHONE, SMALL_PHONE):
        page.set_viewport_size(screen["viewport"])
        for path in PAGES:
            page.goto("/operator" + path.format(slug=world.city.slug))
            assert width(page) <= screen["viewport"]["width"], path
            if screen is not SMALL_PHONE:
                assert violations(page) == [], path


def test_a_municipality_is_founded_by_hand(page: Page, city_form: Callable[[], dict[str, str]]) -> None:
    form = city_form()
    page.get_by_role("link", name="Załóż gminę").first.click()
    for name, value in form.items():
        page.locator(f"#gmina-{name}").fill("#ffcc00" if name == "colour" else value)
    page.get_by_role("button", name="Załóż gminę").click()
    expect(page.get_by_role("alert")).to_contain_text("Kolor portalu")
    expect(page.locator("#gmina-name")).to_have_value(form["name"])
    assert violations(page) == []
    page.locator("#gmina-colour").fill(form["colour"])
    page.get_by_role("button", name="Załóż gminę").click()
    expect(page.get_by_text("Gmina jest założona.")).to_be_visible()
    page.get_by_role("link", name="Załóż jednostki").click()
    page.locator("#jednostka-name").fill("Szkoła Podstawowa")
    page.locator("#jednostka-short_name").fill("SP")
    page.locator("#jednostka-code").fill("SP1")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Jednostka jest założona.")).to_be_visible()


def test_suspending_asks_once_and_can_be_called_off(page: Page, fresh: Callable[[], World]) -> None:
    slug = fresh().city.slug
    page.goto(f"/operator/gminy/{slug}")
    page.get_by_role("button", name="Wstrzymaj dostęp").click()
    page.get_by_role("button", name="Anuluj").click()
    expect(page.get_by_text("Urzędnicy mogą się tu logować")).to_be_visible()
    page.get_by_role("button", name="Wstrzymaj dostęp").click()
    page.locator("#mg-confirm").get_by_role("button", name="Wstrzymaj dostęp").click()
    expect(page.get_by_text("Dostęp jest wstrzymany.")).to_be_visible()


def test_the_palette_leads_to_a_place(page: Page, world: World) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Szukaj wszędzie").fill("alfa-mosir")
    expect(page.get_by_role("option", name="Ośrodek Sportu")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/operator/gminy/alfa-mosir$"))
