"""How invoices are issued here on a day; whose prefixes are whose in the city."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound, Refusal
from app.vat.models import InvoiceIssuer, InvoicePrefix, UnitDirectory, VatTaxpayer
from app.vat.rules.issuing import documents as drafts
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
            "Ta jednostka nie może jeszcze wystawiać faktur: urząd musi nadać jej przedrostek numerów i dane "
            "sprzedawcy (w wykazie jednostek).",
            "issuer",
        )
    return found


def described(session: Session, code: str, prefix: str, account: str | None = None) -> Issuer:
    """The issuer that a unit of this municipality is, from what the taxpayer and the directory say.

    In the municipality's schema. Raises `Refusal` for what is missing, `NotFound` for a unit not in the directory.
    """
    taxpayer = session.scalars(select(VatTaxpayer)).one_or_none()
    if taxpayer is None:
        raise Refusal("Uzupełnij dane podatnika: bez nich nie wiadomo, kto jest sprzedawcą.", "taxpayer")
    unit = session.get(UnitDirectory, code)
    office = session.scalars(select(UnitDirectory).where(UnitDirectory.is_office)).first()
    if unit is None:
        raise NotFound(f"W wykazie nie ma jednostki {code}.", "unit")
    if office is None or not office.address_line:
        raise Refusal("W wykazie jednostek uzupełnij adres urzędu: to adres sprzedawcy.", "address_line")
    return Issuer(
        nip=taxpayer.nip,
        name=taxpayer.full_name,
        line1=office.address_line,
        line2=_place(office),
        prefix=prefix,
        unit_name=None if unit.is_office else unit.name,
        unit_nip=None if unit.is_office else unit.nip,
        internal_id=None if unit.is_office else unit.internal_id,
        unit_line1=None if unit.is_office else unit.address_line,
        unit_line2=None if unit.is_office else _place(unit),
        email=unit.email,
        account=account,
        place=unit.city or office.city,
    )


def _place(unit: UnitDirectory) -> str | None:
    return " ".join(part for part in (unit.postal_code, unit.city) if part) or None


def prefixes(session: Session) -> Sequence[tuple[str, str]]:
    """(prefix, unit's code) of the whole city, in the municipality's own schema."""
    query = select(InvoicePrefix.prefix, InvoicePrefix.unit_code).order_by(InvoicePrefix.prefix)
    return [(row.prefix, row.unit_code) for row in session.execute(query)]
