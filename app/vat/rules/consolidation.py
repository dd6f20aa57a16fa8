"""From what units published to the one return of the taxpayer: sums in grosze, rounded once, rows numbered through.

Law: art. 3 i 4 ustawy o szczególnych zasadach rozliczania VAT przez JST (centralizacja); art. 99 i 109 ustawy o VAT
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from app.kernel.dates import Month
from app.kernel.money import ZERO
from app.vat.rules.options import NOTHING, Options
from app.vat.rules.totals import Declaration, add_up, declaration


@dataclass(frozen=True, slots=True)
class Share:
    """Rows and their sums: counts, K_ → złote (FP rows are counted but not summed), base and tax of art. 89a ust. 1."""

    sale_count: int = 0
    purchase_count: int = 0
    sums: Mapping[str, Decimal] = field(default_factory=dict)
    bad_debt: tuple[Decimal, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """What one unit published for the month: `own` goes into the return, `excluded` is between units of the city."""

    unit: str
    name: str
    publication_id: UUID
    version: int
    hash: str
    own: Share
    excluded: Share = Share()


@dataclass(frozen=True, slots=True)
class Placed:
    """A part and the numbers of its first rows in the file."""

    part: Part
    first_sale_no: int
    first_purchase_no: int


@dataclass(frozen=True, slots=True)
class Consolidated:
    """The return and where each unit's rows stand in it. `sums`: K_ → złote of all units."""

    parts: tuple[Placed, ...]
    sums: Mapping[str, Decimal]
    declaration: Declaration
    sale_count: int
    purchase_count: int


def consolidate(parts: Sequence[Part], carried: Decimal | None = None, options: Options = NOTHING) -> Consolidated:
    """One return from all parts, in the order given; `carried` (P_39) in full złote, `options` of the taxpayer.

    Units' sums are added in grosze and rounded once: rounded returns of units are never added. Supplies between units
    are no supplies, so neither side of them is in.

    Raises `Refusal` as `totals.declaration` does.

    Law: art. 3 ustawy o szczególnych zasadach rozliczania VAT przez JST; art. 63 § 1 Ordynacji podatkowej
    """
    placed = []
    sale_no = purchase_no = 1
    for part in parts:
        placed.append(Placed(part, sale_no, purchase_no))
        sale_no += part.own.sale_count
        purchase_no += part.own.purchase_count
    sums = add_up(part.own.sums for part in parts)
    bad = [part.own.bad_debt for part in parts if part.own.bad_debt is not None]
    bad_debt = (sum((base for base, _ in bad), ZERO), sum((tax for _, tax in bad), ZERO)) if bad else None
    made = declaration(
        sums,
        carried,
        cash_registers=options.cash_registers,
        waived=options.waived,
        cash_registers_left=options.cash_registers_left,
        refund=options.refund,
        bad_debt=bad_debt,
    )
    return Consolidated(tuple(placed), sums, made, sale_no - 1, purchase_no - 1)


def inputs_hash(
    month: Month,
    taxpayer: Mapping[str, str | None],
    own_numbers: Iterable[str],
    carried: Decimal | None,
    parts: Iterable[Part],
    missing: Iterable[str],
    options: Options = NOTHING,
) -> str:
    """SHA-256 of everything a return is made from: the same inputs need no new version."""
    whole = {
        "month": str(month),
        "taxpayer": dict(taxpayer),
        "own_numbers": sorted(own_numbers),
        "carried": None if carried is None else str(carried),
        "parts": [[part.unit, part.version, part.hash] for part in parts],
        "missing": sorted(missing),
        **({"options": options.stored()} if options != NOTHING else {}),
    }
    return hashlib.sha256(json.dumps(whole, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Difference:
    """One amount that changed between two versions; `unit` None: the return itself (a P_ position)."""

    unit: str | None
    name: str
    before: Decimal
    after: Decimal

    @property
    def change(self) -> Decimal:
        return self.after - self.before


def differences(unit: str | None, before: Mapping[str, Decimal], after: Mapping[str, Decimal]) -> list[Difference]:
    """Every amount that differs, by name; an absent one counts as zero."""
    names = sorted({*before, *after}, key=_order)
    pairs = ((name, before.get(name, ZERO), after.get(name, ZERO)) for name in names)
    return [Difference(unit, name, old, new) for name, old, new in pairs if old != new]


def _order(name: str) -> tuple[str, Decimal]:
    """K_9 before K_10; K_360 after K_36."""
    letter, _, digits = name.partition("_")
    return letter, Decimal(digits[:2] + "." + digits[2:]) if digits.isdigit() else ZERO
