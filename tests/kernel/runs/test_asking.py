"""What can be asked of runs: who sees them, how fast they are, what went wrong."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, update

from app.kernel import runs
from app.kernel.errors import NotFound
from app.kernel.models import Chunk, Run
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import World
from tests.kernel.runs.rows import begun, chunk_ids, ended, inside, some, start, view


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


def test_a_single_failure_is_the_runs_own_sentence(host: Host, world: World) -> None:
    run_id = start(host, world.school, some(1))
    ended(host, world.school, begun(host, world.school, run_id), refusal="Brakuje numeru NIP.")
    assert view(host, world.school, run_id).error == "Brakuje numeru NIP."


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
