"""What stands in a unit's registers besides an ordinary month, for tests of pages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.vat.rules.entries.circumstances import Circumstances
from app.vat.rules.evidence import Line, Sheet
from app.vat.rules.facts import Marker, SalesRow
from app.vat.rules.ratio import Elections
from app.vat.service import assets, bad_debts, corrections, ratios, registers
from app.vat.service.assets import AssetFacts
from tests.vat.pages.month import MONTH, bill, report

MAY = Month(2026, 5)


@dataclass(frozen=True)
class Depth:
    """Keys of what was made."""

    debt: UUID
    relief: UUID
    asset: UUID
    sheet: UUID
    correction: UUID


def deepen(session: Session) -> Depth:
    """Two tills, one with a hole; a debt taken back; a year with a correction; a sheet; a correcting invoice."""
    for till, numbers in (("EAB 1901234567", (41, 42, 44)), ("EAC 1907654321", (7,))):
        for day, number in enumerate(numbers, 1):
            known = Circumstances(till_no=till, report_no=number, report_kind="daily", returns_gross=Decimal("-12.50"))
            registers.enter(session, MONTH, report(day, f"RD/{till[:3]}/{number}"), "basen", known)
    owed = SalesRow(
        "7740001454", "Bar Pod Kogutem", "SP1/1/05/2026", date(2026, 5, 20), Marker("BFK"),
        {"K_19": Decimal("1000.00"), "K_20": Decimal("230.00")},
    )  # fmt: skip
    debt = registers.enter(session, MAY, owed, "najem sali", Circumstances(due_on=date(2026, 6, 10))).id
    bad_debts.pay(session, "sale", debt, date(2026, 7, 1), Decimal("300.00"), "wyciąg nr 7")
    (relief,) = bad_debts.correct(session, MONTH, "sale", debt)
    other = registers.enter(
        session, MAY, replace(owed, document_no="SP1/2/05/2026"), None, Circumstances(due_on=date(2026, 6, 12))
    )
    assert other.id
    ratios.set_pct(session, 2025, "pre_ratio", 20, "protokół nr 3/2025")
    ratios.set_pct(session, 2025, "pre_ratio", 24, "dane za 2025 r.", "final")
    ratios.set_pct(session, 2024, "pre_ratio", 20, "dane za 2024 r.", "final")
    bought = replace(bill("FV/7/05/2025", use="business_and_outside"), issued_on=date(2025, 5, 14))
    registers.enter(session, Month(2025, 5), replace(bought, net=Decimal("400000.00"), vat=Decimal("92000.00")))
    registers.enter(session, MONTH, bill("FV/11/09/2026", asset=True))
    hall = AssetFacts(
        "BUD/1", "Hala sportowa przy ul. Szkolnej", "real_estate", Decimal("2500000.00"), Decimal("500000.00"),
        date(2024, 6, 1), "business_and_outside", Decimal("20"),
    )  # fmt: skip
    asset = assets.register(session, hall).id
    corrections.propose(session, 2025)
    lines = (
        Line("720-01", "wstęp na basen", Decimal("38000.00"), "both"),
        Line("720-02", "najem sali miejskiej", Decimal("1500.00"), "both", "own_municipality", "nota 4/2025"),
        Line("Rb-28S", "wydatki wykonane", Decimal("4082000.00"), "denominator"),
    )
    made = ratios.decide_by_sheet(session, 2026, "preliminary", Sheet("unit", lines), Elections(), "Rb-27S i Rb-28S")
    amounts = {"K_19": Decimal("-100.00"), "K_20": Decimal("-23.00")}
    lowered = replace(owed, document_no="KOR/1/09/2026", issued_on=date(2026, 9, 14), amounts=amounts)
    correction = registers.enter(session, MONTH, lowered, "rabat").id
    return Depth(debt, relief, asset, made.id, correction)
