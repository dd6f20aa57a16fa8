"""Payments that are ready: as a list for a table, and one of a case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, or_, select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.purchasing.models import PaymentProposal
from app.purchasing.queries.cases import Listing

_SHOWN = (
    "payee_name", "payee_nip", "account", "amount", "currency", "split", "vat_amount", "number", "title", "due_on",
    "approved_by", "released_on", "notify_by_on", "case_id",
)  # fmt: skip


def listing(session: Session) -> Listing:
    """Live proposals and all that left; `state`: ready, released, explain (it left and its document was taken back)."""
    columns: dict[str, ColumnElement[Any]] = {name: getattr(PaymentProposal, name).expression for name in _SHOWN}
    columns["state"] = case(
        (PaymentProposal.released_on.is_(None), "ready"),
        (PaymentProposal.void_reason.is_(None), "released"),
        else_="explain",
    )
    shown = or_(PaymentProposal.void_reason.is_(None), PaymentProposal.released_on.is_not(None))
    statement = select(PaymentProposal.id, *(column.label(name) for name, column in columns.items()))
    return Listing(statement.where(shown), columns, PaymentProposal.id.expression)


def of_case(session: Session, case_id: UUID) -> PaymentProposal | None:
    """The live one."""
    query = select(PaymentProposal).where(PaymentProposal.case_id == case_id, PaymentProposal.void_reason.is_(None))
    return session.scalars(query).one_or_none()


def of_id(session: Session, proposal_id: UUID) -> PaymentProposal:
    """Void or not. Raises `NotFound`."""
    found = session.get(PaymentProposal, proposal_id)
    if found is None:
        raise NotFound("Nie ma takiej dyspozycji płatności.", "proposal")
    return found
