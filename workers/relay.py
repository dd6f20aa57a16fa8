"""The relay: rows that are due → the broker, fairly between tenants, never too many at once.

Each tenant has at most so many chunks given out in a queue; the next place goes to the tenant that has fewest. A
broker's queue is kept short, so that whoever comes new waits for a few, not for everybody's January. A row given out
long ago that nobody holds is given out again. Any number of relays may run: one works at a time, the others stand by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import NamedTuple
from uuid import UUID

import structlog
from dramatiq.brokers.redis import RedisBroker
from redis import RedisError
from sqlalchemy import ColumnElement, Select, and_, func, select, true, update
from sqlalchemy.orm import Session

from app.deployment import Deployment
from app.kernel import logs, runs
from app.kernel.models import Chunk, Outbox, Run
from app.kernel.outbox import QUEUES
from tenants.models import Cell
from tenants.session import Host
from workers.broker import CHUNK, MESSAGE, backlog, send
from workers.working import AWAY

LOCK = 7_301_127
"""Of the advisory lock that one relay holds for a tick."""
SHORT_SECONDS, LONG_SECONDS = 0.03, 0.3
"""Between two ticks, when the last one had something to do and when there has been nothing for a while."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be given out at once in each queue, and after how long something given out counts as lost."""

    per_tenant: int = 16
    depth: int = 64
    """Messages in a queue of the broker that no worker has taken yet."""
    lease_seconds: float = 30


USUAL = Limits()


class Given(NamedTuple):
    """A row given out."""

    actor: str
    queue: str
    schema: str
    row_id: UUID


def relay(deployment: Deployment, broker: RedisBroker, stop: Event, limits: Limits = USUAL) -> None:
    """Tick after tick until told to stop. Servers that are away come back."""
    pause = LONG_SECONDS
    while not stop.wait(pause):
        sent = 0
        try:
            with deployment.host.control() as session:
                cells = session.scalars(select(Cell.name)).all()
            for cell in cells:
                sent += len(tick(deployment.host, cell, broker, limits))
        except (*AWAY, RedisError) as error:
            structlog.get_logger().warning("relay.server_away", error=type(error).__name__)
        except Exception as error:  # a defect must not end the relay
            logs.fault("relay.fault", error)
        pause = SHORT_SECONDS if sent else min(LONG_SECONDS, pause * 2)


def tick(host: Host, cell: str, broker: RedisBroker, limits: Limits = USUAL) -> Sequence[Given]:
    """What was given out now, in the order of sending; nothing while another relay is at it.

    Rows are marked first and sent after the commit: a worker never finds a row that is still locked here, and what
    a crash leaves unsent is given out again later.
    """
    waiting = backlog(broker)
    given: list[Given] = []
    with host.cell(cell) as session:
        if not session.execute(select(func.pg_try_advisory_xact_lock(LOCK))).scalar_one():
            return ()
        for run_id in runs.unsettled(session):
            runs.settle(session, run_id)
        for queue in QUEUES:
            given += _give_out(session, queue, limits.depth - waiting[queue], limits)
    for one in given:
        send(broker, *one)
    return given


def _give_out(session: Session, queue: str, room: int, limits: Limits) -> list[Given]:
    """At most `room` rows of one queue: lost ones, then messages, then chunks."""
    given: list[Given] = []
    tables: tuple[tuple[type[Outbox] | type[Chunk], str], ...] = ((Outbox, MESSAGE), (Chunk, CHUNK))
    for choose in (_lost, _next):
        for table, actor in tables:
            if (left := room - len(given)) <= 0:
                return given
            chosen = session.execute(choose(table, queue, left, limits)).all()
            mark = update(table).where(table.id.in_([row.id for row in chosen]))
            session.execute(
                mark.values(state="sent", sent_at=func.clock_timestamp()).execution_options(synchronize_session=False)
            )
            given += [Given(actor, queue, row.tenant, row.id) for row in chosen]
    return given


def _lost(table: type[Outbox] | type[Chunk], queue: str, room: int, limits: Limits) -> Select[UUID, str]:
    """Given out long ago and held by nobody: the message or its worker is gone."""
    expired = table.sent_at < func.now() - timedelta(seconds=limits.lease_seconds)
    return (
        select(table.id, table.tenant)
        .where(table.queue == queue, table.state == "sent", expired)
        .order_by(table.sent_at)
        .limit(room)
        .with_for_update(skip_locked=True)
    )


def _next(table: type[Outbox] | type[Chunk], queue: str, room: int, limits: Limits) -> Select[UUID, str]:
    """Of each tenant as many as it may still have given out; the first of all tenants, then the second of all …"""
    tenants = (
        select(Run.tenant).distinct().where(Run.state.in_(("waiting", "running")))
        if table is Chunk
        else select(Outbox.tenant).distinct().where(Outbox.state == "ready")
    ).subquery("lane")
    own: ColumnElement[bool] = and_(table.tenant == tenants.c.tenant, table.queue == queue)
    held = select(func.count().label("number")).where(own, table.state == "sent").lateral("held")
    free = (
        select(table.id)
        .where(own, table.state == "ready", table.due_at <= func.now())
        .order_by(table.id)
        .limit(func.greatest(0, limits.per_tenant - held.c.number))
        .with_for_update(skip_locked=True)
        .lateral("free")
    )
    place = held.c.number + func.row_number().over(partition_by=tenants.c.tenant, order_by=free.c.id)
    return (
        select(free.c.id, tenants.c.tenant)
        .select_from(tenants.join(held, true()).join(free, true()))
        .order_by(place, func.random())  # by chance among equals, so that nobody is always last
        .limit(room)
    )
