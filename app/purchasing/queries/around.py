"""What is known around a document: the supplier's earlier accounts, documents that look the same, kept evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.purchasing.models import PaymentProposal, PurchaseCase, WhitelistAnswer
from app.purchasing.queries.cases import Case
from app.purchasing.rules.alarms import Evidence, Surroundings, Twin
from app.purchasing.rules.facts import Document

NEAR_DAYS = 7
MOST_ACCOUNTS = 5


def surroundings(session: Session, found: Case, on: date) -> Surroundings:
    """For `rules.alarms` of this case on that day."""
    known = evidence(session, found.document, found.account)
    return Surroundings(
        on=on,
        earlier_accounts=_earlier(session, found),
        evidence=known,
        twins=_twins(session, found),
        asked_in_vain=found.silent_at is not None and known is None,
    )


def evidence(session: Session, document: Document, account: str | None, on: date | None = None) -> Evidence | None:
    """The answer about this account and who may own it, of the day `on` or the newest; a yes before a no."""
    row = _answer(session, document, account, on)
    return None if row is None else Evidence(row.account, row.asked_on, row.assigned, _reference(row))


def answer_id(session: Session, document: Document, account: str | None, on: date) -> UUID | None:
    """The key of the evidence of that day."""
    row = _answer(session, document, account, on)
    return None if row is None else row.id


def _answer(session: Session, document: Document, account: str | None, on: date | None) -> WhitelistAnswer | None:
    if account is None:
        return None
    owners = [nip for nip in (document.seller_nip, document.factor_nip) if nip]
    query = select(WhitelistAnswer).where(WhitelistAnswer.account == account, WhitelistAnswer.nip.in_(owners))
    if on is not None:
        query = query.where(WhitelistAnswer.asked_on == on)
    order = (WhitelistAnswer.asked_on.desc(), WhitelistAnswer.assigned.desc(), WhitelistAnswer.id.desc())
    return session.scalars(query.order_by(*order).limit(1)).one_or_none()


def _reference(row: WhitelistAnswer) -> str:
    """What proves the answer: its key, or the flat file's day."""
    return row.request_id or f"plik płaski z {row.file_on:%d.%m.%Y}"


def answers(session: Session, document: Document) -> Sequence[WhitelistAnswer]:
    """Every kept answer about the document's seller (and factor), the newest first."""
    owners = [nip for nip in (document.seller_nip, document.factor_nip) if nip]
    query = select(WhitelistAnswer).where(WhitelistAnswer.nip.in_(owners))
    return session.scalars(query.order_by(WhitelistAnswer.id.desc()).limit(20)).all()


def _earlier(session: Session, found: Case) -> tuple[str, ...]:
    """Accounts that this supplier's other documents were approved with, the latest first."""
    newest = func.max(PaymentProposal.made_at)
    query = (
        select(PaymentProposal.account)
        .where(
            PaymentProposal.payee_nip == found.document.seller_nip,
            PaymentProposal.account.is_not(None),
            PaymentProposal.void_reason.is_(None),
            PaymentProposal.case_id != found.id,
        )
        .group_by(PaymentProposal.account)
        .order_by(newest.desc())
        .limit(MOST_ACCOUNTS)
    )
    return tuple(account for account in session.scalars(query) if account)


def _twins(session: Session, found: Case) -> tuple[Twin, ...]:
    """Of the same supplier and amount: under the same number, or issued within days."""
    document = found.document
    same = _squeezed(PurchaseCase.number) == "".join(document.number.split()).lower()
    around = timedelta(days=NEAR_DAYS)
    near = PurchaseCase.issued_on.between(document.issued_on - around, document.issued_on + around)
    query = select(PurchaseCase.number, PurchaseCase.issued_on, PurchaseCase.gross, same.label("same")).where(
        PurchaseCase.id != found.id,
        PurchaseCase.seller_nip == document.seller_nip,
        PurchaseCase.gross == document.gross,
        PurchaseCase.state.in_(("open", "ready")),
        or_(same, near),
    )
    rows = session.execute(query.order_by(same.desc(), PurchaseCase.issued_on).limit(5))
    return tuple(Twin(one.number, one.issued_on, one.gross, one.same) for one in rows)


def _squeezed(column: Any) -> ColumnElement[Any]:
    return func.lower(func.regexp_replace(column, r"\s", "", "g"))
