"""The work list of whoever serves many units: where each case of each of them stands, copied here by jobs."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    Computed,
    Date,
    DateTime,
    Index,
    Integer,
    Numeric,
    String,
    Table,
    Uuid,
    text,
)

from app.kernel.db import Base

purchase_work = Table(
    "purchase_work",
    Base.metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("unit_slug", String(60), nullable=False),
    Column("unit_code", String(20), nullable=False),
    Column("unit_name", String(80), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("number", String(256), nullable=False),
    Column("seller_name", String(512), nullable=False),
    Column("sort_name", String(600), Computed("magistrat.pl_key(seller_name)", persisted=True)),
    Column("gross", Numeric(16, 2), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("issued_on", Date, nullable=False),
    Column("due_on", Date),
    Column("state", String(10), nullable=False),
    Column("step", String(20)),
    Column("step_kind", String(12)),
    Column("alarm", String(8)),
    Column("alarm_title", String(120)),
    Column("seq", Integer, nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Index("ix_purchase_work_step", "step_kind", "due_on", postgresql_where=text("state = 'open'")),
    Index("ix_purchase_work_unit", "unit_slug", "state", "due_on"),
    Index("ix_purchase_work_state", "state", "due_on"),
)
"""In the schema of the centre or municipality. `seq` is the case's: an older copy never takes the place of a newer one;
`alarm` is the heaviest one's severity."""
