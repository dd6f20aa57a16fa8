"""Messages that leave with the transaction that causes them: the relay sends on what was committed, and only that."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel.models import Outbox


def leave(session: Session, topic: str, payload: Mapping[str, Any], due_at: datetime | None = None) -> UUID:
    """A message for whoever serves `topic`, not before `due_at`. Delivered at least once."""
    key = uuid7()
    values: dict[str, Any] = {"id": key, "topic": topic, "payload": dict(payload)}
    if due_at is not None:
        values["due_at"] = due_at
    session.execute(insert(Outbox).values(values))
    return key
