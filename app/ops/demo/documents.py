"""One made-up document on its way into a package: the invoice, its KSeF number, the truth about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.kernel.money import ZERO, to_grosz
from app.vat.rules.facts import Invoice, InvoiceSide, Line, RateTotal

FIELD_OF_RATE = {"23": "1", "8": "2", "5": "3", "0 KR": "6_1", "zw": "7", "np I": "8"}
PERCENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Document:
    """`unit`: what a person who knows the town decides, None = nobody can or need; `traps`: what makes it hard."""

    invoice: Invoice
    ksef_number: str
    accepted_on: date
    side: InvoiceSide
    unit: str | None
    traps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Delivered:
    """One file as delivered: its path under the output folder (inside a ZIP after the ZIP's name)."""

    file: str
    sha256: str
    document: Document
    traps: tuple[str, ...]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def rate_totals(lines: tuple[Line, ...], exchange_rate: Decimal | None = None) -> tuple[RateTotal, ...]:
    """Sums of net by rate, tax from each sum (rows before a correction count against)."""
    nets: dict[str, Decimal] = {}
    for line in lines:
        if line.rate is not None and line.net is not None:
            signed = -line.net if line.before_correction else line.net
            nets[line.rate] = nets.get(line.rate, ZERO) + signed
    return tuple(_rate_total(rate, nets[rate], exchange_rate) for rate in FIELD_OF_RATE if rate in nets)


def _rate_total(rate: str, net: Decimal, exchange_rate: Decimal | None) -> RateTotal:
    if not rate.isdigit():
        return RateTotal(FIELD_OF_RATE[rate], net)
    tax = to_grosz(net * Decimal(rate) * PERCENT)
    in_pln = None if exchange_rate is None else to_grosz(tax * exchange_rate)
    return RateTotal(FIELD_OF_RATE[rate], net, tax, in_pln)


def gross_of(totals: tuple[RateTotal, ...]) -> Decimal:
    return sum((total.net + (total.tax or ZERO) for total in totals), ZERO)
