"""The cell's tables: what must commit together with a tenant's rows. Row security shows each tenant its own rows only.

`tenant` is the name of the tenant's schema and role; the database fills it from the role of the transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, FetchedValue, ForeignKeyConstraint, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.kernel.db import CellBase, Key

OWN = text("current_user")
NOW = text("now()")
NOT_OVER = text("state in ('waiting','running','cancelling')")
HOLDS_ITS_KEY = text("unique_key is not null and state in ('waiting','running','cancelling')")
OwnTenant = Annotated[str, mapped_column(String(40), server_default=OWN)]


class Audit(CellBase):
    """One verb done by one person: append-only; `hash` chains each entry to the one before it in the same tenant."""

    __tablename__ = "audit"
    tenant: Mapped[str] = mapped_column(String(40), primary_key=True, server_default=OWN)
    seq: Mapped[int] = mapped_column(BigInteger, FetchedValue(), primary_key=True, autoincrement=False)
    """1, 2, 3 … without gaps; set, like `at` and `hash`, by the database."""
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120))
    mandate: Mapped[str | None] = mapped_column(String(120))
    """Whose mandate the actor used, when not their own tenant's."""
    verb: Mapped[str] = mapped_column(String(80))
    record: Mapped[str] = mapped_column(String(120))
    """`<room>.<noun>:<key>`."""
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class AuditHead(CellBase):
    """The end of a tenant's chain: what the next entry is chained to, and what tells a cut-off tail."""

    __tablename__ = "audit_head"
    tenant: Mapped[str] = mapped_column(String(40), primary_key=True, server_default=OWN)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class Job:
    """What a message and a chunk share: work for one queue, in one transaction, whose effect happens exactly once.

    `state`: ready → sent → done, or failed when it was tried in vain; only the transaction that does the work, holding
    the row's lock, makes it done.
    """

    id: Mapped[Key]
    tenant: Mapped[OwnTenant]
    queue: Mapped[str] = mapped_column(String(20))
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(12), default="ready", server_default="ready")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    """How many times somebody began it."""
    due_at: Mapped[datetime] = mapped_column(server_default=NOW)
    """Not before."""
    sent_at: Mapped[datetime | None]
    """When it was last given out; what is not done long after, and nobody holds, is given out again."""
    error: Mapped[str | None] = mapped_column(String(2000))
    """For people, in Polish."""
    finished_at: Mapped[datetime | None]


class Outbox(Job, CellBase):
    """A message to the outside or to another room, committed with the change that causes it; the relay sends it on."""

    __tablename__ = "outbox"
    __table_args__ = (
        CheckConstraint("state in ('ready','sent','done','failed')", name="state"),
        Index("ix_outbox_ready", "tenant", "queue", "id", postgresql_where=text("state = 'ready'")),
        Index("ix_outbox_sent", "tenant", "queue", postgresql_where=text("state = 'sent'")),
        Index("ix_outbox_finished_at", "finished_at"),
    )
    topic: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class Run(CellBase):
    """A heavy run: a row, not a process. `state`: waiting → running (→ cancelling) → finished | failed | cancelled."""

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint("state in ('waiting','running','cancelling','finished','failed','cancelled')", name="state"),
        Index("ix_run_tenant_created_at", "tenant", "created_at"),
        Index("ix_run_not_over", "tenant", postgresql_where=NOT_OVER),
    )
    id: Mapped[Key]
    tenant: Mapped[OwnTenant]
    kind: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    params: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(12), default="waiting", server_default="waiting")
    stage: Mapped[int]
    """Whose chunks are being worked on; those of later stages wait."""
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0, server_default="0")
    """Like `failed`: written at the end of each stage, so that chunks do not queue for this row; meanwhile counted."""
    failed: Mapped[int] = mapped_column(default=0, server_default="0")
    result: Mapped[dict[str, Any] | None]
    error: Mapped[str | None] = mapped_column(String(2000))
    started_by: Mapped[str] = mapped_column(String(120))
    mandate: Mapped[str | None] = mapped_column(String(120))
    """By which the chunks work, for the audit trail."""
    unique_key: Mapped[str | None] = mapped_column(String(200))
    """While a run with this key is not over, no second one starts."""
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)
    started_at: Mapped[datetime | None]
    """When its first chunk was given out, since it was last resumed."""
    finished_at: Mapped[datetime | None]


Index(
    "uq_run_unique_key",
    Run.__table__.c.tenant,
    Run.__table__.c.unique_key,
    unique=True,
    postgresql_where=HOLDS_ITS_KEY,
)


class Chunk(Job, CellBase):
    """A piece of a run: one transaction, done exactly once. `waiting` for its stage first; it may be `cancelled`."""

    __tablename__ = "chunk"
    __table_args__ = (
        CheckConstraint("state in ('waiting','ready','sent','done','failed','cancelled')", name="state"),
        ForeignKeyConstraint(["run_id"], ["cell.run.id"], ondelete="CASCADE"),
        Index("uq_chunk_run_id_key", "run_id", "key", unique=True),
        Index("ix_chunk_run_id_stage_state", "run_id", "stage", "state"),
        Index("ix_chunk_ready", "tenant", "queue", "id", postgresql_where=text("state = 'ready'")),
        Index("ix_chunk_sent", "tenant", "queue", postgresql_where=text("state = 'sent'")),
    )
    run_id: Mapped[UUID]
    stage: Mapped[int] = mapped_column(default=1, server_default="1")
    key: Mapped[str] = mapped_column(String(120))
    result: Mapped[dict[str, Any] | None]


class Schedule(CellBase):
    """When a recurring job of this cell is due; the row's lock is the right to do it. Not for tenants' eyes."""

    __tablename__ = "schedule"
    job: Mapped[str] = mapped_column(String(60), primary_key=True)
    next_at: Mapped[datetime] = mapped_column(server_default=NOW)
    done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]


class TenantVersion(CellBase):
    """Which revisions a tenant's schema has; the row's lock is the claim of an upgrade. Not for tenants' eyes."""

    __tablename__ = "tenant_version"
    schema_name: Mapped[str] = mapped_column(String(40), primary_key=True)
    shape: Mapped[str] = mapped_column(String(16))
    unit_revision: Mapped[str] = mapped_column(String(40))
    municipality_revision: Mapped[str | None] = mapped_column(String(40))
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_at: Mapped[datetime] = mapped_column(server_default=text("'-infinity'"))
    error: Mapped[str | None] = mapped_column(String(1000))
    upgraded_at: Mapped[datetime] = mapped_column(server_default=NOW)
