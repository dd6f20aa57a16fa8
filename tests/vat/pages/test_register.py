"""The registers as tables: rows, totals, drilling down, files, the use of many purchases at once."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from lxml import etree
from sqlalchemy import select

from app.kernel.money import parse_pln
from app.vat.models import purchase
from app.vat.service import periods, registers
from tests.office.browser import words
from tests.vat.deliveries import delivery
from tests.vat.pages.conftest import Person, Unit
from tests.vat.pages.month import MONTH, bill, receipt_invoice, report, supplier_invoice

SALES, PURCHASES = f"/vat/rejestr/sprzedaz/{MONTH}", f"/vat/rejestr/zakup/{MONTH}"
CELL = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def seen(answer: httpx.Response, label: str) -> list[str]:
    """The cells of one column, as people read them."""
    cells = re.findall(rf'<td role="cell"[^>]* data-label="{label}"[^>]*>(.*?)</td>', answer.text, re.DOTALL)
    body = answer.text.split("<tfoot")[0]
    count = len(re.findall(r"<tr role=\"row\" data-row", body))
    shown = [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in cells]
    filters = 1 if "mg-filters" in body else 0
    return shown[filters : filters + count]


def total(answer: httpx.Response, label: str) -> str:
    foot = answer.text.split("<tfoot")[1]
    found = re.search(rf'data-label="{label}">([^<]*)<', foot)
    assert found is not None
    return found[1]


def lines(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, words(answer)
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))


def fill_sales(session: Any) -> None:
    for day in (3, 4, 5):
        registers.enter(session, MONTH, report(day))
    registers.enter(session, MONTH, receipt_invoice())
    void = registers.enter(session, MONTH, report(9)).id
    registers.void(session, "sale", void, "raport wprowadzono dwa razy")


def fill_purchases(session: Any) -> list[UUID]:
    registers.receive(session, [supplier_invoice(place, f"FV/{place}") for place in range(4)])
    registers.enter(session, MONTH, bill())
    return list(session.scalars(select(purchase.c.id).order_by(purchase.c.document_no)))


def uses(unit: Unit) -> dict[str, str | None]:
    rows = unit.do(lambda session: session.execute(select(purchase.c.document_no, purchase.c.use)).all())
    return dict(tuple(row) for row in rows)


def test_invoices_to_receipts_are_shown_and_left_out_of_totals(unit: Unit) -> None:
    unit.do(fill_sales)
    answer = unit.clerk.get(SALES)
    documents = seen(answer, "Dokument")
    assert [text.split()[0] for text in documents] == ["RD/003/2026", "RD/004/2026", "RD/005/2026", "FP/1/09/2026"]
    assert "poza sumą pól" in documents[-1]
    expected = sum((report(day).amounts["K_18"] for day in (3, 4, 5)), Decimal(0))
    assert parse_pln(total(answer, "K_18")) == expected
    sums = unit.clerk.get(f"{SALES}/sumy")
    assert parse_pln(seen(sums, "Suma")[seen(sums, "Pole").index("K_18")]) == expected


def test_a_field_leads_to_the_rows_that_make_it_up(unit: Unit) -> None:
    unit.do(fill_sales)
    unit.do(lambda session: registers.receive(session, [delivery("sale", "SP/1/09")]))
    assert f'href="/{unit.school.slug}{SALES}?pole=K_10"' in unit.clerk.get(f"{SALES}/sumy").text
    answer = unit.clerk.get(f"{SALES}?pole=K_10")
    assert [text.split()[0] for text in seen(answer, "Dokument")] == ["RD/003/2026", "RD/004/2026", "RD/005/2026"]
    assert "Dostawa i usługi w kraju, zwolnione" in words(answer)
    assert unit.clerk.get(f"{SALES}?pole=K_43").status_code == 404
    assert unit.clerk.get(f"{PURCHASES}?pole=nic").status_code == 404


def test_void_rows_stand_apart_with_their_reasons(unit: Unit) -> None:
    unit.do(fill_sales)
    assert "RD/009/2026" not in unit.clerk.get(SALES).text
    answer = unit.clerk.get(f"{SALES}?pokaz=uniewaznione")
    assert [text.split()[0] for text in seen(answer, "Dokument")] == ["RD/009/2026"]
    assert seen(answer, "Powód unieważnienia") == ["raport wprowadzono dwa razy"]


def test_rows_of_another_tenant_or_month_are_never_there(unit: Unit) -> None:
    unit.do(fill_sales)
    for tenant in (unit.world.pool, unit.world.other_school):
        unit.do(lambda session: registers.enter(session, MONTH, report(6, "CUDZY/1")), tenant)
    unit.do(lambda session: registers.receive(session, [delivery("sale", "INNY/1", MONTH.next)]))
    shown = unit.clerk.get(SALES).text
    assert "CUDZY" not in shown and "INNY" not in shown
    assert "INNY/1" in unit.clerk.get(f"/vat/rejestr/sprzedaz/{MONTH.next}").text


def test_filters_are_asked_of_the_server(unit: Unit) -> None:
    unit.do(fill_purchases)
    assert seen(unit.clerk.get(f"{PURCHASES}?kontrahent=WODOCI"), "Dokument") == ["FV/1"]
    assert seen(unit.clerk.get(f"{PURCHASES}?podatek=>1000"), "Dokument") == ["FV/3"]
    waiting = unit.clerk.get(f"{PURCHASES}?przeznaczenie=brak")
    assert seen(waiting, "Dokument") == ["FV/0", "FV/1", "FV/2", "FV/3"]
    assert set(seen(waiting, "Przeznaczenie")) == {"nie wskazano"}
    assert seen(unit.clerk.get(f"{PURCHASES}?oznaczenie=BFK"), "Dokument") == ["R/7/2026 BFK"]


def test_names_are_sorted_as_in_polish(unit: Unit) -> None:
    unit.do(fill_purchases)
    names = seen(unit.clerk.get(f"{PURCHASES}?sortuj=kontrahent"), "Dostawca")
    assert [name[:4] for name in names] == ["Łódz", "Ogro", "Piek", "Prze", "Wodo"]


def test_a_part_asked_for_by_htmx_is_the_table_alone(unit: Unit) -> None:
    unit.do(fill_sales)
    part = unit.clerk.get(SALES, **{"hx-request": "true"})
    assert "<html" not in part.text and 'id="rejestr-sale"' in part.text


def test_a_csv_file_holds_exactly_what_is_seen(unit: Unit) -> None:
    unit.do(fill_purchases)
    address = f"{PURCHASES}?przeznaczenie=brak&netto=<5000&sortuj=-netto"
    answer, file = unit.clerk.get(address), lines(unit.clerk.get(f"{address}&plik=csv"))
    assert [row["Dokument"] for row in file] == seen(answer, "Dokument") == ["FV/1", "FV/0", "FV/2"]
    assert [row["Netto"] for row in file] == ["1510,23", "385,03", "223,47"]
    assert {row["Przeznaczenie"] for row in file} == {"nie wskazano"}
    assert {row["Oznaczenie"] for row in file} == {"KSeF"} and all(row["Numer KSeF"] for row in file)


def test_a_workbook_ends_with_the_totals_that_are_seen(unit: Unit) -> None:
    unit.do(fill_sales)
    answer = unit.clerk.get(f"{SALES}?plik=xlsx")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    last = list(sheet.iter(f"{CELL}row"))[-1]
    numbers = [Decimal(cell.findtext(f"{CELL}v") or "0").quantize(Decimal("0.01")) for cell in list(last)[1:]]
    page = unit.clerk.get(SALES)
    labels = ("Netto", "Podatek", "K_10", "K_17", "K_18", "K_19", "K_20")
    assert numbers == [parse_pln(total(page, label)) for label in labels]


def test_a_wrong_filter_is_named_and_never_exported(unit: Unit) -> None:
    unit.do(fill_sales)
    answer = unit.clerk.get(f"{SALES}?netto=abc")
    assert answer.status_code == 200 and "Do czasu poprawki tabela nic nie pokazuje." in words(answer)
    assert unit.clerk.get(f"{SALES}?netto=abc&plik=csv").status_code == 422


def test_what_suppliers_write_is_shown_as_text(unit: Unit) -> None:
    evil = '<script>alert("x")</script>'
    unit.do(
        lambda session: registers.enter(session, MONTH, replace(bill(), counterparty_name=evil, document_no="=1+1"))
    )
    page = unit.clerk.get(PURCHASES).text
    assert "<script>alert" not in page and "&lt;script&gt;alert" in page
    assert lines(unit.clerk.get(f"{PURCHASES}?plik=csv"))[0]["Dokument"] == "'=1+1"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/vat/rejestr/inny/2026-09", 404),
        ("/vat/rejestr/zakup/2026-13", 422),
        ("/vat/rejestr/zakup/wrzesien", 422),
        ("/vat/rejestr/zakup/2026-09/00000000-0000-0000-0000-000000000000", 404),
    ],
)
def test_addresses_that_lead_nowhere_say_so(unit: Unit, path: str, status: int) -> None:
    answer = unit.clerk.get(path)
    assert answer.status_code == status and "Wszystko, co było zapisane" in words(answer)


def test_an_empty_register_says_what_it_is_for(unit: Unit) -> None:
    shown = words(unit.clerk.get(SALES))
    assert "Rejestr sprzedaży za wrzesień 2026 jest pusty" in shown and "Dodaj dokument" in shown


def test_the_use_of_ticked_purchases_is_set_together(unit: Unit) -> None:
    ids = unit.do(fill_purchases)
    answer = unit.clerk.post(
        f"{PURCHASES}/przeznaczenie?przeznaczenie=brak", {"use": "taxed", "wybrane": [str(ids[0]), str(ids[2])]}
    )
    assert answer.headers["location"].endswith(f"{PURCHASES}?przeznaczenie=brak")
    assert uses(unit) == {"FV/0": "taxed", "FV/1": None, "FV/2": "taxed", "FV/3": None, "R/7/2026": "taxed"}
    assert "2\u00a0zakupy" in unit.clerk.browser.get(answer.headers["location"]).text


def test_a_single_ticked_purchase_is_enough(unit: Unit) -> None:
    ids = unit.do(fill_purchases)
    unit.clerk.post(f"{PURCHASES}/przeznaczenie", {"use": "all", "wybrane": str(ids[1])})
    assert uses(unit)["FV/1"] == "all" and uses(unit)["FV/0"] is None


@pytest.mark.parametrize(
    ("filters", "changed"),
    [
        ("?przeznaczenie=brak&netto=<1000", {"FV/0", "FV/2"}),
        ("?k_42=>1000", {"FV/1", "FV/3"}),
        ("?pole=K_42&kontrahent=wodoci", {"FV/1"}),
        ("", {"FV/0", "FV/1", "FV/2", "FV/3", "R/7/2026"}),
    ],
)
def test_all_means_all_that_pass_the_filters(unit: Unit, filters: str, changed: set[str]) -> None:
    unit.do(fill_purchases)
    unit.clerk.post(f"{PURCHASES}/przeznaczenie{filters}", {"use": "outside", "wszystkie": "1"})
    assert {number for number, use in uses(unit).items() if use == "outside"} == changed


def test_a_filter_that_is_not_understood_changes_nothing(unit: Unit) -> None:
    unit.do(fill_purchases)
    before = uses(unit)
    answer = unit.clerk.post(f"{PURCHASES}/przeznaczenie?netto=abc", {"use": "outside", "wszystkie": "1"})
    assert answer.status_code == 422 and uses(unit) == before


def test_a_month_closed_meanwhile_keeps_the_uses_as_they_are(unit: Unit) -> None:
    ids = unit.do(fill_purchases)
    unit.do(lambda session: registers.set_use(session, ids, "taxed"))
    unit.do(lambda session: periods.complete(session, MONTH))
    answer = unit.clerk.post(f"{PURCHASES}/przeznaczenie", {"use": "outside", "wybrane": str(ids[0])})
    assert answer.status_code == 303 and set(uses(unit).values()) == {"taxed"}
    assert "Miesiąc 2026-09 jest zamknięty" in words(unit.clerk.browser.get(answer.headers["location"]))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"use": "taxed"}, "Zaznacz wiersze"),
        ({"use": "taxed", "wybrane": "nie-ma"}, "Nie ma takiego wiersza w rejestrze."),
        ({"use": "taxed", "wybrane": "00000000-0000-0000-0000-000000000000"}, "Nie ma takiego wiersza w rejestrze."),
    ],
)
def test_nothing_ticked_or_something_strange_is_said_kindly(unit: Unit, data: dict[str, str], said: str) -> None:
    unit.do(fill_purchases)
    before = uses(unit)
    answer = unit.clerk.post(f"{PURCHASES}/przeznaczenie", data)
    assert said in words(unit.clerk.browser.get(answer.headers["location"])) and uses(unit) == before


def test_sales_have_no_use(unit: Unit) -> None:
    assert unit.clerk.post(f"{SALES}/przeznaczenie", {"use": "taxed", "wszystkie": "1"}).status_code == 404


def offers(person: Person, path: str) -> bool:
    return "Ustaw przeznaczenie" in words(person.get(path))


def test_the_use_of_many_is_offered_only_while_it_can_be_set(unit: Unit) -> None:
    ids = unit.do(fill_purchases)
    assert offers(unit.clerk, PURCHASES) and not offers(unit.head, PURCHASES)
    unit.do(lambda session: registers.set_use(session, ids, "taxed"))
    unit.do(lambda session: periods.complete(session, MONTH))
    assert not offers(unit.clerk, PURCHASES)
    assert "czeka na podpis" in words(unit.clerk.get(PURCHASES))
