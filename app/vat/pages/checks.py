"""What the system checked in a month, as a list for people: what blocks it, what deserves a look, what is in order."""

from __future__ import annotations

from collections.abc import Iterator

from app.kernel.dates import Month
from app.vat.pages.words import NO_USE, register_url
from app.vat.queries.registers.month import Status
from app.vat.queries.registers.tills import TillsMonth
from app.vat.rules.facts import Finding, Side
from app.web.desk import Desk
from app.web.parts import Check, Tone
from app.web.words import counted

MOST = 20
"""Refused documents named one by one; the rest is counted."""

_TITLES = {
    "no_use": "Zakupy bez przeznaczenia",
    "no_pre_ratio": "Brakuje prewspółczynnika",
    "no_ratio": "Brakuje współczynnika",
    "form": "Formularz JPK_V7M nie przyjmie dokumentu",
    "offline": "Dokumenty bez numeru KSeF",
}
_ORDER = ("no_use", "no_pre_ratio", "no_ratio", "form", "offline")


def checks(desk: Desk, found: Status) -> list[Check]:
    """Errors first, then warnings, then what is in order."""
    shown = [_check(desk, found, finding) for finding in _first(found.findings)]
    hidden = len(found.findings) - len(shown)
    if hidden:
        more = counted(hidden, "dokumentu", "dokumentów", "dokumentów")
        shown.append(
            Check("danger", f"Formularz nie przyjmie jeszcze {more}", "Popraw te powyżej, pokażą się następne.")
        )
    return [*shown, *_in_order(found)]


def around(desk: Desk, month: Month, known: TillsMonth, debts: int) -> list[Check]:
    """What deserves a look beside the rows: tills with holes, unpaid invoices whose correction falls due."""
    found = []
    holes = sum(len(till.findings) for till in known.tills) + len(known.findings)
    if holes:
        words = counted(holes, "uwaga", "uwagi", "uwag")
        found.append(
            Check("warning", "Kasy rejestrujące", f"{words} do raportów.", desk.url(f"/vat/kasy/{month}"), "Kasy")
        )
    if debts:
        words = counted(debts, "faktura ma", "faktury mają", "faktur ma")
        text = f"{words} w tym miesiącu korektę do ujęcia."
        found.append(Check("warning", "Złe długi", text, desk.url(f"/vat/zle-dlugi/{month}"), "Złe długi"))
    return found


def _first(findings: tuple[Finding, ...]) -> list[Finding]:
    """In the order in which they are worked on, refused documents up to `MOST`."""
    ordered = sorted(findings, key=lambda one: _ORDER.index(one.code))
    refused = [one for one in ordered if one.code == "form"][MOST:]
    return [one for one in ordered if one not in refused]


def _check(desk: Desk, found: Status, finding: Finding) -> Check:
    month = found.stage.month
    tone: Tone = "danger" if finding.severity == "error" else "warning"
    href, action = None, None
    if finding.code == "no_use":
        href, action = register_url(desk, "purchase", month, f"?przeznaczenie={NO_USE}"), "Wskaż przeznaczenie"
    elif finding.code in ("no_pre_ratio", "no_ratio") and desk.may("vat.ratio", "read"):
        href, action = desk.url(f"/vat/wspolczynniki?rok={month.year}"), "Współczynniki"
    elif finding.code == "offline":
        side: Side = "sale" if "sprzedaży" in finding.message else "purchase"
        href, action = register_url(desk, side, month, "?oznaczenie=OFF"), "Pokaż dokumenty"
    return Check(tone, _TITLES[finding.code], finding.message, href, action)


def _in_order(found: Status) -> Iterator[Check]:
    codes, stage = {one.code for one in found.findings}, found.stage
    if not stage.sales and not stage.purchases:
        yield Check("info", "Rejestr jest pusty", "Pusty miesiąc też trzeba zamknąć: miasto czeka na każdą jednostkę.")
        return
    lines = counted(stage.sales, "wiersz sprzedaży", "wiersze sprzedaży", "wierszy sprzedaży")
    bought = counted(stage.purchases, "wiersz zakupów", "wiersze zakupów", "wierszy zakupów")
    if "form" not in codes:
        yield Check("success", "Każdy dokument zmieści się w JPK_V7M", f"Sprawdzono {lines} i {bought}.")
    if "no_use" not in codes:
        yield Check("success", "Każdy zakup z podatkiem ma przeznaczenie")
    if not codes & {"no_pre_ratio", "no_ratio"}:
        yield Check("success", f"Nie brakuje współczynników na rok {stage.month.year}")
    if "offline" not in codes:
        yield Check("success", "Żaden dokument nie czeka na numer KSeF")
