"""Each page of the gallery, in a real browser: accessible, readable on a small phone, within the content policy."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import DESK, PHONE, SMALL_PHONE, Open, too_small, violations, width

pytestmark = pytest.mark.browser

PAGES = (
    "/", "/rejestr", "/rejestr?netto=abc", "/rejestr?dostawca=nikt", "/pusty", "/jednostki", "/faktura/3", "/tablica",
    "/kolejka", "/kolejka?faktura=1", "/podpis", "/deklaracja", "/wyliczenie/1", "/przebieg", "/formularz",
    "/formularz/odmowa", "/stany", "/szukaj?q=szk", "/logowanie", "/blad", "/portal", "/portal/podatki",
)  # fmt: skip
PORTAL = ("/portal", "/portal/podatki", "/logowanie", "/blad")


Look = Callable[..., Page]


@pytest.fixture(scope="module")
def look(browser: Browser, gallery: str) -> Iterator[Look]:
    """look(path, **options) → the page; a tab for each set of options, so that looking at many pages stays quick."""
    tabs: dict[str, Page] = {}

    def look(path: str, **options: Any) -> Page:
        key = repr(options)
        if key not in tabs:
            tabs[key] = browser.new_context(base_url=gallery, locale="pl-PL", **options).new_page()
        tabs[key].goto(path)
        return tabs[key]

    yield look
    for tab in tabs.values():
        tab.context.close()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(look: Look, path: str, theme: str, screen: dict[str, Any]) -> None:
    page = look(path, color_scheme=theme, reduced_motion="reduce", **screen)
    expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
    assert violations(page) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("brand", "ink"), [("#ffd500", "#000"), ("#0b1f4b", "#fff"), ("#00e05a", "#000"), ("#c8102e", "#fff")]
)
def test_any_brand_that_passes_the_check_stays_readable(open_page: Open, brand: str, ink: str, theme: str) -> None:
    page = open_page("/blad", color_scheme=theme, reduced_motion="reduce")
    sheet = f":root {{ --mg-brand: {brand}; --mg-brand-ink: {ink}; }}"
    page.route("**/barwy.css", lambda route: route.fulfill(body=sheet, content_type="text/css"))
    for path in ("/portal", "/portal/podatki"):
        page.goto(path)
        assert violations(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_never_wider_than_a_small_phone(look: Look, path: str) -> None:
    assert width(look(path, **SMALL_PHONE)) == 320


@pytest.mark.parametrize("path", PORTAL)
def test_what_is_touched_in_the_portal_is_large(open_page: Open, path: str) -> None:
    assert too_small(open_page(path, **PHONE)) == []


@pytest.mark.parametrize("path", ["/stany", "/rejestr", "/podpis"])
def test_axe_finds_nothing_in_what_opens_over_a_page(open_page: Open, path: str) -> None:
    page = open_page(path, reduced_motion="reduce")
    page.locator("a.mg-explained").first.press("Enter")
    expect(page.locator("#mg-explain")).to_be_visible()
    expect(page.locator("#mg-explain [data-reckoning]")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator("details.mg-account summary").press("Enter")
    assert violations(page) == []
    page.keyboard.press("Control+k")
    expect(page.locator("#mg-search-dialog [role=option]").first).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#mg-keys")).to_be_visible()
    assert violations(page) == []


@pytest.mark.parametrize("path", ["/portal", "/portal/podatki", "/rejestr", "/formularz"])
def test_pages_are_readable_without_scripts(open_page: Open, path: str) -> None:
    page = open_page(path, java_script_enabled=False, **PHONE)
    expect(page.locator("main")).to_be_visible()
    expect(page.locator(".mg-js")).to_have_count(page.locator(".mg-js:not(:visible)").count())


def test_filters_and_forms_work_without_scripts(open_page: Open) -> None:
    page = open_page("/rejestr", java_script_enabled=False)
    page.get_by_label("Filtr: Dostawca").fill("papirus")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("dostawca=papirus"))
    assert {text.split("\n")[0] for text in page.locator("tbody [data-label=Dostawca]").all_inner_texts()} == {
        "Papirus Artykuły Biurowe s.c."
    }
    page.goto("/formularz")
    page.get_by_label("NIP").fill("12")
    page.get_by_role("button", name="Dodaj jednostkę").click()
    expect(page.get_by_role("alert")).to_contain_text("NIP ma dziesięć cyfr")
    expect(page.get_by_label("NIP")).to_have_value("12")
