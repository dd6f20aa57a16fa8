"""`magistrat worker`: background work."""

from __future__ import annotations

import click

from app.kernel.outbox import QUEUES
from app.settings import from_environment


def _queues(_: click.Context, __: click.Parameter, value: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in value.split(",") if name.strip()))
    unknown = [name for name in names if name not in QUEUES]
    if unknown or not names:
        raise click.BadParameter(f"nie ma takiej kolejki: {', '.join(unknown) or '–'}. Kolejki: {', '.join(QUEUES)}.")
    return names


@click.command()
@click.option("--queues", default=",".join(QUEUES), show_default=True, callback=_queues, help="Które kolejki obsłużyć.")
@click.option("--threads", default=4, show_default=True, type=click.IntRange(1, 64), help="Wątki w każdym procesie.")
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1, 64), help="Procesy.")
@click.option("--relay/--no-relay", default=True, show_default=True, help="Czy rozsyłać pracę do kolejek.")
@click.option("--schedule/--no-schedule", default=True, show_default=True, help="Czy pilnować zadań okresowych.")
def worker(queues: tuple[str, ...], threads: int, processes: int, relay: bool, schedule: bool) -> None:
    """Wykonuj pracę w tle: przebiegi, wiadomości i zadania okresowe. Kończy się po Ctrl-C albo SIGTERM."""
    from app.deployment import running
    from app.kernel import logs
    from workers.process import Crew, serve

    logs.configure()
    with running(from_environment()) as deployment:
        serve(deployment, Crew(queues, threads, relay, schedule), processes)
