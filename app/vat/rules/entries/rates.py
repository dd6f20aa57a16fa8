"""The rates by which a person enters amounts: the K_ fields of each, and the tax that follows from a net amount."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.kernel.money import ZERO, percent_of, to_grosz
from app.vat.rules.register import SALES_FIELDS, field_of_rate


@dataclass(frozen=True, slots=True)
class Rate:
    """`code` is how the rate is named in forms, `bases` and `tax` its fields in the sales register.

    `percent` None: no tax is reckoned (exempt, outside the country, 0 %).
    """

    code: str
    label: str
    bases: tuple[str, ...]
    tax: str | None
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Entered:
    """What was typed for one rate, złote; None = nothing."""

    rate: Rate
    net: Decimal | None
    tax: Decimal | None


def _rate(code: str, label: str, written: str) -> Rate:
    """`written` as FA(3) writes the rate of a line."""
    bases, tax = SALES_FIELDS[field_of_rate(written) or ""]
    return Rate(code, label, bases, tax, Decimal(code) if tax else None)


RATES: tuple[Rate, ...] = (
    _rate("23", "23%", "23"),
    _rate("8", "8%", "8"),
    _rate("5", "5%", "5"),
    _rate("0", "0%", "0 KR"),
    _rate("zw", "Zwolnione", "zw"),
    _rate("np", "Poza krajem", "np I"),
)


def proposed_tax(net: Decimal, rate: Rate) -> Decimal | None:
    """The tax of a net amount, to the grosz; None for a rate without tax.

    Law: art. 106e ust. 1 pkt 14 i ust. 11 ustawy o VAT
    """
    return None if rate.percent is None else to_grosz(percent_of(net, rate.percent))


def fields(entered: Iterable[Entered]) -> dict[str, Decimal]:
    """K_ → złote of a sale. A rate that was left empty has no fields."""
    amounts: dict[str, Decimal] = {}
    for one in entered:
        if one.net is None and one.tax is None:
            continue
        for base in one.rate.bases:
            amounts[base] = one.net or ZERO
        if one.rate.tax is not None:
            amounts[one.rate.tax] = one.tax or ZERO
    return amounts


def together(entered: Iterable[Entered]) -> tuple[Decimal, Decimal]:
    """(net, tax) of all rates: a purchase is not kept by rate."""
    known = list(entered)
    return sum((one.net or ZERO for one in known), ZERO), sum((one.tax or ZERO for one in known), ZERO)


PLACES: Mapping[str, str] = {
    **{base: f"net_{rate.code}" for rate in RATES for base in rate.bases},
    **{rate.tax: f"tax_{rate.code}" for rate in RATES if rate.tax},
}
"""K_ field → where it was typed: "K_20" → "tax_23"."""
