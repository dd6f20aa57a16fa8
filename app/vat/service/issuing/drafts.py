"""Drafts: kept as written, however wrong; nothing typed is lost."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel import audit
from app.kernel.errors import Conflict
from app.kernel.money import LARGEST, ZERO
from app.vat.models import InvoiceDraft, SalesInvoice
from app.vat.rules.issuing import documents as drafts
from app.vat.rules.issuing.amounts import reckon
from app.vat.rules.issuing.draft import RATES, Draft


def save(
    session: Session,
    draft: Draft,
    draft_id: UUID | None = None,
    *,
    corrects_id: UUID | None = None,
    advance_ids: Sequence[UUID] = (),
) -> UUID:
    """Keeps a draft, new or changed; its key. Raises `Conflict` when it was issued meanwhile."""
    key = draft_id or uuid7()
    if session.get(SalesInvoice, key) is not None:
        raise Conflict("Ta faktura jest już wystawiona. Popraw ją fakturą korygującą.", "draft")
    readable = all(line.rate in RATES for line in draft.lines)
    gross = reckon(draft).gross if readable else ZERO
    values = {
        "draft": drafts.plain(draft),
        "corrects_id": corrects_id,
        "advance_ids": [str(one) for one in advance_ids],
        "buyer_name": (draft.buyer.name or "")[:512] or None,
        "gross": gross if abs(gross) < LARGEST else ZERO,
        "written_by": session.info["actor"],
        "changed_at": func.now(),
    }
    statement = insert(InvoiceDraft).values(id=key, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
    return key


def drop(session: Session, draft_id: UUID) -> None:
    """A draft that nobody wants; it never had a number."""
    gone = session.execute(delete(InvoiceDraft).where(InvoiceDraft.id == draft_id).returning(InvoiceDraft.buyer_name))
    if (found := gone.one_or_none()) is not None:
        audit.record(session, "vat.draft.drop", f"vat.draft:{draft_id}", before={"buyer": found.buyer_name})
