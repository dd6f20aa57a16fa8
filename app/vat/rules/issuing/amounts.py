"""What a draft comes to: the value of each line, base and tax by rate, what is due.

The base is the sum of lines; the tax is counted from the sum of a rate and rounded once, or line by line when the draft
asks for it. From gross prices the tax is taken "in a hundred".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from app.kernel.money import HUNDRED, ZERO, to_grosz
from app.vat.rules.facts import RateTotal
from app.vat.rules.issuing.draft import MARGIN_RATE, Draft, DraftLine
from app.vat.rules.register import MARGIN, PLN, field_of_rate


@dataclass(frozen=True, slots=True)
class LineValue:
    """One line reckoned: net and gross in the invoice's currency; `tax` as rounded for this line alone."""

    net: Decimal
    tax: Decimal
    gross: Decimal


@dataclass(frozen=True, slots=True)
class Amounts:
    """A draft reckoned; `totals` in the order of P_13."""

    lines: tuple[LineValue, ...]
    totals: tuple[RateTotal, ...]
    gross: Decimal

    @property
    def net(self) -> Decimal:
        return sum((total.net for total in self.totals), ZERO)

    @property
    def tax(self) -> Decimal:
        return sum((total.tax or ZERO for total in self.totals), ZERO)


def percent(rate: str) -> Decimal | None:
    """The rate as a number; None where no tax is charged."""
    return Decimal(rate) if rate.isdigit() else None


def tax_on(net: Decimal, rate: str) -> Decimal:
    """From a net amount, to whole grosze.

    Law: art. 106e ust. 1 pkt 14 i ust. 11 ustawy o VAT
    """
    share = percent(rate)
    return ZERO if share is None else to_grosz(net * share / HUNDRED)


def tax_in(gross: Decimal, rate: str) -> Decimal:
    """What is in a gross amount: gross × rate / (100 + rate), to whole grosze.

    Law: art. 106e ust. 7 i 11 ustawy o VAT
    """
    share = percent(rate)
    return ZERO if share is None else to_grosz(gross * share / (HUNDRED + share))


def line_value(line: DraftLine, *, gross_prices: bool) -> LineValue:
    """Price × quantity less the discount, to whole grosze, and the tax of this line alone.

    Law: art. 106e ust. 1 pkt 11, ust. 7 i 10–11 ustawy o VAT
    """
    value = to_grosz(line.price * line.quantity - (line.discount or ZERO))
    if gross_prices:
        tax = tax_in(value, line.rate)
        return LineValue(value - tax, tax, value)
    tax = tax_on(value, line.rate)
    return LineValue(value, tax, value + tax)


def reckon(draft: Draft) -> Amounts:
    """The whole value of the draft's lines, whatever was paid before.

    Law: art. 106e ust. 1 pkt 11–15, ust. 7–8 i 10–11, art. 31a ustawy o VAT
    """
    by_gross = draft.pricing == "gross"
    lines = tuple(line_value(line, gross_prices=by_gross) for line in draft.lines)
    by_rate: dict[str, list[LineValue]] = {}
    for line, value in zip(draft.lines, lines, strict=True):
        by_rate.setdefault(line.rate, []).append(value)
    found = [_rate_total(draft, rate, values) for rate, values in by_rate.items()]
    return Amounts(lines, ordered(found), sum((one.net + (one.tax or ZERO) for one in found), ZERO))


def _rate_total(draft: Draft, rate: str, values: Sequence[LineValue]) -> RateTotal:
    net, gross = (sum((getattr(one, name) for one in values), ZERO) for name in ("net", "gross"))
    if percent(rate) is None:
        return RateTotal(field_of(rate), gross)
    if draft.rounding == "line":
        tax = sum((one.tax for one in values), ZERO)
    else:
        tax = tax_in(gross, rate) if draft.pricing == "gross" else tax_on(net, rate)
    base = gross - tax if draft.pricing == "gross" else net
    return with_pln(RateTotal(field_of(rate), base, tax), draft)


def field_of(rate: str) -> str:
    """The P_13 of a rate."""
    return MARGIN if rate == MARGIN_RATE else field_of_rate(rate) or ""


def with_pln(total: RateTotal, draft: Draft) -> RateTotal:
    """With P_14_nW, when the invoice is in another currency and its rate is known.

    Law: art. 31a, art. 106e ust. 11 ustawy o VAT
    """
    if draft.currency == PLN or draft.exchange is None or total.tax is None:
        return total
    return replace(total, tax_pln=to_grosz(total.tax * draft.exchange.rate))


def ordered(totals: Iterable[RateTotal]) -> tuple[RateTotal, ...]:
    """In the order of FA(3)."""
    return tuple(sorted(totals, key=lambda total: [int(part) for part in total.field.split("_")]))


def difference(after: Iterable[RateTotal], before: Iterable[RateTotal]) -> tuple[RateTotal, ...]:
    """What a correction shows of each rate: the state after it less the state before it; rates without change are left
    out.

    Law: art. 106j ust. 2 pkt 5 ustawy o VAT
    """
    new, old = {one.field: one for one in after}, {one.field: one for one in before}
    found = []
    for field in {**new, **old}:
        one = new[field] if field in new else _nothing_like(old[field])
        other = old[field] if field in old else _nothing_like(new[field])
        made = RateTotal(field, one.net - other.net, _less(one.tax, other.tax), _less(one.tax_pln, other.tax_pln))
        if made.net or made.tax:
            found.append(made)
    return ordered(found)


def _nothing_like(total: RateTotal) -> RateTotal:
    """A zero with the same parts."""
    return RateTotal(total.field, ZERO, None if total.tax is None else ZERO, None if total.tax_pln is None else ZERO)


def _less(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None and other is None else (one or ZERO) - (other or ZERO)


def gross_of(totals: Iterable[RateTotal]) -> Decimal:
    """Bases and taxes together."""
    return sum((one.net + (one.tax or ZERO) for one in totals), ZERO)


def advance(order: Amounts, received: Decimal, draft: Draft) -> tuple[RateTotal, ...]:
    """A payment split between the rates of the order in proportion to their gross values, the tax "in a hundred".

    The last grosze go to the largest part, so the parts always make up the payment.

    Law: art. 106f ust. 1 pkt 3 ustawy o VAT
    """
    parts = [(one, one.net + (one.tax or ZERO)) for one in order.totals]
    whole = sum((value for _, value in parts), ZERO)
    if not whole:
        return ()
    shares = [to_grosz(received * value / whole) for _, value in parts]
    largest = max(range(len(parts)), key=lambda place: parts[place][1])
    shares[largest] += received - sum(shares, ZERO)
    rates = {field_of(line.rate): line.rate for line in draft.lines}
    found = []
    for (one, _), share in zip(parts, shares, strict=True):
        tax = tax_in(share, rates[one.field]) if one.tax is not None else None
        found.append(with_pln(RateTotal(one.field, share - (tax or ZERO), tax), draft))
    return ordered(found)
