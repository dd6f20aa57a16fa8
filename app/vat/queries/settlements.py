"""Settlements of returns with units, and the notes: as the city issued them, as a unit received them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import NotFound
from app.kernel.reckoning import Step
from app.vat.models import JpkReturn, VatNote, VatNoteReceived, VatReminder, VatSettlement
from app.vat.rules.sharing import kept_steps, note_title


@dataclass(frozen=True, slots=True)
class Note:
    """A note. `amount` above zero: the unit pays; `lines`: its reckoning."""

    id: UUID
    month: Month
    version: int
    unit: str
    kind: str
    title: str
    issued_on: date
    amount: Decimal
    settled: Decimal
    carried_on: Decimal
    lines: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Settlement:
    """A version shared out. `lines`: the city's own, złote by name (see `rules.sharing.Shared`); `interest`: the
    question, answer and reckoning, empty when the version brought no arrears."""

    month: Month
    version: int
    surplus: str
    lines: Mapping[str, Decimal]
    interest: Mapping[str, Any]
    issued_by: str
    issued_at: datetime
    notes: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Reminder:
    """`step` "complete" or "sign", `kind` "soon" or "late"."""

    step: str
    kind: str
    due_on: date


def settlement(session: Session, return_id: UUID) -> Settlement | None:
    """Of one version; None when it was not settled."""
    row = session.get(VatSettlement, return_id)
    if row is None:
        return None
    made = session.get_one(JpkReturn, return_id)
    amounts = {name: Decimal(amount) for name, amount in row.lines.items()}
    return Settlement(
        Month(made.year, made.month), made.version, row.surplus, amounts, row.interest, row.issued_by, row.issued_at,
        tuple(notes(session, VatNote.return_id == return_id)),
    )  # fmt: skip


def of_month(session: Session, month: Month) -> Sequence[Note]:
    """Every note of the month, the newest version first."""
    return notes(session, VatNote.year == month.year, VatNote.month == month.month)


def of_return(session: Session, return_id: UUID) -> Sequence[Note]:
    """The notes of one version."""
    return notes(session, VatNote.return_id == return_id)


def note(session: Session, note_id: UUID) -> Note:
    """One note of the city. Raises `NotFound`."""
    found = notes(session, VatNote.id == note_id)
    if not found:
        raise NotFound("Nie ma takiej noty.", "note")
    return found[0]


def notes(session: Session, *wanted: Any) -> Sequence[Note]:
    """Notes of the city that the conditions hold for: by version from the newest, then by number."""
    query = select(VatNote, JpkReturn.version).join(JpkReturn, JpkReturn.id == VatNote.return_id).where(*wanted)
    rows = session.execute(query.order_by(JpkReturn.version.desc(), VatNote.series_year, VatNote.number))
    return [
        Note(
            row.id, Month(row.year, row.month), version, row.unit_code, row.kind,
            note_title(row.number, row.series_year), row.issued_on, row.amount, row.settled, row.carried_on,
            kept_steps(row.lines),
        )
        for row, version in rows
    ]  # fmt: skip


def received(session: Session) -> Sequence[VatNoteReceived]:
    """A unit's own notes, the newest first."""
    order = (VatNoteReceived.issued_on.desc(), VatNoteReceived.title.desc())
    return session.scalars(select(VatNoteReceived).order_by(*order)).all()


def received_one(session: Session, note_id: UUID) -> VatNoteReceived:
    """Raises `NotFound`."""
    found = session.get(VatNoteReceived, note_id)
    if found is None:
        raise NotFound("Nie ma takiej noty.", "note")
    return found


def reminders(session: Session, month: Month) -> Sequence[Reminder]:
    """What the city reminded a unit of about a month, the latest first."""
    query = select(VatReminder).filter_by(year=month.year, month=month.month).order_by(VatReminder.said_at.desc())
    return [Reminder(row.step, row.kind, row.due_on) for row in session.scalars(query)]
