"""Fetching a municipality's inbox from KSeF: step after step while there is something due, each safe to die in."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.deployment import Deployment
from app.gateways.ksef import Gone, KsefError, Malformed, NotAuthorised, Package, Sealing, TooMany
from app.gateways.ksef.client import Ksef
from app.kernel.errors import Refusal
from app.ssc.inbox import import_kept
from app.ssc.ksef.access import Clock, gateway, seal_of, trouble
from app.vat.service.ksef import connection, fetching
from app.vat.service.ksef.fetching import Idle, Step
from tenants.models import Tenant

PACKAGE = "ksef.package"
PATIENCE_S = (0, 1, 2, 4, 8, 15, 30)
"""Pauses while KSeF makes a package; then it is left for the next visit."""
_AGAIN = timedelta(minutes=1)
_COUNTED = ("stored", "assigned", "queued", "internal", "duplicates", "quarantined")


@dataclass(slots=True)
class Fetched:
    """What one visit brought. `next_at`: when something will be due again; `error`: why it ended early."""

    packages: int = 0
    invoices: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTED, 0))
    next_at: datetime | None = None
    error: str | None = None
    reason: str | None = None

    def as_json(self) -> dict[str, Any]:
        body = asdict(self)
        return {**body, "next_at": self.next_at.isoformat() if self.next_at else None}


@dataclass(slots=True)
class _Visit:
    deployment: Deployment
    city: Tenant
    actor: str
    clock: Clock
    ksef: Ksef
    lease: UUID
    tell: Callable[[str], None]
    done: Fetched

    def writing(self) -> AbstractContextManager[Session]:
        return self.deployment.host.tenant(self.city, self.actor)


def fetch(
    deployment: Deployment,
    municipality: Tenant,
    actor: str,
    clock: Clock | None = None,
    *,
    tell: Callable[[str], None] = lambda step: None,
    timeout_s: float = 30.0,
) -> Fetched:
    """Everything that is due now. `tell` hears the name of each moment as it passes, for progress (and for tests).

    What KSeF does wrong is remembered and told in the result; only a missing connection or another fetcher is raised
    (`NotFound`, `Busy`). Killed at any moment it loses nothing: run it again.
    """
    clock = clock or Clock()
    with deployment.host.tenant(municipality, actor) as session:
        mine = fetching.lease(session, clock.now())
    done = Fetched()
    try:
        with gateway(deployment, municipality, clock, timeout_s=timeout_s) as ksef:
            _visit(_Visit(deployment, municipality, actor, clock, ksef, mine, tell, done))
    finally:
        with deployment.host.tenant(municipality, actor) as session:
            fetching.release(session, mine)
    return done


def _visit(visit: _Visit) -> None:
    seal = seal_of(visit.deployment, visit.city)
    while _let_in(visit):
        fresh = seal.close(os.urandom(48), PACKAGE)
        with visit.writing() as session:
            step = fetching.next_step(session, visit.lease, visit.clock.now(), fresh)
        if isinstance(step, Idle):
            visit.done.next_at, visit.done.reason = step.until_at, step.reason
            return
        visit.tell(f"{step.state}:begun")
        try:
            _take(visit, step, _sealing(seal.open(step.sealing, PACKAGE)) if step.sealing else None)
        except Gone as gone:
            with visit.writing() as session:
                fetching.lost(session, visit.lease, step, gone.message, visit.clock.now())
            continue
        except KsefError as error:
            _trouble(visit, step, error)
            return
        with visit.writing() as session:
            connection.went_well(session, visit.clock.now(), visit.ksef.skew)


def _let_in(visit: _Visit) -> bool:
    """Logs in before a step is begun, so that a log-in that fails costs no step its turn."""
    with visit.writing() as session:
        due = fetching.is_due(session, connection.needed(session), visit.clock.now())
    if not due:
        return True
    try:
        visit.ksef.log_in()
    except KsefError as error:
        _trouble(visit, None, error)
        return False
    return True


def _sealing(plain: bytes) -> Sealing:
    return Sealing(plain[:32], plain[32:])


def _take(visit: _Visit, step: Step, sealing: Sealing | None) -> None:
    if step.state == "received":
        _import(visit, step)
        return
    assert sealing is not None
    if step.state == "asked":
        reference = visit.ksef.request_export(step.window, sealing)
        visit.tell("asked:answered")
        with visit.writing() as session:
            fetching.requested(session, visit.lease, step, reference, visit.clock.now())
        return
    _receive(visit, step, sealing)


def _receive(visit: _Visit, step: Step, sealing: Sealing) -> None:
    made = _patiently(visit, step.reference or "")
    if made is None:
        with visit.writing() as session:
            now = visit.clock.now()
            fetching.not_ready(session, visit.lease, step, now + _AGAIN, now)
        return
    kept = None
    if made.count:
        archive = visit.ksef.download(made, sealing)
        visit.tell("requested:downloaded")
        kept = visit.deployment.files(visit.city).put(archive).sha256
        visit.tell("requested:kept")
    with visit.writing() as session:
        fetching.received(session, visit.lease, step, made, kept, visit.clock.now())


def _patiently(visit: _Visit, reference: str) -> Package | None:
    for pause in PATIENCE_S:
        if pause:
            visit.clock.sleep(pause)
        if (made := visit.ksef.export(reference)) is not None:
            return made
    return None


def _import(visit: _Visit, step: Step) -> None:
    assert step.sha256 is not None
    name = f"KSeF {step.reference}.zip"
    counts = import_kept(visit.deployment, visit.city, step.sha256, name, visit.actor)
    visit.tell("received:stored")
    if counts["total"] != step.count:
        raise Malformed(
            f"Z paczki {step.reference} wczytano {counts['total']} dokumentów, a KSeF zapowiedział {step.count}. Żaden"
            " nie przepadł, ale pobieranie czeka. Zgłoś to operatorowi.", retry_after_s=3600,
        )  # fmt: skip
    with visit.writing() as session:
        fetching.imported(session, visit.lease, step, counts, visit.clock.now())
    visit.done.packages += 1
    visit.done.invoices += counts["total"]
    for key in _COUNTED:
        visit.done.counts[key] += counts[key]


def _trouble(visit: _Visit, step: Step | None, error: KsefError) -> None:
    """Remembers what went wrong; an own guard that says "wait" is no fault of anybody."""
    visit.done.error = error.message
    now = visit.clock.now()
    with visit.writing() as session:
        wrong = trouble(error)
        pause = wrong["retry_after"] or _AGAIN
        if step is not None:
            fetching.failed(session, visit.lease, step, error.message, now, again_at=now + pause)
        connection.went_wrong(session, now, error.message, **wrong)
        found = connection.needed(session)
        visit.done.next_at = None if isinstance(error, NotAuthorised) else found.wait_until or now + pause
    if isinstance(error, TooMany):
        visit.done.reason = error.message


def is_due(session: Session, now: datetime) -> bool:
    """Whether a visit would find something to do."""
    found = connection.current(session)
    if found is None or (found.leased_until is not None and found.leased_until > now):
        return False
    return fetching.is_due(session, found, now)


def refuse_too_soon(session: Session, now: datetime) -> None:
    """Raises `Refusal` with the time when a visit makes sense, for a person who asks for one now."""
    found = connection.needed(session)
    if found.state == "active" and not is_due(session, now):
        raise Refusal(
            "Wszystko, co KSeF na razie udostępnia, jest pobrane. Kolejną paczkę wolno zamówić najwcześniej po"
            " 15 minutach od poprzedniej.", "ksef",
        )  # fmt: skip
