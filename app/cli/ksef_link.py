"""`magistrat ksef connect | connection | fetch | simulate`: the line to KSeF."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.terminal import Day, actor, opened, write_json
from app.kernel.clock import midnight
from app.kernel.dates import counted
from app.kernel.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from app.deployment import Deployment
    from app.gateways.ksef.simulator import Fault, Simulator
    from tenants.models import Tenant

from contextlib import contextmanager

TENANT = click.option("--tenant", required=True, help="Gmina: skrót z adresu albo kod TERYT.")


@contextmanager
def _city(slug: str) -> Iterator[tuple[Deployment, Tenant]]:
    from tenants import registry

    with opened() as deployment:
        with deployment.host.control() as session:
            tenant = registry.known(session, slug)
        yield deployment, tenant


@click.command()
@TENANT
@click.option("--url", default="production", show_default=True, help="production, demo, test albo adres https://…")
@click.option("--context", help="NIP gminy (domyślnie) albo jej identyfikator wewnętrzny.")
@click.option("--since", type=Day(), help="Od którego dnia pobierać faktury; domyślnie od 30 dni.")
@click.option("--token-file", type=click.File(), help="Plik z tokenem KSeF; „-” czyta z wejścia.")
@click.option("--certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Certyfikat PEM.")
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Klucz prywatny PEM.")
def connect(
    tenant: str, url: str, context: str | None, since: date | None, token_file: Any, certificate: Path | None,
    key: Path | None,
) -> None:  # fmt: skip
    """Połącz gminę z KSeF: sprawdza logowanie i zapisuje zaszyfrowany sekret. Token podaje się w pliku."""
    from app.ssc.ksef.access import Wanted, connect_city

    token = token_file.read().strip() if token_file is not None else None
    if token is None and certificate is None and sys.stdin.isatty():
        token = click.prompt("Token KSeF", hide_input=True)
    begin = midnight(since) if since else datetime.now(UTC) - timedelta(days=30)
    with _city(tenant) as (deployment, municipality):
        wanted = Wanted(
            url, context or municipality.nip or "", begin, token, certificate.read_text() if certificate else None,
            key.read_text() if key else None,
        )  # fmt: skip
        made = connect_city(deployment, municipality, wanted, actor())
    click.echo(f"{municipality.name} jest połączona z KSeF ({made.base_url}) w kontekście {made.context}.")


@click.command()
@TENANT
@click.option("--pause/--unpause", "paused", default=None, help="Wstrzymaj pobieranie albo je wznów.")
def connection(tenant: str, paused: bool | None) -> None:
    """Pokaż stan połączenia gminy z KSeF: punkt wznowienia, paczki, błędy, następne pobranie."""
    from app.vat.queries.ksef import view
    from app.vat.service.ksef.connection import pause

    with _city(tenant) as (deployment, municipality), deployment.host.tenant(municipality, actor()) as session:
        if paused is not None:
            pause(session, paused)
            session.flush()
        write_json(view(session, datetime.now(UTC)).as_json())


@click.command()
@TENANT
def fetch(tenant: str) -> None:
    """Pobierz z KSeF wszystko, co już można pobrać, i wczytaj do skrzynki. Ostatni wiersz to wynik w JSON."""
    from app.cli.vat.door import last_line
    from app.ssc.ksef.fetch import fetch as fetch_now

    with _city(tenant) as (deployment, municipality):
        done = fetch_now(deployment, municipality, actor())
    packages = counted(done.packages, "paczkę", "paczki", "paczek")
    invoices = counted(done.invoices, "faktura", "faktury", "faktur")
    click.echo(f"Pobrano {packages} ({invoices}, w tym nowych: {done.counts['stored']}).")
    if done.error or done.reason:
        click.echo(done.error or done.reason)
    last_line(done.as_json())


def _fault(text: str) -> Fault:
    """Raises `Refusal`."""
    from app.gateways.ksef.simulator import Fault
    from app.gateways.ksef.simulator.faults import MODES

    mode, match, times, value = (*text.split(":"), "", "", "")[:4]
    try:
        if mode not in MODES:
            raise ValueError(mode)
        return Fault(mode, match or ".", int(times) if times else None, float(value or 0))
    except ValueError:
        raise Refusal(f"Nie ma takiej usterki: {text}. Tryby: {', '.join(MODES)}.", "fault") from None


@click.command()
@TENANT
def send(tenant: str) -> None:
    """Wyślij do KSeF wystawione faktury jednostek gminy i odbierz odpowiedzi. Ostatni wiersz to wynik w JSON."""
    from dataclasses import asdict

    from app.cli.vat.door import last_line
    from app.kernel.clock import today
    from app.ssc.sending import send as send_now

    with _city(tenant) as (deployment, municipality):
        done = send_now(deployment, municipality, actor(), today())
    for one in done:
        if one.error:
            click.echo(f"{one.unit}: {one.error}", err=True)
    last_line({"units": [asdict(one) for one in done if one.sent or one.accepted or one.rejected or one.error]})


@click.command()
@click.option("--port", default=8790, show_default=True, help="Port na tym komputerze.")
@click.option("--state", required=True, type=click.Path(file_okay=False, path_type=Path), help="Folder na stan.")
@click.option("--load", "loads", multiple=True, type=click.Path(exists=True, path_type=Path),
              help="Faktury na początek: plik XML, paczka ZIP albo folder; można podać kilka razy.")  # fmt: skip
@click.option("--advance", type=float, default=0, help="O ile sekund przesunąć zegar symulatora do przodu.")
@click.option("--fault", "faults", multiple=True, metavar="TRYB[:WZÓR[:ILE[:WARTOŚĆ]]]",
              help="Usterka: slow, down, drop, lost, html, json, empty, missing_part, wrong_hash, …")  # fmt: skip
@click.option("--skew", type=float, help="O ile sekund zegar symulatora różni się od prawdziwego.")
def simulate(
    port: int, state: Path, loads: tuple[Path, ...], advance: float, faults: tuple[str, ...], skew: float | None
) -> None:
    """Uruchom symulator KSeF. Token „sim-NIP” otwiera kontekst tego numeru NIP. Ctrl-C kończy; stan zostaje."""
    from app.gateways.ksef.simulator import serve

    def told(simulator: Simulator) -> None:
        if advance:
            simulator.store.advance(advance)
        if skew is not None:
            simulator.store.set("skew_s", skew)
        for text in faults:
            simulator.misbehave(_fault(text))
        taken = sum(simulator.store.load_path(path) for path in loads)
        loaded = counted(taken, "nowa faktura", "nowe faktury", "nowych faktur")
        click.echo(f"Symulator KSeF: {simulator.url} ({loaded}). Ctrl-C kończy.")

    try:
        serve(state, port, told=told)
    except OSError as error:
        raise Refusal(f"Symulator nie może słuchać na porcie {port}: {error.strerror}.", "port") from None


@click.command()
@TENANT
@click.option("--nip", required=True, help="NIP osoby, która będzie zarządzać uprawnieniami jednostek.")
@click.option("--first-name", required=True, help="Imię.")
@click.option("--last-name", required=True, help="Nazwisko.")
@click.option("--unit", "units", multiple=True, help="Kod jednostki; bez tej opcji wszystkie z wykazu.")
def administrator(tenant: str, nip: str, first_name: str, last_name: str, units: tuple[str, ...]) -> None:
    """Nadaj w KSeF administratora jednostkom gminy (po identyfikatorze wewnętrznym). Ponowienie nic nie zmienia."""
    from app.gateways.ksef import Administrator
    from app.kernel.ids import nip as checked
    from app.ssc.ksef.units import grant

    person = Administrator(checked(nip, "nip"), first_name, last_name)
    with _city(tenant) as (deployment, municipality):
        done = grant(deployment, municipality, person, list(units), actor())
    given = counted(len(done.new), "jednostce", "jednostkom", "jednostkom")
    click.echo(f"Nadano administratora {given}; miało go już: {len(done.known)}.")
    if done.nameless:
        click.echo(f"Bez identyfikatora wewnętrznego w wykazie: {', '.join(done.nameless)}.")


COMMANDS = (connect, connection, fetch, send, administrator, simulate)
