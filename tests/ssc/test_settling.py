"""A month settled with the units: notes numbered, delivered once, corrected by differences, interest charged."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.deployment import Deployment
from app.kernel.dates import Month
from app.kernel.errors import Conflict, Refusal
from app.ssc import settling
from app.vat.queries import settlements as asked
from app.vat.queries.returns import Version
from app.vat.queries.settlements import Settlement
from app.vat.rules.deadlines import deadlines, overdue
from app.vat.service import periods, policy, settlements
from app.vat.service.settlements import Paid
from tests.conftest import ACTOR, World
from tests.ssc.months import MONTH, ON, TOTAL, Books


@pytest.fixture
def books(deployment: Deployment, fresh: Callable[[], World]) -> Books:
    return Books(deployment, fresh()).open()


def settle(books: Books, made: Version, paid: Paid | None = None) -> Settlement:
    with books.deployment.host.tenant(books.city, ACTOR) as session:
        return settlements.issue(session, made, ON, paid)


def more(books: Books, unit: str, number: str, net: str, tax: str) -> Version:
    place = getattr(books.world, unit)
    books.reopen(place)
    books.sell(place, number, net, tax)
    books.close(place)
    return books.consolidate()


def test_every_grosz_of_a_month_finds_its_unit_and_the_rounding_is_shown(books: Books) -> None:
    found = settle(books, books.month())
    assert {one.unit: one.amount for one in found.notes} == {"SP1": Decimal("230.02"), "MOSIR": Decimal("115.07")}
    assert [one.title for one in sorted(found.notes, key=lambda one: one.title, reverse=True)] == [
        "VAT/2/2026",
        "VAT/1/2026",
    ]
    assert found.lines["rounding"] == Decimal(345) - TOTAL
    assert sum(one.amount for one in found.notes) + found.lines["rounding"] == found.lines["to_pay"] == Decimal(345)
    assert [line.value for line in found.notes[0].lines][-1] in ("230.02", "115.07")


def test_settling_again_and_at_once_makes_no_second_note(books: Books) -> None:
    made = books.month()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: settle(books, made), range(4)))
    assert all(one == found[0] for one in found)


def test_notes_arrive_once_and_stay(books: Books) -> None:
    made = books.month()
    settle(books, made)
    host = books.deployment.host
    first = settling.deliver(host, books.city, made.id, ON, ACTOR)
    again = settling.deliver(host, books.city, made.id, ON, ACTOR)
    assert ({one.unit: one.new for one in first}, [one.new for one in again]) == ({"SP1": 1, "MOSIR": 1}, [0, 0])
    with host.tenant(books.world.school, ACTOR, read_only=True) as session:
        (note,) = asked.received(session)
        assert (note.title, note.amount, note.kind) == ("VAT/2/2026", Decimal("230.02"), "settlement")
    with host.tenant(books.world.centre, ACTOR, read_only=True) as session:
        assert asked.received(session) == []
    for place, statement in (
        (books.city, "update vat_note set amount = 0"),
        (books.world.school, "delete from vat_note_received"),
    ):
        with pytest.raises(DBAPIError), host.tenant(place, ACTOR) as session:
            session.execute(text(statement))


def test_a_correction_settles_the_difference_and_charges_interest_to_who_caused_it(books: Books) -> None:
    settle(books, books.month())
    second = more(books, "school", "SP1/RO/2", "10000.00", "2300.00")
    with books.deployment.host.tenant(books.city, ACTOR) as session:
        assert settlements.raised(session, second) == 2300
    with pytest.raises(Refusal) as refused:
        settle(books, second)
    assert refused.value.field == "paid_on"
    found = settle(books, second, Paid(date(2027, 4, 26)))
    by_kind = {(one.unit, one.kind): one for one in found.notes}
    assert set(by_kind) == {("SP1", "settlement"), ("SP1", "interest")}
    assert by_kind["SP1", "settlement"].amount == 2300
    assert by_kind["SP1", "settlement"].settled == Decimal("2530.02")
    charge = by_kind["SP1", "interest"]
    assert str(charge.amount) == f"{Decimal(found.interest['result']['interest']):.2f}"
    assert charge.amount == 120  # 2300 × 182 days × 10,5 % / 365 = 120,42
    assert "× 2300.00 / 2300.00" in charge.lines[-1].formula
    numbers = sorted(int(one.title.split("/")[1]) for one in found.notes)
    assert numbers == [3, 4]


def test_interest_under_the_minimum_is_charged_to_nobody(books: Books) -> None:
    settle(books, books.month())
    found = settle(books, more(books, "pool", "MOSIR/RO/2", "100.00", "23.00"), Paid(date(2026, 11, 4)))
    assert found.interest["result"]["charged"] is False
    assert {one.kind for one in found.notes} == {"settlement"}


def test_the_reduced_rate_is_refused_when_it_is_too_late(books: Books) -> None:
    settle(books, books.month())
    second = more(books, "school", "SP1/RO/2", "10000.00", "2300.00")
    with pytest.raises(Refusal) as refused:
        settle(books, second, Paid(date(2027, 9, 1), "reduced"))
    assert refused.value.field == "rate_kind"
    with books.deployment.host.tenant(books.city, ACTOR) as session:
        assert asked.settlement(session, second.id) is None


def test_a_surplus_carried_by_the_unit_comes_back_next_month_and_stays_when_corrected(books: Books) -> None:
    october = Month(2026, 10)
    host = books.deployment.host
    with host.tenant(books.city, ACTOR) as session:
        policy.decide(
            session,
            date(2026, 1, 1),
            complete_by=15,
            sign_by=18,
            surplus="unit",
            charges_interest=True,
            basis="zarządzenie",
        )
    books.sell(books.world.school, "SP1/RO/1", "-1000.00", "-230.00")
    books.sell(books.world.pool, "MOSIR/RO/1", "4000.00", "920.00")
    books.close()
    first = settle(books, books.consolidate())
    by_unit = {one.unit: one for one in first.notes}
    assert (by_unit["SP1"].amount, by_unit["SP1"].carried_on) == (Decimal(0), Decimal(230))
    books.sell(books.world.school, "SP1/RO/10", "2000.00", "460.00", october)
    books.close(month=october)
    with host.tenant(books.city, ACTOR) as session:
        later = settlements.issue(session, books.consolidate(october), date(2026, 11, 20))
    assert {one.unit: one.amount for one in later.notes} == {"SP1": Decimal(230)}
    corrected = settle(books, more(books, "school", "SP1/RO/2", "100.00", "23.00"), Paid(date(2026, 11, 30)))
    note = {(one.unit, one.kind): one for one in corrected.notes}["SP1", "settlement"]
    assert (note.amount, note.carried_on) == (Decimal(23), Decimal(230))


def test_an_older_version_is_not_settled_after_a_newer_one(books: Books) -> None:
    first = books.month()
    settle(books, more(books, "school", "SP1/RO/2", "100.00", "23.00"))
    with pytest.raises(Conflict):
        settle(books, first)


def test_units_are_reminded_once_of_each_step(books: Books) -> None:
    books.sell(books.world.school, "SP1/RO/1", "100.00", "23.00")
    host = books.deployment.host

    def said(day: int) -> list[tuple[str, str, str]]:
        return settling.remind(host, books.city, MONTH, date(2026, 10, day), ACTOR)

    assert said(12) == []
    assert said(13) == [("SP1", "complete", "soon")]
    assert said(14) == []
    assert said(16) == [("SP1", "complete", "late")]
    with host.tenant(books.world.school, ACTOR) as session:
        periods.complete(session, MONTH)
    assert said(20) == [("SP1", "sign", "late")]
    assert said(21) == []
    with host.tenant(books.world.school, ACTOR, read_only=True) as session:
        assert [one.step for one in asked.reminders(session, MONTH)] == ["sign", "complete", "complete"]


@pytest.mark.parametrize(
    ("month", "complete_on", "sign_on", "file_on"),
    [
        (Month(2026, 9), date(2026, 10, 15), date(2026, 10, 19), date(2026, 10, 26)),
        (Month(2026, 11), date(2026, 12, 15), date(2026, 12, 18), date(2026, 12, 28)),
        (Month(2026, 3), date(2026, 4, 15), date(2026, 4, 20), date(2026, 4, 27)),
    ],
)
def test_internal_days_move_from_days_off(month: Month, complete_on: date, sign_on: date, file_on: date) -> None:
    found = deadlines(month, 15, 18)
    assert (found.complete_on, found.sign_on, found.file_on) == (complete_on, sign_on, file_on)
    assert overdue("open", complete_on, found) is None
    assert overdue("completed", file_on, found) == "sign"
    assert overdue("published", file_on, found) is None
    late = deadlines(month, 28, 28)
    assert late.sign_on == late.complete_on == file_on
