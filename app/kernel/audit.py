"""The audit trail: every verb leaves who, when, in which tenant, by whose mandate, what and how the record changed.

Entries are kept until just before the commit and written then, all at once, because each takes the lock of its tenant's
chain: held for a moment at the end it orders the entries without making transactions wait for each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session, SessionTransaction

from app.kernel.models import Audit

_PENDING, _MARKS = "audit_pending", "audit_marks"


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a tenant's chain does not hold: `seq` of the first wrong entry, and a Polish sentence."""

    seq: int
    message: str


def record(
    session: Session,
    verb: str,
    what: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """`verb` ("vat.publish") was done to the record `what` ("vat.period:2026-09"); written when the session commits.

    `before` and `after` hold JSON values. The actor and the mandate are the session's.
    """
    session.info.setdefault(_PENDING, []).append(
        {
            "actor": session.info["actor"],
            "mandate": session.info.get("mandate"),
            "verb": verb,
            "record": what,
            "before": None if before is None else dict(before),
            "after": None if after is None else dict(after),
        }
    )


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    for entry in session.info.pop(_PENDING, ()):
        session.execute(insert(Audit).values(entry))


@event.listens_for(Session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    """Remember how much was recorded when a savepoint began."""
    if transaction.nested:
        session.info.setdefault(_MARKS, {})[transaction] = len(session.info.get(_PENDING, ()))


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    """What was rolled back was not done."""
    kept = session.info.get(_MARKS, {}).pop(transaction, 0) if transaction.nested else 0
    del session.info.get(_PENDING, [])[kept:]


_CHECK = text(
    """
    with chain as (
      select a.seq, a.hash, lag(a.seq, 1, 0::bigint) over (order by a.seq) as seq_before,
             magistrat.audit_digest(lag(a.hash, 1, ''::bytea) over (order by a.seq), a) as right_hash
      from cell.audit a where a.tenant = :tenant)
    select seq, seq = seq_before + 1 as in_order from chain
    where hash <> right_hash or seq <> seq_before + 1 order by seq limit 1
    """
)
_END = text(
    """
    select coalesce(h.seq, 0) as promised, coalesce(max(a.seq), 0) as present,
           coalesce(h.hash, '') = coalesce((array_agg(a.hash order by a.seq desc))[1], '') as same
    from (select :tenant as tenant) t left join cell.audit_head h on h.tenant = t.tenant
    left join cell.audit a on a.tenant = t.tenant group by h.seq, h.hash
    """
)


def verify(session: Session, tenant: str) -> tuple[int, Broken | None]:
    """The number of entries of a tenant (its schema's name) and the first break of its chain, None when it is whole."""
    end = session.execute(_END, {"tenant": tenant}).one()
    wrong = session.execute(_CHECK, {"tenant": tenant}).one_or_none()
    if wrong is not None:
        what = "ma zmienioną treść" if wrong.in_order else "nie następuje po poprzednim: brakuje wpisów"
        return end.present, Broken(wrong.seq, f"Wpis nr {wrong.seq} {what}.")
    if end.promised != end.present or not end.same:
        return end.present, Broken(
            end.present + 1, f"Dziennik kończy się na wpisie {end.present} zamiast {end.promised}."
        )
    return end.present, None
