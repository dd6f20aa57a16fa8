"""Who does what: a run's kind or a message's topic → the function that does it in the tenant's transaction.

Each room has a file here (`workers/vat.py`) of functions of a few lines, named in `ROOMS`:

    @chunk("vat.consolidate")
    def consolidate(work: Work) -> dict[str, Any]: ...
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from app.deployment import Deployment
from tenants.models import Tenant

ROOMS = ("workers.vat", "workers.purchasing")
"""Modules that register handlers."""


@dataclass(frozen=True, slots=True)
class Work:
    """One chunk and everything its handler may use. What it does through `session` happens exactly once."""

    session: Session
    """The tenant's, its transaction open; the handler commits nothing."""
    tenant: Tenant
    deployment: Deployment
    run_id: UUID
    kind: str
    params: Mapping[str, Any]
    """Of the run."""
    stage: int
    key: str
    payload: Mapping[str, Any]
    attempt: int


@dataclass(frozen=True, slots=True)
class Mail:
    """One message of the outbox and everything its handler may use, as `Work`."""

    session: Session
    tenant: Tenant
    deployment: Deployment
    topic: str
    payload: Mapping[str, Any]
    attempt: int


ChunkHandler = Callable[[Work], Mapping[str, Any] | None]
MailHandler = Callable[[Mail], None]
H = TypeVar("H", ChunkHandler, MailHandler)

_chunks: dict[str, ChunkHandler] = {}
_topics: dict[str, MailHandler] = {}


def chunk(kind: str) -> Callable[[ChunkHandler], ChunkHandler]:
    """The decorated function works on chunks of runs of this kind; what it returns is the chunk's result (JSON).

    It raises `Refusal` when the chunk cannot be done as things stand; any other exception is tried again.
    """

    def register(function: ChunkHandler) -> ChunkHandler:
        return _once(_chunks, kind, function)

    return register


def topic(name: str) -> Callable[[MailHandler], MailHandler]:
    """The decorated function takes the outbox's messages with this topic. An exception is tried again for an hour."""

    def register(function: MailHandler) -> MailHandler:
        return _once(_topics, name, function)

    return register


def _once(registry: dict[str, H], name: str, function: H) -> H:
    if registry.setdefault(name, function) is not function:
        raise ValueError(f"two handlers for {name}")
    return function


def for_chunk(kind: str) -> ChunkHandler:
    """Raises LookupError for a kind that this release does not know."""
    if kind not in _chunks:
        raise LookupError(f"no handler for runs of kind {kind}")
    return _chunks[kind]


def for_topic(name: str) -> MailHandler:
    """Raises LookupError for a topic that this release does not know."""
    if name not in _topics:
        raise LookupError(f"no handler for topic {name}")
    return _topics[name]


def load(modules: Sequence[str] = ROOMS) -> None:
    """Import what registers handlers."""
    for module in modules:
        import_module(module)


def loaded() -> tuple[str, ...]:
    """The modules whose handlers this process knows, for the processes that it starts."""
    return tuple(sorted({function.__module__ for function in (*_chunks.values(), *_topics.values())}))
