"""Tenants with a table for effects, a broker whose queues are empty, and ways to wait and to work without a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dramatiq.brokers.redis import RedisBroker

from app.deployment import Deployment
from tests.conftest import World, make_world
from tests.workers import effects
from workers.broker import make


@pytest.fixture(scope="session")
def town(deployment: Deployment) -> World:
    """A world of the workers' tests: nobody else leaves runs or messages there."""
    made = make_world(deployment.host, "-night")
    effects.prepare(deployment.host, made.city, made.school, made.pool, made.other_school)
    return made


@pytest.fixture
def broker(deployment: Deployment) -> Iterator[RedisBroker]:
    """Its queues and the cell's rows are clean before and after."""
    effects.clean(deployment.host)
    made = make(deployment.redis_url)
    made.client.flushdb()
    yield made
    made.client.flushdb()
    effects.clean(deployment.host)
