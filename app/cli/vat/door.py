"""What the commands of VAT share: the tenant and the month named on the command line, the last line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from app.cli.terminal import opened
from app.kernel.dates import Month

if TYPE_CHECKING:
    from app.deployment import Deployment
    from tenants.models import Tenant
    from tenants.session import Host

TENANT = click.option("--tenant", "slug", required=True, metavar="SKRÓT", help="Jednostka albo gmina (jej urząd).")
CITY = click.option("--tenant", "slug", required=True, metavar="GMINA", help="Skrót gminy z adresu albo kod TERYT.")
MONTH = click.option("--month", "month_text", required=True, metavar="RRRR-MM", help="Miesiąc rejestru.")


@contextmanager
def door(slug: str) -> Iterator[tuple[Host, Tenant]]:
    """The host and the tenant under this slug. Raises `NotFound`."""
    from tenants import registry

    with opened() as deployment:
        with deployment.host.control() as session:
            tenant = registry.known(session, slug)
        yield deployment.host, tenant


@contextmanager
def city(slug: str) -> Iterator[tuple[Deployment, Tenant]]:
    """The deployment and the municipality. Raises `NotFound`."""
    from app.ssc.consolidation import city_of

    with opened() as deployment:
        yield deployment, city_of(deployment.host, slug)


def month_of(text: str) -> Month:
    return Month.parse(text, "month")


def last_line(result: Mapping[str, Any]) -> None:
    """The result for a program, in UTF-8 whatever the terminal says."""
    click.echo(json.dumps(result, ensure_ascii=False).encode())
