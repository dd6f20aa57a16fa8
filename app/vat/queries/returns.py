"""The municipality's consolidated returns: versions, what is carried on, what changed between two of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import NotFound, Refusal
from app.kernel.files import Stored
from app.kernel.money import to_full_zloty
from app.vat.filings.jpk_v7m import Taxpayer
from app.vat.models import JpkReturn, JpkReturnPart, UnitDirectory, VatTaxpayer
from app.vat.rules.consolidation import Difference, differences
from app.vat.rules.options import Options


@dataclass(frozen=True, slots=True)
class Filer:
    """The taxpayer as the form wants it, its tax office, and the tax numbers that are its own and its units'."""

    taxpayer: Taxpayer
    tax_office: str
    own_numbers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Version:
    """A consolidated return as it was made. `declaration`: P_ → full złote; `sums`: K_ → złote of all units."""

    id: UUID
    month: Month
    version: int
    purpose: int
    declaration: Mapping[str, Decimal]
    sums: Mapping[str, Decimal]
    sale_count: int
    purchase_count: int
    inputs_hash: str
    file: Stored
    missing: tuple[str, ...]
    release_reason: str | None
    made_by: str
    made_at: datetime
    made_from: Mapping[str, Any]
    """Moment, taxpayer, own numbers, P_39 and choices it was written with; empty when they were not kept yet."""

    @property
    def options(self) -> Options:
        """The treasurer's choices it was made with."""
        return Options.of(self.made_from.get("options", {}))

    @classmethod
    def of(cls, row: JpkReturn) -> Version:
        """From the row as it is kept."""
        return cls(
            id=row.id,
            month=Month(row.year, row.month),
            version=row.version,
            purpose=row.purpose,
            declaration=_amounts(row.declaration),
            sums=_amounts(row.sums),
            sale_count=row.sale_count,
            purchase_count=row.purchase_count,
            inputs_hash=row.inputs_hash,
            file=Stored(row.file_sha256, row.file_bytes),
            missing=tuple(row.missing),
            release_reason=row.release_reason,
            made_by=row.made_by,
            made_at=row.made_at,
            made_from=row.made_from,
        )


@dataclass(frozen=True, slots=True)
class UnitPart:
    """What one unit brought to a version, and the numbers of its rows in the file. `excluded`: rows between units."""

    unit: str
    publication_id: UUID
    publication_version: int
    publication_hash: str
    sums: Mapping[str, Decimal]
    excluded: int
    first_sale_no: int
    sale_count: int
    first_purchase_no: int
    purchase_count: int


@dataclass(frozen=True, slots=True)
class Change:
    """Two versions of a month: positions of the return, amounts by unit, and units that joined or left."""

    before: Version
    after: Version
    positions: tuple[Difference, ...]
    units: tuple[Difference, ...]
    joined: tuple[str, ...]
    left: tuple[str, ...]


def filer(session: Session) -> Filer:
    """Raises `Refusal` when the municipality has not said how it files."""
    found = session.scalars(select(VatTaxpayer)).one_or_none()
    if found is None:
        raise Refusal("Uzupełnij dane podatnika: NIP, pełną nazwę, e-mail i urząd skarbowy.", "taxpayer")
    units = session.scalars(select(UnitDirectory.nip).where(UnitDirectory.nip.is_not(None)))
    numbers = frozenset([found.nip, *(nip for nip in units if nip)])
    return Filer(Taxpayer(found.nip, found.full_name, found.email, found.phone), found.tax_office, numbers)


def versions(session: Session, month: Month) -> Sequence[Version]:
    """Every version of the month, newest first."""
    query = (
        select(JpkReturn)
        .where(JpkReturn.year == month.year, JpkReturn.month == month.month)
        .order_by(JpkReturn.version.desc())
    )
    return [Version.of(row) for row in session.scalars(query)]


def all_versions(session: Session, month: Month | None = None) -> Sequence[Version]:
    """Every version of the month, of all months when None; the oldest first."""
    query = select(JpkReturn).order_by(JpkReturn.year, JpkReturn.month, JpkReturn.version)
    if month is not None:
        query = query.where(JpkReturn.year == month.year, JpkReturn.month == month.month)
    return [Version.of(row) for row in session.scalars(query)]


def version(session: Session, month: Month, number: int | None = None) -> Version:
    """One version, the newest when no number is given; raises `NotFound`."""
    found = versions(session, month)
    for one in found:
        if number is None or one.version == number:
            return one
    which = "żadnej wersji deklaracji" if number is None else f"wersji {number} deklaracji"
    raise NotFound(f"Nie ma {which} za {month.label}.", "version")


def parts(session: Session, made: Version) -> Sequence[UnitPart]:
    """The units' parts, in the order of the file."""
    query = (
        select(JpkReturnPart)
        .where(JpkReturnPart.return_id == made.id)
        .order_by(JpkReturnPart.first_sale_no, JpkReturnPart.first_purchase_no, JpkReturnPart.unit_code)
    )
    return [
        UnitPart(
            unit=row.unit_code,
            publication_id=row.publication_id,
            publication_version=row.publication_version,
            publication_hash=row.publication_hash,
            sums=_amounts(row.sums),
            excluded=row.excluded.get("sale_count", 0) + row.excluded.get("purchase_count", 0),
            first_sale_no=row.first_sale_no,
            sale_count=row.sale_count,
            first_purchase_no=row.first_purchase_no,
            purchase_count=row.purchase_count,
        )
        for row in session.scalars(query)
    ]


def carried(session: Session, month: Month) -> Decimal | None:
    """P_39 in full złote: the P_62 of the month before; None when there is nothing to carry.

    Raises `Refusal` when the month before should be here and is not, because then nobody knows it.

    Law: art. 87 ust. 1 ustawy o VAT
    """
    before = versions(session, month.previous)
    if before:
        return before[0].declaration.get("P_62") or None
    taxpayer = session.scalars(select(VatTaxpayer)).one_or_none()
    begins = taxpayer.carried_from_on if taxpayer else None
    if taxpayer is not None and begins == month.first_on:
        return to_full_zloty(taxpayer.carried) or None if taxpayer.carried is not None else None
    months = JpkReturn.year * 12 + JpkReturn.month
    earlier = session.scalars(select(JpkReturn.id).where(months < month.year * 12 + month.month).limit(1)).first()
    if earlier is not None or (begins is not None and begins < month.first_on):
        raise Refusal(
            f"Nie wiadomo, jaka nadwyżka przechodzi na {month.label}: brakuje deklaracji za {month.previous.label}.",
            "carried",
            "art. 87 ust. 1 ustawy o VAT",
        )
    return None


def change(session: Session, month: Month, before: int | None = None, after: int | None = None) -> Change:
    """What changed between two versions (the two newest by default). Raises `NotFound`."""
    newer = version(session, month, after)
    if before is None and newer.version == 1:
        raise NotFound(f"Za {month.label} jest tylko jedna wersja deklaracji; nie ma z czym porównać.", "version")
    older = version(session, month, before if before is not None else newer.version - 1)
    olds, news = ({part.unit: part.sums for part in parts(session, made)} for made in (older, newer))
    found = [
        one for unit in sorted({*olds, *news}) for one in differences(unit, olds.get(unit, {}), news.get(unit, {}))
    ]
    return Change(
        older,
        newer,
        tuple(differences(None, older.declaration, newer.declaration)),
        tuple(found),
        tuple(sorted(news.keys() - olds.keys())),
        tuple(sorted(olds.keys() - news.keys())),
    )


def _amounts(stored: dict[str, str]) -> dict[str, Decimal]:
    return {name: Decimal(amount) for name, amount in stored.items()}
