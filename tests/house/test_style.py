"""Length, names, unfinished work, described modules, refusals that nobody swallows."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from textwrap import indent

import pytest

from tests.house.tree import PRODUCT, House, Module, functions, planted, report

LONGEST_FUNCTION = 69
LONGEST_FILE = 400
GENERATED = ("/versions/", "/rendered/", "requirements/", "package-lock.json")
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
LAYER_NAMES = re.compile(r"(Manager|Helper|Utils?|Repository|Dao|Dto|Impl|Singleton|Factory)$|^(dao|dto|util|helper)_")
LAYER_FILES = frozenset({"utils", "util", "common", "core", "lib", "helpers", "misc", "scripts", "managers"})
POLISH = frozenset(
    """
    faktura faktury faktur gmina gminy jednostka jednostki podatek podatki podatnik kwota kwoty stawka stawki uchwala
    decyzja deklaracja deklaracje wymiar naleznosc zaleglosc nadplata odsetki upomnienie rejestr nabywca sprzedawca
    sprzedaz zakup zakupy wiersz wiersze miesiac rok dzien konto ksiega dokument wspolczynnik prewspolczynnik
    """.split()  # noqa: SIM905
)
"""Words of the field that have an English term in the glossary."""


def is_too_long(house: House) -> Iterator[str]:
    for path, text in house.files.items():
        lines = text.count("\n") + (not text.endswith("\n"))
        if lines > LONGEST_FILE and not any(part in path for part in GENERATED):
            yield f"{path}: {lines} lines; split it by subject into a folder of the same name"
    for module in house.modules:
        if "/versions/" in module.path:
            continue
        for function in functions(module.node):
            length = (function.end_lineno or function.lineno) - function.lineno + 1
            if length > LONGEST_FUNCTION:
                yield module.at(function, f"{function.name} has {length} lines")


def is_unfinished(house: House) -> Iterator[str]:
    """Notes to self, and functions that do nothing but promise."""
    for path, text in house.files.items():
        if path.startswith("tests/house/") or path.endswith(".md"):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if UNFINISHED.search(line) and (not path.endswith(".py") or _in_comment(line)):
                yield f"{path}:{number}: finish it or file an issue"
    for module in house.product():
        promised = _promised(module)
        for function in functions(module.node):
            if function not in promised and _is_stub(function):
                yield module.at(function, f"{function.name} does nothing")


def _in_comment(line: str) -> bool:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(line.strip()).readline))
    except (tokenize.TokenError, IndentationError):
        return True
    return any(token.type == tokenize.COMMENT and UNFINISHED.search(token.string) for token in tokens)


def _promised(module: Module) -> set[ast.AST]:
    """Functions without a body by right: of a Protocol, abstract, an overload, a group of commands."""
    found: set[ast.AST] = set()
    for node in ast.walk(module.node):
        if isinstance(node, ast.ClassDef) and any("Protocol" in ast.unparse(base) for base in node.bases):
            found.update(functions(node))
        if isinstance(node, ast.FunctionDef) and any(
            re.search("overload|abstract|group", ast.unparse(each)) for each in node.decorator_list
        ):
            found.add(node)
    return found


def _is_stub(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return all(
        isinstance(each, ast.Pass)
        or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant) and each.value.value is ...)
        or (isinstance(each, ast.Raise) and each.exc is not None and ast.unparse(each.exc).startswith("NotImplemented"))
        for each in body
    )


def swallows(house: House) -> Iterator[str]:
    """`except Exception` (or wider) that neither raises nor looks at what was caught."""
    for module in house.product():
        for node in ast.walk(module.node):
            if not isinstance(node, ast.ExceptHandler):
                continue
            caught = "BaseException" if node.type is None else ast.unparse(node.type)
            if not re.search(r"\b(Base)?Exception\b", caught):
                continue
            looks = any(
                isinstance(each, ast.Raise) or (isinstance(each, ast.Name) and node.name and each.id == node.name)
                for statement in node.body
                for each in ast.walk(statement)
            )
            if not looks:
                yield module.at(node, "a defect is never swallowed: name what you expect, or pass it on")


def is_not_described(house: House) -> Iterator[str]:
    """Modules of the product without a docstring, public names of a room without one."""
    for module in house.product():
        if not ast.get_docstring(module.node):
            yield f"{module.path}: say in a docstring what this module answers"
    for module in house.faces("rules", "filings", "postings", "queries", "service"):
        for node in module.node.body:
            if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or node.name.startswith("_"):
                continue
            if not ast.get_docstring(node):
                yield module.at(node, f"{node.name} has no docstring (shapes, units, errors)")


def is_no_package(house: House) -> Iterator[str]:
    """Folders of code without `__init__`: import contracts would not see what is inside."""
    paths = {module.path for module in house.product()}
    for folder in sorted({path.rpartition("/")[0] for path in paths if not path.startswith("migrations/")}):
        if f"{folder}/__init__.py" not in paths:
            yield f"{folder}/: a folder of code has an __init__ that describes it"


def has_a_strange_name(house: House) -> Iterator[str]:
    """Identifiers that are not plain English, layers in names, folders for everything and nothing."""
    for module in house.modules:
        parts = module.path.removesuffix(".py").split("/")
        if module.under(*PRODUCT) and LAYER_FILES & set(parts):
            yield f"{module.path}: a file is named after what it answers"
        for node, name in _names(module.node):
            words = {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}
            if not name.isascii() or (words & POLISH and not _names_a_form(name)):
                yield module.at(node, f"{name}: identifiers are English, in the glossary's words")
            if isinstance(node, (ast.ClassDef, ast.FunctionDef)) and LAYER_NAMES.search(name):
                yield module.at(node, f"{name} names a layer, not a thing of the field")


def _names(tree: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node, node.name
        elif isinstance(node, ast.arg):
            yield node, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node, node.attr


def _names_a_form(name: str) -> bool:
    """`K_19`, `P_38`, `Podmiot3`: a field of a form keeps its official name."""
    return bool(re.fullmatch(r"[A-Z][A-Za-z]*_?[0-9]+\w*", name))


CHECKS: tuple[Callable[[House], Iterator[str]], ...] = (
    is_too_long, is_unfinished, swallows, is_not_described, is_no_package, has_a_strange_name,
)  # fmt: skip


@pytest.mark.parametrize("check", CHECKS)
def test_the_house_is_written_in_one_hand(house: House, check: Callable[[House], Iterator[str]]) -> None:
    assert report(check(house)) == ""


LONG = "def tax():\n" + "    x = 1\n" * 69


@pytest.mark.parametrize(
    ("check", "tree"),
    [
        (is_too_long, planted(app__taxes__rules=LONG)),
        (is_too_long, planted(tests__taxes__test_rules=f"class Taxes:\n{indent(LONG, '    ')}")),
        (is_too_long, planted(app__taxes__models="x = 1\n" * 401)),
        (is_too_long, House({"app/web/static/office.css": "a {}\n" * 401})),
        (is_unfinished, planted(app__taxes__service="x = 1  # TODO: the other half")),
        (is_unfinished, House({"app/office/templates/board.html": "<p>FIXME</p>"})),
        (is_unfinished, planted(app__taxes__service="def assess(session):\n    pass")),
        (is_unfinished, planted(app__taxes__service='def assess(session):\n    """Assesses."""\n    ...')),
        (is_unfinished, planted(app__taxes__service="def assess(session):\n    raise NotImplementedError")),
        (swallows, planted(workers__relay="try:\n    send()\nexcept Exception:\n    pass")),
        (swallows, planted(workers__relay="try:\n    send()\nexcept:\n    failed = True")),
        (swallows, planted(workers__relay="try:\n    send()\nexcept (ValueError, Exception) as lost:\n    count()")),
        (is_not_described, planted(tenants__registry="x = 1")),
        (is_not_described, planted(app__taxes__service='"""Verbs."""\ndef assess(session):\n    return 1')),
        (is_not_described, planted(app__taxes__rules='"""Law."""\nclass Tax:\n    net = 1')),
        (is_no_package, planted(app__taxes__rules="")),
        (has_a_strange_name, planted(app__taxes__rules="należność = 1")),
        (has_a_strange_name, planted(app__taxes__rules="def tax(kwota): ...")),
        (has_a_strange_name, planted(app__taxes__rules="class RejestrVat: ...")),
        (has_a_strange_name, planted(app__taxes__service="class TaxManager: ...")),
        (has_a_strange_name, planted(app__taxes__service="def helper_tax(session): ...")),
        (has_a_strange_name, planted(app__utils__text="")),
    ],
)  # fmt: skip
def test_a_planted_fault_of_style_is_caught(check: Callable[[House], Iterator[str]], tree: House) -> None:
    assert len(list(check(tree))) == 1


def test_what_is_right_by_right_is_left_alone() -> None:
    tree = planted(
        app__web__tables='"""Tables."""\nclass Source(Protocol):\n    def rows(self): ...\n',
        workers__relay='"""Relay."""\ntry:\n    send()\nexcept Exception as lost:\n    record(lost)\n',
        app__vat__rules='"""Totals."""\nP_38 = K_19 = Podmiot3 = 1\nNOTE = "TODO is a word in a text"\n',
    )
    assert [complaint for check in CHECKS if check is not is_no_package for complaint in check(tree)] == []
