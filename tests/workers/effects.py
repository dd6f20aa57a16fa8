"""What chunks and messages of these tests do, in a module of its own so that worker processes can import it.

A table `effect` in each tenant's schema gets a row from every chunk: rows tell how often something really happened.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import sql
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from app.kernel import outbox, runs
from app.kernel.errors import Refusal
from app.kernel.models import Outbox
from app.kernel.runs import ChunkSpec, Run
from tenants.models import Tenant
from tenants.session import Host
from tenants.upgrade import DEFAULT_CELL
from workers import handlers
from workers.handlers import Mail, Work

ADD = text("insert into effect (run_id, key, value) values (:run_id, :key, :value)")


def prepare(host: Host, *tenants: Tenant) -> None:
    """The table, where it is not there yet."""
    for tenant in tenants:
        with host.admin(tenant.cell) as connection:
            connection.execute(
                "select set_config('role', 'magistrat_owner', true), set_config('search_path', %s, true)",
                [tenant.schema_name],
            )
            connection.execute(sql.SQL("create table if not exists effect (run_id uuid, key text, value int)"))


def clean(host: Host) -> None:
    """No run and no message of anybody is left to be worked on."""
    with host.cell(DEFAULT_CELL) as session:
        session.execute(delete(Run))
        session.execute(delete(Outbox))


def effects(host: Host, tenant: Tenant, run_id: UUID) -> list[tuple[str, int]]:
    """Every row the run left, by key."""
    with host.tenant(tenant, "test") as session:
        query = text("select key, value from effect where run_id = :run_id order by key, value")
        return [(key, value) for key, value in session.execute(query, {"run_id": run_id})]


def numbers(count: int, *, stage: int = 1, queue: str = "bulk", first: int = 0, **payload: Any) -> list[ChunkSpec]:
    """Chunks "0000", "0001" … whose values are their numbers."""
    return [
        ChunkSpec(f"{number:04}", {"value": number, **payload}, queue, stage) for number in range(first, first + count)
    ]


def start(session: Session, chunks: Iterable[ChunkSpec], kind: str = "test.add", **more: Any) -> Run:
    return runs.start(session, kind, "Próba", {}, chunks, **more)


@handlers.chunk("test.add")
def add(work: Work) -> Mapping[str, Any] | None:
    """A row, and the square of the value; `seconds` makes it slow."""
    value = work.payload["value"]
    work.session.execute(ADD, {"run_id": work.run_id, "key": work.key, "value": value})
    time.sleep(work.payload.get("seconds", 0))
    return {"square": value * value, "pid": os.getpid()}


@handlers.chunk("test.meet")
def meet(work: Work) -> Mapping[str, Any] | None:
    """Ends when two processes are at it."""
    folder = Path(work.payload["folder"])
    (folder / str(os.getpid())).touch()
    while len(list(folder.iterdir())) < 2:
        time.sleep(0.05)
    return add(work)


@handlers.chunk("test.sum")
def total(work: Work) -> Mapping[str, Any] | None:
    """Stage 1 squares numbers, stage 2 adds the squares up."""
    if work.stage == 1:
        return add(work)
    return {"sum": sum(result["square"] for _, result in runs.results(work.session, work.run_id, stage=1))}


@handlers.chunk("test.refuse")
def refuse(work: Work) -> None:
    """Odd values are refused as long as the tenant's table has no row "allowed"."""
    add(work)
    allowed = text("select count(*) from effect where key = 'allowed'")
    if work.payload["value"] % 2 and not work.session.execute(allowed).scalar_one():
        raise Refusal(f"Liczba {work.payload['value']} jest nieparzysta.", "value")


@handlers.chunk("test.fault")
def fault(work: Work) -> None:
    """Fails `times` times for a reason that names a person, then succeeds."""
    add(work)
    if work.attempt <= work.payload["times"]:
        raise ValueError("Jan Kowalski, PESEL 44051401359")


@handlers.topic("test.mail")
def mail(work: Mail) -> None:
    work.session.execute(ADD, {"run_id": work.payload["id"], "key": "mail", "value": work.attempt})
    if work.attempt <= work.payload.get("times", 0):
        raise ValueError("Jan Kowalski, PESEL 44051401359")


def post(session: Session, mark: UUID, **payload: Any) -> UUID:
    return outbox.leave(session, "test.mail", {"id": str(mark), **payload})
