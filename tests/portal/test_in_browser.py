"""The portal in a real browser: accessible in every language, on a small phone, without scripts, in any colour."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.chromium import DESK, PHONE, SMALL_PHONE, Open, too_small, violations, width
from tests.portal.conftest import Towns

pytestmark = pytest.mark.browser

PAGES = (
    "/", "/jednostki", "/jednostki?q=xyz", "/dostawcy", "/dostawcy/SP1", "/dostawcy/UM", "/en/dostawcy/BIB", "/uk",
    "/dostawcy/NIEMA",
)  # fmt: skip


@pytest.fixture
def look(browser: Browser, port: int, towns: Towns) -> Iterator[Open]:
    """look(path, town=…, **options) → the page on that town's host."""
    contexts = []

    def look(path: str, town: str = towns.one.host, **options: object) -> Page:
        context = browser.new_context(base_url=f"http://{town}:{port}", **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield look
    for context in contexts:
        context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing(look: Open, screen: dict[str, object], theme: str) -> None:
    page = look("/", color_scheme=theme, reduced_motion="reduce", **screen)
    for path in PAGES:
        page.goto(path)
        assert violations(page) == [], path


def test_nothing_is_wider_than_a_small_phone_and_what_is_touched_is_large(look: Open) -> None:
    page = look("/", **SMALL_PHONE)
    for path in PAGES:
        page.goto(path)
        assert width(page) == 320, path
        assert too_small(page) == [], path


def test_the_municipalitys_colour_is_on_the_page_and_not_on_anothers(look: Open, towns: Towns) -> None:
    paint = "getComputedStyle(document.querySelector('.mp-hero .btn-primary')).backgroundColor"
    assert look("/", towns.one.host).evaluate(paint) == "rgb(157, 23, 77)"
    assert look("/", towns.other.host).evaluate(paint) != "rgb(157, 23, 77)"


def test_a_unit_is_found_while_it_is_typed(look: Open) -> None:
    page = look("/jednostki")
    page.get_by_label("Szukaj jednostki").press_sequentially("żabka")
    expect(page.get_by_role("heading", level=2)).to_have_count(1)
    expect(page.get_by_role("status").first).to_have_text("Znaleziono 1 jednostkę")


def test_everything_is_found_and_read_without_scripts(look: Open, towns: Towns) -> None:
    page = look("/", java_script_enabled=False, **PHONE)
    page.get_by_label("Szukaj jednostki").fill("zabka")
    page.get_by_role("button", name="Szukaj").click()
    expect(page.get_by_role("heading", level=2)).to_have_count(1)
    page.get_by_role("link", name="Dane do faktury").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(towns.one.pool.name)
    expect(page.get_by_role("button", name="Kopiuj")).to_have_count(0)


def test_the_whole_address_is_copied_at_once(look: Open, towns: Towns) -> None:
    page = look("/en/dostawcy/SP1", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy all").click()
    expect(page.locator("[data-toast-text]")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f"NIP: {towns.one.city.nip}" in copied
    assert f"IDWew: {towns.one.school.internal_id}" in copied


def test_a_sheet_prints_without_its_frame(look: Open) -> None:
    page = look("/dostawcy/SP1")
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    for hidden in (".mp-menu", ".mp-languages", ".mp-foot", ".mp-copy >> nth=0"):
        expect(page.locator(hidden)).to_be_hidden()
