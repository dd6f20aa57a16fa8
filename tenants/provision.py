"""Schemas for tenants: made by replaying rendered statements, a few kept ready so that onboarding is one update.

A schema is made in one transaction with its role and its row in `cell.tenant_version`; only then is it written into the
pool (`control.standby`), from which a tenant takes it. What a crash leaves between the two, `adopt` puts into the pool.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from psycopg import sql
from psycopg.errors import DuplicateObject
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from migrations import statements
from migrations.statements import Shape
from tenants.models import Cell, SchemaNumber, Standby, Tenant
from tenants.roles import grant_membership
from tenants.session import Host

IN_THE_MAKING = timedelta(minutes=10)
"""A schema younger than this may belong to a process that is just about to put it into the pool."""


def release(host: Host, cell: str) -> str:
    """What `control.cell.fingerprint` says of a cell that has all this release makes of it, its log-in included."""
    parts = (statements.fingerprint(), host.login_of(cell), host.secret("release"))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def make_schema(host: Host, cell: str, shape: Shape) -> str:
    """A new empty schema of this shape, put into the pool; its name."""
    while True:
        with host.control() as session:
            number = session.execute(insert(SchemaNumber).returning(SchemaNumber.id)).scalar_one()
        name = f"t_{number:06d}"
        try:
            _build(host, cell, shape, name)
        except DuplicateObject:  # a role of another deployment on this server has the name; it keeps it
            continue
        with host.control() as session:
            _keep(session, cell, [(name, shape)])
            _announce(session, host, cell)
        return name


def _build(host: Host, cell: str, shape: Shape, name: str) -> None:
    role = sql.Identifier(name)
    with host.admin(cell) as connection:
        connection.execute(sql.SQL("create role {} nologin").format(role))
        connection.execute(sql.SQL("grant magistrat_rw to {} with inherit true, set false").format(role))
        grant_membership(connection, name, host.login_of(cell))
        connection.execute(sql.SQL("create schema {} authorization magistrat_owner").format(role))
        connection.execute(
            "select set_config('role', 'magistrat_owner', true), set_config('search_path', %s, true)", [name]
        )
        connection.execute(sql.SQL("grant usage on schema {0} to {0}").format(role))
        with connection.pipeline():
            for statement in statements.provision(shape):
                connection.execute(statement.encode())
        connection.execute("select set_config('role', 'none', true)")
        connection.execute(
            "insert into cell.tenant_version (schema_name, shape, unit_revision, municipality_revision)"
            " values (%s, %s, %s, %s)",
            [
                name,
                shape,
                statements.head("unit"),
                statements.head("municipality") if shape == "municipality" else None,
            ],
        )


def _keep(session: Session, cell: str, made: list[tuple[str, str]]) -> list[str]:
    """Into the pool, unless a tenant has it or the pool knows it already; the names put there.

    One at a time (the lock), and everything known in one look: a schema that moves from the pool to a tenant between
    two looks would be in neither and be given away twice.
    """
    session.execute(select(Cell.name).where(Cell.name == cell).with_for_update())
    names = [name for name, _ in made]
    given = select(Tenant.schema_name).where(Tenant.schema_name.in_(names))
    known = set(session.scalars(given.union(select(Standby.schema_name).where(Standby.schema_name.in_(names)))))
    rows = [{"schema_name": name, "shape": shape, "cell": cell} for name, shape in made if name not in known]
    if rows:
        session.execute(insert(Standby), rows)
    return [row["schema_name"] for row in rows]


def _announce(session: Session, host: Host, cell: str) -> None:
    """When another release has brought the cell up meanwhile, it must look at the schema of this one."""
    other = update(Cell).where(Cell.name == cell, Cell.fingerprint != release(host, cell))
    session.execute(other.values(fingerprint=None))


def take(session: Session, cell: str, shape: Shape) -> str | None:
    """A ready schema out of the pool, in the control transaction that gives it to a tenant; None when it is empty."""
    ready = (
        select(Standby.schema_name)
        .where(Standby.cell == cell, Standby.shape == shape)
        .order_by(Standby.schema_name)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taken = delete(Standby).where(Standby.schema_name == ready.scalar_subquery()).returning(Standby.schema_name)
    return session.execute(taken).scalar_one_or_none()


def refill(host: Host, cell: str, shape: Shape, wanted: int) -> int:
    """Make schemas until the pool holds `wanted` of this shape; how many were made."""
    with host.control() as session:
        held = select(func.count()).where(Standby.cell == cell, Standby.shape == shape)
        missing = wanted - session.execute(held).scalar_one()
    for _ in range(missing):
        make_schema(host, cell, shape)
    return max(0, missing)


def adopt(host: Host, cell: str, older_than: timedelta = IN_THE_MAKING) -> list[str]:
    """Schemas that no tenant has and no pool knows (a crash just after they were made) go to the pool; their names."""
    with host.admin(cell) as connection:
        present = connection.execute("select schema_name, shape from cell.tenant_version").fetchall()
    with host.control() as session:
        recent = select(SchemaNumber.id).where(SchemaNumber.created_at > func.now() - older_than)
        making = {f"t_{number:06d}" for number in session.scalars(recent)}
        return _keep(session, cell, [(name, shape) for name, shape in present if name not in making])
