"""`magistrat vat file` and `vat upo`: a return to the ministry's gateway, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from app.cli.terminal import actor
from app.cli.vat import door
from app.kernel.errors import NotFound, Refusal

if TYPE_CHECKING:
    from app.vat.queries.filings import Filing


@click.command("file")
@door.CITY
@door.MONTH
@click.option("--version", type=int, metavar="WERSJA", help="Która wersja deklaracji; domyślnie najnowsza.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Gdzie zapisać InitUpload do podpisu.")
@click.option("--signed", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="PLIK",
              help="InitUpload podpisany podpisem kwalifikowanym albo zaufanym (XAdES).")  # fmt: skip
def file(slug: str, month_text: str, version: int | None, out: Path | None, signed: Path | None) -> None:
    """Wyślij JPK_V7M: najpierw przygotuj plik do podpisu (--out), potem dołącz podpisany (--signed).

    Przerwaną wysyłkę to samo polecenie wznawia pod tym samym numerem. Raz złożonej wersji nie wyśle drugi raz.
    """
    from app.ssc import filing
    from app.vat.queries import filings
    from workers.inline import work_inline

    month = door.month_of(month_text)
    with door.city(slug) as (deployment, city):
        with deployment.host.tenant(city, actor(), read_only=True) as session:
            going = next((one for one in filings.filings(session, month) if one.state in filings.SENDING), None)
        made = going or filing.prepare(deployment, city, month, version, actor())
        if signed is not None and going is None:
            made = filing.sign(deployment, city, made.id, signed.read_bytes(), actor())
        if made.state == "prepared":
            metadata = deployment.files(city).read(made.metadata.sha256)
            if out is None:
                raise Refusal("Podaj --out: gdzie zapisać plik InitUpload do podpisu.", "out")
            out.write_bytes(metadata)
            click.echo(f"Podpisz plik {out} (XAdES) i uruchom polecenie ponownie z --signed.")
            _last(made)
            return
        with deployment.host.tenant(city, actor()) as session:
            run_id = filing.start(session, made.id).id
        view = work_inline(deployment, city, run_id)
        if view.state != "finished":
            raise Refusal(view.error or "Wysyłka nie doszła do końca. Uruchom to samo polecenie ponownie.", "run")
        filing.poll(deployment, city, actor())
        with deployment.host.tenant(city, actor(), read_only=True) as session:
            made = filings.filing(session, made.id)
    _tell(made)
    _last(made)


@click.command()
@door.CITY
@door.MONTH
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Gdzie zapisać UPO.")
def upo(slug: str, month_text: str, out: Path | None) -> None:
    """Zapytaj bramkę o stan wysłanej deklaracji i zapisz UPO, jeśli już jest."""
    from app.ssc import filing
    from app.vat.queries import filings

    month = door.month_of(month_text)
    with door.city(slug) as (deployment, city):
        filing.poll(deployment, city, actor())
        with deployment.host.tenant(city, actor(), read_only=True) as session:
            found = filings.filings(session, month)
        if not found:
            raise NotFound(f"Deklaracji za {month.label} nie wysyłano.", "month")
        made = next((one for one in found if one.state == "accepted"), found[0])
        if out is not None and made.upo_sha256:
            out.write_bytes(deployment.files(city).read(made.upo_sha256))
    _tell(made)
    if out is not None and not made.upo_sha256:
        click.echo("UPO jeszcze nie ma; niczego nie zapisano.")
    _last(made)


def _tell(made: Filing) -> None:
    from app.gateways.jpk.codes import words

    click.echo(f"JPK_V7M za {made.month.label}, wersja {made.version}, numer referencyjny {made.reference or 'brak'}")
    if made.code is not None:
        means, todo = words(made.code)
        click.echo(f"  {made.code}: {means} {todo}")
    elif made.events:
        click.echo(f"  {made.events[-1].note}")


def _last(made: Filing) -> None:
    door.last_line(
        {
            "month": str(made.month), "version": made.version, "number": made.number, "state": made.state,
            "reference": made.reference, "code": made.code, "upo": made.upo_sha256,
        }
    )  # fmt: skip
