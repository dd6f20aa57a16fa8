"""A document as the circulation needs it: from an invoice of KSeF, and what must hold for a paper and a description."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from app.kernel.errors import Refusal
from app.kernel.ids import nrb
from app.kernel.money import ZERO, format_amount, parse_pln
from app.purchasing.rules.circulation import SHORTEST_REASON
from app.purchasing.rules.facts import Classification, Description, Document, Kind
from app.vat.rules.facts import Invoice
from app.vat.rules.purchase import known_use

FACTOR = 1
"""Role of Podmiot3."""
KINDS: Mapping[str, Kind] = {
    "KOR": "correction", "KOR_ZAL": "correction", "KOR_ROZ": "correction", "ZAL": "advance",
}  # fmt: skip


def of_invoice(invoice: Invoice, ksef_number: str | None, received_on: date) -> Document:
    """The document of an FA(3) invoice, as the circulation needs it."""
    accounts = tuple(dict.fromkeys(found for text in invoice.bank_accounts if (found := _account(text))))
    factor = next((one for one in invoice.others if one.role == FACTOR), None)
    tax = sum((one.tax_pln if one.tax_pln is not None else one.tax or ZERO for one in invoice.totals), ZERO)
    net = sum((one.net for one in invoice.totals), ZERO)
    texts = dict.fromkeys(line.text for line in invoice.lines if line.text)
    seller = invoice.seller
    return Document(
        kind=KINDS.get(invoice.kind, "invoice"),
        number=invoice.number,
        issued_on=invoice.issued_on,
        seller_nip=(seller.nip or seller.vat_eu or seller.foreign_id or "BRAK")[:50],
        seller_name=(seller.name or "BRAK")[:512],
        gross=invoice.gross,
        net=net,
        vat=tax,
        currency=invoice.currency,
        received_on=received_on,
        due_on=invoice.due_on,
        account=accounts[0] if accounts else None,
        accounts=accounts,
        split_marked=invoice.annotations.get("P_18A") == "1",
        annex_15=any(line.annex_15 for line in invoice.lines),
        factor=None if factor is None else (factor.name or "faktor")[:240],
        factor_nip=None if factor is None else factor.nip,
        corrects=tuple(number for _, number, _ in invoice.corrected),
        ksef_number=ksef_number,
        title="; ".join(texts)[:400] or None,
        paid_on=invoice.paid_on,
    )


def _account(text: str) -> str | None:
    try:
        return nrb(text)
    except Refusal:  # a foreign or misspelt account: the sheet shows it, a transfer cannot be made to it
        return None


def check_paper(document: Document, on: date) -> None:
    """Raises `Refusal`."""
    if document.gross == ZERO:
        raise Refusal("Kwota do zapłaty nie może być zerem.", "gross")
    if document.net + document.vat != document.gross:
        raise Refusal("Kwota brutto nie jest sumą netto i podatku.", "gross")
    if document.issued_on > on:
        raise Refusal("Data wystawienia nie może być późniejsza niż dziś.", "issued_on")


def check_description(description: Description) -> None:
    """Raises `Refusal` at the first field that will not do."""
    if len(description.what.strip()) < SHORTEST_REASON:
        raise Refusal("Napisz, co kupiono.", "what")
    if len(description.purpose.strip()) < SHORTEST_REASON:
        raise Refusal("Napisz, do czego to służy.", "purpose")
    if description.use is not None:
        known_use(description.use)


_LINE = re.compile(
    r"([0-9]{3})[ ./-]([0-9]{5})[ ./-]([0-9]{3}[0-9]?)\s+(-?[0-9][0-9 \u202f\u00a0]*(?:[.,][0-9]{1,2})?)(?:\s+(.+))?"
)


def classifications(text: str, field: str = "classifications") -> tuple[Classification, ...]:
    """Budget parts from text, one a line: „801-80101-4210 1 200,00 zadanie”. Raises `Refusal` that names the line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise Refusal(
                f"Wiersza {number} nie rozumiem. Wpisz dział, rozdział, paragraf i kwotę: 801-80101-4210 123,00.", field
            )
        amount = parse_pln(match[4], field)
        found.append(Classification(match[1], match[2], match[3], amount, (match[5] or "").strip()[:120] or None))
    return tuple(found)


def classification_lines(parts: tuple[Classification, ...]) -> str:
    """As a person would have typed them."""
    return "\n".join(
        f"{one.division}-{one.chapter}-{one.paragraph} {format_amount(one.amount)} {one.task or ''}".strip()
        for one in parts
    )
