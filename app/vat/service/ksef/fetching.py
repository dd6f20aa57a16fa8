"""Fetching the inbox, one step a transaction. What a step is about to do is committed before it is done, so whatever
moment a process dies at, the next one knows where to go on: nothing is fetched twice into the books, nothing skipped.

asked      the request leaves (or left: nobody knows) → asked for again, no sooner than KSeF's pace allows
requested  KSeF makes the package → downloaded, verified, kept
received   the ZIP is in the store → imported (an import finds what it stored before)
imported   the mark moved, in the same transaction
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.gateways.ksef.contract import EXPORT_EVERY, RANGE_MOST, Package, Subject, Window
from app.gateways.ksef.pace import resume_at
from app.kernel.errors import Conflict
from app.vat.models import KsefConnection, KsefMark, KsefPackage
from app.vat.service.ksef.calls import LATEST
from app.vat.service.ksef.connection import needed

LEASE = timedelta(minutes=10)
"""A fetcher that was not heard of for so long is taken for dead."""
ATTEMPTS = 3
"""Downloads that failed in a row before a new package is asked for."""
OPEN = ("asked", "requested", "received")


class Busy(Conflict):
    """Somebody else fetches just now."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next with a package. `sealing` is sealed."""

    package: UUID
    state: str
    window: Window
    reference: str | None
    sealing: bytes | None
    sha256: str | None
    count: int | None


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing may be done before `until_at`; None: not before somebody does something."""

    until_at: datetime | None
    reason: str


def lease(session: Session, now: datetime) -> UUID:
    """The right to fetch, for a while; `next_step` prolongs it. Raises `Busy`, `NotFound`."""
    found = needed(session, lock=True)
    if found.lease is not None and found.leased_until is not None and found.leased_until > now:
        raise Busy("Faktury z KSeF są właśnie pobierane. Poczekaj, aż to pobieranie się skończy.", "connection")
    found.lease, found.leased_until = uuid7(), now + LEASE
    return found.lease


def release(session: Session, mine: UUID) -> None:
    """Lets others fetch."""
    found = needed(session, lock=True)
    if found.lease == mine:
        found.lease = found.leased_until = None


def _held(session: Session, mine: UUID, now: datetime) -> KsefConnection:
    found = needed(session, lock=True)
    if found.lease != mine:
        raise Busy("Pobieranie przejął inny proces.", "connection")
    found.leased_until = now + LEASE
    return found


def next_step(session: Session, mine: UUID, now: datetime, sealing: bytes) -> Step | Idle:
    """A step that is due, or until when there is none. `sealing` (sealed) is kept for a package that is begun here."""
    connection = _held(session, mine, now)
    if connection.state != "active":
        return Idle(None, connection.error or "Pobieranie z KSeF jest wstrzymane.")
    if connection.wait_until is not None and connection.wait_until > now:
        return Idle(connection.wait_until, connection.error or "KSeF prosi, by poczekać.")
    opened = _opened(session)
    marks = session.scalars(select(KsefMark).where(KsefMark.subject.in_(connection.subjects)).with_for_update()).all()
    soonest: list[datetime] = []
    for mark in sorted(marks, key=lambda each: connection.subjects.index(each.subject)):
        package = opened.get(mark.subject)
        if (due := _due_at(mark, package)) > now:
            soonest.append(due)
            continue
        if package is None:
            package = _begin(session, mark, now, sealing)
        if package.state == "asked":
            mark.next_at = now + EXPORT_EVERY + LATEST
            package.asked_at = now
        session.flush()
        return _step(package)
    return Idle(min(soonest, default=None), "Do tej chwili wszystko jest pobrane.")


def _opened(session: Session) -> dict[str, KsefPackage]:
    """The package under way of each subject."""
    return {one.subject: one for one in session.scalars(select(KsefPackage).where(KsefPackage.state.in_(OPEN)))}


def _due_at(mark: KsefMark, package: KsefPackage | None) -> datetime:
    """When the next step of a subject may be done. Asking keeps KSeF's pace, also for the same package again."""
    if package is None:
        return mark.next_at
    return max(mark.next_at, package.due_at) if package.state == "asked" else package.due_at


def _begin(session: Session, mark: KsefMark, now: datetime, sealing: bytes) -> KsefPackage:
    until = mark.from_at + RANGE_MOST if now - mark.from_at > RANGE_MOST else None
    package = KsefPackage(
        id=uuid7(), subject=mark.subject, from_at=mark.from_at, until_at=until, sealing=sealing, state="asked",
        due_at=now, asked_at=now, attempts=0,
    )  # fmt: skip
    session.add(package)
    return package


def _step(package: KsefPackage) -> Step:
    window = Window(cast("Subject", package.subject), package.from_at, package.until_at)
    return Step(package.id, package.state, window, package.reference, package.sealing, package.sha256, package.count)


def _package(session: Session, step: Step) -> KsefPackage:
    return session.get_one(KsefPackage, step.package, with_for_update=True, populate_existing=True)


def requested(session: Session, mine: UUID, step: Step, reference: str, now: datetime) -> None:
    """KSeF makes the package under this reference."""
    _held(session, mine, now)
    package = _package(session, step)
    package.state, package.reference, package.requested_at, package.error = "requested", reference, now, None
    package.due_at = now


def not_ready(session: Session, mine: UUID, step: Step, due_at: datetime, now: datetime) -> None:
    """KSeF still makes it."""
    _held(session, mine, now)
    _package(session, step).due_at = due_at


def received(session: Session, mine: UUID, step: Step, made: Package, sha256: str | None, now: datetime) -> None:
    """The archive is in the store; None: the window holds no invoice, and the mark moves at once."""
    _held(session, mine, now)
    package = _package(session, step)
    package.count, package.truncated, package.received_at = made.count, made.truncated, now
    package.resume_at = resume_at(step.window, made)
    package.error, package.attempts = None, 0
    if sha256 is None:
        _move(session, package, now)
        session.delete(package)
    else:
        package.state, package.sha256 = "received", sha256


def imported(session: Session, mine: UUID, step: Step, result: dict[str, Any], now: datetime) -> None:
    """Everything in the package has its fate; the mark moves with it."""
    _held(session, mine, now)
    package = _package(session, step)
    package.state, package.result, package.finished_at, package.sealing = "imported", result, now, None
    package.error = None
    _move(session, package, now)


def _move(session: Session, package: KsefPackage, now: datetime) -> None:
    mark = session.get_one(KsefMark, package.subject, with_for_update=True, populate_existing=True)
    mark.from_at, mark.checked_at = max(mark.from_at, package.resume_at or mark.from_at), now


def failed(session: Session, mine: UUID, step: Step, sentence: str, now: datetime, *, again_at: datetime) -> None:
    """A step that went wrong is tried again; after `ATTEMPTS` a package that was requested is given up."""
    _held(session, mine, now)
    package = _package(session, step)
    package.error, package.due_at = sentence[:1000], again_at
    if package.state == "requested":
        package.attempts += 1
        if package.attempts >= ATTEMPTS:
            _lose(package, now)


def lost(session: Session, mine: UUID, step: Step, sentence: str, now: datetime) -> None:
    """KSeF has it no more; its window will be asked for again."""
    _held(session, mine, now)
    package = _package(session, step)
    package.error = sentence[:1000]
    _lose(package, now)


def _lose(package: KsefPackage, now: datetime) -> None:
    package.state, package.finished_at, package.sealing = "lost", now, None


def is_due(session: Session, connection: KsefConnection, now: datetime) -> bool:
    """Whether `next_step` would have one."""
    if connection.state != "active" or (connection.wait_until is not None and connection.wait_until > now):
        return False
    opened = _opened(session)
    marks = session.scalars(select(KsefMark).where(KsefMark.subject.in_(connection.subjects)))
    return any(_due_at(mark, opened.get(mark.subject)) <= now for mark in marks)
