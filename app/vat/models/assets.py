"""Every tenant: fixed assets whose tax is corrected for years, what happened to them, and the corrections of a year."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import Base, Key, Money, append_only
from app.vat.rules.assets import AssetKind
from app.vat.rules.deduction import Use

NOW = text("now()")


class VatAsset(Base):
    """A fixed asset as it was put into use: its value and tax, złote, and by what it was deducted.

    `deducted_pct` is the exact combined per cent; `purchase_id` the row of the register that it came from. An asset
    entered by mistake is struck out with the reason."""

    __tablename__ = "vat_asset"
    __table_args__ = (
        CheckConstraint("kind in ('movable','real_estate')", name="kind"),
        CheckConstraint("deducted_pct between 0 and 100", name="deducted_pct"),
        CheckConstraint("vat >= 0 and initial_value >= 0", name="vat"),
        UniqueConstraint("number"),
    )
    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(240))
    kind: Mapped[AssetKind] = mapped_column(String(12))
    initial_value: Mapped[Money]
    vat: Mapped[Money]
    in_use_since: Mapped[date]
    use: Mapped[Use] = mapped_column(String(24))
    deducted_pct: Mapped[Any] = mapped_column(Numeric(7, 4))
    purchase_id: Mapped[UUID | None]
    struck_reason: Mapped[str | None] = mapped_column(String(400))
    recorded_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)


class VatAssetEvent(Base):
    """What happened to an asset inside its period: it was sold, or serves something else from a day."""

    __tablename__ = "vat_asset_event"
    __table_args__ = (
        CheckConstraint("what in ('sold','purpose')", name="what"),
        CheckConstraint("(what = 'sold') = (taxable is not null)", name="sold"),
        CheckConstraint("(what = 'purpose') = (use is not null)", name="purpose"),
        Index("ix_vat_asset_event_asset_id", "asset_id"),
    )
    id: Mapped[Key]
    asset_id: Mapped[UUID] = mapped_column(ForeignKey("vat_asset.id"))
    what: Mapped[str] = mapped_column(String(8))
    on: Mapped[date] = mapped_column("happened_on")
    taxable: Mapped[bool | None] = mapped_column(Boolean)
    use: Mapped[Use | None] = mapped_column(String(24))
    note: Mapped[str] = mapped_column(String(400))
    recorded_by: Mapped[str] = mapped_column(String(120))
    recorded_at: Mapped[datetime] = mapped_column(server_default=NOW)


class VatCorrection(Base):
    """A version of the corrections after a year: what goes into January's register, and from what it was reckoned.

    The same inputs (`inputs_hash`) make no new version. `row_id`: the row that the clerk accepted."""

    __tablename__ = "vat_correction"
    __table_args__ = (UniqueConstraint("year", "version"),)
    id: Mapped[Key]
    year: Mapped[int]
    version: Mapped[int]
    k_44: Mapped[Money]
    k_45: Mapped[Money]
    lines: Mapped[dict[str, Any]]
    """Of assets and of purchases: facts, amounts, steps."""
    use_relief: Mapped[bool]
    inputs_hash: Mapped[str] = mapped_column(String(64))
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime] = mapped_column(server_default=NOW)
    row_id: Mapped[UUID | None]
    accepted_by: Mapped[str | None] = mapped_column(String(120))
    accepted_at: Mapped[datetime | None]


append_only(VatAsset.__table__, "struck_reason")
append_only(VatAssetEvent.__table__)
append_only(VatCorrection.__table__, "row_id", "accepted_by", "accepted_at")
