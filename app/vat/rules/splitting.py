"""One invoice for several units: each gets its part of every rate, and the parts make up the invoice to the grosz."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.kernel.errors import Refusal
from app.kernel.money import ZERO, format_amount, to_grosz
from app.vat.rules.facts import Invoice, RateTotal
from app.vat.rules.register import PLN, field_of_rate, in_pln, totals

Amounts = Mapping[str, tuple[Decimal, Decimal]]
"""The ending of P_13 ("1", "6_1" …) → net and tax in złote."""


@dataclass(frozen=True, slots=True)
class Share:
    """A unit's code and its part of the invoice."""

    unit: str
    amounts: Amounts

    @property
    def net(self) -> Decimal:
        return sum((net for net, _ in self.amounts.values()), ZERO)

    @property
    def tax(self) -> Decimal:
        return sum((tax for _, tax in self.amounts.values()), ZERO)


def whole(invoice: Invoice) -> dict[str, tuple[Decimal, Decimal]]:
    """What there is to split, in złote. Raises `Refusal` when złote cannot be known."""
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for total in totals(invoice):
        net, tax = in_pln(invoice, total)
        before = found.get(total.field, (ZERO, ZERO))
        found[total.field] = before[0] + net, before[1] + tax
    return found


def by_amounts(invoice: Invoice, shares: Sequence[Share]) -> tuple[Share, ...]:
    """The shares as given, if they are at least two of different units and make up every rate to the grosz.

    Raises `Refusal` naming the rate and what is missing.

    Law: art. 86 ust. 1 i art. 109 ust. 3 ustawy o VAT (podatek u tego, kto nabył; każda jednostka ewidencjonuje swoje)
    """
    if len({share.unit for share in shares}) != len(shares):
        raise Refusal("Każdą jednostkę wskaż tylko raz.", "units")
    if len(shares) < 2:
        raise Refusal("Podział wymaga co najmniej dwóch jednostek.", "units")
    every = whole(invoice)
    for field in sorted({*every, *(field for share in shares for field in share.amounts)}):
        wanted = every.get(field, (ZERO, ZERO))
        for place, what in enumerate(("netto", "podatku")):
            given = sum((share.amounts.get(field, (ZERO, ZERO))[place] for share in shares), ZERO)
            if given != wanted[place]:
                raise Refusal(
                    f"Części {what} (pole P_13_{field}) dają razem {format_amount(given)}, a na fakturze jest "
                    f"{format_amount(wanted[place])}: różnica {format_amount(wanted[place] - given)}.",
                    f"amounts.{field}",
                )
    for share in shares:
        if not any(net or tax for net, tax in share.amounts.values()):
            raise Refusal(f"Jednostka {share.unit} nie dostaje żadnej kwoty.", "units")
    return tuple(shares)


def by_lines(invoice: Invoice, owners: Sequence[str]) -> tuple[Share, ...]:
    """`owners`: the unit of each line, in the order of the invoice. The tax of a rate goes along with the net.

    Raises `Refusal` when a rate has no lines to go by.

    Law: art. 106e ust. 1 pkt 11–14 ustawy o VAT (podatek od sumy netto stawki, nie od wiersza)
    """
    if len(owners) != len(invoice.lines):
        raise Refusal("Wskaż jednostkę przy każdej pozycji faktury.", "lines")
    weights: dict[str, dict[str, Decimal]] = {}
    for line, unit in zip(invoice.lines, owners, strict=True):
        value = line.net if line.net is not None else line.gross
        field = field_of_rate(line.rate)
        if value is not None and field is not None:
            by_unit = weights.setdefault(field, {})
            by_unit[unit] = by_unit.get(unit, ZERO) + (-value if line.before_correction else value)
    return by_amounts(invoice, _shared_out(whole(invoice), weights))


def like(invoice: Invoice, earlier: Sequence[Share]) -> tuple[Share, ...]:
    """In the proportions of an earlier split: a correction follows what it corrects. Raises `Refusal`."""
    weights: dict[str, dict[str, Decimal]] = {}
    for field in whole(invoice):
        own = {share.unit: share.amounts[field][0] for share in earlier if field in share.amounts}
        weights[field] = own if sum(own.values(), ZERO) else {share.unit: share.net for share in earlier}
    return by_amounts(invoice, _shared_out(whole(invoice), weights))


def _shared_out(every: Amounts, weights: Mapping[str, Mapping[str, Decimal]]) -> list[Share]:
    found: dict[str, dict[str, tuple[Decimal, Decimal]]] = {}
    for field, (net, tax) in every.items():
        by_unit = weights.get(field, {})
        if (net or tax) and not sum(by_unit.values(), ZERO):
            raise Refusal(f"Pozycje nie mówią, jak podzielić kwotę z pola P_13_{field}. Podziel ją kwotami.", "lines")
        nets, taxes = allocate(net, by_unit), allocate(tax, by_unit)
        for unit in by_unit:
            found.setdefault(unit, {})[field] = (nets[unit], taxes[unit])
    return [Share(unit, amounts) for unit, amounts in sorted(found.items())]


def allocate(amount: Decimal, weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The amount in the proportion of the weights, in whole grosze that make it up exactly, whatever the signs.

    Each part is the rounded running total less the one before it, so no part is more than a grosz off.
    """
    every = sum(weights.values(), ZERO)
    parts: dict[str, Decimal] = {}
    run, given = ZERO, ZERO
    for unit in sorted(weights):
        run += weights[unit]
        reached = to_grosz(amount * run / every) if every else ZERO
        parts[unit], given = reached - given, reached
    return parts


def part_of(invoice: Invoice, amounts: Amounts) -> Invoice:
    """The invoice as a unit's register sees it: the same document with the unit's amounts, in złote."""
    parts = tuple(RateTotal(field, net, tax) for field, (net, tax) in sorted(amounts.items()))
    gross = sum((net + tax for net, tax in amounts.values()), ZERO)
    return replace(invoice, totals=parts, gross=gross, currency=PLN, exchange_rate=None)
