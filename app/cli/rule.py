"""`magistrat rule`: one question to one rule of law, from a file or a pipe, without a database."""

from __future__ import annotations

import json
import sys
from typing import Any, NoReturn

import click

from app.kernel.errors import Refusal
from app.kernel.rulebook import ask, error, schema
from app.rules import catalogue

BAD_INPUT = 2


def _write(answer: dict[str, Any]) -> None:
    """UTF-8 whatever the terminal's locale says."""
    click.echo(json.dumps(answer, ensure_ascii=False, indent=2).encode())


def _refuse(refusal: Refusal) -> NoReturn:
    _write(error(refusal))
    sys.exit(BAD_INPUT)


@click.command(name="rule")
@click.argument("name", required=False)
@click.option("--list", "listed", is_flag=True, help="Wypisz nazwy reguł, po jednej w wierszu.")
@click.option("--schema", "described", is_flag=True, help="Wypisz JSON Schema danych wejściowych reguły.")
def rule(name: str | None, listed: bool, described: bool) -> None:
    """Zadaj regule prawa jedno pytanie: magistrat rule NAZWA < pytanie.json

    Odpowiedź to obiekt JSON z wynikiem, wyliczeniem krok po kroku i podstawą prawną. Złe dane: kod wyjścia 2.
    """
    rules = catalogue()
    if listed:
        width = max(map(len, rules))
        click.echo("\n".join(f"{one.name:<{width}}  {one.summary}" for one in rules.values()).encode())
        return
    if name is None:
        _refuse(Refusal("Podaj nazwę reguły. Listę pokazuje: magistrat rule --list.", "name"))
    if name not in rules:
        _refuse(Refusal(f"Nie ma reguły „{name}”. Listę pokazuje: magistrat rule --list.", "name"))
    if described:
        _write(schema(rules[name]))
        return
    try:
        answer = ask(rules[name], sys.stdin.buffer.read() if sys.stdin else b"")
    except Refusal as refusal:
        _refuse(refusal)
    _write(answer)
