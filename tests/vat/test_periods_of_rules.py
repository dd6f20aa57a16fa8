"""In which month something belongs: a deduction, a correction, a bad debt; when an invoice is paid in parts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.kernel.rulebook import Amount
from app.vat.rules.bad_debt import BadDebt, BadDebtResult, Payment, bad_debt
from app.vat.rules.correcting import CorrectionPeriod, correction_period
from app.vat.rules.split_payment import SplitPayment, split_payment
from app.vat.rules.window import InputPeriod, input_period
from tests.vat.invoices import ksef_number


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


@pytest.mark.parametrize(
    ("obliged", "received", "month", "first", "last", "way"),
    [
        ("2026-03-10", "2026-03-12", "2026-03", "2026-03", "2026-06", "deduct"),
        ("2026-03-10", "2026-03-12", "2026-06", "2026-03", "2026-06", "deduct"),
        ("2026-03-10", "2026-03-12", "2026-07", "2026-03", "2026-06", "correct"),
        ("2026-03-10", "2026-03-12", "2026-02", "2026-03", "2026-06", "wait"),
        ("2026-03-31", "2026-04-01", "2026-03", "2026-04", "2026-07", "wait"),
        ("2026-05-02", "2026-04-01", "2026-04", "2026-05", "2026-08", "wait"),
        ("2026-11-30", "2026-12-01", "2027-03", "2026-12", "2027-03", "deduct"),
        ("2021-03-10", "2021-03-12", "2025-12", "2021-03", "2021-06", "correct"),
        ("2021-03-10", "2021-03-12", "2026-01", "2021-03", "2021-06", "lost"),
    ],
)
def test_a_deduction_has_four_months_and_then_only_a_correction(
    obliged: str, received: str, month: str, first: str, last: str, way: str
) -> None:
    question = InputPeriod(obliged_on=date.fromisoformat(obliged), received_on=_day(received), month=month)
    result = input_period(question).result
    assert (result.first, result.last, result.way, result.allowed) == (first, last, way, way == "deduct")
    if way != "deduct":
        assert result.why is not None and "art. 86 ust. 1" in result.why


def test_an_invoice_of_ksef_comes_on_the_day_of_its_number_whatever_is_written() -> None:
    number = ksef_number("5265877635", "20260401")
    question = InputPeriod(
        obliged_on=date(2026, 3, 31), received_on=date(2026, 3, 31), ksef_number=number, month="2026-03"
    )
    outcome = input_period(question)
    assert (outcome.result.first, outcome.result.received_on) == ("2026-04", date(2026, 4, 1))
    assert "art. 106na ust. 3" in outcome.law[0]


def test_a_tax_reckoned_by_the_buyer_is_deducted_in_the_month_of_the_obligation() -> None:
    for basis, received, first in (("self_taxed", None, "2026-03"), ("customs", "2026-04-02", "2026-04")):
        question = InputPeriod(
            obliged_on=date(2026, 3, 31),
            received_on=_day(received),
            month="2026-04",
            basis=basis,  # type: ignore[arg-type]
        )
        assert input_period(question).result.first == first


def test_without_a_day_of_receipt_nothing_is_guessed() -> None:
    for other, field in (({}, "received_on"), ({"ksef_number": "5265877635-2026"}, "ksef_number")):
        with pytest.raises(Refusal) as refused:
            input_period(InputPeriod(obliged_on=date(2026, 3, 1), month="2026-03", **other))  # type: ignore[arg-type]
        assert refused.value.field == field


SALE_MINUS = {"side": "sale", "direction": "minus", "agreed_on": "2026-05-10", "evidence_on": "2026-05-10"}
BOUGHT_MINUS = {"side": "purchase", "direction": "minus", "received_on": "2026-06-02"}


@pytest.mark.parametrize(
    ("facts", "month", "article"),
    [
        ({**SALE_MINUS, "issued_on": "2026-05-11"}, "2026-05", "art. 29a ust. 13"),
        ({**SALE_MINUS, "issued_on": "2026-05-11", "evidence_on": "2026-07-01"}, "2026-07", "art. 29a ust. 13"),
        ({**SALE_MINUS, "issued_on": "2026-05-11", "met_on": "2026-06-15"}, "2026-06", "art. 29a ust. 13"),
        ({"side": "sale", "direction": "minus", "issued_on": "2026-05-11", "ksef": True}, "2026-05", "KSeF"),
        ({"side": "sale", "direction": "plus", "issued_on": "2026-05-11", "cause": "original"}, "2026-02", "ust. 17"),
        (
            {"side": "sale", "direction": "plus", "issued_on": "2026-05-11", "caused_on": "2026-04-30"},
            "2026-04",
            "ust. 17",
        ),
        ({**BOUGHT_MINUS, "issued_on": "2026-05-11", "agreed_on": "2026-05-10"}, "2026-05", "art. 86 ust. 19a"),
        (
            {**BOUGHT_MINUS, "issued_on": "2026-05-11", "agreed_on": "2026-05-10", "met_on": "2026-07-01"},
            "2026-07",
            "art. 86 ust. 19a",
        ),
        ({**BOUGHT_MINUS, "issued_on": "2026-05-11", "ksef": True}, "2026-06", "KSeF"),
        ({**BOUGHT_MINUS, "issued_on": "2026-05-11", "deducted": False}, "2026-06", "ust. 19b"),
        ({**BOUGHT_MINUS, "direction": "plus", "issued_on": "2026-05-11"}, "2026-06", "art. 86 ust. 10"),
    ],
)
def test_a_correction_goes_to_the_month_that_its_cause_names(facts: dict[str, Any], month: str, article: str) -> None:
    read: dict[str, Any] = {
        name: date.fromisoformat(fact) if name.endswith("_on") else fact for name, fact in facts.items()
    }
    outcome = correction_period(CorrectionPeriod(original_month="2026-02", **read))
    assert outcome.result.month == month
    assert article in outcome.result.why and Month.parse(month).label in outcome.result.why


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"side": "sale", "direction": "minus"}, "agreed_on"),
        ({"side": "sale", "direction": "minus", "agreed_on": date(2026, 5, 1)}, "evidence_on"),
        ({"side": "sale", "direction": "plus"}, "caused_on"),
        ({"side": "sale", "direction": "plus", "caused_on": date(2025, 1, 1)}, "issued_on"),
        ({"side": "purchase", "direction": "minus"}, "agreed_on"),
        ({"side": "purchase", "direction": "minus", "ksef": True}, "received_on"),
        ({"side": "purchase", "direction": "plus"}, "received_on"),
    ],
)
def test_the_day_that_decides_is_asked_for(facts: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        correction_period(CorrectionPeriod(original_month="2026-02", issued_on=date(2026, 5, 2), **facts))
    assert refused.value.field == field


def _debt(side: str = "seller", on: str = "2026-12-31", **other: Any) -> BadDebtResult:
    facts: dict[str, Any] = {
        "net": Amount("1000.00"),
        "tax": Amount("230.00"),
        "issued_on": date(2026, 1, 5),
        "due_on": date(2026, 1, 20),
        **other,
    }
    return bad_debt(BadDebt(side=side, on=date.fromisoformat(on), **facts)).result  # type: ignore[arg-type]


def _paid(*pairs: tuple[str, str]) -> list[Payment]:
    return [Payment(on=date.fromisoformat(on), amount=Amount(amount)) for on, amount in pairs]


def test_ninety_days_after_the_due_day_the_seller_takes_the_tax_back() -> None:
    result = _debt()
    (relief,) = result.adjustments
    assert result.doubtful_on == date(2026, 4, 20)
    assert (relief.month, relief.net, relief.tax) == ("2026-04", Decimal("-1000.00"), Decimal("-230.00"))
    assert (relief.due_on, relief.paid_on) == (date(2026, 1, 20), None)
    assert not _debt(on="2026-04-19").applies and _debt(on="2026-04-20").applies


def test_the_buyer_gives_the_deduction_back_unless_it_was_paid_by_the_end_of_that_month() -> None:
    (duty,) = _debt("buyer", tax=Amount("39.10"), vat=Amount("230.00")).adjustments
    assert (duty.month, duty.tax, duty.fields, duty.due_on) == ("2026-04", Decimal("-39.10"), "K_46", None)
    assert not _debt("buyer", payments=_paid(("2026-04-30", "1230.00"))).applies
    late = _debt("buyer", payments=_paid(("2026-05-01", "1230.00")))
    assert [(one.month, one.tax, one.fields) for one in late.adjustments] == [
        ("2026-04", Decimal("-230.00"), "K_46"),
        ("2026-05", Decimal("230.00"), "K_47"),
    ]


def test_a_part_that_was_paid_is_not_taken_back() -> None:
    result = _debt(payments=_paid(("2026-03-01", "615.00"), ("2026-09-03", "205.00"), ("2026-10-03", "410.00")))
    assert [(one.month, one.net, one.tax, one.paid_on) for one in result.adjustments] == [
        ("2026-04", Decimal("-500.00"), Decimal("-115.00"), None),
        ("2026-09", Decimal("166.67"), Decimal("38.33"), date(2026, 9, 3)),
        ("2026-10", Decimal("333.33"), Decimal("76.67"), date(2026, 10, 3)),
    ]


def test_the_sellers_right_ends_three_years_after_the_year_of_issue_and_the_buyers_duty_does_not() -> None:
    old: dict[str, Any] = {"issued_on": date(2022, 10, 1), "due_on": date(2025, 11, 1)}
    assert not _debt(on="2026-02-01", **old).applies
    assert _debt("buyer", on="2026-02-01", **old).applies
    assert not _debt(on="2026-01-01", issued_on=date(2022, 1, 5), due_on=date(2022, 1, 20)).applies


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"tax": Amount("0")}, "tax"),
        ({"net": Amount("-1")}, "tax"),
        ({"payments": _paid(("2026-02-01", "1230.01"))}, "payments"),
        ({"payments": _paid(("2026-02-01", "0"))}, "payments[0].amount"),
        ({"vat": Amount("500.00")}, "vat"),
    ],
)
def test_an_impossible_debt_is_refused(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        _debt(**wrong)
    assert refused.value.field == field


@given(
    st.integers(1, 10**9),
    st.integers(1, 10**9),
    st.lists(st.tuples(st.integers(0, 700), st.integers(1, 10**8)), max_size=6),
    st.sampled_from(["seller", "buyer"]),
)
def test_what_is_paid_in_full_leaves_nothing_corrected(
    net: int, tax: int, parts: list[tuple[int, int]], side: str
) -> None:
    gross, payments = Decimal(net + tax) / 100, list[Payment]()
    for days, grosze in parts:
        amount = min(Decimal(grosze) / 100, gross - sum((one.amount for one in payments), Decimal(0)))
        if amount > 0:
            payments.append(
                Payment(on=date.fromordinal(date(2026, 1, 5).toordinal() + days), amount=Amount(f"{amount:.2f}"))
            )
    rest = gross - sum((one.amount for one in payments), Decimal(0))
    if rest:
        payments.append(Payment(on=date(2028, 12, 31), amount=Amount(f"{rest:.2f}")))
    amounts = {"net": Amount(f"{Decimal(net) / 100:.2f}"), "tax": Amount(f"{Decimal(tax) / 100:.2f}")}
    result = _debt(side, on="2029-01-01" if side == "buyer" else "2028-12-31", payments=payments, **amounts)
    assert sum((one.tax for one in result.adjustments), Decimal(0)) == 0
    assert sum((one.net for one in result.adjustments), Decimal(0)) == 0


@pytest.mark.parametrize(
    ("gross", "vat", "annex", "marked", "duty", "missing"),
    [
        ("15000.00", "2804.88", True, True, "voluntary", False),
        ("15000.01", "2804.88", True, True, "obligatory", False),
        ("15000.01", "2804.88", True, False, "obligatory", True),
        ("15000.01", "2804.88", False, True, "obligatory", False),
        ("15000.01", "2804.88", False, False, "voluntary", False),
        ("200.00", "37.40", True, True, "voluntary", False),
        ("20000.00", "0.00", True, True, "none", False),
        ("-20000.00", "-3739.84", True, True, "none", False),
    ],
)
def test_split_payment(gross: str, vat: str, annex: bool, marked: bool, duty: str, missing: bool) -> None:
    found = split_payment(
        SplitPayment(gross=Amount(gross), vat=Amount(vat), on=date(2026, 9, 20), annex_15=annex, marked=marked)
    )
    assert (found.result.duty, found.result.mark_missing) == (duty, missing)
    assert found.reckoning[0].parameter is not None and found.reckoning[0].parameter.value == "15000"


def test_split_payment_binds_businesses_only() -> None:
    question = SplitPayment(
        gross=Amount("20000.00"), vat=Amount("3739.84"), on=date(2026, 9, 20), annex_15=True, between_businesses=False
    )
    assert split_payment(question).result.duty == "voluntary"
