"""The connection itself: made, paused, and what its calls came to. No secret is ever written to the journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.kernel import audit
from app.kernel.errors import Conflict, NotFound
from app.vat.models import KsefConnection, KsefMark

THE_ONE = 1
PAUSES = tuple(timedelta(seconds=s) for s in (60, 120, 300, 600, 1800, 3600))
"""After so many failures in a row; the last one repeats."""


@dataclass(frozen=True, slots=True)
class NewConnection:
    """`secret` is sealed already; `since`: the first window begins here."""

    base_url: str
    context: str
    method: Literal["token", "certificate"]
    secret: bytes = field(repr=False)
    fingerprint: str
    since: datetime
    subjects: Sequence[str] = ("Subject2", "Subject1")
    rates: dict[str, Any] | None = None
    skew_s: int | None = None


def connect(session: Session, new: NewConnection, now: datetime) -> KsefConnection:
    """Makes the connection, or replaces it; marks that exist go on where they were, unless the context is another.

    Raises `Conflict` for another context or environment while marks of the old one exist: its numbers and instants say
    nothing there.
    """
    before = current(session, lock=True)
    if before is not None and (before.context, before.base_url) != (new.context, new.base_url):
        session.query(KsefMark).filter(KsefMark.checked_at.is_(None)).delete()
        if session.scalar(select(KsefMark.subject).limit(1)) is not None:
            raise Conflict(
                f"Miasto pobiera już faktury w kontekście {before.context} z {before.base_url}. Innego kontekstu ani"
                " środowiska nie można podstawić, bo punkt wznowienia nie miałby sensu.", "context",
            )  # fmt: skip
    values: dict[str, Any] = {
        "base_url": new.base_url, "context": new.context, "method": new.method, "secret": new.secret,
        "fingerprint": new.fingerprint, "subjects": list(new.subjects), "state": "active", "rates": new.rates,
        "skew_s": new.skew_s, "failures": 0, "wait_until": None, "error": None, "error_at": None, "ok_at": now,
        "connected_by": session.info["actor"], "connected_at": now,
    }  # fmt: skip
    statement = insert(KsefConnection).values(id=THE_ONE, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
    for subject in new.subjects:
        mark = insert(KsefMark).values(subject=subject, from_at=new.since, next_at=now)
        session.execute(mark.on_conflict_do_nothing())
    told = {
        "base_url": new.base_url, "context": new.context, "method": new.method, "fingerprint": new.fingerprint,
        "subjects": list(new.subjects), "since": new.since.isoformat(),
    }  # fmt: skip
    audit.record(session, "ksef.connect", f"ksef.connection:{new.context}", after=told)
    return needed(session)


def current(session: Session, *, lock: bool = False) -> KsefConnection | None:
    """As it is now; `lock`: and stays so while this transaction lasts."""
    query = select(KsefConnection).where(KsefConnection.id == THE_ONE)
    query = query.with_for_update() if lock else query
    return session.scalars(query, execution_options={"populate_existing": True}).one_or_none()


def needed(session: Session, *, lock: bool = False) -> KsefConnection:
    """The same. Raises `NotFound`."""
    found = current(session, lock=lock)
    if found is None:
        raise NotFound("To miasto nie jest połączone z KSeF. Połącz je na stronie „Połączenie z KSeF”.", "connection")
    return found


def pause(session: Session, paused: bool) -> None:
    """Fetching stops, or goes on where it stopped. Raises `NotFound`, `Conflict`."""
    found = needed(session, lock=True)
    if found.state == "broken":
        raise Conflict("KSeF nie przyjmuje zapisanego tokena lub certyfikatu. Połącz miasto ponownie.", "connection")
    state = "paused" if paused else "active"
    if found.state != state:
        verb = "ksef.pause" if paused else "ksef.unpause"
        audit.record(session, verb, f"ksef.connection:{found.context}", {"state": found.state}, {"state": state})
        found.state = state


def went_well(session: Session, now: datetime, skew: timedelta | None) -> None:
    """KSeF answered as it should."""
    found = needed(session, lock=True)
    found.failures, found.wait_until, found.error, found.ok_at = 0, None, None, now
    if skew is not None:
        found.skew_s = round(skew.total_seconds())


def went_wrong(
    session: Session, now: datetime, sentence: str, *, retry_after: timedelta | None, outage: bool, fatal: bool
) -> None:
    """`fatal`: only a person can help. `outage`: the pause grows with every failure in a row."""
    found = needed(session, lock=True)
    found.failures += 1
    found.error, found.error_at = sentence[:1000], now
    if fatal:
        found.state = "broken"
    pause = retry_after or timedelta()
    if outage:
        pause = max(pause, PAUSES[min(found.failures, len(PAUSES)) - 1])
    if pause:
        found.wait_until = now + pause
