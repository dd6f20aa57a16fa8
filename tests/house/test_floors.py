"""Arrows point down, rooms do not know the tenant, only the service centre holds the key ring, no room is opened."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence

import pytest

from tests.house.tree import DOORS, House, Module, planted, report

FACES = frozenset({"rules", "queries", "service"})
"""A room may be spoken about, asked and told."""
ALSO = {"app.main": frozenset({"pages", "api"}), **{f"app.{door}": frozenset({"filings"}) for door in DOORS}}
"""The application mounts pages; a door hands out (or, in the demo, makes) documents, which are pure."""
KEY_RING = ("app.ssc", "tenants")
BLIND = ("app.kernel", "app.law", "app.web")


def sees_tenants(house: House) -> Iterator[str]:
    """Rooms and the foundation that import `tenants`, `policies`' enforcer aside, or anything above them."""
    for module in house.modules:
        if module.under(*house.rooms, *BLIND):
            for line, target in module.imports:
                if target.split(".")[0] in {"tenants", "workers"} or target.startswith(
                    tuple(f"app.{d}" for d in DOORS)
                ):
                    yield f"{module.path}:{line}: {target} stands at or above the door; a room gets a session"


def holds_key_ring(house: House) -> Iterator[str]:
    for module in house.product():
        if module.under(*KEY_RING):
            continue
        for line, target in module.imports:
            if f"{target}.".startswith("tenants.fleet."):
                yield f"{module.path}:{line}: only {' and '.join(KEY_RING)} may import the fleet"


def opens_rooms(house: House) -> Iterator[str]:
    """Whoever imports something of a room that is not one of its faces."""
    for module in house.product():
        if module.under("migrations"):
            continue
        for line, target in module.imports:
            room = next((room for room in house.rooms if target.startswith(f"{room}.")), None)
            if room is None or module.under(room):
                continue
            face = target.removeprefix(f"{room}.").split(".")[0]
            if face not in FACES | _also(module):
                yield f"{module.path}:{line}: {room}.{face} is inside the room; ask its queries or tell its service"


def _also(module: Module) -> frozenset[str]:
    return next((faces for name, faces in ALSO.items() if module.under(name)), frozenset())


def contracts_forget(house: House) -> Iterator[str]:
    """Parts of `app` that the floors of pyproject.toml do not name, and rooms that the other contracts do not."""
    declared = tomllib.loads(house.files["pyproject.toml"])["tool"]["importlinter"]["contracts"]
    contracts = {one["name"][0]: one for one in declared}
    floors = set(re.findall(r"[\w.]+", " ".join(contracts["1"]["layers"])))
    parts = {f"app.{module.name.split('.')[1]}" for module in house.modules if module.name.startswith("app.")}
    yield from (f"pyproject.toml: contract 1 does not name {part}" for part in sorted(parts - floors))
    for room in house.rooms:
        faces = {module.name.split(".")[2] for module in house.modules if module.name.startswith(f"{room}.")}
        pure = {f"{room}.{name}" for name in ("rules", "postings", "filings") if name in faces}
        for number, missing in (
            ("2", {room} - set(contracts["2"]["containers"])),
            ("3", pure - set(contracts["3"]["source_modules"])),
            ("4", {room} - set(contracts["4"]["source_modules"])),
        ):
            yield from (f"pyproject.toml: contract {number} does not name {name}" for name in sorted(missing))


CHECKS: tuple[Callable[[House], Iterator[str]], ...] = (
    sees_tenants,
    holds_key_ring,
    opens_rooms,
    contracts_forget,
)


@pytest.mark.parametrize("check", CHECKS)
def test_the_house_stands_on_its_floors(house: House, check: Callable[[House], Iterator[str]]) -> None:
    assert report(check(house)) == ""


def _contracts(
    floors: Sequence[str] = ("app.waste | (app.taxes)",),
    containers: Sequence[str] = ("app.taxes",),
    pure: Sequence[str] = ("app.law", "app.taxes.rules"),
    blind: Sequence[str] = ("app.taxes",),
) -> House:
    """A house of one room with these contracts."""
    contracts = [("1", "layers", floors), ("2", "containers", containers), ("3", "source_modules", pure),
                 ("4", "source_modules", blind)]  # fmt: skip
    written = "".join(
        f'[[tool.importlinter.contracts]]\nname = "{name}."\n{key} = {json.dumps(list(value))}\n'
        for name, key, value in contracts
    )
    return House({"app/taxes/rules.py": "", "pyproject.toml": written})


def test_contracts_that_name_everything_pass() -> None:
    assert report(contracts_forget(_contracts())) == ""


@pytest.mark.parametrize(
    ("check", "tree"),
    [
        (sees_tenants, planted(app__vat__service="from tenants.session import Host")),
        (sees_tenants, planted(app__vat__service="def close():\n    import tenants.registry")),
        (sees_tenants, planted(app__kernel__audit="from tenants import models")),
        (sees_tenants, planted(app__vat__service="from workers import vat")),
        (sees_tenants, planted(app__vat__queries="from app.ssc import board")),
        (holds_key_ring, planted(app__office__pages="from tenants import fleet")),
        (holds_key_ring, planted(workers__vat="from tenants.fleet import visit")),
        (holds_key_ring, planted(app__cli__vat="import tenants.fleet")),
        (opens_rooms, planted(app__vat__models="", app__taxes__service="from app.vat.models import VatSale")),
        (opens_rooms, planted(app__vat__models="", app__taxes__service="from app.vat import models")),
        (opens_rooms, planted(app__vat__filings="", app__taxes__service="from app.vat.filings import jpk_v7m")),
        (opens_rooms, planted(app__vat__pages="", app__office__pages="from app.vat.pages import register")),
        (opens_rooms, planted(app__vat__models="", app__ssc__board="from ..vat import models")),
        (opens_rooms, planted(app__vat__models="", workers__vat='importlib.import_module("app.vat.models")')),
        (contracts_forget, _contracts(floors=["app.waste"])),
        (contracts_forget, _contracts(containers=[])),
        (contracts_forget, _contracts(pure=["app.law"])),
        (contracts_forget, _contracts(blind=["app.kernel"])),
    ],
)  # fmt: skip
def test_a_planted_arrow_is_caught(check: Callable[[House], Iterator[str]], tree: House) -> None:
    assert len(list(check(tree))) == 1


def test_the_service_centre_may_hold_the_key_ring_and_a_door_may_ask_a_room() -> None:
    tree = planted(
        app__ssc__board="from tenants import fleet\nfrom app.vat import queries\nfrom app.vat.service import close",
        app__ops__demo="from app.vat.filings import fa3",
        app__vat__models="",
    )
    assert [complaint for check in (sees_tenants, holds_key_ring, opens_rooms) for complaint in check(tree)] == []
