"""A table without a mouse: walked, opened, ticked, filtered, sorted, paged, exported."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Route, expect

from tests.web.conftest import Open
from tests.web.hands import press, rows, said, ticked

pytestmark = pytest.mark.browser


def test_arrows_walk_the_rows_and_the_table_is_one_stop_of_tab(open_page: Open) -> None:
    page = open_page("/rejestr")
    press(page, "ArrowDown")
    expect(rows(page).nth(0)).to_be_focused()
    press(page, "ArrowDown", "ArrowDown", "ArrowUp")
    expect(rows(page).nth(1)).to_be_focused()
    press(page, "End")
    expect(rows(page).last).to_be_focused()
    press(page, "ArrowDown")
    expect(rows(page).last).to_be_focused()
    press(page, "Home")
    expect(rows(page).first).to_be_focused()
    expect(page.locator("[data-row][tabindex='0']")).to_have_count(1)


def test_the_walked_row_is_never_under_the_head_or_the_totals(open_page: Open) -> None:
    page = open_page("/rejestr")
    press(page, "ArrowDown", *["PageDown"] * 3, *["ArrowUp"] * 12)
    row, head = rows(page).nth(18).bounding_box(), page.locator(".mg-frame thead").bounding_box()
    expect(rows(page).nth(18)).to_be_focused()
    assert row and head and row["y"] >= head["y"] + head["height"] - 1
    press(page, *["ArrowDown"] * 12)
    row, foot = rows(page).nth(30).bounding_box(), page.locator(".mg-frame tfoot").bounding_box()
    assert row and foot and row["y"] + row["height"] <= foot["y"] + 1


def test_enter_opens_a_row_and_back_returns_to_it(open_page: Open) -> None:
    page = open_page("/rejestr?sortuj=netto")
    press(page, "ArrowDown", "ArrowDown", "ArrowDown", "Enter")
    expect(page).to_have_url(re.compile("/faktura/"))
    page.go_back()
    expect(rows(page).nth(2)).to_be_focused()
    expect(page).to_have_url(re.compile("sortuj=netto"))


def test_space_ticks_rows_and_the_ticked_are_counted_and_summed(open_page: Open) -> None:
    page = open_page("/rejestr?sortuj=numer")
    bulk = page.locator("[data-bulk]")
    expect(bulk).to_be_hidden()
    press(page, "ArrowDown", "Space", "ArrowDown", "Space")
    expect(bulk.locator("[data-bulk-count]")).to_have_text("Zaznaczone: 2")
    net = [text.replace("\u202f", "").replace(",", ".") for text in ticked(page, "Netto")]
    total = f"{sum(map(Decimal, net)):.2f}".replace(".", ",")
    assert f"Netto {total}" in bulk.inner_text().replace("\u202f", "")
    press(page, "Space")
    expect(bulk.locator("[data-bulk-count]")).to_have_text("Zaznaczone: 1")
    press(page, "ArrowUp", "Space")
    expect(bulk).to_be_hidden()


def test_shift_and_arrows_tick_a_run_of_rows(open_page: Open) -> None:
    page = open_page("/rejestr")
    press(page, "ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown")
    expect(page.locator("tr.is-ticked")).to_have_count(4)


def test_a_bulk_action_takes_the_ticked_rows(open_page: Open) -> None:
    page = open_page("/rejestr")
    press(page, "ArrowDown", "Space", "ArrowDown", "Space")
    page.get_by_role("button", name="Zatwierdź").press("Enter")
    expect(said(page)).to_contain_text("zatwierdz, 2; filtry: brak")


def test_all_that_passed_the_filters_can_be_chosen_past_the_page(open_page: Open) -> None:
    page = open_page("/rejestr?na-stronie=25&netto=%3E0")
    page.locator("[data-tick-all]").press("Space")
    every = page.locator("[data-bulk-every]")
    expect(every).to_be_visible()
    every.press("Enter")
    count = page.locator("[data-bulk-count]")
    expect(count).to_have_text(re.compile("Zaznaczone wszystkie: [0-9]{2}"))
    page.get_by_role("button", name="Zatwierdź").press("Enter")
    expect(said(page)).to_contain_text("zatwierdz, wszystkie; filtry: netto=>0")


def test_what_cannot_be_taken_back_asks_first(open_page: Open) -> None:
    page = open_page("/rejestr")
    press(page, "ArrowDown", "Space")
    page.get_by_role("button", name="Odrzuć").press("Enter")
    dialog = page.locator("#mg-confirm")
    expect(dialog).to_contain_text("Odrzucić zaznaczone faktury?")
    press(page, "Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("#mg-toasts [data-toast]")).to_have_count(0)
    page.get_by_role("button", name="Odrzuć").press("Enter")
    dialog.get_by_role("button", name="Odrzuć").press("Enter")
    expect(said(page)).to_contain_text("odrzuc, 1")


def test_slash_filters_as_one_types_and_the_place_in_the_box_stays(open_page: Open) -> None:
    page = open_page("/rejestr")
    press(page, "/", "Tab")
    box = page.get_by_label("Filtr: Dostawca")
    expect(box).to_be_focused()
    page.keyboard.type("papirus")
    expect(page).to_have_url(re.compile(r"\?dostawca=papirus$"))
    expect(box).to_be_focused()
    expect(page.locator("#mg-voice")).to_have_text(re.compile(r"[0-9]+ z 67.faktur"))
    press(page, "ArrowDown")
    expect(rows(page).first).to_be_focused()
    press(page, "/", "Tab", "Escape")
    expect(page.locator("[data-table-count]")).to_have_text("67 faktur")
    expect(page).to_have_url(re.compile("/rejestr$"))


def test_what_is_typed_while_the_server_answers_is_not_lost(open_page: Open) -> None:
    page = open_page("/rejestr")
    held: list[Route] = []
    page.route(re.compile("dostawca=pap$"), lambda route: held.append(route))
    box = page.get_by_label("Filtr: Dostawca")
    with page.expect_request(re.compile("dostawca=pap$")):
        box.press_sequentially("pap")
    page.keyboard.type("irus")
    held[0].continue_()
    expect(page).to_have_url(re.compile("dostawca=papirus$"))
    expect(box).to_have_value("papirus")
    expect(box).to_be_focused()


def test_a_filter_that_is_not_understood_says_so_and_shows_nothing(open_page: Open) -> None:
    page = open_page("/rejestr")
    page.get_by_label("Filtr: Netto").press_sequentially("dużo")
    expect(page.get_by_role("alert")).to_contain_text("Nie rozumiem kwoty „dużo”")
    expect(page.get_by_label("Filtr: Netto")).to_have_attribute("aria-invalid", "true")
    expect(rows(page)).to_have_count(0)


def test_sorting_and_paging_keep_the_focus_where_it_was(open_page: Open) -> None:
    page = open_page("/rejestr?na-stronie=25")
    sort = page.locator("#rejestr-s-netto")
    sort.press("Enter")
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Netto")
    expect(sort).to_be_focused()
    sort.press("Enter")
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("Netto")
    following = page.locator("#rejestr-next")
    following.press("Enter")
    expect(page.locator(".mg-pager")).to_contain_text("26–50 z 67")
    expect(following).to_be_focused()
    following.press("Enter")
    expect(page.locator(".mg-pager")).to_contain_text("51–67 z 67")
    expect(page.locator(".mg-frame")).to_be_focused()


def test_e_exports_what_is_seen(open_page: Open) -> None:
    page = open_page("/rejestr?dostawca=papirus")
    press(page, "e")
    expect(page.get_by_role("link", name="Excel (XLSX)")).to_be_focused()
    press(page, "ArrowDown")
    with page.expect_download() as download:
        press(page, "Enter")
    lines = download.value.path().read_text("utf-8-sig").splitlines()
    assert len(lines) - 1 == rows(page).count()
    assert all("Papirus" in line for line in lines[1:])


def test_keys_typed_into_a_box_are_letters(open_page: Open) -> None:
    page = open_page("/rejestr")
    box = page.get_by_label("Filtr: Dostawca")
    box.press_sequentially("e?/ ")
    expect(box).to_have_value("e?/ ")
    expect(page.locator("details[open], dialog[open]")).to_have_count(0)
