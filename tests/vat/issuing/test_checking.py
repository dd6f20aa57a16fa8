"""Each thing that the schema lets through and the law does not: one wrong draft each, and where it is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from app.vat.rules.facts import RateTotal
from app.vat.rules.issuing.building import Original, Settled
from app.vat.rules.issuing.checking import check
from app.vat.rules.issuing.draft import MARGIN_RATE, Buyer, Correction, Draft, Exchange, Exemption, Payment, Receiver
from app.vat.rules.issuing.terms import working_day_before
from tests.vat.issuing.samples import (
    ABROAD,
    ADVANCE,
    CITY,
    COMPANY,
    CORRECTION,
    EU,
    EXEMPT,
    FINAL,
    ISSUER,
    KINDS,
    ON,
    ORDINARY,
    ORIGINAL,
    PAID_IN,
    PERSON,
    UNIT,
    line,
)

Spoil = Callable[[Draft], Draft]


def buyer(**other: Any) -> Spoil:
    return lambda draft: replace(draft, buyer=replace(draft.buyer, **other))


def lines(*found: Any, **other: Any) -> Spoil:
    return lambda draft: replace(draft, lines=found, **other)


def changed(**other: Any) -> Spoil:
    return lambda draft: replace(draft, **other)


WRONG: dict[str, tuple[str, Spoil]] = {
    "buyer_name": ("buyer.name", buyer(name=" ")),
    "buyer_address": ("buyer.line1", buyer(line1=None)),
    "buyer_nip": ("buyer.number", buyer(number="1234563219")),
    "own_buyer": ("buyer.number", buyer(number=CITY)),
    "buyer_country": ("buyer.country", buyer(country="DE")),
    "vat_eu": ("buyer.number", changed(buyer=replace(EU, number="12 3"))),
    "foreign_id": ("buyer.number", changed(buyer=replace(ABROAD, number=None))),
    "buyer_number": ("buyer.number", changed(buyer=replace(PERSON, number="1"))),
    "receiver_missing": ("buyer.receiver", changed(buyer=replace(UNIT, receiver=None))),
    "receiver_extra": ("buyer.receiver", buyer(receiver=Receiver("Ktoś", nip=CITY))),
    "receiver_number": ("buyer.receiver.internal_id", changed(buyer=replace(UNIT, receiver=Receiver("Przedszkole")))),
    "receiver_name": ("buyer.receiver.name", changed(buyer=replace(UNIT, receiver=Receiver("", nip=CITY)))),
    "internal_id": (
        "buyer.receiver.internal_id", changed(buyer=replace(UNIT, receiver=Receiver("P", internal_id="7740001454-1"))),
    ),
    "third_nip": ("buyer.receiver.nip", changed(buyer=replace(UNIT, receiver=Receiver("P", nip="1111111112")))),
    "no_lines": ("lines", lines()),
    "line_text": ("lines[0].text", lines(replace(line(), text=""))),
    "line_text_long": ("lines[0].text", lines(replace(line(), text="x" * 513))),
    "line_unit": ("lines[0].unit", lines(line(unit="x" * 257))),
    "quantity": ("lines[0].quantity", lines(line(quantity=D(0)))),
    "number_large": ("lines[0].price", lines(line(price="1e15"))),
    "number_places": ("lines[0].price", lines(line(price="0.123456789"))),
    "discount": ("lines[0].discount", lines(line(discount=D("100.01")))),
    "gtu": ("lines[0].gtu", lines(line(gtu="GTU_14"))),
    "gtu_service": ("lines[0].gtu", lines(line("0 WDT", gtu="GTU_12"), buyer=EU)),
    "procedure": ("lines[0].procedure", lines(line(procedure="MPP"))),
    "annex_15": ("lines[0].annex_15", lines(line("zw", annex_15=True), exemption=EXEMPT)),
    "rate": ("lines[0].rate", lines(line("22"))),
    "exemption_missing": ("exemption", lines(line("zw"))),
    "exemption_idle": ("exemption", changed(exemption=EXEMPT)),
    "exemption_text": ("exemption.text", lines(line("zw"), exemption=Exemption("A", " "))),
    "wdt": ("lines[0].rate", lines(line("0 WDT"))),
    "reverse": ("lines[0].rate", lines(line("oo"), buyer=PERSON)),
    "np_ii": ("lines[0].rate", lines(line("np II"))),
    "margin_missing": ("margin", lines(line(MARGIN_RATE), pricing="gross")),
    "margin_pricing": ("pricing", lines(line(MARGIN_RATE), margin="3_1")),
    "margin_idle": ("margin", changed(margin="2")),
    "negative": ("lines", lines(line(price="-1"))),
    "future": ("issued_on", changed(issued_on=date(2026, 3, 11))),
    "two_periods": ("sold_on", changed(sold_on=ON, period_from_on=ON, period_to_on=ON)),
    "half_period": ("period_to_on", changed(period_from_on=ON)),
    "period": ("period_to_on", changed(period_from_on=ON, period_to_on=date(2026, 3, 1))),
    "too_early": ("sold_on", changed(sold_on=date(2026, 5, 20))),
    "exchange_idle": ("exchange", changed(exchange=Exchange(D(4), ON))),
    "currency": ("currency", changed(currency="euro")),
    "exchange": ("exchange.rate", changed(currency="EUR")),
    "exchange_day": ("exchange.on", changed(currency="EUR", exchange=Exchange(D(4), ON))),
    "payment_form": ("payment.form", changed(payment=Payment(9))),
    "due_on": ("payment.due_on", changed(payment=Payment(6, date(2026, 3, 9)))),
    "paid_on": ("payment.paid_on", changed(payment=Payment(6, paid_on=date(2026, 3, 11)))),
    "account": ("payment.account", changed(payment=Payment(6, account="61109010140000071219812875"))),
    "split_buyer": ("split_payment", changed(split_payment=True, buyer=PERSON)),
    "simplified": ("kind", changed(kind="UPR", lines=(line(price="366"),))),
    "simplified_buyer": ("buyer.kind", changed(kind="UPR", buyer=PERSON, lines=(line(),))),
    "receipt_no": ("receipt_no", changed(receipt_no=" ")),
    "receipt_buyer": ("buyer.kind", changed(receipt_no="1", buyer=EU, lines=(line("np II"),))),
    "note": ("notes[0]", changed(notes=(("", "treść"),))),
    "received_idle": ("received", changed(received=D(1))),
    "received": ("received", changed(kind="ZAL")),
    "received_much": ("received", lambda draft: replace(ADVANCE, received=D("369.01"))),
    "no_advances": ("advances", changed(kind="ROZ")),
    "not_correction": ("correction", changed(correction=Correction("bo tak"))),
    "original": ("original", changed(kind="KOR", correction=Correction("bo tak"))),
}  # fmt: skip


@pytest.mark.parametrize("code", WRONG)
def test_a_wrong_draft_is_refused_at_its_field(code: str) -> None:
    field, spoil = WRONG[code]
    found = {(one.code, one.field): one for one in check(spoil(ORDINARY), ISSUER, ON)}
    assert (code, field) in found
    assert found[code, field].severity == "error"
    assert found[code, field].message.endswith((".", ")."))


CORRECTIONS: dict[str, tuple[str, Draft, Original, str]] = {
    "reason": ("correction.reason", replace(CORRECTION, correction=Correction(" ")), ORIGINAL, "VAT"),
    "reason_long": ("correction.reason", replace(CORRECTION, correction=Correction("x" * 257)), ORIGINAL, "VAT"),
    "kind": ("kind", CORRECTION, ORIGINAL, "ZAL"),
    "original_number": ("original", CORRECTION, replace(ORIGINAL, ksef_number=None), "VAT"),
    "earlier": ("issued_on", replace(CORRECTION, issued_on=date(2026, 2, 28)), ORIGINAL, "VAT"),
    "nothing": ("lines", replace(CORRECTION, lines=ORDINARY.lines), ORIGINAL, "VAT"),
    "below_zero": ("lines[0].quantity", replace(CORRECTION, lines=(line(quantity=D(-1)),)), ORIGINAL, "VAT"),
    "currency_changed": (
        "currency", replace(CORRECTION, currency="EUR", exchange=Exchange(D(4), date(2026, 3, 9))), ORIGINAL, "VAT",
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", CORRECTIONS)
def test_a_wrong_correction_is_refused_at_its_field(code: str) -> None:
    field, draft, original, kind = CORRECTIONS[code]
    found = {(one.code, one.field) for one in check(draft, ISSUER, ON, "online", original, kind)}
    assert (code, field) in found


def test_a_final_invoice_may_not_give_back_more_than_it_sells() -> None:
    much = Settled("SP1/FZ/1/2026", PAID_IN.ksef_number, (RateTotal("1", D("301"), D("69.23")),), D("370.23"))
    assert {one.code for one in check(FINAL, ISSUER, ON, advances=(much,))} >= {"advances_much"}
    waiting = replace(PAID_IN, ksef_number=None)
    assert {one.code for one in check(FINAL, ISSUER, ON, advances=(waiting,))} >= {"advance_number"}


def test_the_issuer_needs_a_name_for_ksef() -> None:
    nameless = replace(ISSUER, internal_id=None, unit_nip=None)
    assert [one.code for one in check(ORDINARY, nameless, ON)] == ["unit_unknown"]
    office = replace(nameless, unit_name=None)
    assert check(ORDINARY, office, ON) == ()
    assert [one.code for one in check(ORDINARY, replace(office, nip="1111111112"), ON)] == ["seller_nip"]


WARNINGS: dict[str, Spoil] = {
    "back_dated": changed(issued_on=date(2026, 3, 9)),
    "too_late": changed(sold_on=date(2026, 1, 31)),
    "export": lines(line("0 EX")),
    "exchange_other_day": changed(currency="EUR", exchange=Exchange(D(4), date(2026, 3, 6))),
    "receipt_nip": changed(receipt_no="W1"),
    "zero": lines(line(price="0")),
    "internal_id_digit": changed(buyer=replace(UNIT, receiver=Receiver("P", internal_id="7740001454-00009"))),
}


@pytest.mark.parametrize("code", WARNINGS)
def test_what_is_unusual_is_said_and_does_not_stop(code: str) -> None:
    found = check(WARNINGS[code](ORDINARY), ISSUER, ON)
    assert [one.severity for one in found if one.code == code] == ["warning"]
    assert not [one for one in found if one.severity == "error"]


def test_a_transfer_without_an_account_is_noticed_and_split_payment_needs_one() -> None:
    poor = replace(ISSUER, account=None)
    assert [one.code for one in check(ORDINARY, poor, ON)] == ["no_account"]
    assert "split_account" in {one.code for one in check(KINDS["split payment"][0], poor, ON)}


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2026, 3, 10), date(2026, 3, 9)),
        (date(2026, 3, 9), date(2026, 3, 6)),
        (date(2026, 5, 4), date(2026, 4, 30)),
        (date(2026, 12, 28), date(2026, 12, 23)),
    ],
)
def test_the_rate_is_of_the_last_working_day_before(day: date, before: date) -> None:
    assert working_day_before(day) == before


def test_a_buyer_without_a_number_is_a_person() -> None:
    assert check(replace(ORDINARY, buyer=Buyer("person", "Jan", line1="ul. Cicha 1")), ISSUER, ON) == ()
    assert COMPANY.kind == "company"
