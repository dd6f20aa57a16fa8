"""How runs begin: stages, keys that keep a second one out, transactions that fail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import ProgrammingError

from app.kernel import runs
from app.kernel.errors import Conflict, NotFound, Refusal
from app.kernel.models import Audit, Chunk, Run
from app.kernel.runs import ChunkSpec
from tenants.session import Host
from tests.conftest import World
from tests.kernel.runs.rows import begun, ended, inside, some, start, states, view


def test_a_run_begins_with_its_lowest_stage_and_leaves_an_entry(host: Host, world: World) -> None:
    run_id = start(host, world.school, [*some(1, stage=7), *some(2, stage=3)])
    assert states(host, world.school, run_id) == "WRR"
    made = view(host, world.school, run_id)
    assert (made.state, made.total, made.stage, made.started_by) == ("waiting", 3, 3, "anna")
    with inside(host, world.school) as session:
        entry = session.scalars(select(Audit).where(Audit.record == f"run:{run_id}")).one()
    assert (entry.verb, entry.actor, entry.after) == (
        "run.start", "anna", {"kind": "test", "title": "Naliczenie", "chunks": 3},
    )  # fmt: skip


def test_what_was_asked_for_cannot_be_changed(host: Host, world: World) -> None:
    run_id = start(host, world.school, some(1))
    for statement in (update(Run).values(params={}), update(Run).values(started_by="x"), update(Chunk).values(key="x")):
        with pytest.raises(ProgrammingError, match="permission denied"), inside(host, world.school) as session:
            session.execute(statement)
    assert view(host, world.school, run_id).params == {"year": 2026}


def test_a_run_of_nothing_is_refused(host: Host, world: World) -> None:
    with pytest.raises(Refusal, match="nie ma czego"):
        start(host, world.school, [])


def test_a_queue_that_nobody_serves_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="no such queue"):
        ChunkSpec("a", queue="fast")


def test_a_second_run_with_the_same_key_is_refused_or_joined_while_the_first_one_lasts(
    host: Host, world: World
) -> None:
    first = start(host, world.school, some(1), unique_key="vat:2026-09")
    assert start(host, world.other_school, some(1), unique_key="vat:2026-09") != first
    with pytest.raises(Conflict, match="już trwa: „Naliczenie”"):
        start(host, world.school, some(1), unique_key="vat:2026-09")
    assert start(host, world.school, some(1), unique_key="vat:2026-09", join=True) == first
    ended(host, world.school, begun(host, world.school, first))
    assert start(host, world.school, some(1), unique_key="vat:2026-09") != first


def test_of_many_starts_at_the_same_moment_one_makes_the_run(host: Host, world: World) -> None:
    together = Barrier(6)

    def attempt(_: int) -> UUID:
        together.wait()
        return start(host, world.school, some(3), unique_key="at-once", join=True)

    with ThreadPoolExecutor(6) as pool:
        found = set(pool.map(attempt, range(6)))
    assert len(found) == 1
    assert states(host, world.school, found.pop()) == "RRR"


def test_a_run_started_in_a_transaction_that_fails_was_not_started(host: Host, world: World) -> None:
    with pytest.raises(ZeroDivisionError), inside(host, world.school) as session:
        run_id = runs.start(session, "test", "Naliczenie", {}, some(1)).id
        _ = 1 / 0
    with pytest.raises(NotFound):
        view(host, world.school, run_id)
