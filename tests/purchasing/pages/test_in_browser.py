"""Purchases in a real browser: accessible on a desk and on a phone, one invoice to ready by keyboard alone."""

from __future__ import annotations

from uuid import UUID

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.purchasing.models import PaymentProposal, PurchaseCase
from app.ssc import worklist
from tests.chromium import PHONE, SMALL_PHONE, violations, width
from tests.purchasing.pages.conftest import Place
from tests.purchasing.pages.test_pages import to_head
from tests.purchasing.papers import TODAY
from tests.vat.pages.conftest import Enter

pytestmark = pytest.mark.browser


def busy(place: Place) -> UUID:
    """A case before the head, another that is ready, alarms, a substitute's form, a work list."""
    first = place.bring("FV/120/2026", supplier=1)
    to_head(place, first)
    second = place.bring("FV/121/2026", net="18000.00", tax="4140.00", supplier=2)
    place.describe(place.clerk(), second, classifications="801-80101-4270 22 140,00")
    ready = place.bring("FV/122/2026", net="640.00", tax="147.20")
    to_head(place, ready)
    assert place.decide(place.head(), ready, "head").status_code == 303
    keys = place.do(lambda session: session.scalars(select(PurchaseCase.id)).all())
    worklist.copy(place.reception.host, place.school, keys, "system", TODAY)
    return first


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_and_no_page_is_wider_than_a_phone(place: Place, enter: Enter, theme: str) -> None:
    first = busy(place)
    (proposal,) = place.do(lambda session: session.scalars(select(PaymentProposal.id)).all())
    head, chief = place.head(), place.chief()
    lead = place.person("chief_accountant", place.centre, "Olga Sowa", where=place.centre)
    clerk = place.clerk()
    looks = (
        (head, ("/zakupy/faktury", f"/zakupy/faktury/{first}", "/zakupy/zastepstwa", "/zakupy/schemat")),
        (clerk, ("/zakupy/faktury?czesc=w-obiegu", f"/zakupy/faktury/{first}", "/zakupy/faktury/nowy")),
        (chief, ("/zakupy/platnosci", f"/zakupy/platnosci/{proposal}")),
        (lead, ("/zakupy/centrum",)),
    )
    for person, paths in looks:
        page = enter(person, paths[0], color_scheme=theme, reduced_motion="reduce")
        for path in paths:
            page.goto(f"/{person.slug}{path}")
            assert violations(page) == [], path
        if theme == "light":
            page.set_viewport_size(SMALL_PHONE["viewport"])
            for path in paths:
                page.goto(f"/{person.slug}{path}")
                assert width(page) == 320, path


def test_one_invoice_from_description_to_ready_by_keyboard(place: Place, enter: Enter) -> None:
    case_id = place.bring("FV/130/2026")
    path = f"/zakupy/faktury/{case_id}"
    page = enter(place.clerk(), path)
    page.get_by_label("Do czego służy", exact=True).focus()
    page.keyboard.type("stołówka szkolna")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Opis zapisany.")).to_be_visible()
    approver = place.approver()
    for person, again in ((approver, 1), (place.accountant(), 1)):
        page = enter(person, path)
        for _ in range(again):
            page.keyboard.press("z")
            page.wait_for_url("**/zakupy/faktury")
    page.goto(f"/{place.school.slug}{path}")
    page.get_by_label("tylko poza działalnością gospodarczą").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/zakupy/faktury")
    for person in (place.chief(), place.head()):
        page = enter(person, "/zakupy/faktury")
        page.locator("[data-row]").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{path}")
        page.keyboard.press("z")
        page.wait_for_url("**/zakupy/faktury")
    assert place.do(lambda session: session.get_one(PurchaseCase, case_id).state) == "ready"


def test_the_head_approves_a_list_on_a_phone(place: Place, enter: Enter) -> None:
    cases = [place.bring(f"FV/{number}/2026", supplier=number, net=f"{number}.00") for number in (140, 141)]
    for one in cases:
        to_head(place, one)
    page = enter(place.head(), "/zakupy/faktury", **PHONE)
    for tick in page.locator("[data-tick]").all():
        tick.check()
    page.get_by_role("button", name="Zatwierdź zaznaczone").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Zatwierdź zaznaczone").click()
    expect(page.get_by_text("Zatwierdzono: 2 dokumenty.")).to_be_visible()
    for one in cases:
        assert place.do(lambda session, key=one: session.get_one(PurchaseCase, key).state) == "ready"
