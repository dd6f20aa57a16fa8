"""The work list over many units, from the copies that jobs keep in the schema of whoever serves them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.purchasing.models import PurchaseCase, purchase_work
from app.purchasing.queries.cases import Listing, scheme
from app.purchasing.rules.facts import StepKind

_SHOWN = (
    "unit_slug", "unit_code", "unit_name", "kind", "number", "seller_name", "sort_name", "gross", "currency",
    "issued_on", "due_on", "state", "step", "step_kind", "alarm", "alarm_title", "changed_at",
)  # fmt: skip
WEIGHT = ("stop", "warning", "note")


def listing(session: Session, slugs: Collection[str], states: Collection[str] = ("open",)) -> Listing:
    """Items of the units that are served today."""
    columns: dict[str, ColumnElement[Any]] = {name: purchase_work.c[name] for name in _SHOWN}
    statement = select(purchase_work.c.case_id, *(column.label(name) for name, column in columns.items())).where(
        purchase_work.c.state.in_(tuple(states))
    )
    if (known := _known(session)) - set(slugs):
        statement = statement.where(purchase_work.c.unit_slug.in_(tuple(set(slugs) & known)))
    return Listing(statement, columns, purchase_work.c.case_id)


def _known(session: Session) -> set[str]:
    """Units that have items here; walks the index from unit to unit."""
    first = select(func.min(purchase_work.c.unit_slug).label("slug")).cte("units", recursive=True)
    after = select(
        select(func.min(purchase_work.c.unit_slug)).where(purchase_work.c.unit_slug > first.c.slug).scalar_subquery()
    ).where(first.c.slug.is_not(None))
    walked = first.union_all(after)
    return {slug for slug in session.scalars(select(walked.c.slug)) if slug is not None}


def waiting(session: Session, slugs: Collection[str], kinds: Collection[StepKind]) -> dict[str, int]:
    """How many open items of these units wait at steps of these kinds; none is not there."""
    kind = purchase_work.c.step_kind
    query = select(kind, func.count().label("many")).where(
        purchase_work.c.state == "open", purchase_work.c.unit_slug.in_(tuple(slugs)), kind.in_(tuple(kinds))
    )
    return {row.step_kind: row.many for row in session.execute(query.group_by(kind))}


@dataclass(frozen=True, slots=True)
class Item:
    """A case as the work list shows it; the unit's names are added by who knows them."""

    case_id: UUID
    kind: str
    number: str
    seller_name: str
    gross: Decimal
    currency: str
    issued_on: date
    due_on: date | None
    state: str
    step: str | None
    step_kind: str | None
    alarm: str | None
    alarm_title: str | None
    seq: int
    changed_at: datetime


def items(session: Session, ids: Collection[UUID] | None = None) -> list[Item]:
    """Of these cases, or of all that are open or ready."""
    query = select(PurchaseCase)
    query = query.where(PurchaseCase.state.in_(("open", "ready")) if ids is None else PurchaseCase.id.in_(tuple(ids)))
    kinds: dict[UUID | None, dict[str, str]] = {}
    found = []
    for one in session.scalars(query, execution_options={"yield_per": 500}):
        if one.scheme_id not in kinds:
            kinds[one.scheme_id] = {step.code: step.kind for step in scheme(session, one.scheme_id).steps}
        left = [alarm for alarm in one.alarms if not alarm.get("allowed")]
        worst = min(left, key=lambda alarm: WEIGHT.index(alarm["severity"]), default=None)
        found.append(
            Item(
                one.id, one.kind, one.number, one.seller_name, one.gross, one.currency, one.issued_on, one.due_on,
                one.state, one.step, kinds[one.scheme_id].get(one.step or ""),
                worst["severity"] if worst else None, worst["title"][:120] if worst else None, one.seq, one.changed_at,
            )
        )  # fmt: skip
    return found
