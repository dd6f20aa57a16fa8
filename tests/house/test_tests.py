"""Tests can fail, measure nothing, and use what is real."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.house.tree import House, Module, called, functions, planted, report

CLOCKS = frozenset({"perf_counter", "perf_counter_ns", "process_time", "timeit", "time_ns"})
MOCKS = ("unittest.mock", "mock", "pytest_mock", "mocker")
PROVES = frozenset({"raises", "warns", "fail", "expect"})


def _tests(house: House) -> Iterator[Module]:
    return (module for module in house.modules if module.under("tests") and not module.under("tests.bench"))


def measures(house: House) -> Iterator[str]:
    """Clocks in tests: a busy machine would fail them. Measurements are benches."""
    for module in _tests(house):
        for node in ast.walk(module.node):
            if isinstance(node, ast.Call) and called(node) in CLOCKS:
                yield module.at(node, f"{called(node)}() belongs in tests/bench")


def pretends(house: House) -> Iterator[str]:
    """Mocks: outside systems have simulators, everything else is real."""
    for module in _tests(house):
        for line, target in module.imports:
            if target.startswith(MOCKS):
                yield f"{module.path}:{line}: {target}: use the real thing or a gateway's simulator"


def cannot_fail(house: House) -> Iterator[str]:
    """Test functions that assert nothing, neither themselves nor through a helper."""
    for module in _tests(house):
        helpers = {function.name for function in functions(module.node) if _proves(function, frozenset())}
        helpers |= {target.rpartition(".")[2] for _, target in module.imports if target.startswith("tests.")}
        for function in functions(module.node):
            if function.name.startswith("test_") and not _proves(function, frozenset(helpers)):
                yield module.at(function, f"{function.name} asserts nothing")


def _proves(function: ast.AST, helpers: frozenset[str]) -> bool:
    return any(
        isinstance(node, ast.Assert) or (isinstance(node, ast.Call) and called(node) in PROVES | helpers)
        for node in ast.walk(function)
    )


CHECKS: tuple[Callable[[House], Iterator[str]], ...] = (measures, pretends, cannot_fail)


@pytest.mark.parametrize("check", CHECKS)
def test_tests_are_honest(house: House, check: Callable[[House], Iterator[str]]) -> None:
    assert report(check(house)) == ""


@pytest.mark.parametrize(
    ("check", "source"),
    [
        (measures, "import time\ndef test_x():\n    begun = time.perf_counter()\n    assert begun"),
        (measures, "from timeit import timeit\nassert timeit('1') < 1"),
        (pretends, "from unittest.mock import patch"),
        (pretends, "import unittest.mock"),
        (cannot_fail, "def test_x():\n    tax(1)"),
        (cannot_fail, "def _helper():\n    tax(1)\ndef test_x():\n    _helper()"),
    ],
)
def test_a_planted_dishonest_test_is_caught(check: Callable[[House], Iterator[str]], source: str) -> None:
    assert len(list(check(planted(tests__taxes__test_rules=source)))) == 1


def test_a_helper_may_assert_for_a_test() -> None:
    source = "def _refused():\n    with pytest.raises(Refusal): ...\ndef test_x():\n    _refused()"
    assert report(cannot_fail(planted(tests__taxes__test_rules=source))) == ""


def test_a_storys_tests_stay_together_and_in_order(tmp_path: Path) -> None:
    names = [f"tests/{folder}/test_{n}.py" for folder in ("stories", "vat") for n in range(6)]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("import time\ndef test_it():\n    time.sleep(0.05)\n")
    (tmp_path / "conftest.py").write_text("from tests.spread import pytest_xdist_make_scheduler\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-v",
        "-n",
        "2",
        "--import-mode=importlib",
        "--rootdir",
        str(tmp_path),
        "tests",
    ]
    path = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, cwd=tmp_path, env=path, capture_output=True, text=True, check=True)
    ran = re.findall(r"\[(gw\d)\].*PASSED (\S+)::test_it", done.stdout)
    assert len(ran) == len(names)
    assert {worker for worker, _ in ran} == {"gw0", "gw1"}
    stories = [(worker, name) for worker, name in ran if "stories" in name]
    assert [name for _, name in stories] == names[:6]
    assert len({worker for worker, _ in stories}) == 1
