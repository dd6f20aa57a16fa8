"""Who issues invoices in whose name, from a day; prefixes, each of one unit for good."""

from __future__ import annotations

from datetime import date

from sqlalchemy import insert as plain_insert
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel import audit
from app.kernel.errors import Conflict, Refusal
from app.vat.models import InvoiceIssuer, InvoicePrefix
from app.vat.queries.issuing.setting import setting
from app.vat.rules.issuing import documents as drafts
from app.vat.rules.issuing import numbering
from app.vat.rules.issuing.draft import Issuer
from app.vat.rules.issuing.parties import issuer_findings


def take_prefix(session: Session, prefix: str, unit_code: str) -> str:
    """Gives the unit its prefix, in the municipality's own schema; the prefix in its one form. Again: nothing changes.

    Raises `Conflict` when it is another unit's, or the unit has another one: numbers given out stay in KSeF.
    """
    written = numbering.prefix(prefix)
    values = {"prefix": written, "unit_code": unit_code, "taken_by": session.info["actor"]}
    made = session.execute(
        insert(InvoicePrefix).values(values).on_conflict_do_nothing().returning(InvoicePrefix.prefix)
    )
    if made.one_or_none() is not None:
        audit.record(session, "vat.invoice_prefix.take", f"vat.unit:{unit_code}", after={"prefix": written})
        return written
    owner = session.scalars(select(InvoicePrefix.unit_code).where(InvoicePrefix.prefix == written)).one_or_none()
    if owner == unit_code:
        return written
    if owner is not None:
        raise Conflict(f"Przedrostek {written} ma już jednostka {owner}. Wybierz inny.", "prefix")
    own = session.scalars(select(InvoicePrefix.prefix).where(InvoicePrefix.unit_code == unit_code)).one()
    raise Conflict(f"Jednostka {unit_code} ma już przedrostek {own} i nie można go zmienić.", "prefix")


def set_issuer(session: Session, issuer: Issuer, since_on: date, pattern: str = numbering.DEFAULT_PATTERN) -> bool:
    """How invoices are issued here from a day; whether anything changed. Raises `Refusal`.

    The prefix is the one the municipality gave: the door that knows both schemas takes it first.
    """
    written = numbering.pattern(pattern)
    numbering.prefix(issuer.prefix)
    for finding in issuer_findings(issuer):
        if finding.severity == "error":
            raise Refusal(finding.message, finding.field)
    before = setting(session, since_on)
    if before is not None and (before.issuer, before.pattern) == (issuer, written):
        return False
    if before is not None and before.issuer.prefix != issuer.prefix:
        raise Conflict(
            f"Numery tej jednostki zaczynają się od {before.issuer.prefix}; nie można tego zmienić.", "prefix"
        )
    values = {
        "id": uuid7(),
        "since_on": since_on,
        "issuer": drafts.plain(issuer),
        "pattern": written.text,
        "decided_by": session.info["actor"],
    }
    session.execute(plain_insert(InvoiceIssuer).values(values))
    audit.record(
        session, "vat.issuer.set", "vat.issuer:1", after={"since_on": since_on.isoformat(), "pattern": written.text}
    )
    return True
