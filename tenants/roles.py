"""The roles of a deployment and its databases, made by statements that may be run again and again.

`magistrat_owner` owns tenants' tables, `magistrat_system` the control and cell tables; neither logs in. `magistrat_rw`
has the table rights and every tenant's role is its member. Login roles are NOINHERIT members of what they may become.
"""

from __future__ import annotations

from typing import Any, LiteralString

from psycopg import Connection, sql
from psycopg.errors import DuplicateObject

GROUPS = ("magistrat_owner", "magistrat_system", "magistrat_rw", "magistrat_cell", "magistrat_control")


def ensure_groups(connection: Connection[Any]) -> None:
    """Group roles of the cluster; the admin login becomes a member of the owners so that it may act as them."""
    for name in GROUPS:
        _ensure_role(connection, name, "NOLOGIN")
    for name in ("magistrat_owner", "magistrat_system"):
        connection.execute(sql.SQL("grant {} to current_user with inherit true, set true").format(sql.Identifier(name)))
    connection.commit()


def ensure_login(connection: Connection[Any], name: str, password: str | None, may_become: str) -> None:
    """A login that owns and inherits nothing and may only become `may_become` (and the tenants granted to it later).

    Without a password the role is the operator's and only gets its rights. The server sees a SCRAM verifier, never the
    password, so that none is found in its logs.
    """
    role = sql.Identifier(name)
    if password is not None:
        _ensure_role(connection, name, "LOGIN NOINHERIT")
        verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
        connection.execute(sql.SQL("alter role {} login noinherit password {}").format(role, sql.Literal(verifier)))
    grant_membership(connection, may_become, name)
    connection.execute(
        sql.SQL("grant connect on database {} to {}").format(sql.Identifier(connection.info.dbname), role)
    )
    connection.commit()


def grant_membership(connection: Connection[Any], role: str, member: str) -> None:
    """`member` may SET ROLE to `role` and inherits nothing from it."""
    connection.execute(
        sql.SQL("grant {} to {} with inherit false, set true").format(sql.Identifier(role), sql.Identifier(member))
    )


def ensure_memberships(connection: Connection[Any], login: str) -> None:
    """The cell's login may become each of its tenants, also when it is a new one or the data came from elsewhere."""
    missing = connection.execute(
        "select v.schema_name from cell.tenant_version v join pg_roles r on r.rolname = v.schema_name"
        " where not exists (select from pg_auth_members m join pg_roles l on l.oid = m.member"
        " where m.roleid = r.oid and l.rolname = %s and m.set_option)",
        [login],
    ).fetchall()
    for (name,) in missing:
        grant_membership(connection, str(name), login)
    connection.commit()


def ensure_database_rights(connection: Connection[Any]) -> None:
    """Per database: nobody creates in public, tenants' tables get their rights by default privileges.

    PUBLIC may not even connect: the login of one cell may become `magistrat_cell`, whose rights are the same in every
    cell of the cluster, so only its own database may let it in. A monitoring role needs a GRANT CONNECT of its own.
    """
    database = sql.Identifier(connection.info.dbname)
    statements: list[sql.SQL | sql.Composed] = [
        sql.SQL("revoke all on schema public from public"),
        sql.SQL("grant connect on database {} to current_user").format(database),
        sql.SQL("revoke all on database {} from public").format(database),
        sql.SQL("grant create on database {} to magistrat_owner, magistrat_system").format(database),
        sql.SQL(
            "alter default privileges for role magistrat_owner"
            " grant select, insert, update, delete on tables to magistrat_rw"
        ),
        sql.SQL("alter default privileges for role magistrat_owner grant usage on sequences to magistrat_rw"),
        sql.SQL("alter default privileges for role magistrat_owner revoke execute on functions from public"),
    ]
    for statement in statements:
        connection.execute(statement)
    connection.commit()


def _ensure_role(connection: Connection[Any], name: str, options: LiteralString) -> None:
    exists = connection.execute("select 1 from pg_roles where rolname = %s", [name]).fetchone()
    if exists:
        return
    try:
        with connection.transaction():
            connection.execute(sql.SQL("create role {} {}").format(sql.Identifier(name), sql.SQL(options)))
    except DuplicateObject:
        return
