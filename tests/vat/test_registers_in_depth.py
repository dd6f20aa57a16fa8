"""Internal documents on both sides, tills, unpaid invoices, corrections in their month: done in the registers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from app.kernel.dates import Month
from app.kernel.errors import Conflict, Refusal
from app.vat.queries.registers import bad_debts, rows, tills
from app.vat.rules.correcting import CorrectionPeriod
from app.vat.rules.entries.circumstances import Circumstances
from app.vat.rules.entries.documents import PurchaseEntry
from app.vat.rules.entries.internal import KINDS, Internal, InternalKind, documents
from app.vat.rules.entries.table import FileRefused
from app.vat.rules.facts import Marker, SalesRow
from app.vat.service import bad_debts as debts
from app.vat.service import periods, ratios, registers
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import World
from tests.vat.deliveries import CLERK, DAY, HEAD, MONTH, bill, delivery, report
from tests.vat.deliveries import rows as rows_of

ZERO = Decimal(0)


@pytest.fixture
def school(fresh: Callable[[], World]) -> Tenant:
    return fresh().school


def _internal(kind: InternalKind, **other: Any) -> Internal:
    facts: dict[str, Any] = {"net": Decimal("1000.00"), "rate": "23", "counterparty_name": "Büro GmbH", **other}
    return Internal(kind, f"DW/{kind}", DAY, **facts)


ALONE: dict[str, Any] = {"net": ZERO, "rate": None, "tax": Decimal("70.00")}


@pytest.mark.parametrize(
    ("given", "sold", "bought"),
    [
        (_internal("free_supply"), {"K_19": "1000.00", "K_20": "230.00"}, None),
        (_internal("personal_use", rate="8"), {"K_17": "1000.00", "K_18": "80.00"}, None),
        (_internal("services_eu"), {"K_29": "1000.00", "K_30": "230.00"}, "230.00"),
        (_internal("services_other"), {"K_27": "1000.00", "K_28": "230.00"}, "230.00"),
        (_internal("goods_eu"), {"K_23": "1000.00", "K_24": "230.00"}, "230.00"),
        (
            _internal("goods_eu", paid_apart=Decimal("230.00")),
            {"K_23": "1000.00", "K_24": "230.00", "K_35": "230.00"},
            "230.00",
        ),
        (_internal("import_33a", rate="5"), {"K_25": "1000.00", "K_26": "50.00"}, "50.00"),
        (_internal("import_customs", tax=Decimal("231.00")), None, "231.00"),
        (_internal("reverse_charge"), {"K_31": "1000.00", "K_32": "230.00"}, "230.00"),
        (_internal("stock_taking", **ALONE), {"K_33": "70.00"}, None),
        (_internal("till_refund", **ALONE), {"K_34": "70.00"}, None),
        (_internal("fuel_eu", **ALONE), {"K_36": "70.00"}, None),
        (_internal("deposit", **ALONE), {"K_360": "70.00"}, None),
        (_internal("margin_sale", gross=Decimal("5000.00")), {"K_19": "1000.00", "K_20": "230.00"}, None),
        (_internal("margin_purchase", net=ZERO, rate=None, gross=Decimal("5000.00")), None, "0"),
    ],
    ids=lambda one: one.kind if isinstance(one, Internal) else "",
)
def test_each_kind_makes_its_rows(given: Internal, sold: dict[str, str] | None, bought: str | None) -> None:
    made = documents(given)
    sales = [one for one in made if isinstance(one, SalesRow)]
    purchases = [one for one in made if isinstance(one, PurchaseEntry)]
    assert [{name: f"{amount:f}" for name, amount in one.amounts.items()} for one in sales] == ([sold] if sold else [])
    assert [f"{one.vat:f}" for one in purchases] == ([bought] if bought else [])
    assert all(one.imported == KINDS[given.kind].imported for one in purchases)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (_internal("services_eu", counterparty_name="BRAK"), "counterparty_name"),
        (_internal("services_eu", net=ZERO), "net"),
        (_internal("services_eu", rate=None), "rate"),
        (_internal("services_eu", rate="7"), "rate"),
        (_internal("free_supply", rate=None, tax=Decimal("1.00")), "rate"),
        (_internal("stock_taking", **{**ALONE, "tax": None}), "tax"),
        (_internal("stock_taking", tax=Decimal("1.00")), "net"),
        (_internal("margin_sale"), "gross"),
        (_internal("services_eu", gross=Decimal("1.00")), "gross"),
        (_internal("services_eu", paid_apart=Decimal("1.00")), "paid_apart"),
        (_internal("goods_eu", tax=Decimal("5.00"), paid_apart=Decimal("5.01")), "paid_apart"),
    ],
)
def test_what_a_kind_needs_is_asked_for(given: Internal, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        documents(given)
    assert refused.value.field == field


def test_both_sides_are_entered_together_and_deducted_by_the_ratio(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        ratios.set_pct(session, 2026, "pre_ratio", 17, "protokół 1/2026")
        made = registers.enter_internal(session, MONTH, _internal("services_eu", use="business_and_outside"))
        assert len(made) == 2
        (sold,), (bought,) = rows_of(session, "sale"), rows_of(session, "purchase")
        assert (sold.k_29, sold.k_30, sold.internal_kind) == (Decimal("1000.00"), Decimal("230.00"), "services_eu")
        assert (bought.vat, bought.k_43, bought.internal_kind) == (Decimal("230.00"), Decimal("39.10"), "services_eu")
        sums = rows.sums(session, MONTH)
        assert {name: f"{amount:f}" for name, amount in sums.items()} == {
            "K_29": "1000.00", "K_30": "230.00", "K_42": "1000.00", "K_43": "39.10",
        }  # fmt: skip


def test_a_half_of_an_internal_document_is_never_left(host: Host, school: Tenant) -> None:
    twin = PurchaseEntry("BRAK", "Büro GmbH", "DW/services_eu", DAY, Marker("BFK"), Decimal(1), Decimal(0))
    with host.tenant(school, CLERK) as session:
        registers.enter(session, MONTH, twin)
    with pytest.raises(Conflict), host.tenant(school, CLERK) as session:
        registers.enter_internal(session, MONTH, _internal("services_eu"))
    with host.tenant(school, CLERK) as session:
        assert rows_of(session, "sale") == []


CSV = (
    "rodzaj_dowodu;numer;data;netto;stawka;podatek;kontrahent;przeznaczenie;k35_wplacone;brutto\r\n"
    "services_eu;DW/1;14.09.2026;1000;23;;Büro GmbH;tylko sprzedaż opodatkowana;;\r\n"
    "goods_eu;DW/2;14.09.2026;1000;23;;Auto GmbH;tylko sprzedaż opodatkowana;230;\r\n"
    "deposit;DW/3;14.09.2026;;;12,50;;;;\r\n"
    "margin_sale;DW/4;14.09.2026;100;23;;Antykwariat;;;900\r\n"
)


def test_kinds_come_from_a_file_too_and_only_once(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        assert registers.import_file(session, MONTH, CSV.encode()).added == 6
        assert registers.import_file(session, MONTH, CSV.encode()).added == 0
        sums = rows.sums(session, MONTH)
        assert (sums["K_30"], sums["K_24"], sums["K_35"], sums["K_360"], sums["K_20"], sums["K_43"]) == (
            *(Decimal("230.00"),) * 3,
            Decimal("12.50"),
            Decimal("23.00"),
            Decimal("460.00"),
        )
        bad = CSV.replace("services_eu", "nic", 1).replace(";900\r\n", ";\r\n")
        with pytest.raises(FileRefused) as refused:
            registers.import_file(session, MONTH, bad.encode())
    assert [(one.line, one.column) for one in refused.value.problems] == [(2, "rodzaj_dowodu"), (5, "brutto")]


def _till(number: int, day: int, till: str = "EAA1") -> Circumstances:
    return Circumstances(till_no=till, report_no=number, report_kind="daily", returns_gross=Decimal("-3.00"))


def test_reports_are_kept_per_till_and_holes_are_named(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        for number, day in ((11, 1), (12, 2), (14, 3)):
            made = report("RD/1", day=date(2026, 9, day))
            registers.enter(session, MONTH, replace(made, document_no=f"RD/{number}"), None, _till(number, day))
        registers.enter(session, MONTH, report("RD/11"), None, _till(1, 14, "EAB2"))
        receipt = replace(report("FP/1"), document_type="FP", marker=Marker("BFK"), counterparty_name="Klub")
        registers.enter(session, MONTH, receipt, None, Circumstances(till_no="EAB2", receipt_no="77"))
        found = tills.of_month(session, MONTH)
        assert [(till.number, len(till.reports), till.corrections) for till in found.tills] == [
            ("EAA1", 3, Decimal("-9.00")),
            ("EAB2", 1, Decimal("-3.00")),
        ]
        assert [one.message for one in found.tills[0].findings] == ["Brakuje 1 raportu nr 13."]
        assert found.findings == () and rows.sums(session, MONTH)["K_19"] == 400
        with pytest.raises(Refusal) as refused:
            registers.enter(session, MONTH, report("RD/2"), None, Circumstances(report_no=3))
        assert refused.value.field == "till_no"
        following = tills.of_month(session, MONTH.next)
        assert following.tills == ()


DUE = Circumstances(due_on=date(2026, 6, 10))
"""Its 90th day is 8 September."""


def _sold(session: Any, number: str = "SP1/1", **amounts: str) -> Any:
    given = amounts or {"K_19": "1000.00", "K_20": "230.00", "K_17": "100.00", "K_18": "8.00"}
    row = SalesRow(
        "7740001454", "Bar Pod Kogutem", number, date(2026, 5, 20), Marker("BFK"),
        {name: Decimal(amount) for name, amount in given.items()},
    )  # fmt: skip
    return registers.enter(session, Month(2026, 5), row, None, DUE).id


def test_an_unpaid_sale_is_taken_back_and_returns_when_it_is_paid(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        sold = _sold(session)
        debts.pay(session, "sale", sold, date(2026, 7, 1), Decimal("338.00"))
        (found,) = bad_debts.candidates(session, MONTH)
        assert (found.id, found.paid, [one.tax for one in found.due]) == (sold, Decimal("338.00"), [Decimal("-177.88")])
        debts.correct(session, MONTH, "sale", sold)
        with pytest.raises(Conflict):
            debts.correct(session, MONTH, "sale", sold)
        assert bad_debts.candidates(session, MONTH)[0].due == ()
        debts.pay(session, "sale", sold, date(2026, 10, 5), Decimal("1000.00"))
        debts.correct(session, MONTH.next, "sale", sold)
        relief, back = (one for one in rows_of(session, "sale") if one.internal_kind == "bad_debt")
        assert (relief.bad_debt_due_on, relief.bad_debt_paid_on) == (date(2026, 6, 10), None)
        assert (back.bad_debt_due_on, back.bad_debt_paid_on) == (None, date(2026, 10, 5))
        for name in ("k_17", "k_18", "k_19", "k_20"):
            assert getattr(relief, name) == -getattr(back, name)
        assert relief.k_18 + relief.k_20 == Decimal("-177.88")
        assert relief.decision["law"].startswith("art. 89a") and relief.corrects_id == sold


def test_an_unpaid_purchase_must_be_given_back_by_what_was_deducted(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        ratios.set_pct(session, 2026, "pre_ratio", 17, "protokół 1/2026")
        bought = replace(bill("FV/1", "1000.00", "230.00", use="business_and_outside"), issued_on=date(2026, 5, 20))
        made = registers.enter(session, Month(2026, 5), bought, None, DUE).id
        debts.correct(session, MONTH, "purchase", made)
        debts.pay(session, "purchase", made, date(2026, 12, 1), Decimal("1230.00"))
        debts.correct(session, Month(2026, 12), "purchase", made)
        rest = [one for one in rows_of(session, "purchase") if one.internal_kind]
        assert sorted((one.month, one.k_46, one.k_47) for one in rest) == [
            (9, Decimal("-39.10"), None),
            (12, None, Decimal("39.10")),
        ]
        assert periods.status(session, MONTH).blocks == ()


def test_a_payment_is_never_more_than_the_invoice(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        sold = _sold(session)
        for amount in ("1338.01", "-1.00", "0"):
            with pytest.raises(Refusal) as refused:
                debts.pay(session, "sale", sold, DAY, Decimal(amount))
            assert refused.value.field == "amount"
        debts.pay(session, "sale", sold, DAY, Decimal("1338.00"))
        debts.pay(session, "sale", sold, DAY, Decimal("-1338.00"), "pomyłka")


def test_nothing_is_corrected_in_a_closed_month(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        sold = _sold(session)
        periods.complete(session, MONTH)
        with pytest.raises(Conflict):
            debts.correct(session, MONTH, "sale", sold)


def _question(**other: Any) -> CorrectionPeriod:
    facts: dict[str, Any] = {
        "side": "sale", "direction": "minus", "original_month": "2026-08", "issued_on": date(2026, 9, 14),
        "agreed_on": date(2026, 9, 1), "evidence_on": date(2026, 10, 2), **other,
    }  # fmt: skip
    return CorrectionPeriod(**facts)


def test_a_correction_moves_to_its_month_and_keeps_why(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        made = registers.enter(session, MONTH, replace(report("KOR/1", "-100.00", "-23.00"), document_type="WEW")).id
        assert registers.place(session, "sale", made, _question()) == MONTH.next
        (row,) = rows_of(session, "sale")
        assert (row.month, row.decision["facts"]["evidence_on"]) == (10, "2026-10-02")
        assert "art. 29a ust. 13" in row.decision["why"]
        periods.complete(session, MONTH)
        with pytest.raises(Conflict):
            registers.place(session, "sale", made, _question(evidence_on=date(2026, 9, 14)))


def test_an_invoice_of_ksef_brings_its_terms_of_payment(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        marked = delivery("purchase", "FV/1", annotations={"P_18A": "1"}, due_on=date(2026, 10, 1))
        registers.receive(session, [marked, delivery("purchase", "FV/2")])
        found = {row.document_no: (row.split_payment, row.due_on) for row in rows_of(session, "purchase")}
        assert found["FV/1"] == (True, date(2026, 10, 1)) and found["FV/2"][0] is False


def test_a_month_with_every_kind_is_signed_and_its_rows_make_its_sums(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        ratios.set_pct(session, 2026, "pre_ratio", 17, "protokół 1/2026")
        for kind in KINDS:
            alone = KINDS[kind].alone is not None
            facts: dict[str, Any] = dict(ALONE) if alone else {}
            if kind.startswith("margin"):
                facts = {
                    "gross": Decimal("2000.00"),
                    **({"net": ZERO, "rate": None} if kind == "margin_purchase" else {}),
                }
            registers.enter_internal(session, MONTH, _internal(kind, use="business_and_outside", **facts))
        periods.complete(session, MONTH)
    with host.tenant(school, HEAD) as session:
        made = periods.publish(session, MONTH)
        assert periods.verify(session, made.id) == ()
        summed = {name: Decimal(0) for name in made.sums}
        for side in ("sale", "purchase"):
            for row in rows_of(session, side):
                for name in summed:
                    summed[name] += getattr(row, name.lower(), None) or 0
        assert {name: f"{amount:.2f}" for name, amount in summed.items()} == made.sums
