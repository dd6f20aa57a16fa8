"""A worker process for tests: `python -m tests.workers.crew HOME [PROCESSES]`, with the handlers of `effects`."""

from __future__ import annotations

import sys
from pathlib import Path

from app.deployment import running
from app.kernel import logs
from app.settings import Settings
from tests.workers import effects
from workers.process import Crew, serve
from workers.relay import Limits

LEASE_SECONDS = 1


def main(home: str, processes: str = "1") -> None:
    assert effects.__name__ == "tests.workers.effects"
    logs.configure()
    with running(Settings(home=Path(home), secret_key_text="test")) as deployment:
        serve(deployment, Crew(schedule=False, limits=Limits(lease_seconds=LEASE_SECONDS)), int(processes))


if __name__ == "__main__":
    main(*sys.argv[1:])
