"""What is due to go to KSeF, and what KSeF has not answered yet."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.vat.models import SalesInvoice, sale
from app.vat.rules.issuing.sending import register_key


@dataclass(frozen=True, slots=True)
class Ready:
    """An invoice on its way. `hash_of_corrected`: of the refused file that it stands for (technical correction);
    `session_ref`, `invoice_ref`: where it was sent already."""

    id: UUID
    number: str
    xml: bytes
    sha256: bytes
    offline: bool
    hash_of_corrected: bytes | None
    session_ref: str | None
    invoice_ref: str | None


def to_send(session: Session, most: int) -> list[Ready]:
    """Issued and not sent, oldest first."""
    return _ready(session, "issued", most)


def unanswered(session: Session, most: int) -> list[Ready]:
    """Sent (or nearly so), with KSeF's answer missing."""
    return _ready(session, "sent", most)


def _ready(session: Session, state: str, most: int) -> list[Ready]:
    query = select(SalesInvoice).where(SalesInvoice.state == state).order_by(SalesInvoice.id).limit(most)
    return [_one(session, found) for found in session.scalars(query)]


def _one(session: Session, found: SalesInvoice) -> Ready:
    refused = session.get(SalesInvoice, found.replaces_id) if found.replaces_id else None
    technical = refused is not None and found.mode == "offline24"
    return Ready(
        found.id,
        found.number,
        zlib.decompress(found.content),
        found.sha256,
        found.mode == "offline24",
        refused.sha256 if refused is not None and technical else None,
        found.session_ref,
        found.invoice_ref,
    )


def unmarked(session: Session) -> Sequence[tuple[UUID, str]]:
    """(invoice, KSeF number) of those whose row in the register still says OFF (its month was closed)."""
    keys = select(sale.c.source_key).where(sale.c.marker == "OFF", sale.c.void_reason.is_(None))
    query = select(SalesInvoice.id, SalesInvoice.ksef_number).where(SalesInvoice.ksef_number.is_not(None))
    waiting = set(session.scalars(keys.where(sale.c.source_key.startswith("issued:"))))
    found = session.execute(query) if waiting else ()
    return [(row.id, row.ksef_number) for row in found if register_key(row.id) in waiting]


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many invoices wait, and the first term of sending among them."""

    unsent: int
    unanswered: int
    rejected: int
    first_on: date | None


def waiting(session: Session) -> Waiting:
    """What a person should see at once: counts by what they wait for."""
    query = select(SalesInvoice.state, func.count(), func.min(SalesInvoice.send_by_on)).where(
        SalesInvoice.state.in_(("issued", "sent", "rejected"))
    )
    found = {state: (count, first) for state, count, first in session.execute(query.group_by(SalesInvoice.state))}
    days = [first for state, (_, first) in found.items() if state != "rejected"]
    unsent, unanswered_, rejected = (found.get(state, (0, None))[0] for state in ("issued", "sent", "rejected"))
    return Waiting(unsent, unanswered_, rejected, min(days, default=None))
