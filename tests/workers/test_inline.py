"""A run worked on inside a command: alone, with other processes, beside workers, killed and started again."""

from __future__ import annotations

import signal
from pathlib import Path
from threading import Event, Thread
from uuid import uuid4

import pytest

from app.deployment import Deployment
from app.kernel import runs
from app.kernel.errors import NotFound
from app.kernel.runs import ChunkSpec, RunView
from tenants import embedded
from tests.conftest import ACTOR, World
from tests.workers import effects
from tests.workers.conftest import CREW, PATIENCE_SECONDS, Crew, seen, started, until
from workers.inline import work_inline

pytestmark = pytest.mark.usefixtures("broker")


def test_every_chunk_is_done_once_and_the_last_stage_gives_the_result(deployment: Deployment, town: World) -> None:
    told: list[RunView] = []
    run_id = started(deployment, town.school, [*effects.numbers(20), ChunkSpec("sum", stage=2)], "test.sum")
    other = started(deployment, town.other_school, effects.numbers(3))
    view = work_inline(deployment, town.school, run_id, told.append)
    assert (view.state, view.done, view.result) == ("finished", 21, {"sum": sum(n * n for n in range(20))})
    assert effects.effects(deployment.host, town.school, run_id) == [(f"{n:04}", n) for n in range(20)]
    assert [one.done for one in told] == sorted(one.done for one in told)
    assert told[-1] == view
    assert seen(deployment, town.other_school, other).state == "waiting"


def test_a_run_of_another_tenant_is_not_there(deployment: Deployment, town: World) -> None:
    run_id = started(deployment, town.school, effects.numbers(1))
    for unknown in (run_id, uuid4()):
        with pytest.raises(NotFound):
            work_inline(deployment, town.other_school, unknown)


def test_refused_chunks_are_told_and_done_after_resuming(deployment: Deployment, town: World) -> None:
    run_id = started(deployment, town.pool, effects.numbers(4), "test.refuse")
    view = work_inline(deployment, town.pool, run_id)
    assert (view.state, view.done, view.failed) == ("failed", 2, 2)
    with deployment.host.tenant(town.pool, ACTOR) as session:
        assert [one.error for one in runs.errors(session, run_id)] == [
            "Liczba 1 jest nieparzysta.", "Liczba 3 jest nieparzysta.",
        ]  # fmt: skip
        session.execute(effects.ADD, {"run_id": run_id, "key": "allowed", "value": 0})
        runs.resume(session, run_id)
    assert work_inline(deployment, town.pool, run_id).state == "finished"
    done = [("0000", 0), ("0001", 1), ("0002", 2), ("0003", 3), ("allowed", 0)]
    assert effects.effects(deployment.host, town.pool, run_id) == done


def test_a_fault_that_passes_leaves_one_effect(deployment: Deployment, town: World) -> None:
    run_id = started(deployment, town.school, [ChunkSpec("a", {"value": 7, "times": 2})], "test.fault")
    assert work_inline(deployment, town.school, run_id).state == "finished"
    assert effects.effects(deployment.host, town.school, run_id) == [("a", 7)]


def test_several_processes_share_the_work(deployment: Deployment, town: World, tmp_path: Path) -> None:
    specs = effects.numbers(2, folder=str(tmp_path))
    run_id = started(deployment, town.school, specs, "test.meet")
    assert work_inline(deployment, town.school, run_id, processes=2).state == "finished"
    with deployment.host.tenant(town.school, ACTOR) as session:
        assert len({result["pid"] for _, result in runs.results(session, run_id)}) == 2


def test_a_command_and_workers_share_a_run(deployment: Deployment, town: World, crew: Crew) -> None:
    crew.fork()
    run_id = started(deployment, town.school, effects.numbers(80, seconds=0.05))
    until(lambda: seen(deployment, town.school, run_id).done > 0)
    view = work_inline(deployment, town.school, run_id)
    assert (view.state, view.done) == ("finished", 80)
    assert effects.effects(deployment.host, town.school, run_id) == [(f"{n:04}", n) for n in range(80)]
    with deployment.host.tenant(town.school, ACTOR) as session:
        assert len({result["pid"] for _, result in runs.results(session, run_id)}) == 2


def test_cancelling_ends_the_command(deployment: Deployment, town: World) -> None:
    run_id = started(deployment, town.school, effects.numbers(200, seconds=0.05))

    def cancel_at_the_third(view: RunView) -> None:
        if view.done >= 3 and view.state == "running":
            with deployment.host.tenant(town.school, ACTOR) as session:
                runs.cancel(session, run_id)

    view = work_inline(deployment, town.school, run_id, cancel_at_the_third)
    assert view.state == "cancelled"
    assert view.done + view.cancelled == 200
    assert len(effects.effects(deployment.host, town.school, run_id)) == view.done < 200


def test_told_to_stop_it_leaves_the_rest_for_later(deployment: Deployment, town: World) -> None:
    run_id = started(deployment, town.school, effects.numbers(30, seconds=0.05))
    stop = Event()
    view = work_inline(deployment, town.school, run_id, lambda view: stop.set() if view.done else None, stop=stop)
    assert (view.state, view.is_over) == ("running", False)
    assert work_inline(deployment, town.school, run_id).state == "finished"
    assert effects.effects(deployment.host, town.school, run_id) == [(f"{n:04}", n) for n in range(30)]


@pytest.mark.parametrize(("how", "processes"), [(signal.SIGKILL, 2), (signal.SIGINT, 1)], ids=["killed", "Ctrl-C"])
def test_a_command_that_is_killed_goes_on_when_it_is_called_again(
    deployment: Deployment, town: World, crew: Crew, how: signal.Signals, processes: int
) -> None:
    run_id = started(deployment, town.school, effects.numbers(40, seconds=0.1))
    call = (*CREW, "inline", str(crew.home), town.school.schema_name, str(run_id), str(processes))
    first = crew.start(*call)
    until(lambda: seen(deployment, town.school, run_id).done > 3)
    first.send_signal(how)
    assert first.wait(PATIENCE_SECONDS) != 0
    view = work_inline(deployment, town.school, run_id)
    assert (view.state, view.done) == ("finished", 40)
    assert effects.effects(deployment.host, town.school, run_id) == [(f"{n:04}", n) for n in range(40)]


def test_it_goes_on_when_postgresql_crashes(deployment: Deployment, town: World) -> None:
    run_id = started(deployment, town.school, effects.numbers(30, seconds=0.05))
    crash = Thread(target=embedded.restart, args=(deployment.settings.home, "postgres", signal.SIGQUIT))

    def crash_at_the_fifth(view: RunView) -> None:
        if view.done >= 5 and not crash.ident:
            crash.start()

    view = work_inline(deployment, town.school, run_id, crash_at_the_fifth)
    crash.join()
    assert (view.state, view.done) == ("finished", 30)
    assert effects.effects(deployment.host, town.school, run_id) == [(f"{n:04}", n) for n in range(30)]
