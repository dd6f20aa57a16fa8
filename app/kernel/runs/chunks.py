"""What a worker does with a chunk: begin it, claim it, end it; and what follows for the run.

`begin` commits on its own, before the work: it counts, so that a chunk that kills its worker each time is given up.
`claim` takes the row's lock in the transaction that does the work; `complete` ends the chunk in the same transaction,
so that its effect and its being done are one. Whoever has ended a chunk calls `settle` in a transaction of its own:
only then are chunks that ended at the same moment seen, and none waits for the lock of the run's row meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text, update
from sqlalchemy.orm import Session

from app.kernel.models import Chunk, Run

MOST_FAULTS = 5
"""A chunk that ends in a fault is begun this many times in all."""
MOST_BEGINNINGS = 12
"""A chunk whose workers die is begun this many times in all."""
BACK_OFF_SECONDS = 0.5
"""Before the second attempt; doubled each time."""
ABANDONED_SECONDS = 3
"""A chunk given out longer ago, and held by nobody, waits in a queue or was lost."""

NOT_OVER = ("waiting", "running", "cancelling")
OPEN = ("ready", "sent")
GIVEN_UP = "Ta część przebiegu kilkanaście razy przerwała pracę programu. Powiadom pomoc, podając nazwę przebiegu."


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk in somebody's hands, with what its handler needs of the run."""

    chunk_id: UUID
    run_id: UUID
    kind: str
    params: Mapping[str, Any]
    stage: int
    key: str
    payload: Mapping[str, Any]
    attempt: int
    """1 when it is begun for the first time."""
    started_by: str
    mandate: str | None


def begin(session: Session, chunk_id: UUID) -> Piece | None:
    """Count one more beginning; None when the chunk is not to be worked on (done, cancelled, held, not due again)."""
    is_due = or_(Chunk.state == "sent", and_(Chunk.state == "ready", Chunk.due_at <= func.now()))
    return _begin(session, Chunk.id == chunk_id, is_due)


def begin_next(session: Session, run_id: UUID) -> Piece | None:
    """The same for the run's first chunk that nobody works on, given out or not; None when there is none now."""
    abandoned = func.now() - timedelta(seconds=ABANDONED_SECONDS)
    is_free = or_(
        and_(Chunk.state == "ready", Chunk.due_at <= func.now()),
        and_(Chunk.state == "sent", Chunk.sent_at < abandoned),
    )
    return _begin(session, Chunk.run_id == run_id, is_free)


def _begin(session: Session, *conditions: ColumnElement[bool]) -> Piece | None:
    session.execute(text("set local synchronous_commit = off"))  # a count lost in a crash of the server does no harm
    held = (
        select(Chunk, Run)
        .join(Run, Run.id == Chunk.run_id)
        .where(Run.state.in_(("waiting", "running")), *conditions)
        .order_by(Chunk.stage, Chunk.id)
        .limit(1)
        .with_for_update(of=Chunk, skip_locked=True)
    )
    found = session.execute(held).one_or_none()
    if found is None:
        return None
    chunk, run = found
    if chunk.attempts >= MOST_BEGINNINGS:
        _end(session, chunk.id, "failed", error=GIVEN_UP)
        return None
    if run.state == "waiting":
        _underway(session, run.id)
    chunk.attempts += 1
    chunk.state, chunk.sent_at = "sent", func.now()
    return Piece(
        chunk.id, run.id, run.kind, run.params, chunk.stage, chunk.key, chunk.payload, chunk.attempts, run.started_by,
        run.mandate,
    )  # fmt: skip


def _underway(session: Session, run_id: UUID) -> None:
    """The run's time begins. Whoever finds its row locked leaves this to the next."""
    free = select(Run.id).where(Run.id == run_id, Run.state == "waiting").with_for_update(skip_locked=True).cte()
    begun = update(Run).where(Run.id.in_(select(free.c.id))).values(state="running", started_at=func.now())
    session.execute(begun.execution_options(synchronize_session=False))


def claim(session: Session, piece: Piece) -> bool:
    """Take the chunk until the end of this transaction; False when somebody else has it, or it is over by now."""
    held = (
        select(Chunk.id)
        .join(Run, Run.id == Chunk.run_id)
        .where(
            Chunk.id == piece.chunk_id,
            Chunk.state.in_(OPEN),
            Chunk.attempts == piece.attempt,
            Run.state.in_(("waiting", "running")),
        )
        .with_for_update(of=Chunk, skip_locked=True)
    )
    return session.execute(held).one_or_none() is not None


def complete(session: Session, piece: Piece, result: Mapping[str, Any] | None = None) -> None:
    """The claimed chunk is done, in the transaction of its work. `result` holds JSON values."""
    _end(session, piece.chunk_id, "done", result=None if result is None else dict(result))


def refuse(session: Session, piece: Piece, sentence: str) -> None:
    """The chunk cannot be done as things stand: a Polish sentence for people. The run goes on with the others."""
    if claim(session, piece):
        _end(session, piece.chunk_id, "failed", error=sentence[:2000])


def fault(session: Session, piece: Piece, number: str) -> bool:
    """A defect ended the work: it is tried again later, at last given up with the number under which the log has it.

    Returns whether it was given up.
    """
    if not claim(session, piece):
        return False
    if piece.attempt >= MOST_FAULTS:
        sentence = f"Wystąpił błąd systemu, próby powtórzono bez skutku. Numer dla pomocy: {number}."
        _end(session, piece.chunk_id, "failed", error=sentence)
        return True
    due_at = func.clock_timestamp() + timedelta(seconds=BACK_OFF_SECONDS * 2 ** (piece.attempt - 1))
    session.execute(update(Chunk).where(Chunk.id == piece.chunk_id).values(state="ready", due_at=due_at))
    return False


def interrupted(session: Session, piece: Piece) -> None:
    """A server went away under the work: nobody's fault, and it may be given out again at once."""
    if claim(session, piece):
        session.execute(update(Chunk).where(Chunk.id == piece.chunk_id).values(state="ready"))


def _end(session: Session, chunk_id: UUID, state: str, **values: Any) -> None:
    values |= {"state": state, "finished_at": func.clock_timestamp()}
    session.execute(update(Chunk).where(Chunk.id == chunk_id).values(values))


def _unsettled() -> Select[UUID]:
    being_worked_on = select(Chunk.id).where(Chunk.run_id == Run.id, Chunk.stage == Run.stage, Chunk.state.in_(OPEN))
    return select(Run.id).where(
        or_(
            and_(Run.state.in_(("waiting", "running")), ~being_worked_on.exists()),
            Run.state == "cancelling",
        )
    )


def unsettled(session: Session) -> Sequence[UUID]:
    """Runs whose stage is over, or that are being cancelled: whoever ended their last chunk may have died since."""
    return session.scalars(_unsettled()).all()


def settle(session: Session, run_id: UUID) -> None:
    """When the stage is over: the next stage begins, or the run ends. Anybody may call it at any time."""
    if session.execute(_unsettled().where(Run.id == run_id)).one_or_none() is None:
        return
    locked = select(Run).where(Run.id == run_id, Run.state.in_(NOT_OVER)).with_for_update()
    run = session.scalars(locked.execution_options(populate_existing=True)).one_or_none()
    if run is None:
        return
    if run.state == "cancelling":
        cancel_free(session, run_id)
    query = select(Chunk.state, func.count()).where(Chunk.run_id == run_id).group_by(Chunk.state)
    counts: dict[str, int] = dict(session.execute(query).all())
    run.done, run.failed = counts.get("done", 0), counts.get("failed", 0)
    if counts.get("ready") or counts.get("sent"):
        return
    if run.state == "cancelling":
        _over(run, "cancelled")
    elif run.failed:
        _over(run, "failed")
        run.error = _what_failed(session, run)
    elif counts.get("waiting"):
        run.stage = open_stage(session, run_id)
    else:
        _over(run, "finished")
        run.result = _result(session, run)


def cancel_free(session: Session, run_id: UUID) -> None:
    """Chunks that nobody holds will not be done."""
    free = (
        select(Chunk.id)
        .where(Chunk.run_id == run_id, Chunk.state.in_(("waiting", *OPEN)))
        .with_for_update(skip_locked=True)
        .cte("free")
    )
    session.execute(
        update(Chunk)
        .where(Chunk.id.in_(select(free.c.id)))
        .values(state="cancelled", finished_at=func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )


def open_stage(session: Session, run_id: UUID) -> int:
    """The chunks of the first stage that waits become ready; the stage."""
    waiting = (Chunk.run_id == run_id, Chunk.state == "waiting")
    stage = session.scalars(select(func.min(Chunk.stage)).where(*waiting)).one()
    session.execute(
        update(Chunk)
        .where(*waiting, Chunk.stage == stage)
        .values(state="ready", due_at=func.now())
        .execution_options(synchronize_session=False)
    )
    return stage


def _over(run: Run, state: str) -> None:
    run.state, run.finished_at = state, func.clock_timestamp()


def _what_failed(session: Session, run: Run) -> str:
    if run.failed == 1:
        return session.scalars(select(Chunk.error).where(Chunk.run_id == run.id, Chunk.state == "failed")).one() or ""
    return (
        f"Nie udało się wykonać {run.failed} z {run.total} części przebiegu. Usuń przyczyny błędów z listy i wznów "
        "przebieg: to, co już wykonano, zostaje."
    )


def _result(session: Session, run: Run) -> dict[str, Any] | None:
    """Of the last stage's only chunk; a last stage of many chunks has no result of the run."""
    last = select(Chunk.result).where(Chunk.run_id == run.id, Chunk.stage == run.stage).limit(2)
    results = session.scalars(last).all()
    return results[0] if len(results) == 1 else None
