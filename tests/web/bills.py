"""A small table of bills, for the tests of tables: described once, its rows in memory."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from app.web.tables import Choice, Column, Table


@dataclass(frozen=True)
class Bill:
    id: int
    number: str
    supplier: str
    issued_on: date
    paid_at: datetime | None
    month: str
    net: Decimal
    pieces: int | None
    state: str


def bill(id: int, supplier: str, day: int, net: str, *, pieces: int | None = None, state: str = "new") -> Bill:
    paid_at = datetime(2026, 9, day, 22, 30, tzinfo=UTC) if state == "paid" else None
    return Bill(
        id, f"FV/{id}", supplier, date(2026, 9, day), paid_at, f"2026-{8 + day % 2:02d}", Decimal(net), pieces, state
    )


BILLS = (
    bill(1, "Tauron", 1, "1234.56", pieces=3, state="paid"),
    bill(2, "Ąbud", 2, "-200.00"),
    bill(3, "tauron dystrybucja", 3, "1234.00", pieces=10),
    bill(4, "100% Len", 30, "0.00", pieces=1, state="paid"),
    bill(5, "Zieleń_Miejska", 15, "99999.99", state="lost"),
)

TABLE = Table(
    "rachunki",
    "Rachunki",
    (
        Column("number", "Numer", kind="code", param="numer", link=lambda row: f"/rachunek/{row.id}"),
        Column("supplier", "Dostawca", param="dostawca", sub=lambda row: f"nr {row.id}"),
        Column("issued_on", "Wystawiony", kind="date", param="wystawiony"),
        Column("paid_at", "Zapłacony", kind="instant", param="zaplacony", minor=True),
        Column("month", "Miesiąc", kind="month", param="miesiac", filter=False, sort=False),
        Column("net", "Netto", kind="amount", param="netto", total=True, explain=lambda row: f"/wyliczenie/{row.id}"),
        Column("pieces", "Sztuk", kind="number", param="sztuk", total=True),
        Column(
            "state",
            "Stan",
            kind="status",
            param="stan",
            choices=(Choice("new", "nowy", "info"), Choice("paid", "zapłacony", "success"), Choice("lost", "zgubiony")),
        ),
    ),
    words=("rachunek", "rachunki", "rachunków"),
    row_key=lambda row: str(row.id),
    order="-wystawiony",
    size=2,
    sizes=(2, 5),
)
