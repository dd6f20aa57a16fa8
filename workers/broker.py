"""The broker: Dramatiq on Redis or Valkey, a queue for each kind of urgency (`app.kernel.outbox.QUEUES`).

It only carries identifiers of rows; the rows in PostgreSQL are the truth. What the broker loses the relay sends again,
what it delivers twice has its effect once, so there are no retries and no delays here.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

import redis
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import TimeLimit

from app.kernel.outbox import QUEUES

NAMESPACE = "magistrat"
CHUNK, MESSAGE = "chunk", "message"
"""Names of the two actors: work on a run's chunk, handle a message of the outbox."""
MOST_MILLISECONDS = 30 * 60 * 1000
"""A chunk that takes longer is interrupted; after a few such attempts it is given up."""


def make(redis_url: str) -> RedisBroker:
    """A broker of its own for whoever asks: one that consumes must not be shared."""
    client = redis.Redis.from_url(redis_url, socket_timeout=10, socket_connect_timeout=5)
    limit = TimeLimit(time_limit=MOST_MILLISECONDS)
    broker = RedisBroker(client=client, middleware=[limit], namespace=NAMESPACE)  # type: ignore[no-untyped-call]
    for queue in QUEUES:
        broker.declare_queue(queue)
    broker.delay_queues.clear()
    return broker


def send(broker: RedisBroker, actor: str, queue: str, schema: str, row_id: UUID) -> None:
    """One message: this row of this tenant is to be worked on."""
    message: Message[None] = Message(
        queue_name=queue, actor_name=actor, args=(schema, str(row_id)), kwargs={}, options={}
    )
    broker.enqueue(message)


def backlog(broker: RedisBroker) -> Mapping[str, int]:
    """How many messages lie in each queue, waiting for a worker."""
    with broker.client.pipeline(transaction=False) as pipeline:
        for queue in QUEUES:
            pipeline.llen(f"{NAMESPACE}:{queue}")
        return dict(zip(QUEUES, pipeline.execute(), strict=True))
