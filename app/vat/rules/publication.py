"""A partial return as a unit publishes it: who may sign it, which rows it has, its sums and the hash over all of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.vat.rules.facts import PurchaseRow, SalesRow
from app.vat.rules.totals import add_up

FORMAT = "magistrat/vat-publication/1"
FOUR_EYES = (
    "art. 53 ust. 1 i art. 69 ust. 1 pkt 3 ustawy o finansach publicznych; standard kontroli zarządczej C.14 "
    "(komunikat nr 23 Ministra Finansów z 16.12.2009 r.)"
)
_INVOICE_TO_RECEIPT = "FP"
_CLOSED = {"completed": "uzupełniony i czeka na podpis", "published": "podpisany i opublikowany"}


def closed_sentence(month: Month, state: str) -> str:
    """Why nothing may be written into a month that is completed or published."""
    return f"Miesiąc {month} jest zamknięty ({_CLOSED[state]}). Zmiany są możliwe po jego ponownym otwarciu."


def refuse_same_person(completed_by: str, signing: str) -> None:
    """Whoever completed the register may not sign it: the head answers for it and looks at another's work.

    Names are compared without case and outer spaces. Raises `Refusal`.

    Law: art. 53 ust. 1 i art. 69 ust. 1 pkt 3 ustawy o finansach publicznych; standard kontroli zarządczej C.14
    """
    if completed_by.strip().casefold() == signing.strip().casefold():
        raise Refusal(
            f"Rejestr uzupełnił(a) {completed_by.strip()}, więc podpisać musi go inna osoba: autor nie zatwierdza "
            "własnej pracy.",
            "signed_by",
            FOUR_EYES,
        )


def belongs(amounts: Mapping[str, Decimal], margin_gross: Decimal | None) -> bool:
    """Whether a purchase is a row of the return: something is deducted or corrected, or its margin must be shown.

    Law: art. 109 ust. 3 ustawy o VAT (ewidencja zawiera dane do określenia podatku naliczonego)
    """
    tax = any(amount for name, amount in amounts.items() if name not in ("K_40", "K_42"))
    return tax or margin_gross is not None


def sums(sales: Iterable[SalesRow], purchases: Iterable[PurchaseRow]) -> dict[str, Decimal]:
    """K_ → złote of both registers. FP rows are rows, but their sale is already in the reports of the cash registers.

    Law: art. 106h ust. 1–3, art. 109 ust. 3d ustawy o VAT
    """
    counted = (row.amounts for row in sales if row.document_type != _INVOICE_TO_RECEIPT)
    return add_up([*counted, *(row.amounts for row in purchases)])


def sums_text(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    """As they are stored and hashed: "K_19" → "1234.50", by name."""
    return {name: f"{amounts[name]:.2f}" for name in sorted(amounts)}


def digest(month: Month, totals: Mapping[str, str], sales: Sequence[str], purchases: Sequence[str]) -> str:
    """SHA-256 (hex) of the canonical form: a line of JSON with the month, counts and sums, then every row in order.

    `sales` and `purchases` are rows as JPK_V7M writes them without their numbers, each a line, so what is hashed is
    what is sent; keys and times are not in it, and the same content published again has the same hash.
    """
    head = {
        "format": FORMAT,
        "month": str(month),
        "sales": len(sales),
        "purchases": len(purchases),
        "sums": dict(totals),
    }
    whole = hashlib.sha256(json.dumps(head, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
    for body in (*sales, *purchases):
        whole.update(body.encode())
    return whole.hexdigest()
