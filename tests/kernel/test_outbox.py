"""Messages of the outbox in the hands of workers; how they are given out is tried in tests/workers/test_relay.py."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import ProgrammingError

from app.kernel import outbox
from app.kernel.models import Outbox
from app.kernel.outbox import MOST_ATTEMPTS, Message
from tenants.session import Host
from tests.conftest import ACTOR, World


def left(host: Host, world: World) -> Message:
    """A message that was begun."""
    with host.tenant(world.school, ACTOR) as session:
        message_id = outbox.leave(session, "test", {"n": 1})
        begun = outbox.begin(session, message_id)
    assert begun is not None
    return begun


def test_a_message_is_handled_once(host: Host, world: World) -> None:
    message = left(host, world)
    assert (message.topic, message.payload, message.attempt) == ("test", {"n": 1}, 1)
    with host.tenant(world.school, ACTOR) as session, host.tenant(world.school, ACTOR) as elsewhere:
        assert outbox.claim(session, message)
        assert not outbox.claim(elsewhere, message)
        assert outbox.begin(elsewhere, message.id) is None
        outbox.complete(session, message)
    with host.tenant(world.school, ACTOR) as session:
        assert not outbox.claim(session, message)
        assert outbox.begin(session, message.id) is None


def test_another_tenant_cannot_take_it(host: Host, world: World) -> None:
    message = left(host, world)
    with host.tenant(world.other_school, ACTOR) as session:
        assert outbox.begin(session, message.id) is None
        assert not outbox.claim(session, message)


def test_what_it_says_is_final(host: Host, world: World) -> None:
    left(host, world)
    with pytest.raises(ProgrammingError, match="permission denied"), host.tenant(world.school, ACTOR) as session:
        session.execute(update(Outbox).values(payload={}))


def test_a_message_that_always_fails_is_given_up_with_its_reason(host: Host, world: World) -> None:
    message: Message | None = left(host, world)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert message is not None
        assert message.attempt == attempt
        with host.tenant(world.school, ACTOR) as session:
            outbox.fault(session, message, f"Próba {attempt}.")
            assert outbox.begin(session, message.id) is None
        with host.cell(world.school.cell) as session:
            session.execute(update(Outbox).where(Outbox.id == message.id).values(due_at=func.now()))
        with host.tenant(world.school, ACTOR) as session:
            last, message = message, outbox.begin(session, message.id)
    assert message is None
    with host.tenant(world.school, ACTOR) as session:
        kept = session.execute(select(Outbox.state, Outbox.error).where(Outbox.id == last.id)).one()
    assert tuple(kept) == ("failed", f"Próba {MOST_ATTEMPTS}.")


def test_a_queue_that_nobody_serves_is_a_mistake_of_the_caller(host: Host, world: World) -> None:
    with pytest.raises(ValueError, match="no such queue"), host.tenant(world.school, ACTOR) as session:
        outbox.leave(session, "test", {}, queue="fast")
