"""The real server process on a test's deployment, for tests that need real addresses."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from app.deployment import Deployment
from tests.chromium import served


def command(port: int) -> list[str]:
    return [sys.executable, "-m", "app.cli", "serve", "--port", str(port)]


def environment(deployment: Deployment) -> dict[str, str]:
    """The process joins the servers that the tests have started."""
    settings = deployment.settings
    return {
        "MAGISTRAT_HOME": str(settings.home),
        "SECRET_KEY": settings.secret_key,
        "DATABASE_URL": settings.database_url or "",
        "REDIS_URL": settings.redis_url or "",
    }


@pytest.fixture(scope="session")
def port(deployment: Deployment) -> Iterator[int]:
    """Where the application serves the deployment of all tests."""
    with served(command, environment(deployment)) as found:
        yield found
