"""Inside a room: the same names, always; verbs take the session and commit nothing."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import pytest

from app.rooms import ROOMS
from tests.house.tree import House, called, planted, public_functions, report

SHAPE = frozenset(
    {"__init__", "rules", "models", "postings", "filings", "queries", "service", "pages", "api", "templates"}
)
TRANSACTION = frozenset({"commit", "rollback", "sessionmaker", "create_engine", "Session"})


def has_another_shape(house: House) -> Iterator[str]:
    """Files of a room with other names; a room without a description, or with code where only words belong."""
    for room in house.rooms:
        folder = room.replace(".", "/")
        inside = {
            path.removeprefix(f"{folder}/").split("/")[0] for path in house.files if path.startswith(f"{folder}/")
        }
        for name in sorted(inside):
            if name.removesuffix(".py") not in SHAPE:
                yield f"{folder}/{name}: a room has {', '.join(sorted(SHAPE))} and nothing else"
        yield from _description(house, f"{folder}/__init__.py")


def _description(house: House, path: str) -> Iterator[str]:
    module = next((module for module in house.modules if module.path == path), None)
    if module is None or not ast.get_docstring(module.node):
        yield f"{path}: say what this room is for"
    elif len(module.node.body) > 1:
        yield module.at(module.node.body[1], "a room's description holds no code")


def forgets_the_session(house: House) -> Iterator[str]:
    """Public functions of `service` and `queries` whose first argument is not the session."""
    for module in house.faces("service", "queries"):
        for function in public_functions(module):
            arguments = [*function.args.posonlyargs, *function.args.args]
            if not arguments or arguments[0].arg != "session":
                yield module.at(function, f"{function.name} takes `session` first")


def owns_the_transaction(house: House) -> Iterator[str]:
    """Calls in rooms that end a transaction or open one: the door does both."""
    for module in house.modules:
        if not module.under(*house.rooms):
            continue
        for node in ast.walk(module.node):
            if isinstance(node, ast.Call) and called(node) in TRANSACTION:
                yield module.at(node, f"{called(node)}() belongs to the door that opened the session")


CHECKS: tuple[Callable[[House], Iterator[str]], ...] = (has_another_shape, forgets_the_session, owns_the_transaction)


@pytest.mark.parametrize("check", CHECKS)
def test_every_room_has_the_same_shape(house: House, check: Callable[[House], Iterator[str]]) -> None:
    assert report(check(house)) == ""


def test_every_room_is_on_the_visible_list(house: House) -> None:
    assert set(ROOMS) == set(house.rooms)


ROOM = {"app/taxes/__init__.py": '"""Taxes."""', "app/taxes/rules.py": "", "app/taxes/templates/month.html": ""}


def test_a_room_of_the_right_shape_passes() -> None:
    assert report(has_another_shape(House(ROOM))) == ""


@pytest.mark.parametrize(
    ("check", "tree"),
    [
        (has_another_shape, House({**ROOM, "app/taxes/utils.py": ""})),
        (has_another_shape, House({**ROOM, "app/taxes/helpers/text.py": ""})),
        (has_another_shape, planted(app__taxes__rules="")),
        (has_another_shape, House({"app/taxes/__init__.py": "", "app/taxes/rules.py": ""})),
        (has_another_shape, House({"app/taxes/__init__.py": '"""Taxes."""\nfrom app.taxes.rules import tax'})),
        (forgets_the_session, planted(app__taxes__service="def assess(year, session): ...")),
        (forgets_the_session, planted(app__taxes__queries__month="def rows(*, session): ...")),
        (owns_the_transaction, planted(app__taxes__service="def assess(session):\n    session.commit()")),
        (owns_the_transaction, planted(app__taxes__service="def assess(session):\n    session.rollback()")),
        (owns_the_transaction, planted(app__taxes__queries="with Session(engine): ...")),
    ],
)  # fmt: skip
def test_a_planted_misfit_is_caught(check: Callable[[House], Iterator[str]], tree: House) -> None:
    assert len(list(check(tree))) == 1
