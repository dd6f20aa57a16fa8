"""JPK_V7M(3) 1-0E: the one file a month that a taxpayer sends, written and read back.

`write` streams rows into the file, `read_totals` streams a file back into what it declares and what its rows say,
`verify` compares the two: the schema checks shapes only, every equation is checked here.
"""

from __future__ import annotations

from app.vat.filings.jpk_v7m.heading import Choices, Header, Taxpayer
from app.vat.filings.jpk_v7m.reading import Totals, read_totals, verify
from app.vat.filings.jpk_v7m.rows import (
    FLAGS,
    PURCHASE_AMOUNTS,
    PURCHASE_HEAD,
    SALES_AMOUNTS,
    SALES_HEAD,
    purchase_body,
    sales_body,
)
from app.vat.filings.jpk_v7m.text import NAMESPACE
from app.vat.filings.jpk_v7m.writing import ControlSums, Out, Written, write, write_texts

__all__ = [
    "FLAGS",
    "NAMESPACE",
    "PURCHASE_AMOUNTS",
    "PURCHASE_HEAD",
    "SALES_AMOUNTS",
    "SALES_HEAD",
    "Choices",
    "ControlSums",
    "Header",
    "Out",
    "Taxpayer",
    "Totals",
    "Written",
    "purchase_body",
    "read_totals",
    "sales_body",
    "verify",
    "write",
    "write_texts",
]
