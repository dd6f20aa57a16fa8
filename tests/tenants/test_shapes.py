"""One shape, however it came to be: rendered from models, by Alembic, or step by step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from alembic import command
from psycopg import sql
from sqlalchemy import Connection, Engine, create_engine, text

from migrations import lineages, render, statements
from migrations.statements import LINEAGES_OF, RENDERED, Lineage, Shape
from tenants import provision
from tenants.session import Host
from tests.tenants.catalogue import snapshot


@pytest.fixture
def engine(host: Host) -> Iterator[Engine]:
    made = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(host.admin_conninfo(None)))
    yield made
    made.dispose()


def bare(host: Host, name: str) -> None:
    """A schema with a role as provisioning makes it, but empty."""
    role = sql.Identifier(name)
    with host.admin("main") as connection:
        for statement in (
            "drop schema if exists {} cascade",
            "drop role if exists {}",
            "create role {} nologin",
            "create schema {} authorization magistrat_owner",
            "set local role magistrat_owner",
            "grant usage on schema {0} to {0}",
        ):
            connection.execute(sql.SQL(statement).format(role))


def replay(connection: psycopg.Connection[Any], schema: str, steps: tuple[str, ...]) -> None:
    connection.execute(
        "select set_config('role', 'magistrat_owner', true), set_config('search_path', %s, true)", [schema]
    )
    for step in steps:
        connection.execute(step.encode())
    connection.execute("select set_config('role', 'none', true)")


@pytest.mark.parametrize("shape", ["unit", "municipality"])
def test_a_provisioned_schema_is_what_alembic_makes_and_what_the_steps_make(
    host: Host, engine: Engine, shape: Shape
) -> None:
    provisioned = provision.make_schema(host, "main", shape)
    bare(host, "x_alembic")
    with engine.begin() as connection:
        for lineage in LINEAGES_OF[shape]:
            lineages.upgrade(lineage, connection, schema="x_alembic")
    bare(host, "x_steps")
    with host.admin("main") as plain:
        for lineage in LINEAGES_OF[shape]:
            first = statements.revisions(lineage)[0]
            replay(plain, "x_steps", (*statements.step(lineage, first), *statements.steps(lineage, first)))
    with host.admin("main") as plain:
        as_provisioned, as_alembic = snapshot(plain, provisioned), snapshot(plain, "x_alembic")
        assert len(as_provisioned) > 100
        assert as_provisioned == as_alembic
        assert snapshot(plain, "x_steps") == as_alembic
        for table in (statements.VERSION_TABLES[lineage] for lineage in LINEAGES_OF[shape]):
            versions = [
                plain.execute(sql.SQL("select * from {}.{}").format(*map(sql.Identifier, (schema, table)))).fetchall()
                for schema in (provisioned, "x_alembic", "x_steps")
            ]
            assert versions[0] == versions[1] == versions[2]
    for name in ("x_alembic", "x_steps"):
        bare(host, name)


@pytest.mark.parametrize("lineage", ["control", "cell", "unit", "municipality"])
def test_autogenerate_finds_nothing_to_add(host: Host, engine: Engine, lineage: Lineage) -> None:
    schema = lineage if lineage in {"control", "cell"} else provision.make_schema(host, "main", "municipality")
    with engine.begin() as connection:
        command.check(lineages.config(lineage, connection=connection, schema=schema))
        assert current(connection, schema, lineage) == statements.head(lineage)


def current(connection: Connection, schema: str, lineage: Lineage) -> str:
    table = f"{schema}.{statements.VERSION_TABLES[lineage]}"
    return str(connection.execute(text(f"select version_num from {table}")).scalar_one())  # noqa: S608


@pytest.mark.parametrize("lineage", ["control", "cell"])
def test_models_of_the_shared_schemas_say_what_the_migrations_made(
    host: Host, engine: Engine, lineage: Lineage
) -> None:
    from app.kernel.db import CellBase
    from tenants.models import ControlBase

    metadata = (ControlBase if lineage == "control" else CellBase).metadata
    with engine.connect() as connection:
        connection.execute(text("create schema x_models"))
        metadata.create_all(connection.execution_options(schema_translate_map={lineage: "x_models"}))
        plain = connection.connection.driver_connection
        assert isinstance(plain, psycopg.Connection)
        kinds = ("column", "constraint", "index")
        by_models = snapshot(plain, "x_models", *kinds)
        migrated = {line for line in snapshot(plain, lineage, *kinds) if "alembic_version" not in line}
        connection.rollback()
    assert by_models == migrated


def test_rendered_files_are_what_models_and_revisions_render_to_now() -> None:
    wanted = render.files()
    assert {path: path.read_text(encoding="utf-8") for path in RENDERED.rglob("*.sql")} == wanted


def test_stock_alembic_goes_back_to_nothing_and_forth_again(host: Host, engine: Engine) -> None:
    schema = provision.make_schema(host, "main", "municipality")
    with host.admin("main") as plain:
        before = snapshot(plain, schema)
    for lineage in ("municipality", "unit"):
        with engine.begin() as connection:
            command.downgrade(lineages.config(lineage, connection=connection, schema=schema), "base")
    with host.admin("main") as plain:
        left = {line for line in snapshot(plain, schema) if "alembic_version" not in line}
        assert {line.split()[0] for line in left} == {"schema"}
    for lineage in ("unit", "municipality"):
        with engine.begin() as connection:
            lineages.upgrade(lineage, connection, schema=schema)
    with host.admin("main") as plain:
        assert snapshot(plain, schema) == before
