"""The `magistrat` command. Each group is a file here, imported only when it is called, so that `rule` stays quick."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from app.kernel.errors import Refusal

COMMANDS = {
    "account": "app.cli.account:account",
    "audit": "app.cli.audit:audit",
    "demo": "app.cli.demo:demo",
    "grant": "app.cli.account:grant",
    "ksef": "app.cli.ksef:ksef",
    "law": "app.cli.law:law",
    "mandate": "app.cli.mandate:mandate",
    "rule": "app.cli.rule:rule",
    "serve": "app.cli.web:serve",
    "tenant": "app.cli.tenant:tenant",
    "unit": "app.cli.unit:unit",
    "upgrade": "app.cli.upgrade:upgrade",
    "vat": "app.cli.vat:vat",
    "worker": "app.cli.worker:worker",
}
"""Name → module and object."""

BAD_INPUT = 2


class Lazy(click.Group):
    """A group whose commands are imported when they are called; `places`: name → module and object."""

    def __init__(self, *args: Any, places: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._places:
            return None
        module, _, name = self._places[cmd_name].partition(":")
        found: click.Command = getattr(import_module(module), name)
        return found


@click.group(cls=Lazy, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
def magistrat() -> None:
    """Magistrat: jeden system dla gmin i ich jednostek."""


def main() -> None:
    """Runs a command; what it refuses is one Polish sentence and exit status 2."""
    try:
        magistrat(prog_name="magistrat")
    except Refusal as refusal:
        field = f" [{refusal.field}]" if refusal.field else ""
        law = f" ({refusal.law})" if refusal.law else ""
        click.echo(f"{refusal.message}{law}{field}", err=True)
        sys.exit(BAD_INPUT)
