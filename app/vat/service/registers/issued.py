"""The row of an invoice that this unit issued: there at once, without a KSeF number until KSeF gives one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel import audit
from app.kernel.dates import Month
from app.vat.filings.jpk_v7m import sales_body
from app.vat.models import sale
from app.vat.rules.facts import Invoice
from app.vat.rules.issuing.sending import register_key
from app.vat.rules.register import sales_row
from app.vat.rules.rows import sale_columns
from app.vat.service import locks
from app.vat.service.registers.entering import insert_new

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
    insert_new(session, sale, [{**own, **sale_columns(row)}])


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
