"""Rows of the registers as the rules know them, whichever table they stand in (working or published)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping, Select, Table, select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.vat.filings.jpk_v7m import purchase_body, sales_body
from app.vat.models import purchase, sale
from app.vat.rules.facts import Marker, PurchaseRow, SalesRow
from app.vat.rules.fields import PURCHASE_FIELDS, SALE_FIELDS

Row = RowMapping
BATCH = 2000
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


def sale_text(row: SalesRow, number: int | None = None) -> str:
    """The row as JPK_V7M writes it, all but its number; raises `Refusal` at the field that the form would not take.

    With `number` the refusal names the row too.
    """
    return sales_body(number, row)


def purchase_text(row: PurchaseRow, number: int | None = None) -> str:
    """As `sale_text`."""
    return purchase_body(number, row)


def live(table: Table, month: Month) -> Select[Any]:
    """Rows of a working register that count, in the order in which they are published."""
    return (
        select(table)
        .where(table.c.year == month.year, table.c.month == month.month, table.c.void_reason.is_(None))
        .order_by(table.c.issued_on, table.c.document_no.collate("C"), table.c.id)
    )


def each(session: Session, statement: Select[Any]) -> Iterator[Row]:
    """Rows of a statement one by one, fetched some thousands at a time."""
    yield from session.execute(statement, execution_options={"yield_per": BATCH}).mappings()


def sales_of(session: Session, month: Month) -> Iterator[Row]:
    """Live rows of the sales register."""
    return each(session, live(sale, month))


def purchases_of(session: Session, month: Month) -> Iterator[Row]:
    """Live rows of the purchases register."""
    return each(session, live(purchase, month))
