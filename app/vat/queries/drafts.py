"""A city's month as its units stood when last asked: state and sums of each, what changed since somebody looked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.vat.models import VatDraft, VatDraftSeen
from app.vat.queries.registers.month import Stage
from app.vat.rules.consolidation import Share
from app.vat.rules.totals import control_sums

Look = Mapping[str, tuple[Decimal, Decimal]]
"""Unit → tax due and tax to deduct."""


@dataclass(frozen=True, slots=True)
class UnitDraft:
    """One unit. `stage` None: it could not be asked (`error` says why); `published`: `share` is what was signed."""

    unit: str
    stage: Stage | None
    share: Share
    published: bool
    error: str | None
    asked_at: datetime

    @property
    def due(self) -> Decimal:
        return control_sums(self.share.sums)[0]

    @property
    def paid(self) -> Decimal:
        """Tax to deduct."""
        return control_sums(self.share.sums)[1]

    @property
    def balance(self) -> Decimal:
        return self.due - self.paid


def drafts(session: Session, month: Month) -> Sequence[UnitDraft]:
    """Every unit as last asked, by code."""
    query = select(VatDraft).filter_by(year=month.year, month=month.month).order_by(VatDraft.unit_code)
    return [
        UnitDraft(
            row.unit_code,
            msgspec.convert(row.stage, Stage) if row.stage else None,
            msgspec.convert(row.share, Share),
            row.is_published,
            row.error,
            row.asked_at,
        )
        for row in session.scalars(query)
    ]


def age_seconds(session: Session, month: Month) -> int | None:
    """How old the oldest part of the projection is; None when there is none."""
    oldest = func.min(VatDraft.asked_at)
    age = func.extract("epoch", func.clock_timestamp() - oldest)
    found = session.scalar(select(age).where(VatDraft.year == month.year, VatDraft.month == month.month))
    return None if found is None else int(found)


def seen(session: Session, month: Month, login: str) -> tuple[datetime, Look] | None:
    """What this person saw when they last said so."""
    row = session.get(VatDraftSeen, (login, month.year, month.month))
    if row is None:
        return None
    return row.seen_at, {unit: (Decimal(due), Decimal(paid)) for unit, (due, paid) in row.amounts.items()}
