"""The month of VAT of an invoice: received, supplied, or where the corrected one was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from app.kernel.dates import Month
from app.vat.rules.facts import InvoiceSide
from app.vat.rules.months import vat_month
from tests.vat.invoices import PURCHASE, ksef_number, line

MARCH, APRIL = "2026-03", "2026-04"
IN_APRIL = ksef_number(day="20260401")


def _month(side: InvoiceSide, number: str | None = None, **facts: Any) -> str:
    return str(vat_month(replace(PURCHASE, issued_on=date(2026, 3, 31), **facts), number, side))


@pytest.mark.parametrize(
    ("number", "facts", "month"),
    [
        (IN_APRIL, {}, APRIL),
        (None, {}, MARCH),
        (ksef_number(day="20260331"), {}, MARCH),
        (None, {"sold_on": date(2026, 4, 2)}, APRIL),
        (IN_APRIL, {"sold_on": date(2026, 2, 27)}, APRIL),
        (IN_APRIL, {"sold_on": date(2026, 5, 4)}, "2026-05"),
        (IN_APRIL, {"period_from_on": date(2026, 1, 1), "period_to_on": date(2026, 12, 31)}, APRIL),
        (None, {"lines": (line(sold_on=date(2026, 3, 2)), line(sold_on=date(2026, 4, 3), no=2))}, APRIL),
        (ksef_number(day="29990401"), {}, MARCH),
    ],
    ids=["the day KSeF took it", "without a number, the day of issue", "both in one month", "never before the supply",
         "an earlier supply changes nothing", "received before the supply", "a period does not move it",
         "the last of the lines' supplies", "a number from the far future tells nothing"],
)  # fmt: skip
def test_a_purchase_belongs_to_the_month_in_which_it_was_received(
    number: str | None, facts: dict[str, Any], month: str
) -> None:
    assert _month("purchase", number, **facts) == month


@pytest.mark.parametrize(
    ("facts", "month"),
    [
        ({}, MARCH),
        ({"sold_on": date(2026, 2, 27)}, "2026-02"),
        ({"sold_on": date(2026, 4, 2)}, APRIL),
        ({"period_from_on": date(2026, 4, 1), "period_to_on": date(2026, 4, 30)}, MARCH),
        ({"lines": (line(sold_on=date(2026, 2, 3)),)}, "2026-02"),
    ],
    ids=["issued", "supplied before", "supplied after", "a period does not move it", "the lines say when"],
)
def test_a_sale_belongs_to_the_month_of_supply_whenever_ksef_took_it(facts: dict[str, Any], month: str) -> None:
    assert _month("sale", IN_APRIL, **facts) == month


ORIGINAL = (date(2026, 1, 30), "FV/1", ksef_number(day="20260202"))


@pytest.mark.parametrize(
    ("side", "effect", "corrected", "month"),
    [
        ("sale", 1, (ORIGINAL,), "2026-01"),
        ("sale", 1, (ORIGINAL, (date(2026, 2, 27), "FV/9", None)), "2026-02"),
        ("purchase", 1, (ORIGINAL,), APRIL),
        ("purchase", 1, ((date(2026, 1, 30), "FV/1", None),), APRIL),
        ("sale", 2, (ORIGINAL,), MARCH),
        ("sale", 3, (ORIGINAL,), MARCH),
        ("sale", None, (ORIGINAL,), MARCH),
        ("purchase", 2, (ORIGINAL,), APRIL),
        ("purchase", 3, (ORIGINAL,), APRIL),
    ],
)
def test_a_correction_goes_where_its_type_says(
    side: InvoiceSide, effect: int | None, corrected: tuple[tuple[date, str, str | None], ...], month: str
) -> None:
    found = _month(side, IN_APRIL, kind="KOR", correction_effect=effect, corrected=corrected, sold_on=date(2026, 1, 30))
    assert found == month


def test_every_month_is_one_of_the_calendar() -> None:
    assert vat_month(PURCHASE, None, "internal") == Month(2026, 3)
