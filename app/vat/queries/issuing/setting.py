"""How invoices are issued here on a day; whose prefixes are whose in the city."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.errors import Refusal
from app.vat.filings import drafts
from app.vat.models import InvoiceIssuer, InvoicePrefix
from app.vat.rules.issuing.draft import Issuer
from app.vat.rules.issuing.numbering import Pattern


@dataclass(frozen=True, slots=True)
class Setting:
    """Who issues and how numbers look, since a day."""

    issuer: Issuer
    pattern: Pattern
    since_on: date


def setting(session: Session, on: date) -> Setting | None:
    """What holds on that day; None when nobody has said who issues."""
    query = (
        select(InvoiceIssuer)
        .where(InvoiceIssuer.since_on <= on)
        .order_by(InvoiceIssuer.since_on.desc(), InvoiceIssuer.recorded_at.desc(), InvoiceIssuer.id.desc())
        .limit(1)
    )
    found = session.scalars(query).one_or_none()
    return None if found is None else Setting(drafts.issuer(found.issuer), Pattern(found.pattern), found.since_on)


def needed(session: Session, on: date) -> Setting:
    """Raises `Refusal` when nobody has said who issues."""
    found = setting(session, on)
    if found is None:
        raise Refusal(
            "Ta jednostka nie może jeszcze wystawiać faktur: urząd musi nadać jej przedrostek numerów i dane sprzedawcy "
            "(w wykazie jednostek).",
            "issuer",
        )
    return found


def prefixes(session: Session) -> Sequence[tuple[str, str]]:
    """(prefix, unit's code) of the whole city, in the municipality's own schema."""
    query = select(InvoicePrefix.prefix, InvoicePrefix.unit_code).order_by(InvoicePrefix.prefix)
    return [(row.prefix, row.unit_code) for row in session.execute(query)]
