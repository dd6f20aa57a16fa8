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
    "draft": "app.cli.vat.draft:draft",
    "file": "app.cli.vat.filing:file",
    "ratio": "app.cli.vat.ratio:ratio",
    "register": "app.cli.vat.register:register",
    "reopen": "app.cli.vat.month:reopen",
    "setting": "app.cli.vat.ratio:setting",
    "settle": "app.cli.vat.settlement:settle",
    "simulator": "app.cli.vat.simulator:simulator",
    "status": "app.cli.vat.month:status",
    "upo": "app.cli.vat.filing:upo",
    "verify": "app.cli.vat.verification:verify",
}
"""Name → module and object."""


@click.group(cls=Lazy, places=COMMANDS)
def vat() -> None:
    """VAT: rejestry cząstkowe jednostek, zamykanie miesiąca, deklaracja całej gminy."""
