"""Forms in a real browser: nothing typed is lost, refusals lead to their field, amounts and dates are tidied."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Dialog, FilePayload, Locator, Page, Route, expect

from tests.web.conftest import Open

pytestmark = pytest.mark.browser

NOTE = "Przywróciłem to, co było tu wpisane wcześniej."


def drafts(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        "Object.entries(localStorage).filter(([key]) => key.startsWith('mg-draft')).map(([, value]) => value)"
    )
    return found


def fill(page: Page) -> None:
    page.get_by_label("Nazwa jednostki").fill("Szkoła Podstawowa nr 4")
    page.get_by_label("NIP").fill("5213017228")
    page.get_by_label("Rodzaj").select_option("school")
    page.get_by_label("Rozlicza VAT z miastem od").fill("1.9.2026")
    page.get_by_label("Plan wydatków").fill("1234567,8")
    page.get_by_label("Burmistrz upoważnił").check()


def left(open_page: Open, label: str, typed: str) -> Locator:
    """A box of the form after something was typed into it and it was left."""
    box = open_page("/formularz").get_by_label(label)
    box.fill(typed)
    box.press("Tab")
    return box


def test_a_refused_form_leads_from_the_summary_to_the_field(open_page: Open) -> None:
    page = open_page("/formularz")
    page.get_by_label("NIP").fill("12")
    page.get_by_role("button", name="Dodaj jednostkę").press("Enter")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("Popraw 6 rzeczy")
    summary.get_by_role("link", name=re.compile("^NIP")).press("Enter")
    nip = page.get_by_label("NIP")
    expect(nip).to_be_focused()
    expect(nip).to_have_value("12")
    expect(nip).to_have_attribute("aria-invalid", "true")
    expect(nip).to_have_accessible_description("NIP ma dziesięć cyfr, bez kresek.")


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("1234567,8", "1 234 567,80"),
        ("1234.56", "1 234,56"),
        ("1 234,56 zł", "1 234,56"),
        ("-5", "-5,00"),
        ("007", "7,00"),
        ("999", "999,00"),
        ("", ""),
    ],
)
def test_an_amount_is_tidied_when_its_box_is_left(open_page: Open, typed: str, written: str) -> None:
    box = left(open_page, "Plan wydatków", typed)
    expect(box).to_have_value(written)
    expect(box).not_to_have_attribute("aria-invalid", "true")


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("1.9.2026", "01.09.2026"),
        ("01092026", "01.09.2026"),
        ("1/9/26", "01.09.2026"),
        ("1-9-2026", "01.09.2026"),
        ("2026-09-01", "01.09.2026"),
        ("29.2.2028", "29.02.2028"),
    ],
)
def test_a_date_is_tidied_when_its_box_is_left(open_page: Open, typed: str, written: str) -> None:
    expect(left(open_page, "Rozlicza VAT z miastem od", typed)).to_have_value(written)


@pytest.mark.parametrize(
    ("label", "typed", "message"),
    [
        ("Plan wydatków", "1,234.56", "Nie rozumiem tej kwoty."),
        ("Plan wydatków", "12,345", "Nie rozumiem tej kwoty."),
        ("Rozlicza VAT z miastem od", "31.02.2026", "Nie rozumiem tej daty."),
    ],
)
def test_what_is_not_understood_stays_as_typed_and_says_so_at_once(
    open_page: Open, label: str, typed: str, message: str
) -> None:
    box = left(open_page, label, typed)
    expect(box).to_have_value(typed)
    expect(box).to_have_attribute("aria-invalid", "true")
    expect(box).to_have_accessible_description(re.compile(re.escape(message)))
    box.fill("")
    box.press("Tab")
    expect(box).not_to_have_attribute("aria-invalid", "true")
    expect(box.page.get_by_text(message)).to_have_count(0)


def test_ctrl_enter_saves_and_the_draft_is_forgotten(open_page: Open) -> None:
    page = open_page("/formularz")
    fill(page)
    page.get_by_label("Uwagi").press("Control+Enter")
    expect(page.locator("#mg-toasts")).to_contain_text("Jednostka „Szkoła Podstawowa nr 4” jest zapisana.")
    assert drafts(page) == []
    page.goto("/formularz")
    expect(page.get_by_label("Nazwa jednostki")).to_have_value("")


def test_a_draft_comes_back_after_leaving_and_can_be_dropped(open_page: Open) -> None:
    page = open_page("/formularz")
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    fill(page)
    page.goto("/rejestr")
    assert asked == ["beforeunload"]
    page.goto("/formularz")
    expect(page.get_by_text(NOTE)).to_be_visible()
    expect(page.get_by_label("Nazwa jednostki")).to_have_value("Szkoła Podstawowa nr 4")
    expect(page.get_by_label("Rodzaj")).to_have_value("school")
    expect(page.get_by_label("Burmistrz upoważnił")).to_be_checked()
    page.get_by_role("button", name="Zacznij od nowa").press("Enter")
    expect(page.get_by_label("Nazwa jednostki")).to_have_value("")
    expect(page.get_by_text(NOTE)).to_be_hidden()
    assert drafts(page) == []


def test_a_form_that_was_not_touched_lets_go_without_asking(open_page: Open) -> None:
    page = open_page("/formularz")
    asked: list[str] = []

    def accept(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", accept)
    page.get_by_label("Nazwa jednostki").focus()
    page.goto("/rejestr")
    expect(page.get_by_role("heading", level=1)).to_have_text("Rejestr zakupów")
    assert asked == []


def test_what_was_sent_into_an_error_is_still_there(open_page: Open) -> None:
    page = open_page("/formularz")
    fill(page)

    def break_down(route: Route) -> None:
        if route.request.method == "POST":
            route.fulfill(status=502, content_type="text/html", body="<body class='mg-plain'>Bad gateway")
        else:
            route.continue_()

    page.route("**/formularz", break_down)
    page.get_by_label("Uwagi").press("Control+Enter")
    expect(page.locator("body")).to_have_text("Bad gateway")
    page.goto("/blad")
    page.goto("/formularz")
    expect(page.get_by_text(NOTE)).to_be_visible()
    expect(page.get_by_label("Nazwa jednostki")).to_have_value("Szkoła Podstawowa nr 4")


def test_a_refused_form_keeps_what_is_corrected_in_it(open_page: Open) -> None:
    page = open_page("/formularz")
    page.get_by_label("NIP").fill("12")
    page.get_by_label("NIP").press("Control+Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_text(NOTE)).to_be_hidden()
    expect(page.get_by_label("NIP")).to_have_value("12")
    assert len(drafts(page)) == 1


def test_passwords_are_never_kept_in_the_browser(open_page: Open) -> None:
    page = open_page("/logowanie")
    page.get_by_label("Hasło").fill("bardzo tajne")
    page.get_by_label("Nazwa użytkownika").fill("anna")
    page.get_by_role("button", name="Zaloguj się").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Nazwa lub hasło się nie zgadza.")
    expect(page.get_by_label("Hasło")).to_have_value("")
    assert drafts(page) == []
    assert "bardzo tajne" not in page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")


def test_drafts_leave_with_the_person(open_page: Open) -> None:
    page = open_page("/formularz")
    page.on("dialog", lambda dialog: dialog.accept())
    fill(page)
    page.locator("details.mg-account summary").press("Enter")
    page.get_by_role("button", name="Wyloguj się").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Zaloguj się")
    assert drafts(page) == []


def test_a_form_is_sent_once_however_often_it_is_clicked(open_page: Open) -> None:
    page = open_page("/formularz")
    fill(page)
    held: list[Route] = []
    page.route("**/formularz", lambda route: held.append(route))
    button = page.get_by_role("button", name="Dodaj jednostkę")
    button.evaluate("(button) => { for (const after of [0, 50, 100]) setTimeout(() => button.click(), after); }")
    page.wait_for_timeout(400)
    assert len(held) == 1
    held[0].continue_()
    expect(page).to_have_url(re.compile("/jednostki$"))


def test_chosen_files_are_named_with_their_size(open_page: Open) -> None:
    page = open_page("/formularz")
    statute: FilePayload = {"name": "statut.pdf", "mimeType": "application/pdf", "buffer": b"x" * 1_250_000}
    page.get_by_label("Statut").set_input_files([statute])
    expect(page.locator("[data-drop-list]")).to_have_text("statut.pdf · 1,3 MB")
