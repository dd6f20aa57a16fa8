"""Any FA(3) document as people read it: our own with its codes, a received one as it came."""

from __future__ import annotations

import hashlib
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel import printing
from app.vat.filings import fa3
from app.vat.filings.fa3 import visualisation
from app.vat.models import SalesInvoice
from app.vat.rules.issuing.sending import invoice_link

TEMPLATE = Path(__file__).resolve().parents[2] / "templates" / "invoice.typ"


def printed(session: Session, xml: bytes, ksef_number: str | None = None, *, draft: bool = False) -> bytes:
    """The PDF. What was issued here bears its QR codes; another document one when its KSeF number is known.

    The same document in the same state gives the same bytes. Raises `Refusal` for what is no FA(3).
    """
    read, sha256 = fa3.read(xml), hashlib.sha256(xml).digest()
    own = session.scalars(select(SalesInvoice).where(SalesInvoice.sha256 == sha256)).one_or_none()
    known = own.ksef_number if own is not None else ksef_number
    told = read.seller.nip is not None and (own is not None or known is not None)
    link = invoice_link(read.seller.nip or "", read.issued_on, sha256) if told else None
    codes = visualisation.codes(link, own.certificate_link if own is not None else None, known)
    data, made_at = visualisation.document(xml, known, draft=draft)
    drawn = [
        {"svg": printing.qr_svg(code.link), "label": code.label, "alt": code.alt, "link": code.link} for code in codes
    ]
    return printing.pdf(TEMPLATE, {**data, "codes": drawn}, made_at)
