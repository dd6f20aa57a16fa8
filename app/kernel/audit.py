"""The audit trail: every verb leaves who, when, in which tenant, by whose mandate, what and how the record changed.

Entries are kept until just before the commit and written then, all at once, because each takes the lock of its tenant's
chain: held for a moment at the end it orders the entries without making transactions wait for each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Row, event, insert, text
from sqlalchemy.orm import Session, SessionTransaction

from app.kernel.models import Audit

_PENDING = "audit_pending"
_LONGEST = {"actor": 120, "mandate": 120, "verb": 80, "record": 120}
_marks: WeakKeyDictionary[SessionTransaction, int] = WeakKeyDictionary()


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
    entry = {"actor": session.info["actor"], "mandate": session.info.get("mandate"), "verb": verb, "record": what}
    for name, longest in _LONGEST.items():
        # the chain separates columns by U+001F, so no text may hold it
        if (text := entry[name]) is not None and (len(text) > longest or "\x1f" in text):
            raise ValueError(f"{name} of an audit entry is too long or not plain: {text!r}")
    if not session.in_transaction():
        session.begin()  # so that a rollback before the first statement takes the entry back too
    session.info.setdefault(_PENDING, []).append(
        {
            **entry,
            "before": None if before is None else dict(before),
            "after": None if after is None else dict(after),
        }
    )


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    """A savepoint that ends well writes nothing yet: the one around it may still be rolled back."""
    if session.in_nested_transaction() or not session.info.get(_PENDING):
        return
    session.flush()  # everything else first: from here on other transactions of this tenant wait
    session.execute(insert(Audit), session.info.pop(_PENDING))


@event.listens_for(Session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    """Remember how much was recorded when a savepoint began."""
    if transaction.nested:
        _marks[transaction] = len(session.info.get(_PENDING, ()))


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, transaction: SessionTransaction) -> None:
    """What was rolled back was not done."""
    kept = _marks.get(transaction, 0) if transaction.nested else 0
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
    select coalesce(h.seq, 0) as promised, coalesce(a.seq, 0) as present,
           coalesce(h.hash, '') = coalesce(a.hash, '') as same
    from (select) one
    left join cell.audit_head h on h.tenant = :tenant
    left join lateral (select seq, hash from cell.audit where tenant = :tenant order by seq desc limit 1) a on true
    """
)


def verify(session: Session, tenant: str) -> tuple[int, Broken | None]:
    """The number of entries of a tenant (its schema's name) and the first break of its chain, None when it is whole."""
    end = session.execute(_END, {"tenant": tenant}).one()
    return end.present, broken(end, session.execute(_CHECK, {"tenant": tenant}).one_or_none())


def broken(end: Row[Any], wrong: Row[Any] | None) -> Broken | None:
    """What is wrong with a chain: `wrong` (seq, in_order) is its first bad entry, `end` (promised, present, same) how
    its last entry compares with its head.
    """
    if wrong is not None:
        what = "ma zmienioną treść" if wrong.in_order else "nie następuje po poprzednim: brakuje wpisów"
        return Broken(wrong.seq, f"Wpis nr {wrong.seq} {what}.")
    if end.present < end.promised:
        return Broken(end.present + 1, f"Brakuje wpisów od nr {end.present + 1} do nr {end.promised}.")
    if end.present > end.promised:
        return Broken(
            end.promised + 1, f"Dziennik powinien się kończyć na wpisie {end.promised}, a jest i nr {end.promised + 1}."
        )
    return (
        None if end.same else Broken(end.present, f"Wpis nr {end.present} nie jest tym, który zapisano jako ostatni.")
    )
