"""A municipality: how its units' months stand, as jobs last saw them; and what its people decided about returns."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import MUNICIPALITY, Base, Key, append_only

NOW = text("now()")


class VatDraft(Base):
    """One unit's month as it was when last asked: a projection, made again at any time."""

    __tablename__ = "vat_draft"
    __table_args__ = ({"info": MUNICIPALITY},)
    year: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    unit_code: Mapped[str] = mapped_column(String(60), primary_key=True)
    stage: Mapped[dict[str, Any]]
    share: Mapped[dict[str, Any]]
    """Counts and sums, without rows between units."""
    is_published: Mapped[bool]
    """Whether `share` is what the unit signed, or what its working register says."""
    error: Mapped[str | None] = mapped_column(String(240))
    asked_at: Mapped[datetime] = mapped_column(server_default=NOW)


class VatDraftSeen(Base):
    """What one person saw of a month's draft when they last said so: unit → tax due and tax to deduct."""

    __tablename__ = "vat_draft_seen"
    __table_args__ = ({"info": MUNICIPALITY},)
    login: Mapped[str] = mapped_column(String(120), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    amounts: Mapped[dict[str, Any]]
    seen_at: Mapped[datetime] = mapped_column(server_default=NOW)


class VatPolicy(Base):
    """How the city keeps its months, from a day: internal deadlines and who bears what. The newest row counts."""

    __tablename__ = "vat_policy"
    __table_args__ = (
        CheckConstraint("complete_by between 1 and 28 and sign_by between 1 and 28", name="days"),
        CheckConstraint("complete_by <= sign_by", name="order"),
        CheckConstraint("surplus in ('city','unit')", name="surplus"),
        {"info": MUNICIPALITY},
    )
    id: Mapped[Key]
    since_on: Mapped[date]
    complete_by: Mapped[int]
    """Day of the next month by which a unit completes its register."""
    sign_by: Mapped[int]
    surplus: Mapped[str] = mapped_column(String(8))
    charges_interest: Mapped[bool]
    basis: Mapped[str] = mapped_column(String(400))
    set_by: Mapped[str] = mapped_column(String(120))
    set_at: Mapped[datetime] = mapped_column(server_default=NOW)


class VatReturnOptions(Base):
    """What the taxpayer chose for a month's return beside its registers; the newest number counts."""

    __tablename__ = "vat_return_options"
    __table_args__ = (
        UniqueConstraint("year", "month", "number"),
        {"info": MUNICIPALITY},
    )
    id: Mapped[Key]
    year: Mapped[int]
    month: Mapped[int]
    number: Mapped[int]
    choices: Mapped[dict[str, Any]]
    """P_49, P_50, P_52, P_54, P_60 in full złote, term, liability, marks, reason (P_ORDZU)."""
    basis: Mapped[str] = mapped_column(String(400))
    """Why: a sentence for whoever checks it later."""
    set_by: Mapped[str] = mapped_column(String(120))
    set_at: Mapped[datetime] = mapped_column(server_default=NOW)


append_only(VatPolicy.__table__)
append_only(VatReturnOptions.__table__)
