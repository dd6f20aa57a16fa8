"""The attribution learns from confirmations, exactly and reversibly, and never sends anything outside the mandate."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.vat.models import KsefAttribution, KsefClue, KsefInvoice
from app.vat.queries import inbox
from app.vat.rules.attribution import Lesson, Memory, decide, directory, forget, learn, lesson, look, threshold
from app.vat.rules.attribution.priors import THRESHOLD
from app.vat.rules.facts import Invoice, Party, UnitProfile
from app.vat.service.attribution import assign, refuse, returned
from app.vat.service.memory import unlearn
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR
from tests.vat.box import FOR_SCHOOL, document, take_in
from tests.vat.invoices import CITY, PURCHASE

CLERK = "Anna Nowak"
DAY = PURCHASE.issued_on
UNITS = directory([
    UnitProfile("A", "Szkoła Podstawowa nr 1", city="Kielce"),
    UnitProfile("B", "Przedszkole nr 2", city="Kielce"),
    UnitProfile("C", "Żłobek nr 3", city="Kielce", valid_to_on=DAY.replace(year=DAY.year - 1)),
    UnitProfile("D", "Bursa nr 4", city="Kielce", valid_from_on=DAY.replace(year=DAY.year + 1)),
])  # fmt: skip


def billed(number: int, customer: str = "77001234", **facts: Any) -> Invoice:
    """A monthly bill that says nothing of its unit but the supplier's number of the customer."""
    buyer = replace(PURCHASE.buyer, customer_no=customer, serves_unit=False)
    return replace(PURCHASE, number=f"E/{number}", buyer=buyer, **facts)


def taught(*lessons: Lesson) -> Memory:
    clues: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
    signs: dict[str, tuple[int, int]] = {}
    learn(lessons, clues, signs)
    return Memory(UNITS.standings, clues, signs)


def test_what_was_confirmed_for_a_customer_number_is_assigned_and_says_why() -> None:
    looked = look(billed(1), UNITS, CITY)
    assert decide(looked, Memory.cold(UNITS)).unit is None
    memory = taught(*(lesson(look(billed(n), UNITS, CITY), "A") for n in range(5)))
    decision = decide(looked, memory)
    assert (decision.outcome, decision.unit) == ("assigned", "A")
    assert any("77001234" in one.sentence and "5 z 5" in one.sentence for one in decision.candidates[0].evidence)
    assert {one.field for one in decision.candidates[0].evidence} >= {"Podmiot2/NrKlienta"}


def test_a_number_that_two_units_share_goes_to_a_person() -> None:
    shared = [lesson(look(billed(n), UNITS, CITY), "A" if n % 2 else "B") for n in range(6)]
    decision = decide(look(billed(9), UNITS, CITY), taught(*shared))
    assert decision.unit is None
    assert {one.unit for one in decision.candidates[:2]} == {"A", "B"}


def test_a_refusal_speaks_against_the_unit() -> None:
    looked = look(billed(1), UNITS, CITY)
    known = [lesson(looked, "A") for _ in range(4)]
    assert decide(looked, taught(*known)).unit == "A"
    refused = decide(looked, taught(*known, lesson(looked, "A", denied=True)))
    assert refused.unit is None
    assert any(one.weight < 0 and "odmówiła" in one.sentence for one in refused.candidates[0].evidence)


lessons_of = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from("ABCD"), st.booleans()), min_size=1, max_size=12
).map(lambda rows: [(f"7700{customer}", unit, denied) for customer, unit, denied in rows])


@given(lessons_of, st.integers(0, 3), st.sampled_from([None, "A", "B", "C", "D"]))
def test_nothing_is_ever_assigned_outside_the_active_units(
    history: list[tuple[str, str, bool]], customer: int, named: str | None
) -> None:
    made = [lesson(look(billed(1, number), UNITS, CITY), unit, denied=no) for number, unit, no in history for _ in "ab"]
    name = next((one.profile.name for one in UNITS.units if one.profile.code == named), None)
    others = (Party(name, role=8),) if name else ()
    decision = decide(look(billed(2, f"7700{customer}", others=others), UNITS, CITY), taught(*made))
    assert decision.unit in (None, "A", "B")


@given(lessons_of, st.randoms(use_true_random=False))
def test_lessons_taken_back_in_any_order_leave_nothing(history: list[tuple[str, str, bool]], rng: Any) -> None:
    clues: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
    signs: dict[str, tuple[int, int]] = {}
    made = []
    for number, unit, denied in history:
        memory = Memory(UNITS.standings, clues, signs)
        one = lesson(look(billed(1, number), UNITS, CITY), unit, memory, denied=denied)
        learn([one], clues, signs)
        made.append(Lesson.of_json(one.as_json()))
    rng.shuffle(made)
    forget(made, clues, signs)
    assert (clues, signs) == ({}, {})


@pytest.mark.parametrize(
    ("bands", "found"),
    [
        ({}, THRESHOLD),
        ({"score/080": (100, 0)}, THRESHOLD),
        ({"score/080": (2000, 0), "score/030": (400, 0), "score/010": (200, 40)}, 30),
        ({"score/080": (2000, 1), "score/050": (300, 20)}, 80),
    ],
    ids=["nothing measured", "too little", "good scores below the cold start", "the cold start was too bold"],
)
def test_the_threshold_is_measured(bands: dict[str, tuple[int, int]], found: int) -> None:
    assert threshold(bands) == found


def memory_of(host: Host, town: Tenant) -> list[Sequence[Any]]:
    with host.tenant(town, ACTOR) as session:
        clues = session.execute(text("select * from ksef_clue order by 1, 2, 3")).all()
        signs = session.execute(text("select * from ksef_signal order by 1")).all()
    return [*map(tuple, clues), *map(tuple, signs)]


def ids(host: Host, town: Tenant) -> dict[str, UUID]:
    with host.tenant(town, ACTOR) as session:
        return {number: key for key, number in session.execute(select(KsefInvoice.id, KsefInvoice.number))}


def test_people_teach_the_inbox(host: Host, town: Tenant) -> None:
    fates = take_in(host, town, *(document(billed(n)) for n in range(6)))
    assert {fate.outcome for fate in fates} == {"queued"}
    for invoice in ids(host, town).values():
        with host.tenant(town, CLERK) as session:
            assign(session, invoice, "ZM1")
    (fate,) = take_in(host, town, document(billed(100)))
    assert fate.outcome == "assigned"
    with host.tenant(town, ACTOR) as session:
        entry = inbox.entry(session, ids(host, town)["E/100"])
    assert (entry.unit_code, entry.decisions[0].decided_by) == ("ZM1", "reguła")
    assert "77001234" in entry.decisions[0].reason


def test_decisions_replaced_and_undone_return_the_memory_to_what_it_was(host: Host, town: Tenant) -> None:
    take_in(host, town, *(document(billed(n)) for n in range(3)))
    before = memory_of(host, town)
    for place, invoice in enumerate(ids(host, town).values()):
        with host.tenant(town, CLERK) as session:
            assign(session, invoice, "ZM1")
        with host.tenant(town, CLERK) as session:
            assign(session, invoice, "SP12", "Jednak szkoły.")
        if place == 0:
            with host.tenant(town, CLERK) as session:
                refuse(session, invoice, "Nie szkoły.")
    assert memory_of(host, town) != before
    with host.tenant(town, CLERK) as session:
        unlearn(session, session.scalars(select(KsefInvoice).order_by(KsefInvoice.id)).all())
    assert memory_of(host, town) == before


def test_a_decision_that_is_rolled_back_teaches_nothing(host: Host, town: Tenant) -> None:
    take_in(host, town, document(billed(1)))
    (invoice,) = ids(host, town).values()
    before = memory_of(host, town)
    with pytest.raises(ZeroDivisionError), host.tenant(town, CLERK) as session:
        assign(session, invoice, "ZM1")
        raise ZeroDivisionError
    assert memory_of(host, town) == before


def test_an_import_replayed_changes_nothing_and_an_undisputed_number_teaches_clues_only(
    host: Host, town: Tenant
) -> None:
    documents = [document(replace(billed(n), others=FOR_SCHOOL)) for n in range(4)]
    take_in(host, town, *documents)
    kept = memory_of(host, town)
    assert kept and all(len(row) == 5 for row in kept)  # no sign measures itself
    with host.tenant(town, ACTOR) as session:
        decisions = session.scalars(select(KsefAttribution.id).order_by(KsefAttribution.id)).all()
    take_in(host, town, *documents)
    assert memory_of(host, town) == kept
    with host.tenant(town, ACTOR) as session:
        assert session.scalars(select(KsefAttribution.id).order_by(KsefAttribution.id)).all() == decisions


def test_decisions_at_the_same_moment_are_all_remembered(host: Host, town: Tenant) -> None:
    take_in(host, town, *(document(billed(n)) for n in range(8)))
    together = Barrier(4)

    def work(mine: list[UUID]) -> None:
        together.wait()
        for invoice in mine:
            with host.tenant(town, CLERK) as session:
                assign(session, invoice, "ZM1")

    every = list(ids(host, town).values())
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, [every[n::4] for n in range(4)]))
    with host.tenant(town, ACTOR) as session:
        query = select(KsefClue.confirmed).where(KsefClue.kind == "customer", KsefClue.unit_code == "ZM1")
        assert session.scalars(query).all() == [8]


def test_a_unit_sends_an_invoice_back_once(host: Host, town: Tenant) -> None:
    take_in(host, town, document(replace(billed(1), others=FOR_SCHOOL)))
    (invoice,) = ids(host, town).values()
    with host.tenant(town, ACTOR) as session:
        sent_by = inbox.entry(session, invoice).decision
    assert sent_by is not None

    def back(session: Session) -> UUID | None:
        return returned(session, invoice, sent_by, "SP12", "Nie zamawiano.")

    with host.tenant(town, "SP 12") as session:
        assert back(session) is not None
    kept = memory_of(host, town)
    with host.tenant(town, "SP 12") as session:
        assert back(session) is None
    assert memory_of(host, town) == kept
    with host.tenant(town, ACTOR) as session:
        entry = inbox.entry(session, invoice)
        denied = session.scalars(select(KsefClue.denied).where(KsefClue.kind == "customer")).all()
    assert (entry.state, denied) == ("queued", [1])
    with host.tenant(town, CLERK) as session:
        assign(session, invoice, "SP12")
    with host.tenant(town, "SP 12") as session:
        assert back(session) is None  # a person decided anew: the old message says nothing of that
