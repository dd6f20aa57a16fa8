"""How runs are cancelled, resumed and run again."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.kernel import runs
from app.kernel.errors import Conflict
from app.kernel.models import Audit
from tenants.session import Host
from tests.conftest import World
from tests.kernel.runs.rows import begun, ended, inside, some, start, states, view


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
