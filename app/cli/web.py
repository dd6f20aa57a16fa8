"""`magistrat serve`: the pages, on one address."""

from __future__ import annotations

import click


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Adres, na którym słucha serwer.")
@click.option("--port", default=8000, show_default=True, help="Port.")
@click.option("--workers", default=1, show_default=True, help="Liczba procesów serwera.")
def serve(host: str, port: int, workers: int) -> None:
    """Uruchom strony: portale gmin, biuro, centrum usług i panel operatora."""
    from granian.constants import Interfaces, Loops
    from granian.server import Server

    server = Server(
        "app.serving:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        loop=Loops.uvloop,
        factory=True,
        log_access=False,
    )
    server.serve()
