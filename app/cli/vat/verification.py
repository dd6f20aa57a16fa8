"""`magistrat vat verify`: every version of every month made again, byte for byte."""

from __future__ import annotations

import sys

import click

from app.cli.terminal import actor
from app.cli.vat import door
from app.kernel.dates import Month, counted


@click.command()
@door.CITY
@click.option("--month", "month_text", metavar="RRRR-MM", help="Tylko ten miesiąc; domyślnie wszystkie.")
def verify(slug: str, month_text: str | None) -> None:
    """Odtwórz każdą wersję rejestrów i deklaracji i porównaj ją z zapisaną, co do bajtu. Kod wyjścia 1: są różnice."""
    from app.kernel.clock import today
    from app.ssc import consolidation, verification

    month = Month.parse(month_text, "month") if month_text else None
    units, versions, broken = 0, 0, []
    with door.city(slug) as (deployment, city):
        whom = consolidation.units(deployment.host, city, today())
        for one in verification.check(deployment.host, deployment.files(city), city, whom, month, actor()):
            units, versions = units + (one.unit is not None), versions + (one.unit is None)
            for problem in one.problems:
                where = f"{one.unit}, rejestr" if one.unit else "deklaracja JPK_V7M"
                click.echo(f"{where} za {one.month.label}, wersja {one.version}: {problem}")
                broken.append({"unit": one.unit, "month": str(one.month), "version": one.version, "problem": problem})
    registers = counted(units, "wersję rejestru", "wersje rejestrów", "wersji rejestrów")
    click.echo(f"Odtworzono {registers} i {counted(versions, 'wersję', 'wersje', 'wersji')} deklaracji.")
    click.echo("Wszystko się zgadza." if not broken else f"Różnice: {len(broken)}.")
    door.last_line({"registers": units, "returns": versions, "problems": broken})
    if broken:
        sys.exit(1)
