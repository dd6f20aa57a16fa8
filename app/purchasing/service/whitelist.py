"""The register of VAT taxpayers asked about an account, the answer kept as evidence; the same question once a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.gateways.whitelist.answers import Answer, Unavailable, WhiteList
from app.kernel import audit
from app.kernel.errors import Refusal
from app.kernel.ids import nip as checked_nip
from app.kernel.ids import nrb
from app.purchasing.models import PurchaseCase, WhitelistAnswer
from app.purchasing.queries.cases import Case
from app.purchasing.service.book import held, refreshed, write


def check(
    session: Session, gateway: WhiteList, nip: str, account: str, on: date, purpose: str = "purchasing.question"
) -> WhitelistAnswer:
    """The evidence of that day: kept already, or asked now and kept. Raises `Refusal`, `Unavailable`.

    A no that was kept is asked again: the taxpayer may have added the account meanwhile.

    Law: art. 96b ust. 3 ustawy o VAT
    """
    nip, account = checked_nip(nip, "nip"), nrb(account, "account")
    same = (WhitelistAnswer.nip == nip, WhitelistAnswer.account == account, WhitelistAnswer.asked_on == on)
    query = select(WhitelistAnswer).where(*same, WhitelistAnswer.assigned).order_by(WhitelistAnswer.id).limit(1)
    known = session.scalars(query).one_or_none()
    return known if known is not None else keep(session, gateway.check(nip, account, on), purpose)


def keep(session: Session, answer: Answer, purpose: str) -> WhitelistAnswer:
    """The answer as evidence, with who asked and what for."""
    row = WhitelistAnswer(
        nip=answer.nip, account=answer.account, asked_on=answer.on, assigned=answer.assigned, status=answer.status,
        via=answer.via, request_id=answer.request_id, file_on=answer.file_on, purpose=purpose,
        asked_by=session.info["actor"], answered_at=answer.answered_at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    audit.record(
        session, "purchasing.check_account", purpose,
        after={"account": answer.account, "assigned": answer.assigned, "key": answer.request_id},
    )  # fmt: skip
    return row


@dataclass(frozen=True, slots=True)
class Checked:
    """The case afterwards and the answer; without one, why there is none (a Polish sentence)."""

    case: Case
    answer: WhitelistAnswer | None
    problem: str | None = None


def check_case(session: Session, gateway: WhiteList, case_id: UUID, on: date) -> Checked:
    """Asks about the account of a case; a factor's account is the factor's. That nobody answered is kept too.

    Raises `Refusal` when there is nothing to ask about.
    """
    kept, found = held(session, case_id)
    answer, problem = ask(session, gateway, found, on)
    if answer is None:
        kept.silent_at = func.now()
    else:
        kept.silent_at = None
    session.flush()
    session.refresh(kept, ["silent_at"])
    return Checked(write(session, kept, on), answer, problem)


def ask(session: Session, gateway: WhiteList, found: Case, on: date) -> tuple[WhitelistAnswer | None, str | None]:
    """The evidence about where a case is to be paid, or why there is none. Raises `Refusal`."""
    if found.account is None:
        raise Refusal("Nie ma rachunku do sprawdzenia: dopisz go w opisie.", "account")
    owners = [nip for nip in (found.document.seller_nip, found.document.factor_nip) if nip and nip.isdigit()]
    if not owners:
        raise Refusal("Dostawca nie ma polskiego NIP, więc nie ma go w wykazie podatników VAT.", "nip")
    answer: WhitelistAnswer | None = None
    try:
        for nip in owners:
            answer = check(session, gateway, nip, found.account, on, f"purchasing.case:{found.id}")
            if answer.assigned:
                break
    except Unavailable as silent:
        return None, silent.message
    return answer, None


__all__ = ["Checked", "PurchaseCase", "ask", "check", "check_case", "keep", "refreshed"]
