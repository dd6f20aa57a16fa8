"""How a case moves: its row is held, an act is added to its book, what follows from the book is written beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import case, func, or_, select, update
from sqlalchemy.orm import Session

from app.kernel import audit, outbox
from app.kernel.errors import Conflict, NotFound
from app.kernel.money import ZERO
from app.kernel.rulebook import Amount
from app.purchasing.models import PaymentProposal, PurchaseAct, PurchaseCase
from app.purchasing.queries.around import surroundings
from app.purchasing.queries.cases import Case, of_row
from app.purchasing.rules.alarms import alarms
from app.purchasing.rules.content import account_of, plain
from app.purchasing.rules.facts import Act, Description, Document
from app.vat.queries.registers import bought
from app.vat.rules.split_payment import SplitPayment, split_payment

COPY = "purchasing.copy"
"""Topic of the outbox: these cases changed, work lists elsewhere copy them. Payload: `cases`, a list of keys."""
TITLE_LENGTH = 140


def held(session: Session, case_id: UUID) -> tuple[PurchaseCase, Case]:
    """The case, nobody else's until the end of the transaction. Raises `NotFound`, `Conflict` when its source is gone.

    Who waited for another's decision sees the case as that one left it.
    """
    query = select(PurchaseCase).where(PurchaseCase.id == case_id).with_for_update()
    kept = session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
    if kept is None:
        raise NotFound("Nie ma takiego dokumentu w obiegu tej jednostki.", "case")
    found = of_row(session, kept)
    if kept.source == "register" and kept.state in ("open", "ready"):
        rows = bought.by_ids(session, [UUID(kept.source_key)])
        if not rows or rows[0].void_reason is not None:
            raise Conflict("Dokument unieważniono w rejestrze VAT, więc nie ma czego zatwierdzać ani płacić.", "case")
    return kept, found


def write(session: Session, kept: PurchaseCase, on: date, *acts: Act) -> Case:
    """Adds acts (their `seq` is given here) and brings the row, its alarms and the payment up to date."""
    mandate = session.info.get("mandate")
    for act in acts:
        kept.seq += 1
        row = {name: getattr(act, name) for name in ("kind", "step", "to_step", "actor", "for_login", "note")}
        session.add(
            PurchaseAct(
                case_id=kept.id,
                seq=kept.seq,
                content=act.content or kept.content,
                data=dict(plain(act.data)),
                mandate=mandate,
                **row,
            )
        )
        told = {
            "act": act.kind,
            "step": act.step,
            "to": act.to_step,
            "content": act.content or kept.content,
            "note": act.note,
        }
        audit.record(session, "purchasing.act", f"purchasing.case:{kept.id}", after=told)
    session.flush()
    found = refreshed(session, kept, on)
    kept.state = found.standing.state
    kept.step = found.standing.step.code if found.standing.step else None
    kept.changed_at = func.now()
    _payment(session, kept, found, on)
    outbox.leave(session, COPY, {"cases": [str(kept.id)]})
    session.flush()
    return replace(found, state=found.standing.state)


def refreshed(session: Session, kept: PurchaseCase, on: date) -> Case:
    """The case with its alarms computed anew and kept; those allowed for this content stay allowed."""
    found = of_row(session, kept)
    allowed = _allowances(found)
    now = [
        {**plain(one), "allowed": allowed.get(one.code)}
        for one in alarms(found.document, found.account, surroundings(session, found, on))
    ]
    kept.alarms = now
    return replace(found, alarms=tuple(now))


def _allowances(found: Case) -> Mapping[str, str]:
    """Alarm codes that somebody allowed while the content was what it is: „kto: powód”."""
    return {
        str(one.act.data.get("alarm")): f"{one.act.actor}: {one.act.note}"
        for one in found.book
        if one.act.kind == "override" and one.act.content == found.content
    }


def _payment(session: Session, kept: PurchaseCase, found: Case, on: date) -> None:
    """A proposal when the last approval is given; void when approvals fall or the document leaves.

    Law: art. 44 ust. 3, art. 46 ust. 1 ustawy o finansach publicznych
    """
    live = (PaymentProposal.case_id == kept.id, PaymentProposal.void_reason.is_(None))
    if found.standing.state != "ready":
        reason = "Zatwierdzenia przestały obowiązywać." if found.standing.state == "open" else "Dokument wycofano."
        late = case(
            (PaymentProposal.released_on.is_not(None), f"{reason} Płatność już wyszła: wyjaśnij ją z dostawcą."),
            else_=reason,
        )
        session.execute(update(PaymentProposal).where(*live).values(void_reason=late))
        return
    paid = or_(PaymentProposal.void_reason.is_(None), PaymentProposal.released_on.is_not(None))
    if session.scalars(select(PaymentProposal.id).where(PaymentProposal.case_id == kept.id, paid)).first() is not None:
        return  # what has left once is never proposed again
    session.add(_proposal(kept.id, found.document, found.description, found, on))


def _proposal(
    case_id: UUID, document: Document, description: Description | None, found: Case, on: date
) -> PaymentProposal:
    """Everything a transfer needs. What is paid already, or is a correction to minus, is a proposal of its amount too:
    the books need it; nothing leaves for it."""
    last = found.book[-1].act
    return PaymentProposal(
        case_id=case_id,
        content=found.content,
        payee_name=document.seller_name,
        payee_nip=document.seller_nip,
        account=account_of(document, description),
        amount=document.gross,
        currency=document.currency,
        split=_split(document, on),
        vat_amount=document.vat if _split(document, on) else ZERO,
        number=document.number,
        title=_title(document),
        due_on=document.due_on,
        approved_by=last.actor,
    )


def _split(document: Document, on: date) -> bool:
    """Obligatory, or asked for by the seller and possible."""
    if document.currency != "PLN" or document.gross <= ZERO or document.vat <= ZERO:
        return False
    question = SplitPayment(
        gross=Amount(document.gross),
        vat=Amount(document.vat),
        on=on,
        annex_15=document.annex_15,
        marked=document.split_marked,
    )
    return split_payment(question).result.duty == "obligatory" or document.split_marked


def _title(document: Document) -> str:
    """Of a split transfer: the fields that banks ask for; else the document's number."""
    if document.split_marked or document.annex_15:
        vat = _comma(document.vat)
        words = f"/VAT/{vat}/IDC/{document.seller_nip}/INV/{document.number[:35]}"
        return words[:TITLE_LENGTH]
    return f"Zapłata za {document.number}"[:TITLE_LENGTH]


def _comma(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")


def announce(session: Session, ids: Sequence[UUID]) -> None:
    """Work lists elsewhere will copy these cases."""
    if ids:
        outbox.leave(session, COPY, {"cases": [str(one) for one in ids]}, queue="bulk")
