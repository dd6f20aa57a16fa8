"""The content of a case as people approve it: one hash of the document and its description."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, is_dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from app.kernel.money import ZERO, format_amount
from app.purchasing.rules.facts import Description, Document


def plain(value: Any) -> Any:
    """For JSON: exact numbers as text, days ISO, structures as objects."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, Decimal):
        return f"{value.normalize() if value == ZERO else value:f}"
    return value.isoformat() if isinstance(value, date) else value


def content_hash(document: Document, description: Description | None) -> str:
    """SHA-256, hexadecimal, of both as canonical JSON."""
    content = {"document": plain(document), "description": plain(description)}
    written = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()


LONGEST = 120
"""Of two values that are told; longer ones are only named."""
_NAMES = {
    "number": "numer", "issued_on": "data wystawienia", "seller_nip": "NIP dostawcy", "seller_name": "dostawca",
    "gross": "kwota brutto", "net": "kwota netto", "vat": "podatek", "currency": "waluta", "due_on": "termin zapłaty",
    "account": "rachunek", "accounts": "rachunki", "split_marked": "oznaczenie podzielonej płatności",
    "annex_15": "załącznik nr 15", "factor": "faktor", "kind": "rodzaj dokumentu", "what": "co kupiono",
    "purpose": "cel", "contract": "umowa albo zamówienie", "classifications": "klasyfikacja budżetowa",
    "use": "przeznaczenie VAT", "asset": "środek trwały", "attachment": "załącznik", "corrects": "faktury korygowane",
    "paid_on": "data zapłaty", "ksef_number": "numer KSeF", "received_on": "data wpływu", "title": "nazwa towaru",
}  # fmt: skip


def differences(before: Document | Description | None, after: Document | Description | None) -> tuple[str, ...]:
    """What changed, in Polish: „kwota brutto: 100,00 → 120,00”; what only one of them has is named alone."""
    one, other = (plain(each) or {} for each in (before, after))
    return tuple(_differences(one, other))


def _differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> Iterator[str]:
    for name in dict.fromkeys((*one, *other)):
        if (was := one.get(name)) != (now := other.get(name)):
            words = _NAMES.get(name, name)
            if isinstance(was, str) and isinstance(now, str) and len(was) + len(now) <= LONGEST:
                yield f"{words}: {_word(name, was)} → {_word(name, now)}"
            else:
                yield words


def _word(name: str, value: str) -> str:
    return format_amount(Decimal(value)) if name in ("gross", "net", "vat") else value


def account_of(document: Document, description: Description | None) -> str | None:
    """The account that the unit named, else the document's own."""
    return (description.account if description else None) or document.account


def row_values(document: Document, description: Description | None) -> dict[str, Any]:
    """Columns of the case's row that repeat its document, to be found by."""
    return {
        "kind": document.kind,
        "number": document.number,
        "issued_on": document.issued_on,
        "due_on": document.due_on,
        "seller_nip": document.seller_nip,
        "seller_name": document.seller_name,
        "gross": document.gross,
        "currency": document.currency,
        "account": account_of(document, description),
        "document": plain(document),
        "description": None if description is None else plain(description),
    }
