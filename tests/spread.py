"""How tests are dealt to processes: one by one, but for the folders whose tests share a world and come in order."""

from __future__ import annotations

import pytest
from xdist.scheduler.loadscope import LoadScopeScheduling

TOGETHER = ("tests/stories/", "tests/workers/")
"""A folder here is one process's: its tests follow each other in the order of their files."""


class ByFolder(LoadScopeScheduling):  # type: ignore[misc]  # xdist carries no types
    """Stands for `--dist loadgroup`, whose marks pytest 9.2 no longer lets through to the controller."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFolder:
    return ByFolder(config, log)
