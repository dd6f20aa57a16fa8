"""`magistrat law …`: the dated numbers of the law that rules count with, and what is weak in them."""

from __future__ import annotations

import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from app.cli.terminal import AS_JSON, Column, Day, table, write_json
from app.kernel.clock import today
from app.kernel.dates import counted
from app.kernel.errors import NotFound

if TYPE_CHECKING:
    from app.kernel.reckoning import Parameter
    from app.law.loader import Entry

BROKEN = 1
LEVELS = {"error": "błąd", "warning": "uwaga"}
_VALUES = (
    Column("Parametr", "name"), Column("Wartość", "value", number=True), Column("Jednostka", "unit"),
    Column("Od", "valid_from", number=True), Column("Do", "valid_to", number=True), Column("Pewność", "certainty"),
    Column("Źródło", "source"),
)  # fmt: skip
_FINDINGS = (Column("Rodzaj", "kind"), Column("Parametr", "parameter"), Column("Uwaga", "message"))
UNITS = {"percent": "%", "pln": "zł", "count": "liczba", "date": "data", "text": "tekst"}


@click.group()
def law() -> None:
    """Liczby prawa: progi, stawki i terminy z datami i źródłami."""


@law.command()
@click.argument("name", metavar="[PARAMETR]", required=False)
@click.option("--on", type=Day(), help="Wartości z tego dnia; domyślnie z dziś.")
@AS_JSON
def show(name: str | None, on: date | None, as_json: bool) -> None:
    """Wypisz parametry z wartością w danym dniu; z nazwą (albo jej początkiem): wszystkie jego wartości."""
    from app.law.loader import book

    entries = [entry for key, entry in book().items() if name is None or key == name or key.startswith(f"{name}.")]
    if not entries:
        raise NotFound(f"Nie ma parametru „{name}”. Listę pokazuje: magistrat law show.", "name")
    day = on or (today() if name is None else None)
    rows = [_row(entry, value) for entry in entries for value in entry.values if day is None or _holds(value, day)]
    if as_json:
        write_json(rows)
        return
    if rows:
        table(_VALUES, [row | {"unit": UNITS[row["unit"]]} for row in rows])
    silent = len(entries) - len({row["name"] for row in rows})
    if silent:
        click.echo(f"{counted(silent, 'parametr', 'parametry', 'parametrów')} bez wartości w tym dniu.")


def _holds(value: Parameter, on: date) -> bool:
    return (value.valid_from is None or value.valid_from <= on) and (value.valid_to is None or on <= value.valid_to)


def _row(entry: Entry, value: Parameter) -> dict[str, Any]:
    return {
        "name": entry.name,
        "title": entry.title,
        "unit": entry.unit,
        "setting": entry.setting,
        "value": value.value,
        "valid_from": value.valid_from,
        "valid_to": value.valid_to,
        "source": value.source,
        "certainty": value.certainty,
    }


@law.command()
@AS_JSON
def check(as_json: bool) -> None:
    """Sprawdź pliki z liczbami prawa: błędy (kod wyjścia 1) i wartości, których trzeba być pewniejszym."""
    from app.law.loader import check as findings_of

    findings = [{"level": one.level, "parameter": one.parameter, "message": one.message} for one in findings_of()]
    wrong = sum(one["level"] == "error" for one in findings)
    if as_json:
        write_json(findings)
    else:
        if findings:
            table(_FINDINGS, [one | {"kind": LEVELS[one["level"]]} for one in findings])
        errors = counted(wrong, "błąd", "błędy", "błędów")
        doubts = counted(len(findings) - wrong, "uwaga", "uwagi", "uwag")
        click.echo(f"{errors}, {doubts}.")
    if wrong:
        sys.exit(BROKEN)
