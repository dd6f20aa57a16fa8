"""A case from the register to a payment that may leave, and everything that may come between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from random import Random
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.gateways.whitelist.answers import NotConnected
from app.kernel.errors import Conflict, Forbidden, Refusal
from app.kernel.models import Outbox
from app.purchasing.models import PaymentProposal, PurchaseAct, PurchaseCase
from app.purchasing.queries.cases import case, related
from app.purchasing.queries.proposals import of_case
from app.purchasing.rules.circulation import Wanted, standing
from app.purchasing.service import acting, opening, payments
from app.vat.models import purchase
from app.vat.rules.delivery import Withdrawal
from app.vat.service import periods, registers
from app.vat.service.registers.entering import PURCHASES
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR, World
from tests.killing import kill_during
from tests.purchasing.papers import (
    ACCOUNTANT,
    APPROVER,
    CHIEF,
    CLERK,
    DESCRIPTION,
    HEAD,
    STRANGE,
    TODAY,
    WAY,
    approve,
    brought_to,
    deliver,
    described,
    invoice,
    of_number,
    paper,
)
from tests.vat.deliveries import MONTH, bill


@contextmanager
def rolled_back(host: Host, tenant: Tenant) -> Iterator[Session]:
    with host.tenant(tenant, ACTOR) as session:
        yield session
        session.rollback()


@pytest.fixture
def session(host: Host, world: World) -> Iterator[Session]:
    with rolled_back(host, world.school) as opened:
        yield opened


def test_an_invoice_goes_from_the_register_to_a_payment(session: Session) -> None:
    deliver(session, invoice("FV/1"))
    found = of_number(session, "FV/1")
    assert (found.state, found.standing.step.code if found.standing.step else None) == ("open", "describe")
    found = brought_to(session, found.id, None)
    assert found.state == "ready"
    proposal = of_case(session, found.id)
    assert proposal is not None
    assert (proposal.amount, proposal.account, proposal.approved_by) == (Decimal("123.00"), found.account, HEAD.login)
    kinds = [(one.act.kind, one.act.step, one.act.actor) for one in found.book]
    assert kinds[0][0] == "open" and [step for _, step, _ in kinds[1:]] == [
        "describe", "substance", "formal", "vat", "control", "head",
    ]  # fmt: skip
    assert session.scalars(select(purchase.c.use).where(purchase.c.document_no == "FV/1")).one() == "outside"


def test_a_delivery_told_twice_opens_one_case(session: Session) -> None:
    sent = invoice("FV/2")
    deliver(session, sent)
    deliver(session, sent)
    assert (
        session.scalars(select(func.count()).select_from(PurchaseCase).where(PurchaseCase.number == "FV/2")).one() == 1
    )


def test_an_invoice_taken_back_leaves_the_circulation_and_comes_back_to_its_own_case(session: Session) -> None:
    sent = invoice("FV/3")
    deliver(session, sent)
    found = brought_to(session, of_number(session, "FV/3").id, None)
    gone = [Withdrawal(sent.attribution_id, sent.invoice_id, "to faktura przedszkola")]
    opening.withdraw(session, gone, registers.withdraw(session, gone))
    left = case(session, found.id)
    assert left.state == "withdrawn" and of_case(session, found.id) is None
    with pytest.raises(Conflict, match="wycofany"):
        approve(session, found.id, HEAD)
    deliver(session, replace(sent, attribution_id=uuid4()))
    back = case(session, found.id)
    assert (back.state, back.standing.step.code if back.standing.step else None) == ("open", "describe")


def test_a_changed_description_drops_the_approvals_and_says_why(session: Session) -> None:
    key = opening.open_paper(session, paper(), TODAY)
    found = brought_to(session, key, None)
    first = of_case(session, key)
    changed = replace(DESCRIPTION, purpose="gabinet pielęgniarki")
    found = acting.describe(session, key, found.content, changed, CLERK, TODAY)
    assert (found.state, found.standing.step.code if found.standing.step else None) == ("open", "substance")
    assert set(found.standing.done) == {"describe"}
    note = next(one.act.note for one in reversed(found.book) if one.act.kind == "change") or ""
    assert "cel: sekretariat → gabinet pielęgniarki" in note
    session.refresh(first)
    assert first is not None and first.void_reason == "Zatwierdzenia przestały obowiązywać."
    again = acting.describe(session, key, found.content, changed, CLERK, TODAY)
    assert len(again.book) == len(found.book)


def test_a_changed_paper_drops_everything_and_asks_for_the_description_again(session: Session) -> None:
    key = opening.open_paper(session, paper(), TODAY)
    found = brought_to(session, key, "head")
    dearer = replace(paper(), gross=Decimal("200.00"), net=Decimal("200.00"))
    found = acting.change_document(session, key, found.content, dearer, CLERK, TODAY)
    assert found.standing.step is not None and found.standing.step.code == "describe"
    assert "kwota brutto: 123,00 → 200,00" in (found.book[-1].act.note or "")


def test_a_decision_about_what_was_seen_before_a_change_is_refused(session: Session) -> None:
    key = opening.open_paper(session, paper(), TODAY)
    seen = brought_to(session, key, "substance").content
    described(session, key, replace(DESCRIPTION, what="papier i toner"))
    with pytest.raises(Conflict, match="zmienił się"):
        acting.act(session, key, Wanted("approve", "substance", seen), APPROVER, TODAY)


def test_a_return_says_why_and_everything_after_that_step_is_done_again(session: Session) -> None:
    key = opening.open_paper(session, paper(), TODAY)
    found = brought_to(session, key, "control")
    back = Wanted("return", "control", found.content, "brak umowy", "substance")
    found = acting.act(session, key, back, CHIEF, TODAY)
    assert found.standing.step is not None and found.standing.step.code == "substance"
    assert set(found.standing.done) == {"describe"}
    with pytest.raises(Refusal, match="powód"):
        acting.act(session, key, replace(back, step="substance", to_step="describe", note=" "), APPROVER, TODAY)


def test_a_ready_document_goes_back_until_it_is_paid(session: Session) -> None:
    key = opening.open_paper(session, paper(), TODAY)
    found = brought_to(session, key, None)
    stale = Wanted("return", "head", found.content, "brak rachunku", "describe")
    with pytest.raises(Conflict, match="Tego kroku już nie ma"):  # seen before the head approved
        acting.act(session, found.id, stale, HEAD, TODAY)
    back = Wanted("return", "", found.content, "brak rachunku", "describe")
    with pytest.raises(Forbidden, match="cofa główny księgowy"):
        acting.act(session, key, back, ACCOUNTANT, TODAY)
    returned = acting.act(session, key, back, CHIEF, TODAY)
    assert returned.standing.step is not None and returned.standing.step.code == "describe"
    assert of_case(session, key) is None
    found = brought_to(session, key, None)
    proposal = of_case(session, key)
    assert proposal is not None
    payments.release(session, NotConnected(), proposal.id, CHIEF, TODAY)
    with pytest.raises(Conflict, match="już wyszła"):
        acting.act(session, key, replace(back, content=found.content), HEAD, TODAY)


def test_a_rejected_document_is_over(session: Session) -> None:
    key = opening.open_paper(session, paper(), TODAY)
    found = brought_to(session, key, "head")
    acting.act(session, key, Wanted("reject", "head", found.content, "nie zamawialiśmy"), HEAD, TODAY)
    with pytest.raises(Conflict, match="odrzucony"):
        approve(session, key, HEAD)
    with pytest.raises(Conflict, match="odrzucono"):
        described(session, key, replace(DESCRIPTION, what="coś innego"))


def test_the_head_may_order_what_the_chief_accountant_refused_to_sign_in_writing_only(session: Session) -> None:
    key = opening.open_paper(session, paper(), TODAY)
    found = brought_to(session, key, "control")
    acting.act(session, key, Wanted("object", "control", found.content, "brak środków w planie"), CHIEF, TODAY)
    with pytest.raises(Conflict, match="odmówił podpisu"):
        approve(session, key, CHIEF)
    with pytest.raises(Refusal, match="powód"):
        acting.act(session, key, Wanted("order", "control", found.content), HEAD, TODAY)
    with pytest.raises(Forbidden):
        acting.act(session, key, Wanted("order", "control", found.content, "polecam"), CHIEF, TODAY)
    ordered = acting.act(session, key, Wanted("order", "control", found.content, "polecam wykonać"), HEAD, TODAY)
    assert ordered.standing.step is not None and ordered.standing.step.code == "head"


def test_the_one_who_described_approves_nothing_in_that_case(session: Session) -> None:
    both = replace(CLERK, rights=CLERK.rights | {"approve", "sign", "check", "control"})
    key = opening.open_paper(session, paper(), TODAY)
    described(session, key, by=both)
    with pytest.raises(Forbidden, match="druga osoba"):
        approve(session, key, both)
    described(session, key, replace(DESCRIPTION, what="papier A4"), by=replace(CLERK, login="zofia@sp1.pl"))
    with pytest.raises(Forbidden, match="druga osoba"):
        approve(session, key, both)


def test_a_list_is_approved_case_by_case(session: Session) -> None:
    keys = [opening.open_paper(session, paper(f"R/{number}", f"{number}00.00"), TODAY) for number in (1, 2, 3)]
    seen = [(brought_to(session, key, "head").content, key) for key in keys]
    described(session, keys[1], replace(DESCRIPTION, what="zupełnie co innego"))
    done = acting.act_on_many(session, [(key, "head", content) for content, key in seen], HEAD, TODAY)
    problems = {one.case_id: one.problem for one in done}
    assert problems[keys[0]] is None and problems[keys[2]] is None
    assert "czeka teraz na krok „Sprawdzenie merytoryczne”" in (problems[keys[1]] or "")
    assert [case(session, key).state for key in keys] == ["ready", "open", "ready"]


def test_the_same_document_twice_stops_until_the_chief_accountant_allows_it(session: Session) -> None:
    opening.open_paper(session, paper("R/77"), TODAY)
    key = opening.open_paper(session, paper("r / 77"), TODAY)
    found = brought_to(session, key, "formal")
    with pytest.raises(Conflict, match="już jest w obiegu"):
        approve(session, key, ACCOUNTANT)
    with pytest.raises(Forbidden):
        acting.allow(session, key, "duplicate", found.content, "to inny", ACCOUNTANT, TODAY)
    with pytest.raises(Refusal, match="dlaczego"):
        acting.allow(session, key, "duplicate", found.content, " ", CHIEF, TODAY)
    acting.allow(session, key, "duplicate", found.content, "pierwszy wpisano omyłkowo", CHIEF, TODAY)
    assert approve(session, key, ACCOUNTANT).standing.step is not None


def test_another_account_than_the_papers_stops(session: Session) -> None:
    key = opening.open_paper(session, paper("R/78"), TODAY)
    described(session, key, replace(DESCRIPTION, account=STRANGE))
    approve(session, key, APPROVER)
    with pytest.raises(Conflict, match="Rachunek inny niż na dokumencie"):
        approve(session, key, ACCOUNTANT)


def test_what_the_clerk_enters_in_the_register_opens_a_case_and_voiding_closes_it(session: Session) -> None:
    row = registers.enter(session, MONTH, bill("FV/900")).id
    told = session.scalars(select(Outbox.payload).where(Outbox.topic == PURCHASES)).all()
    assert told[-1] == {"rows": [str(row)]}
    assert opening.follow(session, [row]) == 1
    assert opening.follow(session, [row]) == 0
    found = of_number(session, "FV/900")
    assert (found.source, found.document.gross) == ("register", Decimal("123.00"))
    registers.void(session, "purchase", row, "wpisany dwa razy")
    with pytest.raises(Conflict, match="unieważniono w rejestrze"):
        described(session, found.id)
    opening.follow(session, [row])
    assert case(session, found.id).state == "withdrawn"


def test_a_closed_month_holds_the_vat_step_up_with_a_sentence(session: Session) -> None:
    deliver(session, invoice("FV/5"))
    found = brought_to(session, of_number(session, "FV/5").id, "vat")
    rows = session.scalars(select(purchase.c.id).where(purchase.c.void_reason.is_(None))).all()
    registers.set_use(session, rows, "taxed")
    periods.complete(session, MONTH)
    with pytest.raises(Conflict, match="2026-09 jest zamknięty"):
        approve(session, found.id, ACCOUNTANT)
    assert approve(session, found.id, ACCOUNTANT, use="taxed").standing.step is not None


def test_a_correction_and_what_it_corrects_know_each_other(session: Session) -> None:
    first = opening.open_paper(session, paper("FV/50"), TODAY)
    other = opening.open_paper(session, paper("FV/50/K", "-23.00", kind="correction", corrects=("FV/50",)), TODAY)
    assert [(one.number, one.corrects) for one in related(session, case(session, other))] == [("FV/50", True)]
    assert [(one.number, one.corrects) for one in related(session, case(session, first))] == [("FV/50/K", False)]


def test_what_was_paid_is_never_proposed_again(session: Session) -> None:
    sent = invoice("FV/60")
    deliver(session, sent)
    found = brought_to(session, of_number(session, "FV/60").id, None)
    proposal = of_case(session, found.id)
    assert proposal is not None
    payments.release(session, NotConnected(), proposal.id, CHIEF, TODAY)
    gone = [Withdrawal(sent.attribution_id, sent.invoice_id, "to faktura przedszkola")]
    opening.withdraw(session, gone, registers.withdraw(session, gone))
    session.refresh(proposal)
    assert "Płatność już wyszła" in (proposal.void_reason or "")
    deliver(session, replace(sent, attribution_id=uuid4()))
    assert brought_to(session, found.id, None).state == "ready"
    assert of_case(session, found.id) is None


def test_the_book_cannot_be_rewritten(session: Session) -> None:
    key = opening.open_paper(session, paper(), TODAY)
    for statement in (
        "update purchase_act set actor = 'kto inny' where case_id = :key",
        "delete from purchase_act where case_id = :key",
    ):
        with pytest.raises(DBAPIError), session.begin_nested():
            session.execute(text(statement), {"key": key})


Made = Callable[[], World]


def committed(host: Host, tenant: Tenant, step: str | None) -> UUID:
    with host.tenant(tenant, ACTOR) as session:
        key = opening.open_paper(session, paper(), TODAY)
        brought_to(session, key, step)
        return key


def test_of_two_who_decide_at_once_one_wins_and_the_other_is_told(host: Host, fresh: Made) -> None:
    school = fresh().school
    key = committed(host, school, "head")
    with host.tenant(school, ACTOR) as session:
        content = case(session, key).content
    wanted = (Wanted("approve", "head", content), Wanted("return", "head", content, "brak podpisu", "describe"))
    gate = Barrier(2)

    def decide(one: Wanted) -> str:
        gate.wait()
        try:
            with host.tenant(school, HEAD.login) as session:
                acting.act(session, key, one, HEAD, TODAY)
            return "won"
        except Conflict as refusal:
            return refusal.message

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(decide, wanted))
    assert said.count("won") == 1
    assert any("Tego kroku już nie ma" in one or "Ktoś już zdecydował" in one for one in said)
    with host.tenant(school, ACTOR) as session:
        assert [one.act.step for one in case(session, key).book].count("head") == 1


def test_a_kill_leaves_whole_acts(host: Host, fresh: Made) -> None:
    school, rng = fresh().school, Random(7)
    with host.tenant(school, ACTOR) as session:
        keys = [opening.open_paper(session, paper(f"R/{number}", f"{number + 1}.00"), TODAY) for number in range(40)]

    def work(own: Host) -> None:
        for key in keys:
            with own.tenant(school, ACTOR) as session:
                found = case(session, key)
                if found.standing.step is not None and found.standing.step.code == "describe":
                    described(session, key)
                elif found.standing.step is not None:
                    approve(session, key, dict(WAY)[found.standing.step.code])

    for _ in range(3):
        kill_during(host, work, rng, 0.6)
        with host.tenant(school, ACTOR) as session:
            for kept in session.scalars(select(PurchaseCase)):
                found = case(session, kept.id)
                assert (kept.state, kept.step, kept.seq) == (
                    found.standing.state, found.standing.step.code if found.standing.step else None, len(found.book),
                )  # fmt: skip
                assert (of_case(session, kept.id) is not None) == (kept.state == "ready")


def test_another_tenant_sees_nothing_of_it(host: Host, fresh: Made) -> None:
    world = fresh()
    committed(host, world.school, None)
    for other in (world.pool, world.other_school):
        with host.tenant(other, ACTOR) as session:
            for table in (PurchaseCase, PurchaseAct, PaymentProposal):
                assert session.scalars(select(func.count()).select_from(table)).one() == 0


def test_where_a_case_stands_follows_from_its_book_alone(session: Session) -> None:
    key = opening.open_paper(session, paper(), TODAY)
    found = brought_to(session, key, "control")
    acts = [one.act for one in found.book]
    for cut in range(len(acts)):
        shown = standing(found.scheme, found.document.gross, acts[: cut + 1])
        assert len(shown.done) == cut
