"""What the law says is pure: rules, postings and filings compute; they never read, write, ask the time or send."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.tree import House, Module, called, dotted, planted, report

PURE_KERNEL = tuple(f"app.kernel.{name}" for name in ("errors", "money", "dates", "ids", "reckoning", "rulebook"))
ALLOWED = frozenset(
    """
    __future__ abc base64 bisect calendar collections copy csv dataclasses datetime decimal difflib enum fractions
    functools hashlib heapq io itertools json math numbers operator re string struct textwrap typing types unicodedata
    uuid zlib holidays lxml msgspec stdnum
    """.split()  # noqa: SIM905
)
"""The parts of the standard library that only compute, and the libraries of the law."""
FORBIDDEN_CALLS = frozenset(
    """
    open today now utcnow fromtimestamp uuid1 uuid4 uuid7 getenv
    read_text read_bytes write_text write_bytes unlink mkdir touch
    """.split()  # noqa: SIM905
)
OPENING = frozenset({"open", "read_bytes"})
FORBIDDEN_BUILTINS = frozenset({"input", "print", "exec", "eval", "compile", "__import__", "breakpoint"})
READS_FILES = {
    "app/vat/filings/package.py": frozenset({"os", "stat", "pathlib", "zipfile"}),
    "app/vat/filings/fa3/document.py": frozenset({"importlib", "pathlib", "threading"}),
    "app/vat/filings/jpk_v7m/reading.py": frozenset({"pathlib"}),
}
"""What three filings need besides: `package` opens, and does not believe, what the caller points at; `document` finds
the official schema among the installed libraries and compiles it once a process; `reading` streams a return
from its file."""


def is_impure(house: House) -> Iterator[str]:
    """Imports and calls by which a rule, a posting, a filing or the pure kernel would reach outside its arguments."""
    for module in _pure(house):
        reads = READS_FILES.get(module.path, frozenset())
        for line, target in module.imports:
            if not _may_import(house, target, reads):
                yield f"{module.path}:{line}: {target} does not belong in a pure module"
        for node in ast.walk(module.node):
            if isinstance(node, ast.Call) and _reaches_out(node) and not (reads and called(node) in OPENING):
                yield module.at(node, f"{called(node)}() reaches outside; pass what it would give as a fact")
            if isinstance(node, ast.Attribute) and dotted(node) in {
                "os.environ",
                "sys.argv",
                "sys.stdin",
                "sys.stdout",
            }:
                yield module.at(node, f"{dotted(node)} is outside; pass what it would give as a fact")
            if isinstance(node, (ast.Global, ast.AsyncFunctionDef, ast.Await)):
                yield module.at(node, "a pure module keeps no state and waits for nobody")


def _pure(house: House) -> Iterator[Module]:
    yield from house.faces("rules", "postings", "filings")
    yield from (module for module in house.modules if module.under(*PURE_KERNEL))


def _reaches_out(call: ast.Call) -> bool:
    name = called(call)
    return name in FORBIDDEN_CALLS or (name in FORBIDDEN_BUILTINS and isinstance(call.func, ast.Name))


def _may_import(house: House, target: str, reads: frozenset[str]) -> bool:
    top = target.split(".")[0]
    if top != "app":
        return top in ALLOWED | reads
    if target == "app.law" or target.startswith(("app.law.", *PURE_KERNEL)):
        return True
    if target.startswith("app.kernel.") or target == "app.kernel":
        return False
    return any(target.startswith((f"{room}.rules", f"{room}.filings", f"{room}.postings")) for room in house.rooms)


def test_the_law_is_pure(house: House) -> None:
    assert report(is_impure(house)) == ""


def test_every_exception_is_still_needed(house: House) -> None:
    imported = {module.path: {target.split(".")[0] for _, target in module.imports} for module in house.modules}
    assert [path for path, needed in READS_FILES.items() if not needed <= imported.get(path, set())] == []


@pytest.mark.parametrize(
    "source",
    [
        "from sqlalchemy import select",
        "import psycopg",
        "from litestar import get",
        "import dramatiq",
        "import time",
        "import os",
        "import logging",
        "import structlog",
        "import random",
        "import socket",
        "import subprocess",
        "from urllib.request import urlopen",
        "from pathlib import Path",
        "def tax():\n    import threading",
        "from tenants import session",
        "from app import settings",
        "from app.settings import Settings",
        "from app.kernel import db",
        "from app.kernel.audit import record",
        "from app.vat.models import VatSale",
        "from app.vat import queries",
        "from app.gateways import ksef",
        "from datetime import datetime\nNOW = datetime.now()",
        "from datetime import datetime, timezone\ndef due():\n    return datetime.now(timezone.utc)",
        "from datetime import date\ndef due(on=None):\n    return on or date.today()",
        "def rates():\n    return open('rates.csv').read()",
        "def show(tax):\n    print(tax)",
        "def ask():\n    return input()",
        "def load(path):\n    return path.read_text()",
        "def key():\n    return uuid.uuid4()",
        "def home():\n    return os.environ['HOME']",
        "LAST = 0\ndef next_number():\n    global LAST\n    LAST += 1",
        "async def tax(): ...",
    ],
)
@pytest.mark.parametrize("place", ["app__vat__rules__ratio", "app__vat__postings", "app__vat__filings"])
def test_a_planted_impurity_is_caught(source: str, place: str) -> None:
    assert len(list(is_impure(planted(**{place: source})))) == 1


def test_the_pure_kernel_is_held_to_the_same() -> None:
    assert len(list(is_impure(planted(app__kernel__money="import time")))) == 1
    assert list(is_impure(planted(app__kernel__runs="import time"))) == []


def test_what_only_computes_is_allowed() -> None:
    source = (
        "from decimal import Decimal\nfrom app.law import at\nfrom app.kernel.money import to_grosz\nimport lxml.etree"
    )
    assert list(is_impure(planted(app__vat__rules=source))) == []
