"""`magistrat vat consolidate` and `vat diff`: the one return of a municipality, and what its versions changed."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from app.cli.terminal import actor
from app.cli.vat import door
from app.kernel.dates import counted
from app.kernel.errors import Refusal
from app.kernel.money import format_amount

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.kernel.runs import RunView
    from app.vat.queries.registers.versions import RowChange
    from app.vat.queries.returns import Change, Version

SHOWN = 40
_KINDS = {"added": "dodany", "removed": "usunięty", "changed": "zmieniony"}


@click.command()
@door.CITY
@door.MONTH
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="Plik, który powstanie.")
@click.option("--release", metavar="POWÓD", help="Utwórz bez brakujących jednostek; powód podaje skarbnik.")
@click.option("--first-filing", is_flag=True, help="Poprzednia wersja nie została wysłana: CelZlozenia 1, nie korekta.")
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 16), help="Liczba procesów.")
def consolidate(slug: str, month_text: str, out: Path, release: str | None, first_filing: bool, workers: int) -> None:
    """Utwórz jeden plik JPK_V7M gminy z rejestrów, które opublikowały jednostki.

    Druga i następna wersja to korekta. Te same dane dają tę samą wersję i ten sam plik, co do bajtu.
    """
    from app.kernel.clock import today
    from app.ssc import steps
    from app.vat.queries import returns
    from workers.inline import work_inline

    month = door.month_of(month_text)
    purpose: Literal[1] | None = 1 if first_filing else None
    with door.city(slug) as (deployment, city):
        with deployment.host.tenant(city, actor()) as session:
            run = steps.start(
                session, deployment.host, city, month, today(), purpose=purpose, release_reason=release
            )  # fmt: skip
            run_id = run.id
        with _progress() as tell:
            view = work_inline(deployment, city, run_id, tell, processes=workers)
        if view.state != "finished" or view.result is None:
            raise Refusal(view.error or "Przebieg został anulowany. Uruchom go ponownie.", "run")
        with deployment.host.tenant(city, actor(), read_only=True) as session:
            made = returns.version(session, month, view.result["version"])
            change = returns.change(session, month, None, made.version) if made.version > 1 else None
        _copy(deployment.files(city).pieces(made.file.sha256), out)
    _tell(made, out, new=bool(view.result["new"]))
    if reopened := view.result["reopened"]:
        click.echo(f"  Uwaga: {', '.join(reopened)} – miesiąc otwarty ponownie, wzięto poprzednio opublikowaną wersję.")
    if change is not None:
        _differences(change)
    door.last_line({**_facts(made), "out": str(out), "new": bool(view.result["new"]), "reopened": reopened})


@contextmanager
def _progress() -> Iterator[Callable[[RunView], None] | None]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Scalam rejestry jednostek", total=None)
        yield lambda view: bar.update(task, total=view.total, completed=view.done)


def _copy(pieces: Iterator[bytes], out: Path) -> None:
    """Into a file beside and then in its place, so that half a return is never taken for one."""
    half = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with half.open("wb") as file:
            for piece in pieces:
                file.write(piece)
        half.replace(out)
    except OSError as error:
        raise Refusal(f"Nie można zapisać pliku {out}: {error.strerror}.", "out") from None
    finally:
        half.unlink(missing_ok=True)


def _tell(made: Version, out: Path, *, new: bool) -> None:
    kind = "korekta" if made.purpose == 2 else "złożenie"
    state = f"utworzono wersję {made.version}" if new else f"nic się nie zmieniło, to nadal wersja {made.version}"
    click.echo(f"JPK_V7M za {made.month.label}: {state} ({kind}), {out}")
    rows = counted(made.sale_count, "wiersz sprzedaży", "wiersze sprzedaży", "wierszy sprzedaży")
    click.echo(f"  {rows}, {counted(made.purchase_count, 'wiersz zakupu', 'wiersze zakupu', 'wierszy zakupu')}")
    for name, words in (("P_38", "podatek należny"), ("P_48", "podatek naliczony"), ("P_51", "do wpłaty"),
                        ("P_62", "do przeniesienia")):  # fmt: skip
        if name in made.declaration:
            click.echo(f"  {name}  {words:<18} {format_amount(made.declaration[name], 0):>16} zł")
    if made.missing:
        click.echo(f"  Bez jednostek: {', '.join(made.missing)} ({made.release_reason})")


def _facts(made: Version) -> dict[str, Any]:
    return {
        "month": str(made.month),
        "version": made.version,
        "purpose": made.purpose,
        "sale_rows": made.sale_count,
        "purchase_rows": made.purchase_count,
        "missing": list(made.missing),
        "sha256": made.file.sha256,
        "bytes": made.file.size,
        "P": {name: int(amount) for name, amount in made.declaration.items()},
    }


@click.command()
@door.CITY
@door.MONTH
@click.option("--from", "before", type=int, metavar="WERSJA", help="Z którą wersją porównać; domyślnie poprzednia.")
@click.option("--to", "after", type=int, metavar="WERSJA", help="Którą wersję porównać; domyślnie najnowszą.")
@click.option("--rows", "with_rows", is_flag=True, help="Pokaż też wiersze: dodane, usunięte i zmienione.")
def diff(slug: str, month_text: str, before: int | None, after: int | None, with_rows: bool) -> None:
    """Pokaż, co zmieniła wersja deklaracji: pozycja po pozycji i jednostka po jednostce."""
    from app.kernel.clock import today
    from app.ssc import consolidation, differences
    from app.vat.queries import returns

    month, rows = door.month_of(month_text), []
    with door.city(slug) as (deployment, city):
        with deployment.host.tenant(city, actor(), read_only=True) as session:
            change = returns.change(session, month, before, after)
        if with_rows:
            whom = consolidation.units(deployment.host, city, today())
            rows = differences.rows(deployment.host, city, whom, change, actor())
    _differences(change)
    for unit in rows:
        for row in unit.rows[:SHOWN]:
            click.echo(f"  {unit.unit:<12} {_KINDS[row.kind]} {row.document_no} ({row.counterparty_name})")
        if unit.error:
            click.echo(f"  {unit.unit:<12} {unit.error}")
    door.last_line(
        {
            "month": str(month),
            "from": change.before.version,
            "to": change.after.version,
            "declaration": {one.name: [str(one.before), str(one.after)] for one in change.positions},
            "units": [
                {"unit": one.unit, "field": one.name, "before": str(one.before), "after": str(one.after)}
                for one in change.units
            ],
            "joined": list(change.joined),
            "left": list(change.left),
            "rows": [_row(unit.unit, row) for unit in rows for row in unit.rows],
        }
    )


def _row(unit: str, row: RowChange) -> dict[str, Any]:
    before, after = ({name: str(amount) for name, amount in one.items()} for one in (row.before, row.after))
    return {
        "unit": unit, "register": row.side, "kind": row.kind, "document": row.document_no, "before": before,
        "after": after,
    }  # fmt: skip


def _differences(change: Change) -> None:
    click.echo(f"Różnice wersji {change.after.version} wobec wersji {change.before.version}:")
    if not change.positions and not change.units:
        click.echo("  kwoty są takie same")
    lines = [("deklaracja", one, 0) for one in change.positions] + [(one.unit or "", one, 2) for one in change.units]
    for place, one, places in lines[:SHOWN]:
        old, new, by = (format_amount(amount, places) for amount in (one.before, one.after, one.change))
        click.echo(f"  {place:<12} {one.name:<6} {old:>16} → {new:>16}   ({by})")
    if len(lines) > SHOWN:
        click.echo(f"  … i jeszcze {len(lines) - SHOWN}; całość jest w ostatnim wierszu i na stronie deklaracji.")
    for words, units in (("Doszły jednostki", change.joined), ("Wypadły jednostki", change.left)):
        if units:
            click.echo(f"  {words}: {', '.join(units)}")
