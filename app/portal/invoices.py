"""How an invoice to a unit of the municipality is addressed in KSeF: the fields of FA(3), ready to be copied.

The buyer is always the municipality, because it is the taxpayer for its units; the unit is the recipient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tenants.models import Kind, Tenant

RECIPIENT = 8
"""`Rola` of Podmiot3: the unit that the purchase is for."""
YES, NO = 1, 2
"""How FA(3) answers `JST` and `GV`."""
COUNTRY = "PL"


@dataclass(frozen=True, slots=True)
class Party:
    """One side of an invoice. `identifier` says which field of FA(3) holds `number`; "BrakID" has none."""

    identifier: Literal["NIP", "IDWew", "BrakID"]
    number: str | None
    name: str
    address_lines: tuple[str, ...]

    def fields(self) -> dict[str, Any]:
        """As FA(3) names them."""
        who = {self.identifier: self.number or 1, "Nazwa": self.name}
        lines = {f"AdresL{number}": line for number, line in enumerate(self.address_lines, 1)}
        return {"DaneIdentyfikacyjne": who} | ({"Adres": {"KodKraju": COUNTRY, **lines}} if lines else {})


@dataclass(frozen=True, slots=True)
class Addressing:
    """What stands in Podmiot2 and, for a unit that is not the taxpayer itself, in Podmiot3."""

    buyer: Party
    recipient: Party | None

    @property
    def jst(self) -> int:
        return NO if self.recipient is None else YES

    def fields(self) -> Mapping[str, Any]:
        """The part of FA(3) that a supplier's program fills in."""
        made: dict[str, Any] = {"Podmiot2": self.buyer.fields() | {"JST": self.jst, "GV": NO}}
        if self.recipient is not None:
            made["Podmiot3"] = self.recipient.fields() | {"Rola": RECIPIENT}
        return made

    def text(self) -> str:
        """The same to be pasted into a message, one field a line."""
        lines = [f"Nabywca (Podmiot2): {self.buyer.name}", f"NIP: {self.buyer.number}", *self.buyer.address_lines]
        lines.append(f"Jednostka podrzędna JST: {self.jst}")
        if self.recipient is not None:
            lines.append(f"Odbiorca (Podmiot3), rola {RECIPIENT}: {self.recipient.name}")
            if self.recipient.number:
                lines.append(f"{self.recipient.identifier}: {self.recipient.number}")
            lines.extend(self.recipient.address_lines)
        return "\n".join(lines)


def addressing(municipality: Tenant, unit: Tenant) -> Addressing | None:
    """For a unit, or for the municipality's own office; None when the municipality has no NIP yet."""
    if municipality.nip is None:
        return None
    buyer = Party("NIP", municipality.nip, municipality.name, address_lines(municipality))
    if unit.internal_id:
        return Addressing(buyer, Party("IDWew", unit.internal_id, title(unit), address_lines(unit)))
    if unit.kind == Kind.MUNICIPALITY:
        return Addressing(buyer, None)
    if unit.nip and unit.nip != municipality.nip:
        return Addressing(buyer, Party("NIP", unit.nip, unit.name, address_lines(unit)))
    return Addressing(buyer, Party("BrakID", None, unit.name, address_lines(unit)))


def title(unit: Tenant) -> str:
    """How a unit is called among units: the municipality stands there as its office."""
    return unit.short_name if unit.kind == Kind.MUNICIPALITY else unit.name


def address_lines(tenant: Tenant) -> tuple[str, ...]:
    """Street, then postal code and town; what is not known is left out."""
    town = " ".join(part for part in (tenant.postal_code, tenant.city) if part)
    return tuple(line for line in (tenant.address_line, town) if line)
