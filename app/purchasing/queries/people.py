"""Substitutes of a unit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.purchasing.models import PurchaseSubstitute
from app.purchasing.rules.facts import Substitute


def in_force(session: Session, on: date) -> tuple[Substitute, ...]:
    """Those of the day, not ended."""
    query = select(PurchaseSubstitute).where(
        PurchaseSubstitute.since_on <= on, PurchaseSubstitute.until_on >= on, PurchaseSubstitute.ended_at.is_(None)
    )
    return tuple(_substitute_of(one) for one in session.scalars(query.order_by(PurchaseSubstitute.id)))


def _substitute_of(row: PurchaseSubstitute) -> Substitute:
    """As the rules know it."""
    return Substitute(row.step_kind, row.for_login, row.login, row.since_on, row.until_on, row.limit_gross)  # type: ignore[arg-type]  # a check of the table


def substitutes(session: Session, since: date | None = None) -> Sequence[PurchaseSubstitute]:
    """All of them, or those that were in force at any time since that day; the newest first."""
    query = select(PurchaseSubstitute).order_by(PurchaseSubstitute.id.desc())
    if since is not None:
        query = query.where(or_(PurchaseSubstitute.until_on >= since, PurchaseSubstitute.ended_at.is_not(None)))
    return session.scalars(query).all()
