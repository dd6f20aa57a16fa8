"""One invoice for many units: the parts make up the whole to the grosz, whatever the amounts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Refusal
from app.kernel.money import ZERO
from app.vat.rules.facts import Invoice, RateTotal
from app.vat.rules.register import purchase_vat, totals_pln
from app.vat.rules.splitting import Share, allocate, by_amounts, by_lines, like, part_of, whole
from tests.vat.invoices import PURCHASE, line

money = st.decimals(Decimal(-10_000), Decimal(10_000), places=2)
NET, TAX = Decimal("100.00"), Decimal("23.00")
INVOICE = replace(
    PURCHASE,
    lines=tuple(line(value) for value in ("33.33", "33.33", "33.34")),
    totals=(RateTotal("1", NET, TAX),),
    gross=NET + TAX,
)


@given(money, st.dictionaries(st.sampled_from("ABCDE"), money, min_size=1))
def test_parts_make_up_the_amount_and_none_is_more_than_a_grosz_off(
    amount: Decimal, weights: dict[str, Decimal]
) -> None:
    if not sum(weights.values(), ZERO):
        return
    parts = allocate(amount, weights)
    assert sum(parts.values(), ZERO) == amount
    every = sum(weights.values(), ZERO)
    assert all(abs(parts[unit] - amount * weights[unit] / every) <= Decimal("0.01") for unit in weights)


@given(st.lists(st.tuples(st.decimals(Decimal("0.01"), Decimal(9999), places=2), st.sampled_from(["A", "B", "C"])),
                min_size=2, max_size=8))  # fmt: skip
def test_shares_by_lines_are_the_invoice_to_the_grosz(lines: list[tuple[Decimal, str]]) -> None:
    net = sum((value for value, _ in lines), ZERO)
    tax = (net * 23 / 100).quantize(Decimal("0.01"))
    invoice = replace(
        INVOICE,
        lines=tuple(line(str(value)) for value, _ in lines),
        totals=(RateTotal("1", net, tax),),
        gross=net + tax,
    )
    owners = [unit for _, unit in lines]
    if len(set(owners)) < 2:
        with pytest.raises(Refusal):
            by_lines(invoice, owners)
        return
    shares = by_lines(invoice, owners)
    parts = [part_of(invoice, share.amounts) for share in shares]
    assert sum((part.gross for part in parts), ZERO) == invoice.gross
    for sums in (totals_pln, purchase_vat):
        columns = zip(*(sums(part) for part in parts), strict=True)
        assert tuple(sum(column, ZERO) for column in columns) == sums(invoice)
    for share in shares:
        assert share.net == sum((value for value, unit in lines if unit == share.unit), ZERO)


def shares(*nets: str, tax: str = "11.50") -> list[Share]:
    return [Share(unit, {"1": (Decimal(net), Decimal(tax))}) for unit, net in zip("AB", nets, strict=False)]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (shares("50.00", "50.01"), "różnica −0,01"),
        (shares("50.00", "50.00", tax="11.49"), "podatku"),
        (shares("100.00", tax="23.00"), "co najmniej dwóch"),
        ([*shares("50.00"), *shares("50.00")], "tylko raz"),
        ([*shares("100.00", tax="23.00"), Share("B", {"1": (ZERO, ZERO)})], "żadnej kwoty"),
        ([*shares("50.00", "50.00"), Share("C", {"3": (Decimal(1), ZERO)})], "P_13_3"),
    ],
    ids=["a grosz too much", "tax missing", "one unit", "a unit twice", "nothing for a unit", "a rate not there"],
)
def test_a_split_that_is_not_the_invoice_is_refused(given: list[Share], says: str) -> None:
    with pytest.raises(Refusal, match=says):
        by_amounts(INVOICE, given)


def test_a_correction_is_split_like_what_it_corrects() -> None:
    earlier = by_lines(INVOICE, ["A", "A", "B"])
    less: Invoice = replace(INVOICE, totals=(RateTotal("1", Decimal("-10.00"), Decimal("-2.30")),), gross=-Decimal(12))
    again = like(less, earlier)
    assert {share.unit: share.net for share in again} == {"A": Decimal("-6.67"), "B": Decimal("-3.33")}
    assert sum((share.tax for share in again), ZERO) == Decimal("-2.30")


def test_an_invoice_in_another_currency_is_split_in_zlote() -> None:
    foreign = replace(
        INVOICE, currency="EUR", exchange_rate=Decimal("4.2501"), totals=(RateTotal("1", NET, TAX, Decimal("97.75")),)
    )
    assert whole(foreign) == {"1": (Decimal("425.01"), Decimal("97.75"))}
    parts = [part_of(foreign, share.amounts) for share in by_lines(foreign, ["A", "B", "B"])]
    assert sum((part.gross for part in parts), ZERO) == Decimal("522.76")
    assert {part.currency for part in parts} == {"PLN"}
