"""Issued invoices and drafts: one of them with its bytes and history, lists, what a correction or a final one needs."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, String, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import NotFound
from app.vat.models import InvoiceDraft, SalesInvoice, sale
from app.vat.queries.inbox.listings import Listing
from app.vat.rules.issuing import documents as drafts
from app.vat.rules.issuing.amounts import gross_of
from app.vat.rules.issuing.building import Original, Settled, state_totals
from app.vat.rules.issuing.draft import Draft, Kind, Mode
from app.vat.rules.issuing.sending import State, register_key

COUNTED = SalesInvoice.state.in_(("issued", "sent", "accepted"))
"""Those that stand: neither refused by KSeF nor replaced."""


@dataclass(frozen=True, slots=True)
class Issued:
    """One issued invoice. `row_id`: its row in the sales register; `marked`: that row has its KSeF number (or needs
    none); `corrections` (id, number, state), oldest first."""

    id: UUID
    number: str
    kind: Kind
    issued_on: date
    month: Month
    draft: Draft
    gross: Decimal
    currency: str
    xml: bytes
    sha256: bytes
    mode: Mode
    send_by_on: date
    certificate_link: str | None
    issued_by: str
    recorded_at: datetime
    state: State
    session_ref: str | None
    sent_at: datetime | None
    ksef_number: str | None
    accepted_at: datetime | None
    upo: bytes | None
    rejected_code: int | None
    rejected_text: str | None
    root_id: UUID | None
    replaces_id: UUID | None
    advance_ids: tuple[UUID, ...]
    row_id: UUID | None
    marked: bool
    corrections: tuple[tuple[UUID, str, State], ...]


def invoice(session: Session, invoice_id: UUID) -> Issued:
    """Raises `NotFound`."""
    found = session.get(SalesInvoice, invoice_id)
    if found is None:
        raise NotFound("Nie ma takiej faktury.", "id")
    row = session.execute(
        select(sale.c.id, sale.c.marker).where(sale.c.source == "ksef", sale.c.source_key == register_key(invoice_id))
    ).one_or_none()
    query = select(SalesInvoice.id, SalesInvoice.number, SalesInvoice.state).where(SalesInvoice.root_id == invoice_id)
    names = (
        "id", "number", "kind", "issued_on", "gross", "currency", "sha256", "mode", "send_by_on", "certificate_link",
        "issued_by", "recorded_at", "state", "session_ref", "sent_at", "ksef_number", "accepted_at", "upo",
        "rejected_code", "rejected_text", "root_id", "replaces_id",
    )  # fmt: skip
    return Issued(
        **{name: getattr(found, name) for name in names},
        month=Month(found.year, found.month),
        draft=drafts.draft(found.draft),
        xml=zlib.decompress(found.content),
        advance_ids=tuple(UUID(key) for key in found.advance_ids),
        row_id=row.id if row else None,
        marked=row is None or found.ksef_number is None or row.marker == "NrKSeF",
        corrections=tuple((one.id, one.number, one.state) for one in session.execute(query.order_by(SalesInvoice.id))),
    )


def root(session: Session, invoice_id: UUID, *, hold: bool = False) -> SalesInvoice:
    """The invoice first issued, of which this one is or which it corrects. Raises `NotFound`."""
    found = session.get(SalesInvoice, invoice_id)
    key = invoice_id if found is None or found.root_id is None else found.root_id
    query = select(SalesInvoice).where(SalesInvoice.id == key)
    first = session.scalars(query.with_for_update() if hold else query).one_or_none()
    if first is None:
        raise NotFound("Nie ma faktury, którą chcesz skorygować.", "original")
    return first


def original(session: Session, root_id: UUID) -> tuple[Original, Kind]:
    """What a correction of this invoice corrects: the invoice first issued, in the state its last correction left.

    Raises `NotFound`.
    """
    first = root(session, root_id)
    query = select(SalesInvoice.draft).where(SalesInvoice.root_id == first.id, COUNTED)
    last = session.scalars(query.order_by(SalesInvoice.id.desc()).limit(1)).one_or_none()
    state = drafts.draft(last if last is not None else first.draft)
    return Original(first.number, first.ksef_number, first.issued_on, state), first.kind


def settled(session: Session, ids: Sequence[UUID]) -> tuple[Settled, ...]:
    """Advance invoices, as their last corrections left them, for a final one. Raises `NotFound`."""
    found = []
    for key in ids:
        root, _ = original(session, key)
        totals = state_totals(root.state)
        found.append(Settled(root.number, root.ksef_number, totals, gross_of(totals)))
    return tuple(found)


def open_advances(session: Session) -> Sequence[RowMapping]:
    """Advance invoices that no final one has settled yet: id, number, buyer_name, gross, issued_on, ksef_number."""
    used = select(func.jsonb_array_elements_text(SalesInvoice.advance_ids)).where(
        COUNTED, SalesInvoice.root_id.is_(None)
    )
    query = (
        select(
            SalesInvoice.id, SalesInvoice.number, SalesInvoice.buyer_name, SalesInvoice.gross, SalesInvoice.issued_on,
            SalesInvoice.ksef_number,
        )
        .where(SalesInvoice.kind == "ZAL", COUNTED, cast(SalesInvoice.id, String).not_in(used))
        .order_by(SalesInvoice.id)
    )  # fmt: skip
    return session.execute(query).mappings().all()


def listing(session: Session) -> Listing:
    """Issued invoices; `send_by_on` only while they still wait for KSeF's answer."""
    columns: dict[str, Any] = {
        "number": SalesInvoice.number,
        "kind": SalesInvoice.kind,
        "issued_on": SalesInvoice.issued_on,
        "buyer_name": SalesInvoice.buyer_name,
        "buyer_number": SalesInvoice.buyer_number,
        "net_pln": SalesInvoice.net_pln,
        "vat_pln": SalesInvoice.vat_pln,
        "gross": SalesInvoice.gross,
        "currency": SalesInvoice.currency,
        "state": SalesInvoice.state,
        "send_by_on": case((SalesInvoice.state.in_(("issued", "sent")), SalesInvoice.send_by_on)),
        "ksef_number": SalesInvoice.ksef_number,
        "mode": SalesInvoice.mode,
        "issued_by": SalesInvoice.issued_by,
    }
    statement = select(SalesInvoice.id)
    return Listing(
        statement.add_columns(*(column.label(name) for name, column in columns.items())),
        columns,
        SalesInvoice.__table__.c.id,
    )


@dataclass(frozen=True, slots=True)
class Written:
    """A draft."""

    id: UUID
    draft: Draft
    corrects_id: UUID | None
    advance_ids: tuple[UUID, ...]
    written_by: str
    changed_at: datetime


def draft(session: Session, draft_id: UUID) -> Written | None:
    """None when there is none (any more)."""
    found = session.get(InvoiceDraft, draft_id)
    if found is None:
        return None
    ids = tuple(UUID(key) for key in found.advance_ids)
    return Written(found.id, drafts.draft(found.draft), found.corrects_id, ids, found.written_by, found.changed_at)


def all_drafts(session: Session) -> Sequence[InvoiceDraft]:
    """The last changed first."""
    return session.scalars(select(InvoiceDraft).order_by(InvoiceDraft.changed_at.desc(), InvoiceDraft.id)).all()


def buyers(session: Session, asked: str, most: int = 8) -> list[Draft]:
    """Drafts of the last invoice of each buyer whose NIP begins or name contains what is asked for."""
    wanted = asked.strip()
    found = or_(
        SalesInvoice.buyer_number.startswith(wanted, autoescape=True),
        SalesInvoice.buyer_name.icontains(wanted, autoescape=True),
    )
    newest = (
        select(SalesInvoice.draft, func.row_number().over(
            partition_by=(SalesInvoice.buyer_number, func.coalesce(SalesInvoice.buyer_number, SalesInvoice.buyer_name)),
            order_by=SalesInvoice.id.desc(),
        ).label("place"), SalesInvoice.id)
        .where(found, SalesInvoice.root_id.is_(None))
        .subquery()
    )  # fmt: skip
    query = select(newest.c.draft).where(newest.c.place == literal(1)).order_by(newest.c.id.desc()).limit(most)
    return [drafts.draft(one) for one in session.scalars(query)]
