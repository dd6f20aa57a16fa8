"""Two cities that are connected to a simulator of KSeF, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from app.deployment import Deployment
from app.gateways.ksef.simulator import Simulator, running
from app.ssc.ksef.access import Clock, Wanted, connect_city
from app.ssc.ksef.fetch import Fetched, fetch
from app.vat.filings import fa3
from app.vat.models import KsefInvoice
from app.vat.service.directory import put_taxpayer
from tenants.models import Tenant
from tests.conftest import ACTOR, World, make_city
from tests.gateways.conftest import now
from tests.vat.box import TAXPAYER, open_box
from tests.vat.invoices import CITY, MUNICIPALITY, OTHER, PURCHASE

_NUMBERS = count(1)


@dataclass(frozen=True)
class Town:
    """A city with its line to the simulator."""

    deployment: Deployment
    ksef: Simulator
    city: Tenant
    nip: str

    @property
    def clock(self) -> Clock:
        """The simulator's; waiting moves it."""
        return Clock(lambda: now(self.ksef), self.ksef.store.advance)

    def invoices(self, many: int, prefix: str = "F") -> list[bytes]:
        buyer = replace(MUNICIPALITY, nip=self.nip)
        return [fa3.write(replace(PURCHASE, number=f"{prefix}/{n}", buyer=buyer)) for n in range(many)]

    def later(self, minutes: float) -> None:
        self.ksef.store.advance(minutes * 60)

    def connect(self, since: timedelta = timedelta(hours=2), token: str | None = None) -> None:
        wanted = Wanted(self.ksef.url, self.nip, now(self.ksef) - since, token or f"sim-{self.nip}")
        connect_city(self.deployment, self.city, wanted, ACTOR, self.clock)

    def fetch(self, tell: Callable[[str], None] = lambda step: None) -> Fetched:
        return fetch(self.deployment, self.city, ACTOR, self.clock, tell=tell, timeout_s=5)

    def numbers(self) -> list[str]:
        """KSeF numbers in the inbox."""
        with self.deployment.host.tenant(self.city, ACTOR) as session:
            found = session.scalars(select(KsefInvoice.ksef_number).order_by(KsefInvoice.ksef_number))
            return [number for number in found if number]


@pytest.fixture
def ksef(tmp_path: Path) -> Iterator[Simulator]:
    with running(tmp_path / "ksef") as simulator:
        yield simulator


@pytest.fixture
def town(deployment: Deployment, world: World, ksef: Simulator) -> Town:
    """The city of `tests.vat.invoices`, connected two hours back, beside the cities of `world`."""
    city = make_city(deployment.host, f"ksef-{next(_NUMBERS)}", CITY)
    open_box(deployment.host, city)
    made = Town(deployment, ksef, city, CITY)
    made.connect()
    return made


@pytest.fixture
def neighbour(deployment: Deployment, world: World, ksef: Simulator) -> Town:
    """Another city with the same simulator."""
    city = make_city(deployment.host, f"obok-{next(_NUMBERS)}", OTHER)
    open_box(deployment.host, city)
    with deployment.host.tenant(city, ACTOR) as session:
        put_taxpayer(session, replace(TAXPAYER, nip=OTHER))
    made = Town(deployment, ksef, city, OTHER)
    made.connect()
    return made
