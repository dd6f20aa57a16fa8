"""What Dramatiq calls: a message names a tenant's schema and a row; the row says what to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import lru_cache
from uuid import UUID

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from app.deployment import Deployment
from app.kernel import logs
from tenants import registry
from tenants.models import Tenant
from workers.broker import CHUNK, MESSAGE
from workers.working import work_chunk, work_message

REMEMBERED_SECONDS = 60
"""How long a tenant's registry row may be out of date."""


def declare(broker: RedisBroker, deployment: Deployment) -> None:
    """Both actors, on every queue of this broker."""

    @lru_cache(maxsize=1000)
    def tenant(schema: str, _: int) -> Tenant:
        with deployment.host.control() as session:
            return registry.by_schema(session, schema)

    def actor(work: Callable[[Deployment, Tenant, UUID], bool]) -> Callable[[str, str], None]:
        def run(schema: str, row_id: str) -> None:
            try:
                work(deployment, tenant(schema, int(time.monotonic() / REMEMBERED_SECONDS)), UUID(row_id))
            except Exception as error:  # a server is away: the relay sends the row again
                logs.fault("worker.unable", error, tenant=schema, row=row_id)

        return run

    dramatiq.actor(actor_name=CHUNK, queue_name="bulk", broker=broker)(actor(work_chunk))
    dramatiq.actor(actor_name=MESSAGE, queue_name="bulk", broker=broker)(actor(work_message))
