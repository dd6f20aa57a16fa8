"""Bound parameters only: no statement is put together from strings."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.tree import House, Module, called, planted, report

TAKES_SQL = frozenset(
    {"text", "execute", "executemany", "exec_driver_sql", "scalar", "scalars", "SQL", "DDL", "literal_column", "copy"}
)


def builds_sql(house: House) -> Iterator[str]:
    """Statements made by an f-string, `%`, `+` or `.format`, given directly or through a variable of the module.
    A revision (`versions/`) is a frozen list of constants."""
    for module in house.product():
        if "/versions/" in module.path:
            continue
        built = _built_names(module)
        for node in ast.walk(module.node):
            if not isinstance(node, ast.Call) or called(node) not in TAKES_SQL or not node.args:
                continue
            statement = node.args[0]
            if _is_built(statement) or (isinstance(statement, ast.Name) and statement.id in built):
                yield module.at(node, f"{called(node)}() takes one constant statement and bound parameters")


def _built_names(module: Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(module.node):
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if _is_built(node.value) or (isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add)):
                found.update(each.id for each in targets if isinstance(each, ast.Name))
    return found


def _is_built(node: ast.AST) -> bool:
    """A text that is put together at run time. `sql.SQL("…").format(…)` quotes its parts and is not one."""
    if isinstance(node, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Mod)):
        sides = (node.left, node.right)
        return any(_is_text(each) for each in sides) and not all(_is_text(each) for each in sides)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr in {"format", "join", "replace"} and _is_text(node.func.value)
    return False


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def test_no_statement_is_put_together_from_strings(house: House) -> None:
    assert report(builds_sql(house)) == ""


@pytest.mark.parametrize(
    "source",
    [
        "session.execute(text(f'select * from {name}'))",
        "session.execute(text('select * from ' + name))",
        "session.execute(text('select * from %s' % name))",
        "session.execute(text('select * from {}'.format(name)))",
        "connection.exec_driver_sql(f'set role {role}')",
        "cursor.execute('drop schema ' + schema)",
        "cursor.executemany(f'insert into {table} values (%s)', rows)",
        "session.scalars(text(', '.join(names)))",
        "statement = f'select {column}'\nsession.execute(text(statement))",
        "statement = 'select 1'\nstatement += where\nsession.execute(text(statement))",
        "sql.SQL(f'grant {role}')",
        "literal_column('pl_key(%s)' % name)",
        "DDL(f'create trigger {name}')",
    ],
)
def test_a_planted_statement_is_caught(source: str) -> None:
    assert len(list(builds_sql(planted(app__taxes__queries=source)))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "session.execute(text('select 1 where id = :id'), {'id': key})",
        "connection.execute(sql.SQL('grant {} to {}').format(sql.Identifier(role), sql.Identifier(member)))",
        "session.execute(select(Sale).where(Sale.id == key))",
        "message = f'{count} faktur'\nsession.execute(text('select 1'))",
        "text('select 1' ' from sale')",
    ],
)
def test_bound_and_quoted_statements_pass(source: str) -> None:
    assert list(builds_sql(planted(app__taxes__queries=source))) == []
