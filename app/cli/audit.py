"""`magistrat audit verify`: whether the chained journals are whole: of every tenant, and the provider's own."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from app.cli.terminal import AS_JSON, Column, opened, table, write_json
from app.kernel.dates import counted

if TYPE_CHECKING:
    from app.kernel.audit import Broken

BROKEN = 1
_COLUMNS = (Column("Dziennik", "name"), Column("Wpisów", "entries", number=True), Column("Stan", "state"))


@click.group()
def audit() -> None:
    """Dzienniki czynności."""


@audit.command()
@click.option("--tenant", "slug", metavar="SKRÓT", help="Tylko ta gmina albo jednostka.")
@AS_JSON
def verify(slug: str | None, as_json: bool) -> None:
    """Sprawdź, czy nikt nie zmienił, nie usunął ani nie przestawił wpisów. Gdy ktoś to zrobił: kod wyjścia 1."""
    from app.kernel import audit
    from tenants import journal, registry

    rows: list[dict[str, Any]] = []
    with opened() as deployment:
        with deployment.host.control() as session:
            if slug is None:
                rows.append(_row("dziennik dostawcy", None, *journal.verify(session)))
            places = [registry.known(session, slug)] if slug else list(registry.everyone(session))
        for place in places:
            with deployment.host.cell(place.cell) as session:
                rows.append(_row(place.name, place.slug, *audit.verify(session, place.schema_name)))
    broken = [row for row in rows if row["broken_at"] is not None]
    if as_json:
        write_json(rows)
    else:
        table(_COLUMNS, rows)
        _sum_up(rows, broken)
    if broken:
        sys.exit(BROKEN)


def _row(name: str, slug: str | None, entries: int, broken: Broken | None) -> dict[str, Any]:
    return {
        "name": name,
        "slug": slug,
        "entries": entries,
        "state": broken.message if broken else "cały",
        "broken_at": broken.seq if broken else None,
    }


def _sum_up(rows: list[dict[str, Any]], broken: list[dict[str, Any]]) -> None:
    journals = counted(len(rows), "dziennik", "dzienniki", "dzienników")
    entries = counted(sum(row["entries"] for row in rows), "wpis", "wpisy", "wpisów")
    click.echo(f"Sprawdzono {journals}, {entries}.")
    for row in broken:
        click.echo(f"Dziennik naruszony: {row['name']}. {row['state']}", err=True)
