"""`magistrat vat draft`: the city's return as it would be now."""

from __future__ import annotations

import click

from app.cli import terminal
from app.cli.vat import door
from app.kernel.money import format_amount

_COLUMNS = (
    terminal.Column("jednostka", "unit"),
    terminal.Column("stan", "state"),
    terminal.Column("należny", "due", number=True),
    terminal.Column("do odliczenia", "input", number=True),
    terminal.Column("wynik", "balance", number=True),
)


@click.command()
@door.CITY
@door.MONTH
def draft(slug: str, month_text: str) -> None:
    """Pokaż szkic deklaracji na teraz: podpisane rejestry tam, gdzie są, a gdzie ich nie ma – robocze sumy."""
    from app.kernel.clock import today
    from app.ssc import drafts

    month = door.month_of(month_text)
    with door.city(slug) as (deployment, city):
        drafts.refresh(deployment.host, city, month, today(), terminal.actor())
        with deployment.host.tenant(city, terminal.actor(), read_only=True) as session:
            found = drafts.draft(session, month)
    rows = [
        {
            "unit": one.unit, "state": one.error or ("podpisany" if one.published else "roboczy"),
            "due": format_amount(one.due), "input": format_amount(one.paid), "balance": format_amount(one.balance),
        }
        for one in found.units
    ]  # fmt: skip
    terminal.table(_COLUMNS, rows)
    if found.problem:
        click.echo(f"Deklaracji nie da się teraz policzyć: {found.problem}")
    positions = {name: int(amount) for name, amount in found.whole.declaration.positions.items()} if found.whole else {}
    for name in ("P_38", "P_48", "P_51", "P_62"):
        if name in positions:
            click.echo(
                f"  {name}  {format_amount(found.whole.declaration.positions[name], 0):>16} zł" if found.whole else ""
            )
    door.last_line(
        {
            "month": str(month),
            "P": positions,
            "problem": found.problem,
            "units": [
                {
                    "unit": one.unit,
                    "published": one.published,
                    "due": str(one.due),
                    "input": str(one.paid),
                    "error": one.error,
                }
                for one in found.units
            ],
        }
    )
