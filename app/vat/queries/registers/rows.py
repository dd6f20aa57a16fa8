"""Rows of a unit's registers as statements with their columns, for tables and exports; sums and drill-down by K_."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Table, case, func, literal, select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.money import ZERO
from app.vat.models import published_purchase, published_sale, purchase, sale
from app.vat.queries.inbox.listings import Listing
from app.vat.rules.facts import Side
from app.vat.rules.fields import PURCHASE_FIELDS, SALE_FIELDS
from app.vat.rules.totals import BASES, DUE, DUE_LESS, INPUT

WORKING: dict[Side, Table] = {"sale": sale, "purchase": purchase}
PUBLISHED: dict[Side, Table] = {"sale": published_sale, "purchase": published_purchase}
FIELDS: dict[Side, tuple[str, ...]] = {"sale": SALE_FIELDS, "purchase": PURCHASE_FIELDS}
_SHARED = (
    "counterparty_no", "counterparty_name", "country", "document_no", "issued_on", "marker", "ksef_number",
    "document_type", "margin_gross",
)  # fmt: skip
_OWN: dict[Side, tuple[str, ...]] = {
    "sale": ("sold_on", "flags", "bad_debt_due_on", "bad_debt_paid_on"),
    "purchase": ("received_on", "imported"),
}
SIDE_OF: dict[str, Side] = {name: side for side, names in FIELDS.items() for name in names}
"""The register a K_ field belongs to."""
_WORKED_ON = ("sort_name", "source", "description", "invoice_id", "void_reason", "created_by", "recorded_at")


def listing(session: Session, month: Month, side: Side, *, void: bool = False) -> Listing:
    """The working register: rows that count, or (`void`) those that do not any more.

    Columns, besides those of the table: `net` and `tax` (of a sale: all its bases and the tax due; of a purchase: as on
    the document), `deductible` of a purchase, the K_ fields in lower case. `counts`: False for FP rows, which are rows
    but in no sum.
    """
    table = WORKING[side]
    columns = {name: table.c[name] for name in (*_SHARED, *_OWN[side], *_WORKED_ON)}
    columns |= _money(table, side) | _fields(table, side)
    if side == "purchase":
        columns |= {name: table.c[name] for name in ("use", "asset", "pre_ratio_pct", "ratio_pct")}
    standing = table.c.void_reason.is_not(None) if void else table.c.void_reason.is_(None)
    statement = select(table.c.id).where(table.c.year == month.year, table.c.month == month.month, standing)
    return Listing(_named(statement, columns), columns, table.c.id)


def published(session: Session, publication_id: UUID, side: Side) -> Listing:
    """The rows of a publication with their numbers (`pos`); columns as in `listing`, those of work apart."""
    table = PUBLISHED[side]
    columns = {name: table.c[name] for name in ("pos", *_SHARED, *_OWN[side])}
    columns |= _money(table, side) | _fields(table, side)
    statement = select(table.c.row_id).where(table.c.publication_id == publication_id)
    return Listing(_named(statement, columns), columns, table.c.pos)


def of_field(session: Session, listed: Listing, field: str) -> Listing:
    """The rows that make a K_ field up: those of the listing in which it is not zero. `KeyError` for another side's."""
    column = listed.columns[field.lower()]
    return Listing(listed.statement.where(column != 0), listed.columns, listed.tie)


def sums(session: Session, month: Month) -> dict[str, Decimal]:
    """K_ → złote of the working registers as they stand; FP rows left out."""
    found: dict[str, Decimal] = {}
    for side, table in WORKING.items():
        live = (table.c.year == month.year, table.c.month == month.month, table.c.void_reason.is_(None))
        query = select(*(func.sum(table.c[name.lower()]) for name in FIELDS[side])).where(*live, _counts(table))
        amounts = session.execute(query).one()
        found |= {name: amount for name, amount in zip(FIELDS[side], amounts, strict=True) if amount is not None}
    return found


def _named(statement: Any, columns: dict[str, Any]) -> Any:
    return statement.add_columns(*(column.label(name) for name, column in columns.items()))


def _fields(table: Table, side: Side) -> dict[str, Any]:
    return {name.lower(): table.c[name.lower()] for name in FIELDS[side]}


def _counts(table: Table) -> ColumnElement[bool]:
    return func.coalesce(table.c.document_type, "") != "FP"


def _money(table: Table, side: Side) -> dict[str, Any]:
    if side == "sale":
        net, tax = _added(table, BASES), _added(table, DUE) - _added(table, DUE_LESS)
        counted = {"counts": case((_counts(table), literal(True)), else_=literal(False))}
        return {"net": net, "tax": tax, **counted}
    net, tax = _added(table, ("40", "42")), _added(table, INPUT)
    if "net" not in table.c:
        return {"net": net, "tax": tax}
    return {"net": table.c.net, "tax": table.c.vat, "deductible": tax}


def _added(table: Table, codes: Iterable[str]) -> ColumnElement[Any]:
    return sum((func.coalesce(table.c[f"k_{code}"], 0) for code in codes), start=literal(ZERO))
