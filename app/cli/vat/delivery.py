"""`magistrat vat deliver`: what the inbox owes to units, carried now."""

from __future__ import annotations

import click

from app.cli.terminal import actor
from app.cli.vat import door
from app.kernel.dates import counted
from app.kernel.errors import Refusal


@click.command()
@door.TENANT
@click.option("--unit", "only", multiple=True, metavar="KOD", help="Tylko ta jednostka (można podać kilka).")
def deliver(slug: str, only: tuple[str, ...]) -> None:
    """Doręcz przypisane faktury do rejestrów jednostek i wycofaj te, które zmieniły jednostkę."""
    from app.kernel.clock import today
    from app.ssc.delivery import deliver as carry
    from tenants.models import Kind

    with door.door(slug) as (host, city):
        if city.kind != Kind.MUNICIPALITY:
            raise Refusal(f"{city.name} nie jest gminą; faktury doręcza jednostkom skrzynka gminy.", "tenant")
        found = carry(host, city, actor(), today(), only or None)
    for one in found:
        done = counted(one.delivered, "faktura", "faktury", "faktur")
        click.echo(f"{one.unit}: doręczono {done}, wycofano {one.withdrawn}, niedoręczonych {len(one.refused)}")
        for problem in sorted({receipt.problem or "" for receipt in one.refused}):
            click.echo(f"  {problem}")
        if one.error:
            click.echo(f"  Przerwano: {one.error}")
    door.last_line(
        {
            "tenant": city.slug,
            "delivered": sum(one.delivered for one in found),
            "withdrawn": sum(one.withdrawn for one in found),
            "refused": sum(len(one.refused) for one in found),
            "errors": {one.unit: one.error for one in found if one.error},
        }
    )
