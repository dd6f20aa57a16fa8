"""A municipality: how each return left the house. Attempts and what happened to them; nothing is ever rewritten."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import MUNICIPALITY, Base, Key, append_only

NOW = text("now()")


class JpkFiling(Base):
    """One attempt to file a return: the package made ready for a signature."""

    __tablename__ = "jpk_filing"
    __table_args__ = (UniqueConstraint("return_id", "number"), {"info": MUNICIPALITY})
    id: Mapped[Key]
    return_id: Mapped[UUID] = mapped_column(ForeignKey("jpk_return.id"))
    number: Mapped[int]
    metadata_sha256: Mapped[str] = mapped_column(String(64))
    """The InitUpload document as it waits for a signature, in the file store."""
    metadata_bytes: Mapped[int]
    pieces: Mapped[list[Any]]
    """Encrypted parts in the file store: name, sha256, size, md5 (Base64), in order."""
    prepared_by: Mapped[str] = mapped_column(String(120))
    prepared_at: Mapped[datetime] = mapped_column(server_default=NOW)


class JpkFilingEvent(Base):
    """One thing that happened to an attempt; the last one says where it stands."""

    __tablename__ = "jpk_filing_event"
    __table_args__ = ({"info": MUNICIPALITY},)
    filing_id: Mapped[UUID] = mapped_column(ForeignKey("jpk_filing.id"), primary_key=True)
    pos: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(12))
    code: Mapped[int | None]
    """Of the gateway, when it is its answer."""
    reference: Mapped[str | None] = mapped_column(String(64))
    note: Mapped[str | None] = mapped_column(String(2000))
    """A Polish sentence, or what the gateway wrote."""
    payload: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """Of an opened session: where the parts go."""
    file_sha256: Mapped[str | None] = mapped_column(String(64))
    """The signed InitUpload, or the confirmation of receipt (UPO)."""
    actor: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"))


append_only(JpkFiling.__table__)
append_only(JpkFilingEvent.__table__)
