"""Tables as files: exactly what is filtered, in forms that Polish spreadsheets read."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from litestar import Litestar, Request, get
from litestar.testing import TestClient
from lxml import etree

from app.kernel.errors import Refusal
from app.kernel.money import to_grosz
from app.web.tables import ListSource, csv_lines, download, write_xlsx
from tests.web.bills import BILLS, TABLE

SHEET = {"s": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def test_csv_is_what_polish_spreadsheets_open() -> None:
    lines = b"".join(csv_lines(TABLE, BILLS[:2])).decode("utf-8").split("\r\n")
    assert lines == [
        "\ufeffNumer;Dostawca;Wystawiony;Zapłacony;Miesiąc;Netto;Sztuk;Stan",
        "FV/1;Tauron;2026-09-01;2026-09-02 00:30;2026-09;1234,56;3;zapłacony",
        "FV/2;Ąbud;2026-09-02;;2026-08;-200,00;;nowy",
        "",
    ]


@pytest.mark.parametrize("name", ["=1+1", "+48 22", "-5", "@SUM(A1)", "\tx"])
def test_text_that_looks_like_a_formula_is_disarmed(name: str) -> None:
    line = list(csv_lines(TABLE, [replace(BILLS[0], supplier=name)]))[1].decode()
    assert line.split(";")[1] == f"'{name}"


def test_csv_quotes_what_would_break_a_line() -> None:
    line = list(csv_lines(TABLE, [replace(BILLS[0], supplier='a;"b"\nc')]))[1].decode()
    assert '"a;""b""\nc"' in line


def test_a_workbook_holds_numbers_as_numbers_and_the_totals() -> None:
    out = io.BytesIO()
    query = TABLE.query({"na-stronie": "5"})
    source = ListSource(BILLS)
    write_xlsx(TABLE, source.every(query), source.summary(query), out)
    with zipfile.ZipFile(out) as book:
        sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    cells = {cell.get("r"): cell for cell in sheet.iterfind(".//s:c", SHEET)}

    def number(place: str) -> Decimal:
        assert cells[place].get("t") is None, f"{place} is text"
        return to_grosz(Decimal(cells[place].findtext("s:v", namespaces=SHEET) or ""))

    def words(place: str) -> str:
        return cells[place].findtext("s:is/s:t", namespaces=SHEET) or ""

    assert words("F1") == "Netto"
    assert [number(f"F{line}") for line in range(2, 7)] == [row.net for row in source.every(query)]
    assert (date(1899, 12, 30).toordinal() + int(number("C2"))) == date(2026, 9, 30).toordinal()
    assert words("A7") == "Razem (5)"
    assert number("F7") == sum(row.net for row in BILLS)


@get("/rachunki", sync_to_thread=False)
def bills(request: Request[Any, Any, Any]) -> object:
    return download(TABLE.query(request.query_params), ListSource(BILLS))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_holds_what_passed_the_filters(kind: str) -> None:
    with TestClient(Litestar([bills])) as client:
        answer = client.get(f"/rachunki?plik={kind}&dostawca=tauron")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f"attachment; filename*=UTF-8''Rachunki.{kind}"
    assert answer.headers["cache-control"] == "no-store"
    assert int(answer.headers["content-length"]) == len(answer.content)
    if kind == "csv":
        assert answer.text.count("\r\n") == 3
    else:
        assert zipfile.is_zipfile(io.BytesIO(answer.content))


def test_a_filter_that_is_not_understood_makes_no_file() -> None:
    with pytest.raises(Refusal) as caught:
        download(TABLE.query({"netto": "dużo", "plik": "csv"}), ListSource(BILLS))
    assert caught.value.field == "net"


def test_a_moment_is_written_in_polands_time() -> None:
    late = replace(BILLS[0], paid_at=datetime.fromisoformat("2026-12-31T23:30:00+00:00"))
    assert "2027-01-01 00:30" in list(csv_lines(TABLE, [late]))[1].decode()
