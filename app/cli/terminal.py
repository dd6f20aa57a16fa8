"""What commands share: the deployment, who sits at the terminal, tables for people and JSON for programs."""

from __future__ import annotations

import getpass
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from app.kernel.dates import format_short, parse_date

if TYPE_CHECKING:
    from app.deployment import Deployment

AS_JSON = click.option("--json", "as_json", is_flag=True, help="Wypisz wynik jako JSON.")
WIDE = 200
"""Columns of a page that is no terminal: a file or a pipe."""


@contextmanager
def opened(*, prepare: bool = True) -> Iterator[Deployment]:
    """The deployment of the environment, or the one a test has put into the context."""
    from app.deployment import Deployment, running
    from app.settings import from_environment

    given = click.get_current_context().find_object(Deployment)
    if given is not None:
        yield given
        return
    with running(from_environment(), prepare=prepare) as deployment:
        yield deployment


def actor() -> str:
    """Who sits at the terminal, for journals."""
    try:
        return f"konsola: {getpass.getuser()}"
    except (KeyError, OSError):
        return "konsola"


class Day(click.ParamType[date]):
    """A day as people in Poland and programs write it."""

    name = "RRRR-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        return value if isinstance(value, date) else parse_date(str(value), param.name if param else None)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its title and the key of its values; numbers stand at the right."""

    title: str
    key: str
    number: bool = False


def table(columns: Sequence[Column], rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows for people. Nothing, days, yes and no are written in Polish."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        drawn.add_column(column.title, justify="right" if column.number else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(words(row[column.key])) for column in columns))
    page = io.StringIO()
    is_terminal = sys.stdout.isatty()
    Console(file=page, force_terminal=is_terminal, width=None if is_terminal else WIDE).print(drawn)
    click.echo("\n".join(line.rstrip() for line in page.getvalue().splitlines()))


def words(value: Any) -> str:
    """A value as a person reads it."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "tak" if value else "nie"
    return format_short(value) if isinstance(value, date) else str(value)


def write_json(value: Any) -> None:
    """In UTF-8 whatever the terminal's locale says; days as ISO texts."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str).encode())
