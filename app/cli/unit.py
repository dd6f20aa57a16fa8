"""`magistrat unit …`: the budgetary units of a municipality."""

from __future__ import annotations

from typing import Any

import click

from app.cli.tenant import described, facts, listed, tell
from app.cli.terminal import AS_JSON, actor, opened

_PARENT = click.option("--parent", required=True, metavar="GMINA", help="Skrót gminy albo jej kod TERYT.")


@click.group()
def unit() -> None:
    """Jednostki gminy: załóż i wypisz."""


@unit.command()
@_PARENT
@click.option("--code", required=True, help="Kod jednostki w numerach dokumentów, np. SP1; jeden w gminie.")
@click.option("--name", required=True, help="Nazwa jednostki.")
@click.option("--short-name", help="Nazwa krótka; domyślnie początek nazwy.")
@click.option("--slug", help="Skrót do adresów; domyślnie ze skrótu gminy i kodu.")
@described
@AS_JSON
def create(
    parent: str, code: str, name: str, short_name: str | None, slug: str | None, as_json: bool, **given: Any
) -> None:
    """Załóż jednostkę i wpisz ją do katalogu gminy. To samo polecenie drugi raz niczego nie zmienia."""
    from app.ops import founding
    from tenants import registry
    from tenants.registry import TenantData, slug_from

    with opened() as deployment:
        with deployment.host.control() as session:
            city = registry.known(session, parent)
        data = TenantData(
            slug=slug or slug_from(f"{city.slug} {code}"),
            code=code,
            name=name,
            short_name=short_name or name[:80],
            **given,
        )
        tell(deployment, founding.unit(deployment.host, city, data, actor()), as_json)


@unit.command(name="list")
@_PARENT
@AS_JSON
def list_(parent: str, as_json: bool) -> None:
    """Wypisz jednostki gminy."""
    from tenants import registry

    with opened() as deployment, deployment.host.control() as session:
        units = registry.units_of(session, registry.known(session, parent))
        if units or as_json:
            listed([facts(one) for one in units], as_json)
        else:
            click.echo("Ta gmina nie ma jeszcze jednostek. Załóż je: magistrat unit create.")
