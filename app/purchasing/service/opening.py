"""How a case begins: with an invoice that reached the unit's register, or with a paper that somebody enters.

Each document opens one case, however often it is told about; a document that left and came back goes on in its own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert as plain_insert
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel.clock import today
from app.kernel.money import ZERO
from app.purchasing.models import PurchaseAct, PurchaseCase
from app.purchasing.queries.cases import scheme, scheme_in_force
from app.purchasing.rules.content import content_hash, row_values
from app.purchasing.rules.documents import check_paper, of_invoice
from app.purchasing.rules.facts import Act, Document
from app.purchasing.service.book import announce, write
from app.vat.queries.registers import bought
from app.vat.queries.registers.bought import Bought
from app.vat.rules.delivery import Delivery, Receipt, Withdrawal

ROWS_AT_ONCE = 500


def open_delivered(session: Session, deliveries: Sequence[Delivery], receipts: Sequence[Receipt]) -> int:
    """A case for every purchase that the register took in; how many are new. In the transaction of the register's rows.

    An invoice that came back goes on with its case, from the description.
    """
    taken = {one.attribution_id for one in receipts if one.problem is None}
    documents = {
        one.invoice_id: of_invoice(one.invoice, one.ksef_number, one.month.first_on)
        for one in deliveries
        if one.side == "purchase" and one.attribution_id in taken
    }
    opened = _open(session, "ksef", {str(key): document for key, document in documents.items()})
    back = select(PurchaseCase).where(
        PurchaseCase.source == "ksef",
        PurchaseCase.source_key.in_([str(key) for key in documents]),
        PurchaseCase.state == "withdrawn",
    )
    for kept in session.scalars(back.with_for_update()).all():
        actor = session.info["actor"]
        write(session, kept, today(), Act(0, "open", actor, note="Faktura wróciła do jednostki."))
    return len(opened)


def withdraw(session: Session, withdrawals: Sequence[Withdrawal], receipts: Sequence[Receipt]) -> int:
    """Invoices that turned out to be somebody else's leave the circulation; how many cases did."""
    gone = {one.attribution_id for one in receipts if one.problem is None}
    reasons = {str(one.invoice_id): one.reason for one in withdrawals if one.attribution_id in gone}
    query = select(PurchaseCase).where(
        PurchaseCase.source == "ksef", PurchaseCase.source_key.in_(list(reasons)), PurchaseCase.state != "withdrawn"
    )
    found = session.scalars(query.with_for_update()).all()
    for kept in found:
        note = f"Faktura nie należy do jednostki: {reasons[kept.source_key]}"[:1000]
        write(session, kept, today(), Act(0, "withdraw", session.info["actor"], note=note))
    return len(found)


def follow(session: Session, row_ids: Collection[UUID]) -> int:
    """Cases for invoices that a person entered into the purchases register, how many are new; those of rows that were
    voided leave the circulation."""
    rows = [one for one in bought.by_ids(session, row_ids) if one.source == "manual"]
    live = [one for one in rows if one.void_reason is None and one.net + one.vat != ZERO]
    opened = _open(session, "register", {str(one.id): _entered(one) for one in live})
    void = {str(one.id): one.void_reason for one in rows if one.void_reason is not None}
    query = select(PurchaseCase).where(
        PurchaseCase.source == "register", PurchaseCase.source_key.in_(list(void)), PurchaseCase.state != "withdrawn"
    )
    for kept in session.scalars(query.with_for_update()).all():
        note = f"Dokument unieważniono w rejestrze VAT: {void[kept.source_key]}"[:1000]
        write(session, kept, today(), Act(0, "withdraw", session.info["actor"], note=note))
    return len(opened)


def open_paper(session: Session, document: Document, on: date) -> UUID:
    """A case for a paper that is in no register: a bill, a receipt, a pro forma. Raises `Refusal` at a field."""
    check_paper(document, on)
    key = uuid7()
    opened = _open(session, "paper", {str(key): document})
    kept = session.get_one(PurchaseCase, opened[0])
    write(session, kept, on)
    return kept.id


def _entered(row: Bought) -> Document:
    """The document of a register's row: it knows no account and no term."""
    return Document(
        kind="invoice",
        number=row.document_no,
        issued_on=row.issued_on,
        seller_nip=row.counterparty_no,
        seller_name=row.counterparty_name,
        gross=row.net + row.vat,
        net=row.net,
        vat=row.vat,
        received_on=row.received_on,
        ksef_number=row.ksef_number,
        title=row.description,
    )


def _open(session: Session, source: str, documents: Mapping[str, Document]) -> list[UUID]:
    """Those that are new, in bulk: a day's delivery to a large unit is hundreds."""
    if not documents:
        return []
    found = scheme_in_force(session, today())
    scheme_id = found.id if found else None
    first = scheme(session, scheme_id).steps[0].code
    rows = [_new(source, key, document, first, scheme_id) for key, document in documents.items()]
    made: list[UUID] = []
    for start in range(0, len(rows), ROWS_AT_ONCE):
        statement = insert(PurchaseCase).on_conflict_do_nothing(index_elements=["source", "source_key"])
        added = session.execute(
            statement.returning(PurchaseCase.id, PurchaseCase.content), rows[start : start + ROWS_AT_ONCE]
        ).all()
        if added:
            actor, mandate = session.info["actor"], session.info.get("mandate")
            acts = [
                {"case_id": key, "seq": 1, "kind": "open", "actor": actor, "mandate": mandate, "content": content}
                for key, content in added
            ]
            session.execute(plain_insert(PurchaseAct), acts)
        made += [key for key, _ in added]
    announce(session, made)
    return made


def _new(source: str, key: str, document: Document, step: str, scheme_id: UUID | None) -> dict[str, Any]:
    own = {"id": UUID(key) if source == "paper" else uuid7(), "source": source, "source_key": key, "seq": 1}
    first = {"step": step, "content": content_hash(document, None), "scheme_id": scheme_id}
    return {**own, **first, **row_values(document, None)}
