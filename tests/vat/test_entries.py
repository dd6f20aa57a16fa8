"""Documents entered by hand or from a file: what is accepted, what is refused and where."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.vat.rules.entries.documents import check, key_of, source_of, tidy
from app.vat.rules.entries.file import File, read
from app.vat.rules.entries.table import FileRefused
from app.vat.rules.facts import Marker, SalesRow
from tests.vat.deliveries import MONTH, bill, report


def amounts(**given: str) -> dict[str, Decimal]:
    return {name: Decimal(amount) for name, amount in given.items()}


def errors(entry: Any) -> list[str | None]:
    return [one.field for one in check(entry, MONTH) if one.severity == "error"]


def warnings(entry: Any) -> list[str | None]:
    return [one.field for one in check(entry, MONTH) if one.severity == "warning"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"amounts": {}}, "amounts"),
        ({"amounts": amounts(K_19="1.00")}, "K_20"),
        ({"amounts": amounts(K_20="0.23")}, "K_19"),
        ({"amounts": amounts(K_12="5.00")}, "K_11"),
        ({"amounts": amounts(K_42="5.00", K_43="1.00")}, "K_42"),
        ({"amounts": amounts(K_36="-1.00")}, "K_36"),
        ({"marker": Marker("BFK")}, "marker"),
        ({"marker": Marker("NrKSeF")}, "ksef_number"),
        ({"marker": Marker("DI", "1234563218-20260914-0100001AF629-AF")}, "marker"),
        ({"issued_on": date(2026, 8, 31)}, "issued_on"),
        ({"sold_on": date(2026, 10, 1)}, "sold_on"),
    ],
)
def test_a_wrong_sale_is_refused_at_its_field(given: dict[str, Any], field: str) -> None:
    assert field in errors(replace(report("RO/1"), **given))


def test_a_right_report_passes_without_a_word() -> None:
    assert check(report("RO/1"), MONTH) == ()


@pytest.mark.parametrize(
    ("net", "tax", "noticed"),
    [
        ("100.00", "23.00", False),
        ("100.00", "23.02", False),
        ("100.00", "23.03", True),
        ("100.00", "22.00", False),
        ("-100.00", "-23.00", False),
        ("100.00", "-23.00", True),
        ("100.00", "0.00", True),
    ],
)
def test_tax_that_no_rate_explains_is_pointed_out(net: str, tax: str, noticed: bool) -> None:
    assert (warnings(report("RO/1", net, tax)) == ["K_20"]) is noticed


def test_an_invoice_of_another_month_is_only_pointed_out_but_an_internal_document_is_refused() -> None:
    paper = SalesRow("BRAK", "Jan Dąb", "FV/1", date(2026, 8, 3), Marker("BFK"), amounts(K_10="5.00"))
    assert (errors(paper), warnings(paper)) == ([], ["issued_on"])
    assert errors(replace(paper, document_type="WEW", marker=Marker("DI"))) == ["issued_on"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"net": Decimal(0), "vat": Decimal(0)}, "net"),
        ({"amounts": amounts(K_43="1.00")}, "K_43"),
        ({"amounts": amounts(K_45="1.00")}, "K_45"),
        ({"document_type": "WEW", "marker": Marker("DI"), "amounts": amounts(K_46="1.00")}, "K_46"),
        ({"document_type": "WEW", "marker": Marker("DI"), "amounts": amounts(K_47="-1.00")}, "K_47"),
        ({"document_type": "WEW", "marker": Marker("DI"), "issued_on": date(2026, 8, 31)}, "issued_on"),
        ({"document_type": "VAT_RR", "marker": Marker("DI")}, "marker"),
        ({"issued_on": date(2026, 10, 1)}, "issued_on"),
        ({"received_on": date(2026, 10, 1)}, "received_on"),
        ({"counterparty_name": "BRAK"}, "counterparty_name"),
    ],
)
def test_a_wrong_purchase_is_refused_at_its_field(given: dict[str, Any], field: str) -> None:
    assert field in errors(replace(bill("FV/1"), **given))


def test_a_yearly_correction_is_an_internal_document_of_its_own() -> None:
    made = replace(bill("WEW/1", "0", "0"), document_type="WEW", marker=Marker("DI"), amounts=amounts(K_45="-120.00"))
    assert check(made, MONTH) == ()


@pytest.mark.parametrize(
    ("issued_on", "late"), [(date(2026, 6, 1), False), (date(2026, 5, 31), True), (date(2026, 9, 30), False)]
)
def test_a_purchase_too_old_to_deduct_is_pointed_out(issued_on: date, late: bool) -> None:
    found = replace(bill("FV/1"), issued_on=issued_on)
    assert ("issued_on" in errors(found)) is late
    if late:
        assert "art. 86 ust. 11" in check(found, MONTH)[0].message
    assert "issued_on" not in errors(replace(found, use="outside")), "nothing is deducted, so nothing is late"


def test_an_invoice_of_ksef_is_received_on_the_day_of_its_number() -> None:
    number = "5265877635-20260914-0100001AF629-AF"
    made = tidy(replace(bill("FV/1"), marker=Marker("NrKSeF", number)))
    assert made.received_on == date(2026, 9, 14)  # type: ignore[union-attr]
    assert "received_on" in errors(replace(made, received_on=date(2026, 9, 15)))  # type: ignore[arg-type]


def test_numbers_are_kept_as_one_text_so_that_the_citys_own_are_recognised() -> None:
    made = tidy(replace(bill("  FV / 1 "), counterparty_no="PL 526-587-76-35", counterparty_name=" A   B "))
    assert (made.counterparty_no, made.counterparty_name, made.document_no) == ("5265877635", "A B", "FV / 1")
    foreign = tidy(replace(bill("1"), counterparty_no="123 456", country="CZ"))
    assert foreign.counterparty_no == "123456"


def test_a_suppliers_number_is_a_key_only_with_the_supplier() -> None:
    one, other = bill("FV/1"), replace(bill("FV/1"), counterparty_no="5213017228")
    assert key_of(one, MONTH) != key_of(other, MONTH)
    assert key_of(report("RO/1"), MONTH) == "2026-09:RO/1"
    assert {source_of(report("RO/1")), source_of(one)} == {"cash", "manual"}
    assert len(key_of(report("R" * 256), MONTH)) <= 120
    assert key_of(report("R" * 256), MONTH) != key_of(report("R" * 255 + "X"), MONTH)


HEADER = "document_type,document_no,issued_on,description,rate,net,tax\n"


def read_text(text: str, encoding: str = "utf-8") -> File:
    return read(text.encode(encoding), MONTH)


def test_lines_of_one_number_make_one_document() -> None:
    file = read_text(
        HEADER + "RO,SP1/RO/01/09/2026,2026-09-01,Raport dobowy,23,100.00,23.00\n"
        "RO,SP1/RO/01/09/2026,2026-09-01,Raport dobowy,8,50.00,4.00\n"
        "WEW,SP1/WEW/1,2026-09-30,Obiady,zw,12.00,0.00\n"
    )
    assert file.problems == ()
    first, second = file.documents
    assert first.entry.amounts == amounts(K_19="100.00", K_20="23.00", K_17="50.00", K_18="4.00")
    assert (first.entry.marker, first.description) == (Marker("DI"), "Raport dobowy")
    assert second.entry.amounts == amounts(K_10="12.00")


POLISH = "Typ dokumentu;Numer dokumentu;Data wystawienia;Opis;Stawka;Netto;Podatek\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1250", "utf-16"])
def test_polish_headers_semicolons_and_decimal_commas_are_read(encoding: str) -> None:
    file = read_text(POLISH + "WEW;Złom/1;30.09.2026;Sprzedaż złomu;23%;1 234,50;283,94\n", encoding)
    assert file.problems == ()
    (document,) = file.documents
    assert (document.entry.document_no, document.description) == ("Złom/1", "Sprzedaż złomu")
    assert document.entry.amounts == amounts(K_19="1234.50", K_20="283.94")


def test_purchases_and_amounts_by_name_are_read_too() -> None:
    file = read_text(
        "rejestr;typ;numer;data;kontrahent;nip;netto;vat;K_45;K_19;K_20;przeznaczenie;srodek trwaly\n"
        "zakup;;FV/7;2026-09-02;Piekarnia;774-000-14-54;100,00;23,00;;;;taxed;tak\n"
        "zakup;WEW;KOR/1;2026-09-30;;;;;-12,00;;;;\n"
        "sprzedaż;;A/1;2026-09-03;Jan Dąb;;;;;10,00;2,30;;\n"
    )
    assert file.problems == ()
    bought, corrected, sold = (document.entry for document in file.documents)
    assert bought == replace(
        bill("FV/7", asset=True),
        issued_on=date(2026, 9, 2),
        counterparty_name="Piekarnia",
        counterparty_no="7740001454",
    )
    assert corrected.amounts == amounts(K_45="-12.00")
    assert (sold.marker, sold.amounts) == (Marker("BFK"), amounts(K_19="10.00", K_20="2.30"))


@pytest.mark.parametrize(
    ("lines", "line", "column"),
    [
        ("RO,,2026-09-01,,23,1.00,0.23\n", 2, "document_no"),
        ("RO,A,2026-09-31,,23,1.00,0.23\n", 2, "issued_on"),
        ("RO,A,,,23,1.00,0.23\n", 2, "issued_on"),
        ("RO,A,2026-08-01,,23,1.00,0.23\n", 2, "issued_on"),
        ("RO,A,2026-09-01,,23,1.005,0.23\n", 2, "net"),
        ("RO,A,2026-09-01,,23,jeden,0.23\n", 2, "net"),
        ("RO,A,2026-09-01,,23,1.00,\n", 2, "tax"),
        ("RO,A,2026-09-01,,23,,0.23\n", 2, "net"),
        ("RO,A,2026-09-01,,zw,1.00,0.23\n", 2, "tax"),
        ("RO,A,2026-09-01,,24,1.00,0.24\n", 2, "rate"),
        ("RO,A,2026-09-01,,oo,1.00,0.00\n", 2, "rate"),
        ("RO,A,2026-09-01,,,1.00,0.23\n", 2, "rate"),
        ("FAKTURA,A,2026-09-01,,23,1.00,0.23\n", 2, "document_type"),
        ("RO,A,2026-09-01,,23,1.00,0.23\nRO,A,2026-09-01,,23,1.00,0.23\n", 3, "rate"),
        ("RO,A,2026-09-01,,23,1.00,0.23\nRO,A,2026-09-02,,8,1.00,0.08\n", 3, "issued_on"),
        ("RO,A,2026-09-01,,23,1.00,0.23,9\n", 2, None),
        ('RO,"A,2026-09-01,,23,1.00,0.23\n', 2, None),
        ("", 1, None),
    ],
)
def test_every_error_of_a_file_stands_at_its_line_and_column(lines: str, line: int, column: str | None) -> None:
    found = read_text(HEADER + lines).problems
    assert (line, column) in [(one.line, one.column) for one in found]


def test_all_errors_of_a_file_are_told_at_once() -> None:
    file = read_text(HEADER + "RO,A,2026-09-31,,23,1.00,0.23\nRO,B,2026-09-01,,24,x,0.23\n")
    assert [(one.line, one.column) for one in file.problems] == [(2, "issued_on"), (3, "net"), (3, "rate")]
    assert str(file.problems[2]).startswith("wiersz 3, kolumna „rate”: Stawka „24”")


def test_a_column_is_named_as_the_file_names_it() -> None:
    (problem,) = read_text(POLISH + "RO;A;31.09.2026;;23;1,00;0,23\n").problems
    assert problem.column == "Data wystawienia"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "pusty"),
        (b"\x00\x01\x02", "nie jest plik CSV"),
        (b"a;b\n\x81\x83\xff", "nie jest plik CSV"),
        (b"numer;data;numer\n1;2026-09-01;2\n", "dwa razy"),
        (b"numer;kwota\n1;2\n", "Nieznana kolumna"),
        (b"netto;podatek\n1;2\n", "Brakuje kolumn: numer_dokumentu, data_wystawienia"),
    ],
)
def test_what_is_no_table_is_refused_whole(content: bytes, said: str) -> None:
    try:
        problems = read(content, MONTH).problems
    except FileRefused as refused:
        problems = refused.problems
    assert any(said in one.message for one in problems)


def test_a_huge_file_is_refused_before_it_is_read() -> None:
    with pytest.raises(FileRefused) as refused:
        read(b"x" * 16_000_001, MONTH)
    assert "większy" in refused.value.problems[0].message
