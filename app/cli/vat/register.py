"""`magistrat vat register …`: rows of a unit's registers from files, listed, voided."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any, get_args
from uuid import UUID

import click

from app.cli.terminal import actor
from app.cli.vat import door
from app.kernel.dates import counted
from app.kernel.errors import Refusal
from app.kernel.money import format_amount
from app.vat.rules.facts import Side

SIDE = click.option("--side", required=True, type=click.Choice(get_args(Side)), help="Sprzedaż (sale) albo zakup.")


@click.group()
def register() -> None:
    """Rejestr cząstkowy jednostki: wczytaj dokumenty z pliku, wypisz, unieważnij."""


@register.command(name="import")
@door.TENANT
@door.MONTH
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_(slug: str, month_text: str, files: tuple[Path, ...]) -> None:
    """Wczytaj raporty kas i dokumenty wewnętrzne z plików CSV: każdy plik w całości albo wcale."""
    month = door.month_of(month_text)
    with door.door(slug) as (host, tenant):
        results = [_import_one(host, tenant, month, path) for path in files]
    door.last_line({"tenant": tenant.slug, "month": str(month), "files": results})
    if refused := [result["file"] for result in results if "error" in result]:
        raise Refusal(f"Nie wczytano: {', '.join(refused)}.", "file")


def _import_one(host: Any, tenant: Any, month: Any, path: Path) -> dict[str, Any]:
    """One file, one transaction."""
    from app.vat.rules.entries.table import FileRefused
    from app.vat.service.registers import import_file

    try:
        with host.tenant(tenant, actor()) as session:
            done = import_file(session, month, path.read_bytes())
    except FileRefused as refused:
        click.echo(f"{path.name}: {refused.message}", err=True)
        for problem in refused.problems:
            click.echo(f"  {problem}", err=True)
        return {"file": path.name, "error": refused.message, "problems": [str(one) for one in refused.problems]}
    except Refusal as refusal:
        click.echo(f"{path.name}: {refusal.message}", err=True)
        return {"file": path.name, "error": refusal.message}
    added = counted(done.added, "dokument dodany", "dokumenty dodane", "dokumentów dodanych")
    click.echo(f"{path.name}: {added}, bez zmian {done.unchanged}, unieważnione wcześniej {done.voided}")
    for warning in done.warnings:
        click.echo(f"  Uwaga, {warning}")
    return {
        "file": path.name,
        "added": done.added,
        "unchanged": done.unchanged,
        "voided": done.voided,
        "warnings": [str(one) for one in done.warnings],
    }


@register.command(name="list")
@door.TENANT
@door.MONTH
@SIDE
@click.option("--void", is_flag=True, help="Wiersze unieważnione zamiast tych, które się liczą.")
def list_(slug: str, month_text: str, side: Side, void: bool) -> None:
    """Wypisz wiersze rejestru z ich identyfikatorami i sumy pól K."""
    from app.vat.queries.registers.rows import listing, sums

    month = door.month_of(month_text)
    with door.door(slug) as (host, tenant), host.tenant(tenant, actor(), read_only=True) as session:
        shown = listing(session, month, side, void=void)
        ordered = shown.statement.order_by(shown.columns["issued_on"], shown.columns["document_no"], shown.tie)
        count = 0
        for row in session.execute(ordered).mappings():
            count += 1
            click.echo(
                f"{row['id']}  {row['issued_on']}  {row['marker']:6}  {row['document_type'] or '':6}  "
                f"{_amount(row['net'])} {_amount(row['tax'])}  {row['document_no']}  {row['counterparty_name'][:40]}"
                f"{'  # ' + row['void_reason'] if row['void_reason'] else ''}"
            )
        totals = {name: f"{amount:.2f}" for name, amount in sums(session, month).items()}
    door.last_line({"tenant": tenant.slug, "month": str(month), "side": side, "rows": count, "sums": totals})


def _amount(amount: Decimal) -> str:
    return format_amount(amount).rjust(14)


@register.command()
@door.TENANT
@SIDE
@click.option("--reason", required=True, help="Powód, widoczny w rejestrze.")
@click.argument("row_id", type=click.UUID)
def void(slug: str, side: Side, reason: str, row_id: UUID) -> None:
    """Unieważnij wiersz otwartego miesiąca; wiersz zostaje w rejestrze z powodem."""
    from app.vat.service.registers import void as do_void

    with door.door(slug) as (host, tenant), host.tenant(tenant, actor()) as session:
        do_void(session, side, row_id, reason)
    door.last_line({"tenant": tenant.slug, "side": side, "voided": str(row_id)})
