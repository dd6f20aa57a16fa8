"""One row: everything about it, how its deduction came about, what can be changed and what is refused."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from app.vat.models import purchase, sale
from app.vat.rules.facts import Marker
from app.vat.rules.ratio import Elections
from app.vat.service import periods, ratios, registers
from tests.office.browser import words
from tests.vat.invoices import ksef_number, money
from tests.vat.pages.conftest import Unit
from tests.vat.pages.month import MONTH, bill, report, supplier_invoice

PURCHASES, SALES = f"/vat/rejestr/zakup/{MONTH}", f"/vat/rejestr/sprzedaz/{MONTH}"


def one(unit: Unit, entry: Any) -> str:
    """A row in the school's register; its key."""
    return str(unit.do(lambda session: registers.enter(session, MONTH, entry)).id)


def received(unit: Unit) -> str:
    unit.do(lambda session: registers.receive(session, [supplier_invoice(1, "FV/1")]))
    return str(unit.do(lambda session: session.scalars(select(purchase.c.id)).one()))


def column(unit: Unit, row: str, name: str, table: Any = purchase) -> Any:
    return unit.do(lambda session: session.scalars(select(table.c[name]).where(table.c.id == UUID(row))).one())


def close(unit: Unit) -> None:
    unit.do(lambda session: periods.complete(session, MONTH))


def test_a_row_shows_its_document_amounts_and_history(unit: Unit) -> None:
    row = received(unit)
    unit.clerk.post(f"{PURCHASES}/{row}/przeznaczenie", {"use": "taxed", "asset": "1"})
    shown = words(unit.clerk.get(f"{PURCHASES}/{row}"))
    for part in ("Faktura FV/1", "Wodociągi Dąbrowskie", "woda i ścieki za wrzesień", "K_41", "120,82", "KSeF"):
        assert part in shown
    assert f"{unit.clerk.account.login} ustawił(a) przeznaczenie: tylko sprzedaż opodatkowana, środek trwały" in shown
    assert "dodał(a) wiersz: KSeF" in shown


def test_the_bulk_change_is_in_the_history_of_each_row(unit: Unit) -> None:
    first, second = one(unit, bill("A")), one(unit, bill("B"))
    unit.clerk.post(f"{PURCHASES}/przeznaczenie", {"use": "outside", "wybrane": [first, second]})
    for row in (first, second):
        assert "tylko poza działalnością gospodarczą" in words(unit.clerk.get(f"{PURCHASES}/{row}"))
    other = one(unit, bill("C"))
    assert "ustawił(a) przeznaczenie" not in words(unit.clerk.get(f"{PURCHASES}/{other}"))


def test_a_row_of_another_month_side_or_tenant_is_not_found(unit: Unit) -> None:
    row = one(unit, bill())
    theirs = unit.do(lambda session: registers.enter(session, MONTH, bill()), unit.world.pool).id
    assert unit.clerk.get(f"{PURCHASES}/{row}").status_code == 200
    for path in (
        f"/vat/rejestr/zakup/{MONTH.next}/{row}",
        f"/vat/rejestr/sprzedaz/{MONTH}/{row}",
        f"{PURCHASES}/{theirs}",
        f"{PURCHASES}/{theirs}/wyliczenie",
        f"/vat/rejestr/zakup/{MONTH.next}/{row}/wyliczenie",
        f"/vat/rejestr/sprzedaz/{MONTH}/{row}/wyliczenie",
    ):
        assert unit.clerk.get(path).status_code == 404, path
    for verb, data in (("przeznaczenie", {"use": "taxed"}), ("uniewaznij", {"reason": "x"})):
        assert unit.clerk.post(f"/vat/rejestr/zakup/{MONTH.next}/{row}/{verb}", data).status_code == 404
        assert unit.clerk.post(f"{PURCHASES}/{theirs}/{verb}", data).status_code == 404


def test_a_deduction_explains_itself_beside_the_register_and_as_a_page(unit: Unit) -> None:
    row = one(unit, replace(bill(), use="all"))
    address = f"{PURCHASES}/{row}/wyliczenie"
    assert "Jednostka nie ma na rok 2026: prewspółczynnika ani współczynnika." in words(unit.clerk.get(address))
    unit.do(lambda session: ratios.decide(session, 2026, "pre_ratio", money("17"), money("100"), Elections(), "Rb-27S"))
    unit.do(lambda session: ratios.set_pct(session, 2026, "ratio", 50, "protokół"))
    part = unit.clerk.get(address, **{"hx-request": "true", "hx-target": "mg-explain-body"})
    assert "<html" not in part.text and "data-reckoning" in part.text
    shown = words(part)
    assert "3,91 zł" in shown and "46,00 × 17 %" in shown and "art. 86 ust. 2a ustawy o VAT" in shown
    assert "Prewspółczynnik na 2026" in shown and f"{PURCHASES}/{row}" in part.text
    assert "<html" in unit.clerk.get(address).text


def test_a_purchase_without_a_use_says_what_it_waits_for(unit: Unit) -> None:
    row = received(unit)
    shown = words(unit.clerk.get(f"{PURCHASES}/{row}/wyliczenie"))
    assert "Nie wskazano, czemu służy ten zakup." in shown and "0,00 zł" in shown


def test_the_next_purchase_without_a_use_is_one_step_away(unit: Unit) -> None:
    unit.do(lambda session: registers.receive(session, [supplier_invoice(n, f"FV/{n}") for n in range(3)]))
    ids = unit.do(lambda session: session.scalars(select(purchase.c.id).order_by(purchase.c.document_no)).all())
    page = unit.clerk.get(f"{PURCHASES}/{ids[0]}")
    assert f'href="/{unit.school.slug}{PURCHASES}/{ids[1]}"' in page.text and "Następny bez przeznaczenia 2" in words(
        page
    )
    for row in ids:
        unit.clerk.post(f"{PURCHASES}/{row}/przeznaczenie", {"use": "taxed"})
    assert "Następny bez przeznaczenia" not in words(unit.clerk.get(f"{PURCHASES}/{ids[0]}"))


def test_a_use_that_was_not_chosen_is_asked_for_at_its_field(unit: Unit) -> None:
    row = received(unit)
    answer = unit.clerk.post(f"{PURCHASES}/{row}/przeznaczenie", {"asset": "1"})
    assert answer.status_code == 422 and "Wybierz jedną z możliwości." in words(answer)
    assert re.search(r'name="asset"[^>]*checked', answer.text)
    assert column(unit, row, "use") is None


def test_an_offline_invoice_gets_its_number(unit: Unit) -> None:
    row = one(unit, replace(bill(), marker=Marker("OFF")))
    assert "Dopisz numer KSeF" in words(unit.clerk.get(f"{PURCHASES}/{row}"))
    number = ksef_number("7740001454", "20260914", "0100001AF629")
    answer = unit.clerk.post(f"{PURCHASES}/{row}/oznaczenie", {"marker": "NrKSeF", "ksef_number": number})
    assert answer.status_code == 303 and column(unit, row, "ksef_number") == number
    assert f"Numer KSeF – {number}" in words(unit.clerk.get(f"{PURCHASES}/{row}")).replace(" na ", " ")


@pytest.mark.parametrize(
    ("marker", "number", "said"),
    [
        ("NrKSeF", "", "Podaj numer KSeF"),
        ("BFK", "7740001454-20260914-0100001AF629-00", "Podaj numer KSeF albo wybierz"),
        ("NrKSeF", "7740001454-20260914-0100001AF629-00", "7740001454-20260914-0100001AF629-00"),
    ],
)
def test_a_wrong_number_is_refused_and_stays_in_its_box(unit: Unit, marker: str, number: str, said: str) -> None:
    row = one(unit, replace(bill(), marker=Marker("OFF")))
    answer = unit.clerk.post(f"{PURCHASES}/{row}/oznaczenie", {"marker": marker, "ksef_number": number})
    assert answer.status_code == 422 and said in (words(answer) + answer.text)
    assert f'value="{number}"' in answer.text and re.search(r"<details class=\"mg-part\" open>", answer.text)
    assert column(unit, row, "marker") == "OFF"


def test_a_voided_row_stays_with_its_reason(unit: Unit) -> None:
    row = one(unit, report(3))
    answer = unit.clerk.post(f"{SALES}/{row}/uniewaznij", {"reason": "  raport wprowadzono   dwa razy "})
    assert answer.headers["location"] == f"/{unit.school.slug}{SALES}"
    shown = words(unit.clerk.get(f"{SALES}/{row}"))
    assert "Ten wiersz jest unieważniony i nie liczy się w rejestrze. raport wprowadzono dwa razy" in shown
    assert f"{unit.clerk.account.login} unieważnił(a) wiersz: raport wprowadzono dwa razy" in shown
    assert "Unieważnij wiersz" not in shown and "Zapisz oznaczenie" not in shown


def test_a_row_is_voided_only_with_a_reason(unit: Unit) -> None:
    row = one(unit, report(3))
    for reason in ("", "   "):
        answer = unit.clerk.post(f"{SALES}/{row}/uniewaznij", {"reason": reason})
        assert answer.status_code == 422 and "Wypełnij to pole." in words(answer)
    assert column(unit, row, "void_reason", sale) is None


def conflict(answer: httpx.Response, said: str, kept: str) -> None:
    assert answer.status_code == 409
    assert said in words(answer) and kept in answer.text


def test_voiding_twice_is_said_kindly_and_keeps_what_was_typed(unit: Unit) -> None:
    row = one(unit, report(3))
    unit.do(lambda session: registers.void(session, "sale", UUID(row), "pierwszy powód"))
    answer = unit.clerk.post(f"{SALES}/{row}/uniewaznij", {"reason": "drugi powód"})
    conflict(answer, "jest unieważniony. Nie zapisano: Powód drugi powód", "pierwszy powód")
    assert column(unit, row, "void_reason", sale) == "pierwszy powód"


@pytest.mark.parametrize(
    ("verb", "data", "kept"),
    [
        ("przeznaczenie", {"use": "outside"}, "Tylko poza działalnością gospodarczą"),
        ("oznaczenie", {"marker": "DI", "ksef_number": ""}, "dowód inny niż faktura"),
        ("uniewaznij", {"reason": "pomyłka w <kwocie>"}, "pomyłka w &lt;kwocie&gt;"),
    ],
)
def test_a_month_closed_meanwhile_refuses_every_change(unit: Unit, verb: str, data: dict[str, str], kept: str) -> None:
    row = one(unit, bill())
    close(unit)
    conflict(unit.clerk.post(f"{PURCHASES}/{row}/{verb}", data), "Miesiąc 2026-09 jest zamknięty", kept)
    assert column(unit, row, "use") == "taxed" and column(unit, row, "void_reason") is None


def test_a_row_of_a_closed_month_is_only_read(unit: Unit) -> None:
    row = one(unit, bill())
    close(unit)
    shown = words(unit.clerk.get(f"{PURCHASES}/{row}"))
    assert "Wiersza nie można teraz zmienić." in shown and "Zapisz przeznaczenie" not in shown


def test_the_head_reads_and_changes_nothing(unit: Unit) -> None:
    row = one(unit, bill())
    shown = words(unit.head.get(f"{PURCHASES}/{row}"))
    assert "tylko sprzedaż opodatkowana" in shown
    assert "Zapisz przeznaczenie" not in shown and "Unieważnij" not in shown
