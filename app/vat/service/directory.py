"""The municipality's units and the municipality itself, as attribution and the return know them.

The door that creates or changes a unit calls `put`; what it gives replaces what was known.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from app.kernel import audit
from app.kernel.errors import Refusal
from app.kernel.ids import internal_id, nip, regon
from app.vat.models import UnitDirectory, VatTaxpayer


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """One unit. `code` is the unit's tenant code; `aliases` are other names it goes by; the dates are days included.

    The municipal office has an entry too (`is_office`): its registers are in the municipality's own schema.
    """

    code: str
    name: str
    short_name: str
    nip: str | None = None
    regon: str | None = None
    internal_id: str | None = None
    address_line: str | None = None
    postal_code: str | None = None
    city: str | None = None
    email: str | None = None
    aliases: tuple[str, ...] = ()
    is_office: bool = False
    valid_from_on: date | None = None
    valid_to_on: date | None = None


@dataclass(frozen=True, slots=True)
class TaxpayerEntry:
    """The municipality as JPK_V7M wants it; `carried` (P_39, złote) is brought into the month of `carried_from_on`."""

    nip: str
    full_name: str
    email: str
    tax_office: str
    phone: str | None = None
    carried_from_on: date | None = None
    carried: Decimal | None = None


def known(session: Session, code: str) -> DirectoryEntry | None:
    """What was put for a unit, so that a door may put it again with something changed."""
    stored = session.get(UnitDirectory, code)
    if stored is None:
        return None
    values = {one.name: getattr(stored, one.name) for one in fields(DirectoryEntry)}
    return DirectoryEntry(**{**values, "aliases": tuple(stored.aliases)})


def known_taxpayer(session: Session) -> TaxpayerEntry | None:
    """What was put for the municipality."""
    stored = session.get(VatTaxpayer, 1)
    if stored is None:
        return None
    return TaxpayerEntry(**{one.name: getattr(stored, one.name) for one in fields(TaxpayerEntry)})


def put(session: Session, entry: DirectoryEntry, *, only_new: bool = False) -> bool:
    """Enters a unit or brings what is known of it up to date; whether anything changed. Raises `Refusal`.

    `only_new`: what is known of it already stays.
    """
    if not entry.code.strip() or not entry.name.strip():
        raise Refusal("Podaj kod i nazwę jednostki.", "code" if not entry.code.strip() else "name")
    if entry.valid_from_on and entry.valid_to_on and entry.valid_to_on < entry.valid_from_on:
        raise Refusal("Jednostka nie może kończyć działania przed jego rozpoczęciem.", "valid_to_on")
    values = asdict(entry) | {
        "nip": nip(entry.nip, "nip") if entry.nip else None,
        "regon": regon(entry.regon, "regon") if entry.regon else None,
        "internal_id": internal_id(entry.internal_id, "internal_id") if entry.internal_id else None,
        "aliases": list(entry.aliases),
    }
    known = session.get(UnitDirectory, entry.code, with_for_update=True)
    if only_new and known is not None:
        return False
    return _keep(session, known, UnitDirectory, values, "vat.directory.put", f"vat.unit:{entry.code}")


def put_taxpayer(session: Session, entry: TaxpayerEntry, *, only_new: bool = False) -> bool:
    """Says how the municipality files; whether anything changed. `only_new` as in `put`. Raises `Refusal`."""
    if not entry.full_name.strip():
        raise Refusal("Podaj pełną nazwę podatnika.", "full_name")
    if len(entry.tax_office) != 4 or not entry.tax_office.isdigit():
        raise Refusal("Kod urzędu skarbowego ma cztery cyfry.", "tax_office")
    if "@" not in entry.email:
        raise Refusal("Podaj adres e-mail podatnika; JPK_V7M go wymaga.", "email")
    if (entry.carried is None) != (entry.carried_from_on is None):
        raise Refusal("Nadwyżkę przeniesioną (P_39) podaje się razem z miesiącem, do którego wchodzi.", "carried")
    values = asdict(entry) | {"id": 1, "nip": nip(entry.nip, "nip")}
    known = session.get(VatTaxpayer, 1, with_for_update=True)
    if only_new and known is not None:
        return False
    return _keep(session, known, VatTaxpayer, values, "vat.taxpayer.put", "vat.taxpayer:1")


def _keep(session: Session, known: Any, model: Any, values: dict[str, Any], verb: str, record: str) -> bool:
    before = None if known is None else {name: getattr(known, name) for name in values}
    if before == values:
        return False
    if known is None:
        session.add(model(**values))
    else:
        for name, value in values.items():
            setattr(known, name, value)
    session.flush()
    audit.record(session, verb, record, before and _plain(before), _plain(values))
    return True


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, (date, Decimal)) else value for name, value in values.items()}
