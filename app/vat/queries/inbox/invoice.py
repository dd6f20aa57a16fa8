"""One invoice of the inbox: what it says, every decision about it, where it stands in the queue."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import NotFound
from app.vat.filings import fa3
from app.vat.models import KsefAttribution, KsefBatch, KsefInvoice, KsefShare, UnitDirectory
from app.vat.queries.inbox.listings import REASON_KIND
from app.vat.rules.attribution import Evidence
from app.vat.rules.facts import Invoice
from app.vat.rules.splitting import Share


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that the invoice may concern; `score` 0–99, None where no chance can be told."""

    unit: str
    name: str
    short_name: str
    score: int | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided what and why; `outcome`: assigned, queued, internal."""

    id: UUID
    outcome: str
    unit_code: str | None
    reason: str
    decided_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Corrected:
    """An invoice that this one corrects; `invoice_id` and `unit_code` when it is in the inbox too."""

    number: str
    ksef_number: str | None
    invoice_id: UUID | None
    unit_code: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An invoice of the inbox with everything a person needs to decide. `decisions` newest first.

    `warnings`: code, field, message. `decision` is the one in force: pass it as `seen` to `assign` and `refuse`.
    """

    id: UUID
    invoice: Invoice
    ksef_number: str | None
    side: str
    month: Month
    state: str
    unit_code: str | None
    decision: UUID | None
    shares: tuple[Share, ...]
    """Of the split in force."""
    delivered_to: str | None
    is_delivered: bool
    undelivered_reason: str | None
    warnings: tuple[Mapping[str, Any], ...]
    candidates: tuple[Candidate, ...]
    decisions: tuple[Decision, ...]
    corrects: tuple[Corrected, ...]
    source: str
    recorded_at: datetime


def entry(session: Session, invoice_id: UUID) -> Entry:
    """One invoice; raises `NotFound`."""
    return _entry(session, session.get(KsefInvoice, invoice_id))


def entry_by_number(session: Session, ksef_number: str) -> Entry:
    """The invoice with this KSeF number; raises `NotFound`."""
    query = select(KsefInvoice).where(KsefInvoice.ksef_number == ksef_number)
    return _entry(session, session.scalars(query).one_or_none())


def content(session: Session, invoice_id: UUID) -> bytes:
    """The document as it came; raises `NotFound`."""
    packed = session.scalars(select(KsefInvoice.content).where(KsefInvoice.id == invoice_id)).one_or_none()
    if packed is None:
        raise NotFound("Nie ma takiej faktury w skrzynce KSeF.", "invoice")
    return zlib.decompress(packed)


def _entry(session: Session, kept: KsefInvoice | None) -> Entry:
    if kept is None:
        raise NotFound("Nie ma takiej faktury w skrzynce KSeF.", "invoice")
    query = select(KsefAttribution).where(KsefAttribution.invoice_id == kept.id).order_by(KsefAttribution.id.desc())
    decisions = session.scalars(query).all()
    invoice = fa3.read(zlib.decompress(kept.content))
    ranked = next((decision.candidates for decision in decisions if decision.candidates), [])
    return Entry(
        id=kept.id,
        invoice=invoice,
        ksef_number=kept.ksef_number,
        side=kept.side,
        month=Month(kept.year, kept.month),
        state=kept.state,
        unit_code=kept.unit_code,
        decision=kept.attribution_id,
        shares=shares(session, kept.attribution_id),
        delivered_to=kept.delivered_to,
        is_delivered=kept.delivered_id is not None and kept.delivered_id == kept.attribution_id,
        undelivered_reason=kept.undelivered_reason,
        warnings=tuple(kept.warnings),
        candidates=_candidates(session, ranked),
        decisions=tuple(
            Decision(one.id, one.outcome, one.unit_code, one.reason, one.decided_by, one.recorded_at)
            for one in decisions
        ),
        corrects=_corrects(session, invoice),
        source=session.get_one(KsefBatch, kept.batch_id).source,
        recorded_at=kept.recorded_at,
    )


def shares(session: Session, decision: UUID | None) -> tuple[Share, ...]:
    """What each unit has of an invoice by that decision, by code; () when it is no split."""
    query = select(KsefShare).where(KsefShare.attribution_id == decision).order_by(KsefShare.unit_code)
    return tuple(
        Share(one.unit_code, {name: (Decimal(net), Decimal(tax)) for name, (net, tax) in one.amounts.items()})
        for one in session.scalars(query)
    )


def shares_of_corrected(session: Session, found: Entry) -> tuple[Share, ...]:
    """How the invoice that this one corrects is split now."""
    ids = [one.invoice_id for one in found.corrects if one.invoice_id is not None]
    query = select(KsefInvoice.attribution_id).where(KsefInvoice.id.in_(ids), KsefInvoice.state == "split")
    decision = session.scalars(query.order_by(KsefInvoice.id)).first() if ids else None
    return shares(session, decision) if decision is not None else ()


def _candidates(session: Session, ranked: list[dict[str, Any]]) -> tuple[Candidate, ...]:
    codes = [one["unit"] for one in ranked]
    query = select(UnitDirectory.code, UnitDirectory.name, UnitDirectory.short_name).where(
        UnitDirectory.code.in_(codes)
    )
    names = {code: (name, short) for code, name, short in session.execute(query)} if codes else {}
    found = []
    for one in ranked:
        name, short_name = names.get(one["unit"], (one["unit"], one["unit"]))
        signs = tuple(Evidence(**each) for each in one["evidence"])
        found.append(Candidate(one["unit"], name, short_name, one["score"], signs))
    return tuple(found)


def _corrects(session: Session, invoice: Invoice) -> tuple[Corrected, ...]:
    """By KSeF number, else by the seller's own number."""
    if not invoice.corrected:
        return ()
    by_number = KsefInvoice.ksef_number.in_([number for _, _, number in invoice.corrected if number])
    by_own = (KsefInvoice.seller_nip == invoice.seller.nip) & KsefInvoice.number.in_(
        [number for _, number, _ in invoice.corrected]
    )
    query = select(KsefInvoice.id, KsefInvoice.ksef_number, KsefInvoice.number, KsefInvoice.unit_code)
    known = session.execute(query.where(by_number | by_own).order_by(KsefInvoice.id)).all()
    found = []
    for _, number, ksef_number in invoice.corrected:
        match = next((one for one in known if ksef_number and one.ksef_number == ksef_number), None)
        if match is None and ksef_number is None:
            match = next((one for one in known if one.number == number), None)
        found.append(Corrected(number, ksef_number, match.id if match else None, match.unit_code if match else None))
    return tuple(found)


def neighbours(
    session: Session, invoice_id: UUID, month: Month | None = None, kind: str | None = None
) -> tuple[UUID | None, UUID | None]:
    """The queued invoices before and after this one (which may have left the queue), in the order of the queue.

    `month` and `kind` (of reason, see `queue_counts`) narrow the queue.
    """
    waiting = (
        select(KsefInvoice.id)
        .join(KsefAttribution, KsefAttribution.id == KsefInvoice.attribution_id)
        .where(KsefInvoice.state == "queued")
    )
    if month is not None:
        waiting = waiting.where(KsefInvoice.year == month.year, KsefInvoice.month == month.month)
    if kind is not None:
        waiting = waiting.where(REASON_KIND.in_([kind]))
    before = waiting.where(KsefInvoice.id < invoice_id).order_by(KsefInvoice.id.desc()).limit(1)
    after = waiting.where(KsefInvoice.id > invoice_id).order_by(KsefInvoice.id).limit(1)
    return session.scalars(before).first(), session.scalars(after).first()
