"""The row of an invoice that this unit issued: there at once, without a KSeF number until KSeF gives one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel import audit
from app.kernel.dates import Month
from app.kernel.errors import Conflict
from app.kernel.ids import ksef_canonical, ksef_number_problem
from app.vat.filings.jpk_v7m import sales_body
from app.vat.models import SalesInvoice, sale
from app.vat.rules.delivery import Delivery
from app.vat.rules.facts import Invoice
from app.vat.rules.issuing.sending import register_key
from app.vat.rules.register import sales_row
from app.vat.rules.rows import sale_columns
from app.vat.service import locks

_DESCRIPTION = 400


def put(session: Session, invoice_id: UUID, month: Month, invoice: Invoice) -> None:
    """Its row, once; the month is held open by the caller.

    Law: art. 109 ust. 3 i 3d, art. 106nf ust. 1 ustawy o VAT; JPK_V7M(3), znacznik OFF
    """
    row = sales_row(invoice, None)
    sales_body(None, row)
    texts = dict.fromkeys(line.text for line in (*invoice.lines, *invoice.order_lines) if line.text)
    own = {
        "id": uuid7(),
        "year": month.year,
        "month": month.month,
        "source": "ksef",
        "source_key": register_key(invoice_id),
        "description": "; ".join(texts)[:_DESCRIPTION] or None,
        "created_by": session.info["actor"],
    }
    statement = insert(sale).values({**own, **sale_columns(row)})
    session.execute(statement.on_conflict_do_nothing(index_elements=["source", "source_key"]))


def number(session: Session, invoice_id: UUID, ksef_number: str) -> bool:
    """Gives the row its KSeF number; False when its month is closed, and the row must wait."""
    row = _row(session, invoice_id)
    if row is None or row.ksef_number == ksef_number:
        return True
    if locks.period(session, Month(row.year, row.month)).state != "open":
        return False
    session.execute(update(sale).where(sale.c.id == row.id).values(marker="NrKSeF", ksef_number=ksef_number))
    audit.record(session, "vat.set_marker", f"vat.sale:{row.id}", after={"ksef_number": ksef_number})
    return True


def accept(
    session: Session, invoice_id: UUID, ksef_number: str, accepted_at: datetime | None, upo: bytes | None
) -> None:
    """KSeF gave it a number; its row in the register gets it too, unless the month is closed (see `catch_up`).

    Raises `Conflict` when the number is none, or another one is known.

    Law: art. 106na ust. 1 i 3 ustawy o VAT
    """
    if problem := ksef_number_problem(ksef_number):
        raise Conflict(f"Odpowiedź KSeF podaje błędny numer. {problem}", "ksef_number")
    canonical = ksef_canonical(ksef_number)
    found = session.scalars(select(SalesInvoice).where(SalesInvoice.id == invoice_id).with_for_update()).one()
    if found.ksef_number is not None:
        if found.ksef_number != canonical:
            raise Conflict(f"Faktura {found.number} ma już numer KSeF {found.ksef_number}.", "ksef_number")
        if found.upo is None and upo is not None:
            session.execute(update(SalesInvoice).where(SalesInvoice.id == invoice_id).values(upo=upo))
        return
    values = {"state": "accepted", "ksef_number": canonical, "accepted_at": accepted_at or func.now(), "upo": upo}
    values |= {"rejected_code": None, "rejected_text": None}
    session.execute(update(SalesInvoice).where(SalesInvoice.id == invoice_id).values(values))
    number(session, invoice_id, canonical)
    audit.record(session, "vat.invoice.accept", f"vat.sales_invoice:{invoice_id}", after={"ksef_number": canonical})


def recognise(session: Session, deliveries: Sequence[Delivery]) -> dict[UUID, str | None]:
    """Sales from the city's inbox that this unit issued itself: their rows stand here already and get their numbers.

    Attribution → why it could not be done, or None.
    """
    by_number = {one.invoice.number: one for one in deliveries if one.side == "sale"}
    query = select(SalesInvoice.id, SalesInvoice.number, SalesInvoice.kind).where(
        SalesInvoice.number.in_(by_number), SalesInvoice.state != "replaced"
    )
    found: dict[UUID, str | None] = {}
    for row in session.execute(query).all() if by_number else ():
        one = by_number[row.number]
        if row.kind != one.invoice.kind:
            continue
        found[one.attribution_id] = None
        try:
            if one.ksef_number is not None:
                accept(session, row.id, one.ksef_number, None, None)
        except Conflict as refusal:
            found[one.attribution_id] = refusal.message
    return found


def drop(session: Session, invoice_id: UUID, reason: str) -> None:
    """Voids the row of an invoice that KSeF refused. Raises `Conflict` when its month is closed."""
    row = _row(session, invoice_id)
    if row is None or row.void_reason is not None:
        return
    locks.open_periods(session, [Month(row.year, row.month)])
    session.execute(update(sale).where(sale.c.id == row.id).values(void_reason=reason[:_DESCRIPTION]))
    audit.record(session, "vat.void", f"vat.sale:{row.id}", after={"reason": reason[:_DESCRIPTION]})


def _row(session: Session, invoice_id: UUID) -> Row[Any] | None:
    query = select(sale).where(sale.c.source == "ksef", sale.c.source_key == register_key(invoice_id))
    return session.execute(query.with_for_update()).one_or_none()
