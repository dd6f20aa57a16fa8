"""Letting an approved payment go: on its day, with evidence of that day, or in writing with the duty of ZAW-NR."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.gateways.whitelist.answers import WhiteList
from app.kernel import audit
from app.kernel.errors import Conflict, Forbidden, NotFound, Refusal
from app.kernel.money import ZERO
from app.kernel.rulebook import Amount
from app.purchasing.models import PaymentProposal, WhitelistAnswer
from app.purchasing.queries.cases import Case
from app.purchasing.rules.circulation import SHORTEST_REASON
from app.purchasing.rules.facts import Person
from app.purchasing.rules.payments import WhiteListDuty, white_list
from app.purchasing.service import whitelist
from app.purchasing.service.book import held


@dataclass(frozen=True, slots=True)
class Released:
    """The payment may leave today. `notify_by_on`: ZAW-NR has to be sent until then."""

    proposal_id: UUID
    answer: WhitelistAnswer | None
    notify_by_on: date | None


def release(
    session: Session, gateway: WhiteList, proposal_id: UUID, person: Person, on: date, reason: str = ""
) -> Released:
    """The payment may leave on this day; above the limit the account is asked about again, whatever was known before.

    Without an answer, or with a no, it leaves only with a written reason of the chief accountant. Raises `Conflict`
    when it left already or its approvals fell, `Forbidden`, `Refusal`.

    Law: art. 96b ust. 3 ustawy o VAT; art. 117ba § 1 i 3 Ordynacji podatkowej; art. 19 Prawa przedsiębiorców
    """
    found_id = session.scalars(select(PaymentProposal.case_id).where(PaymentProposal.id == proposal_id)).one_or_none()
    if found_id is None:
        raise NotFound("Nie ma takiej dyspozycji płatności.", "proposal")
    _, found = held(session, found_id)
    query = select(PaymentProposal).where(PaymentProposal.id == proposal_id).with_for_update()
    proposal = session.scalars(query, execution_options={"populate_existing": True}).one()
    _may_leave(proposal, found, person)
    answer, notify_by_on = _evidence(session, gateway, proposal, found, on, reason)
    proposal.released_on, proposal.released_by = on, person.login
    proposal.release_note = reason.strip()[:1000] or None
    proposal.notify_by_on, proposal.answer_id = notify_by_on, answer.id if answer else None
    told = {"on": on.isoformat(), "answer": answer.request_id if answer else None, "note": proposal.release_note}
    audit.record(session, "purchasing.release", f"purchasing.payment:{proposal.id}", after=told)
    session.flush()
    return Released(proposal.id, answer, notify_by_on)


def _may_leave(proposal: PaymentProposal, found: Case, person: Person) -> None:
    if proposal.void_reason is not None or found.standing.state != "ready" or proposal.content != found.content:
        raise Conflict("Dokument zmienił się po zatwierdzeniu i wrócił do obiegu. Tej płatności nie można puścić.")
    if proposal.released_on is not None:
        raise Conflict(f"Ta płatność wyszła już {proposal.released_on:%d.%m.%Y}.", "proposal")
    if "control" not in person.rights:
        raise Forbidden("Płatności puszcza główny księgowy.", "person")
    if proposal.amount <= ZERO:
        raise Conflict("To korekta na minus: nie ma czego przelać, rozlicza się ją z dostawcą.", "amount")
    if proposal.account is None:
        raise Refusal("Nie ma rachunku do przelewu. Zwróć dokument do opisu i dopisz rachunek.", "account")


def _evidence(
    session: Session, gateway: WhiteList, proposal: PaymentProposal, found: Case, on: date, reason: str
) -> tuple[WhitelistAnswer | None, date | None]:
    """The day's answer and the last day of ZAW-NR when it leaves without a yes."""
    if not found.document.seller_nip.isdigit():
        return None, None
    question = WhiteListDuty(Amount(abs(proposal.amount)), on, proposal.split)
    duty = white_list(question).result
    if not duty.duty and proposal.currency == "PLN":
        return None, None
    answer, problem = whitelist.ask(session, gateway, found, on)
    if answer is not None and answer.assigned:
        return answer, None
    why = problem or "Tego rachunku nie ma dziś w wykazie podatników VAT."
    if len(reason.strip()) < SHORTEST_REASON:
        raise Conflict(
            f"{why} Możesz poczekać albo puścić płatność z pisemnym powodem; wtedy trzeba wysłać ZAW-NR.",
            "note",
            "art. 117ba § 3 pkt 2 Ordynacji podatkowej",
        )
    return answer, duty.notify_by_on
