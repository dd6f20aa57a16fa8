"""Decisions about an invoice's unit: the newest counts, none is lost, nobody overrules another unseen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.kernel.errors import Conflict, NotFound, Refusal
from app.vat.models import KsefAttribution, KsefInvoice
from app.vat.queries import inbox
from app.vat.rules.delivery import Receipt
from app.vat.rules.facts import Party
from app.vat.service.attribution import again, assign, assign_many, refuse
from app.vat.service.directory import put
from app.vat.service.inbox import acknowledge
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR
from tests.vat.box import FOR_SCHOOL, NURSERY, SCHOOL, document, take_in, units_due
from tests.vat.invoices import CITY, MUNICIPALITY, PURCHASE, SALE, ksef_number

CLERK = "Anna Nowak"


def put_in(host: Host, town: Tenant, *, queued: int = 0, assigned: int = 0, internal: int = 0) -> list[UUID]:
    """So many invoices of each kind, numbered; their ids in that order."""
    many = (
        *(replace(PURCHASE, number=f"Q{n}") for n in range(queued)),
        *(replace(PURCHASE, number=f"A{n}", others=FOR_SCHOOL) for n in range(assigned)),
        *(replace(SALE, number=f"I{n}", buyer=MUNICIPALITY) for n in range(internal)),
    )
    take_in(host, town, *(document(one) for one in many))
    with host.tenant(town, ACTOR) as session:
        kept = {one.number: one.id for one in session.scalars(select(KsefInvoice))}
    return [kept[one.number] for one in many]


def decided(session: Session, invoice: UUID) -> tuple[str, str | None]:
    entry = inbox.entry(session, invoice)
    return entry.state, entry.unit_code


def test_a_person_gives_a_queued_invoice_to_a_unit(host: Host, town: Tenant) -> None:
    (invoice,) = put_in(host, town, queued=1)
    with host.tenant(town, CLERK) as session:
        made = assign(session, invoice, "ZM1", seen=inbox.entry(session, invoice).decision)
    with host.tenant(town, ACTOR) as session:
        entry = inbox.entry(session, invoice)
        audited = session.execute(text("select actor, after from cell.audit where verb = 'ksef.assign'")).one()
    assert (entry.state, entry.unit_code, entry.decision) == ("assigned", "ZM1", made)
    assert [(one.outcome, one.decided_by) for one in entry.decisions] == [("assigned", CLERK), ("queued", "reguła")]
    assert (audited.actor, audited.after["unit"]) == (CLERK, "ZM1")


def test_the_same_decision_again_changes_nothing(host: Host, town: Tenant) -> None:
    (invoice,) = put_in(host, town, queued=1)
    with host.tenant(town, CLERK) as session:
        first = assign(session, invoice, "ZM1")
        assert assign(session, invoice, "ZM1") == first
        assert len(inbox.entry(session, invoice).decisions) == 2


def test_nobody_overrules_a_decision_unseen(host: Host, town: Tenant) -> None:
    (invoice,) = put_in(host, town, queued=1)
    with host.tenant(town, ACTOR) as session:
        seen = inbox.entry(session, invoice).decision
    with host.tenant(town, CLERK) as session:
        assign(session, invoice, "ZM1", seen=seen)
    with pytest.raises(Conflict, match=CLERK) as caught, host.tenant(town, "Jan Kos") as session:
        assign(session, invoice, "SP12", "To szkoły.", seen=seen)
    assert caught.value.field == "seen"
    with pytest.raises(Conflict), host.tenant(town, "Jan Kos") as session:
        refuse(session, invoice, "Nie tej jednostki.", seen=seen)
    with host.tenant(town, ACTOR) as session:
        assert decided(session, invoice) == ("assigned", "ZM1")


def test_moving_an_invoice_needs_a_reason_and_keeps_what_it_replaced(host: Host, town: Tenant) -> None:
    (invoice,) = put_in(host, town, assigned=1)
    with pytest.raises(Refusal, match="dlaczego") as caught, host.tenant(town, CLERK) as session:
        assign(session, invoice, "ZM1")
    assert caught.value.field == "reason"
    with host.tenant(town, CLERK) as session:
        assign(session, invoice, "ZM1", "Zamówił żłobek.")
        units = [decision.unit_code for decision in inbox.entry(session, invoice).decisions]
    assert units == ["ZM1", "SP12"]


@pytest.mark.parametrize(
    ("unit", "field"), [("NIKT", "unit"), ("SP4", "unit")], ids=["not in the directory", "closed by that day"]
)
def test_units_that_cannot_have_it_are_refused(host: Host, town: Tenant, unit: str, field: str) -> None:
    (invoice,) = put_in(host, town, queued=1)
    with pytest.raises(Refusal) as caught, host.tenant(town, CLERK) as session:
        assign(session, invoice, unit)
    assert caught.value.field == field
    with host.tenant(town, ACTOR) as session:
        assert decided(session, invoice) == ("queued", None)


@pytest.mark.parametrize("act", [lambda s, i: assign(s, i, "ZM1"), lambda s, i: refuse(s, i, "Nie.")])
def test_an_invoice_between_own_units_goes_to_nobody(
    host: Host, town: Tenant, act: Callable[[Session, UUID], object]
) -> None:
    (invoice,) = put_in(host, town, internal=1)
    with pytest.raises(Refusal, match="między jednostkami"), host.tenant(town, CLERK) as session:
        act(session, invoice)


def test_an_unknown_invoice_is_not_found(host: Host, town: Tenant) -> None:
    with pytest.raises(NotFound), host.tenant(town, CLERK) as session:
        assign(session, uuid4(), "ZM1")


def test_back_into_the_queue_with_its_candidates(host: Host, town: Tenant) -> None:
    (invoice,) = put_in(host, town, assigned=1)
    with pytest.raises(Refusal, match="Napisz"), host.tenant(town, CLERK) as session:
        refuse(session, invoice, "  ")
    with host.tenant(town, CLERK) as session:
        refuse(session, invoice, "Szkoła tego nie zamawiała.")
        entry = inbox.entry(session, invoice)
    assert (entry.state, entry.unit_code, entry.decisions[0].decided_by) == ("queued", None, CLERK)
    assert entry.candidates[0].unit == "SP12"
    with pytest.raises(Conflict, match="już czeka"), host.tenant(town, CLERK) as session:
        refuse(session, invoice, "Jeszcze raz.")


def test_many_at_once_or_none(host: Host, town: Tenant) -> None:
    *queued, internal = put_in(host, town, queued=3, internal=1)
    with pytest.raises(Refusal), host.tenant(town, CLERK) as session:
        assign_many(session, [*queued, internal], "ZM1")
    with host.tenant(town, CLERK) as session:
        assert [decided(session, one)[0] for one in queued] == ["queued"] * 3
        assert assign_many(session, [*queued, queued[0]], "ZM1") == 3
        assert assign_many(session, queued, "ZM1") == 0
    with host.tenant(town, ACTOR) as session:
        assert {decided(session, one) for one in queued} == {("assigned", "ZM1")}
        entries = session.execute(text("select after from cell.audit where verb like 'ksef.assign%'")).scalars().all()
    assert [entry["invoices"] for entry in entries] == [3]


def test_the_rule_is_asked_again_when_the_directory_changed(host: Host, town: Tenant) -> None:
    third = (Party("Przedszkole", internal_id=f"{CITY}-00777", role=8),)
    take_in(host, town, document(replace(PURCHASE, others=third), ksef_number()))
    with host.tenant(town, ACTOR) as session:
        invoice = session.scalars(select(KsefInvoice.id)).one()
        assert again(session, [invoice]) == 0
        put(session, replace(NURSERY, internal_id=f"{CITY}-00777"))
        assert again(session, [invoice]) == 1
        assert decided(session, invoice) == ("assigned", "ZM1")
        put(session, replace(NURSERY, valid_to_on=date(2026, 1, 31)))
        put(session, replace(SCHOOL, internal_id=f"{CITY}-00777"))
        assert again(session, [invoice]) == 1
        assert decided(session, invoice) == ("assigned", "SP12")


def test_the_rule_leaves_alone_what_a_person_decided(host: Host, town: Tenant) -> None:
    kept, refused = put_in(host, town, assigned=2)
    with host.tenant(town, CLERK) as session:
        assign(session, kept, "ZM1", "Zamówił żłobek.")
        refuse(session, refused, "Nie wiadomo czyja.")
    with host.tenant(town, ACTOR) as session:
        assert again(session, [kept, refused]) == 0
        assert decided(session, kept) == ("assigned", "ZM1")
        assert decided(session, refused) == ("queued", None)


def test_decisions_cannot_be_rewritten(host: Host, town: Tenant) -> None:
    put_in(host, town, assigned=1)
    for statement in ("update ksef_attribution set unit_code = 'ZM1'", "delete from ksef_attribution",
                      "update ksef_invoice set gross = 0", "delete from ksef_invoice"):  # fmt: skip
        with (
            pytest.raises(DBAPIError, match="is append-only"),
            host.tenant(town, ACTOR) as session,
        ):
            session.execute(text(statement))


# ── on the way to the unit and back ───────────────────────────────────────────────────────────────────────────────────


def receipts(session: Session, unit: str, problem: str | None = None) -> list[Receipt]:
    return [Receipt(one.attribution_id, one.invoice_id, problem) for one in inbox.deliveries_due(session, unit)]


def taken_back(session: Session, unit: str, problem: str | None = None) -> list[Receipt]:
    return [Receipt(one.attribution_id, one.invoice_id, problem) for one in inbox.withdrawals_due(session, unit)]


def test_what_is_due_until_the_unit_has_it(host: Host, town: Tenant) -> None:
    put_in(host, town, assigned=2, queued=1, internal=1)
    with host.tenant(town, ACTOR) as session:
        assert units_due(session) == ["SP12"]
        due = inbox.deliveries_due(session, "SP12")
        assert [(one.side, str(one.month), one.invoice.number) for one in due] == [
            ("purchase", "2026-03", "A0"), ("purchase", "2026-03", "A1")
        ]  # fmt: skip
        assert [one.invoice.number for one in inbox.deliveries_due(session, "SP12", 1)] == ["A0"]
        assert [one.invoice.number for one in inbox.deliveries_due(session, "SP12", 5, due[0].invoice_id)] == ["A1"]
        assert inbox.deliveries_due(session, "ZM1") == []
        acknowledge(session, receipts(session, "SP12"), "SP12", withdrawn=False)
        assert units_due(session) == []
        assert all(inbox.entry(session, one.invoice_id).is_delivered for one in due)


def test_a_refused_delivery_stays_due_with_its_reason(host: Host, town: Tenant) -> None:
    (invoice,) = put_in(host, town, assigned=1)
    with host.tenant(town, ACTOR) as session:
        acknowledge(session, receipts(session, "SP12", "Miesiąc jest zamknięty."), "SP12", withdrawn=False)
        assert inbox.entry(session, invoice).undelivered_reason == "Miesiąc jest zamknięty."
        assert units_due(session) == ["SP12"]
        acknowledge(session, receipts(session, "SP12"), "SP12", withdrawn=False)
        assert inbox.entry(session, invoice).undelivered_reason is None
        assert units_due(session) == []


def test_an_invoice_that_changes_hands_is_first_taken_back(host: Host, town: Tenant) -> None:
    (invoice,) = put_in(host, town, assigned=1)
    with host.tenant(town, ACTOR) as session:
        (first,) = receipts(session, "SP12")
        acknowledge(session, [first], "SP12", withdrawn=False)
        assign(session, invoice, "ZM1", "Zamówił żłobek.")
        assert units_due(session) == ["SP12"]
        assert inbox.deliveries_due(session, "ZM1") == []
        (withdrawal,) = inbox.withdrawals_due(session, "SP12")
        assert (withdrawal.attribution_id, withdrawal.reason) == (first.attribution_id, "Zamówił żłobek.")
        acknowledge(session, taken_back(session, "SP12", "Miesiąc jest podpisany."), "SP12", withdrawn=True)
        assert inbox.entry(session, invoice).undelivered_reason == "Miesiąc jest podpisany."
        acknowledge(session, taken_back(session, "SP12"), "SP12", withdrawn=True)
        assert units_due(session) == ["ZM1"]
        acknowledge(session, receipts(session, "ZM1"), "ZM1", withdrawn=False)
        assert units_due(session) == []
        assert inbox.entry(session, invoice).delivered_to == "ZM1"


def test_back_in_the_queue_it_is_only_taken_back(host: Host, town: Tenant) -> None:
    (invoice,) = put_in(host, town, assigned=1)
    with host.tenant(town, ACTOR) as session:
        acknowledge(session, receipts(session, "SP12"), "SP12", withdrawn=False)
        refuse(session, invoice, "Nie wiadomo czyja.")
        acknowledge(session, taken_back(session, "SP12"), "SP12", withdrawn=True)
        assert units_due(session) == []
        assert inbox.entry(session, invoice).delivered_to is None


def test_a_decision_made_during_the_delivery_is_not_lost(host: Host, town: Tenant) -> None:
    (invoice,) = put_in(host, town, assigned=1)
    with host.tenant(town, ACTOR) as session:
        on_the_way = receipts(session, "SP12")
        assign(session, invoice, "ZM1", "Zamówił żłobek.")
        acknowledge(session, on_the_way, "SP12", withdrawn=False)
        assert [one.invoice_id for one in inbox.withdrawals_due(session, "SP12")] == [invoice]
        acknowledge(session, taken_back(session, "SP12"), "SP12", withdrawn=True)
        assert [one.invoice_id for one in inbox.deliveries_due(session, "ZM1")] == [invoice]


def test_late_and_repeated_receipts_change_nothing(host: Host, town: Tenant) -> None:
    (invoice,) = put_in(host, town, assigned=1)
    with host.tenant(town, ACTOR) as session:
        first = receipts(session, "SP12")
        acknowledge(session, first, "SP12", withdrawn=False)
        assign(session, invoice, "ZM1", "Zamówił żłobek.")
        back = taken_back(session, "SP12")
        acknowledge(session, back, "SP12", withdrawn=True)
        second = receipts(session, "ZM1")
        acknowledge(session, second, "ZM1", withdrawn=False)
        acknowledge(session, [replace(first[0], problem="spóźniona odmowa")], "SP12", withdrawn=False)
        acknowledge(session, first, "SP12", withdrawn=False)
        acknowledge(session, back, "SP12", withdrawn=True)
        acknowledge(session, second, "ZM1", withdrawn=False)
        entry = inbox.entry(session, invoice)
    assert (entry.delivered_to, entry.is_delivered, entry.undelivered_reason) == ("ZM1", True, None)


def test_a_receipt_for_nothing_is_no_verb(host: Host, town: Tenant) -> None:
    with host.tenant(town, ACTOR) as session:
        acknowledge(session, [], "SP12", withdrawn=False)
    with host.tenant(town, ACTOR) as session:
        assert session.scalars(select(KsefAttribution.id)).all() == []
        assert session.execute(text("select 1 from cell.audit where verb = 'ksef.deliver'")).all() == []
