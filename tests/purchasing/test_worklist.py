"""The work list of a centre: copies made by messages, never older than what is there, of units served today only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from app.deployment import Deployment
from app.kernel.models import Outbox
from app.purchasing.models import PurchaseCase, purchase_work
from app.purchasing.queries.worklist import items, listing
from app.purchasing.service import opening
from app.purchasing.service.book import COPY
from app.purchasing.service.work import Unit, copy
from app.ssc import worklist
from app.vat.service import registers
from app.vat.service.registers.entering import PURCHASES
from tenants import mandates
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR, World
from tests.purchasing.papers import APPROVER, TODAY, approve, described, paper
from tests.vat.deliveries import MONTH, bill
from workers import purchasing, schedule
from workers.handlers import Mail


@pytest.fixture
def served(host: Host, fresh: Callable[[], World]) -> World:
    """The centre keeps the books of the school, not of the pool."""
    world = fresh()
    with host.control() as session:
        mandates.grant(session, world.centre, world.school, "accounting", date(2026, 1, 1), "uchwała nr 1", ACTOR)
    return world


def opened(host: Host, tenant: Tenant, number: str = "R/1") -> UUID:
    with host.tenant(tenant, ACTOR) as session:
        return opening.open_paper(session, paper(number), TODAY)


def shown(host: Host, holder: Tenant) -> list[tuple[str, str, str | None]]:
    """(unit, number, step) in the list of the units that the holder serves today."""
    slugs = [one.slug for one in worklist.served(host, holder, TODAY)]
    with host.tenant(holder, ACTOR, read_only=True) as session:
        found = listing(session, slugs, ("open", "ready"))
        return sorted((one.unit_code, one.number, one.step) for one in session.execute(found.statement))


def work_through(deployment: Deployment, tenant: Tenant, topic: str) -> int:
    """What a worker does with the tenant's messages of a topic; how many."""
    handlers = {COPY: purchasing.copy, PURCHASES: purchasing.follow}
    with deployment.host.tenant(tenant, ACTOR) as session:
        sent = session.scalars(select(Outbox).where(Outbox.topic == topic, Outbox.state == "ready")).all()
        for one in sent:
            handlers[topic](Mail(session, tenant, deployment, topic, one.payload, 1))
        return len(sent)


def test_a_case_reaches_the_list_of_the_centre_and_of_the_city(deployment: Deployment, served: World) -> None:
    host = deployment.host
    key = opened(host, served.school)
    opened(host, served.pool)
    for unit in (served.school, served.pool):
        assert work_through(deployment, unit, COPY)
    assert shown(host, served.centre) == [("SP1", "R/1", "describe")]
    assert shown(host, served.city) == [("MOSIR", "R/1", "describe"), ("SP1", "R/1", "describe")]
    assert shown(host, served.other_city) == [] == shown(host, served.pool)
    with host.tenant(served.school, ACTOR) as session:
        described(session, key)
    work_through(deployment, served.school, COPY)
    assert shown(host, served.centre) == [("SP1", "R/1", "substance")]


def test_an_older_copy_never_takes_the_place_of_a_newer_one(host: Host, served: World) -> None:
    key = opened(host, served.school)
    unit = Unit(served.school.slug, "SP1", "SP1")
    with host.tenant(served.school, ACTOR) as session:
        older = items(session, [key])
        described(session, key)
        approve(session, key, APPROVER)
        newer = items(session, [key])
    with host.tenant(served.centre, ACTOR) as session:
        for copies in (newer, older, newer):
            copy(session, unit, copies)
        assert session.scalars(select(purchase_work.c.step)).all() == ["formal"]


def test_a_list_made_anew_has_what_a_new_mandate_brought_and_not_what_is_gone(
    deployment: Deployment, served: World
) -> None:
    host = deployment.host
    opened(host, served.pool, "R/2")
    key = opened(host, served.school)
    worklist.copy(host, served.school, [key], "system", TODAY)
    with host.control() as session:
        mandates.grant(session, served.centre, served.pool, "accounting", TODAY, "uchwała nr 2", ACTOR)
    assert [unit for unit, _, _ in shown(host, served.centre)] == ["SP1"]
    schedule.lists(deployment, served.centre.cell)
    assert [unit for unit, _, _ in shown(host, served.centre)] == ["MOSIR", "SP1"]
    with host.control() as session:
        mandates.end(session, served.centre, served.school, "accounting", TODAY - timedelta(days=1), ACTOR)
    assert [unit for unit, _, _ in shown(host, served.centre)] == ["MOSIR"]


def test_a_document_entered_in_the_register_opens_its_case_by_a_message(deployment: Deployment, served: World) -> None:
    host = deployment.host
    with host.tenant(served.school, ACTOR) as session:
        registers.enter(session, MONTH, bill("FV/33"))
    assert work_through(deployment, served.school, PURCHASES) == 1
    assert work_through(deployment, served.school, PURCHASES) == 1
    with host.tenant(served.school, ACTOR) as session:
        assert session.scalars(select(PurchaseCase.number)).all() == ["FV/33"]
