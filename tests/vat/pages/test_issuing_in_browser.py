"""Issuing in a real browser: an invoice written and issued by keyboard alone; accessible on a desk and on a phone."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from app.vat.service import issuing
from app.vat.service.issuing import sending
from tests.chromium import DESK, PHONE, violations, width
from tests.vat.invoices import ksef_number
from tests.vat.issuing.conftest import SINCE
from tests.vat.issuing.samples import CITY, CORRECTION, ISSUER, KINDS, ON, ORDINARY, PERSON
from tests.vat.pages.conftest import Enter, Unit

pytestmark = pytest.mark.browser


def busy(unit: Unit) -> tuple[str, str]:
    """A few invoices in every state, a draft; keys of an accepted one and of the draft."""

    def work(session: Any) -> tuple[str, str]:
        issuing.set_issuer(session, ISSUER, SINCE)
        first = issuing.issue(session, ORDINARY, ON)
        sending.set_out(session, [first.id], "S1")
        sending.accept(session, first.id, ksef_number(CITY, "20260310"), None, b"<UPO/>")
        issuing.issue(session, CORRECTION, ON, corrects_id=first.id)
        for name in ("euro", "split payment", "another local government", "exempt, an act"):
            made = issuing.issue(session, KINDS[name][0], ON)
        sending.set_out(session, [made.id], "S2")
        sending.reject(session, made.id, 450, "Błąd weryfikacji semantyki dokumentu faktury.")
        from dataclasses import replace

        return str(first.id), str(issuing.save(session, replace(ORDINARY, buyer=PERSON)))

    found: tuple[str, str] = unit.do(work)
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", [DESK, PHONE], ids=["desk", "phone"])
def test_every_page_is_accessible(unit: Unit, enter: Enter, screen: dict[str, Any], theme: str) -> None:
    invoice, draft = busy(unit)
    paths = {
        "list": "/vat/wystawione", "drafts": "/vat/wystawione/szkice", "editor": f"/vat/wystaw?kopia={invoice}",
        "correction": f"/vat/wystaw?korekta={invoice}", "draft": f"/vat/szkice/{draft}",
        "invoice": f"/vat/wystawione/{invoice}",
    }  # fmt: skip
    page = enter(unit.clerk, "/vat/wystawione", **screen, color_scheme=theme)
    for name, path in paths.items():
        page.goto(f"/{unit.clerk.slug}{path}")
        if shots := os.environ.get("SHOTS"):
            page.screenshot(path=Path(shots) / f"{name}-{width(page)}-{theme}.png", full_page=True)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_an_invoice_is_written_and_issued_by_keyboard_alone(unit: Unit, enter: Enter) -> None:
    busy(unit)
    page = enter(unit.clerk, "/vat/wystaw")
    keys = page.keyboard
    page.locator("#faktura-buyer_number").focus()
    for text in ("1234563218", "Piekarnia Nowak", "ul. Chlebowa 3", "25-010 Kielce"):
        keys.type(text)
        keys.press("Tab")
    page.locator("#faktura-text_0").focus()
    for text in ("Wynajem sali", "2", "godz.", "100,00"):
        keys.type(text)
        keys.press("Tab")
    keys.type("23")
    expect(page.locator("#kwoty")).to_contain_text("246,00")
    page.locator("#faktura-text_2").focus()
    keys.press("Enter")
    expect(page.locator("#faktura-text_3")).to_be_focused()
    assert page.locator("#faktura-text_0").input_value() == "Wynajem sali"
    keys.press("Control+Enter")
    page.wait_for_url(re.compile("/vat/szkice/"))
    keys.press("Control+Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    keys.press("Enter")
    page.wait_for_url(re.compile("/vat/wystawione/"))
    expect(page.locator("h1")).to_contain_text("SP1/FV/")
