"""Documents from a file: counts, errors by row and column, all of it or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from app.vat.models import sale
from app.vat.service import periods, registers
from tests.office.browser import words
from tests.vat.pages.conftest import Unit
from tests.vat.pages.month import MONTH

UPLOAD = f"/vat/wczytaj/{MONTH}"
HEAD = "numer_dokumentu;data_wystawienia;typ_dokumentu;stawka;netto;podatek\r\n"
GOOD = HEAD + "RD/1;03.09.2026;RO;8;100,00;8,00\r\nRD/1;03.09.2026;RO;zw;50;\r\nRD/2;04.09.2026;RO;23;10;2,30\r\n"


def count(unit: Unit) -> Any:
    return unit.do(lambda session: session.execute(select(func.count()).select_from(sale)).scalar_one())


def test_a_file_is_taken_in_and_counted(unit: Unit) -> None:
    answer = unit.clerk.upload(UPLOAD, GOOD.encode(), "wrzesień <1>.csv")
    assert answer.status_code == 200 and "Dodano: 2 dokumenty ." in words(answer).replace("\u00a0", " ")
    assert "wrzesień &lt;1&gt;.csv" in answer.text and count(unit) == 2
    again = unit.clerk.upload(UPLOAD, GOOD.encode("cp1250"))
    assert "Bez zmian, bo już są w rejestrze: 2" in words(again) and count(unit) == 2


def test_what_was_voided_here_is_not_brought_back(unit: Unit) -> None:
    unit.clerk.upload(UPLOAD, GOOD.encode())
    row = unit.do(lambda session: session.scalars(select(sale.c.id).where(sale.c.document_no == "RD/2")).one())
    unit.do(lambda session: registers.void(session, "sale", row, "zła kwota"))
    answer = unit.clerk.upload(UPLOAD, GOOD.encode())
    assert "Pominięto, bo zostały tu unieważnione: 1" in words(answer)


def test_every_error_has_its_row_and_column_and_nothing_is_taken(unit: Unit) -> None:
    bad = GOOD + "RD/3;32.09.2026;RO;77;abc;1\r\n;05.09.2026;RO;8;1;0,08\r\n"
    answer = unit.clerk.upload(UPLOAD, bad.encode())
    shown = words(answer)
    assert answer.status_code == 422 and "ma 4" in shown and count(unit) == 0
    for said in (
        "5 data_wystawienia Nie rozumiem daty „32.09.2026”.",
        "5 stawka Stawka „77” nie ma pola w rejestrze.",
        "5 netto Nie rozumiem kwoty „abc”.",
        "6 numer_dokumentu Podaj numer dokumentu.",
    ):
        assert said in shown


def test_a_document_with_another_content_is_an_error_at_its_row(unit: Unit) -> None:
    unit.clerk.upload(UPLOAD, GOOD.encode())
    answer = unit.clerk.upload(UPLOAD, GOOD.replace("2,30", "2,31").encode())
    assert answer.status_code == 422 and "4 numer_dokumentu Dokument „RD/2” jest już w rejestrze" in words(answer)
    assert "było 2,30, jest 2,31" in words(answer)


def test_what_is_unusual_is_taken_in_and_shown(unit: Unit) -> None:
    answer = unit.clerk.upload(UPLOAD, (HEAD + "RD/1;03.09.2026;RO;8;100,00;9,00\r\n").encode())
    assert answer.status_code == 200 and "Warto sprawdzić" in words(answer) and count(unit) == 1


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "pusty.csv", "Plik jest pusty."),
        (b"\x00\x01\x02", "zdjecie.csv", "To nie jest plik CSV"),
        (GOOD.encode(), "raport.xlsx", "Pliku „raport.xlsx” nie przyjmę."),
        (b"kwota;opis\r\n1;2\r\n", "inny.csv", "Nieznana kolumna."),
    ],
)
def test_what_is_no_such_file_is_refused_in_words(unit: Unit, content: bytes, name: str, said: str) -> None:
    answer = unit.clerk.upload(UPLOAD, content, name)
    assert answer.status_code == 422 and said in words(answer) and count(unit) == 0


def test_a_form_without_a_file_asks_for_one(unit: Unit) -> None:
    client, token = unit.clerk.browser.client, unit.clerk.browser.client.cookies["csrf"]
    parts = (("_csrf_token", "", token), ("file", '; filename=""', ""))  # as browsers send an empty file
    body = "".join(
        f'--grens\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'
        for name, more, value in parts
    )
    answer = client.post(
        f"/{unit.school.slug}{UPLOAD}",
        content=f"{body}--grens--\r\n",
        headers={**unit.clerk.browser.headers, "content-type": "multipart/form-data; boundary=grens"},
    )
    assert answer.status_code == 422 and "Dołącz plik." in words(answer) and count(unit) == 0


def test_a_closed_month_takes_no_file(unit: Unit) -> None:
    unit.do(lambda session: periods.complete(session, MONTH))
    answer = unit.clerk.upload(UPLOAD, GOOD.encode())
    assert answer.status_code == 409 and "Miesiąc 2026-09 jest zamknięty" in words(answer) and count(unit) == 0


def test_the_sample_can_be_read_as_it_is(unit: Unit) -> None:
    sample = unit.clerk.get(f"{UPLOAD}/wzor")
    assert sample.headers["content-disposition"] == 'attachment; filename="wzor-2026-09.csv"'
    assert unit.clerk.upload(UPLOAD, sample.content).status_code == 200 and count(unit) == 2


def test_too_many_errors_are_counted(unit: Unit) -> None:
    lines = "".join(f"RD/{n};03.09.2026;RO;8;abc;1\r\n" for n in range(600))
    assert "I jeszcze 100" in words(unit.clerk.upload(UPLOAD, (HEAD + lines).encode()))


def test_a_purpose_may_be_written_in_the_words_of_the_register(unit: Unit) -> None:
    head = "rejestr;numer;data;netto;podatek;kontrahent;nip;przeznaczenie\r\n"
    row = "zakup;F/1;03.09.2026;100;23;Nowak;7740001454;Tylko sprzedaż opodatkowana\r\n"
    assert unit.clerk.upload(UPLOAD, (head + row).encode()).status_code == 200
    assert "23,00" in words(unit.clerk.get(f"/vat/okres/{MONTH}/wyliczenie/naliczony"))
