"""An invoice's way to KSeF, step by step; each step may be repeated, and a crash between two of them loses nothing.

What was noted before KSeF could have got anything (`set_out`) tells afterwards where to look.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from app.kernel import audit
from app.vat.models import SalesInvoice
from app.vat.queries.issuing.sending import unmarked
from app.vat.service.registers import issued as register
from app.vat.service.registers.issued import accept

LONGEST_REASON = 1000

__all__ = ["accept", "catch_up", "reject", "sent", "set_out", "take_back"]


def set_out(session: Session, ids: Collection[UUID], session_ref: str) -> None:
    """KSeF opened a session in which these will be sent; nothing is in it yet."""
    values = {"state": "sent", "session_ref": session_ref, "invoice_ref": None, "sent_at": func.now()}
    waiting = SalesInvoice.state.in_(("issued", "sent"))
    session.execute(update(SalesInvoice).where(SalesInvoice.id.in_(ids), waiting).values(values))


def sent(session: Session, invoice_id: UUID, invoice_ref: str | None) -> None:
    """KSeF has it under this reference (None: known only when its batch was processed)."""
    statement = update(SalesInvoice).where(SalesInvoice.id == invoice_id, SalesInvoice.state == "sent")
    session.execute(statement.values(invoice_ref=invoice_ref))


def take_back(session: Session, invoice_id: UUID) -> None:
    """It did not get to KSeF after all, and is due again."""
    values = {"state": "issued", "session_ref": None, "invoice_ref": None, "sent_at": None}
    statement = update(SalesInvoice).where(SalesInvoice.id == invoice_id, SalesInvoice.state == "sent")
    session.execute(statement.values(values))


def reject(session: Session, invoice_id: UUID, code: int, reason: str) -> None:
    """KSeF refused it. Its row stays in the register, for the sale took place; a person settles what goes instead."""
    values = {"state": "rejected", "rejected_code": code, "rejected_text": reason[:LONGEST_REASON]}
    statement = update(SalesInvoice).where(SalesInvoice.id == invoice_id, SalesInvoice.state == "sent").values(values)
    if session.execute(statement.returning(SalesInvoice.id)).one_or_none() is not None:
        after = {"code": code, "reason": reason[:LONGEST_REASON]}
        audit.record(session, "vat.invoice.reject", f"vat.sales_invoice:{invoice_id}", after=after)


def catch_up(session: Session) -> int:
    """Numbers that came while the month of their row was closed, now that it is open again; how many."""
    return sum(register.number(session, key, number) for key, number in unmarked(session))
