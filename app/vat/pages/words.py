"""How the registers' codes read in Polish, and where their pages are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from app.kernel.dates import Month
from app.kernel.errors import Conflict, NotFound, Refusal
from app.kernel.reckoning import Step
from app.vat.queries.registers.month import Stage
from app.vat.queries.registers.row import Happened
from app.vat.rules.deduction import Use
from app.vat.rules.facts import Side
from app.vat.rules.purchase import USES
from app.web.desk import Desk
from app.web.parts import Event, Tone
from app.web.tables import Choice
from app.web.words import NONE, counted

NO_USE, NO_TAX = "brak", "bez-podatku"
"""What stands for a use that was not told: the purchase waits for it, or has no tax and needs none."""
INVOICE = "faktura"
"""What stands for a document without a type: an ordinary invoice."""

SIDES: Mapping[str, Side] = {"sprzedaz": "sale", "zakup": "purchase"}
_PATHS: Mapping[Side, str] = {side: path for path, side in SIDES.items()}
TITLES: Mapping[Side, str] = {"sale": "Rejestr sprzedaży", "purchase": "Rejestr zakupów"}
SHORT_TITLES: Mapping[Side, str] = {"sale": "Sprzedaż", "purchase": "Zakupy"}

USE_CHOICES = (
    Choice("taxed", "opodatkowane"),
    Choice("exempt", "zwolnione"),
    Choice("outside", "poza VAT"),
    Choice("taxed_and_exempt", "opodatkowane i zwolnione"),
    Choice("business_and_outside", "działalność i poza VAT"),
    Choice("all", "wszystkie trzy"),
    Choice(NO_USE, "nie wskazano", "warning"),
    Choice(NO_TAX, "bez podatku"),
)
"""What a purchase serves, short enough for a column."""
USE_OPTIONS: tuple[tuple[str, str], ...] = tuple((code, text[0].upper() + text[1:]) for code, text in USES.items())
MARKERS = (
    Choice("NrKSeF", "KSeF"),
    Choice("OFF", "OFF", "warning"),
    Choice("BFK", "BFK"),
    Choice("DI", "DI"),
)
MARKER_OPTIONS = (
    ("NrKSeF", "Numer KSeF"),
    ("OFF", "OFF – faktura offline, jeszcze bez numeru"),
    ("BFK", "BFK – faktura wystawiona poza KSeF"),
    ("DI", "DI – dowód inny niż faktura"),
)
SOURCES = (
    Choice("ksef", "KSeF"),
    Choice("cash", "raport kasy"),
    Choice("internal", "dowód wewnętrzny"),
    Choice("manual", "wpisany ręcznie"),
)
TYPES: Mapping[Side, tuple[Choice, ...]] = {
    "sale": (Choice(INVOICE, INVOICE), Choice("RO", "RO"), Choice("WEW", "WEW"), Choice("FP", "FP")),
    "purchase": (Choice(INVOICE, INVOICE), Choice("WEW", "WEW"), Choice("MK", "MK"), Choice("VAT_RR", "VAT RR")),
}
TYPE_NAMES = {
    INVOICE: "Faktura",
    "RO": "Raport kasy (RO)",
    "WEW": "Dowód wewnętrzny (WEW)",
    "FP": "Faktura do paragonu (FP)",
    "MK": "Faktura metody kasowej (MK)",
    "VAT_RR": "Faktura VAT RR",
}


@dataclass(frozen=True, slots=True)
class State:
    """Where a month stands, for `ui.status` and a sentence."""

    tone: Tone
    word: str
    text: str


def state(stage: Stage) -> State:
    """The state of a month in words."""
    if stage.state == "completed":
        return State("info", "czeka na podpis", "Rejestr jest uzupełniony i czeka na podpis kierownika jednostki.")
    if stage.state == "published":
        return State("success", f"podpisany, wersja {stage.version}", "Rejestr jest podpisany i opublikowany.")
    if stage.version:
        return State("warning", "otwarty ponownie", f"Po zmianach trzeba podpisać wersję {stage.version + 1}.")
    return State("neutral", "otwarty", "Wiersze można dodawać i zmieniać.")


def side_of(path: str) -> Side:
    """From the address: "sprzedaz" or "zakup". Raises `NotFound`."""
    if path not in SIDES:
        raise NotFound("Są dwa rejestry: sprzedaży i zakupów.", "side")
    return SIDES[path]


def purchases_only(path: str) -> None:
    """Only a purchase has a use and a deduction. Raises `NotFound` for sales."""
    if side_of(path) != "purchase":
        raise NotFound("Przeznaczenie i odliczenie mają tylko zakupy.", "side")


def register_url(desk: Desk, side: Side, month: Month, tail: str = "") -> str:
    """The address of a register or of something below it."""
    return desk.url(f"/vat/rejestr/{_PATHS[side]}/{month}{tail}")


def row_url(desk: Desk, side: Side, month: Month, row_id: UUID, tail: str = "") -> str:
    return register_url(desk, side, month, f"/{row_id}{tail}")


def register_crumb(desk: Desk, side: Side, month: Month) -> tuple[str, str]:
    """The step back to a register, for `ui.crumbs`."""
    return f"{SHORT_TITLES[side]}, {month.label}", register_url(desk, side, month)


def choice_label(choices: Sequence[Choice], code: str) -> str:
    return next((choice.label for choice in choices if choice.code == code), code)


def use_label(use: str | None) -> str:
    """What a purchase serves, in full; a code of a later release as it is."""
    return "nie wskazano" if use is None else {str(code): text for code, text in USES.items()}.get(use, use)


def percents(row: Mapping[str, Any]) -> str | None:
    """The ratios that a deduction was computed with: „58% × 97%”."""
    used = [f"{row[name]}%" for name in ("pre_ratio_pct", "ratio_pct") if row[name] is not None]
    return " × ".join(used) or None


_POINT = re.compile(r"(?<!\.[0-9]{2})(?<=[0-9])\.(?=[0-9])(?![0-9]{2}\.[0-9]{4})")


def shown(steps: Sequence[Step]) -> list[Step]:
    """Steps with decimal commas; the rules write exact numbers with a point. Days stay as they are."""
    return [
        replace(step, formula=_POINT.sub(",", step.formula), value=_POINT.sub(",", step.value).replace("-", "−"))
        for step in steps
    ]


def shown_text(text: str) -> str:
    """A formula or a value of a step that was kept as text."""
    return _POINT.sub(",", text)


def status_of(refusal: Refusal) -> int:
    """Of a page that shows a refusal where it happened."""
    return 409 if isinstance(refusal, Conflict) else 422


_DONE: Mapping[str, tuple[str, str]] = {
    "vat.enter": ("wprowadził(a) dokument", "plus"),
    "vat.void": ("unieważnił(a) wiersz", "circle-x"),
    "vat.set_use": ("ustawił(a) przeznaczenie", "tag"),
    "vat.set_marker": ("zmienił(a) oznaczenie", "edit"),
    "vat.complete": ("uzupełnił(a) rejestr", "clipboard-check"),
    "vat.publish": ("podpisał(a) rejestr", "signature"),
    "vat.reopen": ("otworzył(a) miesiąc ponownie", "arrow-back-up"),
    "vat.pay": ("zapisał(a) zapłatę", "cash"),
    "vat.correct_bad_debt": ("ujął(ęła) korektę złego długu", "refresh"),
    "vat.place_correction": ("ustalił(a) okres korekty", "calendar-month"),
    "vat.import_file": ("wczytał(a) dokumenty z pliku", "file-import"),
}


def event(happened: Happened) -> Event:
    """An entry of the audit trail for `ui.timeline`."""
    what, icon = _DONE.get(happened.verb, (happened.verb, "edit"))
    detail = _detail(happened)
    return Event(
        happened.actor,
        f"{what}: {detail}" if detail else what,
        happened.at,
        happened.mandate,
        tuple(_changes(happened)),
        icon,
    )


def _detail(happened: Happened) -> str | None:
    after = happened.after
    match happened.verb:
        case "vat.void" | "vat.reopen":
            return str(after.get("reason") or "")
        case "vat.set_use":
            use: Use | None = after.get("use")
            assets: Mapping[Any, str] = {True: ", środek trwały", False: ", nie środek trwały"}
            return f"{use_label(use)}{assets.get(after.get('asset'), '')}"
        case "vat.publish":
            return f"wersja {after.get('version')}"
        case "vat.import_file":
            return counted(int(after.get("documents") or 0), "dokument", "dokumenty", "dokumentów")
    return None


def _changes(happened: Happened) -> list[tuple[str, str, str]]:
    if happened.verb != "vat.set_marker":
        return []
    names = {"marker": "Oznaczenie", "ksef_number": "Numer KSeF"}
    pairs = ((label, happened.before.get(name), happened.after.get(name)) for name, label in names.items())
    return [(label, before or NONE, after or NONE) for label, before, after in pairs if before != after]
