"""Processes for tests, with the handlers of `effects`: `python -m tests.workers.crew WHAT HOME …`.

`work HOME PROCESSES` is a worker. `inline HOME SCHEMA RUN PROCESSES` is a command that works on a run itself.
`breed HOME` is a nursery: each line of its standard input is a file for a log; it forks a worker, loaded already, and
answers with its number. Killing workers by the dozen is quick so.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from app.deployment import running
from app.kernel import logs
from app.settings import Settings
from tenants import registry
from tests.workers import effects
from workers import handlers
from workers.inline import work_inline
from workers.process import Crew, serve
from workers.relay import Limits

LEASE_SECONDS = 1


def settings(home: str) -> Settings:
    assert handlers.for_chunk("test.add") is effects.add
    return Settings(home=Path(home), secret_key_text="test")


def work(home: str, processes: str = "1") -> None:
    logs.configure()
    with running(settings(home)) as deployment:
        serve(deployment, Crew(schedule=False, limits=Limits(lease_seconds=LEASE_SECONDS)), int(processes))


def inline(home: str, schema: str, run_id: str, processes: str) -> None:
    with running(settings(home)) as deployment:
        with deployment.host.control() as session:
            tenant = registry.by_schema(session, schema)
        work_inline(deployment, tenant, UUID(run_id), processes=int(processes))


def breed(home: str) -> None:
    handlers.load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        if (child := os.fork()) == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            log = os.open(line.strip(), os.O_WRONLY | os.O_CREAT)
            os.dup2(log, sys.stderr.fileno())
            os.dup2(log, sys.stdout.fileno())
            work(home)
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


PARTS: dict[str, Callable[..., None]] = {"work": work, "inline": inline, "breed": breed}

if __name__ == "__main__":
    PARTS[sys.argv[1]](*sys.argv[2:])
