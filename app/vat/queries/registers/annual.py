"""The year's purchases by how they were deducted: for the correction after the year and for comparing two ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.kernel.rulebook import Amount, WholePercent
from app.vat.models import VatCorrection, purchase
from app.vat.queries.registers.live import each
from app.vat.rules.annual import Purchases
from app.vat.rules.comparison import Bought
from app.vat.rules.deduction import NEEDS_PRE_RATIO, NEEDS_RATIO
from app.vat.rules.ratio import Kind


def groups(session: Session, year: int, except_for: Sequence[UUID] = ()) -> list[Purchases]:
    """Live purchases of the year by use and by the per cents used; those that a ratio decides about. `except_for`: rows
    that are assets, corrected for years."""
    columns = (purchase.c.use, purchase.c.pre_ratio_pct, purchase.c.ratio_pct)
    query = (
        select(*columns, func.sum(purchase.c.vat))
        .where(*_counts(year), purchase.c.use.in_(sorted(NEEDS_PRE_RATIO | NEEDS_RATIO)))
        .group_by(*columns)
        .order_by(*columns)
    )
    if except_for:
        query = query.where(purchase.c.id.not_in(except_for))
    return [
        Purchases(
            use=use,
            vat=Amount(vat),
            pre_ratio_pct=None if pre_ratio is None else WholePercent(pre_ratio),
            ratio_pct=None if ratio is None else WholePercent(ratio),
        )
        for use, pre_ratio, ratio, vat in session.execute(query)
        if vat
    ]


def vat_under(session: Session, year: int, kind: Kind) -> Decimal | None:
    """The whole tax of the year's purchases that this ratio decides about, złote; None when there are none."""
    uses = sorted(NEEDS_PRE_RATIO if kind == "pre_ratio" else NEEDS_RATIO)
    query = select(func.sum(purchase.c.vat)).where(*_counts(year), purchase.c.use.in_(uses))
    found = session.execute(query).scalar_one()
    return None if found is None else Decimal(found)


def bought(session: Session, year: int) -> Iterator[Bought]:
    """Every live purchase of the year that has tax."""
    query = select(purchase.c.month, purchase.c.vat, purchase.c.use, purchase.c.asset).where(
        *_counts(year), purchase.c.vat != 0
    )
    for row in each(session, query):
        yield Bought(row["month"], Decimal(row["vat"]), row["use"], row["asset"])


def _counts(year: int) -> tuple[ColumnElement[bool], ...]:
    return purchase.c.year == year, purchase.c.void_reason.is_(None)


def versions(session: Session, year: int) -> Sequence[VatCorrection]:
    """The corrections of a year as they were reckoned, the newest first."""
    query = select(VatCorrection).where(VatCorrection.year == year).order_by(VatCorrection.version.desc())
    return session.scalars(query).all()


def version(session: Session, year: int, number: int) -> VatCorrection:
    """One of them. Raises `NotFound`."""
    found = session.scalars(select(VatCorrection).filter_by(year=year, version=number)).one_or_none()
    if found is None:
        raise NotFound(f"Nie ma wersji {number} korekty za {year} r.", "version")
    return found
