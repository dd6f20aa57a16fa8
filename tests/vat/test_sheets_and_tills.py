"""Evidence sheets of ratios, reports of cash registers, two ways of deducting side by side."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.vat.rules import evidence
from app.vat.rules.comparison import Bought, compare
from app.vat.rules.evidence import Line, Method, Sheet
from app.vat.rules.purchase import Ratios
from app.vat.rules.tills import Receipted, Report, receipts, tills

SEPTEMBER = Month(2026, 9)


def _line(account: str, amount: str, part: Any = "denominator", excluded: Any = None, note: str = "") -> Line:
    return Line(account, "opis", Decimal(amount), part, excluded, note)


LINES = (
    _line("720-01", "38000.00", "both"),
    _line("720-02", "1500.00", "both", "own_municipality"),
    _line("Rb-28S", "4082000.00"),
    _line("081", "7000.00", "both", "capital"),
)


@pytest.mark.parametrize(
    ("method", "lines", "sums"),
    [
        ("unit", LINES, ("38000.00", "4120000.00")),
        ("office", LINES[:1], ("38000.00", "38000.00")),
        ("works", (_line("700", "5.00", "numerator"), _line("P", "9.00")), ("5.00", "9.00")),
        ("turnover", (_line("700-1", "-5.00", "both"), _line("700-2", "9.00")), ("-5.00", "4.00")),
    ],
)
def test_lines_that_count_make_both_sums(method: Method, lines: tuple[Line, ...], sums: tuple[str, str]) -> None:
    sheet = Sheet(method, lines)
    assert evidence.totals(sheet) == tuple(map(Decimal, sums))
    assert evidence.from_data(evidence.as_data(sheet)) == sheet


def test_each_exclusion_is_a_step_with_its_article() -> None:
    steps = evidence.steps(Sheet("unit", LINES))
    assert [step.value for step in steps] == ["38000.00", "4120000.00", "1500.00", "7000.00"]
    assert "720-01 38000.00 + Rb-28S 4082000.00" in steps[1].formula
    assert "własnej gminy" in steps[2].step and "art. 90 ust. 5" in steps[3].law


@pytest.mark.parametrize(
    ("sheet", "field"),
    [
        (Sheet("unit", ()), "lines"),
        (Sheet("unit", LINES * 60), "lines"),
        (Sheet("other", LINES), "justification"),
        (Sheet("unit", (_line(" ", "1.00"),)), "lines[0].account"),
        (Sheet("unit", (_line("700", "1.00", "both", "other"),)), "lines[0].note"),
        (Sheet("unit", (_line("7" * 61, "1.00"),)), "lines[0].text"),
    ],
)
def test_a_sheet_that_explains_nothing_is_refused(sheet: Sheet, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        evidence.totals(sheet)
    assert refused.value.field == field


def test_lines_come_from_a_spreadsheet_or_a_file() -> None:
    pasted = "Konto\tOpis\tKwota\tCzęść\n720-01\tbasen\t38 000,00\tlicznik i mianownik\n\nRb-28S\twydatki\t4082000\t\n"
    lines, wrong = evidence.parse_lines(pasted)
    assert wrong == [] and [(one.account, one.amount, one.part) for one in lines] == [
        ("720-01", Decimal("38000.00"), "both"),
        ("Rb-28S", Decimal("4082000"), "denominator"),
    ]
    lines, wrong = evidence.parse_lines('"720";"grunt";"7000,00";"both";"capital";"sprzedaż działki"\r\n')
    assert (lines[0].excluded, lines[0].note, wrong) == ("capital", "sprzedaż działki", [])


def test_what_cannot_be_read_is_told_at_its_line() -> None:
    text = (
        "720\tbasen\tabc\n721\tkort\t5\tpół\n722\thala\t7\tlicznik\tnie\n723\tsala\t8\tlicznik\tbo tak\n724\tsala\t8\n"
    )
    lines, wrong = evidence.parse_lines(text)
    assert [one.field for one in wrong] == [
        "lines[0].amount",
        "lines[1].part",
        "lines[2].excluded",
        "lines[3].excluded",
    ]
    assert [one.account for one in lines] == ["724"]


def _report(number: int, day: int, till: str = "EAA1", kind: Any = "daily", gross: str = "100.00") -> Report:
    return Report(till, number, date(2026, 9, day), kind, Decimal(gross))


@pytest.mark.parametrize(
    ("reports", "before", "codes"),
    [
        ([_report(5, 1), _report(6, 2), _report(7, 3)], 4, []),
        ([_report(5, 1), _report(6, 2)], None, []),
        ([_report(6, 1), _report(7, 2)], 4, ["gap"]),
        ([_report(5, 1), _report(8, 2)], 4, ["gap"]),
        ([_report(5, 1), _report(5, 2)], 4, ["repeated"]),
        ([_report(5, 2), _report(6, 1)], 4, ["order"]),
        ([_report(5, 4), _report(6, 7)], 4, []),
        ([_report(5, 1), _report(6, 4)], 4, ["day"]),
        ([_report(5, 1), _report(1, 30, kind="monthly")], 4, ["both"]),
        ([_report(1, 30, kind="monthly"), _report(2, 30, kind="monthly")], None, ["monthly"]),
    ],
)
def test_gaps_are_pointed_out(reports: list[Report], before: int | None, codes: list[str]) -> None:
    last = [] if before is None else [("EAA1", before)]
    (till,) = tills(reports, SEPTEMBER, last)
    assert [finding.code for finding in till.findings] == codes


def test_tills_are_told_apart_and_a_gap_is_named() -> None:
    found = tills([_report(2, 1), _report(9, 1, "EAB2")], SEPTEMBER, [("EAA1", 0), ("EAB2", 5)])
    assert [till.number for till in found] == ["EAA1", "EAB2"]
    assert found[0].findings[0].message == "Brakuje 1 raportu nr 1."
    assert found[1].findings[0].message == "Brakuje 3 raportów nr 6, 7, 8."


@pytest.mark.parametrize(
    ("till", "receipt", "gross", "said"),
    [
        ("EAA1", "000123", "99.00", None),
        (None, None, "99.00", "podaj kasę"),
        ("EAA1", None, "99.00", "podaj kasę"),
        ("EXX9", "000123", "99.00", "nie ma raportów kasy EXX9"),
        ("EAA1", "000123", "100.01", "to więcej niż cały raport"),
    ],
)
def test_an_invoice_to_a_receipt_is_paired_with_its_till(
    till: str | None, receipt: str | None, gross: str, said: str | None
) -> None:
    known = tills([_report(5, 1)], SEPTEMBER)
    found = receipts([Receipted("FP/1", till, receipt, date(2026, 9, 1), Decimal(gross))], known)
    assert [said in finding.message for finding in found] == ([True] if said else [])  # type: ignore[operator]


def test_two_ways_side_by_side() -> None:
    bought = [
        Bought(1, Decimal("100.00"), "business_and_outside"),
        Bought(1, Decimal("23.00"), "taxed"),
        Bought(3, Decimal("50.00"), None),
        Bought(3, Decimal("10.00"), "all", asset=True),
    ]
    made = compare(bought, Ratios(20, 50), Ratios(33, 50))
    assert [(one.month, one.vat, one.first, one.second, one.difference) for one in made.months] == [
        (1, Decimal("123.00"), Decimal("43.00"), Decimal("56.00"), Decimal("13.00")),
        (3, Decimal("60.00"), Decimal("1.00"), Decimal("1.65"), Decimal("0.65")),
    ]
    assert (made.difference, made.waiting) == (Decimal("13.65"), Decimal("50.00"))


amounts = st.decimals("0", "1000000", places=2)
uses = st.sampled_from([None, "taxed", "exempt", "outside", "taxed_and_exempt", "business_and_outside", "all"])


@given(st.lists(st.tuples(st.integers(1, 12), amounts, uses), max_size=20), st.integers(0, 100), st.integers(0, 100))
def test_a_higher_pre_ratio_never_deducts_less_and_months_make_the_year(rows: list[Any], one: int, other: int) -> None:
    bought = [Bought(*row) for row in rows]
    made = compare(bought, Ratios(min(one, other), 60), Ratios(max(one, other), 60))
    assert made.difference >= 0 and all(month.difference >= 0 for month in made.months)
    assert sum((month.second for month in made.months), Decimal(0)) == made.second <= made.vat
