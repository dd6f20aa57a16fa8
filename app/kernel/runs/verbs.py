"""What people do with runs: start, cancel, resume, run again. Each leaves an entry in the audit trail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_unless
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel import audit
from app.kernel.errors import Conflict, NotFound, Refusal
from app.kernel.models import HOLDS_ITS_KEY, NOT_OVER, Chunk, Run
from app.kernel.outbox import check_queue
from app.kernel.runs.chunks import open_stage, settle

BATCH = 2000


@dataclass(frozen=True, slots=True)
class ChunkSpec:
    """A piece of a run to be started. `key` is unique in the run; `payload` holds JSON values."""

    key: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    queue: str = "bulk"
    stage: int = 1
    """Chunks of a stage begin when all chunks of the lower stages are done."""

    def __post_init__(self) -> None:
        check_queue(self.queue)


def start(
    session: Session,
    kind: str,
    title: str,
    params: Mapping[str, Any],
    chunks: Iterable[ChunkSpec],
    unique_key: str | None = None,
    *,
    join: bool = False,
) -> Run:
    """A new run of chunks for the handler of `kind`; workers begin when this transaction has committed.

    While a run with the same `unique_key` is not over, a second start gets that run (`join`) or raises `Conflict`.
    The run's result is the result of its last stage's chunk, when that stage has one chunk.
    """
    specs = list(chunks)
    if not specs:
        raise Refusal(f"Przebieg „{title}” nie ma czego wykonać.", "chunks")
    first = min(spec.stage for spec in specs)
    values = {
        "id": uuid7(), "kind": kind, "title": title, "params": dict(params), "stage": first, "total": len(specs),
        "started_by": session.info["actor"], "mandate": session.info.get("mandate"), "unique_key": unique_key,
    }  # fmt: skip
    if (running := _insert(session, values, unique_key)) is not None:
        if join:
            return running
        raise Conflict(
            f"Taki przebieg już trwa: „{running.title}”. Poczekaj, aż się skończy, albo go anuluj.", "unique_key"
        )
    run_id = values["id"]
    rows = [
        {
            "id": uuid7(), "run_id": run_id, "stage": spec.stage, "key": spec.key, "queue": spec.queue,
            "payload": dict(spec.payload), "state": "ready" if spec.stage == first else "waiting",
        }
        for spec in specs
    ]  # fmt: skip
    for begin in range(0, len(rows), BATCH):
        session.execute(insert(Chunk), rows[begin : begin + BATCH])
    audit.record(session, "run.start", f"run:{run_id}", after={"kind": kind, "title": title, "chunks": len(specs)})
    return session.get_one(Run, run_id)


def _insert(session: Session, values: dict[str, Any], unique_key: str | None) -> Run | None:
    """None when the row was inserted, else the run that keeps it out."""
    statement = (
        insert_unless(Run)
        .values(values)
        .on_conflict_do_nothing(index_elements=["tenant", "unique_key"], index_where=HOLDS_ITS_KEY)
        .returning(Run.id)
    )
    while session.execute(statement).one_or_none() is None:
        same = select(Run).where(Run.unique_key == unique_key, NOT_OVER)
        running = session.scalars(same.execution_options(populate_existing=True)).one_or_none()
        if running is not None:  # else it ended between the two statements
            return running
    return None


def _locked(session: Session, run_id: UUID) -> Run:
    query = select(Run).where(Run.id == run_id).with_for_update().execution_options(populate_existing=True)
    run = session.scalars(query).one_or_none()
    if run is None:
        raise NotFound("Nie ma takiego przebiegu.", "run")
    return run


def cancel(session: Session, run_id: UUID) -> Run:
    """Chunks not begun are given up; those in somebody's hands end first. What was done stays. Raises `Conflict`."""
    run = _locked(session, run_id)
    if run.state == "cancelling":
        return run
    if run.state not in ("waiting", "running"):
        raise Conflict(f"Przebieg „{run.title}” już się skończył, więc nie ma czego anulować.", "run")
    audit.record(session, "run.cancel", f"run:{run_id}", before={"state": run.state}, after={"state": "cancelling"})
    run.state = "cancelling"
    session.flush()
    settle(session, run_id)
    session.flush()
    session.refresh(run)
    return run


def resume(session: Session, run_id: UUID) -> Run:
    """Failed and cancelled chunks are ready again, from the first stage that is not done. Raises `Conflict`."""
    run = _locked(session, run_id)
    if run.state not in ("failed", "cancelled"):
        raise Conflict(f"Przebieg „{run.title}” nie jest przerwany, więc nie ma czego wznawiać.", "run")
    audit.record(session, "run.resume", f"run:{run_id}", before={"state": run.state}, after={"state": "waiting"})
    session.execute(
        update(Chunk)
        .where(Chunk.run_id == run_id, Chunk.state.in_(("failed", "cancelled")))
        .values(state="waiting", attempts=0, error=None, finished_at=None, sent_at=None)
    )
    run.stage = open_stage(session, run_id)
    run.state, run.failed, run.error = "waiting", 0, None
    run.started_at = run.finished_at = None
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError:
        raise Conflict("Inny taki przebieg już trwa. Poczekaj, aż się skończy, albo go anuluj.", "run") from None
    return run


def again(session: Session, run_id: UUID) -> Run:
    """A new run of the same kind, parameters and chunks; the old one stays as it is. Raises `Conflict`, `NotFound`."""
    old = session.get(Run, run_id)
    if old is None:
        raise NotFound("Nie ma takiego przebiegu.", "run")
    query = select(Chunk.key, Chunk.payload, Chunk.queue, Chunk.stage).where(Chunk.run_id == run_id).order_by(Chunk.id)
    specs = [ChunkSpec(key, payload, queue, stage) for key, payload, queue, stage in session.execute(query)]
    return start(session, old.kind, old.title, old.params, specs, old.unique_key)
