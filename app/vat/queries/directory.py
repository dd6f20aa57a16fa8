"""The municipality's units, prepared for questions about invoices."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.errors import Refusal
from app.vat.filings.intake import City
from app.vat.models import UnitDirectory, VatTaxpayer
from app.vat.rules.attribution import Directory, directory
from app.vat.rules.facts import UnitProfile


def profiles(session: Session) -> Sequence[UnitProfile]:
    """What is known of every unit, by code."""
    return [_profile(unit) for unit in session.scalars(select(UnitDirectory).order_by(UnitDirectory.code))]


def _profile(unit: UnitDirectory) -> UnitProfile:
    return UnitProfile(
        code=unit.code,
        name=unit.name,
        nip=unit.nip,
        regon=unit.regon,
        internal_ids=(unit.internal_id,) if unit.internal_id else (),
        address_line1=unit.address_line,
        postal_code=unit.postal_code,
        city=unit.city,
        aliases=tuple(dict.fromkeys((unit.short_name, *unit.aliases))),
        emails=(unit.email,) if unit.email else (),
        valid_from_on=unit.valid_from_on,
        valid_to_on=unit.valid_to_on,
        office=unit.is_office,
    )


def city(session: Session) -> City:
    """The taxpayer and its units. Raises `Refusal` when nobody has said who the taxpayer is or which units it has."""
    taxpayer = session.scalars(select(VatTaxpayer)).one_or_none()
    if taxpayer is None:
        raise Refusal("Uzupełnij dane podatnika: bez numeru NIP miasta nie wiadomo, czyje są faktury.", "taxpayer")
    units = profiles(session)
    if not units:
        raise Refusal("Miasto nie ma jeszcze żadnej jednostki w wykazie. Załóż urząd i jednostki.", "units")
    return City(taxpayer.nip, _prepared(tuple(units), taxpayer.full_name))


@lru_cache(maxsize=4)
def _prepared(units: tuple[UnitProfile, ...], city_name: str) -> Directory:
    """Of a thousand units it takes a tenth of a second: kept while nothing in it changes."""
    return directory(units, (city_name,))


def names(session: Session) -> dict[str, str]:
    """Code → short name of every unit."""
    query = select(UnitDirectory.code, UnitDirectory.short_name).order_by(UnitDirectory.code)
    return {row.code: row.short_name for row in session.execute(query)}


def offices(session: Session) -> dict[str, str]:
    """Code → short name of the municipal office."""
    query = select(UnitDirectory.code, UnitDirectory.short_name).where(UnitDirectory.is_office)
    return {row.code: row.short_name for row in session.execute(query.order_by(UnitDirectory.code))}
