"""What pages ask of the registers: tables, sums, drill-down, explanations, differences between versions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from app.kernel.errors import NotFound
from app.vat.queries.registers.month import months, stage
from app.vat.queries.registers.purchases import explained
from app.vat.queries.registers.rows import SIDE_OF, listing, of_field, published, sums
from app.vat.queries.registers.versions import changes, versions
from app.vat.rules.consolidation import Difference
from app.vat.rules.facts import Marker
from app.vat.service import periods, ratios, registers
from app.web.tables import Column, SqlSource, Table
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import World
from tests.vat.deliveries import CLERK, HEAD, MONTH, bill, delivery, report, rows


@pytest.fixture
def school(host: Host, fresh: Callable[[], World]) -> Tenant:
    """A month with two reports, an invoice to a receipt, a void row, two purchases."""
    world = fresh()
    for unit in (world.pool, world.school):
        with host.tenant(unit, CLERK) as session:
            ratios.set_pct(session, 2026, "pre_ratio", 17, "protokół 1/2026")
            registers.enter(session, MONTH, report("RO/1"))
            registers.enter(session, MONTH, report("RO/2", "50.00", "11.50"))
            registers.enter(session, MONTH, replace(report("FP/1"), document_type="FP", marker=Marker("BFK")))
            registers.void(session, "sale", registers.enter(session, MONTH, report("RO/3")).id, "pomyłka")
            registers.enter(session, MONTH, bill("FV/1", use="business_and_outside"))
            registers.receive(session, [delivery("purchase", "FV/2")])
    return world.school


def test_a_page_of_the_register_is_filtered_sorted_and_totalled(host: Host, school: Tenant) -> None:
    columns = (Column("document_no", "Dokument"), Column("net", "Netto", "amount", total=True))
    table = Table("sprzedaz", "Sprzedaż", columns, order="-document_no")
    with host.tenant(school, CLERK, read_only=True) as session:
        listed = listing(session, MONTH, "sale")
        source = SqlSource(session, listed.statement, listed.columns, tie=listed.tie)
        view = table.view(table.query({"document_no": "RO"}), source)
        assert [(row.document_no, row.net) for row in view.rows] == [("RO/2", 50), ("RO/1", 100)]
        assert (view.count, view.totals["net"], view.everything) == (2, Decimal("150.00"), 3)


def test_sums_leave_invoices_to_receipts_and_void_rows_out(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK, read_only=True) as session:
        assert sums(session, MONTH) == {
            name: Decimal(amount)
            for name, amount in {"K_19": "150.00", "K_20": "34.50", "K_42": "200.00", "K_43": "3.91"}.items()
        }
        assert sums(session, MONTH.next) == {}
        flagged = {row.document_no: row.counts for row in session.execute(listing(session, MONTH, "sale").statement)}
        assert flagged == {"RO/1": True, "RO/2": True, "FP/1": False}
        void = session.execute(listing(session, MONTH, "sale", void=True).statement).one()
        assert (void.document_no, void.void_reason) == ("RO/3", "pomyłka")


def test_a_field_is_traced_to_the_rows_it_is_made_of(host: Host, school: Tenant) -> None:
    assert (SIDE_OF["K_19"], SIDE_OF["K_360"], SIDE_OF["K_43"]) == ("sale", "sale", "purchase")
    with host.tenant(school, CLERK, read_only=True) as session:
        bought = session.execute(of_field(session, listing(session, MONTH, "purchase"), "K_43").statement).all()
        assert [(row.document_no, row.net, row.tax, row.deductible) for row in bought] == [
            ("FV/1", 100, 23, Decimal("3.91"))
        ]
        assert session.execute(of_field(session, listing(session, MONTH, "sale"), "K_10").statement).all() == []


def test_a_purchase_explains_its_deduction_or_what_it_waits_for(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        one, other = rows(session, "purchase")
        told = explained(session, one.id)
        assert told.reckoned.outcome is not None and told.waits_for is None
        assert [step.value for step in told.reckoned.outcome.reckoning] == ["3.91", "3.91"]
        assert told.amounts == {"K_42": Decimal("100.00"), "K_43": Decimal("3.91")} == told.reckoned.amounts
        assert explained(session, other.id).waits_for == "Nie wskazano, czemu służy ten zakup."
        registers.set_use(session, [other.id], "taxed_and_exempt")
        assert explained(session, other.id).waits_for == "Jednostka nie ma na rok 2026: współczynnika."
        with pytest.raises(NotFound):
            explained(session, uuid4())


def publish(host: Host, unit: Tenant) -> None:
    with host.tenant(unit, CLERK) as session:
        registers.set_use(session, [row.id for row in rows(session, "purchase")], "business_and_outside")
        periods.complete(session, MONTH)
    with host.tenant(unit, HEAD) as session:
        periods.publish(session, MONTH)


def test_what_changed_between_two_versions_is_told_by_sums_and_by_rows(host: Host, school: Tenant) -> None:
    publish(host, school)
    with host.tenant(school, HEAD) as session:
        periods.reopen(session, MONTH, "poprawki")
        first = rows(session, "sale")
        registers.void(session, "sale", next(row.id for row in first if row.document_no == "RO/1"), "pomyłka")
        registers.enter(session, MONTH, report("RO/9", "10.00", "2.30"))
        ratios.set_pct(session, 2026, "pre_ratio", 18, "protokół 2/2026")
    publish(host, school)
    with host.tenant(school, HEAD, read_only=True) as session:
        newer, older = versions(session, MONTH)
        found = changes(session, older.id, newer.id)
        assert found.sums == (
            Difference(None, "K_19", Decimal("150.00"), Decimal("60.00")),
            Difference(None, "K_20", Decimal("34.50"), Decimal("13.80")),
            Difference(None, "K_43", Decimal("7.82"), Decimal("8.28")),
        )
        assert [(row.side, row.kind, row.document_no) for row in found.rows] == [
            ("sale", "removed", "RO/1"),
            ("sale", "added", "RO/9"),
            ("purchase", "changed", "FV/1"),
            ("purchase", "changed", "FV/2"),
        ]
        assert (found.rows[2].before["K_43"], found.rows[2].after["K_43"]) == (Decimal("3.91"), Decimal("4.14"))
        listed = published(session, newer.id, "sale")
        shown = session.execute(listed.statement.order_by(listed.tie)).all()
        numbered = [(1, "FP/1", 100), (2, "RO/2", 50), (3, "RO/9", 10)]
        assert [(row.pos, row.document_no, row.net) for row in shown] == numbered
        with pytest.raises(NotFound):
            changes(session, older.id, uuid4())


def test_the_board_sees_where_every_month_stands(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        registers.enter(session, MONTH.next, replace(report("RO/1"), issued_on=MONTH.next.first_on))
        assert stage(session, MONTH.previous).state == "open"
    publish(host, school)
    with host.tenant(school, CLERK, read_only=True) as session:
        october, september = months(session)
        assert (october.month, october.state, october.sales, october.version) == (MONTH.next, "open", 1, 0)
        assert (september.state, september.sales, september.purchases, september.version) == ("published", 3, 2, 1)
        assert (september.completed_by, september.signed_by) == (CLERK, HEAD)
        assert september.published_at is not None and len(september.hash or "") == 64
