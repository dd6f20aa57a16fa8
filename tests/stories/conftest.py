"""A small town whose month was closed from end to end, on servers of its own home."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.deployment import Deployment, running
from app.kernel.files import Files
from app.ops.demo.outside import Outside, outside
from app.ops.demo.scenario import Wanted, play
from app.settings import Settings
from tenants import registry
from tenants.models import Tenant
from workers.inline import work_inline


@dataclass(frozen=True)
class Town:
    """The town and what its main job said of itself. Stories that change it come in the order of the file."""

    deployment: Deployment
    folder: Path
    outside: Outside
    summary: dict[str, Any]

    @property
    def city(self) -> Tenant:
        return self.tenant("nowa-dabrowa")

    def tenant(self, slug: str) -> Tenant:
        with self.deployment.host.control() as session:
            return registry.known(session, slug)

    @property
    def files(self) -> Files:
        return self.deployment.files(self.city)

    def again(self) -> dict[str, Any]:
        return play(self.deployment, self.folder, self.outside, WANTED, lambda words: None, work_inline)


WANTED = Wanted(units=5, invoices=160, seed=3)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    home = tmp_path_factory.mktemp("town")
    folder = home / "demo"
    with running(Settings(home=home, secret_key_text="stories")) as deployment, outside(folder / "outside") as world:
        summary = play(deployment, folder, world, WANTED, lambda words: None, work_inline)
        yield Town(deployment, folder, world, summary)
