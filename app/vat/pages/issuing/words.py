"""Codes of issued invoices in Polish, and addresses of their pages."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from app.vat.filings.fa3.words import KINDS, PAYMENTS
from app.vat.rules.issuing.draft import RATES
from app.web.desk import Desk
from app.web.tables import Choice

LIST, EDITOR, DRAFTS = "/vat/wystawione", "/vat/wystaw", "/vat/szkice"
STATES = (
    Choice("issued", "czeka na wysłanie", "warning", "clock"),
    Choice("sent", "wysłana, bez odpowiedzi", "info", "send"),
    Choice("accepted", "przyjęta przez KSeF", "success", "circle-check"),
    Choice("rejected", "odrzucona przez KSeF", "danger", "circle-x"),
    Choice("replaced", "zastąpiona", "neutral", "copy"),
)
KIND_CHOICES = tuple(Choice(code, words) for code, words in KINDS.items())
NEW_KINDS = tuple((code, KINDS[code]) for code in ("VAT", "UPR", "ZAL", "ROZ"))
BUYERS = (
    ("company", "firma lub instytucja z NIP"),
    ("person", "osoba bez NIP"),
    ("unit", "samorząd, dla swojej jednostki (JST)"),
    ("eu", "podatnik z innego państwa Unii"),
    ("foreign", "nabywca spoza Unii"),
)
RATE_CHOICES = tuple((rate, f"{rate} %" if rate.isdigit() else rate) for rate in RATES)
PRICINGS = (("net", "netto"), ("gross", "brutto"))
ROUNDINGS = (("total", "raz, od sumy stawki"), ("line", "w każdej pozycji"))
PAYMENT_CHOICES = tuple((str(code), words) for code, words in PAYMENTS.items())
BASES = (("A", "ustawa lub rozporządzenie"), ("B", "dyrektywa 2006/112/WE"), ("C", "inna podstawa"))
MARGINS = (("2", "usługi turystyki"), ("3_1", "towary używane"), ("3_2", "dzieła sztuki"), ("3_3", "antyki"))
EFFECTS = (("2", "w miesiącu korekty"), ("1", "w miesiącu faktury pierwotnej"), ("3", "inaczej w różnych pozycjach"))
METHODS = (("before_after", "pozycje przed i po korekcie"), ("difference", "same różnice"))
MODES = (("online", "online, wyślij od razu do KSeF"), ("offline24", "offline24, z dwoma kodami QR"))


def invoice_url(desk: Desk, invoice_id: UUID, tail: str = "") -> str:
    return desk.url(f"{LIST}/{invoice_id}{tail}")


def draft_url(desk: Desk, draft_id: UUID, tail: str = "") -> str:
    return desk.url(f"{DRAFTS}/{draft_id}{tail}")


def crumb(desk: Desk) -> tuple[str, str]:
    return "Faktury wystawione", desk.url(LIST)


def term(send_by_on: date | None, on: date) -> tuple[str, str] | None:
    """(tone, words) of the term of sending; None when nothing is due."""
    if send_by_on is None:
        return None
    left = (send_by_on - on).days
    if left < 0:
        return "danger", f"termin wysłania minął {send_by_on:%d.%m.%Y}"
    return ("warning", "wyślij dziś") if left == 0 else ("info", f"wyślij do {send_by_on:%d.%m.%Y}")


def state_of(code: str) -> Any:
    return next(choice for choice in STATES if choice.code == code)
