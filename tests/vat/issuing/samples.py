"""Drafts for tests: an ordinary one to change with `dataclasses.replace`, and a table of every kind of invoice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal as D
from typing import Any

from app.kernel.ids import internal_id_check_digit
from app.vat.rules.facts import RateTotal
from app.vat.rules.issuing.building import Original, Settled
from app.vat.rules.issuing.draft import (
    MARGIN_RATE,
    Buyer,
    Correction,
    Draft,
    DraftLine,
    Exchange,
    Exemption,
    Issuer,
    Payment,
    Receiver,
)
from tests.vat.invoices import ksef_number

CITY, BUYER, OTHER_CITY = "5260250274", "1234563218", "7740001454"
ON = date(2026, 3, 10)
ACCOUNT = "61109010140000071219812874"


def idwew(nip: str, number: int) -> str:
    body = f"{nip}-{number:04d}"
    return body + internal_id_check_digit(body + "0")


ISSUER = Issuer(
    CITY, "Gmina Kielce", "Rynek 1", "25-303 Kielce", "SP1", "Szkoła Podstawowa nr 1", None, idwew(CITY, 1),
    "ul. Szkolna 5", "25-001 Kielce", account=ACCOUNT, place="Kielce",
)  # fmt: skip
COMPANY = Buyer("company", "Piekarnia Nowak sp. z o.o.", BUYER, line1="ul. Chlebowa 3", line2="25-010 Kielce")
PERSON = Buyer("person", "Jan Kowalski", line1="ul. Cicha 4", line2="25-002 Kielce")
UNIT = Buyer(
    "unit", "Miasto Płock", OTHER_CITY, line1="Stary Rynek 1", line2="09-400 Płock",
    receiver=Receiver("Przedszkole nr 2", internal_id=idwew(OTHER_CITY, 7)),
)  # fmt: skip
EU = Buyer("eu", "Beispiel GmbH", "123456789", "DE", "Hauptstr. 1", "10115 Berlin")
ABROAD = Buyer("foreign", "Example Inc.", "98-7654321", "US", "1 Main St", "Springfield")
PAYMENT = Payment(6, date(2026, 3, 24))


def line(rate: str = "23", price: str = "100.00", **other: Any) -> DraftLine:
    return DraftLine("Wynajem sali gimnastycznej", D(price), rate, **{"unit": "godz.", **other})


ORDINARY = Draft(COMPANY, (line(quantity=D(3)),), ON, payment=PAYMENT)
EXEMPT = Exemption("A", "art. 43 ust. 1 pkt 24 ustawy o VAT")
KSEF = ksef_number(CITY, "20260301")
ORIGINAL = Original("SP1/FV/7/2026", KSEF, date(2026, 3, 1), replace(ORDINARY, issued_on=date(2026, 3, 1)))
ADVANCE = replace(ORDINARY, kind="ZAL", received=D("123.00"))
PAID_IN = Settled("SP1/FZ/1/2026", KSEF, (RateTotal("1", D("100.00"), D("23.00")),), D("123.00"))
FINAL = replace(ORDINARY, kind="ROZ")
CORRECTION = replace(
    ORDINARY, kind="KOR", lines=(line(quantity=D(2)),), correction=Correction("zmiana liczby godzin")
)  # fmt: skip


def corrected(draft: Draft, **other: Any) -> tuple[Draft, Original]:
    """The original in this state, and its correction."""
    kind = {"ZAL": "KOR_ZAL", "ROZ": "KOR_ROZ"}.get(draft.kind, "KOR")
    reason = Correction("pomyłka")
    return replace(draft, **{"kind": kind, "correction": reason, **other}), replace(ORIGINAL, state=draft)


KINDS: dict[str, tuple[Draft, Original | None, tuple[Settled, ...]]] = {
    "basic rate, net prices": (ORDINARY, None, ()),
    "basic rate, gross prices": (replace(ORDINARY, pricing="gross"), None, ()),
    "tax rounded line by line": (
        replace(ORDINARY, rounding="line", lines=(line(price="0.05"), line(price="0.05"))), None, (),
    ),
    "8 and 5 per cent": (replace(ORDINARY, lines=(line("8"), line("5", gtu="GTU_03"))), None, ()),
    "0 per cent at home": (replace(ORDINARY, lines=(line("0 KR"),)), None, ()),
    "supply within the Union": (replace(ORDINARY, buyer=EU, lines=(line("0 WDT"),)), None, ()),
    "export": (replace(ORDINARY, buyer=ABROAD, lines=(line("0 EX"),)), None, ()),
    "exempt, an act": (replace(ORDINARY, lines=(line("zw"),), exemption=EXEMPT), None, ()),
    "exempt, the directive": (
        replace(ORDINARY, lines=(line("zw"),), exemption=Exemption("B", "art. 132 dyrektywy 2006/112/WE")), None, (),
    ),
    "exempt, another basis": (
        replace(ORDINARY, lines=(line("zw"),), exemption=Exemption("C", "umowa międzynarodowa")), None, (),
    ),
    "not taxed here": (replace(ORDINARY, buyer=ABROAD, lines=(line("np I"),)), None, ()),
    "service for the Union": (replace(ORDINARY, buyer=EU, lines=(line("np II"),)), None, ()),
    "reverse charge at home": (replace(ORDINARY, lines=(line("oo"),)), None, ()),
    "margin, used goods": (
        replace(ORDINARY, pricing="gross", margin="3_1", lines=(line(MARGIN_RATE),)), None, (),
    ),
    "margin, tourism": (
        replace(ORDINARY, pricing="gross", margin="2", lines=(line(MARGIN_RATE), line())), None, (),
    ),
    "split payment": (
        replace(ORDINARY, lines=(line(price="20000", annex_15=True, gtu="GTU_05"),)), None, (),
    ),
    "marks of goods and procedures": (
        replace(ORDINARY, related=True, lines=(line(gtu="GTU_12", procedure="B_SPV"),)), None, (),
    ),
    "a period": (
        replace(ORDINARY, period_from_on=date(2026, 2, 1), period_to_on=date(2026, 2, 28)), None, (),
    ),
    "a day of sale before": (replace(ORDINARY, sold_on=date(2026, 3, 3)), None, ()),
    "a discount": (replace(ORDINARY, lines=(line(quantity=D(3), discount=D("50.00")),)), None, ()),
    "euro": (
        replace(
            ORDINARY, currency="EUR", exchange=Exchange(D("4.2512"), date(2026, 3, 9), "047/A/NBP/2026")
        ), None, (),
    ),
    "to a receipt": (replace(ORDINARY, buyer=PERSON, receipt_no="W00123/45"), None, ()),
    "simplified": (
        replace(ORDINARY, kind="UPR", buyer=Buyer("company", None, BUYER), lines=(line(price="100"),)), None, (),
    ),
    "a person": (replace(ORDINARY, buyer=PERSON), None, ()),
    "another local government": (replace(ORDINARY, buyer=UNIT), None, ()),
    "a member of a VAT group": (
        replace(ORDINARY, buyer=replace(COMPANY, member=Receiver("Spółka córka", nip=OTHER_CITY))), None, (),
    ),
    "paid in cash": (replace(ORDINARY, payment=Payment(1, paid_on=ON)), None, ()),
    "advance": (ADVANCE, None, ()),
    "advance of two rates": (
        replace(ADVANCE, lines=(line(), line("8", "33.33")), received=D("100.00")), None, (),
    ),
    "final": (FINAL, None, (PAID_IN,)),
    "correction before and after": (CORRECTION, ORIGINAL, ()),
    "correction by difference": (
        replace(CORRECTION, correction=Correction("zmiana liczby godzin", 1, "difference")), ORIGINAL, (),
    ),
    "correction of a price": (replace(CORRECTION, lines=(line(price="90.00", quantity=D(3)),)), ORIGINAL, ()),
    "correction of a rate by difference": (
        replace(CORRECTION, lines=(line("8", quantity=D(3)),), correction=Correction("stawka", 1, "difference")),
        ORIGINAL, (),
    ),
    "correction of the buyer": (
        replace(CORRECTION, lines=ORDINARY.lines, buyer=replace(COMPANY, line1="ul. Mączna 1")), ORIGINAL, (),
    ),
    "correction to zero": (replace(CORRECTION, lines=(line(quantity=D(0)),)), ORIGINAL, ()),
    "correction of an advance": (*corrected(ADVANCE, received=D("61.50")), ()),
    "correction of a final invoice": (*corrected(FINAL, lines=(line(quantity=D(2)),)), (PAID_IN,)),
}  # fmt: skip
"""A draft of each kind, what it corrects, which advances it settles."""

Spoil = Callable[[Draft], Draft]
