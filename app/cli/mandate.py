"""`magistrat mandate …`: who works for which unit, by which resolution, from day to day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from app.cli.terminal import AS_JSON, Column, Day, actor, opened, table, words, write_json

if TYPE_CHECKING:
    from tenants.mandates import Given

_HOLDER = click.option("--holder", required=True, metavar="SKRÓT", help="Kto obsługuje (centrum albo gmina).")
_UNIT = click.option("--unit", required=True, metavar="SKRÓT", help="Kogo obsługuje.")
_SCOPE = click.option("--scope", required=True, help="Zakres: vat, accounting, payroll albo reports.")
_COLUMNS = (
    Column("Obsługuje", "holder"), Column("Obsługiwana", "unit"), Column("Zakres", "scope"),
    Column("Od", "since_on", number=True), Column("Do", "until_on", number=True), Column("Podstawa", "basis"),
)  # fmt: skip


@click.group()
def mandate() -> None:
    """Mandaty obsługi: nadaj, zakończ, wypisz."""


@mandate.command()
@_HOLDER
@_UNIT
@_SCOPE
@click.option("--since", "since_on", required=True, type=Day(), help="Pierwszy dzień.")
@click.option("--basis", required=True, help="Uchwała albo porozumienie.")
@AS_JSON
def grant(holder: str, unit: str, scope: str, since_on: date, basis: str, as_json: bool) -> None:
    """Nadaj mandat od dnia. To samo polecenie drugi raz niczego nie zmienia."""
    from tenants import mandates, registry
    from tenants.mandates import Given

    with opened() as deployment, deployment.host.control() as session:
        sides = registry.known(session, holder), registry.known(session, unit)
        made, is_new = mandates.grant(session, *sides, scope, since_on, basis, actor())
        _tell(Given(made, *sides), as_json, "new", is_new)


@mandate.command()
@_HOLDER
@_UNIT
@_SCOPE
@click.option("--until", "until_on", required=True, type=Day(), help="Ostatni dzień.")
@AS_JSON
def end(holder: str, unit: str, scope: str, until_on: date, as_json: bool) -> None:
    """Zakończ mandat: podany dzień jest ostatnim."""
    from tenants import mandates, registry
    from tenants.mandates import Given

    with opened() as deployment, deployment.host.control() as session:
        sides = registry.known(session, holder), registry.known(session, unit)
        ended, changed = mandates.end(session, *sides, scope, until_on, actor())
        _tell(Given(ended, *sides), as_json, "changed", changed)


@mandate.command(name="list")
@click.option("--tenant", "slug", metavar="SKRÓT", help="Tylko mandaty tej gminy i jej jednostek albo tej jednostki.")
@click.option("--on", type=Day(), help="Tylko obowiązujące w tym dniu.")
@AS_JSON
def list_(slug: str | None, on: date | None, as_json: bool) -> None:
    """Wypisz mandaty nadane uchwałami. (Z mocy prawa gmina rozlicza VAT i sprawozdania swoich jednostek.)"""
    from tenants import mandates, registry

    with opened() as deployment, deployment.host.control() as session:
        place = registry.known(session, slug) if slug else None
        rows = [_facts(given) for given in mandates.of(session, place, on)]
    if as_json:
        write_json(rows)
    elif rows:
        table(_COLUMNS, rows)
    else:
        click.echo("Nie ma takich mandatów.")


def _facts(given: Given) -> dict[str, Any]:
    mandate = given.mandate
    return {
        "holder": given.holder.slug,
        "unit": given.unit.slug,
        "scope": mandate.scope,
        "since_on": mandate.since_on,
        "until_on": mandate.until_on,
        "basis": mandate.basis,
    }


def _tell(given: Given, as_json: bool, key: str, changed: bool) -> None:
    row = _facts(given)
    if as_json:
        write_json({**row, key: changed})
        return
    until = f"do {words(row['until_on'])}" if row["until_on"] else "bezterminowo"
    click.echo(
        f"{'' if changed else 'Bez zmian. '}Mandat „{row['scope']}” od {words(row['since_on'])} {until} "
        f"({row['basis']}). Obsługuje: {given.holder.name}. Obsługiwana: {given.unit.name}."
    )
