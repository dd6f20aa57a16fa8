"""Substitutes of a unit, and what waits for whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.purchasing.models import PurchaseSubstitute
from app.purchasing.queries.cases import schemes, waiting
from app.purchasing.rules.facts import OF_THE_UNIT, RIGHTS, Person, Substitute
from app.purchasing.rules.scheme import USUAL


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


def own_steps(session: Session, person: Person, on: date) -> list[str]:
    """Codes of the steps that this person may do today, by a right or as somebody's substitute."""
    kinds = {
        kind for kind, right in RIGHTS.items() if right in person.rights and (kind not in OF_THE_UNIT or person.own)
    }
    kinds |= {one.step_kind for one in in_force(session, on) if one.login == person.login}
    if person.serves:
        kinds -= {"head"}
    steps = [*USUAL.steps, *(step for scheme, _, _ in schemes(session) for step in scheme.steps)]
    return list(dict.fromkeys(one.code for one in steps if one.kind in kinds))


def waiting_for(session: Session, person: Person, on: date) -> int:
    """How many open cases wait at those steps."""
    own = set(own_steps(session, person, on))
    return sum(one.count for one in waiting(session) if one.step in own)
