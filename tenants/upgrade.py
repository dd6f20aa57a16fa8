"""Bring a deployment to this release: roles and log-ins, the control schema, every cell, every tenant.

Control and cells go through Alembic; tenants through rendered statements (see `lifting`). A call that was cut off goes
on with the next one; a cell's fingerprint makes "nothing to do" one query.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import Any, Literal

import psycopg
from psycopg import Connection
from sqlalchemy import create_engine, select, text, update

from app.kernel.errors import Refusal
from migrations import statements
from migrations.statements import Lineage, Shape
from tenants import lifting, provision
from tenants.models import Cell, Tenant
from tenants.roles import ensure_database_rights, ensure_groups, ensure_login, ensure_memberships
from tenants.session import CELL_ROLE, CONTROL_ROLE, Host

DEFAULT_CELL = "main"
STANDBY: dict[Shape, int] = {"unit": 2, "municipality": 1}
"""Schemas kept ready in each cell."""
_LOCK = 7_301_126
_OLDER_PROGRAM = "Baza jest nowsza niż ta wersja programu. Uruchom nowszą wersję."


@dataclass(frozen=True, slots=True)
class Lifted:
    """So many schemas of a lineage went from one revision (None: from nothing) to another. `cell` None: control."""

    lineage: Lineage
    cell: str | None
    before: str | None
    after: str
    schemas: int = 1


@dataclass(frozen=True, slots=True)
class Failure:
    """A tenant that could not be upgraded; it keeps its old revision and data. `slug` None: a schema of the pool."""

    cell: str
    schema_name: str
    slug: str | None
    name: str
    error: str


@dataclass(frozen=True, slots=True)
class Report:
    """What an upgrade did. `tenants`: schemas brought up, the pool's too. `nothing`: all was up to date already."""

    lifted: tuple[Lifted, ...]
    tenants: int
    failures: tuple[Failure, ...]
    nothing: bool


def upgrade(
    host: Host,
    *,
    workers: int = 2,
    begin: Callable[[str, int], None] | None = None,
    each: Callable[[str, str], None] | None = None,
) -> Report:
    """Everything to this release, as often as one likes and by several processes at once.

    `begin(cell, due)` is told how many schemas of a cell are due, `each(cell, schema)` (from several threads) of every
    one done. Raises `Refusal` when the database belongs to a later release.
    """
    lifted: list[Lifted] = []
    failures: list[Failure] = []
    tenants = 0
    with _alone(host):
        lifted += _lift(host, "control", None)
    with host.control() as session:
        cells = list(session.scalars(select(Cell).order_by(Cell.name)))
    due = [cell.name for cell in cells if cell.fingerprint != provision.release(host, cell.name)]
    for cell in due:
        with _alone(host):
            lifted += _lift(host, "cell", cell)
        expected = lifting.begin(host, cell)
        if begin is not None:
            begin(cell, expected)
        done = _lift_tenants(host, cell, workers, each)
        tenants += len(done)
        for step, count in sorted(Counter(step for steps in done for step in steps).items(), key=str):
            lifted.append(Lifted(step.lineage, cell, step.before, step.after, count))
        provision.adopt(host, cell)
        for shape, wanted in STANDBY.items():
            provision.refill(host, cell, shape, wanted)
        failures += _conclude(host, cell)
    return Report(tuple(lifted), tenants, tuple(failures), nothing=not due and not lifted)


def state(host: Host) -> Literal["missing", "due", "current"]:
    """Whether this release can work here at all, and whether `upgrade` would have something to do."""
    with host.admin() as connection:
        version = _version(connection, "control")
        if version is None or version in statements.revisions("control")[:-1]:
            return "missing"
        cells = connection.execute("select name, fingerprint from control.cell").fetchall()
    current = all(fingerprint == provision.release(host, name) for name, fingerprint in cells)
    return "current" if current and version == statements.head("control") else "due"


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


def _lift(host: Host, lineage: Literal["control", "cell"], cell: str | None) -> list[Lifted]:
    """Roles, rights, log-in and the lineage's own tables of one database; what was applied, if anything."""
    name, head = cell or "control", statements.head(lineage)
    with host.admin(cell) as connection:
        before = _version(connection, lineage)
        if before is not None and before not in statements.revisions(lineage):
            raise Refusal(_OLDER_PROGRAM)
        if before != head:
            ensure_groups(connection)
            ensure_database_rights(connection)
        if host.given_login or not _can_log_in(host, name):
            password = None if host.given_login else host.secret(host.login_of(name))
            ensure_login(connection, host.login_of(name), password, CONTROL_ROLE if cell is None else CELL_ROLE)
        if before is not None and cell is not None:
            ensure_memberships(connection, host.login_of(name))
    if before == head:
        return []
    from migrations import lineages  # brings Alembic, which a command that has nothing to do need not load

    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(host.admin_conninfo(cell)))
    try:
        with engine.begin() as opened:
            lineages.upgrade(lineage, opened)
            if lineage == "control":
                statement = text(
                    "insert into control.cell (name, database) select :name, :database"
                    " where not exists (select from control.cell)"
                )
                opened.execute(statement, {"name": DEFAULT_CELL, "database": host.control_database})
    finally:
        engine.dispose()
    return [Lifted(lineage, cell, before, head)]


def _can_log_in(host: Host, name: str) -> bool:
    try:
        psycopg.connect(host.login_conninfo(name), connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


def _version(connection: Connection[Any], lineage: Literal["control", "cell"]) -> str | None:
    known = connection.execute("select to_regclass(%s)", [f"{lineage}.alembic_version"]).fetchone()
    if known is None or known[0] is None:
        return None
    query = {
        "control": "select version_num from control.alembic_version",
        "cell": "select version_num from cell.alembic_version",
    }
    row = connection.execute(query[lineage].encode()).fetchone()
    return None if row is None else str(row[0])


def _lift_tenants(
    host: Host, cell: str, workers: int, each: Callable[[str, str], None] | None
) -> list[tuple[lifting.Step, ...]]:
    """The steps of every schema that was brought up here."""
    stop = Event()
    told = None if each is None else partial(each, cell)
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(lifting.work, host, cell, told, stop) for _ in range(workers)]
        try:
            return [steps for future in futures for steps in future.result()]
        finally:
            stop.set()


def _conclude(host: Host, cell: str) -> list[Failure]:
    """The cell is up to date, or these tenants are not. The lock keeps `provision` from adding one in between."""
    with host.control() as session:
        session.execute(select(Cell.name).where(Cell.name == cell).with_for_update())
        left = lifting.left(host, cell)
        if not left:
            fingerprint = provision.release(host, cell)
            session.execute(update(Cell).where(Cell.name == cell).values(fingerprint=fingerprint))
        named = {one.schema_name: one for one in session.scalars(select(Tenant).where(Tenant.schema_name.in_(left)))}
    return [
        Failure(cell, schema, named[schema].slug, named[schema].name, error)
        if schema in named
        else Failure(cell, schema, None, f"schemat zapasowy {schema}", error)
        for schema, error in left.items()
    ]
