"""Messages that leave with the transaction that causes them: the relay sends on what was committed, and only that.

`leave` is for services. A worker calls `begin`, `claim` in the transaction of the work, then `complete`, or `fault`
after it; like a chunk of a run (see `app.kernel.runs.chunks`), a message takes effect exactly once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, insert, or_, select, text, update
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel.models import Outbox

QUEUES = ("interactive", "print", "import", "bulk")
"""Somebody waits at the screen; letters and files for people; taking files in; mass runs."""
MOST_ATTEMPTS = 12
BACK_OFF_SECONDS = 0.5
"""Before the second attempt; doubled each time, so that the last one is some half an hour after the first."""


def check_queue(queue: str) -> None:
    """Raises ValueError for a queue that nobody serves."""
    if queue not in QUEUES:
        raise ValueError(f"no such queue: {queue}")


def leave(
    session: Session,
    topic: str,
    payload: Mapping[str, Any],
    due_at: datetime | None = None,
    queue: str = "interactive",
) -> UUID:
    """A message for whoever serves `topic`, not before `due_at`. Handled once, in no particular order."""
    check_queue(queue)
    key = uuid7()
    values: dict[str, Any] = {"id": key, "topic": topic, "payload": dict(payload), "queue": queue}
    if due_at is not None:
        values["due_at"] = due_at
    session.execute(insert(Outbox).values(values))
    return key


@dataclass(frozen=True, slots=True)
class Message:
    """A message in somebody's hands."""

    id: UUID
    topic: str
    payload: Mapping[str, Any]
    attempt: int


def begin(session: Session, message_id: UUID) -> Message | None:
    """Count one more attempt; None when there is nothing to do (done, given up, held by somebody)."""
    session.execute(text("set local synchronous_commit = off"))
    is_due = or_(Outbox.state == "sent", and_(Outbox.state == "ready", Outbox.due_at <= func.now()))
    query = select(Outbox).where(Outbox.id == message_id, is_due)
    found = session.scalars(query.with_for_update(skip_locked=True)).one_or_none()
    if found is None:
        return None
    if found.attempts >= MOST_ATTEMPTS:
        found.state, found.finished_at = "failed", func.clock_timestamp()
        return None
    found.attempts += 1
    found.state, found.sent_at = "sent", func.now()
    return Message(found.id, found.topic, found.payload, found.attempts)


def claim(session: Session, message: Message) -> bool:
    """Take the message until the end of this transaction; False when somebody else has it, or it is over by now."""
    query = select(Outbox.id).where(Outbox.id == message.id, Outbox.state == "sent", Outbox.attempts == message.attempt)
    return session.execute(query.with_for_update(skip_locked=True)).one_or_none() is not None


def complete(session: Session, message: Message) -> None:
    """The claimed message took effect, in this transaction."""
    done = update(Outbox).where(Outbox.id == message.id)
    session.execute(done.values(state="done", error=None, finished_at=func.clock_timestamp()))


def fault(session: Session, message: Message, sentence: str) -> None:
    """It could not be handled: tried again later, at last given up with this Polish sentence."""
    if not claim(session, message):
        return
    due_at = func.clock_timestamp() + timedelta(seconds=BACK_OFF_SECONDS * 2 ** (message.attempt - 1))
    values: dict[str, Any] = {"state": "ready", "due_at": due_at, "error": sentence[:2000]}
    if message.attempt >= MOST_ATTEMPTS:
        values = {"state": "failed", "error": sentence[:2000], "finished_at": func.clock_timestamp()}
    session.execute(update(Outbox).where(Outbox.id == message.id).values(values))
