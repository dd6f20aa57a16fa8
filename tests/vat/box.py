"""A KSeF inbox for tests: the city of `tests.vat.invoices` with its units, and documents put into it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from app.vat.filings import fa3
from app.vat.filings.intake import City, Document, Rejected, Taken, examine
from app.vat.queries import inbox
from app.vat.queries.directory import city as city_of
from app.vat.rules.facts import Invoice, Party
from app.vat.service.directory import DirectoryEntry, TaxpayerEntry, put, put_taxpayer
from app.vat.service.inbox import Batch, Fate, store
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR
from tests.vat.invoices import CITY

TODAY = date(2026, 11, 24)
OFFICE = DirectoryEntry(
    "UM", "Urząd Miasta Kielce", "Urząd Miasta", address_line="Rynek 1", postal_code="25-303", city="Kielce",
    is_office=True,
)  # fmt: skip
SCHOOL = DirectoryEntry(
    "SP12", "Szkoła Podstawowa nr 12 w Kielcach", "SP nr 12", internal_id=f"{CITY}-00121", address_line="ul. Szkolna 5",
    postal_code="25-604", city="Kielce",
)  # fmt: skip
NURSERY = DirectoryEntry("ZM1", "Żłobek Miejski nr 1 w Kielcach", "Żłobek nr 1", internal_id=f"{CITY}-00213")
CLOSED = DirectoryEntry("SP4", "Szkoła Podstawowa nr 4 w Kielcach", "SP nr 4", valid_to_on=date(2025, 12, 31))
TAXPAYER = TaxpayerEntry(CITY, "Gmina Kielce", "vat@kielce.example", "2604")

FOR_SCHOOL = (Party("Szkoła Podstawowa nr 12", internal_id=f"{CITY}-00121", role=8),)
"""Podmiot3 that names the school beyond doubt."""


def open_box(host: Host, municipality: Tenant) -> None:
    """The municipality files under `CITY` and has an office, a school, a nursery and a school that is closed."""
    with host.tenant(municipality, ACTOR) as session:
        put_taxpayer(session, TAXPAYER)
        for unit in (OFFICE, SCHOOL, NURSERY, CLOSED):
            put(session, unit)


def known(host: Host, municipality: Tenant) -> City:
    with host.tenant(municipality, ACTOR) as session:
        return city_of(session)


def document(invoice: Invoice, ksef_number: str | None = None, name: str | None = None) -> Document:
    return Document(name or f"{ksef_number or invoice.number}.xml", fa3.write(invoice), ksef_number)


def take_in(host: Host, municipality: Tenant, *documents: Document | Rejected) -> list[Fate]:
    """Examined and stored in one transaction."""
    city = known(host, municipality)
    found: Sequence[Taken | Rejected] = [
        examine(one, city, TODAY) if isinstance(one, Document) else one for one in documents
    ]
    with host.tenant(municipality, ACTOR) as session:
        return store(session, Batch("test"), found)


def units_due(session: Session) -> list[str]:
    """Units with something to deliver or to withdraw."""
    return sorted({*inbox.units_to_withdraw(session), *inbox.units_to_deliver(session)})
