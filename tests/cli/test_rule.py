from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from typing import Any

import pytest
from click.testing import CliRunner, Result

from app.cli.rule import rule
from app.rules import catalogue


def _run(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(rule, list(arguments), input=stdin)


def _error(result: Result) -> dict[str, Any]:
    assert result.exit_code == 2
    answer = json.loads(result.stdout)
    assert set(answer) == {"error"}
    assert set(answer["error"]) == {"field", "message"}
    return dict(answer["error"])


def test_asks_one_question() -> None:
    question = b'{"vat": "2300.00", "use": "all", "pre_ratio_pct": "47", "ratio_pct": "61"}'
    result = _run("vat-deduction", stdin=question)
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert set(answer) == {"result", "reckoning", "law"}
    assert answer["result"] == {"deductible": "659.41", "pct": "28.67", "non_deductible": "1640.59"}


def test_lists_the_names_with_one_line_each() -> None:
    lines = _run("--list").stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(catalogue())
    assert all(len(line.split()) > 3 for line in lines)


def test_prints_the_schema_of_a_question() -> None:
    result = _run("vat-ratio", "--schema")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["required"] == ["numerator", "denominator", "kind"]


@pytest.mark.parametrize(
    ("stdin", "field"),
    [
        (b"", None),
        (b"{", None),
        (b"\xff\xfe\x00", None),
        (b'{"number": "\xb9"}', None),
        (b"[]", None),
        (b'{"number": 5}', "number"),
        (b'{"numer": "5"}', "numer"),
    ],
)
def test_bad_input_ends_with_status_two_and_the_error_object(stdin: bytes, field: str | None) -> None:
    assert _error(_run("ksef-number", stdin=stdin))["field"] == field


@pytest.mark.parametrize("arguments", [(), ("nope",), ("--schema",), ("nope", "--schema")])
def test_a_missing_or_unknown_name_is_an_error_object_too(arguments: tuple[str, ...]) -> None:
    assert _error(_run(*arguments))["field"] == "name"


def test_with_standard_input_closed_it_asks_for_a_question() -> None:
    program = f"{shlex.quote(sys.executable)} -c 'from app.cli.rule import rule; rule()' vat-ratio <&-"
    done = subprocess.run(program, shell=True, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (2, b"")
    assert json.loads(done.stdout)["error"]["field"] is None


def test_in_a_plain_c_locale_polish_comes_out_as_utf8_and_no_traceback() -> None:
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-c", "from app.cli.rule import rule; rule()", "vat-ratio"],
        input=b"\xff",
        capture_output=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == b""
    assert "error" in json.loads(done.stdout.decode("utf-8"))
