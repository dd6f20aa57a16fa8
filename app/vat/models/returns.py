"""A municipality: its consolidated returns and what each was made from."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import MUNICIPALITY, Base, Key, Money, append_only

NOW = text("now()")


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
    made_from: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """What the bytes follow from beside the units' parts: moment, taxpayer, own numbers, P_39, the treasurer's
    choices. Empty for a version made before this was kept."""
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


append_only(JpkReturn.__table__)
append_only(JpkReturnPart.__table__)
