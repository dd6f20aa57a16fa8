"""A municipality: itself as the taxpayer, its units as the attribution knows them."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    Boolean,
    String,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import MUNICIPALITY, Base, Money

NOW = text("now()")


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
