"""What the VAT room remembers: a municipality's KSeF inbox and returns; every tenant's registers and publications."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
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
    LargeBinary,
    Numeric,
    String,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from app.kernel.db import MUNICIPALITY, Base, Key, Money, append_only
from app.vat.rules.fields import PURCHASE_FIELDS, PURCHASE_PAIRS, SALE_FIELDS, SALE_PAIRS

NOW = text("now()")

# ── every tenant ──────────────────────────────────────────────────────────────────────────────────────────────────────


class VatPeriod(Base):
    """A month of the unit's partial register: `open` → `completed` (clerk) → `published` (head) → `open` again."""

    __tablename__ = "vat_period"
    __table_args__ = (
        CheckConstraint("month between 1 and 12", name="month"),
        CheckConstraint("state in ('open','completed','published')", name="state"),
    )
    year: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(12), server_default="open")
    version: Mapped[int] = mapped_column(server_default="0")
    """Of the newest publication; 0 = never published."""
    completed_by: Mapped[str | None] = mapped_column(String(120))
    completed_at: Mapped[datetime | None]
    reopened_reason: Mapped[str | None] = mapped_column(String(400))


class VatRatio(Base):
    """The pre-ratio or ratio of a year as decided on a day; the newest row of a year and kind is in force."""

    __tablename__ = "vat_ratio"
    __table_args__ = (
        CheckConstraint("kind in ('pre_ratio','ratio')", name="kind"),
        CheckConstraint("pct between 0 and 100", name="pct"),
        Index("ix_vat_ratio_year", "year", "kind", "recorded_at"),
    )
    id: Mapped[Key]
    year: Mapped[int]
    kind: Mapped[str] = mapped_column(String(12))
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
    default_use: Mapped[str | None] = mapped_column(String(24))
    purchase_net: Mapped[str] = mapped_column(String(8), server_default="whole")


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
    *_row_checks(SALE_PAIRS),
    SOURCES,
    UniqueConstraint("source", "source_key"),
    Index("ix_vat_sale_year_month", "year", "month"),
)
"""Working sales register. `source_key` makes a delivery unrepeatable (for KSeF: the attribution that sent it here);
`invoice_id` is the invoice in the municipality's inbox; a voided row stays, with its reason."""

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

# ── a municipality ────────────────────────────────────────────────────────────────────────────────────────────────────


class VatTaxpayer(Base):
    """One row: the taxpayer as JPK_V7M wants it."""

    __tablename__ = "vat_taxpayer"
    __table_args__ = ({"info": MUNICIPALITY},)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    nip: Mapped[str] = mapped_column(String(10))
    full_name: Mapped[str] = mapped_column(String(240))
    email: Mapped[str]
    phone: Mapped[str | None] = mapped_column(String(16))
    tax_office: Mapped[str] = mapped_column(String(4))
    carried_from_on: Mapped[date | None]
    """First month kept here; `carried` is the surplus brought into it (P_39)."""
    carried: Mapped[Money | None]


class UnitDirectory(Base):
    """The municipality's units as the attribution knows them; kept up to date by the door that creates units."""

    __tablename__ = "unit_directory"
    __table_args__ = ({"info": MUNICIPALITY},)
    code: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(240))
    short_name: Mapped[str] = mapped_column(String(80))
    nip: Mapped[str | None] = mapped_column(String(10))
    regon: Mapped[str | None] = mapped_column(String(14))
    internal_id: Mapped[str | None] = mapped_column(String(16))
    address_line: Mapped[str | None]
    postal_code: Mapped[str | None] = mapped_column(String(6))
    city: Mapped[str | None] = mapped_column(String(100))
    email: Mapped[str | None]
    aliases: Mapped[list[Any]] = mapped_column(server_default="[]")
    is_office: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """The municipal office itself: its registers are in the municipality's own schema."""
    valid_from_on: Mapped[date | None]
    valid_to_on: Mapped[date | None]


class KsefBatch(Base):
    """One import or fetch: where from, by whom, and what became of every document in it."""

    __tablename__ = "ksef_batch"
    __table_args__ = ({"info": MUNICIPALITY},)
    id: Mapped[Key]
    source: Mapped[str] = mapped_column(String(400))
    imported_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)


class KsefInvoice(Base):
    """An invoice of the city's inbox, kept as it came; only its attribution and delivery move on."""

    __tablename__ = "ksef_invoice"
    __table_args__ = (
        CheckConstraint("side in ('sale','purchase','internal')", name="side"),
        CheckConstraint("state in ('assigned','queued','internal')", name="state"),
        Index("ix_ksef_invoice_state", "state", "year", "month"),
        Index("ix_ksef_invoice_unit_code", "unit_code", "year", "month"),
        Index(
            "ix_ksef_invoice_due", "unit_code", postgresql_where=text("attribution_id is distinct from delivered_id")
        ),
        Index("ix_ksef_invoice_number", "seller_nip", "number"),
        {"info": MUNICIPALITY},
    )
    id: Mapped[Key]
    sha256: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """The original bytes, zlib-compressed; in the database because they must commit, restore and leave with the row."""
    ksef_number: Mapped[str | None] = mapped_column(String(36), unique=True)
    side: Mapped[str] = mapped_column(String(8))
    kind: Mapped[str] = mapped_column(String(8))
    number: Mapped[str] = mapped_column(String(256))
    issued_on: Mapped[date]
    seller_nip: Mapped[str | None] = mapped_column(String(30))
    seller_name: Mapped[str | None] = mapped_column(String(512))
    buyer_nip: Mapped[str | None] = mapped_column(String(30))
    buyer_name: Mapped[str | None] = mapped_column(String(512))
    currency: Mapped[str] = mapped_column(String(3))
    year: Mapped[int]
    month: Mapped[int]
    """The month of VAT it belongs to as far as the invoice tells (rules.months); may change with `ksef_number`."""
    net_pln: Mapped[Money]
    vat_pln: Mapped[Money]
    gross: Mapped[Money]
    warnings: Mapped[list[Any]] = mapped_column(server_default="[]")
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("ksef_batch.id"))
    state: Mapped[str] = mapped_column(String(10))
    unit_code: Mapped[str | None] = mapped_column(ForeignKey("unit_directory.code"))
    attribution_id: Mapped[UUID | None]
    """The decision in force."""
    delivered_id: Mapped[UUID | None]
    """The decision by which a row of it stands in the register of the unit `delivered_to`; work is due while it differs
    from the one in force."""
    delivered_to: Mapped[str | None] = mapped_column(String(60))
    """Set when it sets out: without `delivered_id` it may or may not have arrived there."""
    undelivered_reason: Mapped[str | None] = mapped_column(String(400))
    """Why that work could not be done (a month is closed, say)."""
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)


class KsefAttribution(Base):
    """Every decision about an invoice's unit, the engine's or a person's, with its evidence; the newest one counts."""

    __tablename__ = "ksef_attribution"
    __table_args__ = (Index("ix_ksef_attribution_invoice_id", "invoice_id"), {"info": MUNICIPALITY})
    id: Mapped[Key]
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("ksef_invoice.id"))
    outcome: Mapped[str] = mapped_column(String(10))
    unit_code: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(400))
    candidates: Mapped[list[Any]]
    """Ranked: unit, score, evidence (signal, sentence, field, weight)."""
    decided_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)


class KsefQuarantine(Base):
    """A document that could not be taken in: why, and its original bytes."""

    __tablename__ = "ksef_quarantine"
    __table_args__ = (UniqueConstraint("sha256", "name"), {"info": MUNICIPALITY})
    id: Mapped[Key]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("ksef_batch.id"))
    name: Mapped[str] = mapped_column(String(400))
    reasons: Mapped[list[Any]]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Compressed; None when only the place in its package is known (unreadable member of a broken ZIP)."""
    truncated: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    settled_by: Mapped[str | None] = mapped_column(String(120))
    settled_note: Mapped[str | None] = mapped_column(String(400))
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)


class JpkReturn(Base):
    """A consolidated JPK_V7M as written: a version of a month, its totals, its file, what it was made from."""

    __tablename__ = "jpk_return"
    __table_args__ = (
        UniqueConstraint("year", "month", "version"),
        CheckConstraint("purpose in (1, 2)", name="purpose"),
        {"info": MUNICIPALITY},
    )
    id: Mapped[Key]
    year: Mapped[int]
    month: Mapped[int]
    version: Mapped[int]
    purpose: Mapped[int]
    declaration: Mapped[dict[str, Any]]
    """P_ → full złote."""
    sums: Mapped[dict[str, Any]]
    """K_ → złote with grosze, of all units."""
    tax_due: Mapped[Money]
    tax_input: Mapped[Money]
    sale_count: Mapped[int]
    purchase_count: Mapped[int]
    inputs_hash: Mapped[str] = mapped_column(String(64))
    """Of everything the file was made from: the same inputs are never written twice."""
    file_sha256: Mapped[str] = mapped_column(String(64))
    file_bytes: Mapped[int]
    missing: Mapped[list[Any]] = mapped_column(server_default="[]")
    """Units that had not published, when the treasurer released the return without them."""
    release_reason: Mapped[str | None] = mapped_column(String(400))
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(server_default=NOW)


class JpkReturnPart(Base):
    """One unit's publication inside a return, and which row numbers of the file are its rows."""

    __tablename__ = "jpk_return_part"
    __table_args__ = ({"info": MUNICIPALITY},)
    return_id: Mapped[UUID] = mapped_column(ForeignKey("jpk_return.id"), primary_key=True)
    unit_code: Mapped[str] = mapped_column(String(60), primary_key=True)
    publication_id: Mapped[UUID]
    publication_version: Mapped[int]
    publication_hash: Mapped[str] = mapped_column(String(64))
    sums: Mapped[dict[str, Any]]
    excluded: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """Rows left out because their counterparty is the municipality itself: sale and purchase counts, sums by K_."""
    first_sale_no: Mapped[int]
    sale_count: Mapped[int]
    first_purchase_no: Mapped[int]
    purchase_count: Mapped[int]


for _model in (VatRatio, VatPublication, KsefBatch, KsefAttribution, JpkReturn, JpkReturnPart):
    append_only(_model.__table__)
for _table in (published_sale, published_purchase):
    append_only(_table)
append_only(
    KsefInvoice.__table__,
    "state",
    "unit_code",
    "attribution_id",
    "delivered_id",
    "delivered_to",
    "undelivered_reason",
    "ksef_number",
    "year",
    "month",
)
append_only(KsefQuarantine.__table__, "settled_by", "settled_note")
