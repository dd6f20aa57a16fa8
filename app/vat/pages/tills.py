"""Cash registers of a month: reports of each, what is missing in them, invoices to receipts."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.kernel.dates import Month
from app.vat.pages.words import register_url, state
from app.vat.queries.registers import tills
from app.vat.queries.registers.month import stage
from app.vat.rules.facts import Finding
from app.web.desk import Desk
from app.web.parts import Check
from app.web.render import page
from policies.guards import may

TITLES = {
    "gap": "Brakuje raportów",
    "repeated": "Raport jest dwa razy",
    "order": "Daty nie idą po kolei",
    "day": "Dni bez raportu",
    "both": "Sprzedaż liczona dwa razy",
    "monthly": "Dwa raporty miesięczne",
    "receipt": "Faktura bez pary",
}


@get("/vat/kasy/{month:str}", guards=[may("vat.register", "read")], sync_to_thread=True)
def show(desk: NamedDependency[Desk], month: FromPath[str]) -> Response[Any]:
    """Every till of the month."""
    wanted = Month.parse(month, "month")
    with desk.reading() as session:
        facts = stage(session, wanted)
        found = tills.of_month(session, wanted)
    may_enter = facts.state == "open" and desk.may("vat.register", "enter")
    return page(
        "vat/tills.html",
        desk=desk,
        month=wanted,
        month_href=lambda other: desk.url(f"/vat/kasy/{other}"),
        state=state(facts),
        found=found,
        checks=lambda till: checks(till.findings) or [Check("success", "Numery i dni bez luk")],
        receipts=checks(found.findings) or [Check("success", "Każda faktura do paragonu ma parę")],
        sales_href=register_url(desk, "sale", wanted, "?typ=RO"),
        enter_href=desk.url(f"/vat/dokument/{wanted}/nowy?rodzaj=RO") if may_enter else None,
    )


def checks(findings: tuple[Finding, ...]) -> list[Check]:
    """Findings of tills for a list of checks."""
    tones = {"error": "danger", "warning": "warning"}
    return [Check(tones[one.severity], TITLES[one.code], one.message) for one in findings]  # type: ignore[arg-type]


HANDLERS = [show]
