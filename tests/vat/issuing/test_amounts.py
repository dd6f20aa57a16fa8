"""What an invoice comes to: the sums of its lines, whatever they are; corrections add up."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal as D
from typing import Literal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.kernel.money import ZERO
from app.vat.filings import fa3
from app.vat.filings.jpk_v7m import sales_body
from app.vat.rules.issuing.amounts import advance, gross_of, line_value, reckon, tax_in, tax_on
from app.vat.rules.issuing.building import Original, build, due, state_totals
from app.vat.rules.issuing.draft import Correction, Draft, DraftLine
from app.vat.rules.register import SALES_FIELDS, field_of_rate, sales_row
from tests.vat.issuing.samples import ISSUER, KINDS, ORDINARY, ORIGINAL, line

RATES = ("23", "8", "5", "zw", "0 KR", "np I")
money = st.decimals(min_value=D("0.01"), max_value=D("99999.99"), places=2)
lines = st.lists(
    st.builds(
        DraftLine,
        text=st.just("usługa"),
        price=money,
        rate=st.sampled_from(RATES),
        quantity=st.decimals(min_value=D("0.001"), max_value=D("999"), places=3),
    ),
    min_size=1,
    max_size=8,
).map(tuple)
drafts = st.builds(
    lambda found, pricing, rounding: replace(ORDINARY, lines=found, pricing=pricing, rounding=rounding),
    lines,
    st.sampled_from(("net", "gross")),
    st.sampled_from(("total", "line")),
)


@given(drafts)
def test_totals_are_the_sums_of_the_lines(draft: Draft) -> None:
    found = reckon(draft)
    by_gross = draft.pricing == "gross"
    for total in found.totals:
        values = [
            value for one, value in zip(draft.lines, found.lines, strict=True) if field_of_rate(one.rate) == total.field
        ]
        stated = total.net + (total.tax or ZERO) if by_gross else total.net
        assert stated == sum((one.gross if by_gross else one.net for one in values), ZERO)
        if draft.rounding == "line" and total.tax is not None:
            assert total.tax == sum((one.tax for one in values), ZERO)
    assert found.gross == gross_of(found.totals)


@given(drafts, drafts, st.sampled_from(("before_after", "difference")))
def test_a_correction_and_its_original_make_the_corrected_state(
    before: Draft, after: Draft, method: Literal["before_after", "difference"]
) -> None:
    change = replace(after, kind="KOR", correction=Correction("zmiana", 2, method))
    original = replace(ORIGINAL, state=before)
    found = {total.field: total for total in due(change, original)}
    old = {total.field: total for total in state_totals(before)}
    new = {total.field: total for total in state_totals(after)}
    for field in {*found, *old, *new}:
        parts = [each.get(field) for each in (old, found, new)]
        net = [one.net if one else ZERO for one in parts]
        tax = [(one.tax or ZERO) if one else ZERO for one in parts]
        assert (net[0] + net[1], tax[0] + tax[1]) == (net[2], tax[2])


@given(lines, money)
def test_an_advance_is_split_without_losing_a_grosz(found: tuple[DraftLine, ...], received: D) -> None:
    order = replace(ORDINARY, kind="ZAL", lines=found, received=received)
    assume(reckon(order).gross)  # an advance on nothing is refused (received_much)
    assert gross_of(advance(reckon(order), received, order)) == received


@pytest.mark.parametrize(
    ("rate", "net", "tax"),
    [("23", "0.05", "0.01"), ("23", "100.00", "23.00"), ("8", "33.33", "2.67"), ("zw", "9", "0")],
)
def test_tax_from_net(rate: str, net: str, tax: str) -> None:
    assert tax_on(D(net), rate) == D(tax)


@pytest.mark.parametrize(
    ("rate", "gross", "tax"), [("23", "123.00", "23.00"), ("23", "1.00", "0.19"), ("8", "10", "0.74")]
)
def test_tax_in_a_hundred(rate: str, gross: str, tax: str) -> None:
    assert tax_in(D(gross), rate) == D(tax)


def test_where_the_tax_is_rounded_may_cost_a_grosz() -> None:
    small = (line(price="0.07"), line(price="0.07"))
    whole, by_line = (reckon(replace(ORDINARY, lines=small, rounding=way)) for way in ("total", "line"))
    assert (whole.tax, by_line.tax) == (D("0.03"), D("0.04"))
    assert line_value(small[0], gross_prices=False).tax == D("0.02")


@pytest.mark.parametrize("name", KINDS)
def test_the_register_says_what_the_invoice_does(name: str) -> None:
    draft, original, advances = KINDS[name]
    invoice = fa3.read(fa3.write(build(draft, ISSUER, "SP1/FV/8/2026", original, advances)))
    row = sales_row(invoice, None)
    body = sales_body(None, row)
    rate = draft.exchange.rate if draft.exchange else D(1)
    for total in due(draft, original, advances):
        bases, tax_field = SALES_FIELDS.get(total.field, ((), None))
        for base in bases:
            assert row.amounts.get(base, ZERO) == (total.net * rate).quantize(D("0.01")) or total.net == 0
        if tax_field:
            assert row.amounts.get(tax_field, ZERO) == (total.tax_pln if total.tax_pln is not None else total.tax)
    for field, amount in row.amounts.items():
        assert f"<{field}>{amount:.2f}</{field}>" in body
    assert "<OFF>1</OFF>" in body
    assert isinstance(original, Original | None)
