"""A municipality's connection to KSeF and how far its inbox was fetched: marks, packages, calls counted."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import MUNICIPALITY, Base, Key

NOW = text("now()")


class KsefConnection(Base):
    """One row: where, in whose name and with what this municipality talks to KSeF, and how that goes."""

    __tablename__ = "ksef_connection"
    __table_args__ = (
        CheckConstraint("method in ('token','certificate')", name="method"),
        CheckConstraint("state in ('active','paused','broken')", name="state"),
        {"info": MUNICIPALITY},
    )
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    base_url: Mapped[str]
    context: Mapped[str] = mapped_column(String(16))
    """NIP or IDWew."""
    method: Mapped[str] = mapped_column(String(12))
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    """Sealed (`app.kernel.sealing`): the token, or certificate and key as JSON."""
    fingerprint: Mapped[str] = mapped_column(String(16))
    """Beginning of the secret's SHA-256, to tell one from another."""
    subjects: Mapped[list[Any]]
    """As whom the municipality stands on the invoices it fetches: Subject2 (buyer), Subject1 (seller)."""
    state: Mapped[str] = mapped_column(String(8), server_default="active")
    """`broken`: only a person can help (the secret is no good any more)."""
    rates: Mapped[dict[str, Any] | None]
    """What KSeF said of its limits when the connection was made."""
    skew_s: Mapped[int | None]
    """KSeF's clock minus ours."""
    failures: Mapped[int] = mapped_column(server_default="0")
    """In a row."""
    wait_until: Mapped[datetime | None]
    """No call before: an outage, or Retry-After."""
    error: Mapped[str | None] = mapped_column(String(1000))
    error_at: Mapped[datetime | None]
    ok_at: Mapped[datetime | None]
    lease: Mapped[UUID | None]
    """Who fetches just now; one at a time."""
    leased_until: Mapped[datetime | None]
    connected_by: Mapped[str] = mapped_column(String(120))
    connected_at: Mapped[datetime]


class KsefMark(Base):
    """For each subject: everything stored in KSeF before `from_at` is here; the next package may be asked for from
    `next_at` on."""

    __tablename__ = "ksef_mark"
    __table_args__ = ({"info": MUNICIPALITY},)
    subject: Mapped[str] = mapped_column(String(8), primary_key=True)
    from_at: Mapped[datetime]
    next_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    """When KSeF last answered, with or without invoices."""


class KsefPackage(Base):
    """One export: asked (the request may or may not have arrived) → requested → received → imported, or lost, when KSeF
    has it no more and the same window is asked for again. Packages without invoices are not kept."""

    __tablename__ = "ksef_package"
    __table_args__ = (
        CheckConstraint("state in ('asked','requested','received','imported','lost')", name="state"),
        Index(
            "uq_ksef_package_open", "subject", unique=True,
            postgresql_where=text("state in ('asked','requested','received')"),
        ),
        {"info": MUNICIPALITY},
    )  # fmt: skip
    id: Mapped[Key]
    subject: Mapped[str] = mapped_column(String(8))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    sealing: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Sealed: the key and vector the export is encrypted with; forgotten when it is over."""
    state: Mapped[str] = mapped_column(String(10))
    reference: Mapped[str | None] = mapped_column(String(60))
    count: Mapped[int | None]
    resume_at: Mapped[datetime | None]
    """Where the next window begins once this package is imported."""
    truncated: Mapped[bool | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    """Of the ZIP in the file store."""
    result: Mapped[dict[str, Any] | None]
    attempts: Mapped[int] = mapped_column(server_default="0")
    """Failed downloads in a row."""
    due_at: Mapped[datetime]
    """Next step not before."""
    error: Mapped[str | None] = mapped_column(String(1000))
    asked_at: Mapped[datetime]
    requested_at: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class KsefCall(Base):
    """Calls of the last hour, noted before they are made: our own guard of KSeF's limits."""

    __tablename__ = "ksef_call"
    __table_args__ = (Index("ix_ksef_call_group_name", "group_name", "called_at"), {"info": MUNICIPALITY})
    id: Mapped[Key]
    group_name: Mapped[str] = mapped_column(String(16))
    called_at: Mapped[datetime]
