"""Issued invoices on their way to KSeF's simulator: each arrives once, whatever dies and wherever."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.gateways.ksef import Answer, Outgoing, Reference
from app.gateways.ksef.client import Ksef
from app.gateways.ksef.simulator import Fault, Simulator
from app.ops.onboarding import Founded
from app.ssc import issuing as door
from app.ssc.sending import send_due
from app.vat.models import SalesInvoice, sale
from app.vat.rules.issuing.draft import Draft
from app.vat.service import issuing
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR
from tests.gateways.conftest import enter, ksef, now
from tests.vat.issuing.conftest import signer
from tests.vat.issuing.samples import ORDINARY, PAYMENT

__all__ = ["ksef", "signer"]


class Killed(BaseException):
    """Nobody catches it, as nobody catches a kill."""


@dataclass
class Mortal:
    """A gateway that dies at its n-th step; steps are before and after each call, and around `opened`."""

    inner: Ksef
    left: int

    def _step(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed

    def send(self, documents: Sequence[Outgoing], opened: Callable[[str], None]) -> Sequence[Reference]:
        def told(session: str) -> None:
            self._step()
            opened(session)
            self._step()

        self._step()
        found = self.inner.send(documents, told)
        self._step()
        return found

    def find(self, session: str, sha256: bytes) -> Reference | None:
        self._step()
        return self.inner.find(session, sha256)

    def status(self, reference: Reference) -> Answer:
        self._step()
        found = self.inner.status(reference)
        self._step()
        return found


@dataclass
class Town:
    """A city with two units that issue, on the simulator's own day."""

    founded: Founded
    host: Host
    on: date

    @property
    def units(self) -> list[tuple[str, Tenant]]:
        return list(self.founded.units.items())

    def draft(self, **other: Any) -> Draft:
        payment = replace(PAYMENT, due_on=self.on + timedelta(days=14))
        return replace(ORDINARY, issued_on=self.on, payment=payment, **other)

    def issue(self, unit: Tenant, count: int = 1, **how: Any) -> None:
        with self.host.tenant(unit, ACTOR) as session:
            for _ in range(count):
                issuing.issue(session, self.draft(), self.on, **how)

    def states(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for _, unit in self.units:
            with self.host.tenant(unit, ACTOR, read_only=True) as session:
                for state, count in session.execute(
                    select(SalesInvoice.state, func.count()).group_by(SalesInvoice.state)
                ):
                    found[state] = found.get(state, 0) + count
        return found


@pytest.fixture
def town(founded: Callable[[], Founded], host: Host, ksef: Simulator) -> Iterator[Town]:
    made, on = founded(), now(ksef).date()
    for code in made.units:
        door.allow(host, made.city, code, ACTOR, on)
    yield Town(made, host, on)


def into(town: Town, ksef: Simulator) -> Ksef:
    return enter(ksef, town.founded.city.nip or "")


def test_invoices_of_all_units_get_their_numbers(town: Town, ksef: Simulator) -> None:
    for _, unit in town.units:
        town.issue(unit, 3)
    with into(town, ksef) as gateway:
        done = send_due(town.host, town.founded.city, gateway, ACTOR, town.on)
        again = send_due(town.host, town.founded.city, gateway, ACTOR, town.on)
    assert [one.error for one in done if one.error] == []
    assert sum(one.accepted for one in done) == 3 * len(town.units)
    assert sum(one.sent for one in again) == 0
    assert town.states() == {"accepted": 3 * len(town.units)}
    with town.host.tenant(town.units[0][1], ACTOR, read_only=True) as session:
        assert set(session.scalars(select(sale.c.marker))) == {"NrKSeF"}
        assert all(session.scalars(select(SalesInvoice.upo)))


def test_killed_anywhere_each_arrives_once(town: Town, ksef: Simulator) -> None:
    code, unit = town.units[0]
    for steps in itertools.count(1, 2):
        town.issue(unit, 2)
        ksef.store.advance(3600)  # so that its limits do not stop what the kill should
        try:
            with into(town, ksef) as gateway:
                done = send_due(town.host, town.founded.city, Mortal(gateway, steps), ACTOR, town.on, [code])
            assert [one.error for one in done if one.error] == []
            break
        except Killed:
            pass
    assert steps > 8
    assert town.states() == {"accepted": steps + 1}
    arrived = ksef.store.row("select count(*) as n, count(distinct number) as d from invoice")
    assert arrived is not None and arrived["n"] == arrived["d"] == steps + 1


def test_an_outage_is_the_units_result_and_nothing_is_lost(town: Town, ksef: Simulator) -> None:
    for _, unit in town.units:
        town.issue(unit)
    ksef.misbehave(Fault("down", "POST .*/sessions/online"))
    with into(town, ksef) as gateway:
        done = send_due(town.host, town.founded.city, gateway, ACTOR, town.on)
        assert any(one.error for one in done)
        send_due(town.host, town.founded.city, gateway, ACTOR, town.on)
    assert town.states() == {"accepted": len(town.units)}


def test_an_invoice_issued_offline_arrives_later_as_the_same_file(town: Town, ksef: Simulator, signer: Any) -> None:
    code, unit = town.units[0]
    town.issue(unit, 1, mode="offline24", signer=signer)
    ksef.store.advance(86_400)
    with town.host.tenant(unit, ACTOR, read_only=True) as session:
        printed = session.scalars(select(SalesInvoice.sha256)).one()
    with into(town, ksef) as gateway:
        done = send_due(town.host, town.founded.city, gateway, ACTOR, town.on, [code])
    assert (done[0].accepted, done[0].error) == (1, None)
    with town.host.tenant(unit, ACTOR, read_only=True) as session:
        found = session.scalars(select(SalesInvoice)).one()
        assert (found.state, found.sha256) == ("accepted", printed)
