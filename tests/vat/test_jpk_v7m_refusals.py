"""JPK_V7M(3): what the form does not take is refused and named; a finished file that was changed is found out."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

import pytest

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.vat.filings.jpk_v7m import Choices, verify, write
from app.vat.rules.facts import Marker, PurchaseRow, SalesRow
from tests.vat.jpk_samples import (
    CITY,
    HEADER,
    KSEF,
    NO_ROWS,
    PURCHASE,
    SALE,
    ZERO_RETURN,
    file_of,
    totals_of,
)


def refused(sales: Sequence[SalesRow] = (), purchases: Sequence[PurchaseRow] = ()) -> Refusal:
    with pytest.raises(Refusal) as caught:
        write(io.BytesIO(), HEADER, CITY, ZERO_RETURN, sales, purchases, NO_ROWS)
    return caught.value


@pytest.mark.parametrize(
    ("choices", "refund"),
    [
        (Choices(), Decimal(40)),
        (Choices(refund_term="P_55"), None),
        (Choices(refund_term=cast(Any, "P_57")), Decimal(40)),
        (Choices(refund_term="P_55", credit=(Decimal(41), "PIT-4")), Decimal(40)),
        (Choices(refund_term="P_55", credit=(Decimal("1.5"), "PIT-4")), Decimal(40)),
    ],
)
def test_a_refund_without_its_choice_and_a_choice_without_a_refund_are_refused(
    choices: Choices, refund: Decimal | None
) -> None:
    with pytest.raises(Refusal) as caught:
        file_of([], [PURCHASE], choices, refund=refund)
    assert caught.value.field is not None
    assert caught.value.field.startswith("choices.")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"month": Month(2026, 1)}, "month"),
        ({"month": Month(2025, 12)}, "month"),
        ({"office_code": "9999"}, "office_code"),
        ({"purpose": 3}, "purpose"),
        ({"made_at": datetime(2026, 10, 20, 9, 30)}, "made_at"),  # noqa: DTZ001 (what is refused)
        ({"made_at": datetime(2026, 1, 31, 23, 0, tzinfo=UTC)}, "made_at"),
    ],
)
def test_a_header_that_the_form_does_not_take_is_refused(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as caught:
        replace(HEADER, **change)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"nip": "5265877636"}, "taxpayer.nip"),
        ({"email": "nikt"}, "taxpayer.email"),
        ({"name": " "}, "taxpayer.name"),
        ({"name": "x" * 241}, "taxpayer.name"),
        ({"phone": "1" * 17}, "taxpayer.phone"),
    ],
)
def test_a_taxpayer_that_the_form_does_not_take_is_refused(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as caught:
        write(
            io.BytesIO(),
            HEADER,
            replace(CITY, **change),
            ZERO_RETURN,
            [],
            [],
            NO_ROWS,
        )
    assert caught.value.field == field


BAD_SALES: list[tuple[dict[str, Any], str]] = [
    ({"marker": Marker("NrKSeF")}, "marker.ksef_number"),
    ({"marker": Marker("NrKSeF", "5265877635-20260826-0100001AF62-AF")}, "marker.ksef_number"),
    ({"marker": Marker("NrKSeF", "0265877635-20260826-0100001AF629-AF")}, "marker.ksef_number"),
    ({"marker": Marker("BFK", KSEF.ksef_number)}, "marker"),
    ({"marker": Marker(cast(Any, "MPP"))}, "marker.kind"),
    ({"amounts": {"K_16": Decimal(1)}}, "amounts.K_15"),
    ({"amounts": {"K_19": Decimal(1)}}, "amounts.K_20"),
    ({"amounts": {"K_40": Decimal(1), "K_41": Decimal(1)}}, "amounts.K_40"),
    ({"amounts": {"K_10": Decimal("1.001")}}, "amounts.K_10"),
    ({"amounts": {"K_10": Decimal("1E14")}}, "amounts.K_10"),
    ({"amounts": {"K_10": Decimal("NaN")}}, "amounts.K_10"),
    ({"amounts": {"K_10": Decimal("Infinity")}}, "amounts.K_10"),
    ({"margin_gross": Decimal("0.005")}, "margin_gross"),
    ({"counterparty_name": ""}, "counterparty_name"),
    ({"counterparty_name": "x" * 513}, "counterparty_name"),
    ({"counterparty_name": "Bar \x07"}, "counterparty_name"),
    ({"counterparty_name": "Bar \ud800"}, "counterparty_name"),
    ({"counterparty_no": " - "}, "counterparty_no"),
    ({"counterparty_no": "1" * 51}, "counterparty_no"),
    ({"document_no": "x" * 257}, "document_no"),
    ({"country": "pl"}, "country"),
    ({"country": "QQ"}, "country"),
    ({"issued_on": date(2005, 12, 31)}, "issued_on"),
    ({"sold_on": date(2051, 1, 1)}, "sold_on"),
    ({"flags": frozenset({"MPP"})}, "flags"),
    ({"document_type": "MK"}, "document_type"),
    ({"bad_debt_due_on": date(2026, 1, 1), "bad_debt_paid_on": date(2026, 1, 1)}, "bad_debt_due_on"),
    ({"bad_debt_paid_on": date(2015, 1, 1)}, "bad_debt_paid_on"),
]


@pytest.mark.parametrize(("change", "field"), BAD_SALES)
def test_a_sales_row_that_the_form_does_not_take_is_refused_with_its_document(
    change: dict[str, Any], field: str
) -> None:
    refusal = refused([SALE, replace(replace(SALE, document_no="SP1/2"), **change)])
    assert refusal.field == f"sales[1].{field}"
    assert "wiersz 2" in refusal.message
    assert "document_no" in change or "„SP1/2”" in refusal.message


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amounts": {"K_41": Decimal(1)}}, "amounts.K_40"),
        ({"amounts": {"K_10": Decimal(1)}}, "amounts.K_10"),
        ({"document_type": "RO"}, "document_type"),
        ({"received_on": date(2001, 1, 1)}, "received_on"),
        ({"marker": Marker("NrKSeF", "")}, "marker.ksef_number"),
    ],
)
def test_a_purchase_row_that_the_form_does_not_take_is_refused(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as caught:
        file_of([], [replace(PURCHASE, **change)])
    # `declaration` may see the amounts first, and names the field the same way
    assert caught.value.field in (f"purchases[0].{field}", field.removeprefix("amounts."))


@pytest.mark.parametrize(
    ("wrong", "field", "named"),
    [
        ({"sales_rows": 2}, "control.sales_rows", "LiczbaWierszySprzedazy"),
        ({"tax_due": Decimal("23.01")}, "control.tax_due", "PodatekNalezny"),
        ({"purchase_rows": 0}, "control.purchase_rows", "LiczbaWierszyZakupow"),
        ({"tax_input": Decimal(0)}, "control.tax_input", "PodatekNaliczony"),
    ],
)
def test_rows_that_do_not_come_to_the_control_sums_make_no_file(wrong: dict[str, Any], field: str, named: str) -> None:
    declared, control = totals_of([SALE], [PURCHASE])
    with pytest.raises(Refusal) as caught:
        write(io.BytesIO(), HEADER, CITY, declared, [SALE], [PURCHASE], replace(control, **wrong))
    assert caught.value.field == field
    assert named in caught.value.message


@pytest.mark.parametrize(
    ("positions", "field"),
    [
        ({}, "declaration.P_38"),
        ({"P_38": Decimal(1), "P_51": Decimal(0)}, "declaration.P_38"),
        ({"P_38": Decimal(0), "P_51": Decimal(0), "P_19": Decimal(0)}, "declaration.P_20"),
        ({"P_38": Decimal(0), "P_51": Decimal(0), "P_99": Decimal(0)}, "declaration.P_99"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(positions: dict[str, Decimal], field: str) -> None:
    with pytest.raises(Refusal) as caught:
        write(io.BytesIO(), HEADER, CITY, positions, [], [], NO_ROWS)
    assert caught.value.field == field


TAMPERED: list[tuple[Callable[[str], str], str, str]] = [
    (lambda text: text.replace("<K_20>23.00", "<K_20>24.00"), "jpk.equation", "PodatekNalezny"),
    (lambda text: text.replace("<K_19>100.00", "<K_19>101.00"), "jpk.equation", "P_19"),
    (lambda text: text.replace("<P_38>23<", "<P_38>24<"), "jpk.equation", "P_38"),
    (lambda text: text.replace("<P_62>23<", "<P_62>22<"), "jpk.equation", "P_62"),
    (
        lambda text: text.replace("<PodatekNaliczony>46.00", "<PodatekNaliczony>46.01"),
        "jpk.equation",
        "PodatekNaliczony",
    ),
    (lambda text: text.replace("Sprzedazy>1</Liczba", "Sprzedazy>2</Liczba"), "jpk.count", "LiczbaWierszySprzedazy"),
    (lambda text: text.replace("Zakupow>1</Liczba", "Zakupow>0</Liczba"), "jpk.count", "LiczbaWierszyZakupow"),
    (lambda text: text.replace("<LpZakupu>1<", "<LpZakupu>2<"), "jpk.row", "ZakupWiersz[1]"),
    (lambda text: text.replace("<NrKSeF>", "<DI>1</DI><NrKSeF>", 1), "jpk.row", "SprzedazWiersz[1]"),
    (lambda text: text.replace("<K_42>200.00</K_42>", ""), "jpk.row", "ZakupWiersz[1]"),
    (lambda text: text.replace("<P_62>", "<P_540>1</P_540><P_62>"), "jpk.refund", "P_54"),
    (lambda text: text.replace("2025/12/19/14090", "2021/12/27/11148"), "jpk.xml", ""),
    (lambda text: text.replace("?>", "?><!DOCTYPE JPK [<!ENTITY a 'b'>]>", 1), "jpk.xml", ""),
    (lambda text: text[: len(text) // 2], "jpk.xml", ""),
    (lambda text: text.replace("<K_20>23.00", "<K_20>zero"), "jpk.xml", "SprzedazWiersz[1].K_20"),
    (lambda text: "<inne/>", "jpk.xml", ""),
]


@pytest.mark.parametrize(("tamper", "code", "field"), TAMPERED)
def test_a_finished_file_that_was_changed_is_found_out(tamper: Callable[[str], str], code: str, field: str) -> None:
    text = file_of([SALE], [PURCHASE])[0].decode()
    assert verify(io.BytesIO(text.encode())) == ()
    changed = tamper(text)
    assert changed != text
    findings = verify(io.BytesIO(changed.encode()))
    assert (code, field) in [(one.code, one.field or "") for one in findings]
