"""`magistrat demo …`: the demonstration city."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.kernel.dates import counted
from app.kernel.errors import Refusal

if TYPE_CHECKING:
    import subprocess

ADDRESS, PORT = "127.0.0.1", 8000
STOP_SECONDS = 20


@click.group(invoke_without_command=True)
@click.option("--once", is_flag=True, help="Zakończ po głównym zadaniu i wypisz podsumowanie w JSON.")
@click.option("--units", default=14, show_default=True, help="Liczba jednostek miasta, razem z urzędem.")
@click.option("--invoices", default=1500, show_default=True, help="Liczba faktur zamykanego miesiąca.")
@click.option("--seed", default=1, show_default=True, help="Ta sama liczba daje to samo miasto.")
@click.option("--port", default=PORT, show_default=True, help="Port stron.")
@click.pass_context
def demo(context: click.Context, once: bool, units: int, invoices: int, seed: int, port: int) -> None:
    """Pokaż całe miasto: od skrzynki KSeF do UPO jednej deklaracji JPK_V7M, potem strony i procesy w tle.

    Drugie uruchomienie korzysta z tego, co jest, i niczego nie zmienia. Ctrl-C zatrzymuje wszystko.
    """
    if context.invoked_subcommand is not None:
        return
    import json
    import time
    from contextlib import ExitStack

    from app.deployment import running
    from app.ops.demo.outside import outside
    from app.ops.demo.scenario import Wanted, play
    from app.settings import from_environment
    from tenants.upgrade import upgrade
    from workers.inline import work_inline

    settings, started = from_environment(), time.monotonic()
    with ExitStack() as stack:
        deployment = stack.enter_context(running(settings))
        upgrade(deployment.host)
        with _steps() as tell:
            folder = settings.home / "demo"
            world = stack.enter_context(outside(folder / "outside"))
            summary = play(deployment, folder, world, Wanted(units, invoices, seed), tell, work_inline)
        summary["seconds"] = round(time.monotonic() - started, 1)
        if not once:
            _serve(summary, port, world.environment())
        click.echo(json.dumps(summary, ensure_ascii=False).encode())


@contextmanager
def _steps() -> Iterator[Callable[[str], None]]:
    """Tells the steps as they come, with the seconds each took, on the terminal's error stream."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    console.print("[bold]Magistrat[/bold]: miasto demonstracyjne")
    with console.status("") as status:

        def tell(words: str) -> None:
            console.print(f"  {words}")
            status.update(words)

        yield tell


@demo.command(name="generate")
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


def _serve(summary: dict[str, Any], port: int, outside: dict[str, str]) -> None:
    """The pages and the workers until Ctrl-C, each a process of its own that is stopped with this one; what is outside
    the town is simulated here meanwhile."""
    import signal
    import subprocess
    import sys
    import time

    from app.ops.demo.people import DOMAIN, PASSWORD
    from app.settings import inherited

    program = [sys.executable, "-m", "app.cli"]
    commands = ([*program, "serve", "--host", ADDRESS, "--port", str(port)], [*program, "worker"])
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    processes: list[subprocess.Popen[bytes]] = []
    try:
        processes += [subprocess.Popen(command, start_new_session=True, env=inherited(outside)) for command in commands]
        if _answers(port, processes[0]):
            _addresses(summary, port, DOMAIN, PASSWORD)
        while all(process.poll() is None for process in processes):
            time.sleep(0.5)
    except KeyboardInterrupt:
        click.echo("\nZatrzymuję …", err=True)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        _stop(processes)


def _answers(port: int, server: subprocess.Popen[bytes]) -> bool:
    """Waits for the pages; False when their process ended instead (it has said why)."""
    import time
    from http.client import HTTPConnection, HTTPException

    while server.poll() is None:
        connection = HTTPConnection(ADDRESS, port, timeout=5)
        try:
            connection.request("GET", "/zdrowie")
            if connection.getresponse().status == 200:
                return True
        except (OSError, HTTPException):
            time.sleep(0.2)
        finally:
            connection.close()
    return False


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    """Asks each to end, and ends with all it started whoever does not."""
    import os
    import signal
    import subprocess

    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _addresses(summary: dict[str, Any], port: int, domain: str, password: str) -> None:
    site, slug = f"http://localhost:{port}", summary["tenant"]
    click.echo(
        f"""
Strony działają. Ctrl-C zatrzymuje wszystko.

  {site}/logowanie                     biuro, centrum usług, operator
  http://{slug}.localhost:{port}       portal miasta

Wszyscy mają hasło {password}
  vat@{domain:<32} referent VAT miasta: tablica miesiąca, kolejka, deklaracja
  skarbnik@{domain:<27} skarbnik: zwalnia deklarację bez brakujących jednostek
  cuw@{domain:<32} księgowy centrum usług wspólnych
  glowny.cuw@{domain:<25} główny księgowy centrum: kontrola i płatności
  referent.sp1@{domain:<23} prowadzi rejestr szkoły, opisuje zakupy
  zastepca.sp1@{domain:<23} sprawdza zakupy szkoły merytorycznie
  dyrektor.sp1@{domain:<23} podpisuje miesiąc szkoły, zatwierdza do wypłaty
  operator@magistrat.example             operator systemu
"""
    )
