"""`magistrat demo …`: the demonstration city."""

from __future__ import annotations

from pathlib import Path

import click

from app.kernel.dates import counted
from app.kernel.errors import Refusal


@click.command(name="generate")
@click.option("--units", default=14, show_default=True, help="Liczba jednostek miasta, razem z urzędem.")
@click.option("--invoices", default=1500, show_default=True, help="Liczba faktur miesiąca.")
@click.option("--seed", default=1, show_default=True, help="Ta sama liczba daje te same pliki, co do bajtu.")
@click.option("--month", default="2026-09", show_default=True, help="Miesiąc faktur, RRRR-MM.")
@click.option(
    "--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="Nowy albo pusty folder na pliki."
)
def generate(units: int, invoices: int, seed: int, month: str, out: Path) -> None:
    """Utwórz pliki zmyślonego miasta: jednostki, faktury KSeF z miesiąca, raporty kas i prawdę o każdej fakturze."""
    from app.ops.demo.generator import generate as make

    try:
        summary = make(units, invoices, seed, month, out)
    except Refusal as refusal:
        raise click.UsageError(refusal.message) from None
    click.echo(f"Folder {summary.out}, {summary.month.label}:")
    for line in (
        counted(summary.units, "jednostka", "jednostki", "jednostek"),
        f"{counted(summary.invoices, 'faktura', 'faktury', 'faktur')} w "
        f"{counted(summary.files, 'pliku', 'plikach', 'plikach')} (zakup {summary.purchases}, sprzedaż "
        f"{summary.sales}, między jednostkami {summary.internal})",
        f"{summary.without_third_party} bez Podmiotu3",
        f"{counted(summary.bad, 'uszkodzony plik', 'uszkodzone pliki', 'uszkodzonych plików')} w folderze bad",
        counted(summary.register_documents, "dokument sprzedaży", "dokumenty sprzedaży", "dokumentów sprzedaży")
        + " bez faktury w folderze registers",
    ):
        click.echo(f"  {line}")
