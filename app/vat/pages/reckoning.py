"""How the deduction of a purchase came about: its ratios, its steps, the article."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.kernel.dates import Month
from app.kernel.errors import NotFound
from app.kernel.money import ZERO, format_amount, format_pln
from app.kernel.reckoning import Step
from app.vat.pages.words import purchases_only, register_crumb, row_url, shown, use_label
from app.vat.queries.registers import purchases
from app.vat.rules.positions import name as position_name
from app.vat.rules.totals import REGISTER
from app.web.desk import Desk
from app.web.render import page
from policies.guards import may


@get(
    "/vat/rejestr/{side:str}/{month:str}/{row_id:uuid}/wyliczenie",
    guards=[may("vat.register", "read")],
    sync_to_thread=True,
)
def reckoning(
    desk: NamedDependency[Desk], side: FromPath[str], month: FromPath[str], row_id: FromPath[UUID]
) -> Response[Any]:
    """How the deduction of a purchase came about: beside the register, or as a page of its own."""
    purchases_only(side)
    wanted = Month.parse(month, "month")
    with desk.reading() as session:
        found = purchases.explained(session, row_id)
    if found.month != wanted:
        raise NotFound(f"W rejestrze za {wanted.label} nie ma takiego zakupu.", "id")
    columns, outcome = found.columns, found.reckoned.outcome
    deducted = (amount for name, amount in found.amounts.items() if name not in ("K_40", "K_42"))
    here = row_url(desk, "purchase", wanted, row_id)
    return page(
        "vat/reckoning.html",
        fragment="reckoning",
        desk=desk,
        title="Podatek do odliczenia",
        result=format_pln(sum(deducted, ZERO)),
        steps=[*(shown(outcome.reckoning) if outcome else []), *_typed(found.amounts)],
        facts=_facts(desk, wanted, columns, here),
        law=outcome.law if outcome else (),
        waits_for=found.waits_for,
        crumbs=[register_crumb(desk, "purchase", wanted), (columns["document_no"], here)],
    )


def _typed(amounts: Mapping[str, Decimal]) -> list[Step]:
    """Yearly corrections and reliefs of an internal document: they are added as they were entered."""
    names = ("K_44", "K_45", "K_46", "K_47")
    return [
        Step(position_name(name), f"kwota z dokumentu, {name}", format_amount(amounts[name]), REGISTER)
        for name in names
        if name in amounts
    ]


def _facts(desk: Desk, month: Month, columns: Mapping[str, Any], here: str) -> list[tuple[str, str, str | None]]:
    """What the deduction was computed from, for `ui.reckoning`."""
    ratios = desk.url(f"/vat/wspolczynniki?rok={month.year}") if desk.may("vat.ratio", "read") else None
    facts: list[tuple[str, str, str | None]] = [
        ("Dokument", columns["document_no"], here),
        ("Dostawca", columns["counterparty_name"], None),
        ("Netto", format_pln(columns["net"]), None),
        ("Podatek z dokumentu", format_pln(columns["vat"]), None),
        ("Służy", use_label(columns["use"]), None),
        ("Środek trwały", "tak" if columns["asset"] else "nie", None),
    ]
    for name, label in (("pre_ratio_pct", "Prewspółczynnik"), ("ratio_pct", "Współczynnik")):
        if columns[name] is not None:
            facts.append((f"{label} na {month.year}", f"{columns[name]}%", ratios))
    return facts


HANDLERS = [reckoning]
