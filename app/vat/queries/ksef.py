"""How a municipality's line to KSeF goes: state, marks, packages, limits used. Never the secret."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.vat.models import KsefCall, KsefConnection, KsefMark, KsefPackage

RECENT = 50


@dataclass(frozen=True, slots=True)
class Mark:
    subject: str
    from_at: datetime
    next_at: datetime
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class PackageView:
    """`resume_at`: up to where it went."""

    id: UUID
    subject: str
    from_at: datetime
    resume_at: datetime | None
    state: str
    count: int | None
    truncated: bool | None
    result: dict[str, Any] | None
    error: str | None
    asked_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class View:
    """`used`: calls of the last hour by group. `next_at`: the soonest moment when something may be asked for."""

    connected: bool
    base_url: str | None = None
    context: str | None = None
    method: str | None = None
    fingerprint: str | None = None
    state: str | None = None
    skew_s: int | None = None
    rates: dict[str, Any] | None = None
    failures: int = 0
    wait_until: datetime | None = None
    error: str | None = None
    error_at: datetime | None = None
    ok_at: datetime | None = None
    connected_by: str | None = None
    connected_at: datetime | None = None
    fetching: bool = False
    next_at: datetime | None = None
    marks: tuple[Mark, ...] = ()
    packages: tuple[PackageView, ...] = ()
    used: dict[str, int] | None = None

    def as_json(self) -> dict[str, Any]:
        body: dict[str, Any] = _plain(asdict(self))
        return body


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value


def view(session: Session, now: datetime) -> View:
    """Everything a person may know."""
    found = session.scalars(select(KsefConnection)).one_or_none()
    if found is None:
        return View(False)
    marks = [
        Mark(one.subject, one.from_at, one.next_at, one.checked_at)
        for one in session.scalars(select(KsefMark).order_by(KsefMark.subject.desc()))
    ]
    hour = select(KsefCall.group_name, func.count()).where(KsefCall.called_at > now - timedelta(hours=1))
    used = {row[0]: row[1] for row in session.execute(hour.group_by(KsefCall.group_name))}
    nexts = [one.next_at for one in marks if one.subject in found.subjects]
    if found.wait_until is not None and found.wait_until > now:
        nexts = [found.wait_until]
    return View(
        True, found.base_url, found.context, found.method, found.fingerprint, found.state, found.skew_s, found.rates,
        found.failures, found.wait_until, found.error, found.error_at, found.ok_at, found.connected_by,
        found.connected_at, found.leased_until is not None and found.leased_until > now,
        min(nexts, default=None) if found.state == "active" else None, tuple(marks), tuple(packages(session)), used,
    )  # fmt: skip


def packages(session: Session, limit: int = RECENT) -> list[PackageView]:
    """The newest first."""
    query = select(KsefPackage).order_by(KsefPackage.id.desc()).limit(limit)
    return [
        PackageView(
            one.id, one.subject, one.from_at, one.resume_at, one.state, one.count, one.truncated, one.result, one.error,
            one.asked_at, one.finished_at,
        )
        for one in session.scalars(query)
    ]  # fmt: skip
