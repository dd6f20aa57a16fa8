"""Units send invoices back, and get shares of others: whatever breaks, each stands where the decision in force says."""

from __future__ import annotations

import itertools
from dataclasses import replace
from decimal import Decimal
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import select

from app.kernel.errors import Conflict, Refusal
from app.kernel.models import Outbox
from app.kernel.money import ZERO
from app.ssc.delivery import deliver
from app.ssc.returning import take_back
from app.vat.models import KsefInvoice, purchase
from app.vat.queries import inbox as due
from app.vat.rules.splitting import by_amounts, by_lines, whole
from app.vat.service import attribution, registers, splitting
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR, World, make_city, make_unit
from tests.killing import kill_during
from tests.ssc.test_delivery import ON, Town
from tests.vat.box import FOR_SCHOOL, document, open_box, take_in, units_due
from tests.vat.invoices import CITY, PURCHASE, ksef_number, line

CLERK = "Ewa Lis"
_NUMBERS = itertools.count(1)


@pytest.fixture
def town(host: Host, world: World) -> Town:
    city = make_city(host, f"zwrot-{next(_NUMBERS)}", CITY)
    open_box(host, city)
    return Town(city, make_unit(host, city, "SP12", "Szkoła nr 12"), make_unit(host, city, "ZM1", "Żłobek nr 1"))


def live(host: Host, unit: Tenant) -> list[tuple[Decimal, Decimal]]:
    with host.tenant(unit, ACTOR) as session:
        query = select(purchase.c.net, purchase.c.vat).where(purchase.c.void_reason.is_(None))
        return sorted((net, vat) for net, vat in session.execute(query))


def arrived(host: Host, town: Town) -> UUID:
    """An invoice that stands in the school's register; its id."""
    lines = tuple(line(net=value, rate="23") for value in ("600.00", "400.00"))
    invoice = replace(PURCHASE, lines=lines, others=FOR_SCHOOL)
    take_in(host, town.city, document(invoice, ksef_number()))
    deliver(host, town.city, ACTOR, ON)
    with host.tenant(town.city, ACTOR) as session:
        return session.scalars(select(KsefInvoice.id)).one()


def row_of(host: Host, unit: Tenant) -> UUID:
    with host.tenant(unit, ACTOR) as session:
        row: UUID = session.scalars(select(purchase.c.id).where(purchase.c.void_reason.is_(None))).one()
        return row


def send_back(host: Host, unit: Tenant) -> dict[str, str]:
    """What the message says."""
    row = row_of(host, unit)
    with host.tenant(unit, CLERK) as session:
        registers.send_back(session, "purchase", row, "Nie zamawialiśmy tego.")
    with host.tenant(unit, ACTOR) as session:
        query = select(Outbox.payload).where(Outbox.topic == registers.RETURNED).order_by(Outbox.id.desc())
        return dict(session.scalars(query.limit(1)).one())


def test_a_unit_sends_an_invoice_back_and_the_city_hears_why_once(host: Host, town: Town) -> None:
    invoice = arrived(host, town)
    payload = send_back(host, town.school)
    assert live(host, town.school) == []
    with host.tenant(town.school, ACTOR) as session:
        assert session.scalars(select(purchase.c.void_reason)).all() == ["Nie nasza faktura: Nie zamawialiśmy tego."]
    assert take_back(host, town.school, payload) is not None
    assert take_back(host, town.school, payload) is None
    deliver(host, town.city, ACTOR, ON)
    with host.tenant(town.city, ACTOR) as session:
        entry = due.entry(session, invoice)
    assert (entry.state, entry.delivered_to, len(entry.decisions)) == ("queued", None, 2)
    assert "Nie zamawialiśmy tego" in entry.decisions[0].reason
    with host.tenant(town.city, CLERK) as session:
        attribution.assign(session, invoice, "ZM1")
    deliver(host, town.city, ACTOR, ON)
    assert (live(host, town.school), len(live(host, town.nursery))) == ([], 1)


def test_sending_back_twice_or_from_a_closed_month_is_refused(host: Host, town: Town) -> None:
    arrived(host, town)
    row = row_of(host, town.school)
    with pytest.raises(Refusal, match="dlaczego"), host.tenant(town.school, CLERK) as session:
        registers.send_back(session, "purchase", row, "  ")
    send_back(host, town.school)
    with pytest.raises(Conflict, match="unieważniony"), host.tenant(town.school, CLERK) as session:
        registers.send_back(session, "purchase", row, "Jeszcze raz.")


def test_killed_at_any_moment_it_returns_once(host: Host, town: Town) -> None:
    invoice = arrived(host, town)
    payload = send_back(host, town.school)
    rng = Random(7)
    for _ in range(4):
        kill_during(host, lambda own: _taken_back(own, town, payload), rng, longest=0.2)
    take_back(host, town.school, payload)
    deliver(host, town.city, ACTOR, ON)
    with host.tenant(town.city, ACTOR) as session:
        assert [one.outcome for one in due.entry(session, invoice).decisions] == ["queued", "assigned"]
    assert live(host, town.school) == []


def _taken_back(host: Host, town: Town, payload: dict[str, str]) -> None:
    take_back(host, town.school, payload)


def counted(host: Host, town: Town) -> dict[str | None, tuple[int, int, int]]:
    """Unit (None: the city, the invoice once) → invoices, delivered, due; taxes of shares make up the invoice's."""
    with host.tenant(town.city, ACTOR) as session:
        found = due.board(session)
    tax = [sum((one.purchase_vat for one in found if (one.state == "share") is part), ZERO) for part in (True, False)]
    assert tax[0] == tax[1]
    return {one.unit_code: (one.count, one.delivered, one.due) for one in found}


def test_shares_reach_their_units_and_make_up_the_invoice(host: Host, town: Town) -> None:
    invoice = arrived(host, town)
    before = live(host, town.school)
    with host.tenant(town.city, CLERK) as session:
        entry = due.entry(session, invoice)
        splitting.split(session, invoice, by_lines(entry.invoice, ["SP12", "ZM1"]), "Każdy swoje.", entry.decision)
    assert counted(host, town) == {None: (1, 0, 1), "SP12": (1, 0, 1), "ZM1": (1, 0, 1)}
    deliver(host, town.city, ACTOR, ON, only=["SP12"])
    deliver(host, town.city, ACTOR, ON, only=["SP12"])
    assert counted(host, town) == {None: (1, 0, 1), "SP12": (1, 1, 0), "ZM1": (1, 0, 1)}
    deliver(host, town.city, ACTOR, ON)
    assert counted(host, town) == {None: (1, 1, 0), "SP12": (1, 1, 0), "ZM1": (1, 1, 0)}
    parts = live(host, town.school) + live(host, town.nursery)
    assert len(parts) == 2
    assert [tuple(sum(each, ZERO) for each in zip(*parts, strict=True))] == before
    with host.tenant(town.city, ACTOR) as session:
        assert units_due(session) == []


def test_a_new_split_and_a_return_to_one_unit_leave_no_old_share(host: Host, town: Town) -> None:
    invoice = arrived(host, town)
    whole_before = live(host, town.school)
    with host.tenant(town.city, CLERK) as session:
        entry = due.entry(session, invoice)
        splitting.split(session, invoice, by_lines(entry.invoice, ["SP12", "ZM1"]), "Każdy swoje.")
    deliver(host, town.city, ACTOR, ON)
    with host.tenant(town.city, CLERK) as session:
        splitting.split(session, invoice, by_lines(entry.invoice, ["ZM1", "SP12"]), "Odwrotnie.")
    deliver(host, town.city, ACTOR, ON)
    assert sorted(live(host, town.school) + live(host, town.nursery)) == sorted(
        next(iter(share.amounts.values())) for share in by_lines(entry.invoice, ["ZM1", "SP12"])
    )
    with host.tenant(town.city, CLERK) as session:
        attribution.assign(session, invoice, "SP12", "Jednak cała szkoły.")
    deliver(host, town.city, ACTOR, ON)
    assert (live(host, town.school), live(host, town.nursery)) == (whole_before, [])


def test_a_unit_refuses_its_share_and_the_whole_is_decided_anew(host: Host, town: Town) -> None:
    invoice = arrived(host, town)
    with host.tenant(town.city, CLERK) as session:
        entry = due.entry(session, invoice)
        splitting.split(session, invoice, by_lines(entry.invoice, ["SP12", "ZM1"]), "Każdy swoje.")
    deliver(host, town.city, ACTOR, ON)
    payload = send_back(host, town.nursery)
    assert take_back(host, town.nursery, payload) is not None
    assert take_back(host, town.nursery, payload) is None
    deliver(host, town.city, ACTOR, ON)
    assert (live(host, town.school), live(host, town.nursery)) == ([], [])
    with host.tenant(town.city, ACTOR) as session:
        assert due.entry(session, invoice).state == "queued"


def test_a_split_that_is_not_the_invoice_changes_nothing(host: Host, town: Town) -> None:
    invoice = arrived(host, town)
    with host.tenant(town.city, ACTOR) as session:
        entry = due.entry(session, invoice)
    shares = by_lines(entry.invoice, ["SP12", "ZM1"])
    field, (net, tax) = next(iter(whole(entry.invoice).items()))
    short = [shares[0], replace(shares[1], amounts={field: (net, tax)})]
    with pytest.raises(Refusal), host.tenant(town.city, CLERK) as session:
        splitting.split(session, invoice, short, "Źle policzone.")
    with pytest.raises(Refusal, match="nie działała"), host.tenant(town.city, CLERK) as session:
        closed = by_amounts(entry.invoice, [shares[0], replace(shares[1], unit="SP4")])
        splitting.split(session, invoice, closed, "Dla zamkniętej.")
    with host.tenant(town.city, ACTOR) as session:
        assert due.entry(session, invoice).state == "assigned"
