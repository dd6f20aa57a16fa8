"""`magistrat vat …`: partial registers of units and what becomes of them; each command is imported when called."""

from __future__ import annotations

import click

from app.cli import Lazy

COMMANDS = {
    "close": "app.cli.vat.month:close",
    "consolidate": "app.cli.vat.declaration:consolidate",
    "deliver": "app.cli.vat.delivery:deliver",
    "invoice": "app.cli.vat.invoice:invoice",
    "diff": "app.cli.vat.declaration:diff",
    "ratio": "app.cli.vat.ratio:ratio",
    "register": "app.cli.vat.register:register",
    "reopen": "app.cli.vat.month:reopen",
    "setting": "app.cli.vat.ratio:setting",
    "status": "app.cli.vat.month:status",
}
"""Name → module and object."""


@click.group(cls=Lazy, places=COMMANDS)
def vat() -> None:
    """VAT: rejestry cząstkowe jednostek, zamykanie miesiąca, deklaracja całej gminy."""
