from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.datastructures import FormMultiDict

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.web.forms import Field, Form, Kind, shown


@dataclass
class Upload:
    filename: str


def read(field: Field, raw: Any) -> Any:
    return field.read(raw)


def refusal(field: Field, raw: Any) -> str:
    with pytest.raises(Refusal) as caught:
        field.read(raw)
    assert caught.value.field == field.name
    return caught.value.message


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("text", "  Szkoła nr 1 ", "Szkoła nr 1"),
        ("amount", "1 234,56 zł", Decimal("1234.56")),
        ("amount", "−5", Decimal("-5")),
        ("number", "12 345", 12345),
        ("number", "-3", -3),
        ("date", "3.6.2026", date(2026, 6, 3)),
        ("month", "2026-09", Month(2026, 9)),
        ("email", "anna@nowadabrowa.example", "anna@nowadabrowa.example"),
        ("password", "  ze spacjami  ", "  ze spacjami  "),
        ("checkbox", "1", True),
    ],
)
def test_what_was_typed_is_read_into_its_type(kind: Kind, typed: str, value: Any) -> None:
    assert read(Field("f", "Pole", kind), typed) == value


@pytest.mark.parametrize(
    ("kind", "typed", "message"),
    [
        ("text", "", "Wypełnij to pole."),
        ("amount", "", "Podaj kwotę."),
        ("date", "   ", "Podaj datę."),
        ("month", "", "Wybierz miesiąc."),
        ("checkbox", None, "Zaznacz to pole, aby przejść dalej."),
        ("file", None, "Dołącz plik."),
        ("amount", "dużo", "Nie rozumiem kwoty „dużo”. Wpisz ją w postaci 1234,56."),
        ("date", "31.02.2026", "Nie rozumiem daty „31.02.2026”. Wpisz ją w postaci 03.06.2026."),
        ("number", "12,5", "Wpisz liczbę całkowitą, na przykład 12."),
        ("email", "anna@", "Podaj adres w postaci nazwa@domena.pl."),
        ("text", "a\x00b", "Usuń niewidoczne znaki sterujące."),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(kind: Kind, typed: Any, message: str) -> None:
    assert refusal(Field("f", "Pole", kind), typed) == message


@pytest.mark.parametrize("kind", ["text", "amount", "number", "date", "month", "email", "select", "radio", "textarea"])
def test_nothing_given_where_nothing_is_needed_is_none(kind: Kind) -> None:
    field = Field("f", "Pole", kind, required=False, choices=(("a", "A"),))
    assert read(field, "") is None
    assert read(field, None) is None


def test_a_choice_is_one_of_those_offered() -> None:
    field = Field("kind", "Rodzaj", "select", choices=(("school", "Szkoła"),))
    assert read(field, "school") == "school"
    assert refusal(field, "prison") == "Wybierz jedną z możliwości z listy."
    assert refusal(field, "") == "Wybierz jedną z możliwości."


def test_a_text_too_long_says_how_long_it_may_be() -> None:
    assert refusal(Field("f", "Pole", max_length=3), "abcd") == "Skróć tekst: może mieć najwyżej 3\u00a0znaki, ma 4."


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        (Field("f", "Kwota", "amount", low=Decimal(0)), "-0,01", "Wartość nie może być mniejsza niż 0,00."),
        (Field("f", "Sztuk", "number", high=10), "11", "Wartość nie może być większa niż 10."),
        (Field("f", "Od", "date", low=date(2026, 1, 1)), "31.12.2025", "Wartość nie może być mniejsza niż 01.01.2026."),
    ],
)
def test_bounds_are_said_as_people_write_them(field: Field, typed: str, message: str) -> None:
    assert refusal(field, typed) == message


def test_files_are_taken_by_their_ending() -> None:
    field = Field("f", "Pliki", "file", many=True, accept=".xml,.zip")
    good = [Upload("a.XML"), Upload("b.zip")]
    assert read(field, good) == good
    assert refusal(field, [*good, Upload("wirus.exe")]) == "Pliku „wirus.exe” nie przyjmę. Dozwolone: .xml,.zip."
    assert read(Field("f", "Plik", "file", required=False), [Upload("")]) is None
    assert read(Field("f", "Pliki", "file", required=False, many=True), []) == []


def _even(value: int) -> None:
    if value % 2:
        raise Refusal("Podaj liczbę parzystą.")


def _not_later(values: Mapping[str, Any]) -> list[Refusal]:
    late = values["since"] > values["until"]
    return [Refusal("Koniec jest przed początkiem.", "until")] if late else []


FORM = Form(
    "okres",
    (
        Field("since", "Od", "date"),
        Field("until", "Do", "date"),
        Field("places", "Miejsc", "number", check=_even),
        Field("secret", "Hasło", "password"),
        Field("sure", "Na pewno", "checkbox", required=False),
        Field("papers", "Pliki", "file", required=False, many=True),
    ),
    together=_not_later,
)
GOOD = {"since": "1.9.2026", "until": "30.9.2026", "places": "4", "secret": "tajne", "sure": "1"}


def test_a_good_form_gives_its_values() -> None:
    posted = FORM.read(GOOD)
    assert posted.ok
    assert posted.values == {
        "since": date(2026, 9, 1),
        "until": date(2026, 9, 30),
        "places": 4,
        "secret": "tajne",
        "sure": True,
        "papers": [],
    }


def test_a_refused_form_shows_again_what_was_typed_but_never_a_password() -> None:
    posted = FORM.read({**GOOD, "since": "kiedyś", "places": "3"})
    assert not posted.ok
    assert set(posted.errors) == {"since", "places"}
    assert posted.errors["places"] == "Podaj liczbę parzystą."
    assert posted.typed == {"since": "kiedyś", "until": "30.9.2026", "places": "3", "sure": "1"}


def test_what_is_wrong_between_fields_is_asked_only_when_each_was_read() -> None:
    assert FORM.read({**GOOD, "until": "1.8.2026"}).errors == {"until": "Koniec jest przed początkiem."}
    assert set(FORM.read({**GOOD, "until": "1.8.2026", "since": ""}).errors) == {"since"}


def test_what_a_service_refuses_stands_at_its_field_or_above_the_form() -> None:
    posted = FORM.read(GOOD).refused(Refusal("Zajęte.", "places"), Refusal("Okres jest zamknięty.", "invoice"))
    assert posted.errors == {"places": "Zajęte.", "": "Okres jest zamknięty."}
    assert not posted.ok


def test_many_files_come_from_a_posted_form() -> None:
    uploads = [Upload("a.xml"), Upload("b.xml")]
    posted = FORM.read(FormMultiDict([*GOOD.items(), *(("papers", upload) for upload in uploads)]))
    assert posted.values["papers"] == uploads


def test_a_blank_form_shows_what_is_known_already() -> None:
    blank = FORM.blank(since=date(2026, 9, 1), places=2, sure=True)
    assert blank.typed == {"since": "01.09.2026", "until": "", "places": "2", "secret": "", "sure": "1", "papers": ""}
    assert blank.ok


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_an_amount_shown_in_a_box_is_read_back_the_same(value: Decimal) -> None:
    assert Field("f", "Kwota", "amount").read(shown("amount", value)) == value


@given(st.dates(min_value=date(1900, 1, 1), max_value=date(2999, 12, 31)))
def test_a_date_shown_in_a_box_is_read_back_the_same(value: date) -> None:
    assert Field("f", "Data", "date").read(shown("date", value)) == value
