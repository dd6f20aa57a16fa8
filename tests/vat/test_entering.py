"""Rows entered and changed by people, while the month is open and not a moment longer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from app.kernel.dates import Month
from app.kernel.errors import Conflict, NotFound, Refusal
from app.vat.rules.entries.table import FileRefused
from app.vat.rules.facts import Marker
from app.vat.service import periods, ratios, registers
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import World
from tests.vat.deliveries import CLERK, MONTH, bill, delivery, report, rows
from tests.vat.invoices import ksef_number


@pytest.fixture
def school(fresh: Callable[[], World]) -> Tenant:
    return fresh().school


def test_a_document_stands_once_in_its_month(host: Host, fresh: Callable[[], World]) -> None:
    world = fresh()
    with host.tenant(world.school, CLERK) as session:
        made = registers.enter(session, MONTH, report("RO/1", "100.00", "22.90"), "  raport   dobowy ")
        assert [one.field for one in made.warnings] == ["K_20"]
        with pytest.raises(Conflict) as refused:
            registers.enter(session, MONTH, report("RO/1", "5.00", "1.15"))
        assert refused.value.field == "document_no"
    with host.tenant(world.pool, CLERK) as session:
        registers.enter(session, MONTH, report("RO/1"))
    with host.tenant(world.school, CLERK) as session:
        (row,) = rows(session, "sale")
        assert (row.id, row.source, row.description, row.created_by) == (made.id, "cash", "raport dobowy", CLERK)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"amounts": {"K_19": Decimal("1.00")}}, "K_20"),
        ({"document_no": ""}, "document_no"),
        ({"document_no": "X" * 257}, "document_no"),
        ({"counterparty_name": "A\x01"}, "counterparty_name"),
        ({"country": "XX"}, "country"),
        ({"flags": frozenset({"GTU_99"})}, "flags"),
        ({"amounts": {"K_10": Decimal("1.005")}}, "amounts.K_10"),
        ({"amounts": {"K_10": Decimal(10) ** 14}}, "amounts.K_10"),
    ],
)
def test_what_the_form_would_not_take_is_refused_at_its_field(
    host: Host, school: Tenant, changed: dict[str, object], field: str
) -> None:
    with pytest.raises(Refusal) as refused, host.tenant(school, CLERK) as session:
        registers.enter(session, MONTH, replace(report("RO/1"), **changed))  # type: ignore[arg-type]
    assert refused.value.field == field


def test_a_purchase_is_deducted_by_its_use_and_follows_when_that_changes(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        ratios.set_pct(session, 2026, "pre_ratio", 17, "protokół 1/2026")
        registers.enter(session, MONTH, bill("FV/1", use="business_and_outside"))
        registers.enter(session, MONTH, bill("FV/2"))
        one, other = rows(session, "purchase")
        assert (one.k_43, one.pre_ratio_pct, other.k_43) == (Decimal("3.91"), 17, 23)
        assert registers.set_use(session, [one.id, other.id], "exempt", asset=True) == 2
        assert [(row.use, row.k_40, row.k_41, row.k_42) for row in rows(session, "purchase")] == [
            ("exempt", 100, 0, None)
        ] * 2


def test_a_ratio_decided_later_reaches_every_open_month_of_its_year_only(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        for month in (MONTH, MONTH.next, Month(2027, 1)):
            registers.receive(session, [delivery("purchase", f"FV/{month}", month)])
        registers.set_use(session, [row.id for row in rows(session, "purchase")], "all")
        ratios.set_pct(session, 2026, "ratio", 50, "protokół 2/2026")
        assert {row.k_43 for row in rows(session, "purchase")} == {0}
        ratios.set_pct(session, 2026, "pre_ratio", 50, "protokół 2/2026")
        assert [row.k_43 for row in rows(session, "purchase")] == [Decimal("5.75"), Decimal("5.75"), 0]
        ratios.set_pct(session, 2026, "pre_ratio", 100, "protokół 3/2026")
        assert [row.k_43 for row in rows(session, "purchase")] == [Decimal("11.50"), Decimal("11.50"), 0]


def test_habits_give_undecided_purchases_their_use_and_show_net_as_the_unit_wants(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        ratios.set_pct(session, 2026, "pre_ratio", 17, "protokół 1/2026")
        registers.enter(session, MONTH, bill("FV/1", use="taxed"))
        registers.receive(session, [delivery("purchase", "FV/2")])
        registers.set_habits(session, "business_and_outside", "share")
        one, other = rows(session, "purchase")
        assert (one.use, one.k_42, other.use, other.k_42, other.k_43) == (
            "taxed",
            100,
            "business_and_outside",
            17,
            Decimal("3.91"),
        )


def test_a_void_row_stays_with_its_reason_and_frees_its_number(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        wrong = registers.enter(session, MONTH, report("RO/1", "1.00", "0.23"))
        with pytest.raises(Refusal, match="Podaj powód"):
            registers.void(session, "sale", wrong.id, "  ")
        registers.void(session, "sale", wrong.id, "pomyłka w kwocie")
        registers.enter(session, MONTH, report("RO/1"))
        assert [row.k_19 for row in rows(session, "sale")] == [100]
        assert [row.void_reason for row in rows(session, "sale", void=True)] == ["pomyłka w kwocie"]
        with pytest.raises(Conflict, match="unieważniony"):
            registers.void(session, "sale", wrong.id, "jeszcze raz")
        with pytest.raises(NotFound):
            registers.void(session, "sale", uuid4(), "nie ma go")
        with pytest.raises(NotFound):
            registers.void(session, "purchase", wrong.id, "nie ta strona")


def test_an_offline_row_gets_its_number(host: Host, school: Tenant) -> None:
    number = ksef_number("5265877635", "20260915")
    with host.tenant(school, CLERK) as session:
        made = registers.enter(session, MONTH, replace(bill("FV/1"), marker=Marker("OFF")))
        for wrong, field in (
            (Marker("NrKSeF"), "marker"),
            (Marker("OFF", number), "marker"),
            (Marker("NrKSeF", number[:-2] + "00"), "ksef_number"),
        ):
            with pytest.raises(Refusal) as refused:
                registers.set_marker(session, "purchase", made.id, wrong)
            assert refused.value.field == field
        registers.set_marker(session, "purchase", made.id, Marker("NrKSeF", number))
        assert [(row.marker, row.ksef_number) for row in rows(session, "purchase")] == [("NrKSeF", number)]


def test_nothing_changes_in_a_closed_month(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        sold = registers.enter(session, MONTH, report("RO/1"))
        bought = registers.enter(session, MONTH, bill("FV/1"))
        periods.complete(session, MONTH)
    attempts: list[Callable[..., object]] = [
        lambda session: registers.enter(session, MONTH, report("RO/2")),
        lambda session: registers.void(session, "sale", sold.id, "za późno"),
        lambda session: registers.set_use(session, [bought.id], "exempt"),
        lambda session: registers.set_marker(session, "purchase", bought.id, Marker("OFF")),
        lambda session: registers.import_file(session, MONTH, FILE.encode()),
    ]
    for attempt in attempts:
        with pytest.raises(Conflict, match="Miesiąc 2026-09 jest zamknięty"), host.tenant(school, CLERK) as session:
            attempt(session)
    with host.tenant(school, CLERK) as session:
        ratios.set_pct(session, 2026, "pre_ratio", 17, "protokół 1/2026")
        registers.set_habits(session, "all", "share")
        assert [(row.k_42, row.k_43) for row in rows(session, "purchase")] == [(100, 23)]
        assert [row.document_no for row in rows(session, "sale")] == ["RO/1"]


FILE = (
    "document_type,document_no,issued_on,description,rate,net,tax\n"
    "RO,RO/1,2026-09-01,Raport dobowy,23,100.00,23.00\n"
    "RO,RO/1,2026-09-01,Raport dobowy,8,50.00,4.00\n"
    "WEW,WEW/1,2026-09-30,Obiady,zw,12.00,0.00\n"
)


def taken(host: Host, unit: Tenant, text: str) -> tuple[int, int, int]:
    with host.tenant(unit, CLERK) as session:
        done = registers.import_file(session, MONTH, text.encode())
    return done.added, done.unchanged, done.voided


def test_a_file_is_taken_in_once(host: Host, fresh: Callable[[], World]) -> None:
    world = fresh()
    assert taken(host, world.school, FILE) == (2, 0, 0)
    assert taken(host, world.school, FILE) == (0, 2, 0)
    assert taken(host, world.school, FILE + "RO,RO/2,2026-09-02,Raport,23,1.00,0.23\n") == (1, 2, 0)
    assert taken(host, world.pool, FILE) == (2, 0, 0)
    with host.tenant(world.school, CLERK) as session:
        assert [row.document_no for row in rows(session, "sale")] == ["RO/1", "RO/2", "WEW/1"]
        assert [row.source for row in rows(session, "sale")] == ["cash", "cash", "internal"]


def test_a_changed_amount_under_a_known_number_is_an_error_that_says_so(host: Host, school: Tenant) -> None:
    taken(host, school, FILE)
    with pytest.raises(FileRefused) as refused:
        taken(host, school, FILE.replace("100.00,23.00", "200.00,46.00") + "RO,RO/9,2026-09-02,,23,1.00,0.23\n")
    (problem,) = refused.value.problems
    assert problem.line == 2
    assert "K_19: było 100,00, jest 200,00; K_20: było 23,00, jest 46,00" in problem.message
    with host.tenant(school, CLERK) as session:
        assert len(rows(session, "sale")) == 2


def test_a_file_with_an_error_adds_nothing_and_tells_all_of_them(host: Host, school: Tenant) -> None:
    long = "X" * 300
    text = FILE + f"RO,RO/2,2026-10-01,,23,1.00,0.23\nRO,{long},2026-09-02,,23,1.00,0.23\n"
    with pytest.raises(FileRefused) as refused:
        taken(host, school, text)
    assert [(one.line, one.column) for one in refused.value.problems] == [(5, "issued_on"), (6, "document_no")]
    assert refused.value.message == "Plik ma 2 błędy; nic z niego nie wczytano."
    with host.tenant(school, CLERK) as session:
        assert rows(session, "sale") == []


def test_a_voided_document_does_not_return_with_the_same_file_but_does_when_put_right(
    host: Host, school: Tenant
) -> None:
    taken(host, school, FILE)
    with host.tenant(school, CLERK) as session:
        registers.void(session, "sale", rows(session, "sale")[1].id, "nie nasza sprzedaż")
    assert taken(host, school, FILE) == (0, 1, 1)
    assert taken(host, school, FILE.replace("12.00,0.00", "13.00,0.00")) == (1, 1, 0)


def test_a_purchases_use_changed_in_the_register_is_no_change_of_the_file(host: Host, school: Tenant) -> None:
    text = "rejestr;numer;data;kontrahent;netto;vat\nzakup;FV/7;2026-09-02;Piekarnia;100,00;23,00\n"
    assert taken(host, school, text) == (1, 0, 0)
    with host.tenant(school, CLERK) as session:
        registers.set_use(session, [rows(session, "purchase")[0].id], "taxed")
    assert taken(host, school, text) == (0, 1, 0)
