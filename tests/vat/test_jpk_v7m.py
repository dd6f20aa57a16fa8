"""JPK_V7M(3): what is written is valid, complete and the same every time."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from app.kernel.dates import Month
from app.vat.filings.jpk_v7m import (
    FLAGS,
    NAMESPACE,
    PURCHASE_AMOUNTS,
    SALES_AMOUNTS,
    Choices,
    ControlSums,
    read_totals,
    verify,
    write,
)
from app.vat.rules.facts import Marker
from tests.vat.jpk_samples import (
    CITY,
    EVERY_PURCHASE,
    EVERY_SALE,
    HEADER,
    NO_ROWS,
    PURCHASE,
    SALE,
    SAMPLE,
    SCHEMAS,
    ZERO_RETURN,
    assert_valid,
    file_of,
    rows_in,
)


def test_a_month_without_rows_is_a_valid_file() -> None:
    data, written = file_of()
    assert (written.rows, written.tax_due, written.tax_input) == (0, Decimal(0), Decimal(0))
    assert verify(io.BytesIO(data)) == ()
    assert_valid(data)


def test_every_field_and_every_flag_at_once_is_valid_and_comes_back() -> None:
    data, _ = file_of([EVERY_SALE], [EVERY_PURCHASE], bad_debt=(Decimal(-10), Decimal(-2)))
    assert verify(io.BytesIO(data)) == ()
    sale, purchase = rows_in(data)
    assert {*FLAGS, *SALES_AMOUNTS} <= sale.keys()
    assert {*PURCHASE_AMOUNTS, "IMP", "DataWplywu", "DokumentZakupu"} <= purchase.keys()
    assert_valid(data)


@pytest.mark.parametrize("flag", FLAGS)
def test_each_flag_alone_is_valid(flag: str) -> None:
    data, _ = file_of([replace(SALE, flags=frozenset({flag}))])
    assert rows_in(data)[0][flag] == "1"
    assert_valid(data)


@pytest.mark.parametrize("kind", ["OFF", "BFK", "DI"])
@pytest.mark.parametrize("document_type", [None, "RO", "WEW", "FP"])
def test_each_marker_with_each_document_type_is_valid(kind: Any, document_type: Any) -> None:
    data, _ = file_of(
        [replace(SALE, marker=Marker(kind), document_type=document_type)], [replace(PURCHASE, marker=Marker(kind))]
    )
    assert [row[kind] for row in rows_in(data)] == ["1", "1"]
    assert verify(io.BytesIO(data)) == ()
    assert_valid(data)


def test_receipt_invoices_are_counted_but_not_summed() -> None:
    data, written = file_of([SALE, replace(SALE, document_type="FP"), SALE])
    assert (written.sales_rows, written.tax_due) == (3, Decimal(46))
    assert [row["LpSprzedazy"] for row in rows_in(data)] == ["1", "2", "3"]
    assert read_totals(io.BytesIO(data)).sums["K_20"] == Decimal(46)
    assert verify(io.BytesIO(data)) == ()


def test_bad_debt_has_the_date_of_its_paragraph() -> None:
    due = replace(SALE, bad_debt_due_on=date(2026, 5, 4))
    paid = replace(SALE, bad_debt_paid_on=date(2026, 9, 4))
    data, _ = file_of([due, paid])
    first, second = rows_in(data)
    assert (first["TerminPlatnosci"], second["DataZaplaty"]) == ("2026-05-04", "2026-09-04")
    assert_valid(data)


def test_the_city_is_a_legal_person_with_its_number_and_name_in_the_namespace_of_the_file() -> None:
    root = etree.fromstring(file_of()[0])
    path = "j:Podmiot1[@rola='Podatnik']/j:OsobaNiefizyczna/j:"
    found = [root.xpath(f"string({path}{name})", namespaces={"j": NAMESPACE}) for name in ("NIP", "PelnaNazwa")]
    assert found == [CITY.nip, CITY.name]


def test_text_is_collapsed_escaped_and_greece_is_el() -> None:
    name = 'Firma <b> "A&B"\n  \u00a0Sp. z\to.o. ]]>'
    data, _ = file_of([replace(SALE, counterparty_name=name, counterparty_no=" 12-34.5/6 ", country="GR")])
    row = rows_in(data)[0]
    assert row["NazwaKontrahenta"] == 'Firma <b> "A&B" Sp. z o.o. ]]>'
    assert (row["NrKontrahenta"], row["KodKrajuNadaniaTIN"]) == ("123456", "EL")
    assert_valid(data)


def test_the_day_of_sale_is_written_only_when_it_differs_from_the_day_of_issue() -> None:
    data, _ = file_of([replace(SALE, sold_on=SALE.issued_on), replace(SALE, sold_on=date(2026, 9, 1))])
    assert [row.get("DataSprzedazy") for row in rows_in(data)] == [None, "2026-09-01"]


def test_the_same_input_gives_the_same_bytes_and_their_true_hash() -> None:
    first, written = file_of([EVERY_SALE, SALE], [PURCHASE])
    second, again = file_of([EVERY_SALE, SALE], [PURCHASE])
    assert first == second
    assert written == again
    assert written.sha256 == hashlib.sha256(first).hexdigest()
    assert written.size_bytes == len(first)


def test_the_moment_of_making_is_written_in_utc() -> None:
    warsaw = timezone(timedelta(hours=2))
    header = replace(HEADER, made_at=datetime(2026, 10, 20, 11, 30, 5, 999, warsaw), purpose=2)
    out = io.BytesIO()
    write(out, header, CITY, ZERO_RETURN, [], [], NO_ROWS)
    read = read_totals(io.BytesIO(out.getvalue())).header
    assert (read["DataWytworzeniaJPK"], read["CelZlozenia"]) == ("2026-10-20T09:30:05Z", "2")
    assert_valid(out.getvalue())


@pytest.mark.parametrize("term", ["P_540", "P_55", "P_56", "P_560", "P_58"])
def test_each_way_of_a_refund_is_valid(term: Any) -> None:
    choices = Choices(refund_term=term, credit=(Decimal(20), "PIT-4 za 10.2026"), reason="Faktury otrzymane później")
    data, _ = file_of([], [PURCHASE], choices, refund=Decimal(40), carried=Decimal(5))
    totals = read_totals(io.BytesIO(data))
    assert totals.positions is not None
    assert (totals.positions["P_54"], totals.positions["P_62"]) == (Decimal(40), Decimal(11))
    assert totals.statements[term] == "1"
    assert verify(io.BytesIO(data)) == ()
    assert_valid(data)


def test_all_statements_of_the_declaration_are_valid() -> None:
    marks: Any = frozenset({"P_63", "P_64", "P_65", "P_66", "P_660", "P_67"})
    data, _ = file_of([SALE], [], Choices(marks=marks))
    assert marks <= read_totals(io.BytesIO(data)).statements.keys()
    assert_valid(data)


def test_a_refund_of_zero_is_left_out() -> None:
    data, _ = file_of([], [PURCHASE], refund=Decimal(0))
    assert b"P_54" not in data
    assert_valid(data)


def test_february_2026_is_the_first_month_of_this_form() -> None:
    assert replace(HEADER, month=Month(2026, 2)).month == Month(2026, 2)


def test_the_ministrys_own_sample_is_read_and_holds_together() -> None:
    if not SAMPLE.exists():
        pytest.skip(f"no official sample in {SCHEMAS} (set MAGISTRAT_SCHEMAS)")
    assert verify(SAMPLE) == ()
    with SAMPLE.open("rb") as source:
        totals = read_totals(source)
    assert totals.taxpayer["NIP"] == "1010000000"
    assert totals.counted == ControlSums(1, Decimal(0), 1, Decimal(0))
