"""The demonstration's files, and cities founded from them."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.ops.demo.generator import Summary, generate
from app.ops.onboarding import Founded, found_city
from tenants.session import Host
from tests.conftest import ACTOR, World

_NUMBERS = itertools.count(1)


@dataclass(frozen=True)
class Demo:
    """A folder of the generator and what it says of itself."""

    summary: Summary
    described: dict[str, Any]

    @property
    def out(self) -> Path:
        return self.summary.out

    @property
    def sources(self) -> list[Path]:
        return [self.out / name for name in ("packages", "files", "bad")]


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    out = tmp_path_factory.mktemp("demo") / "city"
    summary = generate(14, 600, 1, "2026-09", out)
    return Demo(summary, json.loads((out / "city.json").read_text()))


@pytest.fixture
def founded(host: Host, world: World, demo: Demo) -> Callable[[], Founded]:
    """Founds another city like the demonstration's, with three units, beside the cities of `world`."""
    few = {**demo.described, "units": demo.described["units"][:3]}

    def one() -> Founded:
        return found_city(host, few, ACTOR, f"demo-{next(_NUMBERS)}")

    return one


@pytest.fixture(scope="session")
def whole(host: Host, world: World, demo: Demo) -> Founded:
    """The demonstration's city with all its units; what is imported there stays."""
    return found_city(host, demo.described, ACTOR, "demo-cala")
