"""The office without a mouse: palettes, reckonings, the board and the queue, dialogs, menus, the look."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.web.conftest import Open
from tests.web.hands import press, rows, said

pytestmark = pytest.mark.browser


def test_the_palette_searches_and_goes(open_page: Open) -> None:
    page = open_page("/rejestr")
    press(page, "ArrowDown", "Control+k")
    box = page.locator("#mg-search-dialog [role=combobox]")
    expect(box).to_be_focused()
    page.keyboard.type("papirus")
    found = page.locator("#mg-search-dialog [role=option]")
    expect(found.first).to_contain_text("Papirus")
    expect(found.first).to_have_attribute("aria-selected", "true")
    press(page, "ArrowDown", "ArrowUp", "ArrowDown")
    expect(found.nth(1)).to_have_attribute("aria-selected", "true")
    active = found.nth(1).get_attribute("id") or "none"
    expect(box).to_have_attribute("aria-activedescendant", active)
    address = found.nth(1).get_attribute("href") or "none"
    press(page, "Enter")
    expect(page).to_have_url(re.compile(f"{address}$"))


def test_a_palette_gives_the_focus_back(open_page: Open) -> None:
    page = open_page("/rejestr")
    press(page, "ArrowDown", "ArrowDown", "Control+j")
    chosen = page.locator("#mg-switch-dialog [role=option][aria-selected=true]")
    expect(chosen).to_contain_text("Urząd Miasta")
    press(page, "Control+k")
    expect(page.locator("#mg-switch-dialog")).to_be_hidden()
    press(page, "Escape")
    expect(rows(page).nth(1)).to_be_focused()


def test_an_empty_palette_says_what_to_try(open_page: Open) -> None:
    page = open_page("/")
    press(page, "Control+k")
    page.keyboard.type("qqqq")
    expect(page.locator("#mg-search-dialog-list")).to_contain_text("Nic nie znalazłem")
    press(page, "Enter")
    expect(page).to_have_url(re.compile("/$"))


def test_an_amount_explains_itself_beside_the_page(open_page: Open) -> None:
    page = open_page("/rejestr")
    amount = page.locator("a.mg-explained").first
    amount.press("Enter")
    panel = page.locator("#mg-explain")
    expect(panel).to_be_focused()
    expect(panel).to_contain_text("art. 86 ust. 2a ustawy o VAT")
    expect(amount).to_have_attribute("aria-expanded", "true")
    expect(page).to_have_url(re.compile("/rejestr$"))
    press(page, "Escape")
    expect(panel).to_be_hidden()
    expect(amount).to_be_focused()


def test_a_reckoning_is_copied_as_words(open_page: Open) -> None:
    page = open_page("/rejestr", permissions=["clipboard-read", "clipboard-write"])
    page.locator("a.mg-explained").first.press("Enter")
    page.get_by_role("button", name="Kopiuj wyliczenie").press("Enter")
    expect(said(page)).to_contain_text("Skopiowano")
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.startswith("VAT do odliczenia\n48,26 zł\n")
    assert "283,90 × 17%" in text


def test_a_defect_of_the_server_is_said_and_closes_the_panel(open_page: Open) -> None:
    page = open_page("/stany")
    page.locator("a[href='/wyliczenie/zepsute']").press("Enter")
    expect(said(page)).to_contain_text("Dane są bezpieczne")
    expect(page.locator("#mg-explain")).to_be_hidden()
    page.get_by_role("button", name="Zamknij komunikat").press("Enter")
    expect(page.locator("#mg-toasts [data-toast]")).to_have_count(0)


def test_a_part_of_a_page_is_exchanged_with_its_token_and_its_word(open_page: Open) -> None:
    page = open_page("/stany")
    page.get_by_role("button", name="Odłóż na jutro").press("Enter")
    expect(page.locator("#odlozone")).to_contain_text("Odłożone do jutra.")
    expect(said(page)).to_have_class(re.compile("is-info"))
    expect(said(page)).to_contain_text("Zadanie wróci jutro o 8:00.")


def test_no_network_is_said(open_page: Open) -> None:
    page = open_page("/rejestr")
    page.context.set_offline(True)
    page.locator("a.mg-explained").first.press("Enter")
    expect(said(page)).to_contain_text("Nie ma połączenia z serwerem")


def test_candidates_are_chosen_by_digit_and_confirmed_by_enter(open_page: Open) -> None:
    page = open_page("/kolejka?faktura=4")
    expect(page.get_by_role("radio", checked=True)).to_have_value("SP2")
    press(page, "3")
    expect(page.get_by_role("radio", checked=True)).to_have_value("ZSP1")
    press(page, "Enter")
    expect(said(page)).to_contain_text("Przypisano do ZSP1")
    expect(page).to_have_url(re.compile("faktura=5$"))
    press(page, "n")
    expect(page).to_have_url(re.compile("faktura=6$"))
    press(page, "p")
    expect(page).to_have_url(re.compile("faktura=5$"))


def test_the_sheet_of_keys_names_those_of_the_page(open_page: Open) -> None:
    page = open_page("/kolejka?faktura=0")
    press(page, "?")
    expect(page.locator("[data-keys-here]")).to_contain_text("następna faktura")
    press(page, "Escape")
    page.goto("/rejestr")
    press(page, "?")
    expect(page.locator("#mg-keys")).to_be_visible()
    expect(page.locator("[data-keys-here]")).to_be_hidden()


def test_the_board_is_one_stop_of_tab_and_is_walked_with_arrows(open_page: Open) -> None:
    page = open_page("/tablica")
    cells = page.locator("#tablica a")
    cells.first.focus()
    press(page, "ArrowRight")
    cell = page.locator("#tablica tbody tr").first.locator("td").first.locator("a")
    expect(cell).to_be_focused()
    press(page, "ArrowDown")
    expect(page.locator("#tablica tbody tr").nth(1).locator("td").first.locator("a")).to_be_focused()
    expect(page.locator("#tablica a[tabindex='0']")).to_have_count(1)


def test_a_board_that_refreshes_itself_keeps_the_place(open_page: Open) -> None:
    page = open_page("/tablica", viewport={"width": 1000, "height": 500})
    page.locator("#tablica a").first.focus()
    press(page, "ArrowRight", "ArrowDown", "ArrowDown")
    page.locator("#tablica").evaluate("(board) => { board.dataset.old = '1'; board.scrollTop = 40; }")
    expect(page.locator("#tablica")).not_to_have_attribute("data-old", "1")
    expect(page.locator("#tablica tbody tr").nth(2).locator("td").first.locator("a")).to_be_focused()
    assert page.locator("#tablica").evaluate("(board) => board.scrollTop") == 40


def test_the_list_beside_a_detail_is_walked_with_arrows(open_page: Open) -> None:
    page = open_page("/kolejka?faktura=2")
    current = page.locator(".mg-queue a[aria-current]")
    current.focus()
    press(page, "ArrowDown", "ArrowDown", "Enter")
    expect(page).to_have_url(re.compile("faktura=4$"))


def test_a_menu_opens_walks_and_closes(open_page: Open) -> None:
    page = open_page("/rejestr")
    summary = page.locator(".mg-months summary")
    summary.press("ArrowDown")
    expect(page.locator(".mg-months .mg-menu-list a").first).to_be_focused()
    press(page, "End", "ArrowDown")
    expect(page.locator(".mg-months .mg-menu-list a").first).to_be_focused()
    press(page, "Escape")
    expect(summary).to_be_focused()
    expect(page.locator("details[data-menu][open]")).to_have_count(0)


@pytest.mark.parametrize(
    ("switch", "attribute", "values"),
    [
        ("[data-theme-switch]", "data-bs-theme", ["light", "dark"]),
        ("[data-density-switch]", "data-density", ["comfortable"]),
    ],
)
def test_the_look_is_kept_and_is_there_before_the_page(
    open_page: Open, switch: str, attribute: str, values: list[str]
) -> None:
    page = open_page("/rejestr")
    page.locator("details.mg-account summary").press("Enter")
    for value in values:
        page.locator(switch).press("Enter")
        expect(page.locator("html")).to_have_attribute(attribute, value)
    page.add_init_script(
        f"window.seen = []; new MutationObserver(() => document.body"
        f" && seen.push(document.documentElement.getAttribute('{attribute}')))"
        ".observe(document, {childList: true, subtree: true})"
    )
    page.goto("/tablica")
    assert set(page.evaluate("seen")) == {values[-1]}


def test_the_menu_folds_and_stays_folded(open_page: Open) -> None:
    page = open_page("/rejestr")
    fold = page.locator("[data-menu-fold]")
    fold.press("Enter")
    expect(fold).to_have_attribute("aria-pressed", "true")
    page.goto("/tablica")
    expect(page.locator(".mg-side .mg-fold").first).to_be_hidden()
    expect(page.get_by_role("link", name="Tablica miesiąca")).to_be_visible()


def test_on_a_phone_the_menu_opens_over_the_page(open_page: Open) -> None:
    page = open_page("/rejestr", viewport={"width": 390, "height": 800})
    opener = page.locator("[data-menu-open]")
    expect(page.get_by_role("link", name="Tablica miesiąca")).to_be_hidden()
    opener.press("Enter")
    expect(page.get_by_role("link", name="Tablica miesiąca")).to_be_visible()
    press(page, "Escape")
    expect(page.get_by_role("link", name="Tablica miesiąca")).to_be_hidden()
    expect(opener).to_be_focused()


def test_columns_that_stood_back_come_when_asked(open_page: Open) -> None:
    page = open_page("/rejestr")
    nip = page.locator("th", has_text="NIP")
    expect(nip).to_be_hidden()
    page.get_by_role("button", name="Wszystkie kolumny").press("Enter")
    expect(nip).to_be_visible()
    page.reload()
    expect(nip).to_be_visible()


def test_a_run_is_watched_to_its_end(open_page: Open) -> None:
    page = open_page("/przebieg")
    expect(page.locator(".mg-run")).to_contain_text("gotowe")
    expect(page.locator(".mg-run progress")).to_have_attribute("value", "1500")
