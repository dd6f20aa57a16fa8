"""The inbox takes every document in exactly once and loses none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from app.kernel.errors import Conflict, NotFound, Refusal
from app.vat.filings.intake import Document, Rejected
from app.vat.models import KsefAttribution, KsefBatch, KsefInvoice, KsefQuarantine
from app.vat.queries import inbox
from app.vat.rules.facts import Invoice
from app.vat.service.inbox import Batch, Fate, settle
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR, World
from tests.vat.box import FOR_SCHOOL, document, take_in
from tests.vat.invoices import CITY, MUNICIPALITY, PURCHASE, SALE, ksef_number, total

NUMBER, OTHER_NUMBER = ksef_number(), ksef_number(technical="0100001AF62A")


def outcomes(fates: list[Fate]) -> list[str]:
    return [fate.outcome for fate in fates]


def count(host: Host, town: Tenant) -> dict[str, int]:
    tables = (KsefInvoice, KsefAttribution, KsefQuarantine, KsefBatch)
    with host.tenant(town, ACTOR) as session:
        return {table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def only(host: Host, town: Tenant) -> KsefInvoice:
    with host.tenant(town, ACTOR) as session:
        return session.scalars(select(KsefInvoice)).one()


def test_the_fate_of_each_document_in_its_order(host: Host, town: Tenant, world: World) -> None:
    assigned = document(replace(PURCHASE, others=FOR_SCHOOL, number="1"), ksef_number(technical="00000000000A"))
    queued = document(replace(PURCHASE, number="2"), ksef_number(technical="00000000000B"))
    internal = document(replace(SALE, buyer=MUNICIPALITY), ksef_number(CITY))
    spoilt = Document("zepsuta.xml", b"<x/>")
    fates = take_in(host, town, spoilt, assigned, queued, internal, assigned)
    assert outcomes(fates) == ["quarantined", "assigned", "queued", "internal", "duplicate"]
    assert [fate.name for fate in fates][:2] == ["zepsuta.xml", assigned.name]
    assert "FA(3)" in fates[0].reasons[0]
    assert count(host, town) == {"ksef_invoice": 3, "ksef_attribution": 3, "ksef_quarantine": 1, "ksef_batch": 1}
    with host.tenant(world.other_city, ACTOR) as session:
        assert session.scalars(select(KsefInvoice.number)).all() == []


def test_what_is_kept_of_an_invoice(host: Host, town: Tenant) -> None:
    sent = document(replace(PURCHASE, others=FOR_SCHOOL), NUMBER)
    take_in(host, town, sent)
    kept = only(host, town)
    assert (kept.side, kept.kind, kept.number, kept.issued_on) == ("purchase", "VAT", "FV/2026/03/17", date(2026, 3, 2))
    assert (kept.year, kept.month, kept.currency, kept.ksef_number) == (2026, 3, "PLN", NUMBER)
    assert (kept.net_pln, kept.vat_pln, kept.gross) == (Decimal("100.00"), Decimal("23.00"), Decimal("123.00"))
    assert (kept.state, kept.unit_code, kept.delivered_id) == ("assigned", "SP12", None)
    with host.tenant(town, ACTOR) as session:
        assert inbox.content(session, kept.id) == sent.data
        (decision,) = session.scalars(select(KsefAttribution))
    assert (decision.id, decision.outcome, decision.unit_code) == (kept.attribution_id, "assigned", "SP12")
    assert (decision.decided_by, decision.candidates[0]["unit"]) == ("reguła", "SP12")


def test_a_second_import_of_the_same_changes_nothing(host: Host, town: Tenant) -> None:
    documents = (document(PURCHASE, NUMBER), document(SALE, ksef_number(CITY)), Document("pusty.xml", b" "))
    take_in(host, town, *documents)
    before = count(host, town)
    assert outcomes(take_in(host, town, *documents)) == ["duplicate", "duplicate", "known"]
    assert count(host, town) == before


def test_the_same_content_without_its_number_is_a_duplicate(host: Host, town: Tenant) -> None:
    take_in(host, town, document(PURCHASE, NUMBER))
    assert outcomes(take_in(host, town, document(PURCHASE, None, "kopia.xml"))) == ["duplicate"]
    assert only(host, town).ksef_number == NUMBER


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "in two batches"])
def test_a_missing_number_is_filled_in_with_the_month_that_follows(host: Host, town: Tenant, together: bool) -> None:
    invoice = replace(PURCHASE, others=FOR_SCHOOL, issued_on=date(2026, 3, 31))
    number = ksef_number(day="20260401")
    bare, numbered = document(invoice, None, "faktura.xml"), document(invoice, number)
    fates = take_in(host, town, bare, numbered) if together else [
        *take_in(host, town, bare), *take_in(host, town, numbered)
    ]  # fmt: skip
    assert outcomes(fates) == ["assigned", "duplicate"]
    assert [fate.numbered for fate in fates] == [False, True]
    kept = only(host, town)
    assert (kept.ksef_number, kept.year, kept.month) == (number, 2026, 4)


def test_a_number_that_comes_later_sends_the_unit_a_new_row(host: Host, town: Tenant) -> None:
    invoice = replace(PURCHASE, others=FOR_SCHOOL)
    take_in(host, town, document(invoice))
    first = only(host, town).attribution_id
    take_in(host, town, document(invoice, NUMBER))
    kept = only(host, town)
    assert kept.attribution_id != first
    with host.tenant(town, ACTOR) as session:
        newest, oldest = inbox.entry(session, kept.id).decisions
    assert (newest.id, oldest.id, newest.unit_code) == (kept.attribution_id, first, "SP12")
    assert newest.reason.startswith("Znany jest już numer KSeF.")


def test_other_content_under_a_known_number_goes_to_quarantine(host: Host, town: Tenant) -> None:
    take_in(host, town, document(PURCHASE, NUMBER))
    forged = document(replace(PURCHASE, number="FV/inna"), NUMBER, "druga.xml")
    (fate,) = take_in(host, town, forged)
    assert fate.outcome == "quarantined"
    assert NUMBER in fate.reasons[0]
    assert only(host, town).number == PURCHASE.number


def test_the_same_content_under_two_numbers_goes_to_quarantine(host: Host, town: Tenant) -> None:
    take_in(host, town, document(PURCHASE, NUMBER))
    (fate,) = take_in(host, town, document(PURCHASE, OTHER_NUMBER))
    assert fate.outcome == "quarantined"
    assert only(host, town).ksef_number == NUMBER


def test_a_number_of_another_invoice_is_not_filled_in(host: Host, town: Tenant) -> None:
    take_in(host, town, document(PURCHASE, NUMBER), document(replace(PURCHASE, number="2")))
    (fate,) = take_in(host, town, document(replace(PURCHASE, number="2"), NUMBER))
    assert fate.outcome == "quarantined"


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "in two batches"])
def test_the_sellers_number_used_twice_is_a_warning(host: Host, town: Tenant, together: bool) -> None:
    first = document(PURCHASE, NUMBER)
    second = document(replace(PURCHASE, lines=(), gross=Decimal("1.23"), totals=(total("1", "1.00", "0.23"),)),
                      OTHER_NUMBER)  # fmt: skip
    if together:
        take_in(host, town, first, second)
    else:
        take_in(host, town, first)
        take_in(host, town, second)
    with host.tenant(town, ACTOR) as session:
        found = {
            kept.ksef_number: [warning["message"] for warning in kept.warnings if warning["code"] == "same_number"]
            for kept in session.scalars(select(KsefInvoice))
        }
    assert found[NUMBER] == []
    assert NUMBER in found[OTHER_NUMBER][0]


def test_a_document_refused_once_and_taken_later_settles_its_quarantine(host: Host, town: Tenant) -> None:
    wrong = document(PURCHASE, f"{NUMBER[:-2]}{'00' if NUMBER[-2:] != '00' else '01'}")
    right = document(PURCHASE, NUMBER)
    assert outcomes(take_in(host, town, wrong)) == ["quarantined"]
    assert outcomes(take_in(host, town, right)) == ["queued"]
    with host.tenant(town, ACTOR) as session:
        assert session.scalars(select(KsefQuarantine)).one().settled_by == "reguła"
    assert outcomes(take_in(host, town, wrong)) == ["known"]


def test_the_same_bytes_under_two_names_are_two_documents_in_quarantine(host: Host, town: Tenant) -> None:
    fates = take_in(host, town, Document("a.xml", b"?"), Document("b.xml", b"?"), Document("a.xml", b"?"))
    assert outcomes(fates) == ["quarantined", "quarantined", "known"]


def test_a_person_settles_a_quarantined_document_once(host: Host, town: Tenant) -> None:
    take_in(host, town, Rejected("paczka.zip/x", b"1" * 32, None, [{"code": "package", "message": "Zaszyfrowany."}]))
    with host.tenant(town, ACTOR) as session:
        key = session.scalars(select(KsefQuarantine.id)).one()
    with pytest.raises(Refusal, match="Napisz"), host.tenant(town, ACTOR) as session:
        settle(session, key, " ")
    with host.tenant(town, "Anna Nowak") as session:
        settle(session, key, "Poproszono dostawcę o plik bez hasła.")
    with pytest.raises(Conflict, match="Anna Nowak"), host.tenant(town, ACTOR) as session:
        settle(session, key, "Jeszcze raz.")
    with pytest.raises(NotFound), host.tenant(town, ACTOR) as session:
        settle(session, Batch("x").id, "Nic takiego nie ma.")
    with host.tenant(town, ACTOR) as session:
        kept = inbox.quarantined(session, key)
    assert (kept.settled_by, kept.content, kept.name) == ("Anna Nowak", None, "paczka.zip/x")


def test_a_batch_is_stored_whole_or_not_at_all(host: Host, town: Tenant) -> None:
    before = count(host, town)
    too_long = Rejected("x" * 500, b"2" * 32, None, [])
    with pytest.raises(DBAPIError):
        take_in(host, town, document(PURCHASE, NUMBER), too_long)
    assert count(host, town) == before


@pytest.mark.parametrize("text", ["A\tB\\N\n„ź”", "\\.", "{\"a\": 'b'}"])
def test_any_text_of_an_invoice_survives_the_way_into_the_database(host: Host, town: Tenant, text: str) -> None:
    invoice: Invoice = replace(PURCHASE, seller=replace(PURCHASE.seller, name=text), number="\\N")
    take_in(host, town, document(invoice, NUMBER))
    kept = only(host, town)
    assert kept.seller_name == " ".join(text.split())
    assert kept.number == "\\N"
