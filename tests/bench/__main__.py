"""`./run bench NAME [--scale F]`: one measurement; the last line is its result as JSON.

Each NAME is a module here with `run(scale) -> dict`, on servers of its own in a temporary folder.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

import click

NAMES = {
    name: f"tests.bench.{name}"
    for name in ("provision", "upgrade", "fetch", "attribute", "issue", "worklist", "consolidate", "draft", "switch")
}
NAMES["import"] = "tests.bench.import_"
FIELDS = ("bench", "scale", "seconds", "rate", "unit", "baseline", "baseline_seconds", "ratio", "peak_mb")
"""In this order; what a bench adds follows."""


@click.command()
@click.argument("name", type=click.Choice(sorted(NAMES)))
@click.option("--scale", default=1.0, show_default=True, type=click.FloatRange(min=0, min_open=True), help="Rozmiar.")
def main(name: str, scale: float) -> None:
    """Zmierz jedną rzecz; ostatni wiersz to wynik jako JSON."""
    result = import_module(NAMES[name]).run(scale)
    missing = [field for field in FIELDS if field not in result]
    if missing:
        click.echo(f"{name} does not say: {', '.join(missing)}", err=True)
        sys.exit(1)
    click.echo(json.dumps({field: result[field] for field in FIELDS} | result, ensure_ascii=False).encode())


if __name__ == "__main__":
    main()
