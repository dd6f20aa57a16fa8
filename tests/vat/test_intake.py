"""One document examined: taken with what the inbox keeps, or rejected with what a person has to know."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.dates import Month
from app.vat.filings import fa3
from app.vat.filings.intake import City, Document, Rejected, Taken, examine, refuse, shown_name
from app.vat.filings.package import Refused
from app.vat.rules.attribution import directory
from app.vat.rules.facts import Invoice, UnitProfile
from tests.vat.box import FOR_SCHOOL, TODAY
from tests.vat.invoices import CITY, MUNICIPALITY, OTHER, PURCHASE, SALE, ksef_number, total

TOWN = City(CITY, directory([UnitProfile("SP12", "Szkoła Podstawowa nr 12", internal_ids=(f"{CITY}-00121",))], ()))
NUMBER = ksef_number()


def _examine(invoice: Invoice, number: str | None = NUMBER, on: date = TODAY) -> Taken | Rejected:
    return examine(Document("a.xml", fa3.write(invoice), number), TOWN, on)


def test_a_sound_purchase_is_taken_with_its_facts_and_its_unit() -> None:
    taken = _examine(replace(PURCHASE, others=FOR_SCHOOL))
    assert isinstance(taken, Taken)
    assert (taken.side, taken.state, taken.unit_code, taken.ksef_number) == ("purchase", "assigned", "SP12", NUMBER)
    assert (taken.net_pln, taken.vat_pln, taken.gross) == (Decimal("100.00"), Decimal("23.00"), Decimal("123.00"))
    assert taken.month == Month(2026, 3)
    assert zlib.decompress(taken.content) == fa3.write(replace(PURCHASE, others=FOR_SCHOOL))
    assert json.loads(taken.candidates)[0]["unit"] == "SP12"
    assert json.loads(taken.candidates)[0]["evidence"][0]["signal"] == "internal_id"


def test_a_purchase_that_names_nobody_waits_with_its_warnings() -> None:
    taken = _examine(PURCHASE)
    assert isinstance(taken, Taken)
    assert (taken.state, taken.unit_code) == ("queued", None)
    assert {warning["code"] for warning in json.loads(taken.warnings)} == {"unit_not_named"}


def test_an_invoice_between_own_units_is_internal_even_in_a_currency_without_a_rate() -> None:
    taken = _examine(replace(SALE, buyer=MUNICIPALITY), ksef_number(CITY))
    assert isinstance(taken, Taken)
    assert (taken.state, taken.unit_code, taken.side) == ("internal", None, "internal")
    euro = replace(SALE, buyer=MUNICIPALITY, currency="EUR", totals=(total("7", "100.00"),), gross=Decimal("100.00"))
    taken = _examine(replace(euro, lines=()), ksef_number(CITY))
    assert isinstance(taken, Taken)
    assert taken.net_pln == 0
    assert "not_in_pln" in taken.warnings


def _bad() -> Iterator[tuple[str, bytes, str | None, str]]:
    sound = fa3.write(PURCHASE)
    wrong_number = f"{NUMBER[:-2]}{'00' if NUMBER[-2:] != '00' else '01'}"
    yield "foreign NIP", fa3.write(replace(PURCHASE, buyer=replace(MUNICIPALITY, nip=OTHER))), NUMBER, "foreign_nip"
    yield "wrong checksum of the KSeF number", sound, wrong_number, "ksef_number"
    yield "somebody else's KSeF number", sound, ksef_number(OTHER), "ksef_number_seller"
    yield "a number older than the invoice", sound, ksef_number(day="20260201"), "ksef_number_day"
    yield "another total", sound.replace(b"<P_15>123.00", b"<P_15>321.00"), NUMBER, "sum"
    yield "nothing in it", b"", None, "document"
    yield "cut", sound[:900], NUMBER, "document"
    yield "an entity bomb", b'<!DOCTYPE a [<!ENTITY x "y">]>' + sound, NUMBER, "document"
    yield "Windows-1250", sound.replace(b"UTF-8", b"windows-1250"), NUMBER, "document"
    yield "broken UTF-8", sound.replace(b"Gmina", b"Gm\xb3na"), NUMBER, "document"
    yield "against the schema", sound.replace(b"<RodzajFaktury>VAT", b"<RodzajFaktury>XXX"), NUMBER, "schema"


@pytest.mark.parametrize(("data", "number", "code"), [case[1:] for case in _bad()], ids=[case[0] for case in _bad()])
def test_what_cannot_be_taken_says_why_and_keeps_its_bytes(data: bytes, number: str | None, code: str) -> None:
    rejected = examine(Document("a.xml", data, number), TOWN, TODAY)
    assert isinstance(rejected, Rejected)
    assert rejected.reasons[0]["code"] == code
    assert rejected.reasons[0]["message"].endswith(".")
    assert rejected.content is not None
    assert zlib.decompress(rejected.content) == data


def test_an_invoice_from_the_future_is_refused_unless_ksef_took_it() -> None:
    assert isinstance(_examine(PURCHASE, None, on=date(2026, 3, 1)), Rejected)
    assert isinstance(_examine(PURCHASE, NUMBER, on=date(2026, 3, 1)), Taken)


def test_a_defect_of_ours_keeps_the_document_and_says_what_happened() -> None:
    broken = City(CITY, None)  # type: ignore[arg-type]
    rejected = examine(Document("a.xml", fa3.write(PURCHASE), NUMBER), broken, TODAY)
    assert isinstance(rejected, Rejected)
    assert rejected.reasons[0]["code"] == "defect"
    assert "AttributeError" in rejected.reasons[0]["message"]


def test_a_place_without_bytes_is_told_apart_by_its_name() -> None:
    one, same, other = (
        refuse(name, Refused("p.zip", "x", "Plik w archiwum jest zaszyfrowany hasłem."))
        for name in ("p.zip/a", "p.zip/a", "p.zip/b")
    )
    assert one == same
    assert one.sha256 != other.sha256
    assert one.content is None


def test_names_that_are_too_long_stay_different() -> None:
    one, other = shown_name("a" * 500 + "b"), shown_name("a" * 500 + "c")
    assert (len(one), len(other)) == (400, 400)
    assert one != other
    assert shown_name("krótka") == "krótka"


@given(st.binary(max_size=400), st.integers(0, 2000), st.integers(0, 60))
def test_whatever_is_done_to_a_document_it_comes_out_whole(noise: bytes, at: int, cut: int) -> None:
    sound = fa3.write(PURCHASE)
    data = sound[:at] + noise + sound[at + cut :]
    found = examine(Document("a.xml", data, NUMBER), TOWN, TODAY)
    assert found.content is not None
    assert zlib.decompress(found.content) == data
    assert "defect" not in (found.warnings if isinstance(found, Taken) else str(found.reasons))
