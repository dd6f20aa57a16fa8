"""Every public rule names its article and has a test that names the rule."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import pytest

from app.rules import catalogue
from tests.house.tree import House, Module, called, functions, planted, report


def _rules(house: House) -> Iterator[tuple[Module, str, str]]:
    """Module, public name and function of each `Rule(name, summary, input, function)` in a room or in `app.law`."""
    for module in _lawful(house):
        for node in ast.walk(module.node):
            if isinstance(node, ast.Call) and called(node) == "Rule":
                named = {word.arg: word.value for word in node.keywords}
                name = node.args[0] if node.args else named["name"]
                run = node.args[3] if len(node.args) > 3 else named["run"]
                if isinstance(name, ast.Constant) and isinstance(run, ast.Name):
                    yield module, str(name.value), run.id


def _lawful(house: House) -> Iterator[Module]:
    yield from house.faces("rules")
    yield from (module for module in house.modules if module.under("app.law"))


def has_no_law(house: House) -> Iterator[str]:
    """Public rules whose function does not say `Law: …`."""
    for module, name, run in _rules(house):
        found = [
            function
            for each in _lawful(house)
            if each.under(module.name)
            for function in functions(each.node)
            if function.name == run
        ]
        if not any("Law: " in (ast.get_docstring(function) or "") for function in found):
            yield f"{module.path}: the rule {name} ({run}) has no `Law:` line"


def has_no_test(house: House) -> Iterator[str]:
    """Public rules that no test calls by name or by function."""
    tests = [module for module in house.modules if module.under("tests") and not module.under("tests.house")]
    for module, name, run in _rules(house):
        if not any(f'"{name}"' in test.source or f"{run}(" in test.source for test in tests):
            yield f"{module.path}: no test names the rule {name}"


CHECKS: tuple[Callable[[House], Iterator[str]], ...] = (has_no_law, has_no_test)


@pytest.mark.parametrize("check", CHECKS)
def test_every_public_rule_names_its_law_and_is_tested(house: House, check: Callable[[House], Iterator[str]]) -> None:
    assert report(check(house)) == ""


def test_the_catalogue_holds_what_the_rooms_declare(house: House) -> None:
    assert {name for _, name, _ in _rules(house)} == set(catalogue())


RULE = 'RULES = (Rule("tax", "Liczy.", Question, tax),)\n'


@pytest.mark.parametrize(
    ("check", "tree"),
    [
        (has_no_law, planted(app__taxes__rules=RULE + 'def tax(q):\n    """Computes."""')),
        (has_no_law, planted(app__taxes__rules=RULE + "def tax(q): ...")),
        (has_no_law, planted(app__taxes__rules__init="", app__taxes__rules=RULE)),
        (has_no_test, planted(app__taxes__rules=RULE, tests__taxes__test_other='def test_x(): ask("fee")')),
        (has_no_test, planted(app__taxes__rules=RULE, tests__house__test_law='ask("tax")')),
    ],
)
def test_a_planted_lawless_rule_is_caught(check: Callable[[House], Iterator[str]], tree: House) -> None:
    assert len(list(check(tree))) == 1
