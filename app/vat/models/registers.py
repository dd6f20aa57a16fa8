"""Every tenant: working registers, months and their publications, ratios, habits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from app.kernel.db import Base, Key, Money, append_only
from app.vat.rules.deduction import Use
from app.vat.rules.fields import PURCHASE_FIELDS, PURCHASE_PAIRS, SALE_FIELDS, SALE_PAIRS
from app.vat.rules.purchase import NetShown
from app.vat.rules.ratio import Kind, Stage

PeriodState = Literal["open", "completed", "published"]
NOW = text("now()")


class VatPeriod(Base):
    """A month of the unit's partial register: `open` → `completed` (clerk) → `published` (head) → `open` again."""

    __tablename__ = "vat_period"
    __table_args__ = (
        CheckConstraint("month between 1 and 12", name="month"),
        CheckConstraint("state in ('open','completed','published')", name="state"),
    )
    year: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[PeriodState] = mapped_column(String(12), server_default="open")
    version: Mapped[int] = mapped_column(server_default="0")
    """Of the newest publication; 0 = never published."""
    completed_by: Mapped[str | None] = mapped_column(String(120))
    completed_at: Mapped[datetime | None]
    reopened_reason: Mapped[str | None] = mapped_column(String(400))


class VatRatio(Base):
    """The pre-ratio or ratio of a year as decided on a day; the newest row of a year, kind and stage is in force."""

    __tablename__ = "vat_ratio"
    __table_args__ = (
        CheckConstraint("kind in ('pre_ratio','ratio')", name="kind"),
        CheckConstraint("pct between 0 and 100", name="pct"),
        CheckConstraint("stage in ('preliminary','final')", name="stage"),
        Index("ix_vat_ratio_year", "year", "kind", "recorded_at"),
    )
    id: Mapped[Key]
    year: Mapped[int]
    kind: Mapped[Kind] = mapped_column(String(12))
    stage: Mapped[Stage] = mapped_column(String(12), server_default="preliminary")
    """What the year is deducted by, or what its corrections after the year are made by."""
    pct: Mapped[int]
    basis: Mapped[dict[str, Any]]
    """Numerator, denominator, elections and where they come from: the evidence sheet."""
    decided_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)


class VatSetting(Base):
    """One row: the unit's habits.

    `default_use`: what its purchases usually serve, until a clerk says otherwise for one. `purchase_net`: whether
    K_40 and K_42 show the whole net or the same share of it as of the tax (the form does not say; practice differs).
    """

    __tablename__ = "vat_setting"
    __table_args__ = (CheckConstraint("purchase_net in ('whole','share')", name="purchase_net"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    default_use: Mapped[Use | None] = mapped_column(String(24))
    purchase_net: Mapped[NetShown] = mapped_column(String(8), server_default="whole")


def _row_columns() -> Iterable[Column[Any]]:
    return (
        Column("counterparty_no", String(50), nullable=False),
        Column("counterparty_name", String(512), nullable=False),
        Column("country", String(2)),
        Column("document_no", String(256), nullable=False),
        Column("issued_on", Date, nullable=False),
        Column("marker", String(6), nullable=False),
        Column("ksef_number", String(36)),
        Column("document_type", String(6)),
        Column("margin_gross", Numeric(16, 2)),
    )


def _sale_columns() -> Iterable[Column[Any]]:
    return (
        *_row_columns(),
        Column("sold_on", Date),
        Column("flags", ARRAY(String(16)), nullable=False, server_default="{}"),
        Column("bad_debt_due_on", Date),
        Column("bad_debt_paid_on", Date),
        *(Column(name.lower(), Numeric(16, 2)) for name in SALE_FIELDS),
    )


def _purchase_columns() -> Iterable[Column[Any]]:
    return (
        *_row_columns(),
        Column("received_on", Date),
        Column("imported", Boolean, nullable=False, server_default=text("false")),
        *(Column(name.lower(), Numeric(16, 2)) for name in PURCHASE_FIELDS),
    )


def _register_columns() -> Iterable[Column[Any]]:
    return (
        Column("id", Uuid, primary_key=True, default=uuid7),
        Column("year", Integer, nullable=False),
        Column("month", Integer, nullable=False),
        Column("source", String(10), nullable=False),
        Column("source_key", String(120), nullable=False),
        Column("invoice_id", Uuid),
        Column("description", String(400)),
        Column("sort_name", String(600), Computed("magistrat.pl_key(counterparty_name)", persisted=True)),
        Column("internal_kind", String(20)),
        Column("due_on", Date),
        Column("split_payment", Boolean),
        Column("corrects_id", Uuid),
        Column("decision", JSONB(none_as_null=True)),
        Column("void_reason", String(400)),
        Column("created_by", String(120), nullable=False),
        Column("recorded_at", DateTime(timezone=True), nullable=False, server_default=NOW),
    )


def _row_checks(pairs: Iterable[tuple[str, str]]) -> Iterable[CheckConstraint]:
    yield CheckConstraint("marker in ('NrKSeF','OFF','BFK','DI')", name="marker")
    yield CheckConstraint("(marker = 'NrKSeF') = (ksef_number is not null)", name="ksef_number")
    for one, other in pairs:
        yield CheckConstraint(f"({one.lower()} is null) = ({other.lower()} is null)", name=f"pair_{one.lower()}")


SOURCES = CheckConstraint("source in ('ksef','cash','internal','manual')", name="source")

sale = Table(
    "vat_sale",
    Base.metadata,
    *_register_columns(),
    *_sale_columns(),
    Column("till_no", String(20)),
    Column("report_no", Integer),
    Column("report_kind", String(8)),
    Column("returns_gross", Numeric(16, 2)),
    Column("receipt_no", String(40)),
    *_row_checks(SALE_PAIRS),
    SOURCES,
    CheckConstraint("report_kind in ('daily','monthly')", name="report_kind"),
    UniqueConstraint("source", "source_key"),
    Index("ix_vat_sale_year_month", "year", "month"),
)
"""Working sales register. `source_key` makes a delivery unrepeatable (for KSeF: the attribution that sent it here);
`invoice_id` is the invoice in the municipality's inbox; a voided row stays, with its reason.

`internal_kind`: what kind of internal document it is; `corrects_id`: the row that this one corrects; `decision`: why it
stands in this month, with the article and the facts; `due_on`, `split_payment`: how the invoice is to be paid. Of a
cash register: the till's fiscal number, the report's own number, what returns and mistakes took off it (gross, not
above zero); `receipt_no` of the receipt that an FP invoice belongs to."""

purchase = Table(
    "vat_purchase",
    Base.metadata,
    *_register_columns(),
    *_purchase_columns(),
    Column("net", Numeric(16, 2), nullable=False),
    Column("vat", Numeric(16, 2), nullable=False),
    Column("asset", Boolean, nullable=False, server_default=text("false")),
    Column("use", String(24)),
    Column("pre_ratio_pct", Integer),
    Column("ratio_pct", Integer),
    *_row_checks(PURCHASE_PAIRS),
    CheckConstraint("source in ('ksef','internal','manual')", name="source"),
    UniqueConstraint("source", "source_key"),
    Index("ix_vat_purchase_year_month", "year", "month"),
)
"""Working purchases register: the whole tax (`vat`), what the purchase serves (`use`), the deduction that follows."""


class VatPayment(Base):
    """A payment (or the sale of the claim) of an invoice in the registers; a minus takes a mistaken one back."""

    __tablename__ = "vat_payment"
    __table_args__ = (
        CheckConstraint("side in ('sale','purchase')", name="side"),
        CheckConstraint("amount <> 0", name="amount"),
        Index("ix_vat_payment_row_id", "row_id"),
    )
    id: Mapped[Key]
    side: Mapped[str] = mapped_column(String(8))
    row_id: Mapped[UUID]
    on: Mapped[date] = mapped_column("paid_on")
    amount: Mapped[Money]
    note: Mapped[str | None] = mapped_column(String(240))
    recorded_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)


class VatPublication(Base):
    """A partial return as signed by the head: a version of a month, immutable; `hash` covers every row and sum."""

    __tablename__ = "vat_publication"
    __table_args__ = (UniqueConstraint("year", "month", "version"),)
    id: Mapped[Key]
    year: Mapped[int]
    month: Mapped[int]
    version: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    sums: Mapped[dict[str, Any]]
    """K_ → złote as text, FP rows left out (they are counted only)."""
    sale_count: Mapped[int]
    purchase_count: Mapped[int]
    completed_by: Mapped[str] = mapped_column(String(120))
    signed_by: Mapped[str] = mapped_column(String(120))
    published_at: Mapped[datetime] = mapped_column(server_default=NOW)


def _published_columns() -> Iterable[Column[Any]]:
    return (
        Column("publication_id", Uuid, ForeignKey("vat_publication.id"), primary_key=True),
        Column("pos", Integer, primary_key=True, autoincrement=False),
        Column("row_id", Uuid, nullable=False),
        Column("body", Text, nullable=False),
    )


published_sale = Table("vat_published_sale", Base.metadata, *_published_columns(), *_sale_columns())
"""Sales rows as published, numbered from 1; `body` is the row as JPK_V7M writes it, all but its number."""

published_purchase = Table("vat_published_purchase", Base.metadata, *_published_columns(), *_purchase_columns())
"""Purchase rows as published, likewise."""


append_only(VatRatio.__table__)
append_only(VatPayment.__table__)
append_only(VatPublication.__table__)
append_only(published_sale)
append_only(published_purchase)
