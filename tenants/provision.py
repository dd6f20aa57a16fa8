"""Schemas for tenants: made by replaying rendered statements, a few kept ready so that onboarding is one update.

A schema is made in one transaction with its role and its row in `cell.tenant_version`; only then is it written into the
pool (`control.standby`), from which a tenant takes it. What a crash leaves between the two, `adopt` puts into the pool.
"""

from __future__ import annotations

from psycopg import sql
from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from migrations import statements
from migrations.statements import Shape
from tenants.models import SchemaNumber, Standby, Tenant
from tenants.roles import grant_membership
from tenants.session import Host


def make_schema(host: Host, cell: str, shape: Shape) -> str:
    """A new empty schema of this shape, put into the pool; its name."""
    with host.control() as session:
        number = session.execute(insert(SchemaNumber).returning(SchemaNumber.id)).scalar_one()
    name = f"t_{number:06d}"
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
        connection.execute(";\n".join(statements.provision(shape)).encode())
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
    _keep(host, cell, [(name, shape)])
    return name


def _keep(host: Host, cell: str, made: list[tuple[str, str]]) -> None:
    with host.control() as session:
        session.execute(insert(Standby), [{"schema_name": name, "shape": shape, "cell": cell} for name, shape in made])


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
        held = select(Standby.schema_name).where(Standby.cell == cell, Standby.shape == shape)
        missing = wanted - len(session.execute(held).all())
    for _ in range(missing):
        make_schema(host, cell, shape)
    return max(0, missing)


def adopt(host: Host, cell: str) -> list[str]:
    """Schemas that no tenant has and no pool knows (a crash just after they were made) go to the pool; their names."""
    with host.admin(cell) as connection:
        present = connection.execute("select schema_name, shape from cell.tenant_version").fetchall()
    with host.control() as session:
        # the newest numbers may be in the making right now; they are left for the next time
        recent = select(SchemaNumber.id).where(SchemaNumber.created_at > text("now() - interval '10 minutes'"))
        known = {f"t_{number:06d}" for number in session.scalars(recent)}
        known |= {*session.scalars(select(Tenant.schema_name)), *session.scalars(select(Standby.schema_name))}
    lost = [(str(name), str(shape)) for name, shape in present if name not in known]
    if lost:
        _keep(host, cell, lost)
    return [name for name, _ in lost]
