"""Carrying issued invoices from units to KSeF and its answers back, under the municipality's log-in.

For each unit: ask about what has no answer yet, then send what is due. What sets out is noted in the unit, with KSeF's
session, before KSeF can have got anything; so after a crash at any point the document is looked for in that session and
only what is not there is sent again. One carrier at a time for a unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol, TypeVar

from sqlalchemy.orm import Session

from app.deployment import Deployment
from app.gateways.ksef import Accepted, Answer, Outgoing, Reference, Rejected
from app.kernel.db import alone
from app.kernel.errors import Refusal
from app.ssc.ksef.access import gateway as opened_gateway
from app.vat.queries.issuing import sending as due
from app.vat.queries.issuing.sending import Ready
from app.vat.service.issuing import sending
from tenants import fleet
from tenants.models import Tenant
from tenants.session import Host

SCOPE = "vat"
AT_ONCE = 100
"""Invoices in one session of KSeF."""
T = TypeVar("T")


class Gateway(Protocol):
    """What of the gateway this door needs."""

    def send(self, documents: Sequence[Outgoing], opened: Callable[[str], None]) -> Sequence[Reference]: ...

    def find(self, session: str, sha256: bytes) -> Reference | None: ...

    def status(self, reference: Reference) -> Answer: ...


@dataclass(frozen=True, slots=True)
class UnitSending:
    """What came of one unit: counts, and why it broke off (`error`)."""

    unit: str
    sent: int = 0
    accepted: int = 0
    rejected: int = 0
    pending: int = 0
    error: str | None = None


def send(
    deployment: Deployment, city: Tenant, actor: str, on: date, only: Sequence[str] | None = None
) -> list[UnitSending]:
    """`send_due` by the municipality's own log-in. Raises `NotFound` when it is not connected to KSeF."""
    with opened_gateway(deployment, city) as gateway:
        return send_due(deployment.host, city, gateway, actor, on, only)


def send_due(
    host: Host, city: Tenant, gateway: Gateway, actor: str, on: date, only: Sequence[str] | None = None
) -> list[UnitSending]:
    """Everything of the city's units that waits, unit by unit. One unit's fault is its result, not the end."""
    with host.control() as session:
        served = fleet.served(session, city, SCOPE, on)
    found = []
    for one in served:
        if one.tenant.status == "active" and (only is None or one.tenant.code in only):
            way = _Way(host, city, actor, one, gateway)
            with way.alone():
                found.append(_whole(way))
    return found


def _whole(way: _Way) -> UnitSending:
    done = UnitSending(way.served.tenant.code)
    try:
        done = _answers(way, done)
        done = _send(way, done)
        done = _answers(way, done)
        way.in_unit(sending.catch_up)
    except Refusal as refusal:
        return replace(done, error=refusal.message)
    except Exception as fault:  # this unit's result, named; the others go on
        return replace(done, error=f"Nie udało się ({type(fault).__name__}): {fault}"[:400])
    return done


@dataclass(frozen=True, slots=True)
class _Way:
    """Between one unit and KSeF."""

    host: Host
    city: Tenant
    actor: str
    served: fleet.Served
    gateway: Gateway

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else carries for this unit meanwhile."""
        with self.host.tenant(self.city, self.actor, read_only=True) as session:
            alone(session, f"sending/{self.served.tenant.code}")
            yield

    def in_unit(self, work: Callable[[Session], T]) -> T:
        """One transaction in the unit. Raises what went wrong there."""
        visit = next(iter(fleet.visit(self.host, [self.served], lambda session, _: work(session), self.actor)))
        if visit.error is not None:
            raise visit.error
        return visit.value  # type: ignore[return-value]  # a visit without an error has its value


def _send(way: _Way, done: UnitSending) -> UnitSending:
    while going := way.in_unit(lambda session: due.to_send(session, AT_ONCE)):
        _one_session(way, going)
        done = replace(done, sent=done.sent + len(going))
    return done


def _one_session(way: _Way, going: Sequence[Ready]) -> None:
    def opened(reference: str) -> None:
        way.in_unit(lambda session: sending.set_out(session, [one.id for one in going], reference))

    documents = [Outgoing(one.xml, one.offline, one.hash_of_corrected) for one in going]
    for one, reference in zip(going, way.gateway.send(documents, opened), strict=True):
        _note(way, one, reference)


def _note(way: _Way, one: Ready, reference: Reference) -> None:
    way.in_unit(lambda session: sending.sent(session, one.id, reference.invoice))


def _answers(way: _Way, done: UnitSending) -> UnitSending:
    """Of everything sent. What a crash left without a reference is looked for, and sent again when it is not there."""
    counts = {"accepted": done.accepted, "rejected": done.rejected, "pending": 0}
    for one in way.in_unit(lambda session: due.unanswered(session, AT_ONCE * AT_ONCE)):
        reference = _reference(way, one)
        if reference is None:
            _take_back(way, one)
            continue
        counts[_settle(way, one, way.gateway.status(reference))] += 1
    return replace(done, **counts)  # type: ignore[arg-type]


def _take_back(way: _Way, one: Ready) -> None:
    way.in_unit(lambda session: sending.take_back(session, one.id))


def _reference(way: _Way, one: Ready) -> Reference | None:
    if one.session_ref is None:
        return None
    if one.invoice_ref is not None:
        return Reference(one.session_ref, one.invoice_ref, one.sha256)
    return way.gateway.find(one.session_ref, one.sha256)


def _settle(way: _Way, one: Ready, answer: Answer) -> str:
    match answer:
        case Accepted():
            way.in_unit(
                lambda session: sending.accept(session, one.id, answer.ksef_number, answer.accepted_at, answer.upo)
            )
            return "accepted"
        case Rejected():
            way.in_unit(lambda session: sending.reject(session, one.id, answer.code, answer.text))
            return "rejected"
    return "pending"
