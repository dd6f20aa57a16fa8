"""A municipality: invoices of its KSeF inbox, decisions about them, what could not be taken in."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import MUNICIPALITY, Base, Key, Money, append_only

NOW = text("now()")


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
        CheckConstraint("state in ('assigned','queued','internal','split')", name="state"),
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
    lesson: Mapped[dict[str, Any] | None]
    """What the decision in force has taught (`rules.attribution.Lesson`), so that it can be taken back exactly."""
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


class KsefShare(Base):
    """A unit's part of an invoice that was split by the decision `attribution_id`; delivered like a whole invoice."""

    __tablename__ = "ksef_share"
    __table_args__ = (
        UniqueConstraint("attribution_id", "unit_code"),
        Index("ix_ksef_share_invoice_id", "invoice_id"),
        Index("ix_ksef_share_unit_code", "unit_code"),
        {"info": MUNICIPALITY},
    )
    id: Mapped[Key]
    """The key of its row in the unit's register."""
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("ksef_invoice.id"))
    attribution_id: Mapped[UUID] = mapped_column(ForeignKey("ksef_attribution.id"))
    unit_code: Mapped[str] = mapped_column(ForeignKey("unit_directory.code"))
    amounts: Mapped[dict[str, Any]]
    """The ending of P_13 → [net, tax] in złote, as text."""
    net_pln: Mapped[Money]
    vat_pln: Mapped[Money]
    delivered: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    """A row of it stands in the unit's register; while it was only `sent`, one may."""
    sent: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    undelivered_reason: Mapped[str | None] = mapped_column(String(400))
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)


class KsefClue(Base):
    """What confirmations say of a clue (`rules.attribution.clues`): how often it was this unit's, how often not."""

    __tablename__ = "ksef_clue"
    __table_args__ = ({"info": MUNICIPALITY},)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    unit_code: Mapped[str] = mapped_column(String(60), primary_key=True)
    confirmed: Mapped[int]
    denied: Mapped[int]


class KsefSignal(Base):
    """How often a sign of the attribution, or a band of its scores, was right in this city."""

    __tablename__ = "ksef_signal"
    __table_args__ = ({"info": MUNICIPALITY},)
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    right_count: Mapped[int]
    wrong_count: Mapped[int]


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


append_only(KsefBatch.__table__)
append_only(KsefAttribution.__table__)
append_only(
    KsefInvoice.__table__,
    "state",
    "unit_code",
    "attribution_id",
    "delivered_id",
    "delivered_to",
    "undelivered_reason",
    "lesson",
    "ksef_number",
    "year",
    "month",
)
append_only(KsefShare.__table__, "delivered", "sent", "undelivered_reason")
append_only(KsefQuarantine.__table__, "settled_by", "settled_note")
