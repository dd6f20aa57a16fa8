"""Many people at one month at once, and processes killed in the middle: nothing slips in, nothing stays half done."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, text

from app.kernel.errors import Conflict
from app.vat.models import VatPublication
from app.vat.queries.registers.month import stage
from app.vat.service import periods, ratios, registers
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import World
from tests.killing import kill_during
from tests.vat.deliveries import CLERK, HEAD, MONTH, bill, delivery, published, report, rows

WRITERS = 20


@pytest.fixture
def school(fresh: Callable[[], World]) -> Tenant:
    return fresh().school


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    """All of them start at the same moment; what each returned, or the refusal it met."""
    start = Barrier(count)

    def one(number: int) -> Any:
        start.wait()
        try:
            return work(number)
        except Conflict as refused:
            return refused

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_no_row_slips_in_after_the_month_is_completed(host: Host, school: Tenant) -> None:
    def work(number: int) -> int:
        """Writers go on until they are refused; the last one completes the month meanwhile."""
        if number == WRITERS:
            with host.tenant(school, CLERK) as session:
                periods.complete(session, MONTH)
            return 0
        for document in range(200):
            with host.tenant(school, f"pisarz {number}") as session:
                if number % 2:
                    registers.enter(session, MONTH, report(f"RO/{number}/{document}"))
                else:
                    registers.receive(session, [delivery("sale", f"S/{number}/{document}")])
                if stage(session, MONTH).state != "open":
                    return document
        return 200

    together(WRITERS + 1, work)
    with host.tenant(school, HEAD) as session:
        entries = "select after from cell.audit where verb = 'vat.complete'"
        (promised,) = session.scalars(text(entries)).all()
        assert len(rows(session, "sale")) == promised["sales"]
        assert stage(session, MONTH).state == "completed"
        made = periods.publish(session, MONTH)
        assert made.sale_count == promised["sales"]


def test_of_two_heads_signing_at_once_one_wins(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        registers.enter(session, MONTH, report("RO/1"))
        periods.complete(session, MONTH)

    def sign(number: int) -> str:
        with host.tenant(school, f"kierownik {number}") as session:
            return periods.publish(session, MONTH).signed_by

    results = together(4, sign)
    winners = [one for one in results if isinstance(one, str)]
    assert len(winners) == 1 and sum(isinstance(one, Conflict) for one in results) == 3
    with host.tenant(school, HEAD) as session:
        assert [one.signed_by for one in session.scalars(select(VatPublication))] == winners
        assert stage(session, MONTH).version == 1


def test_the_same_deliveries_received_at_once_stand_once(host: Host, school: Tenant) -> None:
    sent = [delivery("purchase" if number % 2 else "sale", f"D/{number:02}") for number in range(40)]

    def receive(number: int) -> list[str | None]:
        order = sent if number % 2 else sent[::-1]
        with host.tenant(school, CLERK) as session:
            return [receipt.problem for receipt in registers.receive(session, order)]

    for told in together(6, receive):
        assert told == [None] * 40
    with host.tenant(school, CLERK) as session:
        assert len(rows(session, "sale")) == len(rows(session, "purchase")) == 20


def test_the_same_file_imported_at_once_is_taken_in_once(host: Host, school: Tenant) -> None:
    lines = "".join(f"RO,RO/{number},2026-09-01,Raport,23,100.00,23.00\n" for number in range(30))
    content = ("document_type,document_no,issued_on,description,rate,net,tax\n" + lines).encode()

    def take(_: int) -> int:
        with host.tenant(school, CLERK) as session:
            return registers.import_file(session, MONTH, content).added

    results = together(5, take)
    assert sum(one for one in results if isinstance(one, int)) == 30
    with host.tenant(school, CLERK) as session:
        assert len(rows(session, "sale")) == 30


def test_deductions_agree_with_the_ratio_in_force_whoever_wrote_last(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        registers.set_habits(session, "business_and_outside")

    def work(number: int) -> None:
        for step in range(5):
            with host.tenant(school, CLERK) as session:
                if number < 2:
                    ratios.set_pct(session, 2026, "pre_ratio", 10 * number + step + 1, f"protokół {number}/{step}")
                else:
                    registers.receive(session, [delivery("purchase", f"FV/{number}/{step}")])

    assert not any(isinstance(one, Exception) for one in together(8, work))
    with host.tenant(school, CLERK) as session:
        newest = "select pct from vat_ratio order by recorded_at desc limit 1"
        pct = session.scalars(text(newest)).one()
        bought = rows(session, "purchase")
        assert len(bought) == 30
        assert {(row.pre_ratio_pct, row.k_43 * 100) for row in bought} == {(pct, 23 * pct)}


@pytest.mark.parametrize("seed", range(2))
def test_a_month_signed_by_a_process_that_was_killed_is_whole_or_not_there(
    host: Host, school: Tenant, seed: int
) -> None:
    with host.tenant(school, CLERK) as session:
        for number in range(30):
            registers.enter(session, MONTH, report(f"RO/{number:02}"))
            registers.enter(session, MONTH, bill(f"FV/{number:02}"))
    rng = Random(seed)
    for _ in range(5):
        kill_during(host, lambda own: _go_round(own, school), rng, longest=0.5)
        with host.tenant(school, HEAD) as session:
            found = session.scalars(select(VatPublication).order_by(VatPublication.version)).all()
            assert [one.version for one in found] == list(range(1, len(found) + 1))
            assert len({one.hash for one in found}) <= 1
            now = stage(session, MONTH)
            assert now.version == len(found)
            for made in found[-2:]:
                assert len(published(session, "sale", made.id)) == 30
                assert periods.verify(session, made.id) == ()
    with host.tenant(school, HEAD) as session:
        count = session.scalars(text("select count(*) from vat_published_sale")).one()
        assert count == 30 * len(found)


def _go_round(host: Host, school: Tenant) -> None:
    """The next step of the month, whichever it is."""
    with host.tenant(school, HEAD) as session:
        state = stage(session, MONTH).state
    if state == "open":
        with host.tenant(school, CLERK) as session:
            periods.complete(session, MONTH)
    with host.tenant(school, HEAD) as session:
        if state == "completed":
            periods.publish(session, MONTH)
        elif state == "published":
            periods.reopen(session, MONTH, "jeszcze raz")
