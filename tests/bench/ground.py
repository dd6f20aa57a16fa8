"""What the benches of the ground share: a deployment of their own, the middle of many measurements, the peak."""

from __future__ import annotations

import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from app.deployment import running
from app.settings import Settings
from tenants.session import Host

ACTOR = "bench"


@contextmanager
def ground() -> Iterator[tuple[Host, Path]]:
    """A new embedded PostgreSQL that waits for its disk, as in production, and its folder."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=Path(home), secret_key_text="bench", redis_url="unix://none")
        with running(settings) as made:
            yield made.host, Path(home)


def timed(work: Callable[[], object]) -> float:
    """Seconds it took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def middle(seconds: list[float]) -> float:
    """The median: a busy moment of the machine does not count."""
    return statistics.median(seconds)


def peak_mb() -> int:
    """The most memory this process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / 1024**2 if sys.platform == "darwin" else peak / 1024)


def told(text: str) -> None:
    """What is being measured, for who waits."""
    click.echo(text, err=True)
