"""What can be asked of the inbox: the queue and why it waits, boards, lists a page filters, search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import NotFound
from app.vat.filings.intake import Document
from app.vat.models import KsefInvoice
from app.vat.queries import inbox
from app.vat.queries.inbox import Listing
from app.vat.rules.delivery import Receipt
from app.vat.rules.facts import Party
from app.vat.service.attribution import assign
from app.vat.service.inbox import acknowledge
from app.web.tables import Column, Table
from app.web.tables.sources import SqlSource
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR
from tests.vat.box import FOR_SCHOOL, document, take_in
from tests.vat.invoices import CITY, MUNICIPALITY, OTHER, PURCHASE, SALE, ksef_number, total

MARCH = Month(2026, 3)
TWO_UNITS = (*FOR_SCHOOL, Party("Żłobek", internal_id=f"{CITY}-00213", role=8))


@pytest.fixture
def filled(host: Host, town: Tenant) -> Tenant:
    """Two assigned (one of April), three queued for two reasons, one between units, one in quarantine."""
    take_in(
        host,
        town,
        document(replace(PURCHASE, number="A1", others=FOR_SCHOOL), ksef_number(technical="00000000000A")),
        document(replace(PURCHASE, number="A2", others=FOR_SCHOOL), ksef_number(day="20260402")),
        document(replace(PURCHASE, number="Q1/łódź", seller=replace(PURCHASE.seller, name="Żółw „i” Syn s.c."))),
        document(replace(PURCHASE, number="Q2")),
        document(replace(PURCHASE, number="Q3", others=TWO_UNITS)),
        document(
            replace(SALE, buyer=MUNICIPALITY, gross=Decimal("1230.50"),
                    totals=(total("1", "1000.41", "230.09"),), lines=())
        ),
        Document("zła.xml", b"?"),
    )  # fmt: skip
    return town


def numbers(session: Session, found: Sequence[Any]) -> list[str]:
    return [session.get_one(KsefInvoice, one.id).number for one in found]


def test_why_invoices_wait(host: Host, filled: Tenant) -> None:
    with host.tenant(filled, ACTOR) as session:
        waits, two = inbox.queue_counts(session)
        assert waits.count == 2
        assert waits.kind.startswith("JST = 1, ale nie ma Podmiot3 z rolą 8")
        assert (two.kind, two.count) == ("Faktura wskazuje więcej niż jedną jednostkę", 1)
        assert inbox.queue_counts(session, Month(2026, 4)) == []


def test_the_queue_goes_forth_and_back(host: Host, filled: Tenant) -> None:
    with host.tenant(filled, ACTOR) as session:
        listing = inbox.queue(session)
        first, second, third = [row.id for row in session.execute(listing.statement.order_by(listing.tie))]
        assert inbox.neighbours(session, second) == (first, third)
        assert inbox.neighbours(session, first, MARCH) == (None, second)
        assert inbox.neighbours(session, second, kind="Faktura wskazuje więcej niż jedną jednostkę") == (None, third)
        assert inbox.neighbours(session, second, Month(2026, 4)) == (None, None)
        assign(session, second, "SP12")
        assert inbox.neighbours(session, second) == (first, third)
        assert inbox.neighbours(session, first) == (None, third)


def test_the_board_counts_by_unit_month_and_state(host: Host, filled: Tenant) -> None:
    with host.tenant(filled, ACTOR) as session:
        delivery, _ = inbox.deliveries_due(session, "SP12")
        acknowledge(session, [Receipt(delivery.attribution_id, delivery.invoice_id)], "SP12", withdrawn=False)
        left = inbox.deliveries_due(session, "SP12")[0]
        problem = Receipt(left.attribution_id, left.invoice_id, "Miesiąc jest zamknięty.")
        acknowledge(session, [problem], "SP12", withdrawn=False)
        found = {(one.unit_code, str(one.month), one.state): one for one in inbox.board(session)}
        march = inbox.board(session, MARCH)
        assert inbox.months(session) == [Month(2026, 4), MARCH]
    assert {key: one.count for key, one in found.items()} == {
        ("SP12", "2026-03", "assigned"): 1, ("SP12", "2026-04", "assigned"): 1, (None, "2026-03", "queued"): 3,
        (None, "2026-03", "internal"): 1,
    }  # fmt: skip
    delivered, blocked = found["SP12", "2026-03", "assigned"], found["SP12", "2026-04", "assigned"]
    assert (delivered.delivered, delivered.due, delivered.purchase_vat) == (1, 0, Decimal("23.00"))
    assert (blocked.delivered, blocked.due, blocked.blocked) == (0, 1, 1)
    assert len(march) == 3


def _table(listing: Listing) -> Table:
    return Table("t", "Lista", tuple(Column(key, key, total=key == "gross") for key in listing.columns))


def _page(session: Session, listing: Listing, params: dict[str, str]) -> tuple[list[UUID], int, Any]:
    table = _table(listing)
    source = SqlSource(session, listing.statement, listing.columns, tie=listing.tie)
    view = table.view(table.query(params), source)
    return [row.id for row in view.rows], view.count, view.totals


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        ({}, {"A1", "A2", "Q1/łódź", "Q2", "Q3", "SP12/7/2026"}),
        ({"state": "queued"}, {"Q1/łódź", "Q2", "Q3"}),
        ({"unit_code": "SP12"}, {"A1", "A2"}),
        ({"delivery": "due"}, {"A1", "A2"}),
        ({"counterparty": "żółw"}, {"Q1/łódź"}),
        ({"number": "A"}, {"A1", "A2"}),
    ],
)
def test_a_page_filters_the_invoices(host: Host, filled: Tenant, params: dict[str, str], wanted: set[str]) -> None:
    with host.tenant(filled, ACTOR) as session:
        ids, count, totals = _page(session, inbox.invoices(session), params)
        found = {session.get_one(KsefInvoice, one).number for one in ids}
        assert found == wanted
        assert count == len(wanted)
        gross = session.scalars(select(KsefInvoice.gross).where(KsefInvoice.number.in_(wanted))).all()
        assert totals["gross"] == sum(gross)


@pytest.mark.parametrize("column", ["number", "score", "candidate", "issued_on", "gross", "reason_kind"])
def test_the_queue_can_be_sorted_by_any_column(host: Host, filled: Tenant, column: str) -> None:
    with host.tenant(filled, ACTOR) as session:
        for sign in ("", "-"):
            assert len(_page(session, inbox.queue(session), {"sortuj": f"{sign}{column}"})[0]) == 3


def test_quarantine_and_batches_are_lists_too(host: Host, filled: Tenant) -> None:
    with host.tenant(filled, ACTOR) as session:
        listing = inbox.quarantine(session)
        (row,) = session.execute(listing.statement)
        assert (row.name, row.code, row.settled, row.reason_count, row.source) == (
            "zła.xml",
            "document",
            False,
            1,
            "test",
        )
        assert inbox.quarantined(session, row.id).content == b"?"
        (batch,) = session.execute(inbox.batches(session).statement)
        assert (batch.source, batch.imported_by, batch.invoices, batch.queued, batch.quarantined) == (
            "test", ACTOR, 6, 3, 1
        )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("Q1", []),
        ("q1/łó", ["Q1/łódź"]),
        ("żółw", ["Q1/łódź"]),
        ("syn żółw", ["Q1/łódź"]),
        ("żółw hurtownia", []),
        ("20260402", ["A2"]),
        ("1 230,50", ["SP12/7/2026"]),
        ("PL 526-587-76-35", []),
        ("526-587-76-35", ["A1", "A2", "Q1/łódź", "Q2", "Q3", "SP12/7/2026"]),
        (SALE.seller.nip, ["A1", "A2", "Q1/łódź", "Q2", "Q3", "SP12/7/2026"]),
        (OTHER, []),
        ("100%", []),
        ("___", []),
    ],
)
def test_search_by_whatever_is_known(host: Host, filled: Tenant, words: str, found: list[str]) -> None:
    with host.tenant(filled, ACTOR) as session:
        assert sorted(one.number for one in inbox.search(session, words)) == found
        assert len(inbox.search(session, CITY, 2)) == 2


def test_one_invoice_with_everything_a_person_needs(host: Host, filled: Tenant) -> None:
    number = ksef_number(technical="00000000000A")
    on = PURCHASE.issued_on
    correction = replace(
        PURCHASE, kind="KOR", number="K1", issued_on=date(2026, 3, 5), correction_effect=2,
        corrected=((on, "A1", number), (on, "Q2", None), (on, "?", None)),
    )  # fmt: skip
    take_in(host, filled, document(correction))
    with host.tenant(filled, ACTOR) as session:
        key = session.scalars(select(KsefInvoice.id).where(KsefInvoice.number == "K1")).one()
        entry = inbox.entry(session, key)
        original = inbox.entry_by_number(session, number)
        assert entry.invoice == correction
        assert inbox.content(session, key) == document(correction).data
    assert [(one.number, one.unit_code, one.invoice_id is None) for one in entry.corrects] == [
        ("A1", "SP12", False), ("Q2", None, False), ("?", None, True)
    ]  # fmt: skip
    assert entry.corrects[0].invoice_id == original.id
    assert (original.candidates[0].name, original.source) == ("Szkoła Podstawowa nr 12 w Kielcach", "test")


@pytest.mark.parametrize("ask", [inbox.entry, inbox.content, inbox.quarantined])
def test_what_is_not_here_is_not_found(host: Host, town: Tenant, ask: Any) -> None:
    with pytest.raises(NotFound), host.tenant(town, ACTOR) as session:
        ask(session, UUID(int=0))


def test_what_the_rule_itself_decided(host: Host, filled: Tenant) -> None:
    number = ksef_number(technical="00000000000A")
    with host.tenant(filled, ACTOR) as session:
        assign(session, inbox.entry_by_number(session, number).id, "ZM1", "Zamówił żłobek.")
        assert inbox.decided_by_rule(session)[number] == "SP12"
