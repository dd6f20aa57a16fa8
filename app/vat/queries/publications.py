"""What a unit published for a month: its share of the return, and its rows as text for the file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Table, and_, exists, func, literal, not_, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.money import ZERO
from app.vat.filings.jpk_v7m import PURCHASE_HEAD, SALES_HEAD
from app.vat.models import VatPeriod, VatPublication, published_purchase, published_sale, purchase, sale
from app.vat.rules.consolidation import Part, Share
from app.vat.rules.fields import PURCHASE_FIELDS, SALE_FIELDS
from app.vat.rules.registers import BAD_DEBT_BASE, BAD_DEBT_TAX

ROWS_IN_A_PIECE, ROWS_AT_ONCE = 2000, 8000
"""Rows joined into one text by the database; up to how many rows are fetched in one go."""

Side = Literal["sale", "purchase"]
_TABLES: dict[Side, Table] = {"sale": published_sale, "purchase": published_purchase}
_LIVE: dict[Side, Table] = {"sale": sale, "purchase": purchase}
_NET = ("K_40", "K_42")
_FIELDS: dict[Side, tuple[str, ...]] = {"sale": SALE_FIELDS, "purchase": PURCHASE_FIELDS}
_HEADS: dict[Side, str] = {"sale": SALES_HEAD, "purchase": PURCHASE_HEAD}


def latest(session: Session, month: Month) -> VatPublication | None:
    """The newest version of the month, None when nothing was published."""
    query = (
        select(VatPublication)
        .where(VatPublication.year == month.year, VatPublication.month == month.month)
        .order_by(VatPublication.version.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def by_id(session: Session, publication_id: UUID) -> VatPublication | None:
    """One publication, None when there is none of that key."""
    return session.get(VatPublication, publication_id)


def is_open_again(session: Session, month: Month) -> bool:
    """Whether somebody works on the month again after it was published."""
    period = session.get(VatPeriod, (month.year, month.month))
    return period is not None and period.version > 0 and period.state != "published"


def part(session: Session, unit: str, name: str, publication: VatPublication, own_numbers: Collection[str]) -> Part:
    """The unit's part of the return: what was signed, less what is between units of the city.

    `own_numbers`: tax numbers of the taxpayer and its units; rows with such a counterparty are set apart.
    """
    signed = {key: Decimal(amount) for key, amount in publication.sums.items()}
    own, excluded = Share(publication.sale_count, publication.purchase_count, signed), Share()
    if _special(session, publication.id, own_numbers):
        signed_rows = {side: (_TABLES[side].c.publication_id == publication.id,) for side in _TABLES}
        own, excluded = _shares(session, _TABLES, signed_rows, own_numbers)
    return Part(unit, name, publication.id, publication.version, publication.hash, own, excluded)


def working(session: Session, month: Month, own_numbers: Collection[str]) -> tuple[Share, Share]:
    """(own, excluded) of the working register: what the unit would publish if it signed now.

    Law: art. 109 ust. 3 ustawy o VAT
    """
    where: dict[Side, tuple[ColumnElement[bool], ...]] = {
        side: (table.c.year == month.year, table.c.month == month.month, table.c.void_reason.is_(None))
        for side, table in _LIVE.items()
    }
    taxed = [func.coalesce(purchase.c[name.lower()], 0) != 0 for name in PURCHASE_FIELDS if name not in _NET]
    where["purchase"] += (or_(*taxed, purchase.c.margin_gross.is_not(None)),)
    return _shares(session, _LIVE, where, own_numbers)


def _shares(
    session: Session,
    tables: Mapping[Side, Table],
    where: Mapping[Side, tuple[ColumnElement[bool], ...]],
    own_numbers: Collection[str],
) -> tuple[Share, Share]:
    sales, purchases = (_share(session, tables[side], where[side], side, own_numbers) for side in tables)
    own, excluded = (
        Share(sold.sale_count, bought.purchase_count, {**sold.sums, **bought.sums}, sold.bad_debt)
        for sold, bought in zip(sales, purchases, strict=True)
    )
    return own, excluded


def _special(session: Session, publication_id: UUID, own_numbers: Collection[str]) -> bool:
    """Whether there is any row between units, or any correction of a bad debt: then the signed sums are not enough."""
    sold = published_sale.c
    internal = (
        exists().where(table.c.publication_id == publication_id, _internal(table, own_numbers))
        for table in (published_sale, published_purchase)
    )
    debt = exists().where(sold.publication_id == publication_id, sold.bad_debt_due_on.is_not(None))
    return bool(session.execute(select(or_(*internal, debt))).scalar_one())


def _share(
    session: Session, table: Table, where: tuple[ColumnElement[bool], ...], side: Side, own_numbers: Collection[str]
) -> tuple[Share, Share]:
    """(own, excluded) of one register."""
    fields = _FIELDS[side]
    summed = _counts(table) if side == "sale" else literal(True)
    columns: list[ColumnElement[Any]] = [_internal(table, own_numbers).label("internal"), func.count().label("rows")]
    columns += [func.sum(table.c[name.lower()]).filter(summed).label(name) for name in fields]
    if side == "sale":
        bad = and_(summed, table.c.bad_debt_due_on.is_not(None))
        columns.append(func.count().filter(bad).label("bad_rows"))
        for label, codes in (("bad_base", BAD_DEBT_BASE), ("bad_tax", BAD_DEBT_TAX)):
            amount = sum((func.coalesce(table.c[f"k_{code}"], 0) for code in codes), start=literal(ZERO))
            columns.append(func.sum(amount).filter(bad).label(label))
    query = select(*columns).where(*where).group_by("internal")
    found = {False: Share(), True: Share()}
    for row in session.execute(query).mappings():
        sums = {name: row[name] for name in fields if row[name] is not None}
        debt = (row["bad_base"], row["bad_tax"]) if side == "sale" and row["bad_rows"] else None
        sale_count, purchase_count = (row["rows"], 0) if side == "sale" else (0, row["rows"])
        found[row["internal"]] = Share(sale_count, purchase_count, sums, debt)
    return found[False], found[True]


def _internal(table: Table, own_numbers: Collection[str]) -> ColumnElement[bool]:
    return table.c.counterparty_no.in_(sorted(own_numbers))


def _counts(table: Table) -> ColumnElement[bool]:
    """Rows of invoices to receipts (FP) are in the register but not in its sums."""
    return func.coalesce(table.c.document_type, "") != "FP"


def texts(
    session: Session, publication_id: UUID, side: Side, first_no: int, count: int, own_numbers: Collection[str]
) -> Iterator[str]:
    """The `count` rows for the file, numbered from `first_no`, in pieces of some thousands, in constant memory."""
    table = _TABLES[side]
    number = func.row_number().over(order_by=table.c.pos) - 1
    rows = (
        select(number.label("n"), table.c.body)
        .where(table.c.publication_id == publication_id, not_(_internal(table, own_numbers)))
        .subquery()
    )
    text = func.concat(_HEADS[side], rows.c.n + first_no, rows.c.body)
    joined = func.string_agg(text, aggregate_order_by(literal(""), rows.c.n))
    piece = func.div(rows.c.n, ROWS_IN_A_PIECE)
    query = select(joined.label("text")).group_by(piece).order_by(piece)
    options = {"yield_per": 4} if count > ROWS_AT_ONCE else {}
    for row in session.execute(query, execution_options=options):
        yield row.text


def rows(
    session: Session, publication_id: UUID, side: Side, field: str, first_no: int, own_numbers: Collection[str]
) -> tuple[Select[Any], Mapping[str, ColumnElement[Any]], ColumnElement[Any]]:
    """Published rows with an amount in one field (`K_20`), with their numbers in the file and the invoices behind them.

    A statement, its columns by name, and the one that makes its order certain.
    """
    table, live = _TABLES[side], sale if side == "sale" else purchase
    numbered = (
        select(table, (func.row_number().over(order_by=table.c.pos) - 1 + first_no).label("no"))
        .where(table.c.publication_id == publication_id, not_(_internal(table, own_numbers)))
        .subquery()
    )
    named = ("document_no", "ksef_number", "marker", "counterparty_name", "counterparty_no", "issued_on")
    columns: dict[str, ColumnElement[Any]] = {
        "no": numbered.c.no, **{name: numbered.c[name] for name in named}, "amount": numbered.c[field.lower()],
    }  # fmt: skip
    statement = (
        select(*(column.label(name) for name, column in columns.items()), live.c.invoice_id)
        .select_from(numbered.outerjoin(live, live.c.id == numbered.c.row_id))
        .where(numbered.c[field.lower()].is_not(None))
    )
    return statement, columns, numbered.c.no
