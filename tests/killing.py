"""A process killed at a chosen moment: what `kill -9` leaves behind is what the database committed."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from random import Random
from threading import Event

from tenants.session import Host


def kill_during(host: Host, work: Callable[[Host], None], rng: Random, longest: float) -> None:
    """Forks a process that does `work` over and over with connections of its own, and kills it after a random while."""
    context = multiprocessing.get_context("fork")
    ready = context.Event()

    def child() -> None:
        own = Host(host.admin_url, host.secret, host.app_url)
        with own.control():
            ready.set()
        while True:
            work(own)

    process = context.Process(target=child, daemon=True)
    process.start()
    assert ready.wait(60) and process.pid is not None
    Event().wait(rng.uniform(0, longest))
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert process.exitcode == -signal.SIGKILL, "the work failed before it was killed"
