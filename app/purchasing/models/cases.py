"""A unit's purchases on their way: the case as it stands, the book of what people did, the scheme, the substitutes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, Key, Money, append_only

NOW = text("now()")


class PurchaseCase(Base):
    """One document to be paid. Where it stands follows from its acts; `state` and `step` are kept to be found.

    `document` and `description` are `rules.facts` as JSON; `content` is the hash of both.
    """

    __tablename__ = "purchase_case"
    __table_args__ = (
        UniqueConstraint("source", "source_key"),
        CheckConstraint("source in ('ksef','register','paper')", name="source"),
        CheckConstraint("state in ('open','ready','rejected','withdrawn')", name="state"),
        Index("ix_purchase_case_state", "state", "step", "due_on"),
        Index("ix_purchase_case_seller", "seller_nip", "number"),
    )
    id: Mapped[Key]
    source: Mapped[str] = mapped_column(String(10))
    source_key: Mapped[str] = mapped_column(String(120))
    """Of KSeF: the invoice in the municipality's inbox; of the register: its row; of paper: the case itself."""
    kind: Mapped[str] = mapped_column(String(12))
    number: Mapped[str] = mapped_column(String(256))
    issued_on: Mapped[date]
    due_on: Mapped[date | None]
    seller_nip: Mapped[str] = mapped_column(String(50))
    seller_name: Mapped[str] = mapped_column(String(512))
    sort_name: Mapped[str | None] = mapped_column(
        String(600), Computed("magistrat.pl_key(seller_name)", persisted=True)
    )
    gross: Mapped[Money]
    currency: Mapped[str] = mapped_column(String(3))
    account: Mapped[str | None] = mapped_column(String(26))
    """Where the unit means to pay: of the description, else of the document."""
    document: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any] | None]
    content: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(10), server_default="open")
    step: Mapped[str | None] = mapped_column(String(20))
    seq: Mapped[int]
    """Of the newest act."""
    alarms: Mapped[list[Any]] = mapped_column(server_default="[]")
    """As they were when somebody last acted or asked: code, severity, title."""
    silent_at: Mapped[datetime | None]
    """When the register of taxpayers was last asked about this account and gave no answer."""
    scheme_id: Mapped[UUID | None] = mapped_column(ForeignKey("purchase_scheme.id"))
    """The scheme it was opened under; None = the usual one."""
    opened_at: Mapped[datetime] = mapped_column(server_default=NOW)
    changed_at: Mapped[datetime] = mapped_column(server_default=NOW)


class PurchaseAct(Base):
    """The book of a case: who did what, when, to which content, for whom. Rows are final; `seq` lets one of two win."""

    __tablename__ = "purchase_act"
    __table_args__ = (
        CheckConstraint(
            "kind in ('open','describe','approve','return','reject','object','order','override','change','withdraw')",
            name="kind",
        ),
    )
    case_id: Mapped[UUID] = mapped_column(ForeignKey("purchase_case.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(10))
    step: Mapped[str | None] = mapped_column(String(20))
    to_step: Mapped[str | None] = mapped_column(String(20))
    actor: Mapped[str] = mapped_column(String(120))
    for_login: Mapped[str | None] = mapped_column(String(120))
    mandate: Mapped[str | None] = mapped_column(String(120))
    content: Mapped[str] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(String(1000))
    data: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    at: Mapped[datetime] = mapped_column(server_default=NOW)


class PurchaseScheme(Base):
    """The steps of this unit from a day, decided by somebody; the newest of those already in force counts."""

    __tablename__ = "purchase_scheme"
    id: Mapped[Key]
    valid_from_on: Mapped[date]
    steps: Mapped[list[Any]]
    basis: Mapped[str] = mapped_column(String(400))
    decided_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)


class PurchaseSubstitute(Base):
    """Who does a step for whom, from day to day, up to which amount; it may be ended early."""

    __tablename__ = "purchase_substitute"
    __table_args__ = (
        CheckConstraint("until_on >= since_on", name="dates"),
        CheckConstraint("step_kind in ('describe','substance','formal','vat','control','head')", name="step_kind"),
        Index("ix_purchase_substitute_login", "login", "until_on"),
    )
    id: Mapped[Key]
    step_kind: Mapped[str] = mapped_column(String(12))
    for_login: Mapped[str] = mapped_column(String(120))
    login: Mapped[str] = mapped_column(String(120))
    name: Mapped[str] = mapped_column(String(200))
    since_on: Mapped[date]
    until_on: Mapped[date]
    limit_gross: Mapped[Money | None]
    basis: Mapped[str] = mapped_column(String(400))
    given_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(120))


append_only(PurchaseAct.__table__)
append_only(PurchaseScheme.__table__)
append_only(PurchaseSubstitute.__table__, "ended_at", "ended_by")
