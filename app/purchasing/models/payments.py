"""Evidence from the register of taxpayers, and payments that are ready to leave."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, Key, Money, append_only

NOW = text("now()")


class WhitelistAnswer(Base):
    """One answer of the register of VAT taxpayers, kept as the proof that somebody asked."""

    __tablename__ = "whitelist_answer"
    __table_args__ = (
        CheckConstraint("via in ('api','flat')", name="via"),
        CheckConstraint("(via = 'api') = (request_id is not null)", name="request_id"),
        CheckConstraint("(via = 'flat') = (file_on is not null)", name="file_on"),
        Index("ix_whitelist_answer_account", "account", "nip", "asked_on"),
    )
    id: Mapped[Key]
    nip: Mapped[str] = mapped_column(String(10))
    account: Mapped[str] = mapped_column(String(26))
    asked_on: Mapped[date]
    """The day that was asked about."""
    assigned: Mapped[bool]
    status: Mapped[str] = mapped_column(String(12))
    via: Mapped[str] = mapped_column(String(4))
    request_id: Mapped[str | None] = mapped_column(String(60))
    """The key of the answer (klucz odpowiedzi)."""
    file_on: Mapped[date | None]
    purpose: Mapped[str] = mapped_column(String(120))
    """What for: `purchasing.case:<id>`."""
    asked_by: Mapped[str] = mapped_column(String(120))
    answered_at: Mapped[datetime]
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)


class PaymentProposal(Base):
    """An approved case with everything a transfer needs; at most one live for a case.

    `released_on`: the day on which it may leave, checked on that day; `answer_id` the evidence of that day.
    """

    __tablename__ = "payment_proposal"
    __table_args__ = (
        CheckConstraint("(released_on is null) = (released_by is null)", name="released"),
        Index("uq_payment_proposal_case", "case_id", unique=True, postgresql_where=text("void_reason is null")),
        Index(
            "ix_payment_proposal_due", "due_on", postgresql_where=text("void_reason is null and released_on is null")
        ),
    )
    id: Mapped[Key]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("purchase_case.id"))
    content: Mapped[str] = mapped_column(String(64))
    payee_name: Mapped[str] = mapped_column(String(512))
    payee_nip: Mapped[str] = mapped_column(String(50))
    account: Mapped[str | None] = mapped_column(String(26))
    amount: Mapped[Money]
    currency: Mapped[str] = mapped_column(String(3))
    split: Mapped[bool]
    vat_amount: Mapped[Money]
    """The part for the VAT account when it is split."""
    number: Mapped[str] = mapped_column(String(256))
    title: Mapped[str] = mapped_column(String(140))
    due_on: Mapped[date | None]
    approved_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(server_default=NOW)
    released_on: Mapped[date | None]
    released_by: Mapped[str | None] = mapped_column(String(120))
    release_note: Mapped[str | None] = mapped_column(String(1000))
    notify_by_on: Mapped[date | None]
    """ZAW-NR has to be sent until then, because it left without evidence or against it."""
    answer_id: Mapped[UUID | None] = mapped_column(ForeignKey("whitelist_answer.id"))
    void_reason: Mapped[str | None] = mapped_column(String(400))


append_only(WhitelistAnswer.__table__)
append_only(
    PaymentProposal.__table__,
    "released_on",
    "released_by",
    "release_note",
    "notify_by_on",
    "answer_id",
    "void_reason",
)
