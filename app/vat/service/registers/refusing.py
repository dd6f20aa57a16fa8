"""“Not ours”: a unit sends an invoice of its register back to the city.

Here the row is voided and a message leaves with it; who serves `RETURNED` takes the invoice back in the city's inbox.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.kernel import audit, outbox
from app.kernel.errors import Refusal
from app.vat.rules.facts import Side
from app.vat.service.registers.changing import held
from app.vat.service.registers.receiving import REASON_LENGTH, SOURCE, TABLES

RETURNED = "vat.returned"
"""Topic: {invoice, attribution, reason}, of the unit whose schema it left."""
NOT_OURS = "Nie nasza faktura: "


def send_back(session: Session, side: Side, row_id: UUID, reason: str) -> None:
    """The row of an invoice from KSeF counts no more, and the city hears why, once, however often this is repeated.

    Raises `Refusal` without a reason or for a row that did not come from KSeF, `NotFound`, `Conflict` when the row is
    void already or its month is closed.

    Law: art. 86 ust. 1 ustawy o VAT (odlicza się podatek od zakupów własnych)
    """
    words = " ".join(reason.split())
    if not words:
        raise Refusal("Napisz, dlaczego to nie jest faktura tej jednostki.", "reason")
    if len(words) > REASON_LENGTH - len(NOT_OURS):
        raise Refusal(f"Powód może mieć najwyżej {REASON_LENGTH - len(NOT_OURS)} znaków.", "reason")
    table = TABLES[side]
    row = held(session, table, [row_id])[0]
    if row["source"] != SOURCE:
        raise Refusal("Tego dokumentu nie przysłało miasto, więc nie ma komu go odesłać. Możesz go unieważnić.", "id")
    session.execute(update(table).where(table.c.id == row_id).values(void_reason=NOT_OURS + words))
    payload = {"invoice": str(row["invoice_id"]), "attribution": row["source_key"], "reason": words}
    outbox.leave(session, RETURNED, payload)
    before = {"document_no": row["document_no"]}
    audit.record(session, "vat.send_back", f"vat.{side}:{row_id}", before=before, after={"reason": words})
