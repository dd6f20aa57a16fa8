"""The pages of issuing: a person writes, checks, issues; nothing typed is lost; who may not, does not."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from app.vat.models import InvoiceDraft, SalesInvoice
from app.vat.service import issuing
from tests.vat.issuing.conftest import SINCE
from tests.vat.issuing.samples import BUYER, ISSUER, ON, ORDINARY
from tests.vat.pages.conftest import Unit

WRITTEN: dict[str, Any] = {
    "kind": "VAT", "buyer_kind": "company", "buyer_number": "123-456-32-18", "buyer_name": "Piekarnia Nowak",
    "buyer_line1": "ul. Chlebowa 3", "pricing": "net", "payment_form": "6", "text_0": "Wynajem sali",
    "quantity_0": "3", "unit_0": "godz.", "price_0": "100,00", "rate_0": "23", "text_1": "", "price_1": "",
}  # fmt: skip


@pytest.fixture
def school(unit: Unit) -> Unit:
    unit.do(lambda session: issuing.set_issuer(session, ISSUER, SINCE))
    return unit


def today(school: Unit) -> str:
    page = school.clerk.get("/vat/wystaw").text
    found = re.search(r'id="faktura-issued_on" name="issued_on"[^>]*|value="(\d\d\.\d\d\.\d{4})"', page)
    days = re.findall(r'value="(\d\d\.\d\d\.\d{4})"', page)
    assert found and days
    return str(days[0])


def test_a_clerk_writes_checks_and_issues(school: Unit) -> None:
    clerk = school.clerk
    sent = {**WRITTEN, "issued_on": today(school), "akcja": "dalej"}
    checked = clerk.post("/vat/wystaw", sent)
    assert checked.status_code == 303, checked.text
    path = checked.headers["Location"].removeprefix(f"/{clerk.slug}")
    shown = clerk.get(path)
    assert "369,00" in shown.text and "Wystaw fakturę" in shown.text
    assert clerk.get(f"{path}/pdf").content.startswith(b"%PDF-")
    issued = clerk.post(f"{path}/wystaw")
    assert issued.status_code == 303, issued.text
    there = issued.headers["Location"].removeprefix(f"/{clerk.slug}")
    page = clerk.get(there).text
    assert "SP1/FV/1/20" in page and "czeka na wysłanie" in page
    assert clerk.get(f"{there}/pdf").content.startswith(b"%PDF-")
    assert b"<Faktura" in clerk.get(f"{there}/xml").content
    assert clerk.get(f"{there}/upo").status_code == 404
    assert clerk.post(f"{path}/wystaw").headers["Location"].endswith(there)
    assert "SP1/FV/1/20" in clerk.get("/vat/wystawione").text
    assert len(school.do(lambda session: session.scalars(select(SalesInvoice.id)).all())) == 1


def test_enter_adds_a_line_and_keeps_what_was_typed(school: Unit) -> None:
    page = school.clerk.post("/vat/wystaw", {**WRITTEN, "issued_on": "01.03.2026", "akcja": "dodaj"}).text
    assert 'name="text_2"' in page and 'value="Wynajem sali"' in page and 'data-focus="faktura-text_2"' in page


def test_what_is_wrong_is_said_at_its_box(school: Unit) -> None:
    wrong = {**WRITTEN, "issued_on": "01.03.2026", "buyer_number": "1234563219", "rate_0": "zw", "akcja": "dalej"}
    answer = school.clerk.post("/vat/wystaw", wrong)
    assert answer.status_code == 422
    assert 'id="faktura-buyer_number-error"' in answer.text and 'id="faktura-exemption_text-error"' in answer.text
    assert 'value="Wynajem sali"' in answer.text
    unread = school.clerk.post("/vat/wystaw", {**WRITTEN, "issued_on": "01.03.2026", "price_0": "sto"})
    assert "Nie rozumiem liczby" in unread.text and 'value="sto"' in unread.text


def test_amounts_are_reckoned_as_it_is_typed(school: Unit) -> None:
    answer = school.clerk.post("/vat/wystaw/kwoty", {**WRITTEN, "issued_on": "01.03.2026"})
    assert "369,00" in answer.text
    assert "policzą się same" in school.clerk.post("/vat/wystaw/kwoty", {"text_0": "", "buyer_kind": "company"}).text


def test_a_known_buyer_is_filled_in(school: Unit) -> None:
    school.do(lambda session: issuing.issue(session, ORDINARY, ON))
    sent = {"buyer_kind": "company", "buyer_number": BUYER, "issued_on": "01.03.2026", "pricing": "net",
            "text_0": "", "akcja": "dodaj", "kind": "VAT"}  # fmt: skip
    page = school.clerk.post("/vat/wystaw", sent).text
    assert 'value="Piekarnia Nowak sp. z o.o."' in page and 'value="ul. Chlebowa 3"' in page


def test_a_draft_is_kept_and_dropped(school: Unit) -> None:
    clerk = school.clerk
    clerk.post("/vat/wystaw", {**WRITTEN, "issued_on": "01.03.2026", "akcja": "szkic"})
    key = school.do(lambda session: session.scalars(select(InvoiceDraft.id)).one())
    assert "Piekarnia Nowak" in clerk.get("/vat/wystawione/szkice").text
    assert 'value="Wynajem sali"' in clerk.get(f"/vat/wystaw?szkic={key}").text
    assert clerk.post(f"/vat/szkice/{key}/usun").status_code == 303
    assert clerk.get(f"/vat/szkice/{key}").status_code == 404


def test_an_issued_invoice_is_copied(school: Unit) -> None:
    made = school.do(lambda session: issuing.issue(session, ORDINARY, ON).id)
    page = school.clerk.get(f"/vat/wystaw?kopia={made}").text
    assert 'value="Wynajem sali gimnastycznej"' in page and "03.2026" not in page


def test_a_head_looks_and_does_not_issue(school: Unit) -> None:
    school.do(lambda session: issuing.issue(session, ORDINARY, ON))
    assert school.head.get("/vat/wystawione").status_code == 200
    assert school.head.get("/vat/wystaw").status_code == 403
    assert "Wystaw fakturę" not in school.head.get("/vat/wystawione").text


def test_a_unit_that_may_not_issue_is_told_whom_to_ask(unit: Unit) -> None:
    assert "jeszcze nie wystawia faktur" in unit.clerk.get("/vat/wystaw").text
