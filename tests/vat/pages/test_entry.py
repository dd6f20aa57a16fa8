"""Entering documents: by rates, with the tax proposed, errors at fields, warnings confirmed, nothing typed lost."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.vat.models import purchase, sale
from app.vat.pages.documents import KINDS
from app.vat.service import periods
from tests.office.browser import words
from tests.vat.invoices import money
from tests.vat.pages.conftest import Unit
from tests.vat.pages.month import MONTH

NEW = f"/vat/dokument/{MONTH}/nowy"
REPORT = {"document_no": "RD/1", "issued_on": "03.09.2026", "net_8": "461,00", "tax_8": "36,88", "net_zw": "317"}
INVOICE = {
    "document_no": "F/7", "issued_on": "2026-09-14", "counterparty_name": "Piekarnia Nowak",
    "counterparty_no": "PL 774-000-14-54", "marker": "BFK", "net_23": "200", "tax_23": "46",
}  # fmt: skip


def rows(unit: Unit, table: Any = sale) -> Any:
    return unit.do(lambda session: list(session.execute(select(table).order_by(table.c.document_no))))


def typed(answer: httpx.Response, name: str) -> str | None:
    """What stands in a box of the page."""
    found = re.search(rf'<input[^>]*value="([^"]*)"[^>]* name="{name}"', answer.text)
    return found[1] if found else None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_each_kind_of_document_has_its_form(unit: Unit, kind: Any) -> None:
    answer = unit.clerk.get(f"{NEW}?rodzaj={kind.code}")
    assert answer.status_code == 200 and kind.title in words(answer)
    assert f'name="{kind.form.fields[0].name}"' in answer.text


def test_a_kind_that_is_not_there_has_no_form(unit: Unit) -> None:
    assert unit.clerk.get(f"{NEW}?rodzaj=nota").status_code == 404


def test_a_report_of_a_cash_register_becomes_a_row(unit: Unit) -> None:
    answer = unit.clerk.post(f"{NEW}?rodzaj=RO", {**REPORT, "description": "stołówka"})
    assert answer.status_code == 303
    [row] = rows(unit)
    assert (row.document_type, row.marker, row.counterparty_name) == ("RO", "DI", "BRAK")
    assert (row.k_17, row.k_18, row.k_10, row.k_19) == (money("461"), money("36.88"), money("317"), None)
    assert answer.headers["location"].endswith(f"/vat/rejestr/sprzedaz/{MONTH}/{row.id}")
    assert "Dokument „RD/1” jest w rejestrze." in words(unit.clerk.browser.get(answer.headers["location"]))


def test_an_internal_document_brings_what_the_unit_taxes_itself(unit: Unit) -> None:
    sent = {"document_no": "DW/1", "issued_on": "30.09.2026", "K_29": "1000", "K_30": "230,00", "flags": "gtu_12, tp"}
    assert unit.clerk.post(f"{NEW}?rodzaj=WEW", sent).status_code == 303
    [row] = rows(unit)
    assert (row.k_29, row.k_30, row.document_type) == (money("1000"), money("230"), "WEW")
    assert sorted(row.flags) == ["GTU_12", "TP"]


def test_an_invoice_to_a_receipt_needs_its_buyer_and_is_in_no_sum(unit: Unit) -> None:
    refused = unit.clerk.post(f"{NEW}?rodzaj=FP", {**INVOICE, "counterparty_name": ""})
    assert refused.status_code == 422 and typed(refused, "document_no") == "F/7"
    assert unit.clerk.post(f"{NEW}?rodzaj=FP", INVOICE).status_code == 303
    [row] = rows(unit)
    assert (row.document_type, row.counterparty_no) == ("FP", "7740001454")
    assert "K_20" not in words(unit.clerk.get(f"/vat/okres/{MONTH}/wyliczenie/nalezny"))


def test_a_purchase_from_outside_ksef_is_summed_over_its_rates(unit: Unit) -> None:
    sent = {**INVOICE, "net_8": "100", "tax_8": "8", "net_zw": "5", "use": "taxed", "received_on": "20.09.2026"}
    assert unit.clerk.post(f"{NEW}?rodzaj=zakup", sent).status_code == 303
    [row] = rows(unit, purchase)
    assert (row.net, row.vat, row.k_43, row.use) == (money("305"), money("54"), money("54"), "taxed")
    assert f"{row.received_on}" == "2026-09-20"


def test_an_internal_document_of_purchases_brings_corrections(unit: Unit) -> None:
    sent = {"document_no": "KR/1", "issued_on": "30.09.2026", "K_44": "-120,50"}
    assert unit.clerk.post(f"{NEW}?rodzaj=zakup-WEW", sent).status_code == 303
    [row] = rows(unit, purchase)
    assert (row.k_44, row.net, row.document_type, row.marker) == (money("-120.50"), 0, "WEW", "DI")
    page = unit.clerk.get(f"/vat/rejestr/zakup/{MONTH}/{row.id}/wyliczenie")
    assert "−120,50" in words(page)


def test_a_tax_left_empty_is_proposed_and_saved_only_when_it_was_seen(unit: Unit) -> None:
    answer = unit.clerk.post(f"{NEW}?rodzaj=RO", {**REPORT, "tax_8": "", "net_23": "100"})
    assert answer.status_code == 422 and "Podatek wpisałem za Ciebie." in words(answer)
    assert (typed(answer, "tax_8"), typed(answer, "tax_23"), typed(answer, "tax_5")) == ("36,88", "23,00", "")
    assert typed(answer, "net_8") == "461,00" and rows(unit) == []
    again = {**REPORT, "tax_8": "36,88", "net_23": "100", "tax_23": "23,00"}
    assert unit.clerk.post(f"{NEW}?rodzaj=RO", again).status_code == 303


def test_everything_wrong_is_said_at_once_at_its_field(unit: Unit) -> None:
    sent = {"document_no": "", "issued_on": "31.02.2026", "net_23": "sto", "description": 'opis "z cudzysłowem"'}
    answer = unit.clerk.post(f"{NEW}?rodzaj=RO", sent)
    shown = words(answer)
    assert answer.status_code == 422 and "Popraw 3" in shown
    for said in ("Wypełnij to pole.", "Nie rozumiem daty „31.02.2026”.", "Nie rozumiem kwoty „sto”."):
        assert said in shown
    assert typed(answer, "net_23") == "sto" and typed(answer, "issued_on") == "31.02.2026"
    assert "opis &#34;z cudzysłowem&#34;" in answer.text and rows(unit) == []


def test_what_the_register_refuses_is_said_at_the_field_it_is_about(unit: Unit) -> None:
    answer = unit.clerk.post(f"{NEW}?rodzaj=RO", {**REPORT, "issued_on": "01.10.2026"})
    assert answer.status_code == 422
    assert 'href="#raport-issued_on"' in answer.text
    assert "Data 01.10.2026 jest spoza miesiąca wrzesień 2026." in words(answer)
    empty = unit.clerk.post(f"{NEW}?rodzaj=RO", {"document_no": "RD/2", "issued_on": "03.09.2026"})
    assert 'href="#raport-net_23"' in empty.text and "Podaj przynajmniej jedną kwotę." in words(empty)


def test_what_the_form_of_the_return_refuses_is_said_at_its_field(unit: Unit) -> None:
    answer = unit.clerk.post(f"{NEW}?rodzaj=sprzedaz", {**INVOICE, "country": "QQ"})
    assert answer.status_code == 422 and 'href="#faktura-country"' in answer.text
    flags = unit.clerk.post(f"{NEW}?rodzaj=sprzedaz", {**INVOICE, "flags": "GTU_99"})
    assert flags.status_code == 422 and "GTU_99" in words(flags) and rows(unit) == []


def seen(answer: httpx.Response) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]+)"', answer.text)
    assert found is not None
    return found[1]


def test_what_is_unusual_is_saved_when_it_was_confirmed(unit: Unit) -> None:
    odd = {**REPORT, "tax_8": "99,00"}
    answer = unit.clerk.post(f"{NEW}?rodzaj=RO", odd)
    assert answer.status_code == 422 and "nie wynika z podstawy 461,00" in words(answer).replace("\u202f", " ")
    assert unit.clerk.post(f"{NEW}?rodzaj=RO", {**odd, "seen": seen(answer)}).status_code == 422
    assert rows(unit) == []
    confirmed = unit.clerk.post(f"{NEW}?rodzaj=RO", {**odd, "seen": seen(answer), "confirm": "1"})
    assert confirmed.status_code == 303 and [row.k_18 for row in rows(unit)] == [money("99")]


def test_a_confirmation_does_not_cover_another_warning(unit: Unit) -> None:
    first = unit.clerk.post(f"{NEW}?rodzaj=RO", {**REPORT, "tax_8": "99,00"})
    other = {**REPORT, "tax_8": "11,00", "seen": seen(first), "confirm": "1"}
    answer = unit.clerk.post(f"{NEW}?rodzaj=RO", other)
    assert answer.status_code == 422 and seen(answer) != seen(first)
    assert not re.search(r'name="confirm"[^>]*checked', answer.text) and rows(unit) == []


def test_a_number_that_is_there_already_keeps_everything_typed(unit: Unit) -> None:
    unit.clerk.post(f"{NEW}?rodzaj=RO", REPORT)
    answer = unit.clerk.post(f"{NEW}?rodzaj=RO", {**REPORT, "net_8": "500", "tax_8": "40", "description": "druga kasa"})
    assert answer.status_code == 409
    assert "Dokument „RD/1” jest już w rejestrze za 2026-09." in words(answer)
    assert typed(answer, "net_8") == "500" and typed(answer, "description") == "druga kasa"
    assert [row.k_17 for row in rows(unit)] == [money("461")]


def test_a_month_closed_meanwhile_keeps_everything_typed(unit: Unit) -> None:
    unit.do(lambda session: periods.complete(session, MONTH))
    answer = unit.clerk.post(f"{NEW}?rodzaj=RO", REPORT)
    assert answer.status_code == 409 and "Miesiąc 2026-09 jest zamknięty" in words(answer)
    assert typed(answer, "net_8") == "461,00" and rows(unit) == []
    assert "nie można teraz dopisać" in words(unit.clerk.get(f"{NEW}?rodzaj=RO"))


def test_the_next_form_opens_when_it_was_asked_for(unit: Unit) -> None:
    answer = unit.clerk.post(f"{NEW}?rodzaj=RO", {**REPORT, "again": "1"})
    assert answer.headers["location"].endswith(f"{NEW}?rodzaj=RO&nastepny=1")
    page = unit.clerk.browser.get(answer.headers["location"])
    assert re.search(r'name="again"[^>]*checked', page.text) and typed(page, "document_no") == ""
    assert "Ostatnio dodane" in words(page) and "RD/1" in words(page)


def test_a_document_enters_only_the_unit_it_was_typed_in(unit: Unit) -> None:
    unit.clerk.post(f"{NEW}?rodzaj=RO", REPORT)
    for tenant in (unit.world.pool, unit.world.other_school):
        assert unit.do(lambda session: session.execute(select(sale.c.id)).all(), tenant) == []
