"""Heavy runs: a row, not a process. A run is cut into chunks; each is one transaction and happens exactly once.

People tell them (`verbs`): `start`, `cancel`, `resume`, `again`. Workers work on them (`chunks`): `begin` or
`begin_next`, `claim`, then `complete`, `refuse`, `fault` or `interrupted`, and `settle` after the commit. Everybody
asks (`views`): `get`, `current`, `recent`, `errors`, `results`. Nothing here commits or knows which tenant it is in.

A run's states: waiting → running → finished, failed or cancelled; `cancelling` while the chunks already begun end.
Chunks of a later stage wait until every chunk of the earlier ones is done.
"""

from __future__ import annotations

from app.kernel.models import Run
from app.kernel.runs.chunks import (
    Piece,
    begin,
    begin_next,
    claim,
    complete,
    fault,
    interrupted,
    refuse,
    settle,
    unsettled,
)  # fmt: skip
from app.kernel.runs.verbs import ChunkSpec, again, cancel, resume, start
from app.kernel.runs.views import ChunkError, RunView, current, errors, get, recent, results

__all__ = [
    "ChunkError",
    "ChunkSpec",
    "Piece",
    "Run",
    "RunView",
    "again",
    "begin",
    "begin_next",
    "cancel",
    "claim",
    "complete",
    "current",
    "errors",
    "fault",
    "get",
    "interrupted",
    "recent",
    "refuse",
    "results",
    "resume",
    "settle",
    "start",
    "unsettled",
]
