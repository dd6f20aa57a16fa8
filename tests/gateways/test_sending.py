"""A document keeps its identity however often it is sent, whatever is lost on the way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from app.gateways.ksef import (
    Accepted,
    Administrator,
    Gone,
    KsefError,
    Malformed,
    Outgoing,
    Refused,
    Rejected,
    TooMany,
    Unreachable,
    Window,
)
from app.gateways.ksef.contract import ALLOWANCES
from app.gateways.ksef.simulator import Fault, Simulator
from app.gateways.ksef.translation import base64_text
from app.kernel.errors import Refusal
from app.kernel.ids import ksef_number_problem
from app.vat.filings import fa3
from tests.gateways.conftest import enter, hour_ago, purchases
from tests.vat.invoices import CITY, OTHER, SALE


def sale(number: str, **other: object) -> bytes:
    return fa3.write(replace(SALE, number=number, **other))  # type: ignore[arg-type]


def test_a_document_is_accepted_with_a_number_and_a_confirmation(ksef: Simulator) -> None:
    opened: list[str] = []
    with enter(ksef) as gateway:
        (reference,) = gateway.send([Outgoing(sale("S/1"))], opened.append)
        answer = gateway.status(reference)
    assert isinstance(answer, Accepted) and opened == [reference.session]
    assert ksef_number_problem(answer.ksef_number) is None and answer.ksef_number.startswith(CITY)
    assert answer.upo is not None and not answer.again
    found = {etree.QName(one).localname: one.text for one in etree.fromstring(answer.upo).iter()}
    assert found["NumerKSeFDokumentu"] == answer.ksef_number and found["NumerFaktury"] == "S/1"


@pytest.mark.parametrize("mode", ["html", "json", "empty"])
def test_a_confirmation_that_is_none_is_not_kept(ksef: Simulator, mode: str) -> None:
    with enter(ksef) as gateway:
        (reference,) = gateway.send([Outgoing(sale("S/1"))])
        ksef.misbehave(Fault(mode, "upo$"))  # type: ignore[arg-type]
        with pytest.raises(KsefError, match="nie rozumie"):
            gateway.status(reference)
        answer = gateway.status(reference)
    assert isinstance(answer, Accepted) and answer.upo is not None


def test_a_confirmation_of_another_document_is_not_kept(ksef: Simulator) -> None:
    with enter(ksef) as gateway:
        (reference,) = gateway.send([Outgoing(sale("S/1"))])
        other = base64_text(sha256(b"inny").digest())
        ksef.store.rows("update invoice set sha256 = ? where number = 'S/1'", other)
        with pytest.raises(Malformed, match="UPO o innym dokumencie"):
            gateway.status(reference)


def test_sent_again_it_is_recognised_as_the_same(ksef: Simulator) -> None:
    with enter(ksef) as gateway:
        first = gateway.status(gateway.send([Outgoing(sale("S/1"))])[0])
        second = gateway.status(gateway.send([Outgoing(sale("S/1"))])[0])
    assert isinstance(first, Accepted) and isinstance(second, Accepted)
    assert (second.ksef_number, second.again, second.upo) == (first.ksef_number, True, first.upo)


def test_another_document_under_the_same_number_is_refused_with_the_original(ksef: Simulator) -> None:
    with enter(ksef) as gateway:
        first = gateway.status(gateway.send([Outgoing(sale("S/1"))])[0])
        other = gateway.status(gateway.send([Outgoing(sale("S/1", gross=SALE.gross + 1))])[0])
        correction = gateway.send([Outgoing(sale("S/1", kind="ZAL"))])
    assert isinstance(first, Accepted) and isinstance(other, Rejected)
    assert (other.code, other.original) == (440, first.ksef_number)
    assert correction[0].invoice is not None


def test_ten_years_later_the_number_is_free_again(ksef: Simulator) -> None:
    with enter(ksef) as gateway:
        gateway.send([Outgoing(sale("S/1"))])
    ksef.store.advance(11 * 366 * 86_400)
    with enter(ksef) as gateway:
        answer = gateway.status(gateway.send([Outgoing(sale("S/1", gross=SALE.gross + 1))])[0])
    assert isinstance(answer, Accepted) and not answer.again


def test_an_answer_lost_on_the_way_costs_nothing(ksef: Simulator) -> None:
    opened: list[str] = []
    document = Outgoing(sale("S/1"))
    with enter(ksef) as gateway:
        ksef.misbehave(Fault("lost", "POST .*/invoices$"))
        with pytest.raises(Unreachable, match="Nic nie przepadło"):
            gateway.send([document], opened.append)
        found = gateway.find(opened[0], sha256(document.content).digest())
        assert found is not None
        first = gateway.status(found)
        second = gateway.status(gateway.send([document])[0])
        assert gateway.find(opened[0], b"0" * 32) is None
    assert isinstance(first, Accepted) and isinstance(second, Accepted)
    assert first.ksef_number == second.ksef_number


def test_many_go_in_one_batch(ksef: Simulator) -> None:
    documents = [Outgoing(sale(f"S/{n}"), offline=True) for n in range(30)]
    bad = Outgoing(sale("S/99", issued_on=SALE.issued_on.replace(year=2045)), offline=True)
    with enter(ksef) as gateway:
        references = gateway.send([*documents, bad])
        answers = gateway.outcomes(references)
        one = gateway.status(references[0])
    assert isinstance(one, Accepted) and one.upo is not None
    assert {one.session for one in references} == {references[0].session}
    assert len({one.ksef_number for one in answers if isinstance(one, Accepted)}) == 30
    assert isinstance(answers[-1], Rejected) and "późniejsza" in answers[-1].text
    assert ksef.calls(CITY, "send") == 0


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (b"to nie jest XML", 450, "XML"),
        (sale("S/1").replace(b"<KodWaluty>PLN</KodWaluty>", b""), 450, "KodWaluty"),
        (fa3.write(replace(SALE, seller=replace(SALE.seller, nip=OTHER))), 410, "kontekstem"),
    ],
)
def test_what_breaks_the_rules_is_refused_with_a_reason(ksef: Simulator, content: bytes, code: int, says: str) -> None:
    with enter(ksef) as gateway:
        answer = gateway.status(gateway.send([Outgoing(content)])[0])
    assert isinstance(answer, Rejected)
    assert answer.code == code and says in answer.text


def test_a_unit_gets_its_administrator_once(ksef: Simulator) -> None:
    person = Administrator("5265877635", "Anna", "Lis")
    with enter(ksef) as gateway:
        assert gateway.grant_unit(f"{CITY}-00121", "SP 12", person)
        assert not gateway.grant_unit(f"{CITY}-00121", "SP 12", person)
        assert gateway.grant_unit(f"{CITY}-00213", "Żłobek", person)
        with pytest.raises(Refused, match="nie należy do tego kontekstu"):
            gateway.grant_unit(f"{OTHER}-00121", "Obca", person)


def test_nothing_to_send_is_said_so(ksef: Simulator) -> None:
    with enter(ksef) as gateway, pytest.raises(Refusal, match="Nie ma czego"):
        gateway.send([])


def test_one_invoice_can_be_fetched_and_only_by_those_on_it(ksef: Simulator) -> None:
    (content,) = purchases(1)
    (number,) = ksef.store.load([content])
    with enter(ksef) as gateway:
        assert gateway.invoice(number) == content
    with enter(ksef, OTHER) as stranger, pytest.raises(Gone):
        stranger.invoice(number)


@pytest.mark.parametrize(("group", "most"), [("metadata", 16), ("invoice", 16)])
def test_the_simulator_enforces_the_limits_for_each_context(ksef: Simulator, group: str, most: int) -> None:
    number = ksef.store.load(purchases(1))[0]
    ksef.store.advance(2)

    def call(gateway: object) -> None:
        if group == "metadata":
            gateway.metadata(Window("Subject2", hour_ago(ksef)))  # type: ignore[attr-defined]
        else:
            gateway.invoice(number)  # type: ignore[attr-defined]

    with enter(ksef) as gateway, enter(ksef, OTHER) as other:
        for _ in range(most):
            call(gateway)
            ksef.store.advance(0.3)
        with pytest.raises(TooMany) as met:
            call(gateway)
        assert met.value.retry_after_s and 40 < met.value.retry_after_s < 62
        other.metadata(Window("Subject2", hour_ago(ksef)))
        ksef.store.advance(61)
        call(gateway)
    assert ksef.refusals() == 1
    assert ALLOWANCES["metadata"].hour == 20 and ALLOWANCES["invoice"].hour == 64


def test_metadata_come_in_pages_and_in_order(ksef: Simulator) -> None:
    ksef.store.load(purchases(300))
    ksef.store.advance(5)
    with enter(ksef) as gateway:
        window = Window("Subject2", hour_ago(ksef))
        first, second = gateway.metadata(window), gateway.metadata(window, 1)
    assert (len(first.headers), first.more, len(second.headers), second.more) == (250, True, 50, False)
    stored = [one.stored_at for one in (*first.headers, *second.headers)]
    assert stored == sorted(stored) and first.hwm_at is not None and first.hwm_at >= stored[-1] - timedelta(seconds=1)


@settings(max_examples=15)
@given(st.binary(max_size=400))
def test_any_answer_at_all_is_an_error_with_a_sentence(body: bytes) -> None:
    from app.gateways.ksef.packages import merged

    with pytest.raises(Malformed, match="niekompletna"):
        merged([body], 1)


@pytest.mark.parametrize("mode", ["html", "json", "empty", "drop", "down", "lost"])
@pytest.mark.parametrize("where", ["challenge", "certificates", "ksef-token", "redeem", "sessions/online$", "close$"])
def test_no_failure_comes_through_as_something_else(ksef: Simulator, mode: str, where: str) -> None:
    """But for the end of a session, whose answer has no body to be wrong."""
    ksef.misbehave(Fault(mode, where))  # type: ignore[arg-type]
    with enter(ksef) as gateway:
        try:
            gateway.send([Outgoing(sale("S/1"))])
        except KsefError as error:
            assert error.message.endswith(".")
        answer = gateway.status(gateway.send([Outgoing(sale("S/1"))])[0])
    assert isinstance(answer, Accepted)
