"""`magistrat vat settle`: notes of a version to the units, interest of a correction included."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, cast

import click

from app.cli.terminal import Day, actor
from app.cli.vat import door
from app.kernel.money import format_pln

if TYPE_CHECKING:
    from app.law.interest import RateKind


@click.command()
@door.CITY
@door.MONTH
@click.option("--version", type=int, metavar="WERSJA", help="Która wersja deklaracji; domyślnie najnowsza.")
@click.option("--paid-on", type=Day(), metavar="DZIEŃ", help="Kiedy zapłacono zaległość, którą wykazała korekta.")
@click.option("--rate", type=click.Choice(["standard", "reduced", "raised"]), default="standard", show_default=True,
              help="Stawka odsetek: podstawowa, obniżona (art. 56a) albo podwyższona (art. 56b).")  # fmt: skip
def settle(slug: str, month_text: str, version: int | None, paid_on: date | None, rate: str) -> None:
    """Wystaw i doręcz noty rozliczeniowe z jednostkami. Ponownie: nic się nie zmienia."""
    from app.kernel.clock import today
    from app.ssc import settling
    from app.vat.queries import returns
    from app.vat.service import settlements

    month = door.month_of(month_text)
    with door.city(slug) as (deployment, city):
        with deployment.host.tenant(city, actor()) as session:
            made = returns.version(session, month, version)
            paid = settlements.Paid(paid_on, cast("RateKind", rate)) if paid_on else None
            found = settlements.issue(session, made, today(), paid)
        carried = settling.deliver(deployment.host, city, made.id, today(), actor())
    for one in sorted(found.notes, key=lambda note: (note.unit, note.kind)):
        who = "jednostka płaci" if one.amount > 0 else "miasto oddaje"
        kind = " odsetki," if one.kind == "interest" else ""
        click.echo(f"{one.title:<14} {one.unit:<12}{kind} {who} {format_pln(abs(one.amount))}")
    click.echo(f"Zaokrąglenie deklaracji (księguje urząd): {format_pln(found.lines['rounding'])}")
    for lost in carried:
        if lost.error:
            click.echo(f"  {lost.unit}: nie udało się doręczyć noty ({lost.error}); spróbuję ponownie.")
    door.last_line(
        {
            "month": str(month),
            "version": found.version,
            "lines": {name: str(amount) for name, amount in found.lines.items()},
            "notes": [
                {"number": one.title, "unit": one.unit, "kind": one.kind, "amount": str(one.amount)}
                for one in found.notes
            ],
            "interest": found.interest.get("result"),
        }
    )
