"""Lists of the inbox as statements with their columns, for a page to filter, sort, total and export."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.vat.models import KsefAttribution, KsefBatch, KsefInvoice, KsefQuarantine, KsefShare, UnitDirectory


@dataclass(frozen=True, slots=True)
class Listing:
    """A statement whose rows have the names of `columns`, and the column that makes its order certain."""

    statement: Select[Any]
    columns: Mapping[str, ColumnElement[Any]]
    tie: ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A document in quarantine: `reasons` (code, field, message), what of its bytes was kept (`truncated`: not all)."""

    id: UUID
    name: str
    reasons: tuple[Mapping[str, Any], ...]
    content: bytes | None
    truncated: bool
    source: str
    recorded_at: datetime
    settled_by: str | None
    settled_note: str | None


REASON_KIND: ColumnElement[str] = func.rtrim(func.split_part(KsefAttribution.reason, ":", 1), ".")
"""What stands before the colon of a decision's reason, without the full stop."""


def _listing(statement: Any, columns: Mapping[str, Any], tie: ColumnElement[Any]) -> Listing:
    return Listing(statement.add_columns(*(column.label(name) for name, column in columns.items())), columns, tie)


_OF_INVOICE: Mapping[str, Any] = {
    "number": KsefInvoice.number,
    "issued_on": KsefInvoice.issued_on,
    "month": func.make_date(KsefInvoice.year, KsefInvoice.month, 1),
    "side": KsefInvoice.side,
    "kind": KsefInvoice.kind,
    "seller_name": KsefInvoice.seller_name,
    "seller_nip": KsefInvoice.seller_nip,
    "buyer_name": KsefInvoice.buyer_name,
    "buyer_nip": KsefInvoice.buyer_nip,
    "counterparty": case((KsefInvoice.side == "sale", KsefInvoice.buyer_name), else_=KsefInvoice.seller_name),
    "ksef_number": KsefInvoice.ksef_number,
    "net_pln": KsefInvoice.net_pln,
    "vat_pln": KsefInvoice.vat_pln,
    "gross": KsefInvoice.gross,
    "currency": KsefInvoice.currency,
    "recorded_at": KsefInvoice.recorded_at,
}


def _waits(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    """A share of the split in force has not reached its unit."""
    own = (KsefShare.attribution_id == KsefInvoice.attribution_id, ~KsefShare.delivered, *more)
    return select(KsefShare.id).where(*own).correlate(KsefInvoice).exists()


_DUE = KsefInvoice.attribution_id.is_distinct_from(KsefInvoice.delivered_id)
_AWAITS = (KsefInvoice.state == "assigned") | KsefInvoice.delivered_id.is_not(None)
DELIVERY = case(
    (_DUE & _AWAITS & KsefInvoice.undelivered_reason.is_not(None), "blocked"),
    (_DUE & _AWAITS, "due"),
    (KsefInvoice.delivered_id.is_not(None), "delivered"),
    (KsefInvoice.state != "split", "none"),
    (_waits(KsefShare.undelivered_reason.is_not(None)), "blocked"),
    (_waits(), "due"),
    else_="delivered",
)
"""Where an invoice is on its way into registers; a split one is delivered when all its shares are."""


def invoices(session: Session) -> Listing:
    """Every invoice of the inbox with its unit, state and delivery.

    `id`; the columns; `delivery`: delivered, due, blocked (with `undelivered_reason`), none (no register awaits it).
    """
    columns = {
        **_OF_INVOICE,
        "state": KsefInvoice.state,
        "unit_code": KsefInvoice.unit_code,
        "unit_name": UnitDirectory.short_name,
        "delivery": DELIVERY,
        "undelivered_reason": KsefInvoice.undelivered_reason,
    }
    statement = select(KsefInvoice.id).outerjoin(UnitDirectory, UnitDirectory.code == KsefInvoice.unit_code)
    return _listing(statement, columns, KsefInvoice.__table__.c.id)


def queue(session: Session) -> Listing:
    """Invoices that wait for a person: why (`reason`, `reason_kind`), the best candidate and its score."""
    best = KsefAttribution.candidates[0]
    columns = {
        **_OF_INVOICE,
        "reason": KsefAttribution.reason,
        "reason_kind": REASON_KIND,
        "candidate": best["unit"].astext,
        "score": best["score"].as_integer(),
    }
    statement = (
        select(KsefInvoice.id, KsefInvoice.attribution_id)
        .join(KsefAttribution, KsefAttribution.id == KsefInvoice.attribution_id)
        .where(KsefInvoice.state == "queued")
    )
    return _listing(statement, columns, KsefInvoice.__table__.c.id)


def quarantine(session: Session) -> Listing:
    """Documents that could not be taken in: the first reason, how many, whether somebody settled it."""
    columns = {
        "name": KsefQuarantine.name,
        "reason": KsefQuarantine.reasons[0]["message"].astext,
        "code": KsefQuarantine.reasons[0]["code"].astext,
        "reason_count": func.jsonb_array_length(KsefQuarantine.reasons),
        "source": KsefBatch.source,
        "recorded_at": KsefQuarantine.recorded_at,
        "settled": KsefQuarantine.settled_by.is_not(None),
        "settled_by": KsefQuarantine.settled_by,
        "settled_note": KsefQuarantine.settled_note,
        "truncated": KsefQuarantine.truncated,
    }
    statement = select(KsefQuarantine.id).join(KsefBatch, KsefBatch.id == KsefQuarantine.batch_id)
    return _listing(statement, columns, KsefQuarantine.__table__.c.id)


def quarantined(session: Session, quarantine_id: UUID) -> Quarantined:
    """One document in quarantine with its bytes; raises `NotFound`."""
    kept = session.get(KsefQuarantine, quarantine_id)
    if kept is None:
        raise NotFound("Nie ma takiego dokumentu w kwarantannie.", "quarantine")
    return Quarantined(
        kept.id,
        kept.name,
        tuple(kept.reasons),
        None if kept.content is None else zlib.decompress(kept.content),
        kept.truncated,
        session.get_one(KsefBatch, kept.batch_id).source,
        kept.recorded_at,
        kept.settled_by,
        kept.settled_note,
    )


def batches(session: Session) -> Listing:
    """Imports with what each brought: invoices stored (`invoices`, of them `queued` now) and documents quarantined."""
    own = select(func.count()).where(KsefInvoice.batch_id == KsefBatch.id)
    waiting = own.where(KsefInvoice.state == "queued").scalar_subquery()
    refused = select(func.count()).where(KsefQuarantine.batch_id == KsefBatch.id).scalar_subquery()
    columns = {
        "source": KsefBatch.source,
        "imported_by": KsefBatch.imported_by,
        "recorded_at": KsefBatch.recorded_at,
        "invoices": own.scalar_subquery(),
        "queued": waiting,
        "quarantined": refused,
    }
    return _listing(select(KsefBatch.id), columns, KsefBatch.__table__.c.id)
