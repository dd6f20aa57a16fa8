"""Deliveries, rows and a completed month for tests of the registers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.vat.models import published_purchase, published_sale, purchase, sale
from app.vat.rules.delivery import Delivery
from app.vat.rules.entries.documents import PurchaseEntry
from app.vat.rules.facts import Invoice, Marker, SalesRow, Side
from tests.vat.invoices import PURCHASE, SALE, ksef_number, total

MONTH = Month(2026, 9)
DAY = date(2026, 9, 14)
CLERK, HEAD = "anna.lis@sp1.example", "jan.dab@sp1.example"


def invoice(side: Side, number: str, net: str = "100.00", tax: str = "23.00", **other: Any) -> Invoice:
    """An ordinary invoice of the basic rate."""
    ordinary = SALE if side == "sale" else PURCHASE
    gross = Decimal(net) + Decimal(tax)
    return replace(ordinary, number=number, issued_on=DAY, totals=(total("1", net, tax),), gross=gross, **other)


def delivery(side: Side, number: str, month: Month = MONTH, **other: Any) -> Delivery:
    """A new one each time; the invoice has a KSeF number."""
    made = invoice(side, number, **other)
    seller = made.seller.nip or ""
    return Delivery(
        uuid4(), uuid4(), side, month, ksef_number(seller, "20260914", f"{uuid4().int % 16**12:012X}"), made
    )


def report(number: str, net: str = "100.00", tax: str = "23.00", day: date = DAY) -> SalesRow:
    """A report of a cash register."""
    amounts = {"K_19": Decimal(net), "K_20": Decimal(tax)}
    return SalesRow("BRAK", "BRAK", number, day, Marker("DI"), amounts, document_type="RO")


def bill(number: str, net: str = "100.00", vat: str = "23.00", **other: Any) -> PurchaseEntry:
    """A purchase from outside KSeF."""
    facts: dict[str, Any] = {"use": "taxed", **other}
    return PurchaseEntry(
        "7740001454", "Piekarnia Nowak", number, DAY, Marker("BFK"), Decimal(net), Decimal(vat), **facts
    )


def rows(session: Session, side: Side, *, void: bool = False) -> list[Any]:
    """Rows of a working register by document number; live ones unless `void`."""
    table = sale if side == "sale" else purchase
    wanted = table.c.void_reason.is_not(None) if void else table.c.void_reason.is_(None)
    return list(session.execute(select(table).where(wanted).order_by(table.c.document_no)))


def published(session: Session, side: Side, publication_id: Any) -> list[Any]:
    """Rows of a publication in order."""
    table = published_sale if side == "sale" else published_purchase
    return list(session.execute(select(table).where(table.c.publication_id == publication_id).order_by(table.c.pos)))
