"""Invoices carried from the inbox into registers: once each, in one register, whatever breaks on the way."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from random import Random
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text

from app.kernel.dates import Month
from app.purchasing.queries import cases
from app.ssc.delivery import UnitDelivery, deliver
from app.vat.models import KsefInvoice
from app.vat.queries import inbox as due
from app.vat.rules.facts import Invoice, Side
from app.vat.rules.splitting import by_lines
from app.vat.service import attribution, inbox, periods, registers, splitting
from tenants import registry
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR, World, make_city, make_unit
from tests.killing import kill_during
from tests.vat.box import FOR_SCHOOL, document, open_box, take_in, units_due
from tests.vat.deliveries import rows
from tests.vat.invoices import CITY, PURCHASE, SALE, SUPPLIER, ksef_number, line, total

ON = date(2026, 4, 10)
MARCH = Month(2026, 3)
_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Town:
    """A city with an inbox, its school and its nursery."""

    city: Tenant
    school: Tenant
    nursery: Tenant

    def units(self) -> dict[str, Tenant]:
        return {"UM": self.city, "SP12": self.school, "ZM1": self.nursery}


@pytest.fixture
def town(host: Host, world: World) -> Town:
    city = make_city(host, f"dostawa-{next(_NUMBERS)}", CITY)
    open_box(host, city)
    return Town(city, make_unit(host, city, "SP12", "Szkoła nr 12"), make_unit(host, city, "ZM1", "Żłobek nr 1"))


def bought(number: int) -> Invoice:
    return replace(PURCHASE, number=f"FV/{number}", others=FOR_SCHOOL)


def sold(number: int) -> Invoice:
    return replace(SALE, number=f"SP12/{number}/2026", others=(replace(FOR_SCHOOL[0], role=7),))


def put_in(host: Host, town: Town, *invoices: Invoice) -> None:
    for number, one in enumerate(invoices):
        seller = CITY if one.seller.nip == CITY else SUPPLIER.nip or ""
        technical = f"{next(_NUMBERS):06X}{number:06X}"
        (fate,) = take_in(host, town.city, document(one, ksef_number(seller, "20260302", technical)))
        assert fate.outcome == "assigned", fate


def carry(host: Host, town: Town, **options: int) -> dict[str, UnitDelivery]:
    return {one.unit: one for one in deliver(host, town.city, ACTOR, ON, **options)}  # type: ignore[arg-type]


def standing(host: Host, town: Town) -> list[tuple[str, str]]:
    """(document, unit) of every live row of every register, in order."""
    found = []
    sides: tuple[Side, ...] = ("sale", "purchase")
    for code, unit in town.units().items():
        with host.tenant(unit, ACTOR) as session:
            found += [(row.document_no, code) for side in sides for row in rows(session, side)]
    return sorted(found)


def circulating(host: Host, town: Town) -> list[tuple[str, str]]:
    """(document, unit) of every case of purchasing that was not withdrawn, in order."""
    found = []
    for code, unit in town.units().items():
        with host.tenant(unit, ACTOR) as session:
            listed = cases.listing(session, ("open", "ready", "rejected"))
            found += [(row.number, code) for row in session.execute(listed.statement)]
    return sorted(found)


def attributed(host: Host, town: Town) -> list[tuple[str, str]]:
    """(document, unit) as the inbox has decided; nothing may be due any more."""
    with host.tenant(town.city, ACTOR) as session:
        assert units_due(session) == []
        query = select(KsefInvoice.number, KsefInvoice.unit_code).where(KsefInvoice.state == "assigned")
        return sorted((number, unit or "") for number, unit in session.execute(query))


def ids(host: Host, town: Town) -> list[UUID]:
    with host.tenant(town.city, ACTOR) as session:
        return list(session.scalars(select(KsefInvoice.id).order_by(KsefInvoice.number)))


def assign(host: Host, town: Town, invoice: UUID, unit: str) -> None:
    with host.tenant(town.city, ACTOR) as session:
        attribution.assign(session, invoice, unit, "tak ustalono z jednostką")


def test_everything_due_arrives_once(host: Host, town: Town) -> None:
    put_in(host, town, bought(1), bought(2), sold(3))
    assert carry(host, town, at_once=2) == {"SP12": UnitDelivery("SP12", delivered=3)}
    assert carry(host, town) == {}
    assert standing(host, town) == [("FV/1", "SP12"), ("FV/2", "SP12"), ("SP12/3/2026", "SP12")]
    assert standing(host, town) == attributed(host, town)


def test_an_invoice_that_changed_hands_leaves_one_register_and_enters_the_other(host: Host, town: Town) -> None:
    put_in(host, town, bought(1), bought(2))
    carry(host, town)
    first, second = ids(host, town)
    assign(host, town, first, "ZM1")
    assign(host, town, second, "UM")
    done = carry(host, town)
    assert {code: (one.delivered, one.withdrawn) for code, one in done.items()} == {
        "SP12": (0, 2),
        "UM": (1, 0),
        "ZM1": (1, 0),
    }
    assert standing(host, town) == [("FV/1", "ZM1"), ("FV/2", "UM")] == attributed(host, town)
    with host.tenant(town.school, ACTOR) as session:
        assert {row.void_reason for row in rows(session, "purchase", void=True)} == {"tak ustalono z jednostką"}


@pytest.mark.parametrize("arrived", [True, False])
def test_a_delivery_that_was_never_answered_is_taken_back_when_the_invoice_changes_hands(
    host: Host, town: Town, arrived: bool
) -> None:
    put_in(host, town, bought(1))
    with host.tenant(town.city, ACTOR) as session:
        going = inbox.send(session, due.deliveries_due(session, "SP12"), "SP12")
    if arrived:
        with host.tenant(town.school, ACTOR) as session:
            registers.receive(session, going)
    assign(host, town, ids(host, town)[0], "ZM1")
    carry(host, town)
    assert standing(host, town) == [("FV/1", "ZM1")] == attributed(host, town)


def test_a_delivery_decided_otherwise_on_its_way_is_put_right_by_the_next_one(host: Host, town: Town) -> None:
    put_in(host, town, bought(1))
    with host.tenant(town.city, ACTOR) as session:
        going = inbox.send(session, due.deliveries_due(session, "SP12"), "SP12")
    assign(host, town, ids(host, town)[0], "ZM1")
    with host.tenant(town.city, ACTOR) as session:
        assert inbox.send(session, going, "SP12") == []
    with host.tenant(town.school, ACTOR) as session:
        receipts = registers.receive(session, going)
    with host.tenant(town.city, ACTOR) as session:
        inbox.acknowledge(session, receipts, "SP12", withdrawn=False)
    carry(host, town)
    assert standing(host, town) == [("FV/1", "ZM1")] == attributed(host, town)


def test_a_sale_of_a_closed_month_waits_with_its_reason_and_comes_when_the_month_opens(host: Host, town: Town) -> None:
    put_in(host, town, bought(1), sold(2))
    with host.tenant(town.school, "anna.lis") as session:
        periods.complete(session, MARCH)
    done = carry(host, town)["SP12"]
    assert (done.delivered, len(done.refused)) == (1, 1)
    with host.tenant(town.city, ACTOR) as session:
        reasons = session.scalars(select(KsefInvoice.undelivered_reason).order_by(KsefInvoice.number)).all()
        assert reasons[0] is None and (reasons[1] or "").startswith("Miesiąc 2026-03 jest zamknięty")
    with host.tenant(town.school, "jan.dab") as session:
        periods.reopen(session, MARCH, "faktura sprzedaży z KSeF")
    assert carry(host, town) == {"SP12": UnitDelivery("SP12", delivered=1)}
    assert standing(host, town) == [("FV/1", "SP12"), ("SP12/2/2026", "SP12")] == attributed(host, town)


@pytest.mark.parametrize("absent", ["suspended", "never made"])
def test_a_unit_that_is_not_there_is_a_result_and_the_others_get_theirs(host: Host, town: Town, absent: str) -> None:
    put_in(host, town, bought(1), bought(2), bought(3))
    first, second, _ = ids(host, town)
    if absent == "suspended":
        assign(host, town, first, "ZM1")
        with host.control() as session:
            registry.set_status(session, session.merge(town.nursery), "suspended", ACTOR)
        code = "ZM1"
    else:
        with host.tenant(town.city, ACTOR) as session:
            session.execute(text("insert into unit_directory (code, name, short_name) values ('NOWA', 'Nowa', 'Nowa')"))
        assign(host, town, first, "NOWA")
        code = "NOWA"
    assign(host, town, second, "UM")
    done = carry(host, town)
    assert code in (done[code].error or "") and done[code].delivered == 0
    assert (done["UM"].delivered, done["SP12"].delivered) == (1, 1)


def test_only_the_units_asked_for_are_served(host: Host, town: Town) -> None:
    put_in(host, town, bought(1), bought(2))
    assign(host, town, ids(host, town)[0], "ZM1")
    found = deliver(host, town.city, ACTOR, ON, only=["ZM1"])
    assert [one.unit for one in found] == ["ZM1"]
    assert standing(host, town) == [("FV/1", "ZM1")]


def test_carriers_at_work_at_once_deliver_everything_once(host: Host, town: Town) -> None:
    put_in(host, town, *(bought(number) for number in range(20)))
    for invoice in ids(host, town)[::2]:
        assign(host, town, invoice, "ZM1")
    start = Barrier(4)

    def work(_: int) -> list[UnitDelivery]:
        start.wait()
        return deliver(host, town.city, ACTOR, ON, at_once=3)

    with ThreadPoolExecutor(4) as pool:
        done = [one for found in pool.map(work, range(4)) for one in found]
    assert [one.error for one in done if one.error] == []
    assert sum(one.delivered for one in done) == 20
    assert standing(host, town) == attributed(host, town)


def test_the_units_trail_says_by_what_right_the_rows_came(host: Host, town: Town) -> None:
    put_in(host, town, bought(1))
    carry(host, town)
    with host.tenant(town.school, ACTOR) as session:
        found = session.execute(text("select verb, mandate from cell.audit")).all()
    assert [tuple(row) for row in found] == [
        ("vat.receive", "art. 3 i 4 ustawy o zasadach rozliczania VAT przez jednostki samorządu terytorialnego")
    ]


@pytest.mark.parametrize("seed", range(3))
def test_carriers_killed_at_any_moment_leave_every_invoice_in_exactly_one_register(
    host: Host, town: Town, seed: int
) -> None:
    rng = Random(seed)
    put_in(host, town, *(bought(number) for number in range(12)), *(sold(number) for number in range(12, 18)))
    everything = ids(host, town)
    for _ in range(5):
        kill_during(host, lambda own: _carried(own, town), rng, longest=0.4)
        for invoice in rng.sample(everything, 5):
            assign(host, town, invoice, rng.choice(["UM", "SP12", "ZM1"]))
    while any(one.delivered or one.withdrawn for one in carry(host, town).values()):
        pass
    assert standing(host, town) == attributed(host, town)
    assert len(standing(host, town)) == 18
    assert circulating(host, town) == [one for one in standing(host, town) if one[0].startswith("FV/")]


def _carried(host: Host, town: Town) -> None:
    deliver(host, town.city, ACTOR, ON, at_once=3)


def corrects(original: str, **other: Any) -> Invoice:
    return replace(
        PURCHASE, kind="KOR", number=f"K/{original}", issued_on=date(2026, 3, 20), correction_effect=2,
        totals=(total("1", "-10.00", "-2.30"),), gross=Decimal("-12.30"),
        corrected=((PURCHASE.issued_on, original, None),), **other,
    )  # fmt: skip


def decided(host: Host, town: Town, correction: Invoice) -> tuple[str, str | None, str]:
    """State, unit and reason that the rule gives a correction."""
    take_in(host, town.city, document(correction, ksef_number(day="20260320")))
    with host.tenant(town.city, ACTOR) as session:
        entry = due.entry_by_number(session, ksef_number(day="20260320"))
        return entry.state, entry.unit_code, entry.decisions[0].reason


def test_an_unmarked_correction_follows_the_unit_of_the_corrected_invoice(host: Host, town: Town) -> None:
    put_in(host, town, bought(1))
    state, unit, reason = decided(host, town, corrects("FV/1"))
    assert (state, unit) == ("assigned", "SP12") and "Koryguje fakturę FV/1 tej jednostki." in reason


@pytest.mark.parametrize("marked", [True, False])
def test_a_correction_of_a_split_invoice_waits_for_the_same_split_unless_it_names_a_unit(
    host: Host, town: Town, marked: bool
) -> None:
    two = replace(bought(1), lines=(line("50.00"), line("50.00", no=2)))
    put_in(host, town, two, bought(2), bought(3))
    with host.tenant(town.city, ACTOR) as session:
        key = session.scalars(select(KsefInvoice.id).where(KsefInvoice.number == "FV/1")).one()
        splitting.split(session, key, by_lines(due.entry(session, key).invoice, ["SP12", "ZM1"]), "Każdy swoje.")
    state, unit, reason = decided(host, town, corrects("FV/1", **({"others": FOR_SCHOOL} if marked else {})))
    if marked:
        assert (state, unit) == ("assigned", "SP12")
        return
    assert (state, unit) == ("queued", None)
    assert reason.startswith("Koryguje fakturę, którą ma kilka jednostek: FV/1 (")
    assert "Szkoła Podstawowa nr 12" in reason and "Żłobek Miejski nr 1" in reason
    with host.tenant(town.city, ACTOR) as session:
        found = due.entry_by_number(session, ksef_number(day="20260320"))
        assert [one.unit for one in due.shares_of_corrected(session, found)] == ["SP12", "ZM1"]
