"""Bring a deployment to this release: roles and log-ins, the control schema, every cell, every tenant.

Control and cells go through Alembic; tenants through rendered statements, each in one transaction in which its claim
(the lock of its row in `cell.tenant_version`) lives too, so a crash releases it and the next call goes on where
this one stopped. A cell's fingerprint makes "nothing to do" one query.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL
from sqlalchemy import create_engine, select, text, update

from migrations import statements
from migrations.statements import LINEAGES_OF, VERSION_TABLES, Lineage, Shape
from tenants import provision
from tenants.models import Cell
from tenants.roles import ensure_database_rights, ensure_groups, ensure_login
from tenants.session import CELL_ROLE, CONTROL_ROLE, Host

DEFAULT_CELL = "main"
MOST_ATTEMPTS = 6
STANDBY = {"unit": 2, "municipality": 1}
"""Schemas kept ready in each cell."""
_LOCK = 7_301_126


@dataclass(frozen=True, slots=True)
class Failure:
    """A tenant that could not be upgraded; it keeps its old revision and data."""

    cell: str
    schema_name: str
    error: str


@dataclass(frozen=True, slots=True)
class Report:
    """What an upgrade did. `nothing`: everything was up to date already."""

    lineages: tuple[str, ...]
    """Of control and cells ("control", "cell main") that were brought up."""
    tenants: int
    failures: tuple[Failure, ...]
    nothing: bool


def upgrade(host: Host, *, workers: int = 2, each: Callable[[str, str], None] | None = None) -> Report:
    """Everything to this release, as often as one likes. `each(cell, schema)` is told of every tenant done."""
    lifted: list[str] = []
    done, failures, due = 0, [], False
    with _alone(host):
        if _lift(host, "control", None):
            lifted.append("control")
    with host.control() as session:
        cells = list(session.scalars(select(Cell).order_by(Cell.name)))
    for cell in cells:
        if cell.fingerprint == statements.fingerprint():
            continue
        due = True
        with _alone(host):
            if _lift(host, "cell", cell.name):
                lifted.append(f"cell {cell.name}")
        _try_failed_again(host, cell.name)
        with ThreadPoolExecutor(workers) as pool:
            done += sum(pool.map(lambda _, name=cell.name: _work(host, name, each), range(workers)))
        provision.adopt(host, cell.name)
        for shape, wanted in STANDBY.items():
            provision.refill(host, cell.name, shape, wanted)  # type: ignore[arg-type]
        left = _left(host, cell.name)
        failures += left
        if not left:
            with host.control() as session:
                session.execute(update(Cell).where(Cell.name == cell.name).values(fingerprint=statements.fingerprint()))
    return Report(tuple(lifted), done, tuple(failures), not due and not lifted)


def add_cell(host: Host, name: str, database: str, server: str | None = None, port: int | None = None) -> None:
    """Register a database as a cell; the next `upgrade` makes it ready. The database must exist."""
    with host.control() as session:
        session.add(Cell(name=name, database=database, host=server, port=port))


@contextmanager
def _alone(host: Host) -> Iterator[None]:
    """One process at a time sets up control and cells."""
    with psycopg.connect(host.admin_conninfo(None), autocommit=True) as connection:
        connection.execute("select pg_advisory_lock(%s)", [_LOCK])
        yield


def _lift(host: Host, lineage: Lineage, cell: str | None) -> bool:
    """Roles, rights, log-in and the lineage's own tables of one database; whether a revision was applied."""
    from migrations import lineages

    role = CONTROL_ROLE if cell is None else CELL_ROLE
    with host.admin(cell) as connection:
        current = _version(connection, lineage)
        if current is None:
            ensure_groups(connection)
            ensure_database_rights(connection)
        if host.app_url is None:
            login = host.login_of(cell or "control")
            ensure_login(connection, login, host.secret(login), role)
    if current == statements.head(lineage):
        return False
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(host.admin_conninfo(cell)))
    try:
        with engine.begin() as connection_:
            lineages.upgrade(lineage, connection_)
            if lineage == "control":
                statement = text(
                    "insert into control.cell (name, database) select :name, :database"
                    " where not exists (select from control.cell)"
                )
                connection_.execute(statement, {"name": DEFAULT_CELL, "database": host.control_database})
    finally:
        engine.dispose()
    return True


def _version(connection: Connection[Any], lineage: Lineage) -> str | None:
    table = f"{lineage}.{VERSION_TABLES[lineage]}"
    known = connection.execute("select to_regclass(%s)", [table]).fetchone()
    if known is None or known[0] is None:
        return None
    query = (
        "select version_num from control.alembic_version"
        if lineage == "control"
        else ("select version_num from cell.alembic_version")
    )
    row = connection.execute(query).fetchone()
    return None if row is None else str(row[0])


_DUE = SQL(
    "(unit_revision <> %(unit)s"
    " or (shape = 'municipality' and municipality_revision is distinct from %(municipality)s))"
)
_CLAIM = SQL(
    "select schema_name, shape, unit_revision, municipality_revision from cell.tenant_version"
    " where {due} and next_at <= now() and attempts < %(most)s"
    " order by next_at, schema_name limit 1 for update skip locked"
).format(due=_DUE)
_WAITING = SQL("select 1 from cell.tenant_version where {due} and attempts < %(most)s limit 1").format(due=_DUE)
_LEFT = SQL("select schema_name, coalesce(error, '') from cell.tenant_version where {due} order by schema_name").format(
    due=_DUE
)


def _heads() -> dict[str, Any]:
    return {
        "unit": statements.head("unit"), "municipality": statements.head("municipality"), "most": MOST_ATTEMPTS,
    }  # fmt: skip


def _try_failed_again(host: Host, cell: str) -> None:
    with host.admin(cell) as connection:
        connection.execute("update cell.tenant_version set attempts = 0, next_at = '-infinity' where attempts > 0")


def _left(host: Host, cell: str) -> list[Failure]:
    with host.admin(cell) as connection:
        rows = connection.execute(_LEFT, _heads()).fetchall()
    return [Failure(cell, name, error) for name, error in rows]


def _work(host: Host, cell: str, each: Callable[[str, str], None] | None) -> int:
    """Upgrade tenants until none is left that could be claimed now or later; how many."""
    done = 0
    with host.admin(cell) as connection:
        connection.execute("set lock_timeout = '2s'")
        connection.execute("set statement_timeout = '120s'")
        connection.commit()
        while True:
            row = connection.execute(_CLAIM, _heads()).fetchone()
            if row is None:
                waiting = connection.execute(_WAITING, _heads()).fetchone()
                connection.rollback()
                if waiting is None:
                    return done
                time.sleep(0.05)
                continue
            schema, shape, unit, municipality = row
            try:
                _apply(connection, schema, shape, {"unit": unit, "municipality": municipality})
                connection.commit()
            except psycopg.Error as error:
                connection.rollback()
                _postpone(connection, schema, str(error))
                continue
            done += 1
            if each is not None:
                each(cell, schema)


def _apply(connection: Connection[Any], schema: str, shape: Shape, now: dict[str, str]) -> None:
    """One tenant from its revisions to the heads, inside the transaction that holds its claim."""
    with connection.pipeline():
        connection.execute(
            "select set_config('role', 'magistrat_owner', true), set_config('search_path', %s, true)", [schema]
        )
        for lineage in LINEAGES_OF[shape]:
            for statement in statements.steps(lineage, now[lineage]):
                connection.execute(statement.encode())
        connection.execute("select set_config('role', 'none', true)")
        heads = _heads()
        connection.execute(
            "update cell.tenant_version set unit_revision = %s, municipality_revision = %s, attempts = 0, error = null,"
            " upgraded_at = clock_timestamp() where schema_name = %s",
            [heads["unit"], heads["municipality"] if shape == "municipality" else None, schema],
        )


def _postpone(connection: Connection[Any], schema: str, error: str) -> None:
    connection.execute(
        "update cell.tenant_version set attempts = attempts + 1, error = left(%s, 1000),"
        " next_at = now() + interval '0.25 second' * power(2, attempts) * (0.5 + random()) where schema_name = %s",
        [error, schema],
    )
    connection.commit()
