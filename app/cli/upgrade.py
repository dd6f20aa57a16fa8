"""`magistrat upgrade`: the databases and every tenant's schema to this release."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from app.cli.terminal import AS_JSON, Column, opened, table, write_json
from app.kernel.dates import counted

if TYPE_CHECKING:
    from tenants.upgrade import Report

SOME_FAILED = 1
_COLUMNS = (
    Column("Linia", "lineage"), Column("Baza", "cell"), Column("Z wersji", "before", number=True),
    Column("Do wersji", "after", number=True), Column("Schematów", "schemas", number=True),
)  # fmt: skip


@click.command()
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 16), help="Ile schematów naraz.")
@AS_JSON
def upgrade(workers: int, as_json: bool) -> None:
    """Doprowadź bazy i schematy wszystkich gmin i jednostek do tej wersji programu.

    Przerwane polecenie można powtórzyć: dokończy, co zostało. Gdy czyjegoś schematu nie da się zmienić, zostaje on
    przy swojej wersji i danych, a polecenie kończy się kodem 1.
    """
    from app.kernel import files
    from tenants.upgrade import upgrade as run

    with opened(prepare=False) as deployment:
        with _progress() as (begin, each):
            report = run(deployment.host, workers=workers, begin=begin, each=each)
        files.sweep(deployment.settings.files_root)
    if as_json:
        write_json(asdict(report))
    else:
        _tell(report)
    if report.failures:
        sys.exit(SOME_FAILED)


def _tell(report: Report) -> None:
    if report.nothing:
        click.echo("Wszystko jest aktualne.")
        return
    if report.lifted:
        table(_COLUMNS, [asdict(one) | {"cell": one.cell or "główna", "before": one.before} for one in report.lifted])
    click.echo(
        f"Zaktualizowano {counted(report.tenants, 'schemat', 'schematy', 'schematów')} gmin, jednostek i zapasu."
    )
    for failure in report.failures:
        click.echo(f"Nie udało się: {failure.name} ({failure.slug or failure.cell}): {failure.error}", err=True)


@contextmanager
def _progress() -> Iterator[tuple[Callable[[str, int], None] | None, Callable[[str, str], None] | None]]:
    """A bar for each database on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None, None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        tasks = {}

        def begin(cell: str, due: int) -> None:
            tasks[cell] = progress.add_task(f"Schematy, baza {cell}", total=due)

        def each(cell: str, _: str) -> None:
            progress.advance(tasks[cell])

        yield begin, each
