"""Dates end in `_on`, instants in `_at` and know their zone; only one place reads the environment."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

import pytest

from tests.house.tree import House, dotted, planted, report

NAIVE = frozenset({"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "datetime.utcfromtimestamp"})
BOUNDS = ("_from", "_to", "_since", "_until")
"""A bound of a span may say so instead."""
ENVIRONMENT = {
    "app/settings.py": "the one place",
    "tenants/embedded/postgres.py": "hands the environment on to the servers it starts",
    "migrations/env.py": "run by Alembic's own command, without the application",
}


def is_naive(house: House) -> Iterator[str]:
    """Clocks read without a zone (a zone given makes the call have an argument)."""
    for module in house.modules:
        for node in ast.walk(module.node):
            if not isinstance(node, ast.Call):
                continue
            name = (
                dotted(node.func).removeprefix("datetime.") if dotted(node.func).count(".") > 1 else dotted(node.func)
            )
            if name in NAIVE and not (name == "datetime.now" and (node.args or node.keywords)):
                yield module.at(node, f"{name}() has no zone; a day is given, an instant is UTC")


def misnames_a_day(house: House) -> Iterator[str]:
    """Columns and fields of a date not called `…_on`, of an instant not called `…_at`."""
    for module in house.product():
        if not module.under(*house.rooms, "tenants", "app.kernel.models"):
            continue
        for node in ast.walk(module.node):
            if not isinstance(node, ast.ClassDef):
                continue
            for field in node.body:
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    ending = _ending(ast.unparse(field.annotation))
                    name = field.target.id
                    if ending and not name.endswith((ending, *BOUNDS)) and name != ending[1:]:
                        yield module.at(field, f"{name}: a date ends in _on, an instant in _at")


def _ending(annotation: str) -> str | None:
    inner = re.sub(r"^Mapped\[(.*)\]$", r"\1", annotation.strip("'\""))
    inner = inner.replace("| None", "").strip()
    return {"date": "_on", "datetime": "_at", "datetime.date": "_on", "datetime.datetime": "_at"}.get(inner)


def reads_the_environment(house: House) -> Iterator[str]:
    for module in house.product():
        if module.path in ENVIRONMENT:
            continue
        for node in ast.walk(module.node):
            if isinstance(node, ast.Attribute) and dotted(node) in {"os.environ", "os.getenv", "os.environb"}:
                yield module.at(node, "the environment is read once, by app/settings.py")
        for line, target in module.imports:
            if target in {"os.environ", "os.getenv"}:
                yield f"{module.path}:{line}: the environment is read once, by app/settings.py"


CHECKS: tuple[Callable[[House], Iterator[str]], ...] = (is_naive, misnames_a_day, reads_the_environment)


@pytest.mark.parametrize("check", CHECKS)
def test_days_instants_and_the_environment_are_explicit(house: House, check: Callable[[House], Iterator[str]]) -> None:
    assert report(check(house)) == ""


@pytest.mark.parametrize(
    ("check", "source"),
    [
        (is_naive, "from datetime import datetime\nx = datetime.now()"),
        (is_naive, "from datetime import datetime\nx = datetime.utcnow()"),
        (is_naive, "from datetime import date\nx = date.today()"),
        (is_naive, "import datetime\nx = datetime.datetime.now()"),
        (misnames_a_day, "class Sale(Base):\n    due: Mapped[date]"),
        (misnames_a_day, "class Sale(Base):\n    paid_on: Mapped[datetime | None]"),
        (misnames_a_day, "class Fact:\n    issue_date: date | None = None"),
        (reads_the_environment, "import os\nHOME = os.environ['HOME']"),
        (reads_the_environment, "from os import getenv"),
    ],
)
def test_a_planted_clock_or_variable_is_caught(check: Callable[[House], Iterator[str]], source: str) -> None:
    assert len(list(check(planted(app__taxes__models=source)))) == 1


def test_a_zone_given_and_right_endings_pass() -> None:
    source = (
        "x = datetime.now(UTC)\nclass Sale(Base):\n    due_on: Mapped[date]\n"
        "    valid_from: Mapped[date]\n    at: Mapped[datetime]"
    )
    assert [complaint for check in CHECKS for complaint in check(planted(app__taxes__models=source))] == []
