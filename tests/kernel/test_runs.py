"""Runs as rows: what people tell them, what workers do with their chunks, what can be asked."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from app.kernel import runs
from app.kernel.errors import Conflict, NotFound, Refusal
from app.kernel.models import Audit, Chunk, Run
from app.kernel.runs import ChunkSpec, Piece, RunView, chunks
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import World


@contextmanager
def inside(host: Host, tenant: Tenant, actor: str = "anna") -> Iterator[Session]:
    with host.tenant(tenant, actor) as session:
        yield session


def start(host: Host, tenant: Tenant, specs: list[ChunkSpec], **more: Any) -> UUID:
    with inside(host, tenant) as session:
        return runs.start(session, "test", "Naliczenie", {"year": 2026}, specs, **more).id


def view(host: Host, tenant: Tenant, run_id: UUID) -> RunView:
    with inside(host, tenant) as session:
        return runs.get(session, run_id)


def states(host: Host, tenant: Tenant, run_id: UUID) -> str:
    """The chunks' states by id, a letter each: Waiting, Ready, Sent, Done, Failed, Cancelled."""
    with inside(host, tenant) as session:
        query = select(Chunk.state).where(Chunk.run_id == run_id).order_by(Chunk.id)
        return "".join(state[0] for state in session.scalars(query)).upper()


def chunk_ids(host: Host, tenant: Tenant, run_id: UUID) -> list[UUID]:
    with inside(host, tenant) as session:
        return list(session.scalars(select(Chunk.id).where(Chunk.run_id == run_id).order_by(Chunk.id)))


def begun(host: Host, tenant: Tenant, run_id: UUID) -> Piece:
    with inside(host, tenant) as session:
        piece = runs.begin_next(session, run_id)
    assert piece is not None
    return piece


def ended(host: Host, tenant: Tenant, piece: Piece, result: dict[str, Any] | None = None, refusal: str = "") -> None:
    """Work on a chunk that was begun, to its end."""
    with inside(host, tenant) as session:
        assert runs.claim(session, piece)
        if refusal:
            runs.refuse(session, piece, refusal)
        else:
            runs.complete(session, piece, result)
    with inside(host, tenant) as session:
        runs.settle(session, piece.run_id)


def some(count: int, stage: int = 1) -> list[ChunkSpec]:
    return [ChunkSpec(f"{stage}-{number}", {"number": number}, stage=stage) for number in range(count)]


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


def test_a_tenant_sees_its_own_runs_only(host: Host, world: World) -> None:
    run_id = start(host, world.school, some(1))
    piece = begun(host, world.school, run_id)
    with inside(host, world.other_school) as session:
        assert run_id not in [one.id for one in (*runs.current(session), *runs.recent(session))]
        assert runs.begin(session, piece.chunk_id) is None
        assert not runs.claim(session, piece)
        for asked in (runs.get, runs.cancel, runs.resume, runs.again):
            with pytest.raises(NotFound):
                asked(session, run_id)


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


def test_a_stage_begins_when_all_of_the_one_before_is_done_and_the_last_one_gives_the_result(
    host: Host, world: World
) -> None:
    school = world.school
    run_id = start(host, school, [*some(2), *some(1, stage=2), *some(1, stage=3)])
    first, second = begun(host, school, run_id), begun(host, school, run_id)
    assert view(host, school, run_id).state == "running"
    ended(host, school, second, {"n": 2})
    assert states(host, school, run_id) == "SDWW"
    ended(host, school, first, {"n": 1})
    assert states(host, school, run_id) == "DDRW"
    with inside(host, school) as session:
        assert list(runs.results(session, run_id, stage=1)) == [("1-0", {"n": 1}), ("1-1", {"n": 2})]
    ended(host, school, begun(host, school, run_id))
    ended(host, school, begun(host, school, run_id), {"file": "abc"})
    over = view(host, school, run_id)
    assert (over.state, over.result, over.done, over.eta_seconds) == ("finished", {"file": "abc"}, 4, None)
    assert over.share == 1
    assert over.finished_at is not None


def test_whoever_ends_the_last_chunks_at_the_same_moment_the_next_stage_begins_once(host: Host, world: World) -> None:
    school, together = world.school, Barrier(4)
    run_id = start(host, school, [*some(4), *some(2, stage=2)])
    pieces = [begun(host, school, run_id) for _ in range(4)]

    def end(piece: Piece) -> None:
        with inside(host, school) as session:
            assert runs.claim(session, piece)
            runs.complete(session, piece)
            together.wait()
        with inside(host, school) as session:
            runs.settle(session, run_id)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(end, pieces))
    assert states(host, school, run_id) == "DDDDRR"


def test_a_chunk_is_begun_by_one_and_claimed_by_the_last_who_began_it(host: Host, world: World) -> None:
    school = world.school
    run_id = start(host, school, some(1))
    first = begun(host, school, run_id)
    with inside(host, school) as session:
        second = runs.begin(session, first.chunk_id)  # the message came twice before the work began
    assert second is not None
    assert (first.attempt, second.attempt) == (1, 2)
    with inside(host, school) as session, inside(host, school) as elsewhere:
        assert not runs.claim(elsewhere, first)
        assert runs.claim(session, second)
        assert runs.begin(elsewhere, first.chunk_id) is None
        assert runs.begin_next(elsewhere, run_id) is None
        assert not runs.claim(elsewhere, second)
        runs.complete(session, second)
    with inside(host, school) as session:
        assert runs.begin(session, first.chunk_id) is None
        assert not runs.claim(session, second)


def test_refused_chunks_fail_and_the_others_go_on_until_the_stage_ends(host: Host, world: World) -> None:
    school = world.school
    run_id = start(host, school, [*some(3), *some(1, stage=2)])
    ended(host, school, begun(host, school, run_id), refusal="Brakuje numeru NIP.")
    assert view(host, school, run_id).state == "running"
    ended(host, school, begun(host, school, run_id))
    ended(host, school, begun(host, school, run_id), refusal="Brakuje daty.")
    assert states(host, school, run_id) == "FDFW"
    over = view(host, school, run_id)
    assert (over.state, over.done, over.failed) == ("failed", 1, 2)
    assert over.error is not None
    assert over.error.startswith("Nie udało się wykonać 2 z 4 części przebiegu.")
    with inside(host, school) as session:
        assert [(one.key, one.error) for one in runs.errors(session, run_id)] == [
            ("1-0", "Brakuje numeru NIP."), ("1-2", "Brakuje daty."),
        ]  # fmt: skip
        assert [one.key for one in runs.errors(session, run_id, page=2, size=1)] == ["1-2"]


def test_a_single_failure_is_the_runs_own_sentence(host: Host, world: World) -> None:
    run_id = start(host, world.school, some(1))
    ended(host, world.school, begun(host, world.school, run_id), refusal="Brakuje numeru NIP.")
    assert view(host, world.school, run_id).error == "Brakuje numeru NIP."


def test_a_resumed_run_repeats_what_failed_and_goes_on(host: Host, world: World) -> None:
    school = world.school
    run_id = start(host, school, [*some(2), *some(1, stage=2)])
    ended(host, school, begun(host, school, run_id), refusal="Brakuje numeru NIP.")
    ended(host, school, begun(host, school, run_id))
    with inside(host, school) as session:
        assert runs.resume(session, run_id).state == "waiting"
    assert states(host, school, run_id) == "RDW"
    with pytest.raises(Conflict, match="nie jest przerwany"), inside(host, school) as session:
        runs.resume(session, run_id)
    for _ in range(2):
        ended(host, school, begun(host, school, run_id))
    over = view(host, school, run_id)
    assert (over.state, over.done, over.failed, over.error) == ("finished", 3, 0, None)


def test_a_run_is_not_resumed_beside_another_with_its_key(host: Host, world: World) -> None:
    first = start(host, world.school, some(1), unique_key="resume")
    ended(host, world.school, begun(host, world.school, first), refusal="Nie.")
    start(host, world.school, some(1), unique_key="resume")
    with pytest.raises(Conflict, match="już trwa"), inside(host, world.school) as session:
        runs.resume(session, first)
    assert view(host, world.school, first).state == "failed"


def test_cancelling_gives_up_what_was_not_begun_and_lets_the_rest_end(host: Host, world: World) -> None:
    school = world.school
    run_id = start(host, school, [*some(4), *some(1, stage=2)])
    ended(host, school, begun(host, school, run_id))
    held, lost = begun(host, school, run_id), begun(host, school, run_id)
    with inside(host, school) as session:
        assert runs.claim(session, held)
        with inside(host, school) as asking:
            assert runs.cancel(asking, run_id).state == "cancelling"
            assert runs.cancel(asking, run_id).state == "cancelling"
        assert states(host, school, run_id) == "DSCCC"
        with inside(host, school) as another:
            assert not runs.claim(another, lost)
        runs.complete(session, held)
    with inside(host, school) as session:
        runs.settle(session, run_id)
    over = view(host, school, run_id)
    assert (over.state, over.done, over.cancelled) == ("cancelled", 2, 3)
    assert over.share == 1
    with pytest.raises(Conflict, match="już się skończył"), inside(host, school) as session:
        runs.cancel(session, run_id)
    with inside(host, school) as session:
        runs.resume(session, run_id)
        verbs = select(Audit.verb).where(Audit.record == f"run:{run_id}").order_by(Audit.seq)
        session.commit()
        assert list(session.scalars(verbs)) == ["run.start", "run.cancel", "run.resume"]
    assert states(host, school, run_id) == "DDRRW"


def test_a_run_nobody_works_on_is_cancelled_at_once(host: Host, world: World) -> None:
    run_id = start(host, world.school, some(2))
    with inside(host, world.school) as session:
        cancelled = runs.cancel(session, run_id)
    assert cancelled.state == "cancelled"
    assert cancelled.finished_at is not None


def test_again_is_a_new_run_of_the_same_chunks(host: Host, world: World) -> None:
    school = world.school
    old = start(host, school, [*some(2), *some(1, stage=2)], unique_key="again")
    with pytest.raises(Conflict), inside(host, school) as session:
        runs.again(session, old)
    with inside(host, school) as session:
        runs.cancel(session, old)
        new = runs.again(session, old).id
    assert new != old
    assert (states(host, school, old), states(host, school, new)) == ("CCC", "RRW")
    piece = begun(host, school, new)
    assert (piece.kind, piece.key, piece.payload, piece.params) == ("test", "1-0", {"number": 0}, {"year": 2026})


def due_now(host: Host, tenant: Tenant, run_id: UUID) -> None:
    with host.cell(tenant.cell) as session:
        session.execute(update(Chunk).where(Chunk.run_id == run_id).values(due_at=func.now()))


def test_a_fault_is_tried_again_later_and_at_last_given_up_with_its_number(host: Host, world: World) -> None:
    school = world.school
    run_id = start(host, school, some(1))
    for attempt in range(1, chunks.MOST_FAULTS + 1):
        piece = begun(host, school, run_id)
        assert piece.attempt == attempt
        with inside(host, school) as session:
            assert runs.fault(session, piece, f"AAAA-{attempt}") == (attempt == chunks.MOST_FAULTS)
        with inside(host, school) as session:
            assert runs.begin(session, piece.chunk_id) is None
            assert runs.begin_next(session, run_id) is None
            runs.settle(session, run_id)
        due_now(host, school, run_id)
    over = view(host, school, run_id)
    assert (over.state, over.failed) == ("failed", 1)
    assert over.error == "Wystąpił błąd systemu, próby powtórzono bez skutku. Numer dla pomocy: AAAA-5."


def test_a_chunk_that_kills_its_worker_every_time_is_given_up(host: Host, world: World) -> None:
    run_id = start(host, world.school, some(1))
    (chunk_id,) = chunk_ids(host, world.school, run_id)
    for _ in range(chunks.MOST_BEGINNINGS):
        with inside(host, world.school) as session:
            assert runs.begin(session, chunk_id) is not None
    with inside(host, world.school) as session:
        assert runs.begin(session, chunk_id) is None
    with inside(host, world.school) as session:
        runs.settle(session, run_id)
    assert view(host, world.school, run_id).error == chunks.GIVEN_UP


def test_an_interrupted_chunk_may_be_begun_at_once(host: Host, world: World) -> None:
    run_id = start(host, world.school, some(1))
    piece = begun(host, world.school, run_id)
    with inside(host, world.school) as session:
        assert runs.begin_next(session, run_id) is None
        runs.interrupted(session, piece)
    assert begun(host, world.school, run_id).attempt == 2


def test_a_stage_whose_last_worker_died_before_settling_it_is_found(host: Host, world: World) -> None:
    run_id = start(host, world.school, [*some(1), *some(1, stage=2)])
    piece = begun(host, world.school, run_id)
    with inside(host, world.school) as session:
        assert run_id not in runs.unsettled(session)
        assert runs.claim(session, piece)
        runs.complete(session, piece)
    with host.cell(world.school.cell) as session:
        assert run_id in runs.unsettled(session)
        runs.settle(session, run_id)
        assert run_id not in runs.unsettled(session)
    assert states(host, world.school, run_id) == "DR"


def finish_at(host: Host, tenant: Tenant, run_id: UUID, started: int, finished: list[int]) -> None:
    """The run began so many seconds ago, and a chunk ended at each of these many seconds ago."""
    ids = chunk_ids(host, tenant, run_id)
    with host.cell(tenant.cell) as session:
        begun_at = func.now() - timedelta(seconds=started)
        session.execute(update(Run).where(Run.id == run_id).values(state="running", started_at=begun_at))
        for chunk_id, ago in zip(ids, finished, strict=False):
            done = update(Chunk).where(Chunk.id == chunk_id)
            session.execute(done.values(state="done", finished_at=func.now() - timedelta(seconds=ago)))


@pytest.mark.parametrize(
    ("started", "finished", "per_minute", "eta"),
    [
        (100, [], None, None),
        (40, [30, 20, 10, 5], 6, 160),
        (600, [590] * 10 + [30] * 6, 6, 40),
        (600, [590] * 8 + [30] * 2, 1, 600),
    ],
    ids=["nothing yet", "since it began", "the last minute", "too few of late"],
)  # fmt: skip
def test_the_rate_tells_when_the_run_will_end(
    host: Host, world: World, started: int, finished: list[int], per_minute: int | None, eta: int | None
) -> None:
    run_id = start(host, world.pool, some(20))
    finish_at(host, world.pool, run_id, started, finished)
    seen = view(host, world.pool, run_id)
    assert seen.done == len(finished)
    assert (seen.rate and round(seen.rate * 60)) == per_minute
    assert seen.eta_seconds == (eta and pytest.approx(eta, rel=0.1))


def test_runs_are_listed_newest_first_and_page_by_page(host: Host, world: World) -> None:
    made = [start(host, world.centre, some(1)) for _ in range(3)]
    with inside(host, world.centre) as session:
        runs.cancel(session, made[1])
    with inside(host, world.centre) as session:
        assert [one.id for one in runs.current(session)] == [made[2], made[0]]
        first = runs.recent(session, limit=2)
        assert [one.id for one in first] == [made[2], made[1]]
        assert [one.id for one in runs.recent(session, 2, before=first[-1].created_at)] == [made[0]]
