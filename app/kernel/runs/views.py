"""What can be asked of runs: how far they are, at what rate, until when, what went wrong, what came of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound
from app.kernel.models import NOT_OVER, Chunk, Run

RECENTLY_SECONDS = 60
ENOUGH = 5
"""Fewer chunks than this tell nothing of the last minute's rate; the whole run's is taken."""


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as people see it. Counts are of chunks; done, failed and cancelled ones are over."""

    id: UUID
    kind: str
    title: str
    state: str
    """waiting, running, cancelling, finished, failed, cancelled."""
    params: dict[str, Any]
    stage: int
    total: int
    done: int
    failed: int
    cancelled: int
    result: dict[str, Any] | None
    error: str | None
    started_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    rate: float | None
    """Chunks a second of late; None until there is something to tell it by, and when the run is over."""

    @property
    def is_over(self) -> bool:
        return self.state in ("finished", "failed", "cancelled")

    @property
    def share(self) -> Decimal:
        """How much is over, between 0 and 1."""
        return Decimal(self.done + self.failed + self.cancelled) / self.total

    @property
    def eta_seconds(self) -> int | None:
        """At the present rate; None when nothing tells."""
        left = self.total - self.done - self.failed - self.cancelled
        return round(left / self.rate) if self.rate and left else None


@dataclass(frozen=True, slots=True)
class ChunkError:
    """A chunk that failed, and why, in Polish."""

    key: str
    stage: int
    error: str
    failed_at: datetime | None


def get(session: Session, run_id: UUID) -> RunView:
    """Raises `NotFound`."""
    run = session.get(Run, run_id, populate_existing=True)
    if run is None:
        raise NotFound("Nie ma takiego przebiegu.", "run")
    return _views(session, [run])[0]


def current(session: Session) -> list[RunView]:
    """Runs that are not over, the newest first."""
    query = select(Run).where(NOT_OVER).order_by(Run.created_at.desc(), Run.id.desc())
    return _views(session, session.scalars(query.execution_options(populate_existing=True)).all())


def recent(session: Session, limit: int = 50, before: datetime | None = None) -> list[RunView]:
    """Runs of every state, the newest first; the next page begins `before` the last one's `created_at`."""
    query = select(Run).order_by(Run.created_at.desc(), Run.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Run.created_at < before)
    return _views(session, session.scalars(query.execution_options(populate_existing=True)).all())


def errors(session: Session, run_id: UUID, page: int = 1, size: int = 50) -> list[ChunkError]:
    """Failed chunks by stage and key; `RunView.failed` is how many there are in all."""
    query = (
        select(Chunk.key, Chunk.stage, func.coalesce(Chunk.error, ""), Chunk.finished_at)
        .where(Chunk.run_id == run_id, Chunk.state == "failed")
        .order_by(Chunk.stage, Chunk.key)
        .limit(size)
        .offset((page - 1) * size)
    )
    return [ChunkError(*row) for row in session.execute(query)]


def results(session: Session, run_id: UUID, stage: int | None = None) -> Iterator[tuple[str, dict[str, Any]]]:
    """Key and result of the chunks that are done (of one stage), in the order in which they were given to `start`."""
    query = select(Chunk.key, Chunk.result).where(Chunk.run_id == run_id, Chunk.state == "done").order_by(Chunk.id)
    if stage is not None:
        query = query.where(Chunk.stage == stage)
    for key, result in session.execute(query.execution_options(yield_per=500)):
        yield key, result or {}


@dataclass(frozen=True, slots=True)
class _Counts:
    done: int
    failed: int
    cancelled: int
    lately: int = 0
    since_start: int = 0
    seconds: float = 0


def _views(session: Session, runs: Sequence[Run]) -> list[RunView]:
    counted = _counts(session, [run.id for run in runs if run.state in ("waiting", "running", "cancelling")])
    return [_view(run, counted.get(run.id) or _kept(run)) for run in runs]


def _kept(run: Run) -> _Counts:
    """Of a run that is over the row itself knows."""
    return _Counts(run.done, run.failed, run.total - run.done - run.failed if run.state == "cancelled" else 0)


def _counts(session: Session, run_ids: Sequence[UUID]) -> dict[UUID, _Counts]:
    """Counted from the chunks of runs that are not over."""
    if not run_ids:
        return {}
    ended = Chunk.state.in_(("done", "failed"))
    lately = func.greatest(Run.started_at, func.now() - timedelta(seconds=RECENTLY_SECONDS))

    def how_many(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
        return func.count().filter(*conditions)

    query = (
        select(
            Chunk.run_id,
            how_many(Chunk.state == "done"),
            how_many(Chunk.state == "failed"),
            how_many(Chunk.state == "cancelled"),
            how_many(ended, Chunk.finished_at > lately),
            how_many(ended, Chunk.finished_at > Run.started_at),
            func.coalesce(func.extract("epoch", func.now() - func.min(Run.started_at)), 0),
        )
        .join(Run, Run.id == Chunk.run_id)
        .where(Chunk.run_id.in_(run_ids))
        .group_by(Chunk.run_id)
    )
    return {
        run_id: _Counts(done, failed, cancelled, lately, since_start, float(seconds))
        for run_id, done, failed, cancelled, lately, since_start, seconds in session.execute(query)
    }


def _rate(counts: _Counts) -> float | None:
    if counts.seconds > RECENTLY_SECONDS and counts.lately >= ENOUGH:
        return counts.lately / RECENTLY_SECONDS
    return counts.since_start / counts.seconds if counts.since_start and counts.seconds > 0 else None


def _view(run: Run, counts: _Counts) -> RunView:
    return RunView(
        run.id, run.kind, run.title, run.state, run.params, run.stage, run.total, counts.done, counts.failed,
        counts.cancelled, run.result, run.error, run.started_by, run.created_at, run.started_at, run.finished_at,
        _rate(counts),
    )  # fmt: skip
