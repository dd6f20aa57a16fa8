"""How returns left the house: attempts, what happened to each, where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.gateways.jpk.codes import outcome
from app.gateways.jpk.package import Piece
from app.kernel.dates import Month
from app.kernel.errors import NotFound
from app.kernel.files import Stored
from app.vat.models import JpkFiling, JpkFilingEvent, JpkReturn

State = Literal[
    "prepared", "signed", "opened", "uploaded", "finished", "accepted", "rejected", "expired", "declined", "withdrawn"
]
OVER: frozenset[State] = frozenset({"rejected", "expired", "declined", "withdrawn"})
"""Nothing was filed by such an attempt and nothing will be: a person may prepare another."""
SENDING: frozenset[State] = frozenset({"signed", "opened", "uploaded"})
_STEPS: Mapping[str, State] = {
    "signed": "signed", "opened": "opened", "uploaded": "uploaded", "finished": "finished", "declined": "declined",
    "withdrawn": "withdrawn",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `note` is Polish, or the gateway's own words."""

    kind: str
    code: int | None
    reference: str | None
    note: str | None
    payload: Mapping[str, Any]
    file_sha256: str | None
    actor: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Filing:
    """One attempt, oldest event first."""

    id: UUID
    return_id: UUID
    month: Month
    version: int
    purpose: int
    number: int
    metadata: Stored
    pieces: tuple[Piece, ...]
    prepared_by: str
    prepared_at: datetime
    events: tuple[Event, ...]

    @property
    def state(self) -> State:
        """Where it stands, from what happened."""
        now: State = "prepared"
        for event in self.events:
            now = _STEPS.get(event.kind, now)
            if event.kind == "status" and event.code is not None:
                said = outcome(event.code)
                now = said if said in ("accepted", "rejected", "expired") else now
        return now

    @property
    def reference(self) -> str | None:
        """The gateway's number."""
        return next((one.reference for one in reversed(self.events) if one.reference), None)

    @property
    def code(self) -> int | None:
        """The last answer of the gateway."""
        return next((one.code for one in reversed(self.events) if one.code is not None), None)

    @property
    def signed_sha256(self) -> str | None:
        return next((one.file_sha256 for one in reversed(self.events) if one.kind == "signed"), None)

    @property
    def upo_sha256(self) -> str | None:
        """The confirmation of receipt in the file store."""
        return next((one.file_sha256 for one in reversed(self.events) if one.code == 200), None)

    @property
    def session(self) -> Mapping[str, Any]:
        """Where the parts go, as the gateway said when it opened."""
        return next((one.payload for one in reversed(self.events) if one.kind == "opened"), {})


def filings(session: Session, month: Month) -> Sequence[Filing]:
    """Every attempt for the month, the newest first."""
    wanted = (JpkReturn.year == month.year, JpkReturn.month == month.month)
    return _filings(session, *wanted)


def filing(session: Session, filing_id: UUID) -> Filing:
    """One attempt. Raises `NotFound`."""
    found = _filings(session, JpkFiling.id == filing_id)
    if not found:
        raise NotFound("Nie ma takiej wysyłki.", "filing")
    return found[0]


def accepted(session: Session, month: Month) -> Filing | None:
    """The newest attempt of the month for which there is a confirmation of receipt."""
    return next((one for one in filings(session, month) if one.state == "accepted"), None)


def waiting(session: Session) -> Sequence[Filing]:
    """Attempts whose fate the gateway has yet to tell."""
    told = select(JpkFilingEvent.filing_id).where(JpkFilingEvent.kind == "finished")
    return [one for one in _filings(session, JpkFiling.id.in_(told)) if one.state == "finished"]


def _filings(session: Session, *wanted: Any) -> list[Filing]:
    query = select(JpkFiling, JpkReturn).join(JpkReturn, JpkReturn.id == JpkFiling.return_id).where(*wanted)
    rows = session.execute(query.order_by(JpkReturn.version.desc(), JpkFiling.number.desc())).all()
    told: dict[UUID, list[Event]] = {row.JpkFiling.id: [] for row in rows}
    events = select(JpkFilingEvent).where(JpkFilingEvent.filing_id.in_(told))
    for one in session.scalars(events.order_by(JpkFilingEvent.filing_id, JpkFilingEvent.pos)):
        told[one.filing_id].append(
            Event(one.kind, one.code, one.reference, one.note, one.payload, one.file_sha256, one.actor, one.recorded_at)
        )
    return [
        Filing(
            made.id, made.return_id, Month(filed.year, filed.month), filed.version, filed.purpose, made.number,
            Stored(made.metadata_sha256, made.metadata_bytes), tuple(Piece(**piece) for piece in made.pieces),
            made.prepared_by, made.prepared_at, tuple(told[made.id]),
        )
        for made, filed in rows
    ]  # fmt: skip
