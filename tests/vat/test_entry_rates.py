"""Amounts by rate: their fields in the register and the tax that follows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.vat.rules.entries.rates import PLACES, RATES, Entered, fields, proposed_tax, together

BY_CODE = {rate.code: rate for rate in RATES}


@pytest.mark.parametrize(
    ("code", "net", "tax"),
    [
        ("23", "100.00", "23.00"),
        ("8", "12.31", "0.98"),
        ("8", "12.32", "0.99"),
        ("5", "0.10", "0.01"),
        ("5", "0.09", "0.00"),
        ("23", "-10.00", "-2.30"),
        ("zw", "100.00", None),
        ("np", "100.00", None),
        ("0", "100.00", None),
    ],
)
def test_the_tax_of_a_net_amount_is_rounded_to_the_grosz(code: str, net: str, tax: str | None) -> None:
    assert proposed_tax(Decimal(net), BY_CODE[code]) == (None if tax is None else Decimal(tax))


def test_each_rate_fills_its_own_fields() -> None:
    entered = [Entered(rate, Decimal(place + 1), Decimal(1) if rate.tax else None) for place, rate in enumerate(RATES)]
    assert fields(entered) == {
        "K_19": 1, "K_20": 1, "K_17": 2, "K_18": 1, "K_15": 3, "K_16": 1, "K_13": 4, "K_10": 5, "K_11": 6,
    }  # fmt: skip


def test_an_empty_rate_has_no_fields_and_a_half_filled_one_both() -> None:
    assert fields([Entered(BY_CODE["23"], None, None)]) == {}
    assert fields([Entered(BY_CODE["23"], None, Decimal("5"))]) == {"K_19": 0, "K_20": 5}


def test_a_purchase_is_the_sum_of_its_rates() -> None:
    entered = [Entered(BY_CODE["23"], Decimal("10"), Decimal("2.30")), Entered(BY_CODE["zw"], Decimal("5"), None)]
    assert together(entered) == (Decimal("15"), Decimal("2.30"))


def test_each_field_is_found_where_it_was_typed() -> None:
    assert PLACES["K_20"] == "tax_23" and PLACES["K_10"] == "net_zw" and PLACES["K_15"] == "net_5"
