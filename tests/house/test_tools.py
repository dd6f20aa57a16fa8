"""The tools that watch the house are switched on, and the import contracts really catch what they say they do."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.house.tree import ROOT, House

RUFF = {"E", "F", "W", "I", "UP", "B", "DTZ", "S608", "T20"}
CHECKS = ("ruff check", "ruff format --check", "mypy", "lint-imports", "tests/house", "run test")


@pytest.fixture(scope="module")
def settings(house: House) -> dict[str, Any]:
    tools: dict[str, Any] = tomllib.loads(house.files["pyproject.toml"])["tool"]
    return tools


def test_ruff_and_mypy_watch_what_the_design_asks(settings: dict[str, Any]) -> None:
    assert set(settings["ruff"]["lint"]["select"]) >= RUFF
    assert not set(settings["ruff"]["lint"]["ignore"]) & RUFF
    assert settings["mypy"]["strict"] is True
    assert {"app", "tenants", "workers", "policies", "migrations"} <= set(settings["mypy"]["files"])
    assert not [one for one in settings["mypy"]["overrides"] if one.get("ignore_errors") or one.get("strict") is False]


def test_the_check_runs_every_tool_in_turn_and_ci_calls_it(house: House) -> None:
    lines = [line for line in house.files[".ci/check"].splitlines() if line.startswith("step ")]
    assert [tool for tool, line in zip(CHECKS, lines, strict=True) if tool not in line] == []
    assert "set -eu" in house.files[".ci/check"]
    assert "./run check" in house.files[".ci/run"]


PLANTED = {
    "1. Floors": ("app/law/planted.py", "from app.vat import rules\n"),
    "2. Every room": ("app/vat/planted.py", ""),
    "3. The law is pure": ("app/vat/rules/planted.py", "import sqlalchemy\n"),
    "4. Rooms are tenant-blind": ("app/web/planted.py", "from tenants import session\n"),
    "5. Only the shared service centre": ("workers/planted.py", "from tenants import fleet\n"),
}


def _broken_contracts(folder: Path) -> set[str]:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([program, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False)
    return {name for name in PLANTED if f"{name}" in "".join(
        line for line in done.stdout.splitlines(keepends=True) if line.rstrip().endswith("BROKEN"))}  # fmt: skip


def test_the_import_contracts_catch_one_planted_violation_each(tmp_path: Path, house: House) -> None:
    for path, text in house.files.items():
        if path.endswith(".py") or path == "pyproject.toml":
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text, encoding="utf-8")
    for path, text in PLANTED.values():
        (tmp_path / path).write_text(f'"""Planted."""\n{text}')
    assert _broken_contracts(tmp_path) == set(PLANTED)
    assert _broken_contracts(ROOT) == set()
