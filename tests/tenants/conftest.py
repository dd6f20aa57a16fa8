"""A deployment of its own for tests that change what all tenants share: releases, cells, journals."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import Settings
from tenants.embedded import servers
from tenants.session import Host
from tenants.upgrade import upgrade
from tests.conftest import World, make_world

QUICK = {"fsync": "off", "shared_buffers": "32MB"}
"""A test that does not cut the power need not wait for the disk."""


@pytest.fixture
def own_home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def own_host(own_home: Path) -> Iterator[Host]:
    """A new embedded PostgreSQL at this release; the test may do what it likes with it."""
    with servers(own_home, QUICK, valkey=False) as started:
        host = Host(started.database_url, Settings(home=own_home, secret_key_text="test").derived_secret)
        upgrade(host)
        yield host
        host.dispose()


@pytest.fixture
def own_world(own_host: Host) -> World:
    return make_world(own_host, "")
