"""Invoices for tests: an ordinary one to change with `dataclasses.replace`, and the city of the tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from app.kernel.ids import ksef_checksum
from app.vat.filings.fa3 import ORDINARY
from app.vat.rules.facts import Address, Invoice, Line, Party, RateTotal

CITY = "5265877635"
SELLER = "1234563218"
OTHER = "7740001454"


def money(text: str) -> Decimal:
    return Decimal(text)


def ksef_number(nip: str = SELLER, day: str = "20260302", technical: str = "0100001AF629") -> str:
    """A KSeF number with a right checksum."""
    first = f"{nip}-{day}-{technical}"
    return f"{first}-{ksef_checksum(first + '-')}"


def line(net: str = "100.00", rate: str | None = "23", no: int = 1, **other: Any) -> Line:
    facts: dict[str, Any] = {"text": "papier biurowy", "gross": None, "tax": None}
    return Line(no=no, net=money(net) if net else None, rate=rate, **{**facts, **other})


def total(field: str, net: str, tax: str | None = None, tax_pln: str | None = None) -> RateTotal:
    return RateTotal(field, money(net), money(tax) if tax else None, money(tax_pln) if tax_pln else None)


SUPPLIER = Party("Hurtownia Papier Sp. z o.o.", nip=SELLER, address=Address("ul. Inna 1", "00-001 Warszawa"))
MUNICIPALITY = Party("Gmina Kielce", nip=CITY, address=Address("Rynek 1", "25-303 Kielce"), serves_unit=True)

PURCHASE = Invoice(
    seller=SUPPLIER,
    buyer=MUNICIPALITY,
    others=(),
    kind="VAT",
    number="FV/2026/03/17",
    issued_on=date(2026, 3, 2),
    sold_on=None,
    period_from_on=None,
    period_to_on=None,
    currency="PLN",
    exchange_rate=None,
    totals=(total("1", "100.00", "23.00"),),
    gross=money("123.00"),
    lines=(line(),),
    annotations=dict(ORDINARY),
)
SALE = replace(
    PURCHASE,
    seller=Party("Gmina Kielce", nip=CITY, address=Address("Rynek 1", "25-303 Kielce")),
    buyer=Party("Piekarnia Nowak", nip=OTHER, address=Address("ul. Chlebowa 3", "25-010 Kielce"), serves_unit=False),
    number="SP12/7/2026",
)
