"""Invoices from the inbox in a unit's registers: once each, in the right month, taken back when they are another's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.vat.rules.delivery import Delivery, Withdrawal
from app.vat.rules.facts import Party
from app.vat.service import periods, registers
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import World
from tests.vat.deliveries import CLERK, HEAD, MONTH, delivery, report, rows
from tests.vat.invoices import total


@pytest.fixture
def school(fresh: Callable[[], World]) -> Tenant:
    return fresh().school


def close(host: Host, unit: Tenant, *months: Month) -> None:
    for month in months:
        with host.tenant(unit, CLERK) as session:
            periods.complete(session, month)


def problems(host: Host, unit: Tenant, *deliveries: Delivery) -> list[str | None]:
    with host.tenant(unit, CLERK) as session:
        return [receipt.problem for receipt in registers.receive(session, deliveries)]


def test_invoices_become_rows_once_however_often_they_are_sent(host: Host, fresh: Callable[[], World]) -> None:
    world = fresh()
    sent = [delivery("purchase", "FV/1"), delivery("sale", "S/1"), delivery("sale", "S/2")]
    assert problems(host, world.school, *sent) == [None, None, None]
    assert problems(host, world.school, *sent, delivery("sale", "S/3")) == [None] * 4
    with host.tenant(world.school, CLERK) as session:
        assert [row.document_no for row in rows(session, "sale")] == ["S/1", "S/2", "S/3"]
        (bought,) = rows(session, "purchase")
        assert (bought.net, bought.vat, bought.k_42, bought.k_43) == (100, 23, 100, 0)
        assert (bought.marker, bought.ksef_number, bought.use) == ("NrKSeF", sent[0].ksef_number, None)
        assert (bought.invoice_id, bought.source_key) == (sent[0].invoice_id, str(sent[0].attribution_id))
    with host.tenant(world.pool, CLERK) as session:
        assert rows(session, "sale") == []


def test_a_purchase_serves_what_the_units_purchases_usually_serve(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        registers.set_habits(session, "taxed")
    problems(host, school, delivery("purchase", "FV/1"))
    with host.tenant(school, CLERK) as session:
        (bought,) = rows(session, "purchase")
        assert (bought.use, bought.k_42, bought.k_43) == ("taxed", 100, 23)


def test_one_bad_invoice_does_not_sink_the_others(host: Host, school: Tenant) -> None:
    bad = delivery("sale", "S/2")
    euro = replace(bad.invoice, currency="EUR", totals=(total("1", "100.00", "23.00"),))
    control = delivery("sale", "S/4")
    nameless = replace(control.invoice, buyer=replace(control.invoice.buyer, name="Firma \x02"))
    sent = [delivery("sale", "S/1"), replace(bad, invoice=euro), delivery("sale", "S/3")]
    told = problems(host, school, *sent, replace(control, invoice=nameless))
    assert [told[0], told[2]] == [None, None]
    assert "EUR" in (told[1] or "") and "U+0002" in (told[3] or "")
    with host.tenant(school, CLERK) as session:
        assert [row.document_no for row in rows(session, "sale")] == ["S/1", "S/3"]


def test_a_purchase_of_a_closed_month_goes_to_the_first_open_one(host: Host, school: Tenant) -> None:
    close(host, school, MONTH, MONTH.next)
    assert problems(host, school, delivery("purchase", "FV/1")) == [None]
    with host.tenant(school, CLERK) as session:
        (bought,) = rows(session, "purchase")
        assert (bought.year, bought.month) == (2026, 11)


def test_a_purchase_waits_when_no_month_of_the_window_is_open(host: Host, school: Tenant) -> None:
    close(host, school, *(MONTH.shifted(ahead) for ahead in range(4)))
    (told,) = problems(host, school, delivery("purchase", "FV/1"))
    assert told is not None and told.startswith("Miesiąc 2026-09 jest zamknięty") and "do 2026-12" in told
    with host.tenant(school, CLERK) as session:
        assert rows(session, "purchase") == []


def correction(number: str, net: str, tax: str) -> Delivery:
    made = delivery("purchase", number, net=net, tax=tax)
    corrects = ((made.invoice.issued_on, "FV/1", None),)
    return replace(made, invoice=replace(made.invoice, kind="KOR", correction_effect=1, corrected=corrects))


def test_lowered_tax_stays_in_its_month_and_raised_tax_goes_to_the_first_open_one(host: Host, school: Tenant) -> None:
    lowered, raised = correction("K/1", "-10.00", "-2.30"), correction("K/2", "10.00", "2.30")
    close(host, school, MONTH)
    problem, none = problems(host, school, lowered, raised)
    assert "nie może przejść na później (art. 86 ust. 19a" in (problem or "") and none is None
    with host.tenant(school, HEAD) as session:
        periods.reopen(session, MONTH, "korekta zmniejszająca z KSeF")
    assert problems(host, school, lowered, raised) == [None, None]
    with host.tenant(school, CLERK) as session:
        kept = {row.document_no: (Month(row.year, row.month), row.decision) for row in rows(session, "purchase")}
    month, decision = kept["K/1"]
    assert month == MONTH and decision["why"].startswith("Korekta zmniejszająca zakupu z KSeF: okres otrzymania")
    assert "art. 86 ust. 19a" in decision["law"] and decision["flags"] == ["M"]
    assert kept["K/2"] == (MONTH.shifted(1), None)


def test_a_correction_says_why_it_stands_in_its_month(host: Host, school: Tenant) -> None:
    problems(host, school, correction("K/2", "10.00", "2.30"), delivery("purchase", "FV/2"))
    with host.tenant(school, CLERK) as session:
        kept = {row.document_no: row.decision for row in rows(session, "purchase")}
    assert kept["K/2"]["why"].startswith("Korekta zwiększająca zakupu: okres otrzymania")
    assert kept["FV/2"] is None


def test_a_sale_of_a_closed_month_waits_until_the_unit_opens_it(host: Host, school: Tenant) -> None:
    close(host, school, MONTH)
    sold = delivery("sale", "S/1")
    (told,) = problems(host, school, sold)
    assert told is not None and told.startswith("Miesiąc 2026-09 jest zamknięty")
    with host.tenant(school, HEAD) as session:
        periods.reopen(session, MONTH, "spóźniona faktura")
    assert problems(host, school, sold) == [None]
    with host.tenant(school, CLERK) as session:
        assert len(rows(session, "sale")) == 1


def withdraw(session: Session, one: Delivery, reason: str = "Faktura innej jednostki.") -> str | None:
    (receipt,) = registers.withdraw(session, [Withdrawal(one.attribution_id, one.invoice_id, reason)])
    return receipt.problem


def test_a_withdrawn_row_stays_with_its_reason_and_does_not_come_back(host: Host, school: Tenant) -> None:
    sold = delivery("sale", "S/1")
    problems(host, school, sold)
    with host.tenant(school, CLERK) as session:
        assert withdraw(session, sold) is None
        assert withdraw(session, sold) is None
    assert problems(host, school, sold) == [None]
    with host.tenant(school, CLERK) as session:
        assert rows(session, "sale") == []
        (kept,) = rows(session, "sale", void=True)
        assert kept.void_reason == "Faktura innej jednostki."


def test_what_never_arrived_is_withdrawn_without_a_word(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        assert withdraw(session, delivery("sale", "S/1")) is None
        assert rows(session, "sale", void=True) == []


def test_an_unanswered_delivery_is_found_by_its_invoice(host: Host, school: Tenant) -> None:
    """The inbox never heard that the row arrived, so it names the decision now in force, which this unit never saw."""
    sold = delivery("sale", "S/1")
    problems(host, school, sold, delivery("sale", "S/2"))
    with host.tenant(school, CLERK) as session:
        assert withdraw(session, replace(sold, attribution_id=uuid4())) is None
        assert [row.document_no for row in rows(session, "sale")] == ["S/2"]


def test_a_row_of_a_closed_month_is_not_taken_back(host: Host, school: Tenant) -> None:
    sold = delivery("sale", "S/1")
    problems(host, school, sold)
    close(host, school, MONTH)
    with host.tenant(school, CLERK) as session:
        assert "zamknięty" in (withdraw(session, sold) or "")
        assert len(rows(session, "sale")) == 1


def test_a_newer_decision_takes_the_place_of_the_older_row_and_keeps_what_a_person_said(
    host: Host, school: Tenant
) -> None:
    first = delivery("purchase", "FV/1")
    problems(host, school, first)
    with host.tenant(school, CLERK) as session:
        registers.set_use(session, [row.id for row in rows(session, "purchase")], "taxed", asset=True)
    again = replace(first, attribution_id=uuid4())
    assert problems(host, school, again) == [None]
    with host.tenant(school, CLERK) as session:
        (bought,) = rows(session, "purchase")
        assert (bought.source_key, bought.use, bought.k_41) == (str(again.attribution_id), "taxed", Decimal(23))
        assert len(rows(session, "purchase", void=True)) == 1


def test_a_newer_decision_waits_while_the_older_row_is_in_a_closed_month(host: Host, school: Tenant) -> None:
    first = delivery("sale", "S/1")
    problems(host, school, first)
    close(host, school, MONTH)
    (told,) = problems(host, school, replace(first, attribution_id=uuid4(), month=MONTH.next))
    assert told is not None and "2026-09" in told
    with host.tenant(school, CLERK) as session:
        assert [row.source_key for row in rows(session, "sale")] == [str(first.attribution_id)]


def test_hundreds_come_in_one_call_beside_documents_entered_by_hand(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        registers.enter(session, MONTH, report("RO/1"))
        sent = [delivery("purchase" if number % 3 else "sale", f"D/{number:04}") for number in range(700)]
        assert not any(receipt.problem for receipt in registers.receive(session, sent))
        assert len(rows(session, "sale")) + len(rows(session, "purchase")) == 701


def test_a_buyer_without_a_number_is_written_as_the_form_wants(host: Host, school: Tenant) -> None:
    sold = delivery("sale", "S/1")
    person = replace(sold.invoice, buyer=Party("Jan Kowalski"))
    problems(host, school, replace(sold, invoice=person))
    with host.tenant(school, CLERK) as session:
        (row,) = rows(session, "sale")
        assert (row.counterparty_no, row.counterparty_name) == ("BRAK", "Jan Kowalski")
