"""A deployment of its own for tests that change what all tenants share: releases, cells, journals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.deployment import running
from app.settings import Settings
from tenants.session import Host
from tests.conftest import World, make_world


@pytest.fixture
def own_home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def own_host(own_home: Path) -> Iterator[Host]:
    """A new embedded PostgreSQL at this release; the test may do what it likes with it."""
    settings = Settings(home=own_home, secret_key_text="test", redis_url="unix://none")
    with running(settings) as made:
        yield made.host


@pytest.fixture
def own_world(own_host: Host) -> World:
    return make_world(own_host, "")
