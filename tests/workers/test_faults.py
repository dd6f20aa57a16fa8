"""Real workers and real faults: processes killed, servers killed, messages lost; every effect happens exactly once."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dramatiq.brokers.redis import RedisBroker

from app.deployment import Deployment
from app.kernel.runs import ChunkSpec
from tenants import embedded
from tests.conftest import World
from tests.workers import effects
from tests.workers.conftest import CREW, PATIENCE_SECONDS, Crew, at_the_end, seen, started, until


def squares(count: int) -> dict[str, int]:
    return {"sum": sum(n * n for n in range(count))}


def staged(count: int, seconds: float) -> list[ChunkSpec]:
    return [*effects.numbers(count, seconds=seconds), ChunkSpec("sum", stage=2)]


@contextmanager
def two_runs(deployment: Deployment, town: World, count: int, seconds: float) -> Iterator[Callable[[], int]]:
    """A run in each of two tenants; gives how many chunks are done; at the end nothing was lost or done twice."""
    tenants = (town.school, town.other_school)
    made = [started(deployment, tenant, staged(count, seconds), "test.sum") for tenant in tenants]

    def done() -> int:
        return sum(seen(deployment, tenant, run_id).done for tenant, run_id in zip(tenants, made, strict=True))

    yield done
    for tenant, run_id in zip(tenants, made, strict=True):
        over = at_the_end(deployment, tenant, run_id)
        assert (over.state, over.done, over.failed, over.result) == ("finished", count + 1, 0, squares(count))
        assert effects.effects(deployment.host, tenant, run_id) == [(f"{n:04}", n) for n in range(count)]


def more(done: Callable[[], int], count: int) -> None:
    enough = done() + count
    until(lambda: done() >= enough)


def test_workers_are_killed_again_and_again_and_the_result_is_the_same(
    deployment: Deployment, crew: Crew, town: World
) -> None:
    chance, kills = random.Random(4), 0
    with two_runs(deployment, town, 200, 0.03) as done:
        crew.fork()
        while done() < 340:
            crew.fork()
            more(done, 20)
            crew.kill(chance.choice(crew.forked))
            kills += 1
        assert kills >= 5


def test_a_run_goes_on_when_valkey_is_killed_and_loses_everything(
    deployment: Deployment, crew: Crew, town: World, broker: RedisBroker
) -> None:
    crew.fork()
    with two_runs(deployment, town, 60, 0.03) as done:
        more(done, 10)
        broker.client.flushall()
        embedded.restart(deployment.settings.home, "valkey", signal.SIGKILL)


def test_a_run_goes_on_when_postgresql_crashes(deployment: Deployment, crew: Crew, town: World) -> None:
    crew.fork()
    with two_runs(deployment, town, 60, 0.03) as done:
        more(done, 10)
        embedded.restart(deployment.settings.home, "postgres", signal.SIGQUIT)
        more(done, 10)
        embedded.restart(deployment.settings.home, "postgres", signal.SIGINT)


def test_what_goes_wrong_is_told_with_a_number_and_logged_without_anybodys_data(
    deployment: Deployment, crew: Crew, town: World
) -> None:
    crew.fork()
    specs = [ChunkSpec("a", {"value": 1, "times": 1}), ChunkSpec("b", {"value": 2, "times": 0})]
    run_id = started(deployment, town.school, specs, "test.fault")
    refused = started(deployment, town.other_school, effects.numbers(4), "test.refuse")
    until(
        lambda: seen(deployment, town.school, run_id).is_over and seen(deployment, town.other_school, refused).is_over
    )
    assert seen(deployment, town.school, run_id).state == "finished"
    assert effects.effects(deployment.host, town.school, run_id) == [("a", 1), ("b", 2)]
    assert at_the_end(deployment, town.other_school, refused).state == "failed"
    assert effects.effects(deployment.host, town.other_school, refused) == [("0000", 0), ("0002", 2)]
    faults = [json.loads(line) for line in crew.log().splitlines() if '"chunk.fault"' in line]
    assert [(one["kind"], one["attempt"], one["run"]) for one in faults] == [("test.fault", 1, str(run_id))]
    assert "effects.py" in faults[0]["trace"]
    assert "builtins.ValueError" in faults[0]["trace"]
    assert "Kowalski" not in crew.log()
    assert "44051401359" not in crew.log()


def test_a_worker_that_is_told_to_stop_ends_its_chunks_and_goes(
    deployment: Deployment, crew: Crew, town: World
) -> None:
    home = {"MAGISTRAT_HOME": str(deployment.settings.home), "SECRET_KEY": "test", "DATABASE_URL": "", "REDIS_URL": ""}
    first = crew.start(str(Path(sys.executable).with_name("magistrat")), "worker", "--threads", "2", **home)
    until(lambda: "worker.started" in crew.log())
    first.send_signal(signal.SIGINT)
    assert first.wait(PATIENCE_SECONDS) == 0
    assert "Traceback" not in crew.log()

    run_id = started(deployment, town.school, effects.numbers(40, seconds=0.2))
    second = crew.start(*CREW, "work", str(crew.home))
    until(lambda: seen(deployment, town.school, run_id).done >= 4)
    second.send_signal(signal.SIGTERM)
    assert second.wait(PATIENCE_SECONDS) == 0
    left = seen(deployment, town.school, run_id)
    assert 4 <= left.done < 40
    assert len(effects.effects(deployment.host, town.school, run_id)) == left.done
    assert "worker.died" not in crew.log()


def test_a_process_of_the_crew_that_dies_is_replaced(deployment: Deployment, crew: Crew, town: World) -> None:
    crew.start(*CREW, "work", str(crew.home), "2")
    until(lambda: "worker.started" in crew.log())
    run_id = started(deployment, town.school, effects.numbers(30, seconds=0.1))
    pid = crew.run[0].pid
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if not children.exists():
        pytest.skip("ten system nie pokazuje procesów potomnych")
    os.kill(int(children.read_text().split()[-1]), signal.SIGKILL)
    until(lambda: "worker.died" in crew.log())
    assert at_the_end(deployment, town.school, run_id).done == 30
    assert effects.effects(deployment.host, town.school, run_id) == [(f"{n:04}", n) for n in range(30)]
    assert crew.stop() == [0]
