"""What the commands of VAT share: the deployment, the tenant named on the command line, who acts, the last line."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from app.kernel.dates import Month

if TYPE_CHECKING:
    from tenants.models import Tenant
    from tenants.session import Host

TENANT = click.option("--tenant", "slug", required=True, metavar="SKRÓT", help="Jednostka albo gmina (jej urząd).")
MONTH = click.option("--month", "month_text", required=True, metavar="RRRR-MM", help="Miesiąc rejestru.")


@contextmanager
def door(slug: str) -> Iterator[tuple[Host, Tenant]]:
    """The host of the environment (or of the deployment a test put into the context) and the tenant under this slug."""
    from app.deployment import Deployment, running
    from app.settings import from_environment
    from tenants import registry

    given = click.get_current_context().find_object(Deployment)
    if given is not None:
        with given.host.control() as session:
            tenant = registry.known(session, slug)
        yield given.host, tenant
        return
    with running(from_environment()) as deployment:
        with deployment.host.control() as session:
            tenant = registry.known(session, slug)
        yield deployment.host, tenant


def actor() -> str:
    """Who sits at the terminal, for the audit trail."""
    try:
        return f"konsola: {getpass.getuser()}"
    except (KeyError, OSError):
        return "konsola"


def month_of(text: str) -> Month:
    return Month.parse(text, "month")


def last_line(result: Mapping[str, Any]) -> None:
    """The result for a program, in UTF-8 whatever the terminal says."""
    click.echo(json.dumps(result, ensure_ascii=False).encode())
