"""Decisions about the ratios of the years: one of them with its evidence, the years that have any."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.kernel.reckoning import Parameter, Step
from app.vat.models import VatRatio


def decision(session: Session, decision_id: UUID) -> VatRatio:
    """Raises `NotFound`."""
    found = session.get(VatRatio, decision_id)
    if found is None:
        raise NotFound("Nie ma takiej decyzji o współczynniku.", "id")
    return found


def years(session: Session) -> list[int]:
    """Years with a decision, the newest first."""
    return list(session.scalars(select(VatRatio.year).distinct().order_by(VatRatio.year.desc())))


def steps(session: Session, decision_id: UUID) -> tuple[Step, ...]:
    """The reckoning as it was made on the day of the decision; none for a ratio agreed with the tax office."""
    kept = decision(session, decision_id).basis.get("reckoning") or ()
    return tuple(_step(one) for one in kept)


def _step(kept: dict[str, Any]) -> Step:
    parameter = kept.get("parameter")
    if parameter is not None:
        days = {
            name: date.fromisoformat(parameter[name]) if parameter[name] else None
            for name in ("valid_from", "valid_to")
        }
        parameter = Parameter(**{**parameter, **days})
    return Step(kept["step"], kept["formula"], kept["value"], kept["law"], parameter)
