"""What sets out from the inbox for a unit, and what the unit answered; whole invoices and shares of split ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Table, bindparam, or_, select, update
from sqlalchemy.orm import Session

from app.kernel import audit
from app.vat.models import KsefInvoice, KsefShare
from app.vat.rules.delivery import Delivery, Receipt

_LONGEST_REASON = 400


def send(session: Session, deliveries: Sequence[Delivery], unit_code: str) -> list[Delivery]:
    """Notes, before anything leaves, that these invoices set out for the unit; those whose decision changed stay.

    Committed first, so that an invoice whose delivery broke off, and which another unit then got, is known to stand
    perhaps in this register and is withdrawn from it.
    """
    in_order = sorted(deliveries, key=lambda delivery: delivery.invoice_id)
    locked = select(KsefInvoice.id, KsefInvoice.attribution_id).where(
        KsefInvoice.id.in_([one.invoice_id for one in in_order]), KsefInvoice.delivered_id.is_(None)
    )
    found = session.execute(locked.order_by(KsefInvoice.id).with_for_update())
    decided: dict[UUID, UUID | None] = {row.id: row.attribution_id for row in found}
    shares = _shares_in_force(session, [one.attribution_id for one in in_order], decided)
    whole = [one for one in in_order if decided.get(one.invoice_id) == one.attribution_id]
    session.execute(
        update(KsefInvoice).where(KsefInvoice.id.in_([one.invoice_id for one in whole])).values(delivered_to=unit_code)
    )
    session.execute(update(KsefShare).where(KsefShare.id.in_(shares)).values(sent=True))
    return [one for one in in_order if one in whole or one.attribution_id in shares]


def _shares_in_force(session: Session, ids: Sequence[UUID], decided: Mapping[UUID, UUID | None]) -> set[UUID]:
    query = select(KsefShare.id, KsefShare.invoice_id, KsefShare.attribution_id).where(KsefShare.id.in_(ids))
    return {share for share, invoice, decision in session.execute(query) if decided.get(invoice) == decision}


def acknowledge(session: Session, receipts: Sequence[Receipt], unit_code: str, *, withdrawn: bool) -> None:
    """What the unit answered to deliveries (`withdrawn`: to withdrawals): done, or why not.

    An invoice whose decision changed meanwhile stays due: only what really stands in the register is noted.
    """
    in_order = sorted(receipts, key=lambda receipt: receipt.invoice_id)  # one order everywhere: nobody waits in a ring
    in_order = _acknowledge_shares(session, in_order, withdrawn=withdrawn)
    done = [receipt for receipt in in_order if receipt.problem is None]
    refused = [receipt for receipt in in_order if receipt.problem is not None]
    table = cast(Table, KsefInvoice.__table__)
    decision: BindParameter[UUID] = bindparam("decision")
    own = table.c.id == bindparam("invoice")
    noted: dict[str, Any] = {"undelivered_reason": None}
    stands: ColumnElement[bool]
    concerns: ColumnElement[bool]
    if withdrawn:
        unanswered = table.c.delivered_id.is_(None) & (table.c.attribution_id == decision)
        stands = concerns = or_(table.c.delivered_id == decision, unanswered & (table.c.delivered_to == unit_code))
        noted |= {"delivered_id": None, "delivered_to": None}
    else:
        stands, concerns = table.c.delivered_id.is_(None), table.c.attribution_id == decision
        noted |= {"delivered_id": decision, "delivered_to": unit_code}
    if done:
        session.execute(update(table).where(own, stands).values(noted), [_bound(one) for one in done])
    if refused:
        why = [_bound(one) | {"why": (one.problem or "")[:_LONGEST_REASON]} for one in refused]
        session.execute(update(table).where(own, concerns).values(undelivered_reason=bindparam("why")), why)
    if receipts:
        verb = "ksef.withdraw" if withdrawn else "ksef.deliver"
        audit.record(session, verb, f"ksef.unit:{unit_code}", after={"done": len(done), "refused": len(refused)})


def _acknowledge_shares(session: Session, receipts: list[Receipt], *, withdrawn: bool) -> list[Receipt]:
    """Notes what became of shares; the receipts of whole invoices are left."""
    ids = [one.attribution_id for one in receipts]
    shares = set(session.scalars(select(KsefShare.id).where(KsefShare.id.in_(ids)).order_by(KsefShare.id)))
    for one in receipts:
        if one.attribution_id in shares:
            noted: dict[str, Any] = {"undelivered_reason": one.problem and one.problem[:_LONGEST_REASON]}
            if one.problem is None:
                noted |= {"delivered": not withdrawn, "sent": not withdrawn}
            session.execute(update(KsefShare).where(KsefShare.id == one.attribution_id).values(noted))
    return [one for one in receipts if one.attribution_id not in shares]


def _bound(receipt: Receipt) -> dict[str, Any]:
    return {"invoice": receipt.invoice_id, "decision": receipt.attribution_id}
