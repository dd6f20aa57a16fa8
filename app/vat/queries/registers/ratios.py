"""The unit's per cents in force and its habits: what a deduction is computed with."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.vat.models import VatRatio, VatSetting
from app.vat.rules.purchase import Ratios
from app.vat.rules.ratio import Kind, Stage

THE_ONE = 1
"""The key of the only row of `vat_setting` that counts."""


def in_force(session: Session, year: int, kind: Kind, stage: Stage = "preliminary") -> VatRatio | None:
    """The newest decision of this year, kind and stage."""
    query = (
        select(VatRatio)
        .where(VatRatio.year == year, VatRatio.kind == kind, VatRatio.stage == stage)
        .order_by(VatRatio.recorded_at.desc(), VatRatio.id.desc())
        .limit(1)
    )
    return session.scalars(query).one_or_none()


def ratios(session: Session, year: int, stage: Stage = "preliminary") -> Ratios:
    """The per cents that deductions of a year are computed with, or (`final`) corrected by."""
    pre_ratio, ratio = in_force(session, year, "pre_ratio", stage), in_force(session, year, "ratio", stage)
    return Ratios(pre_ratio.pct if pre_ratio else None, ratio.pct if ratio else None)


def history(session: Session, year: int) -> Sequence[VatRatio]:
    """Every decision of a year with its evidence, the newest first."""
    query = select(VatRatio).where(VatRatio.year == year).order_by(VatRatio.recorded_at.desc(), VatRatio.id.desc())
    return session.scalars(query).all()


def habits(session: Session) -> VatSetting:
    """The unit's habits; the usual ones when none were set."""
    return session.get(VatSetting, THE_ONE) or VatSetting(id=THE_ONE, default_use=None, purchase_net="whole")
