"""A number of the law is never in code, and money is never a float."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import pytest

from tests.house.tree import House, Module, called, planted, report

EXACT = frozenset({"Decimal", "Fraction", "Amount", "Exact", "WholeZloty", "WholePercent"})
STRUCTURAL = 2000
"""Whole numbers below it say places, lengths and counts; a larger one is a threshold unless it is a named constant."""
MONEY_KERNEL = tuple(f"app.kernel.{name}" for name in ("money", "ids", "reckoning", "rulebook", "db", "models"))


def knows_a_number_of_the_law(house: House) -> Iterator[str]:
    """Numbers in rules, in any dress: `Decimal("0.23")`, `Decimal(23)`, a bare `10_000` (`0.23` is a float anyway)."""
    for module in house.faces("rules"):
        named = _named_constants(module)
        for node in ast.walk(module.node):
            if isinstance(node, ast.Call) and called(node) in EXACT and any(_is_number(each) for each in node.args):
                yield module.at(node, "a number of the law lives in app/law/acts with its day and source")
            elif isinstance(node, ast.Constant) and node not in named and _is_number(node) and _is_large(node.value):
                yield module.at(node, f"{node.value!r} is a threshold of the law (app/law/acts) or wants a name")


def _is_large(value: object) -> bool:
    return isinstance(value, int) and abs(value) >= STRUCTURAL


def _is_number(node: ast.AST) -> bool:
    if isinstance(node, ast.UnaryOp):
        return _is_number(node.operand)
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
        return False
    if isinstance(node.value, str):
        return node.value.strip("+-").replace(".", "", 1).replace("_", "").isdigit()
    return isinstance(node.value, (int, float))


def _named_constants(module: Module) -> set[ast.AST]:
    """What stands in an assignment to an upper-case name of the module, and sizes of caches."""
    found: set[ast.AST] = {
        each.value for each in ast.walk(module.node) if isinstance(each, ast.keyword) and each.arg == "maxsize"
    }
    for statement in module.node.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        names = [each for target in targets for each in (target.elts if isinstance(target, ast.Tuple) else [target])]
        if all(isinstance(each, ast.Name) and each.id.isupper() for each in names):
            found.update(ast.walk(statement))
    return found


def counts_in_floats(house: House) -> Iterator[str]:
    """Float literals, `float(…)` and float annotations where amounts live: rooms, the law, the kernel of money."""
    for module in house.modules:
        if not module.under(*house.rooms, "app.law", *MONEY_KERNEL):
            continue
        for node in ast.walk(module.node):
            if isinstance(node, ast.Constant) and isinstance(node.value, float):
                yield module.at(node, f"{node.value} is a float; exact numbers are Decimal")
            elif isinstance(node, ast.Name) and node.id in {"float", "Float", "REAL"}:
                yield module.at(node, "exact numbers are Decimal, never float")
            elif isinstance(node, ast.Attribute) and node.attr in {"Float", "Double", "REAL", "DOUBLE_PRECISION"}:
                yield module.at(node, "amounts are numeric in the database too")


CHECKS: tuple[Callable[[House], Iterator[str]], ...] = (knows_a_number_of_the_law, counts_in_floats)


@pytest.mark.parametrize("check", CHECKS)
def test_numbers_of_the_house_are_exact_and_dated(house: House, check: Callable[[House], Iterator[str]]) -> None:
    assert report(check(house)) == ""


@pytest.mark.parametrize(
    ("check", "source"),
    [
        (knows_a_number_of_the_law, 'RATE = Decimal("0.23")'),
        (knows_a_number_of_the_law, 'def tax(net):\n    return net * Decimal("0.08")'),
        (knows_a_number_of_the_law, "def tax(net):\n    return net * Decimal(23) / 100"),
        (knows_a_number_of_the_law, "CHANGE = Decimal(-1)"),
        (knows_a_number_of_the_law, "def tax(net):\n    return net * Fraction(23, 100)"),
        (knows_a_number_of_the_law, 'CAP = Amount("10000.00")'),
        (knows_a_number_of_the_law, "def may(lost):\n    return lost < 10_000"),
        (counts_in_floats, "def tax(net):\n    return net * 0.23"),
        (counts_in_floats, "def share(net):\n    return float(net)"),
        (counts_in_floats, "def share(net: float) -> None: ..."),
        (counts_in_floats, "import sqlalchemy as sa\nrate = sa.Float"),
        (counts_in_floats, "SMALL = 1e-9"),
    ],
)
def test_a_planted_number_is_caught(check: Callable[[House], Iterator[str]], source: str) -> None:
    assert len(list(check(planted(app__taxes__rules__property=source)))) == 1


def test_places_lengths_and_named_limits_are_allowed() -> None:
    source = "LONGEST = 8192\ndef check(text):\n    return len(text) == 35 and int(text[:4]) % 11"
    assert list(knows_a_number_of_the_law(planted(app__taxes__rules=source))) == []
