"""One invoice for several units: a decision like any other, with a share for each of them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel import audit
from app.kernel.errors import Refusal
from app.vat.filings import fa3
from app.vat.models import KsefShare
from app.vat.rules.splitting import Share, by_amounts
from app.vat.service.attribution import decide_split, locked
from app.vat.service.memory import unlearn


def split(session: Session, invoice_id: UUID, shares: Sequence[Share], reason: str, seen: UUID | None = None) -> UUID:
    """The invoice is these units', each for its share; the id of the decision. Another split takes its place.

    `seen` as in `attribution.assign`. Teaches nothing: the clues of such an invoice are nobody's alone. Raises
    `Refusal`, `Conflict`, `NotFound`.
    """
    if not reason.strip():
        raise Refusal("Napisz, według czego dzielisz fakturę.", "reason")
    invoice = locked(session, invoice_id, seen)
    checked = by_amounts(fa3.read(zlib.decompress(invoice.content)), shares)
    before = {"unit": invoice.unit_code, "decision": str(invoice.attribution_id)}
    made = decide_split(session, invoice, [share.unit for share in checked], reason)
    for share in checked:
        amounts = {field: [str(net), str(tax)] for field, (net, tax) in share.amounts.items()}
        own = {"unit_code": share.unit, "amounts": amounts, "net_pln": share.net, "vat_pln": share.tax}
        session.add(KsefShare(id=uuid7(), invoice_id=invoice_id, attribution_id=made, **own))
    session.flush()
    after: dict[str, Any] = {"decision": str(made), "units": [share.unit for share in checked], "reason": reason}
    audit.record(session, "ksef.split", f"ksef.invoice:{invoice_id}", before, after)
    unlearn(session, [invoice])
    return made
