"""Fifty people issue at the same moment in two units, processes are killed in the middle: no gap, no number twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select
from uuid_utils.compat import uuid7

from app.kernel.errors import Conflict, Refusal
from app.vat.models import SalesInvoice, sale
from app.vat.service import issuing
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR, World
from tests.killing import kill_during
from tests.vat.issuing.conftest import SINCE
from tests.vat.issuing.samples import ISSUER, ON, ORDINARY

ISSUERS, KILLS, LONGEST_S = 50, 6, 0.4


def together(count: int, work: Callable[[int], Any]) -> list[Any]:
    start = Barrier(count)

    def one(number: int) -> Any:
        start.wait()
        return work(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def places(host: Host, unit: Tenant) -> list[int]:
    with host.tenant(unit, ACTOR) as session:
        rows = session.scalar(select(func.count()).select_from(sale))
        found = sorted(session.scalars(select(SalesInvoice.place)))
        assert rows == len(found)
        return found


def test_fifty_issuers_of_two_units_leave_no_gap(host: Host, fresh: Callable[[], World]) -> None:
    world = fresh()
    units = {world.school: "SP1", world.pool: "MOSIR"}
    with host.tenant(world.city, ACTOR) as session:
        for unit, prefix in units.items():
            issuing.take_prefix(session, prefix, unit.code)
        with pytest.raises(Conflict, match="ma już jednostka SP1"), session.begin_nested():
            issuing.take_prefix(session, "sp1", "MOSIR")
        with pytest.raises(Conflict, match="nie można go zmienić"), session.begin_nested():
            issuing.take_prefix(session, "SP99", "SP1")
    for unit, prefix in units.items():
        with host.tenant(unit, ACTOR) as session:
            issuing.set_issuer(session, replace(ISSUER, prefix=prefix), SINCE)
    order = list(units)

    def work(number: int) -> str:
        with host.tenant(order[number % 2], f"pisarz {number}") as session:
            return issuing.issue(session, ORDINARY, ON).number

    numbers = together(ISSUERS, work)
    assert len(set(numbers)) == ISSUERS
    for unit in units:
        assert places(host, unit) == list(range(1, ISSUERS // 2 + 1))


def test_one_draft_sent_twice_becomes_one_invoice(host: Host, unit: Tenant) -> None:
    key = uuid7()

    def work(number: int) -> str | None:
        with host.tenant(unit, f"pisarz {number}") as session:
            try:
                return issuing.issue(session, ORDINARY, ON, key=key).number
            except Refusal:
                return None

    with host.tenant(unit, ACTOR) as session:
        issuing.save(session, ORDINARY, key)
    assert [one for one in together(8, work) if one] == ["SP1/FV/1/2026"]
    assert places(host, unit) == [1]


def test_a_killed_issuer_takes_no_number(host: Host, unit: Tenant) -> None:
    def work(own: Host) -> None:
        with own.tenant(unit, "zabity") as session:
            issuing.issue(session, ORDINARY, ON)

    rng = Random(7)
    for _ in range(KILLS):
        kill_during(host, work, rng, LONGEST_S)
        with host.tenant(unit, ACTOR) as session:
            issuing.issue(session, ORDINARY, ON)
    found = places(host, unit)
    assert found == list(range(1, len(found) + 1))
    assert len(found) >= KILLS
