"""The register in a real browser: accessible on a desk and on a phone, worked by keyboard alone."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.vat.models import purchase, sale
from app.vat.service import periods, registers
from tests.chromium import DESK, PHONE, SMALL_PHONE, violations, width
from tests.office.browser import words
from tests.vat.pages.conftest import Enter, Unit
from tests.vat.pages.depth import deepen
from tests.vat.pages.month import MONTH, fill, report

pytestmark = pytest.mark.browser


def busy(unit: Unit) -> tuple[str, str]:
    """A month that was signed twice and is open again; the keys of a sale and of a purchase."""
    unit.do(lambda session: fill(session, purchases=8, reports=6))
    rows = unit.do(lambda session: session.scalars(select(purchase.c.id).order_by(purchase.c.document_no)).all())
    unit.do(lambda session: registers.set_use(session, rows, "all"))
    for day in (20, 21):
        unit.do(lambda session: periods.complete(session, MONTH))
        unit.do(lambda session: periods.publish(session, MONTH), who="jan.dab@sp1.example")
        unit.do(lambda session: periods.reopen(session, MONTH, "spóźniony raport"))
        late = report(day)
        unit.do(partial(registers.enter, month=MONTH, entry=late))
    sold = unit.do(lambda session: session.scalars(select(sale.c.id).order_by(sale.c.document_no)).all())
    unit.do(lambda session: registers.void(session, "sale", sold[1], "wprowadzony dwa razy"))
    return str(sold[0]), str(rows[0])


def deep(unit: Unit) -> list[str]:
    """Tills with a hole, an unpaid invoice, an asset, a year's correction and a sheet; the pages that show them."""
    made = unit.do(deepen)
    return [
        f"/vat/kasy/{MONTH}", f"/vat/dowod/{MONTH}/nowy", f"/vat/zle-dlugi/{MONTH}",
        f"/vat/zle-dlugi/{MONTH}/sprzedaz/{made.debt}", "/vat/srodki-trwale", "/vat/srodki-trwale/nowy",
        "/vat/srodki-trwale/wczytaj", f"/vat/srodki-trwale/{made.asset}", "/vat/korekta-roczna/2025",
        "/vat/wspolczynniki/karta/2026", "/vat/wspolczynniki/porownaj/2026?prewspolczynnik=40",
        f"/vat/wspolczynniki/dowod/{made.sheet}", f"/vat/rejestr/sprzedaz/{MONTH}/{made.relief}",
        f"/vat/rejestr/sprzedaz/{MONTH}/{made.correction}/okres-korekty",
    ]  # fmt: skip


def paths(sold: str, bought: str) -> list[str]:
    sales, purchases, month = f"/vat/rejestr/sprzedaz/{MONTH}", f"/vat/rejestr/zakup/{MONTH}", f"/vat/okres/{MONTH}"
    return [
        sales, f"{sales}?pokaz=uniewaznione", f"{sales}?pole=K_20", f"{sales}/sumy", f"{sales}/{sold}",
        purchases, f"{purchases}/{bought}", f"{purchases}/{bought}/wyliczenie",
        f"/vat/dokument/{MONTH}/nowy?rodzaj=WEW", f"/vat/dokument/{MONTH}/nowy?rodzaj=zakup", f"/vat/wczytaj/{MONTH}",
        month, f"{month}/wyliczenie/nalezny", f"{month}/wersja/2?sprawdz=1", f"{month}/wersja/2/sprzedaz",
        f"{month}/roznice", "/vat/wspolczynniki?rok=2026",
    ]  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_on_any_page(unit: Unit, enter: Enter, theme: str, screen: dict[str, Any]) -> None:
    person = unit.person("unit_clerk", "unit_head")
    found = {}
    page = enter(person, "/vat/wspolczynniki", color_scheme=theme, reduced_motion="reduce", **screen)
    ways = ["/vat/wspolczynniki/ustal/obliczony", "/vat/wspolczynniki/ustal/uzgodniony"]
    for path in [*paths(*busy(unit)), *deep(unit), *ways]:
        opened = page.goto(f"/{person.slug}{path}")
        assert opened is not None and opened.ok, path
        expect(page.locator("html")).to_have_attribute("data-bs-theme", theme)
        if wrong := violations(page):
            found[path] = wrong
    assert found == {}


def test_no_page_is_wider_than_a_small_phone(unit: Unit, enter: Enter) -> None:
    page = enter(unit.person("unit_clerk", "unit_head"), "/vat/wspolczynniki", **SMALL_PHONE)
    wide = []
    for path in [*paths(*busy(unit)), *deep(unit)]:
        opened = page.goto(f"/{unit.school.slug}{path}")
        assert opened is not None and opened.ok, path
        if width(page) != 320:
            wide.append(path)
    assert wide == []


def test_axe_finds_nothing_in_refused_forms_and_reckonings(unit: Unit, enter: Enter) -> None:
    busy(unit)
    page = enter(unit.clerk, f"/vat/dokument/{MONTH}/nowy?rodzaj=RO", reduced_motion="reduce")
    page.get_by_role("button", name="Zapisz dokument").click()
    expect(page.get_by_role("alert")).to_contain_text("Popraw")
    assert violations(page) == []
    page.get_by_label("Numer dokumentu").fill("RD/9")
    page.get_by_label("Data wystawienia").fill("9.9.2026")
    page.locator("[name=net_8]").fill("100")
    page.locator("[name=tax_8]").fill("70")
    page.get_by_role("button", name="Zapisz dokument").click()
    expect(page.get_by_text("Tu coś jest nietypowe.")).to_be_visible()
    assert violations(page) == []
    page.goto(f"/{unit.school.slug}/vat/rejestr/zakup/{MONTH}")
    page.locator("a.mg-explained").first.press("Enter")
    expect(page.locator("#mg-explain [data-reckoning]")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator("[data-tick-all]").check()
    expect(page.get_by_role("button", name="Ustaw przeznaczenie")).to_be_visible()
    assert violations(page) == []


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def tab_to(page: Page, name: str) -> None:
    """Tab from where the focus is to the button of this name."""
    wanted = page.get_by_role("button", name=name)
    for _ in range(80):
        page.keyboard.press("Tab")
        if wanted.evaluate("node => node === document.activeElement"):
            return
    raise AssertionError(f"Tab never came to „{name}”")


def test_the_month_is_handed_over_and_signed_by_keyboard_alone(unit: Unit, enter: Enter) -> None:
    unit.do(lambda session: registers.enter(session, MONTH, report(3)))
    clerk = enter(unit.clerk, f"/vat/okres/{MONTH}")
    tab_to(clerk, "Przekaż do podpisu")
    press(clerk, "Enter")
    expect(clerk.locator("#mg-confirm")).to_contain_text("Wynik jednostki: 68,31 zł".replace(" zł", "\u00a0zł"))
    press(clerk, "Enter")
    expect(clerk.get_by_text("czeka na podpis").first).to_be_visible()
    head = enter(unit.head, f"/vat/okres/{MONTH}")
    tab_to(head, "Podpisz i opublikuj")
    press(head, "Enter", "Escape")
    expect(head.locator("#mg-confirm")).to_be_hidden()
    assert unit.do(lambda session: periods.status(session, MONTH).stage).state == "completed"
    press(head, "Enter", "Enter")
    expect(head.get_by_text("podpisany, wersja 1")).to_be_visible()
    assert unit.do(lambda session: periods.status(session, MONTH).stage).version == 1


def test_purchases_are_worked_through_by_keyboard_alone(unit: Unit, enter: Enter) -> None:
    unit.do(lambda session: fill(session, purchases=4, reports=0))
    page = enter(unit.clerk, f"/vat/rejestr/zakup/{MONTH}?przeznaczenie=brak")
    press(page, "ArrowDown", "Space", "ArrowDown", "Space")
    expect(page.locator("[data-bulk-count]")).to_have_text("Zaznaczone: 2")
    page.get_by_label("Ustaw przeznaczenie").first.focus()
    press(page, "ArrowDown", "Tab", "Enter")
    expect(page.locator("#mg-toasts [data-toast]").last).to_contain_text("tylko sprzedaż zwolniona")
    expect(page.locator("[data-row]")).to_have_count(2)
    press(page, "ArrowDown", "Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Faktura FV/")
    first = page.get_by_role("heading", level=1).inner_text()
    page.locator("input[name=use]").first.focus()
    press(page, "Space", "Control+Enter")
    expect(page.get_by_text("Przeznaczenie zapisane")).to_be_visible()
    press(page, "n")
    expect(page.get_by_role("heading", level=1)).not_to_have_text(first)
    uses = unit.do(lambda session: sorted(str(use) for use in session.scalars(select(purchase.c.use))))
    assert uses == ["None", "exempt", "exempt", "taxed"]


def test_the_tax_is_proposed_as_one_types_and_what_was_typed_is_left_alone(unit: Unit, enter: Enter) -> None:
    page = enter(unit.clerk, f"/vat/dokument/{MONTH}/nowy?rodzaj=RO")
    net, tax = page.locator("[name=net_8]"), page.locator("[name=tax_8]")
    net.fill("12,32")
    press(page, "Tab")
    expect(tax).to_have_value("0,99")
    net.fill("-1 000,06")
    press(page, "Tab")
    expect(tax).to_have_value("-80,00")
    tax.fill("-81")
    net.fill("5000")
    press(page, "Tab")
    expect(tax).to_have_value("-81,00")
    net.fill("100")
    tax.fill("")
    press(page, "Tab", "Shift+Tab", "Shift+Tab")
    net.fill("200")
    tax.click()
    page.keyboard.type("17")
    expect(tax).to_have_value("17")
    other, none = page.locator("[name=net_23]"), page.locator("[name=tax_23]")
    none.fill("7")
    other.fill("100")
    press(page, "Tab")
    expect(none).to_have_value("7,00")


def test_a_click_on_save_is_not_lost_to_a_complaint_about_a_box(unit: Unit, enter: Enter) -> None:
    page = enter(unit.clerk, f"/vat/dokument/{MONTH}/nowy?rodzaj=RO")
    page.get_by_label("Data wystawienia").fill("31.02.2026")
    page.get_by_role("button", name="Zapisz dokument").click()
    expect(page.get_by_role("alert")).to_contain_text("Nie rozumiem daty „31.02.2026”.")


def test_opening_a_row_keeps_the_place_in_the_list(unit: Unit, enter: Enter) -> None:
    unit.do(lambda session: fill(session, purchases=6, reports=0))
    page = enter(unit.clerk, f"/vat/rejestr/zakup/{MONTH}?sortuj=-netto")
    press(page, "ArrowDown", "ArrowDown", "ArrowDown")
    chosen = page.locator("[data-row]:focus [data-open]").inner_text()
    press(page, "Enter")
    expect(page).to_have_url(re.compile(r"/vat/rejestr/zakup/2026-09/[0-9a-f-]+$"))
    page.go_back()
    expect(page.locator("[data-row]:focus [data-open]")).to_have_text(chosen)


def test_a_file_with_errors_is_told_in_the_page(unit: Unit, enter: Enter) -> None:
    page = enter(unit.clerk, f"/vat/wczytaj/{MONTH}")
    page.locator("input[type=file]").set_input_files(
        {"name": "raporty.csv", "mimeType": "text/csv", "buffer": b"numer;data;stawka;netto\r\nRD/1;abc;8;1\r\n"}
    )
    page.get_by_role("button", name="Wczytaj plik").click()
    expect(page.get_by_role("alert")).to_contain_text("Plik „raporty.csv” ma")
    expect(page.get_by_role("cell", name="Nie rozumiem daty „abc”. Wpisz ją w postaci 03.06.2026.")).to_be_visible()
    assert "nie ma jeszcze" not in words(unit.clerk.get(f"/vat/rejestr/sprzedaz/{MONTH}"))
    assert violations(page) == []
