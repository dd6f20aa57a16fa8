"""The provider's journal (`control.host_event`): one line for every verb that is not inside a tenant."""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from tenants.models import HostEvent


def write(session: Session, actor: str, verb: str, record: str, **details: Any) -> None:
    """Add one entry; the database numbers, dates and chains it. Call it last: other writers wait until the commit."""
    values = {"actor": actor[:120], "verb": verb, "record": record[:200], "details": details}
    session.execute(insert(HostEvent).values(**values))
