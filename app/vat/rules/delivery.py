"""What passes between the municipality's inbox and a unit's register: invoices sent, taken back, and the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from app.kernel.dates import Month
from app.vat.rules.facts import Invoice


@dataclass(frozen=True, slots=True)
class Delivery:
    """An invoice on its way into a unit's register. `attribution_id` is the decision that sends it: its key there."""

    attribution_id: UUID
    invoice_id: UUID
    side: Literal["sale", "purchase"]
    month: Month
    ksef_number: str | None
    invoice: Invoice


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A delivery that has to leave a unit's register again, because the invoice turned out to be somebody else's."""

    attribution_id: UUID
    invoice_id: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a delivery or withdrawal in the unit: `problem` (a Polish sentence) when it could not be done."""

    attribution_id: UUID
    invoice_id: UUID
    problem: str | None = None
