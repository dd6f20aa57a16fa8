"""A month of a unit for tests of pages: invoices from KSeF, reports of the cash register, documents typed by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.vat.rules.entries.documents import PurchaseEntry
from app.vat.rules.facts import Marker, Party, SalesRow
from app.vat.rules.ratio import Elections
from app.vat.service import ratios, registers
from tests.vat.deliveries import delivery
from tests.vat.invoices import PURCHASE, SALE, line

MONTH = Month(2026, 9)
CLERK = "kasia.kos@sp1.example"
"""Who did what was done before anybody opened a page."""
SUPPLIERS = (
    ("Łódzka Hurtownia „Kłos” Jan Wiśniewski", "7740001454", "mąka pszenna, kasza", "385.03", "19.25"),
    ("Wodociągi Dąbrowskie sp. z o.o.", "5213017228", "woda i ścieki za wrzesień", "1510.23", "120.82"),
    ("Ogrody i Zieleń Marta Lis", "1234563218", "utrzymanie zieleni", "223.47", "17.88"),
    ("Przedsiębiorstwo Energetyki Cieplnej w Nowej Dąbrowie", "5260250274", "ciepło, wrzesień", "16410.03", "3774.31"),
    ("Zakład Usług Komunalnych „Czysto”", "5252344078", "wywóz odpadów", "1835.95", "422.27"),
    ("Sport-Parkiet Serwis", "7010004564", "cyklinowanie parkietu hali", "4269.80", "982.05"),
)


def supplier_invoice(place: int, number: str) -> Any:
    name, nip, text, net, tax = SUPPLIERS[place % len(SUPPLIERS)]
    sent = delivery("purchase", number, net=net, tax=tax)
    invoice = replace(
        sent.invoice,
        seller=Party(name, nip=nip, address=PURCHASE.seller.address),
        issued_on=date(2026, 9, 1 + place % 28),
        lines=(line(net, text=text),),
    )
    return replace(sent, invoice=invoice)


def fill(session: Session, *, purchases: int = 18, reports: int = 22) -> None:
    """A busy month: most purchases serve something already, three wait."""
    registers.set_habits(session, None, "whole")
    ratios.decide(
        session, 2026, "pre_ratio", Decimal("412300.50"), Decimal("2380100.00"), Elections(),
        "sprawozdania Rb-27S i Rb-28S za 2025 r., załącznik nr 3",
    )  # fmt: skip
    ratios.set_pct(session, 2026, "ratio", 64, "protokół nr 1401-SPV.4123.2.2026 z 20.01.2026")
    sent = [supplier_invoice(place, f"FV/{1200 + 37 * place}/09/2026") for place in range(purchases)]
    registers.receive(session, sent)
    buyers = ("Jan Kowalski", "Żabka Polska sp. z o.o.", "Rada Rodziców „Łączymy”")
    rents = [
        replace(one, invoice=replace(one.invoice, buyer=replace(SALE.buyer, name=buyers[place % 3])))
        for place, one in enumerate(
            delivery("sale", f"SP1/{n + 1}/09/2026", net=f"{1200 + 150 * n}.00", tax=f"{276 + 34.5 * n:.2f}")
            for n in range(6)
        )
    ]  # fmt: skip
    registers.receive(session, rents)
    for place in range(reports):
        registers.enter(session, MONTH, report(place + 1), "stołówka i basen")
    registers.enter(session, MONTH, receipt_invoice(), "karnet na basen")


def report(day: int, number: str | None = None) -> SalesRow:
    """A day's report of the cash register: meals and the pool."""
    amounts = {
        "K_10": Decimal(310 + 7 * day),
        "K_17": Decimal(450 + 11 * day),
        "K_18": (Decimal(450 + 11 * day) * 8 / 100).quantize(Decimal("0.01")),
        "K_19": Decimal(120 + 3 * day),
        "K_20": (Decimal(120 + 3 * day) * 23 / 100).quantize(Decimal("0.01")),
    }
    shown = number or f"RD/{day:03d}/2026"
    return SalesRow("BRAK", "BRAK", shown, date(2026, 9, day), Marker("DI"), amounts, document_type="RO")


def receipt_invoice() -> SalesRow:
    """An invoice to a receipt: in the register, in no sum."""
    amounts = {"K_17": Decimal("100.00"), "K_18": Decimal("8.00")}
    return SalesRow(
        "7740001454", "Klub „Delfin”", "FP/1/09/2026", date(2026, 9, 11), Marker("BFK"), amounts, document_type="FP"
    )


def bill(number: str = "R/7/2026", **other: Any) -> PurchaseEntry:
    """A purchase from outside KSeF."""
    facts: dict[str, Any] = {"use": "taxed", **other}
    return PurchaseEntry(
        "7740001454",
        "Piekarnia Nowak",
        number,
        date(2026, 9, 14),
        Marker("BFK"),
        Decimal("200.00"),
        Decimal("46.00"),
        **facts,
    )
