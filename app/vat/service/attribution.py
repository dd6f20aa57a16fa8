"""Decisions about an invoice's unit: a person's word, a step back into the queue, the rule asked once more.

Every decision is a row that stays; the newest counts. Delivery follows from it: see `queries.inbox`.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel import audit
from app.kernel.dates import format_short
from app.kernel.errors import Conflict, NotFound, Refusal
from app.vat.filings import fa3
from app.vat.filings.intake import candidates, undisputed
from app.vat.models import KsefAttribution, KsefInvoice, KsefShare, UnitDirectory
from app.vat.queries.directory import city
from app.vat.queries.memory import memory
from app.vat.rules.attribution import DECIDED_BY_RULE, Lesson, decide, look
from app.vat.service.memory import add, teach, unlearn

NUMBER_KNOWN = "Znany jest już numer KSeF."
"""How a decision begins that repeats another one."""
BY_HAND = "Wskazano jednostkę w kolejce."
_LONGEST_REASON = 400


def assign(session: Session, invoice_id: UUID, unit_code: str, reason: str = "", seen: UUID | None = None) -> UUID:
    """The invoice is this unit's, a person says; the id of the decision.

    `seen` is the decision the person looked at: when another one is in force by now, `Conflict`. Moving an invoice that
    has a unit needs a `reason`. The same unit again changes nothing. Raises `NotFound` and `Refusal`.
    """
    invoice = locked(session, invoice_id, seen)
    return _assign(session, invoice, unit_code, reason)


def assign_many(session: Session, invoice_ids: Sequence[UUID], unit_code: str, reason: str = "") -> int:
    """All of them are this unit's, or none when one cannot be; how many decisions were made."""
    made = 0
    for invoice in _all_locked(session, invoice_ids):
        before = invoice.attribution_id
        made += _assign(session, invoice, unit_code, reason, one_of_many=True) != before
    if made:
        audit.record(session, "ksef.assign_many", f"ksef.unit:{unit_code}", after={"invoices": made, "reason": reason})
    return made


def refuse(
    session: Session, invoice_id: UUID, reason: str, seen: UUID | None = None, unit_code: str | None = None
) -> UUID:
    """The invoice is not that unit's (`unit_code`: one of those that share it): back into the queue; the decision's id.

    Raises like `assign`.
    """
    if not reason.strip():
        raise Refusal("Napisz, dlaczego faktura wraca do kolejki.", "reason")
    invoice = locked(session, invoice_id, seen)
    _not_internal(invoice)
    if invoice.state == "queued":
        raise Conflict(f"Faktura {invoice.number} już czeka w kolejce.", "invoice")
    return _refuse(session, invoice, reason, unit_code if invoice.state == "split" else None)


def returned(session: Session, invoice_id: UUID, sent_by: UUID, unit_code: str, reason: str) -> UUID | None:
    """The unit says that the invoice (or the share) sent to it is not its own; None when it was decided anew by then.

    `sent_by`: the decision or share that stands in its register. Done twice, it is done once.
    """
    invoice = locked(session, invoice_id, None)
    share = session.get(KsefShare, sent_by)
    decided_by = share.attribution_id if share is not None else sent_by
    if invoice.state not in ("assigned", "split") or decided_by not in _same_decisions(session, invoice):
        return None
    return _refuse(session, invoice, reason, unit_code)


def _same_decisions(session: Session, invoice: KsefInvoice) -> set[UUID]:
    """The decision in force, and those it only repeats because the KSeF number became known."""
    query = select(KsefAttribution.id, KsefAttribution.reason).where(KsefAttribution.invoice_id == invoice.id)
    same: set[UUID] = set()
    for decision, reason in session.execute(query.order_by(KsefAttribution.id.desc())):
        same.add(decision)
        if not reason.startswith(NUMBER_KNOWN):
            break
    return same


def decide_split(session: Session, invoice: KsefInvoice, unit_codes: Sequence[str], reason: str) -> UUID:
    """The decision of a split; its shares are `service.splitting`'s. Raises `Refusal` as `assign`."""
    _not_internal(invoice)
    for code in unit_codes:
        _active(session, code, invoice.issued_on)
    return _decide(session, invoice, "split", None, reason, [])


def _refuse(session: Session, invoice: KsefInvoice, reason: str, unit_code: str | None = None) -> UUID:
    before = _decision(session, invoice)
    made = _decide(session, invoice, "queued", None, reason, _candidates_before(session, invoice))
    _learn(session, invoice, unit_code or (before.unit_code if before else None), denied=True)
    audit.record(
        session,
        "ksef.refuse",
        f"ksef.invoice:{invoice.id}",
        before={"unit": before.unit_code if before else None},
        after={"unit": None, "reason": reason.strip()[:_LONGEST_REASON]},
    )
    return made


def again(session: Session, invoice_ids: Sequence[UUID]) -> int:
    """Asks the rule once more, with the units as they are known now; how many decisions changed.

    What a person decided stays.
    """
    units = city(session)
    changed = 0
    for invoice in _all_locked(session, invoice_ids):
        before = _decision(session, invoice)
        if invoice.state == "internal" or (before is not None and before.decided_by != DECIDED_BY_RULE):
            continue
        looked = look(fa3.read(zlib.decompress(invoice.content)), units.units, units.nip)
        own = Lesson.of_json(invoice.lesson) if invoice.lesson else None
        answer = decide(looked, memory(session, [looked], without=own))
        ranked = candidates(answer)
        said = (answer.outcome, answer.unit, answer.reason, ranked)
        if before is not None and said == (before.outcome, before.unit_code, before.reason, before.candidates):
            continue
        unlearn(session, [invoice])
        _decide(session, invoice, answer.outcome, answer.unit, answer.reason, ranked, by=DECIDED_BY_RULE)
        if (taught := undisputed(looked, answer)) is not None:
            invoice.lesson = taught.as_json()
            add(session, [taught])
        changed += 1
    if changed:
        audit.record(
            session, "ksef.attribute_again", "ksef.inbox", after={"asked": len(invoice_ids), "changed": changed}
        )
    return changed


def locked(session: Session, invoice_id: UUID, seen: UUID | None) -> KsefInvoice:
    """The invoice, held until the commit. Raises `NotFound`, `Conflict` when `seen` is no longer in force."""
    (invoice,) = _all_locked(session, [invoice_id])
    if seen is not None and invoice.attribution_id != seen:
        now = _decision(session, invoice)
        who = f": {now.decided_by}, {now.reason}" if now else ""
        raise Conflict(f"O fakturze {invoice.number} zdecydowano w międzyczasie inaczej{who}", "seen")
    return invoice


def _all_locked(session: Session, invoice_ids: Sequence[UUID]) -> Sequence[KsefInvoice]:
    """In the order of their ids, so that two sessions never wait for each other. Raises `NotFound`."""
    wanted = set(invoice_ids)
    query = select(KsefInvoice).where(KsefInvoice.id.in_(wanted)).order_by(KsefInvoice.id)
    found = session.scalars(query.with_for_update(), execution_options={"populate_existing": True}).all()
    if len(found) != len(wanted):
        raise NotFound("Nie ma takiej faktury w skrzynce KSeF.", "invoice")
    return found


def _not_internal(invoice: KsefInvoice) -> None:
    if invoice.state == "internal":
        raise Refusal(
            f"Faktura {invoice.number} jest między jednostkami miasta, więc nie trafia do żadnego rejestru VAT.",
            "invoice",
            "art. 3 ustawy o szczególnych zasadach rozliczeń VAT przez jednostki samorządu terytorialnego",
        )


def _assign(session: Session, invoice: KsefInvoice, unit_code: str, reason: str, *, one_of_many: bool = False) -> UUID:
    _not_internal(invoice)
    if invoice.state == "assigned" and invoice.unit_code == unit_code and invoice.attribution_id is not None:
        return invoice.attribution_id
    _active(session, unit_code, invoice.issued_on)
    if invoice.state in ("assigned", "split") and not reason.strip():
        raise Refusal(f"Faktura {invoice.number} ma już jednostkę. Napisz, dlaczego ją przenosisz.", "reason")
    before = {"unit": invoice.unit_code, "decision": str(invoice.attribution_id)}
    made = _decide(session, invoice, "assigned", unit_code, reason.strip() or BY_HAND, [])
    _learn(session, invoice, unit_code)
    if not one_of_many:
        after = {"unit": unit_code, "decision": str(made), "reason": reason}
        audit.record(session, "ksef.assign", f"ksef.invoice:{invoice.id}", before, after)
    return made


def _active(session: Session, unit_code: str, on: date) -> None:
    unit = session.get(UnitDirectory, unit_code)
    if unit is None:
        raise Refusal(f"W wykazie jednostek miasta nie ma kodu „{unit_code[:60]}”.", "unit")
    if (unit.valid_from_on and on < unit.valid_from_on) or (unit.valid_to_on and on > unit.valid_to_on):
        raise Refusal(f"{unit.name}: jednostka nie działała w dniu wystawienia faktury ({format_short(on)}).", "unit")


def _decide(
    session: Session,
    invoice: KsefInvoice,
    outcome: str,
    unit_code: str | None,
    reason: str,
    ranked: list[dict[str, Any]],
    by: str | None = None,
) -> UUID:
    made = KsefAttribution(
        id=uuid7(),
        invoice_id=invoice.id,
        outcome=outcome,
        unit_code=unit_code,
        reason=reason.strip()[:_LONGEST_REASON],
        candidates=ranked,
        decided_by=by or session.info["actor"],
    )
    session.add(made)
    invoice.state, invoice.unit_code, invoice.attribution_id = outcome, unit_code, made.id
    invoice.undelivered_reason = None
    session.flush()
    return made.id


def _learn(session: Session, invoice: KsefInvoice, unit_code: str | None, *, denied: bool = False) -> None:
    """The last step of a decision: see `service.memory`."""
    units = city(session)
    looked = look(fa3.read(zlib.decompress(invoice.content)), units.units, units.nip)
    teach(session, invoice, looked, unit_code, denied=denied)


def _decision(session: Session, invoice: KsefInvoice) -> KsefAttribution | None:
    return session.get(KsefAttribution, invoice.attribution_id) if invoice.attribution_id else None


def _candidates_before(session: Session, invoice: KsefInvoice) -> list[dict[str, Any]]:
    """The candidates that the rule last found."""
    query = (
        select(KsefAttribution.candidates)
        .where(KsefAttribution.invoice_id == invoice.id, KsefAttribution.decided_by == DECIDED_BY_RULE)
        .order_by(KsefAttribution.id.desc())
    )
    return session.scalars(query.limit(1)).first() or []
