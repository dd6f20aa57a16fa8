"""Tenants' schemas from the revisions they have to the newest, each in one transaction, by several workers at once.

The row of `cell.tenant_version` is the claim: locked in the transaction that changes the schema, so that a crash
releases it. The revision itself is read in the schema, where stock Alembic keeps it too.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any

import psycopg
from psycopg import Connection
from psycopg.sql import SQL
from sqlalchemy import text
from sqlalchemy.orm import Session

from migrations import statements
from migrations.statements import LINEAGES_OF, VERSION_TABLES, Lineage, Shape
from tenants.session import Host

MOST_ATTEMPTS = 6
LOCK_TIMEOUT = "2s"
"""A tenant somebody works in is left alone after that and tried again later."""
STATEMENT_TIMEOUT = "120s"
RECONNECTIONS = 12
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """From one revision of a lineage to another."""

    lineage: Lineage
    before: str
    after: str


class LaterReleaseError(Exception):
    """A schema has a revision that this release does not know."""


_DUE = SQL(
    "(unit_revision <> %(unit)s"
    " or (shape = 'municipality' and municipality_revision is distinct from %(municipality)s))"
)
_CLAIM = SQL(
    "select schema_name, shape from cell.tenant_version"
    " where {due} and next_at <= clock_timestamp() and attempts < %(most)s"
    " order by next_at, schema_name limit 1 for update skip locked"
).format(due=_DUE)
_WAITING = SQL("select 1 from cell.tenant_version where {due} and attempts < %(most)s limit 1").format(due=_DUE)
_COUNT = SQL("select count(*) from cell.tenant_version where {due}").format(due=_DUE)
_LEFT = SQL("select schema_name, coalesce(error, '') from cell.tenant_version where {due} order by schema_name").format(
    due=_DUE
)
_AGAIN = """
    update cell.tenant_version set attempts = 0, next_at = '-infinity' where schema_name in
      (select schema_name from cell.tenant_version where attempts > 0 for update skip locked)
"""


def _heads() -> dict[str, Any]:
    return {"unit": statements.head("unit"), "municipality": statements.head("municipality"), "most": MOST_ATTEMPTS}


def begin(host: Host, cell: str) -> int:
    """Let what failed before be tried again; how many schemas are due."""
    with host.admin(cell) as connection:
        connection.execute(_AGAIN)
        row = connection.execute(_COUNT, _heads()).fetchone()
    assert row is not None
    return int(row[0])


def left(host: Host, cell: str) -> dict[str, str]:
    """Schemas that still are not at the heads, with the error that stopped each."""
    with host.admin(cell) as connection:
        return {str(name): str(error) for name, error in connection.execute(_LEFT, _heads())}


def revisions_of(session: Session, schema: str) -> tuple[str, ...]:
    """The revisions of a tenant, of `unit` and for a municipality of `municipality` too; in a session of its cell."""
    query = text("select unit_revision, municipality_revision from cell.tenant_version where schema_name = :schema")
    return tuple(one for one in session.execute(query, {"schema": schema}).one() if one is not None)


def work(host: Host, cell: str, told: Callable[[str], None] | None, stop: Event) -> list[tuple[Step, ...]]:
    """Bring up schemas until none is left that could be claimed now or later; the steps of each.

    When the server goes away it is waited for: what was not committed is claimed again.
    """
    done: list[tuple[Step, ...]] = []
    lost = 0
    while True:
        try:
            with host.admin(cell) as connection:
                connection.execute("select set_config('lock_timeout', %s, false)", [LOCK_TIMEOUT])
                connection.execute("select set_config('statement_timeout', %s, false)", [STATEMENT_TIMEOUT])
                connection.commit()
                _all(connection, done, told, stop)
                return done
        except psycopg.OperationalError:
            lost += 1
            if lost > RECONNECTIONS or stop.wait(min(0.1 * 2**lost, 5)):
                raise
            _log.warning("lost the server of cell %s while upgrading; trying again", cell)


def _all(
    connection: Connection[Any], done: list[tuple[Step, ...]], told: Callable[[str], None] | None, stop: Event
) -> None:
    while not stop.is_set():
        claim = connection.execute(_CLAIM, _heads()).fetchone()
        if claim is None:
            waiting = connection.execute(_WAITING, _heads()).fetchone()
            connection.rollback()
            if waiting is None:
                return
            stop.wait(0.05)  # others hold the rest, or it failed and waits for its time
            continue
        schema, shape = claim
        try:
            steps = _lift(connection, schema, shape)
            connection.commit()
        except (psycopg.Error, LaterReleaseError) as error:
            if connection.broken:
                raise
            connection.rollback()
            _postpone(connection, schema, error)
            continue
        done.append(steps)
        if told is not None:
            told(schema)


def _lift(connection: Connection[Any], schema: str, shape: Shape) -> tuple[Step, ...]:
    """One tenant from its revisions to the heads, inside the transaction that holds its claim."""
    connection.execute(
        "select set_config('role', 'magistrat_owner', true), set_config('search_path', %s, true)", [schema]
    )
    steps = [Step(lineage, _revision(connection, lineage), statements.head(lineage)) for lineage in LINEAGES_OF[shape]]
    with connection.pipeline():
        for step in steps:
            for statement in statements.steps(step.lineage, step.before):
                connection.execute(statement.encode())
        connection.execute("select set_config('role', 'none', true)")
        heads = _heads()
        connection.execute(
            "update cell.tenant_version set unit_revision = %s, municipality_revision = %s, attempts = 0, error = null,"
            " upgraded_at = clock_timestamp() where schema_name = %s",
            [heads["unit"], heads["municipality"] if shape == "municipality" else None, schema],
        )
    return tuple(step for step in steps if step.before != step.after)


def _revision(connection: Connection[Any], lineage: Lineage) -> str:
    table = VERSION_TABLES[lineage]
    row = connection.execute(f"select version_num from {table} for update".encode()).fetchone()  # noqa: S608
    if row is None or row[0] not in statements.revisions(lineage):
        raise LaterReleaseError(f"rewizja {lineage} {row and row[0]} nie jest znana tej wersji programu")
    return str(row[0])


def _postpone(connection: Connection[Any], schema: str, error: Exception) -> None:
    """Try it later, more and more seldom; what time cannot mend is not tried again."""
    tried = MOST_ATTEMPTS if isinstance(error, LaterReleaseError) else 1
    connection.execute(
        "update cell.tenant_version set attempts = attempts + %s, error = left(%s, 1000),"
        " next_at = clock_timestamp() + interval '0.25 second' * power(2, attempts) * (0.5 + random())"
        " where schema_name = %s",
        [tried, str(error), schema],
    )
    connection.commit()
