"""KSeF's limits, kept by us before KSeF has to: every call is noted before it is made, by whichever process."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.gateways.ksef.contract import Group
from app.gateways.ksef.pace import allowance
from app.kernel.db import alone
from app.vat.models import KsefCall

LATEST = timedelta(seconds=30)
"""A call may be on its way for so long, so KSeF may count it as younger than we do."""


def take(session: Session, group: Group, now: datetime, rates: Mapping[str, Any] | None = None) -> timedelta | None:
    """Notes a call; or, when it has to wait, notes nothing and says how long. Commit before calling."""
    alone(session, "ksef-calls")
    session.execute(delete(KsefCall).where(KsefCall.called_at < now - timedelta(hours=1) - 2 * LATEST))
    wait = timedelta()
    for length, most in allowance(group, rates).windows():
        window = length + min(LATEST, length / 2)
        since = select(KsefCall.called_at).where(KsefCall.group_name == group, KsefCall.called_at > now - window)
        found = session.scalars(since.order_by(KsefCall.called_at.desc()).limit(most)).all()
        if len(found) >= most:
            wait = max(wait, found[-1] + window - now)
    if wait > timedelta():
        return wait
    session.execute(insert(KsefCall).values(id=uuid7(), group_name=group, called_at=now))
    return None
