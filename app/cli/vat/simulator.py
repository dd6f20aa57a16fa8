"""`magistrat vat simulator`: the ministry's gateway and a signature for demonstrations, on this machine only."""

from __future__ import annotations

from pathlib import Path

import click

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--port", default=8100, show_default=True, type=click.IntRange(1024, 65535))
@click.option("--certificate", type=FILE, help="Gdzie zapisać certyfikat symulatora (JPK_GATEWAY_CERTIFICATE).")
@click.option("--sign", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="PLIK",
              help="Zamiast uruchamiać bramkę dołącz do tego pliku InitUpload podpis na niby.")  # fmt: skip
@click.option("--out", type=FILE, help="Gdzie zapisać podpisany plik.")
def simulator(port: int, certificate: Path | None, sign: Path | None, out: Path | None) -> None:
    """Uruchom symulator bramki JPK do prób. Niczego nie wysyła do Ministerstwa Finansów."""
    from threading import Event

    from app.gateways.jpk import simulator as gateway
    from app.kernel.errors import Refusal

    if sign is not None:
        if out is None:
            raise Refusal("Podaj --out: gdzie zapisać podpisany plik.", "out")
        out.write_bytes(gateway.signed(sign.read_bytes()))
        return
    if certificate is None:
        raise Refusal("Podaj --certificate: gdzie zapisać certyfikat symulatora.", "certificate")
    with gateway.running(port) as made:
        certificate.write_bytes(made.certificate)
        click.echo(f"JPK_GATEWAY_URL={made.url}")
        click.echo(f"JPK_GATEWAY_CERTIFICATE={certificate.absolute()}")
        click.echo("Symulator działa; Ctrl-C kończy.")
        Event().wait()
