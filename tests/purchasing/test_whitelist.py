"""Evidence from the register of taxpayers: kept once a day, never in the way of work, asked again before paying."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.gateways.whitelist.answers import Unavailable
from app.gateways.whitelist.client import Client
from app.gateways.whitelist.flat import FlatFile
from app.gateways.whitelist.simulator import Known, Mode, Simulator, serving
from app.kernel.errors import Conflict, Forbidden
from app.purchasing.models import WhitelistAnswer
from app.purchasing.queries.cases import case
from app.purchasing.queries.proposals import of_case
from app.purchasing.service import acting, opening, payments, whitelist
from tenants.session import Host
from tests.conftest import ACTOR, World
from tests.purchasing.papers import (
    ACCOUNT,
    ACCOUNTANT,
    CHIEF,
    CLERK,
    DESCRIPTION,
    HEAD,
    OTHER,
    SELLER,
    TODAY,
    approve,
    brought_to,
    paper,
)


@pytest.fixture
def register() -> Iterator[Simulator]:
    made = Simulator(slow_seconds=0.5)
    made.put(Known(SELLER, "Hurtownia Papier sp. z o.o.", (ACCOUNT,)))
    with serving(made):
        yield made


@pytest.fixture
def gateway(register: Simulator) -> Iterator[Client]:
    with Client(register.url, timeout_seconds=0.2) as made:
        yield made


@pytest.fixture
def session(host: Host, world: World) -> Iterator[Session]:
    with host.tenant(world.school, ACTOR) as opened:
        yield opened
        opened.rollback()


def large(session: Session, number: str = "R/9") -> UUID:
    return opening.open_paper(session, paper(number, "20000.00"), TODAY)


def count(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(WhitelistAnswer)).one()


def test_an_answer_is_kept_with_its_key_and_asked_once_a_day(
    session: Session, register: Simulator, gateway: Client
) -> None:
    first = whitelist.check(session, gateway, SELLER, ACCOUNT, TODAY, "purchasing.case:1")
    assert whitelist.check(session, gateway, SELLER, ACCOUNT, TODAY).id == first.id
    assert (first.assigned, first.via, first.asked_by, first.purpose) == (True, "api", ACTOR, "purchasing.case:1")
    assert first.request_id and sum(register.asked.values()) == 1
    yesterday = whitelist.check(session, gateway, SELLER, ACCOUNT, TODAY - timedelta(days=1))
    assert yesterday.id != first.id and count(session) == 2


def test_a_no_is_asked_again_the_same_day(session: Session, register: Simulator, gateway: Client) -> None:
    register.put(Known(OTHER, "Piekarnia Nowak"))
    assert not whitelist.check(session, gateway, OTHER, ACCOUNT, TODAY).assigned
    register.put(Known(OTHER, "Piekarnia Nowak", (ACCOUNT,)))
    assert whitelist.check(session, gateway, OTHER, ACCOUNT, TODAY).assigned


def test_evidence_is_never_rewritten(session: Session, gateway: Client) -> None:
    whitelist.check(session, gateway, SELLER, ACCOUNT, TODAY)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("update whitelist_answer set assigned = false"))


def test_the_flat_file_is_evidence_too(session: Session, register: Simulator) -> None:
    file = FlatFile.read(register.flat_file(TODAY, 3))
    kept = whitelist.check(session, file, SELLER, ACCOUNT, TODAY)
    assert (kept.via, kept.file_on, kept.request_id, kept.status) == ("flat", TODAY, None, "active")


def test_a_large_invoice_is_checked_before_the_formal_step_is_over(session: Session, gateway: Client) -> None:
    key = large(session)
    brought_to(session, key, "formal")
    with pytest.raises(Conflict, match="nie sprawdzono w wykazie"):
        approve(session, key, ACCOUNTANT)
    checked = whitelist.check_case(session, gateway, key, TODAY)
    assert checked.answer is not None and checked.answer.assigned and checked.case.alarms == ()
    assert approve(session, key, ACCOUNTANT).standing.step is not None


@pytest.mark.parametrize("mode", ["slow", "down", "broken", "malformed"])
def test_a_silent_register_lets_work_go_on_in_writing_and_is_asked_again_before_the_payment(
    session: Session, register: Simulator, gateway: Client, mode: Mode
) -> None:
    register.mode = mode
    key = large(session)
    found = brought_to(session, key, "formal")
    checked = whitelist.check_case(session, gateway, key, TODAY)
    assert checked.answer is None and checked.problem and count(session) == 0
    assert [one["code"] for one in checked.case.alarms] == ["list-silent"]
    with pytest.raises(Conflict, match="nie odpowiada"):
        approve(session, key, ACCOUNTANT)
    acting.allow(session, key, "list-silent", found.content, "awaria od rana, termin dziś", ACCOUNTANT, TODAY)
    for person in (ACCOUNTANT, ACCOUNTANT, CHIEF, HEAD):
        found = approve(session, key, person)
    assert found.state == "ready"
    proposal = of_case(session, key)
    assert proposal is not None
    with pytest.raises(Conflict, match="pisemnym powodem"):
        payments.release(session, gateway, proposal.id, CHIEF, TODAY)
    register.mode = "happy"
    released = payments.release(session, gateway, proposal.id, CHIEF, TODAY)
    assert released.answer is not None and released.answer.asked_on == TODAY and released.notify_by_on is None
    with pytest.raises(Conflict, match="wyszła już"):
        payments.release(session, gateway, proposal.id, CHIEF, TODAY)
    with pytest.raises(Conflict, match="już wyszła"):
        acting.describe(session, key, found.content, replace(DESCRIPTION, what="inne"), CLERK, TODAY)


def test_only_the_chief_accountant_lets_a_payment_go(session: Session, gateway: Client) -> None:
    key = large(session)
    brought_to(session, key, "formal")
    whitelist.check_case(session, gateway, key, TODAY)
    for person in (ACCOUNTANT, ACCOUNTANT, CHIEF, HEAD):
        approve(session, key, person)
    proposal = of_case(session, key)
    assert proposal is not None
    with pytest.raises(Forbidden, match="główny księgowy"):
        payments.release(session, gateway, proposal.id, HEAD, TODAY)


def test_yesterdays_evidence_does_not_pay(session: Session, register: Simulator, gateway: Client) -> None:
    key = large(session)
    brought_to(session, key, "formal")
    whitelist.check_case(session, gateway, key, TODAY - timedelta(days=1))
    for person in (ACCOUNTANT, ACCOUNTANT, CHIEF, HEAD):
        approve(session, key, person)
    proposal = of_case(session, key)
    assert proposal is not None
    register.put(Known(SELLER, "Hurtownia Papier sp. z o.o."))
    with pytest.raises(Conflict, match="nie ma dziś w wykazie"):
        payments.release(session, gateway, proposal.id, CHIEF, TODAY)
    done = payments.release(session, gateway, proposal.id, CHIEF, TODAY, "dostawca zgłosił rachunek, termin dziś")
    assert done.notify_by_on == TODAY + timedelta(days=7)
    session.refresh(proposal)
    assert (proposal.notify_by_on, proposal.release_note) == (
        done.notify_by_on,
        "dostawca zgłosił rachunek, termin dziś",
    )


def test_a_factors_account_is_the_factors(session: Session, register: Simulator, gateway: Client) -> None:
    register.put(Known(SELLER, "Hurtownia"), Known(OTHER, "Faktor SA", (ACCOUNT,)))
    document = replace(paper("R/12", "20000.00"), factor="Faktor SA", factor_nip=OTHER)
    key = opening.open_paper(session, document, TODAY)
    found = whitelist.check_case(session, gateway, key, TODAY)
    assert found.answer is not None and (found.answer.nip, found.answer.assigned) == (OTHER, True)
    assert [one["code"] for one in case(session, key).alarms] == ["factoring"]


def test_a_register_that_is_away_keeps_no_evidence(session: Session, register: Simulator, gateway: Client) -> None:
    register.mode = "down"
    with pytest.raises(Unavailable):
        whitelist.check(session, gateway, SELLER, ACCOUNT, TODAY)
    assert count(session) == 0
