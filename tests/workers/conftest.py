"""Tenants with a table for effects, a broker with empty queues, worker processes, and ways to wait for them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from dramatiq.brokers.redis import RedisBroker
from sqlalchemy.exc import OperationalError

from app.deployment import Deployment
from app.kernel import runs
from app.kernel.runs import ChunkSpec, RunView
from tenants.models import Tenant
from tests.conftest import ACTOR, World, make_world
from tests.workers import effects
from workers.broker import make

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 120


@pytest.fixture(scope="session")
def town(deployment: Deployment) -> World:
    """A world of the workers' tests: nobody else leaves runs or messages there."""
    made = make_world(deployment.host, "-night")
    effects.prepare(deployment.host, made.city, made.school, made.pool, made.other_school)
    return made


@pytest.fixture
def broker(deployment: Deployment) -> Iterator[RedisBroker]:
    """Its queues and the cell's rows are clean before and after."""
    effects.clean(deployment.host)
    made = make(deployment.redis_url)
    made.client.flushdb()
    yield made
    made.client.flushdb()
    effects.clean(deployment.host)


def started(deployment: Deployment, tenant: Tenant, specs: list[ChunkSpec], kind: str = "test.add") -> UUID:
    with deployment.host.tenant(tenant, ACTOR) as session:
        return effects.start(session, specs, kind).id


def seen(deployment: Deployment, tenant: Tenant, run_id: UUID) -> RunView:
    with deployment.host.tenant(tenant, ACTOR) as session:
        return runs.get(session, run_id)


def until(condition: Callable[[], bool]) -> None:
    """Wait for it; a database that is away is no answer."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        try:
            if condition():
                return
        except OperationalError:
            pass
        time.sleep(0.05)
    raise AssertionError("it never came")


def at_the_end(deployment: Deployment, tenant: Tenant, run_id: UUID) -> RunView:
    until(lambda: seen(deployment, tenant, run_id).is_over)
    return seen(deployment, tenant, run_id)


CREW = (sys.executable, "-m", "tests.workers.crew")


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


class Crew:
    """Worker processes over the servers of the tests, and their logs."""

    def __init__(self, nursery: subprocess.Popen[bytes], home: Path, folder: Path) -> None:
        self.nursery, self.home, self.folder = nursery, home, folder
        self.forked: list[int] = []
        self.run: list[subprocess.Popen[bytes]] = []

    def _log(self) -> Path:
        return self.folder / f"{len(self.forked) + len(self.run)}-{time.monotonic_ns()}.log"

    def fork(self) -> None:
        """One more worker."""
        assert self.nursery.stdin is not None
        assert self.nursery.stdout is not None
        self.nursery.stdin.write(f"{self._log()}\n".encode())
        self.nursery.stdin.flush()
        self.forked.append(int(self.nursery.stdout.readline()))

    def kill(self, worker: int) -> None:
        os.kill(worker, signal.SIGKILL)
        until(lambda: is_gone(worker))
        self.forked.remove(worker)

    def start(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        """A command of its own."""
        with self._log().open("wb") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, **environment}
            )
        self.run.append(process)
        return process

    def stop(self) -> list[int]:
        """Exit codes of the commands."""
        for process in self.run:
            process.terminate()
        return [process.wait(PATIENCE_SECONDS) for process in self.run]

    def log(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.folder.iterdir()))


@pytest.fixture(scope="module")
def nursery(deployment: Deployment) -> Iterator[subprocess.Popen[bytes]]:
    command = (*CREW, "breed", str(deployment.settings.home))
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process


@pytest.fixture
def crew(
    deployment: Deployment, nursery: subprocess.Popen[bytes], broker: RedisBroker, tmp_path: Path
) -> Iterator[Crew]:
    made = Crew(nursery, deployment.settings.home, tmp_path)
    yield made
    for worker in made.forked[:]:
        made.kill(worker)
    for process in made.run:
        process.kill()
        process.wait()
