"""Recurring jobs: once for every due time, whoever looks and whatever happens to them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import OperationalError

from app.deployment import Deployment
from app.kernel.models import Outbox, Schedule
from tenants import provision
from tenants.models import Standby
from tenants.upgrade import DEFAULT_CELL, STANDBY
from tests.conftest import ACTOR, World
from tests.workers import effects
from workers.schedule import JOBS, Job, daily, every, tick


@pytest.fixture(autouse=True)
def rows(deployment: Deployment) -> Iterator[None]:
    """No job is known before."""
    with deployment.host.admin(DEFAULT_CELL) as connection:
        connection.execute("delete from cell.schedule")
    yield


def due(deployment: Deployment) -> None:
    with deployment.host.cell(DEFAULT_CELL) as session:
        session.execute(update(Schedule).values(next_at=func.now()))


def row(deployment: Deployment, job: str) -> Schedule:
    with deployment.host.cell(DEFAULT_CELL) as session:
        return session.get_one(Schedule, job)


def test_a_job_is_done_when_due_and_then_waits_for_its_next_time(deployment: Deployment) -> None:
    done: list[str] = []
    job = Job("count", every(hours=1), lambda _, cell: done.append(cell))
    assert tick(deployment, DEFAULT_CELL, [job]) == ["count"]
    assert tick(deployment, DEFAULT_CELL, [job]) == []
    known = row(deployment, "count")
    assert known.done_at is not None
    assert known.next_at - known.done_at == timedelta(hours=1)
    due(deployment)
    assert tick(deployment, DEFAULT_CELL, [job]) == ["count"]
    assert done == [DEFAULT_CELL, DEFAULT_CELL]


def test_of_several_schedulers_one_does_the_job(deployment: Deployment) -> None:
    done: list[str] = []
    job = Job("count", every(hours=1), lambda _, cell: done.append(cell))
    tick(deployment, DEFAULT_CELL, [job])
    for turn in range(5):
        due(deployment)
        together = Barrier(4)

        def look(_: int, together: Barrier = together) -> list[str]:
            together.wait()
            return tick(deployment, DEFAULT_CELL, [job])

        with ThreadPoolExecutor(4) as pool:
            assert sum(len(names) for names in pool.map(look, range(4))) == 1
        assert len(done) == turn + 2


def test_a_job_that_fails_waits_and_holds_nobody_up(deployment: Deployment) -> None:
    def fail(_: Deployment, __: str) -> None:
        raise ValueError("no")

    jobs = [Job("bad", every(hours=1), fail), Job("good", every(hours=1), lambda *_: None)]
    assert tick(deployment, DEFAULT_CELL, jobs) == ["good"]
    assert tick(deployment, DEFAULT_CELL, jobs) == []
    known = row(deployment, "bad")
    assert (known.done_at, known.failed_at is None) == (None, False)


def test_a_job_whose_scheduler_is_cut_off_is_done_by_the_next_one(deployment: Deployment) -> None:
    tries: list[int] = []

    def cut_off(_: Deployment, __: str) -> None:
        tries.append(1)
        if len(tries) == 1:
            with deployment.host.admin(DEFAULT_CELL) as connection:
                connection.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                    " and pid <> pg_backend_pid() and state = 'idle in transaction'"
                )

    job = Job("cut", every(hours=1), cut_off)
    with pytest.raises(OperationalError):
        tick(deployment, DEFAULT_CELL, [job])
    assert tick(deployment, DEFAULT_CELL, [job]) == ["cut"]


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-01-10 01:59", "2026-01-10 02:00"),
        ("2026-01-10 02:00", "2026-01-11 02:00"),
        ("2026-07-10 00:30", "2026-07-10 01:00"),
        ("2026-03-28 02:00", "2026-03-29 01:00"),
        ("2026-10-24 01:00", "2026-10-25 02:00"),
    ],
    ids=["winter", "that very hour", "summer", "clocks go forward", "clocks go back"],
)
def test_daily_is_by_polish_clocks(now: str, then: str) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert daily(hour=3)(moment).astimezone(UTC) == datetime.fromisoformat(then).replace(tzinfo=UTC)


def test_the_jobs_of_the_house_keep_schemas_ready_and_old_messages_away(deployment: Deployment, town: World) -> None:
    host = deployment.host
    with host.control() as session:
        session.execute(delete(Standby).where(Standby.shape == "unit"))
    with host.tenant(town.school, ACTOR) as session:
        old, new, unsent = (effects.post(session, uuid4()) for _ in range(3))
    with host.cell(DEFAULT_CELL) as session:
        for message, days in ((old, 8), (new, 6)):
            values = {"state": "done", "finished_at": func.now() - timedelta(days=days)}
            session.execute(update(Outbox).where(Outbox.id == message).values(values))
    assert tick(deployment, DEFAULT_CELL) == [job.name for job in JOBS]
    with host.control() as session:
        ready = select(func.count()).where(Standby.cell == DEFAULT_CELL, Standby.shape == "unit")
        assert session.execute(ready).scalar_one() == STANDBY["unit"]
    with host.cell(DEFAULT_CELL) as session:
        assert set(session.scalars(select(Outbox.id))) >= {new, unsent}
        assert session.get(Outbox, old) is None
    assert provision.refill(host, DEFAULT_CELL, "unit", STANDBY["unit"]) == 0
