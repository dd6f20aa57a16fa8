"""Pages of tills, kinds of internal documents, unpaid invoices, evidence sheets, assets and corrections of a year."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from app.kernel.dates import Month
from app.vat.models import VatAsset, VatCorrection, VatRatio, purchase, sale
from app.vat.rules.entries.circumstances import Circumstances
from app.vat.rules.facts import Marker, SalesRow
from app.vat.service import periods, ratios, registers
from tests.office.browser import words
from tests.vat.pages.conftest import Unit
from tests.vat.pages.month import MONTH, bill

INTERNAL, TILLS = f"/vat/dowod/{MONTH}/nowy", f"/vat/kasy/{MONTH}"
DEBTS, ASSETS, YEAR = f"/vat/zle-dlugi/{MONTH}", "/vat/srodki-trwale", "/vat/korekta-roczna/2025"
SHEET, COMPARED = "/vat/wspolczynniki/karta/2026", "/vat/wspolczynniki/porownaj/2026"
IMPORTED = {
    "kind": "services_eu", "document_no": "INV-7", "issued_on": "14.09.2026", "counterparty_name": "Büro GmbH",
    "country": "de", "net": "1 000,00", "rate": "23", "use": "business_and_outside",
}  # fmt: skip


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def all_of(unit: Unit, table: Any) -> list[Any]:
    found: list[Any] = unit.do(lambda session: session.execute(select(table)).all())
    return found


def test_an_import_of_services_stands_in_both_registers_by_one_form(unit: Unit) -> None:
    unit.do(lambda session: ratios.set_pct(session, 2026, "pre_ratio", 17, "protokół"))
    assert unit.clerk.post(INTERNAL, IMPORTED).status_code == 303
    (sold,), (bought,) = all_of(unit, sale), all_of(unit, purchase)
    assert (sold.k_30, bought.k_43, sold.country) == (Decimal("230.00"), Decimal("39.10"), "DE")
    page = words(unit.clerk.get(f"/vat/rejestr/sprzedaz/{MONTH}/{sold.id}"))
    assert "Import usług od podatnika z UE" in page


def test_what_a_kind_needs_is_asked_for_and_nothing_typed_is_lost(unit: Unit) -> None:
    answer = unit.clerk.post(INTERNAL, {**IMPORTED, "counterparty_name": "", "description": "licencja"})
    assert answer.status_code == 422 and "Podaj dostawcę." in words(answer)
    assert 'value="INV-7"' in answer.text and 'value="licencja"' in answer.text and all_of(unit, sale) == []
    flagged = words(unit.clerk.get(INTERNAL))
    assert "praktyka jest niejednolita" in flagged and "K_360" in flagged


def test_a_kind_cannot_enter_a_closed_month(unit: Unit) -> None:
    unit.do(lambda session: periods.complete(session, MONTH))
    answer = unit.clerk.post(INTERNAL, IMPORTED)
    assert answer.status_code == 409 and "jest zamknięty" in words(answer) and all_of(unit, sale) == []


def test_reports_are_typed_with_their_till_and_a_hole_is_shown(unit: Unit) -> None:
    for number, day in (("1", "1.09.2026"), ("3", "2.09.2026")):
        sent = {
            "document_no": f"RD/{number}",
            "issued_on": day,
            "net_8": "100",
            "tax_8": "8",
            "till_no": "EAA1",
            "report_no": number,
        }
        assert unit.clerk.post(f"/vat/dokument/{MONTH}/nowy?rodzaj=RO", sent).status_code == 303
    assert "1 uwaga do raportów." in words(unit.clerk.get(f"/vat/okres/{MONTH}"))
    page = words(unit.clerk.get(TILLS))
    assert "Kasa EAA1" in page and "Brakuje 1 raportu nr 2." in page
    answer = unit.clerk.post(
        f"/vat/dokument/{MONTH}/nowy?rodzaj=RO",
        {"document_no": "RD/4", "issued_on": "3.09.2026", "net_8": "1", "tax_8": "0,08", "report_no": "4"},
    )
    assert answer.status_code == 422 and "Podaj numer unikatowy kasy" in words(answer)


def test_k_35_36_360_and_a_margin_are_typed_by_hand(unit: Unit) -> None:
    sent = {
        "document_no": "DW/1",
        "issued_on": "14.09.2026",
        "K_23": "1000",
        "K_24": "230",
        "K_35": "230",
        "K_36": "5",
        "K_360": "7",
    }
    assert unit.clerk.post(f"/vat/dokument/{MONTH}/nowy?rodzaj=WEW", sent).status_code == 303
    margin = {"document_no": "DW/2", "issued_on": "14.09.2026", "net_23": "100", "tax_23": "23", "margin_gross": "900"}
    assert unit.clerk.post(f"/vat/dokument/{MONTH}/nowy?rodzaj=WEW", margin).status_code == 303
    rows = {row.document_no: row for row in all_of(unit, sale)}
    assert (rows["DW/1"].k_35, rows["DW/1"].k_36, rows["DW/1"].k_360) == (Decimal(230), Decimal(5), Decimal(7))
    assert rows["DW/2"].margin_gross == Decimal(900)


def owed(unit: Unit) -> Any:
    row = SalesRow(
        "7740001454", "Bar Pod Kogutem", "SP1/1", date(2026, 5, 20), Marker("BFK"),
        {"K_19": Decimal("1000.00"), "K_20": Decimal("230.00")},
    )  # fmt: skip
    known = Circumstances(due_on=date(2026, 6, 10))
    return unit.do(lambda session: registers.enter(session, Month(2026, 5), row, None, known).id)


def test_an_unpaid_invoice_is_listed_reckoned_and_corrected(unit: Unit) -> None:
    sold = owed(unit)
    assert "1 faktura ma w tym miesiącu korektę do ujęcia." in words(unit.clerk.get(f"/vat/okres/{MONTH}"))
    assert "SP1/1" in words(unit.clerk.get(DEBTS)) and "do ujęcia" in words(unit.clerk.get(DEBTS))
    url = f"{DEBTS}/sprzedaz/{sold}"
    assert "Dzień uprawdopodobnienia nieściągalności" in words(unit.clerk.get(url))
    wrong = unit.clerk.post(f"{url}/zaplata", {"on": "1.07.2026", "amount": "1231", "note": "wyciąg 7"})
    assert wrong.status_code == 422 and 'value="wyciąg 7"' in wrong.text
    assert unit.clerk.post(f"{url}/zaplata", {"on": "1.07.2026", "amount": "615"}).status_code == 303
    assert unit.clerk.post(f"{url}/korekta").status_code == 303
    again = unit.clerk.post(f"{url}/korekta")
    assert again.status_code == 409 and "Korekta jest już w rejestrze" in words(again)
    relief = next(row for row in all_of(unit, sale) if row.internal_kind == "bad_debt")
    assert (relief.k_20, relief.month) == (Decimal("-115.00"), 9)
    page = words(unit.clerk.get(f"/vat/rejestr/sprzedaz/{MONTH}/{relief.id}"))
    assert "Czemu w tym miesiącu" in page and "art. 89a" in page
    assert unit.head.post(f"{url}/zaplata", {"on": "1.07.2026", "amount": "1"}).status_code == 403


LINE = {"account_0": "720-01", "text_0": "basen", "amount_0": "38 000,00", "part_0": "both", "excluded_0": ""}
GRID = {
    **LINE, "account_1": "Rb-28S", "text_1": "wydatki", "amount_1": "4082000", "part_1": "denominator",
    "method": "unit", "stage": "preliminary", "basis": "Rb-27S za 2025 r.",
}  # fmt: skip


def send(unit: Unit, data: dict[str, str], file: bytes | None = None) -> Any:
    person = unit.head
    token = person.browser.client.cookies.get("csrf", "")
    return person.browser.client.post(
        f"/{person.slug}{SHEET}",
        data={"_csrf_token": token, **data},
        files={"file": ("karta.csv", file, "text/csv") if file is not None else ("", b"", "application/octet-stream")},
        headers=person.browser.headers,
        follow_redirects=False,
    )


def test_a_sheet_is_reckoned_then_decided_and_shown_with_the_decision(unit: Unit) -> None:
    unit.head.get(SHEET)
    reckoned = send(unit, {**GRID, "akcja": "przelicz"})
    assert reckoned.status_code == 200 and "4 120 000,00 zł" in plain(words(reckoned)) and all_of(unit, VatRatio) == []
    assert send(unit, {**GRID, "akcja": "ustal"}).status_code == 303
    (made,) = unit.do(lambda session: list(session.scalars(select(VatRatio))))
    assert (made.pct, made.stage, len(made.basis["sheet"]["lines"])) == (1, "preliminary", 2)
    sheet = words(unit.head.get(f"/vat/wspolczynniki/dowod/{made.id}"))
    assert "Rb-28S" in sheet and "Karta" in sheet
    assert 'value="720-01"' in unit.head.get(SHEET).text


def test_lines_are_pasted_and_read_from_a_file(unit: Unit) -> None:
    unit.head.get(SHEET)
    pasted = "720-02\tsala\t1000\toba\n".replace("oba", "licznik i mianownik")
    answer = send(
        unit, {**GRID, "akcja": "przelicz", "pasted": pasted}, "730;grunt;7000;both;capital;działka\n".encode()
    )
    assert answer.status_code == 200
    assert 'value="720-02"' in answer.text and 'value="730"' in answer.text and "39 000,00 zł" in plain(words(answer))
    assert pasted not in answer.text


def test_a_wrong_line_is_told_and_everything_typed_stays(unit: Unit) -> None:
    unit.head.get(SHEET)
    answer = send(unit, {**GRID, "amount_0": "abc", "akcja": "ustal", "pasted": "1\t2\tx\n"})
    assert answer.status_code == 422 and all_of(unit, VatRatio) == []
    assert 'value="abc"' in answer.text and "1\t2\tx" in answer.text and "Nie rozumiem kwoty „abc”" in words(answer)
    unexplained = send(unit, {**GRID, "excluded_0": "other", "akcja": "ustal"})
    assert unexplained.status_code == 422 and "opisz, czemu kwota jest wyłączona" in words(unexplained)
    other = send(unit, {**GRID, "method": "other", "akcja": "ustal"})
    assert other.status_code == 422 and "Uzasadnij" in words(other) and "art. 86 ust. 2h" in words(other)
    assert send(unit, {**GRID, "basis": "", "akcja": "ustal"}).status_code == 422


def test_two_ways_of_a_year_side_by_side(unit: Unit) -> None:
    unit.do(lambda session: ratios.set_pct(session, 2026, "pre_ratio", 20, "protokół"))
    unit.do(lambda session: registers.enter(session, MONTH, bill(use="business_and_outside")))
    page = plain(words(unit.clerk.get(f"{COMPARED}?prewspolczynnik=50")))
    assert "Sposób B daje większe odliczenie" in page and "13,80 zł" in page and "wrzesień 2026" in page
    assert "dają to samo" in words(unit.clerk.get(COMPARED))
    assert unit.clerk.get(f"{COMPARED}?prewspolczynnik=500").status_code == 422
    assert unit.clerk.get(f"{COMPARED}?prewspolczynnik=50&plik=csv").status_code == 200


ASSET = {
    "number": "M/1", "name": "Zmywarka", "kind": "movable", "initial_value": "60000", "vat": "11500",
    "in_use_since": "1.06.2024", "use": "business_and_outside", "deducted_pct": "20",
}  # fmt: skip


def test_an_asset_is_put_into_use_sold_and_corrected(unit: Unit) -> None:
    answer = unit.clerk.post(f"{ASSETS}/nowy", ASSET)
    assert answer.status_code == 303
    (made,) = unit.do(lambda session: list(session.scalars(select(VatAsset))))
    again = unit.clerk.post(f"{ASSETS}/nowy", ASSET)
    assert again.status_code == 409 and 'value="Zmywarka"' in again.text
    url = f"{ASSETS}/{made.id}"
    assert "Brakuje ostatecznego procentu za: 2024" in words(unit.clerk.get(url))
    assert "M/1" in words(unit.clerk.get(ASSETS)) and "czeka na procent" in words(unit.clerk.get(ASSETS))
    early = unit.clerk.post(f"{url}/sprzedaz", {"on": "1.05.2024", "taxable": "1", "note": "faktura"})
    assert early.status_code == 422 and "faktura" in early.text
    assert unit.clerk.post(f"{url}/sprzedaz", {"on": "9.03.2026", "taxable": "1", "note": "faktura"}).status_code == 303
    assert "5 520,00" in plain(words(unit.clerk.get(url)))
    assert unit.clerk.post(f"{url}/korekta-sprzedazy").status_code == 303
    assert unit.clerk.post(f"{url}/korekta-sprzedazy").status_code == 409
    assert [row.k_44 for row in all_of(unit, purchase)] == [Decimal("5520.00")]
    assert unit.clerk.post(f"{url}/skresl", {"note": "pomyłka"}).status_code == 303
    assert unit.head.post(f"{ASSETS}/nowy", ASSET).status_code == 403


def test_an_asset_is_made_of_a_purchase(unit: Unit) -> None:
    made = unit.do(lambda session: registers.enter(session, MONTH, bill(asset=True)).id)
    page = unit.clerk.get(ASSETS)
    assert f"zakup={made}" in page.text
    form = unit.clerk.get(f"{ASSETS}/nowy?zakup={made}")
    assert 'value="46,00"' in form.text and str(made) in form.text
    assert unit.clerk.get(f"{ASSETS}/nowy?zakup=x").status_code == 422


def test_assets_come_from_a_file(unit: Unit) -> None:
    text = (
        "numer;nazwa;rodzaj;wartość;podatek;od;przeznaczenie;odliczono\n"
        "M/1;Zmywarka;ruchomość;60000;x;1.06.2024;tylko sprzedaż opodatkowana;20\n"
    )
    bad = unit.clerk.upload(f"{ASSETS}/wczytaj", text.encode())
    assert bad.status_code == 422 and "Nie rozumiem kwoty „x”" in words(bad)
    assert unit.clerk.upload(f"{ASSETS}/wczytaj", text.replace("x;", "11500;").encode()).status_code == 303
    assert len(all_of(unit, VatAsset)) == 1


def test_a_year_is_reckoned_and_accepted_into_january(unit: Unit) -> None:
    assert "jeszcze nie policzono" in words(unit.clerk.get(YEAR))
    unit.do(lambda session: ratios.set_pct(session, 2025, "pre_ratio", 20, "protokół"))
    bought = replace(
        bill(use="business_and_outside"), issued_on=date(2025, 5, 2), net=Decimal(400000), vat=Decimal(100000)
    )
    unit.do(lambda session: registers.enter(session, Month(2025, 5), bought))
    early = unit.clerk.post(f"{YEAR}/policz")
    assert early.status_code == 422 and "ostateczny prewspółczynnik" in words(early)
    final = {"year": "2025", "kind": "pre_ratio", "stage": "final", "pct": "24", "basis": "rok 2025"}
    assert unit.head.post("/vat/wspolczynniki/ustal/uzgodniony", final).status_code == 303
    assert "Prewspółczynnik, ostateczny" in words(unit.head.get("/vat/wspolczynniki?rok=2025"))
    assert unit.clerk.post(f"{YEAR}/policz").status_code == 303
    page = plain(words(unit.clerk.get(YEAR)))
    assert "4 000,00 zł" in page and "100000,00 × (24 % − 20 %)" in page
    assert unit.clerk.post(f"{YEAR}/przyjmij", {"wersja": "1"}).status_code == 303
    assert unit.clerk.post(f"{YEAR}/przyjmij", {"wersja": "1"}).status_code == 409
    unit.do(lambda session: ratios.set_pct(session, 2025, "pre_ratio", 25, "poprawka", "final"))
    assert "Od tej wersji coś się zmieniło" in words(unit.clerk.get(YEAR))
    assert unit.clerk.post(f"{YEAR}/policz", {"ulga": "1"}).status_code == 303
    assert [
        one.version for one in unit.do(lambda s: list(s.scalars(select(VatCorrection).order_by(VatCorrection.version))))
    ] == [1, 2]
    assert (
        unit.clerk.get(f"{YEAR}?wersja=9").status_code == 404
        and unit.clerk.get("/vat/korekta-roczna/1999").status_code == 422
    )
    assert unit.head.post(f"{YEAR}/policz").status_code == 403


def test_a_correction_is_put_into_its_month_by_the_page(unit: Unit) -> None:
    row = SalesRow(
        "7740001454",
        "Bar",
        "KOR/1",
        date(2026, 9, 14),
        Marker("BFK"),
        {"K_19": Decimal("-100"), "K_20": Decimal("-23")},
    )
    made = unit.do(lambda session: registers.enter(session, MONTH, row).id)
    url = f"/vat/rejestr/sprzedaz/{MONTH}/{made}/okres-korekty"
    assert re.search(r'value="minus"[^>]*checked', unit.clerk.get(url).text)
    sent = {"original_month": "2026-08", "direction": "minus", "cause": "new", "agreed_on": "1.09.2026"}
    missing = unit.clerk.post(url, sent)
    assert missing.status_code == 422 and "Podaj dzień, od którego jest dokumentacja" in words(missing)
    assert 'value="01.09.2026"' in missing.text or 'value="1.09.2026"' in missing.text
    done = unit.clerk.post(url, {**sent, "evidence_on": "5.10.2026"})
    assert done.status_code == 303 and "/2026-10/" in done.headers["location"]
    assert "art. 29a ust. 13" in words(unit.clerk.browser.get(done.headers["location"]))
