"""The control schema: who the tenants are, where they live, who serves whom, who may log in. No citizen's data."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    FetchedValue,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from uuid_utils.compat import uuid7

from migrations import NAMING

NOW = text("now()")


class ControlBase(DeclarativeBase):
    metadata = MetaData(schema="control", naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012  (declared by SQLAlchemy as a plain class attribute)
        datetime: DateTime(timezone=True),
        date: Date,
        dict[str, Any]: JSONB,
        int: Integer,
    }


class Kind(enum.StrEnum):
    """A tenant never changes its kind."""

    MUNICIPALITY = "municipality"
    UNIT = "unit"


class Cell(ControlBase):
    """One database that holds tenants. `database` and `host` say where; log-ins follow from the settings."""

    __tablename__ = "cell"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    database: Mapped[str] = mapped_column(String(63))
    host: Mapped[str | None] = mapped_column(String(255))
    """Another server than the control database's; None = the same."""
    port: Mapped[int | None]
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    """Of the release that every tenant of this cell is known to have; another one or None: an upgrade is due."""


class Tenant(ControlBase):
    """A municipality or one of its budgetary units; `slug` is in addresses, `schema_name` only inside the database."""

    __tablename__ = "tenant"
    __table_args__ = (
        CheckConstraint("kind in ('municipality', 'unit')", name="kind"),
        CheckConstraint("(kind = 'unit') = (parent_id is not null)", name="parent"),
        CheckConstraint("status in ('active', 'suspended')", name="status"),
        UniqueConstraint("parent_id", "code"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[str] = mapped_column(String(16))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("control.tenant.id"))
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    code: Mapped[str] = mapped_column(String(20))
    """Short, unique in its municipality ("SP1"), used in document numbers. A municipality's is its office's."""
    name: Mapped[str] = mapped_column(String(240))
    short_name: Mapped[str] = mapped_column(String(80))
    cell: Mapped[str] = mapped_column(ForeignKey("control.cell.name"))
    schema_name: Mapped[str] = mapped_column(String(40), unique=True)
    status: Mapped[str] = mapped_column(String(16), default="active", server_default="active")
    nip: Mapped[str | None] = mapped_column(String(10))
    regon: Mapped[str | None] = mapped_column(String(14))
    teryt: Mapped[str | None] = mapped_column(String(7))
    internal_id: Mapped[str | None] = mapped_column(String(16))
    """IDWew of KSeF."""
    address_line: Mapped[str | None] = mapped_column(String(255))
    postal_code: Mapped[str | None] = mapped_column(String(6))
    city: Mapped[str | None] = mapped_column(String(100))
    email: Mapped[str | None] = mapped_column(String(255))
    brand: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class Domain(ControlBase):
    """A host name that shows a municipality's portal."""

    __tablename__ = "domain"
    host: Mapped[str] = mapped_column(String(255), primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("control.tenant.id"), index=True)


class Standby(ControlBase):
    """A schema built ahead of time, waiting for a tenant of its shape."""

    __tablename__ = "standby"
    schema_name: Mapped[str] = mapped_column(String(40), primary_key=True)
    shape: Mapped[str] = mapped_column(String(16))
    cell: Mapped[str] = mapped_column(ForeignKey("control.cell.name"))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class SchemaNumber(ControlBase):
    """Hands out the numbers in `t_000123`; a number is never used twice, even when its schema is dropped."""

    __tablename__ = "schema_number"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class Mandate(ControlBase):
    """From a day, `holder` (a municipality or a service centre) works for `unit` in one scope (`vat` …)."""

    __tablename__ = "mandate"
    __table_args__ = (
        CheckConstraint("until_on is null or until_on >= since_on", name="dates"),
        UniqueConstraint("holder_id", "unit_id", "scope", "since_on"),
        Index("ix_mandate_unit_id", "unit_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    holder_id: Mapped[UUID] = mapped_column(ForeignKey("control.tenant.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("control.tenant.id"))
    scope: Mapped[str] = mapped_column(String(40))
    since_on: Mapped[date]
    until_on: Mapped[date | None]
    """The last day it is in force; None = until further notice."""
    basis: Mapped[str] = mapped_column(String(400))
    """The resolution or act that gives it."""
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class ModuleSwitch(ControlBase):
    """Opens a room (`module`) of a tenant from a day; asked only at doors."""

    __tablename__ = "module_switch"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("control.tenant.id"), index=True)
    module: Mapped[str] = mapped_column(String(40))
    since_on: Mapped[date]
    until_on: Mapped[date | None]


class Account(ControlBase):
    """A person of the staff who logs in: of a municipality, a unit, a centre or the provider."""

    __tablename__ = "account"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    login: Mapped[str] = mapped_column(String(120), unique=True)
    """Lower case; usually the e-mail address."""
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(255))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    password_set_at: Mapped[datetime | None]
    must_change_password: Mapped[bool] = mapped_column(Boolean, default=True, server_default=text("true"))
    failed_count: Mapped[int] = mapped_column(default=0, server_default="0")
    locked_until: Mapped[datetime | None]
    status: Mapped[str] = mapped_column(String(16), default="active", server_default="active")
    last_login_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class PasswordHistory(ControlBase):
    """Hashes of former passwords, so that none comes back too soon."""

    __tablename__ = "password_history"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("control.account.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    set_at: Mapped[datetime] = mapped_column(server_default=NOW)


class Grant(ControlBase):
    """Who may act in which role where, from day to day. `tenant_id` None = the provider's own staff."""

    __tablename__ = "grant"
    __table_args__ = (
        CheckConstraint("until_on is null or until_on >= since_on", name="dates"),
        Index("ix_grant_account_id", "account_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("control.account.id"))
    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("control.tenant.id"))
    role: Mapped[str] = mapped_column(String(60))
    since_on: Mapped[date]
    until_on: Mapped[date | None]
    """The last day it is in force; None = until further notice."""
    ended_at: Mapped[datetime | None]
    """Taken away at this moment, whatever its dates say."""
    granted_by: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime] = mapped_column(server_default=NOW)


class HostEvent(ControlBase):
    """The provider's own journal: tenants made, mandates granted, log-ins. Append-only, chained like `cell.audit`."""

    __tablename__ = "host_event"
    seq: Mapped[int] = mapped_column(BigInteger, FetchedValue(), primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120))
    verb: Mapped[str] = mapped_column(String(80))
    record: Mapped[str] = mapped_column(String(200))
    details: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    hash: Mapped[bytes]


class HostHead(ControlBase):
    """The end of that journal's chain (one row): what the next entry is chained to, and what tells a cut-off tail."""

    __tablename__ = "host_head"
    __table_args__ = (CheckConstraint("id = 1", name="only"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes]
