"""Runs in tenants of the tests, and chunks in a worker's hands, one transaction each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel import runs
from app.kernel.models import Chunk
from app.kernel.runs import ChunkSpec, Piece, RunView
from tenants.models import Tenant
from tenants.session import Host


@contextmanager
def inside(host: Host, tenant: Tenant, actor: str = "anna") -> Iterator[Session]:
    with host.tenant(tenant, actor) as session:
        yield session


def start(host: Host, tenant: Tenant, specs: list[ChunkSpec], **more: Any) -> UUID:
    with inside(host, tenant) as session:
        return runs.start(session, "test", "Naliczenie", {"year": 2026}, specs, **more).id


def view(host: Host, tenant: Tenant, run_id: UUID) -> RunView:
    with inside(host, tenant) as session:
        return runs.get(session, run_id)


def states(host: Host, tenant: Tenant, run_id: UUID) -> str:
    """The chunks' states by id, a letter each: Waiting, Ready, Sent, Done, Failed, Cancelled."""
    with inside(host, tenant) as session:
        query = select(Chunk.state).where(Chunk.run_id == run_id).order_by(Chunk.id)
        return "".join(state[0] for state in session.scalars(query)).upper()


def chunk_ids(host: Host, tenant: Tenant, run_id: UUID) -> list[UUID]:
    with inside(host, tenant) as session:
        return list(session.scalars(select(Chunk.id).where(Chunk.run_id == run_id).order_by(Chunk.id)))


def begun(host: Host, tenant: Tenant, run_id: UUID) -> Piece:
    with inside(host, tenant) as session:
        piece = runs.begin_next(session, run_id)
    assert piece is not None
    return piece


def ended(host: Host, tenant: Tenant, piece: Piece, result: dict[str, Any] | None = None, refusal: str = "") -> None:
    """Work on a chunk that was begun, to its end."""
    with inside(host, tenant) as session:
        assert runs.claim(session, piece)
        if refusal:
            runs.refuse(session, piece, refusal)
        else:
            runs.complete(session, piece, result)
    with inside(host, tenant) as session:
        runs.settle(session, piece.run_id)


def some(count: int, stage: int = 1) -> list[ChunkSpec]:
    return [ChunkSpec(f"{stage}-{number}", {"number": number}, stage=stage) for number in range(count)]
