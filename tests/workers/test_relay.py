"""What the relay gives out: fairly between tenants, never too much, never what was rolled back, again what was lost."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from uuid import UUID, uuid4

from dramatiq.brokers.redis import RedisBroker
from sqlalchemy import func, select, update

from app.deployment import Deployment
from app.kernel import outbox, runs
from app.kernel.models import Chunk, Outbox
from app.kernel.runs import ChunkSpec
from tenants.models import Tenant
from tenants.session import Host
from tenants.upgrade import DEFAULT_CELL
from tests.conftest import ACTOR, World
from tests.workers import effects
from workers.broker import MESSAGE, backlog
from workers.relay import LOCK, Given, Limits, tick
from workers.working import work_chunk, work_message

WIDE = Limits(per_tenant=10_000, depth=10_000)


def started(host: Host, tenant: Tenant, specs: Sequence[ChunkSpec]) -> UUID:
    with host.tenant(tenant, ACTOR) as session:
        return effects.start(session, specs).id


def give(deployment: Deployment, broker: RedisBroker, limits: Limits = WIDE) -> list[Given]:
    return list(tick(deployment.host, DEFAULT_CELL, broker, limits))


def forget(host: Host, seconds: int) -> None:
    """As if everything given out had been so many seconds earlier."""
    with host.cell(DEFAULT_CELL) as session:
        for table in (Chunk, Outbox):
            session.execute(update(table).values(sent_at=table.sent_at - timedelta(seconds=seconds)))


def test_a_small_run_passes_a_large_one(deployment: Deployment, broker: RedisBroker, town: World) -> None:
    """Tenant B's five chunks are sent before tenant A's hundredth, though A's thousand were waiting first."""
    large, small = town.school, town.other_school
    started(deployment.host, large, effects.numbers(1000))
    order: list[str] = []
    given = give(deployment, broker, Limits(per_tenant=16, depth=64))
    started(deployment.host, small, effects.numbers(5))
    while len(order) < 100:
        for one in given:  # what workers do: in the order of sending
            tenant = large if one.schema == large.schema_name else small
            assert work_chunk(deployment, tenant, one.row_id)
            order.append(one.schema)
        broker.client.flushdb()
        given = give(deployment, broker, Limits(per_tenant=16, depth=64))
    assert order[:16] == [large.schema_name] * 16
    assert order[:100].count(small.schema_name) == 5
    assert max(place for place, schema in enumerate(order) if schema == small.schema_name) < 16 + 10


def test_tenants_take_turns_by_what_they_have_in_hand(deployment: Deployment, broker: RedisBroker, town: World) -> None:
    for tenant in (town.school, town.pool, town.other_school):
        started(deployment.host, tenant, effects.numbers(4))
    schemas = [one.schema for one in give(deployment, broker)]
    for turn in range(4):
        assert len(set(schemas[3 * turn : 3 * turn + 3])) == 3
    started(deployment.host, town.school, effects.numbers(4))
    started(deployment.host, town.city, effects.numbers(4))
    assert [one.schema for one in give(deployment, broker)] == [town.city.schema_name] * 4 + [
        town.school.schema_name
    ] * 4


def test_no_tenant_has_more_given_out_than_it_may(deployment: Deployment, broker: RedisBroker, town: World) -> None:
    host, limits = deployment.host, Limits(per_tenant=3, depth=1000)
    started(host, town.school, [*effects.numbers(10), *effects.numbers(10, first=10, queue="print")])
    started(host, town.other_school, effects.numbers(2))
    first = give(deployment, broker, limits)
    held = [(one.schema, one.queue) for one in first]
    assert sorted(held) == sorted(
        [(town.school.schema_name, "bulk")] * 3
        + [(town.school.schema_name, "print")] * 3
        + [(town.other_school.schema_name, "bulk")] * 2
    )
    assert give(deployment, broker, limits) == []
    assert work_chunk(deployment, town.school, next(one.row_id for one in first if one.queue == "print"))
    assert [(one.schema, one.queue) for one in give(deployment, broker, limits)] == [(town.school.schema_name, "print")]


def test_a_queue_of_the_broker_stays_short(deployment: Deployment, broker: RedisBroker, town: World) -> None:
    for tenant in (town.school, town.other_school):
        started(deployment.host, tenant, effects.numbers(20))
    limits = Limits(per_tenant=20, depth=6)
    assert len(give(deployment, broker, limits)) == 6
    assert backlog(broker) == {"interactive": 0, "print": 0, "import": 0, "bulk": 6}
    assert give(deployment, broker, limits) == []
    forget(deployment.host, 3600)
    assert give(deployment, broker, limits) == []


def test_what_was_lost_is_given_out_again_later(deployment: Deployment, broker: RedisBroker, town: World) -> None:
    run_id = started(deployment.host, town.school, effects.numbers(3))
    first = give(deployment, broker)
    broker.client.flushdb()
    assert give(deployment, broker) == []
    assert work_chunk(deployment, town.school, first[0].row_id)
    with deployment.host.tenant(town.school, ACTOR) as session:
        piece = runs.begin(session, first[1].row_id)
    assert piece is not None
    forget(deployment.host, 3600)
    with deployment.host.tenant(town.school, ACTOR) as session:  # a worker that takes its time
        assert runs.claim(session, piece)
        assert give(deployment, broker) == [first[2]]
    assert [one.row_id for one in give(deployment, broker)] == [first[1].row_id]
    for one in first[1:]:
        assert work_chunk(deployment, town.school, one.row_id)
    assert effects.effects(deployment.host, town.school, run_id) == [("0000", 0), ("0001", 1), ("0002", 2)]


def test_what_is_delivered_many_times_has_one_effect(deployment: Deployment, broker: RedisBroker, town: World) -> None:
    run_id = started(deployment.host, town.school, effects.numbers(10, seconds=0.01))
    mark = uuid4()
    with deployment.host.tenant(town.school, ACTOR) as session:
        effects.post(session, mark)
    given = give(deployment, broker) * 6

    def work(one: Given) -> bool:
        works = work_message if one.actor == MESSAGE else work_chunk
        return works(deployment, town.school, one.row_id)

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(work, sorted(given, key=lambda one: one.row_id)))
    for one in set(given):  # whom a duplicate overtook between beginning and work, the relay would send again
        done.append(work(one))
    assert sum(done) == 11
    assert effects.effects(deployment.host, town.school, run_id) == [(f"{n:04}", n) for n in range(10)]
    assert [key for key, _ in effects.effects(deployment.host, town.school, mark)] == ["mail"]


def test_two_relays_give_nothing_out_twice(deployment: Deployment, broker: RedisBroker, town: World) -> None:
    for tenant in (town.school, town.pool, town.other_school):
        started(deployment.host, tenant, effects.numbers(60))
    together = Barrier(2)

    def relay(_: int) -> list[Given]:
        together.wait()
        return [one for _ in range(20) for one in give(deployment, broker, Limits(per_tenant=200, depth=9999))]

    with ThreadPoolExecutor(2) as pool:
        sent = [one.row_id for given in pool.map(relay, range(2)) for one in given]
    assert len(sent) == len(set(sent)) == 180


def test_a_relay_stands_by_while_another_is_at_it(deployment: Deployment, broker: RedisBroker, town: World) -> None:
    started(deployment.host, town.school, effects.numbers(1))
    with deployment.host.cell(DEFAULT_CELL) as session:
        session.execute(select(func.pg_advisory_xact_lock(LOCK)))
        assert give(deployment, broker) == []
    assert len(give(deployment, broker)) == 1


def test_a_message_leaves_after_the_commit_and_never_after_a_rollback(
    deployment: Deployment, broker: RedisBroker, town: World
) -> None:
    host, mark = deployment.host, uuid4()
    with host.tenant(town.school, ACTOR) as session:
        left = effects.post(session, mark)
        assert give(deployment, broker) == []
        session.flush()
        assert give(deployment, broker) == []
    with host.tenant(town.other_school, ACTOR) as session:
        effects.post(session, mark)
        session.rollback()
    assert give(deployment, broker) == [Given(MESSAGE, "interactive", town.school.schema_name, left)]
    assert work_message(deployment, town.school, left)
    assert not work_message(deployment, town.school, left)
    assert effects.effects(host, town.school, mark) == [("mail", 1)]


def test_a_message_waits_for_its_day(deployment: Deployment, broker: RedisBroker, town: World) -> None:
    with deployment.host.tenant(town.school, ACTOR) as session:
        left = outbox.leave(session, "test.mail", {"id": str(uuid4())}, datetime.now(UTC) + timedelta(days=1), "bulk")
    assert give(deployment, broker) == []
    with deployment.host.cell(DEFAULT_CELL) as session:
        session.execute(update(Outbox).values(due_at=func.now()))
    assert [(one.row_id, one.queue) for one in give(deployment, broker)] == [(left, "bulk")]


def test_a_message_that_fails_is_tried_again_and_leaves_nothing_behind(
    deployment: Deployment, broker: RedisBroker, town: World
) -> None:
    host, mark = deployment.host, uuid4()
    with host.tenant(town.school, ACTOR) as session:
        left = effects.post(session, mark, times=1)
    assert not work_message(deployment, town.school, left)
    assert effects.effects(host, town.school, mark) == []
    assert give(deployment, broker) == []
    with host.cell(DEFAULT_CELL) as session:
        message = session.get_one(Outbox, left)
        assert (message.state, message.attempts) == ("ready", 1)
        assert message.error is not None
        assert message.error.startswith("Błąd systemu. Numer dla pomocy: ")
        message.due_at = message.created_at
    assert [one.row_id for one in give(deployment, broker)] == [left]
    assert work_message(deployment, town.school, left)
    assert effects.effects(host, town.school, mark) == [("mail", 2)]


def test_the_relay_goes_on_with_a_run_whose_worker_died_between_its_chunk_and_the_next_stage(
    deployment: Deployment, broker: RedisBroker, town: World
) -> None:
    host = deployment.host
    run_id = started(host, town.school, [*effects.numbers(1), *effects.numbers(1, stage=2, first=1)])
    (first,) = give(deployment, broker)
    with host.tenant(town.school, ACTOR) as session:
        piece = runs.begin(session, first.row_id)
    assert piece is not None
    with host.tenant(town.school, ACTOR) as session:
        assert runs.claim(session, piece)
        runs.complete(session, piece)
    (second,) = give(deployment, broker)
    assert work_chunk(deployment, town.school, second.row_id)
    with host.tenant(town.school, ACTOR) as session:
        assert runs.get(session, run_id).state == "finished"


def test_a_cancelled_run_gets_nothing_more(deployment: Deployment, broker: RedisBroker, town: World) -> None:
    run_id = started(deployment.host, town.school, effects.numbers(5))
    given = give(deployment, broker, Limits(per_tenant=2))
    with deployment.host.tenant(town.school, ACTOR) as session:
        runs.cancel(session, run_id)
    assert give(deployment, broker) == []
    assert [work_chunk(deployment, town.school, one.row_id) for one in given] == [False, False]
    assert effects.effects(deployment.host, town.school, run_id) == []
