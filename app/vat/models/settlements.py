"""Who owes whom after a return: a settlement of each version in the municipality, notes in the unit that got them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import MUNICIPALITY, Base, Key, Money, append_only

NOW = text("now()")
NoteKind = Literal["settlement", "interest"]


class VatSettlement(Base):
    """A version of a return shared out: the city's own lines between the units' amounts and what the return says."""

    __tablename__ = "vat_settlement"
    __table_args__ = ({"info": MUNICIPALITY},)
    return_id: Mapped[UUID] = mapped_column(ForeignKey("jpk_return.id"), primary_key=True)
    surplus: Mapped[str] = mapped_column(String(8))
    """`city` or `unit`: who carries a unit's surplus of input tax to the next month."""
    lines: Mapped[dict[str, Any]]
    """units, rounding, carried, reliefs, held (surplus the units carry), to_pay, refund, carried_on; złote as text."""
    interest: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    """When the correction brought arrears: the rule's question, answer and reckoning."""
    issued_by: Mapped[str] = mapped_column(String(120))
    issued_at: Mapped[datetime] = mapped_column(server_default=NOW)


class VatNote(Base):
    """A settlement note of the city and one unit, numbered without gaps in a year; a positive amount the unit pays."""

    __tablename__ = "vat_note"
    __table_args__ = (
        UniqueConstraint("series_year", "number"),
        UniqueConstraint("return_id", "unit_code", "kind"),
        CheckConstraint("kind in ('settlement','interest')", name="kind"),
        {"info": MUNICIPALITY},
    )
    id: Mapped[Key]
    return_id: Mapped[UUID] = mapped_column(ForeignKey("vat_settlement.return_id"))
    year: Mapped[int]
    month: Mapped[int]
    unit_code: Mapped[str] = mapped_column(String(60))
    kind: Mapped[NoteKind] = mapped_column(String(12))
    series_year: Mapped[int]
    number: Mapped[int]
    issued_on: Mapped[date]
    amount: Mapped[Money]
    """What this note settles: the difference to the earlier notes of the month."""
    settled: Mapped[Money]
    """What the unit pays for the month in all, this note included."""
    carried_on: Mapped[Money]
    """Surplus the unit itself carries to the next month."""
    lines: Mapped[list[Any]]
    """The reckoning: step, formula, value, law."""
    issued_by: Mapped[str] = mapped_column(String(120))


class VatNoteReceived(Base):
    """The city's note as the unit has it."""

    __tablename__ = "vat_note_received"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Of the city's note: a note arrives once."""
    year: Mapped[int]
    month: Mapped[int]
    return_version: Mapped[int]
    kind: Mapped[NoteKind] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(40))
    """Its number as it is written: "VAT/12/2026"."""
    issued_on: Mapped[date]
    issuer: Mapped[str] = mapped_column(String(240))
    amount: Mapped[Money]
    settled: Mapped[Money]
    carried_on: Mapped[Money]
    lines: Mapped[list[Any]]
    received_at: Mapped[datetime] = mapped_column(server_default=NOW)


class VatReminder(Base):
    """The city's word to a unit that a step of a month is due soon, or late: said once."""

    __tablename__ = "vat_reminder"
    __table_args__ = (CheckConstraint("step in ('complete','sign') and kind in ('soon','late')", name="known"),)
    year: Mapped[int] = mapped_column(primary_key=True)
    month: Mapped[int] = mapped_column(primary_key=True)
    step: Mapped[str] = mapped_column(String(8), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    due_on: Mapped[date]
    said_at: Mapped[datetime] = mapped_column(server_default=NOW)


append_only(VatReminder.__table__)
append_only(VatSettlement.__table__)
append_only(VatNote.__table__)
append_only(VatNoteReceived.__table__)
