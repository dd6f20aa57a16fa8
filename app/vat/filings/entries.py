"""What JPK_V7M would not take of a document that a person enters."""

from __future__ import annotations

from app.vat.filings.jpk_v7m import purchase_body, sales_body
from app.vat.rules.entries.documents import Entry
from app.vat.rules.facts import SalesRow


def refuse_unwritable(entry: Entry) -> None:
    """Raises `Refusal` at the field that the form would not take: a text too long, a flag or a country unknown to it.

    Law: art. 109 ust. 3 ustawy o VAT; struktura JPK_V7M(3) 1-0E
    """
    if isinstance(entry, SalesRow):
        sales_body(None, entry)
    else:
        purchase_body(None, entry.row({}))
