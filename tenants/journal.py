"""Whether the provider's own journal (`control.host_event`, written by `registry.note`) is whole."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.kernel.audit import Broken, broken

_CHECK = text(
    """
    with chain as (
      select e.seq, e.hash, lag(e.seq, 1, 0::bigint) over (order by e.seq) as seq_before,
             control.host_digest(lag(e.hash, 1, ''::bytea) over (order by e.seq), e) as right_hash
      from control.host_event e)
    select seq, seq = seq_before + 1 as in_order from chain
    where hash <> right_hash or seq <> seq_before + 1 order by seq limit 1
    """
)
_END = text(
    """
    select coalesce(h.seq, 0) as promised, coalesce(e.seq, 0) as present,
           coalesce(h.hash, '') = coalesce(e.hash, '') as same
    from (select) one
    left join control.host_head h on true
    left join lateral (select seq, hash from control.host_event order by seq desc limit 1) e on true
    """
)


def verify(session: Session) -> tuple[int, Broken | None]:
    """The number of entries and the first break of the chain, None when it is whole; in a session of `control()`."""
    end = session.execute(_END).one()
    return end.present, broken(end, session.execute(_CHECK).one_or_none())
