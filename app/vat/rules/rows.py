"""Rows of the registers as the database keeps them, and as the rules know them; working or published, all the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from app.vat.rules.facts import Marker, PurchaseRow, SalesRow, Side
from app.vat.rules.fields import PURCHASE_FIELDS, SALE_FIELDS
from app.vat.rules.totals import BASES, DUE, total

Row = Mapping[Any, Any]
"""Columns of one row by name."""
_SHARED = (
    "counterparty_no", "counterparty_name", "document_no", "issued_on", "country", "document_type", "margin_gross",
)  # fmt: skip


def sales_row(row: Row) -> SalesRow:
    """From a row of `vat_sale` or `vat_published_sale`."""
    return SalesRow(
        **{name: row[name] for name in _SHARED},
        marker=Marker(row["marker"], row["ksef_number"]),
        amounts=amounts(row, SALE_FIELDS),
        sold_on=row["sold_on"],
        flags=frozenset(row["flags"]),
        bad_debt_due_on=row["bad_debt_due_on"],
        bad_debt_paid_on=row["bad_debt_paid_on"],
    )


def purchase_row(row: Row) -> PurchaseRow:
    """From a row of `vat_purchase` or `vat_published_purchase`."""
    return PurchaseRow(
        **{name: row[name] for name in _SHARED},
        marker=Marker(row["marker"], row["ksef_number"]),
        amounts=amounts(row, PURCHASE_FIELDS),
        received_on=row["received_on"],
        imported=row["imported"],
    )


def amounts(row: Row, fields: Iterable[str]) -> dict[str, Decimal]:
    """K_ → złote, only those that the row has."""
    found = ((name, row[name.lower()]) for name in fields)
    return {name: amount for name, amount in found if amount is not None}


def sale_columns(row: SalesRow) -> dict[str, Any]:
    """What `vat_sale` keeps of the row; a column absent in the row is None."""
    return {
        **{name: getattr(row, name) for name in _SHARED},
        "marker": row.marker.kind,
        "ksef_number": row.marker.ksef_number,
        "sold_on": row.sold_on,
        "flags": sorted(row.flags),
        "bad_debt_due_on": row.bad_debt_due_on,
        "bad_debt_paid_on": row.bad_debt_paid_on,
        **{name.lower(): row.amounts.get(name) for name in SALE_FIELDS},
    }


def purchase_columns(row: PurchaseRow) -> dict[str, Any]:
    """What `vat_purchase` keeps of the row, its reckoning apart."""
    return {
        **{name: getattr(row, name) for name in _SHARED},
        "marker": row.marker.kind,
        "ksef_number": row.marker.ksef_number,
        "received_on": row.received_on,
        "imported": row.imported,
        **{name.lower(): row.amounts.get(name) for name in PURCHASE_FIELDS},
    }


def gross_of(side: Side, row: Row) -> Decimal:
    """What is to be paid for the document of a row of the working registers, złote."""
    if side == "purchase":
        return Decimal(row["net"] + row["vat"])
    own = amounts(row, SALE_FIELDS)
    return total(own, "K_", BASES) + total(own, "K_", DUE)
