"""What workers do with chunks: each is done by one, faults are tried again, stages follow each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

from sqlalchemy import func, update

from app.kernel import runs
from app.kernel.models import Chunk
from app.kernel.runs import Piece, chunks
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import World
from tests.kernel.runs.rows import begun, chunk_ids, ended, inside, some, start, states, view


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
