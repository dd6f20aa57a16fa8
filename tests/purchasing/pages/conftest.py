"""The whole application with a register of taxpayers, a city with an inbox, its school served by a centre, people."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.deployment import Deployment
from app.gateways.whitelist.simulator import Known, Simulator, serving
from app.main import create
from app.purchasing.models import PurchaseCase
from app.ssc.delivery import deliver
from app.vat.rules.facts import Party
from tenants import mandates
from tenants.models import Tenant
from tests.conftest import ACTOR, World, make_city, make_unit
from tests.office.browser import browser
from tests.purchasing.papers import ACCOUNT, SELLER
from tests.tenants.accounts import Reception
from tests.vat.box import FOR_SCHOOL, document, open_box, take_in
from tests.vat.invoices import CITY, PURCHASE, ksef_number, line, total
from tests.vat.pages.conftest import Person, enter

__all__ = ["Person", "Place", "enter"]

_NUMBERS = itertools.count(1)
SUPPLIERS = (
    ("Łódzka Hurtownia „Kłos” Jan Wiśniewski", "mąka pszenna, kasza"),
    ("Przedsiębiorstwo Energetyki Cieplnej", "ciepło, wrzesień"),
    ("Sport-Parkiet Serwis", "cyklinowanie parkietu hali"),
)


@dataclass
class Place:
    """A city with an inbox, its school, and the centre that keeps the school's books."""

    city: Tenant
    school: Tenant
    centre: Tenant
    reception: Reception
    made: Litestar
    simulator: Simulator
    _open: ExitStack

    def person(
        self, role: str, at: Tenant | None = None, name: str = "Anna Lis", where: Tenant | None = None
    ) -> Person:
        """Somebody new with this role in the school (or `at`), logged in, working in the school (or `where`)."""
        account = self.reception.hire(name)
        self.reception.grant(account, role, at or self.school)
        opened = self._open.enter_context(browser(self.made))
        assert opened.log_in(account.login).status_code == 303
        return Person(account, opened, (where or self.school).slug)

    def clerk(self) -> Person:
        return self.person("unit_clerk", name="Kasia Kos")

    def approver(self) -> Person:
        return self.person("substantive_approver", name="Marek Lis")

    def head(self) -> Person:
        return self.person("unit_head", name="Jan Dąb")

    def accountant(self) -> Person:
        return self.person("centre_accountant", self.centre, "Ewa Kruk")

    def chief(self) -> Person:
        return self.person("chief_accountant", self.centre, "Olga Sowa")

    def bring(self, number: str, net: str = "100.00", tax: str = "23.00", supplier: int = 0, **other: Any) -> UUID:
        """An invoice through the inbox and the delivery into the school's circulation."""
        name, text = SUPPLIERS[supplier % len(SUPPLIERS)]
        gross = total("1", net, tax)
        invoice = replace(
            PURCHASE, number=number, others=FOR_SCHOOL, seller=Party(name, nip=SELLER, address=PURCHASE.seller.address),
            totals=(gross,), gross=gross.net + (gross.tax or 0), lines=(line(net, text=text),),
            bank_accounts=(ACCOUNT,), due_on=date(2026, 12, 14), **other,
        )  # fmt: skip
        at = ksef_number(SELLER, "20260302", f"{next(_NUMBERS):012X}")
        (fate,) = take_in(self.reception.host, self.city, document(invoice, at))
        assert fate.outcome == "assigned", fate
        (done,) = deliver(self.reception.host, self.city, ACTOR, date(2026, 4, 10))
        assert (done.delivered, done.error) == (1, None)
        query = select(PurchaseCase.id).where(PurchaseCase.number == number)
        found: UUID = self.do(lambda session: session.scalars(query).one())
        return found

    def do(self, act: Any, tenant: Tenant | None = None) -> Any:
        with self.reception.host.tenant(tenant or self.school, ACTOR) as session:
            return act(session)

    def content(self, case_id: UUID) -> str:
        def read(session: Session) -> str:
            return session.get_one(PurchaseCase, case_id).content

        return str(self.do(read))

    def decide(self, person: Person, case_id: UUID, step: str, verb: str = "approve", **data: str) -> Any:
        """As the card's form sends it."""
        sent = {"krok": step, "tresc": self.content(case_id), **data}
        return person.post(f"/zakupy/faktury/{case_id}/decyzja/{verb}", sent)

    def describe(self, person: Person, case_id: UUID, **other: str) -> Any:
        sent = {
            "what": "papier i toner", "purpose": "sekretariat", "classifications": "801-80101-4210 123,00",
            "use": "outside", "seen": self.content(case_id), **other,
        }  # fmt: skip
        return person.post(f"/zakupy/faktury/{case_id}/opis", sent)


@pytest.fixture(scope="session")
def register() -> Iterator[Simulator]:
    simulator = Simulator()
    simulator.put(Known(SELLER, "Łódzka Hurtownia", (ACCOUNT,)))
    with serving(simulator):
        yield simulator


@pytest.fixture(scope="session")
def made(deployment: Deployment, register: Simulator) -> Litestar:
    settings = replace(deployment.settings, whitelist_url=register.url)
    return create(replace(deployment, settings=settings))


@pytest.fixture
def place(deployment: Deployment, made: Litestar, register: Simulator, world: World) -> Iterator[Place]:
    """Made anew for each test, beside the cities of `world`."""
    host = deployment.host
    register.mode = "happy"
    city = make_city(host, f"obieg-{next(_NUMBERS)}", CITY)
    open_box(host, city)
    school, centre = make_unit(host, city, "SP12", "Szkoła Podstawowa nr 12"), make_unit(host, city, "CUW", "Centrum")
    with host.control() as session:
        for scope in ("accounting", "vat"):
            mandates.grant(session, centre, school, scope, date(2026, 1, 1), "uchwała nr XII/3/2026", ACTOR)
    with ExitStack() as opened:
        yield Place(city, school, centre, Reception.of(deployment), made, register, opened)
