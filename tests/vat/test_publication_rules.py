"""What a signed version is made of: who may sign, which rows belong, sums, hash; and a purchase's amounts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.vat.rules.deduction import Use
from app.vat.rules.publication import belongs, digest, refuse_same_person, sums, sums_text
from app.vat.rules.purchase import Ratios, known_use, reckon
from tests.vat.deliveries import MONTH, bill, report


def money(**given: str) -> dict[str, Decimal]:
    return {name: Decimal(amount) for name, amount in given.items()}


@pytest.mark.parametrize(
    ("signing", "may"),
    [
        ("anna.lis@sp1.example", False),
        ("Anna.Lis@SP1.example", False),
        (" anna.lis@sp1.example ", False),
        ("jan.dab@sp1.example", True),
    ],
)
def test_whoever_completed_may_not_sign(signing: str, may: bool) -> None:
    law = None
    try:
        refuse_same_person("anna.lis@sp1.example", signing)
    except Refusal as refusal:
        law = refusal.law
    assert (law is None) is may


@pytest.mark.parametrize(
    ("amounts", "margin", "expected"),
    [
        ({"K_42": "100.00", "K_43": "3.91"}, None, True),
        ({"K_42": "100.00", "K_43": "0.00"}, None, False),
        ({"K_40": "-10.00", "K_41": "-2.30"}, None, True),
        ({"K_45": "-5.00"}, None, True),
        ({"K_44": "0.00"}, None, False),
        ({}, Decimal("10.00"), True),
        ({}, None, False),
    ],
)
def test_a_purchase_is_published_when_it_says_something_of_tax(
    amounts: dict[str, str], margin: Decimal | None, expected: bool
) -> None:
    assert belongs(money(**amounts), margin) is expected


def test_invoices_to_receipts_are_rows_but_in_no_sum() -> None:
    receipt = replace(report("FP/1", "500.00", "115.00"), document_type="FP")
    bought = bill("B/1").row(money(K_42="100.00", K_43="23.00"))
    made = sums([report("RO/1"), receipt], [bought])
    assert sums_text(made) == {"K_19": "100.00", "K_20": "23.00", "K_42": "100.00", "K_43": "23.00"}


def test_the_hash_covers_month_sums_and_every_row_in_its_order() -> None:
    whole: tuple[Any, ...] = (MONTH, {"K_19": "1.00"}, ("<a/>\n", "<b/>\n"), ("<c/>\n",))
    made = digest(*whole)
    others = [
        (Month(2026, 8), *whole[1:]),
        (MONTH, {"K_19": "1.01"}, *whole[2:]),
        (MONTH, whole[1], ("<b/>\n", "<a/>\n"), whole[3]),
        (MONTH, whole[1], ("<a/>\n",), ("<b/>\n", "<c/>\n")),
        (MONTH, whole[1], whole[2], ()),
    ]
    assert digest(*whole) == made and len({made, *(digest(*other) for other in others)}) == 6


@pytest.mark.parametrize(
    ("use", "ratios", "shown", "expected"),
    [
        ("taxed", Ratios(), "whole", {"K_42": "1000.00", "K_43": "230.00"}),
        ("exempt", Ratios(), "whole", {"K_42": "1000.00", "K_43": "0.00"}),
        ("all", Ratios(47, 61), "whole", {"K_42": "1000.00", "K_43": "65.94"}),
        ("all", Ratios(47, 61), "share", {"K_42": "286.70", "K_43": "65.94"}),
        ("business_and_outside", Ratios(17, None), "whole", {"K_42": "1000.00", "K_43": "39.10"}),
        ("all", Ratios(47, None), "whole", {"K_42": "1000.00", "K_43": "0"}),
        (None, Ratios(47, 61), "whole", {"K_42": "1000.00", "K_43": "0"}),
        (None, Ratios(47, 61), "share", {"K_42": "0", "K_43": "0"}),
    ],
)
def test_amounts_of_a_purchase_follow_its_use_and_the_ratios(
    use: Use | None, ratios: Ratios, shown: Any, expected: dict[str, str]
) -> None:
    made = reckon(Decimal("1000.00"), Decimal("230.00"), use, ratios, net_shown=shown)
    assert made.amounts == money(**expected)
    asset = reckon(Decimal("1000.00"), Decimal("230.00"), use, ratios, net_shown=shown, asset=True)
    assert list(asset.amounts) == ["K_40", "K_41"]


def test_what_a_use_needs_and_the_unit_has_not_decided_is_named() -> None:
    assert reckon(Decimal(10), Decimal(2), "all", Ratios(None, 61)).missing == ("pre_ratio",)
    assert reckon(Decimal(10), Decimal(2), "all", Ratios()).missing == ("pre_ratio", "ratio")
    assert reckon(Decimal(10), Decimal(2), "taxed", Ratios()).missing == ()
    assert reckon(Decimal(0), Decimal(0), "all", Ratios()).amounts == {}


def test_only_per_cents_that_the_use_needs_are_kept() -> None:
    made = reckon(Decimal(10), Decimal(2), "taxed_and_exempt", Ratios(17, 61))
    assert (made.pre_ratio_pct, made.ratio_pct) == (None, 61)
    assert made.outcome is not None and made.outcome.reckoning


def test_an_unknown_use_is_refused() -> None:
    assert known_use("all") == "all"
    with pytest.raises(Refusal, match="Nie ma przeznaczenia"):
        known_use("wszystko")
