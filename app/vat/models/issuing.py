"""Every tenant: how it issues invoices, what is being written, what was issued; a city: whose prefix is whose."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import MUNICIPALITY, Base, Key, Money, append_only
from app.vat.rules.issuing.draft import Kind, Mode
from app.vat.rules.issuing.sending import State

NOW = text("now()")


class InvoicePrefix(Base):
    """Whose numbers begin with what. A prefix belongs to one unit for good: KSeF remembers numbers for ten years."""

    __tablename__ = "invoice_prefix"
    __table_args__ = ({"info": MUNICIPALITY},)
    prefix: Mapped[str] = mapped_column(String(16), primary_key=True)
    unit_code: Mapped[str] = mapped_column(String(60), unique=True)
    taken_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)


class InvoiceIssuer(Base):
    """From a day: who sells (the municipality), who issues in its name (this unit), how numbers look. The newest row of
    the latest day counts."""

    __tablename__ = "invoice_issuer"
    __table_args__ = (Index("ix_invoice_issuer_since_on", "since_on", "recorded_at"),)
    id: Mapped[Key]
    since_on: Mapped[date]
    issuer: Mapped[dict[str, Any]]
    """`rules.issuing.draft.Issuer`."""
    pattern: Mapped[str] = mapped_column(String(80))
    decided_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)


class InvoiceCounter(Base):
    """The last place given out in a series and period ("FV", "2026"); its row's lock keeps numbers in order."""

    __tablename__ = "invoice_counter"
    series: Mapped[str] = mapped_column(String(8), primary_key=True)
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    last: Mapped[int]


class InvoiceDraft(Base):
    """An invoice being written; it has no number, may be changed and dropped, and leaves when it is issued."""

    __tablename__ = "invoice_draft"
    id: Mapped[Key]
    draft: Mapped[dict[str, Any]]
    """`rules.issuing.draft.Draft`."""
    corrects_id: Mapped[UUID | None]
    """The invoice corrected: the newest issued state of it."""
    advance_ids: Mapped[list[Any]] = mapped_column(server_default="[]")
    buyer_name: Mapped[str | None] = mapped_column(String(512))
    gross: Mapped[Money]
    written_by: Mapped[str] = mapped_column(String(120))
    changed_at: Mapped[datetime] = mapped_column(server_default=NOW)


class SalesInvoice(Base):
    """An invoice issued: immutable, with the very bytes that go to KSeF; only its way there moves on.

    `issued` → `sent` → `accepted` or `rejected`; a rejected one whose content goes again in another file is `replaced`.
    """

    __tablename__ = "sales_invoice"
    __table_args__ = (
        CheckConstraint("state in ('issued','sent','accepted','rejected','replaced')", name="state"),
        CheckConstraint("mode in ('online','offline24')", name="mode"),
        CheckConstraint("(state = 'accepted') = (ksef_number is not null)", name="ksef_number"),
        Index("uq_sales_invoice_number", "number", unique=True, postgresql_where=text("state <> 'replaced'")),
        Index(
            "uq_sales_invoice_place",
            "series",
            "period",
            "place",
            unique=True,
            postgresql_where=text("state <> 'replaced'"),
        ),
        Index("ix_sales_invoice_due", "send_by_on", postgresql_where=text("state in ('issued','sent')")),
        Index("ix_sales_invoice_issued_on", "issued_on"),
        Index("ix_sales_invoice_root_id", "root_id"),
    )
    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(256))
    series: Mapped[str] = mapped_column(String(8))
    period: Mapped[str] = mapped_column(String(7))
    place: Mapped[int]
    kind: Mapped[Kind] = mapped_column(String(8))
    issued_on: Mapped[date]
    year: Mapped[int]
    month: Mapped[int]
    """The month of VAT in whose register its row stands."""
    buyer_name: Mapped[str | None] = mapped_column(String(512))
    buyer_number: Mapped[str | None] = mapped_column(String(50))
    currency: Mapped[str] = mapped_column(String(3))
    net_pln: Mapped[Money]
    vat_pln: Mapped[Money]
    gross: Mapped[Money]
    draft: Mapped[dict[str, Any]]
    """What was written; of a correction, the state after it."""
    root_id: Mapped[UUID | None] = mapped_column(ForeignKey("sales_invoice.id"))
    """The invoice first issued, which a correction corrects (through whatever corrections before)."""
    advance_ids: Mapped[list[Any]] = mapped_column(server_default="[]")
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("sales_invoice.id"))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    """The XML as sent, zlib-compressed."""
    sha256: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    """Of the XML."""
    mode: Mapped[Mode] = mapped_column(String(9))
    send_by_on: Mapped[date]
    certificate_link: Mapped[str | None] = mapped_column(String(1000))
    """KOD II, signed once when it was issued offline."""
    issued_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)
    state: Mapped[State] = mapped_column(String(8))
    session_ref: Mapped[str | None] = mapped_column(String(60))
    """KSeF's session in which it was (or may have been) sent."""
    invoice_ref: Mapped[str | None] = mapped_column(String(60))
    sent_at: Mapped[datetime | None]
    ksef_number: Mapped[str | None] = mapped_column(String(36), unique=True)
    accepted_at: Mapped[datetime | None]
    upo: Mapped[bytes | None] = mapped_column(LargeBinary)
    rejected_code: Mapped[int | None]
    rejected_text: Mapped[str | None] = mapped_column(String(1000))


append_only(InvoicePrefix.__table__)
append_only(InvoiceIssuer.__table__)
append_only(
    SalesInvoice.__table__,
    "state",
    "session_ref",
    "invoice_ref",
    "sent_at",
    "ksef_number",
    "accepted_at",
    "upo",
    "rejected_code",
    "rejected_text",
)
