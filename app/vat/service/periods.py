"""The month's life: completed by the unit's clerk, signed and published by its head, opened again for a reason."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func
from sqlalchemy.orm import Session

from app.kernel import audit
from app.kernel.dates import Month
from app.kernel.errors import Conflict, Refusal
from app.vat.models import VatPeriod, VatPublication
from app.vat.queries.registers.month import Status, status
from app.vat.rules.facts import Finding
from app.vat.rules.publication import refuse_same_person
from app.vat.service import deductions, locks, publishing

__all__ = ["NotReady", "Status", "complete", "publish", "reopen", "status", "verify"]

LONGEST_REASON = 400
_STATE_WORDS = {"open": "otwarty, jeszcze nieuzupełniony", "completed": "już uzupełniony", "published": "opublikowany"}


class NotReady(Refusal):
    """A month that cannot be completed yet; `findings` are all the reasons, the message is their text."""

    def __init__(self, month: Month, findings: tuple[Finding, ...]) -> None:
        sentences = " ".join(one.message for one in findings)
        super().__init__(f"Miesiąca {month} nie można uzupełnić. {sentences}", findings[0].field)
        self.findings = findings


def complete(session: Session, month: Month) -> VatPeriod:
    """The clerk's word that the register of an open month is whole; from now on no row of it changes.

    Raises `NotReady` with everything that is missing, `Conflict` when the month is not open.
    """
    locks.habits(session)
    period = locks.period(session, month, alone=True)
    _refuse_unless(period, "open", month)
    deductions.recompute(session, [month])
    found = status(session, month)
    if found.blocks:
        raise NotReady(month, found.blocks)
    period.state = "completed"
    period.completed_by = session.info["actor"]
    period.completed_at = func.clock_timestamp()
    session.flush()
    rows = {"sales": found.stage.sales, "purchases": found.stage.purchases}
    audit.record(session, "vat.complete", _record(month), after={"state": "completed", **rows})
    return period


def publish(session: Session, month: Month) -> VatPublication:
    """The head signs: the rows as they stand become an immutable, hashed version of the partial return.

    Raises `Refusal` when the person who completed signs, or when JPK_V7M would not take a row (all are named);
    `Conflict` when the month is not completed or somebody else has just signed.
    """
    period = locks.period(session, month, alone=True)
    _refuse_unless(period, "completed", month)
    refuse_same_person(period.completed_by or "", session.info["actor"])
    made = publishing.publish(session, period)
    period.state, period.version = "published", made.version
    session.flush()
    audit.record(
        session,
        "vat.publish",
        _record(month),
        before={"state": "completed"},
        after={"state": "published", "version": made.version, "hash": made.hash},
    )
    return made


def reopen(session: Session, month: Month, reason: str) -> VatPeriod:
    """Opens a completed or published month again; what was published stays, the next version is published beside it.

    Deductions are computed anew with the ratios now in force. Raises `Refusal` without a reason, `Conflict` when the
    month is open.
    """
    words = " ".join(reason.split())
    if not words:
        raise Refusal("Podaj powód ponownego otwarcia miesiąca.", "reason")
    if len(words) > LONGEST_REASON:
        raise Refusal(f"Powód może mieć najwyżej {LONGEST_REASON} znaków.", "reason")
    locks.habits(session)
    period = locks.period(session, month, alone=True)
    if period.state == "open":
        raise Conflict(f"Miesiąc {month} jest już otwarty.", "month")
    before = period.state
    period.state, period.reopened_reason = "open", words
    period.completed_by = period.completed_at = None
    session.flush()
    deductions.recompute(session, [month])
    audit.record(
        session, "vat.reopen", _record(month), before={"state": before}, after={"state": "open", "reason": words}
    )
    return period


def verify(session: Session, publication_id: UUID) -> tuple[str, ...]:
    """What does not hold in a published version (Polish sentences): rows, numbers, sums and the hash are made again."""
    return publishing.verify(session, publication_id)


def _refuse_unless(period: VatPeriod, state: str, month: Month) -> None:
    if period.state != state:
        raise Conflict(f"Miesiąc {month} jest {_STATE_WORDS[period.state]}.", "month")


def _record(month: Month) -> str:
    return f"vat.period:{month}"
