"""Alembic's environment for all four lineages.

Called by `tenants.upgrade` with a connection, by `migrations.render` offline, or by stock Alembic:
`alembic -c migrations/alembic.ini -n unit -x schema=t_000001 upgrade head`.
"""

from __future__ import annotations

import os
from typing import Any, cast

from alembic import context
from sqlalchemy import Connection, MetaData, Table, create_engine, text
from sqlalchemy.schema import CreateSchema

from migrations.statements import VERSION_TABLES, Lineage

config = context.config
lineage = config.get_section_option(config.config_ini_section, "lineage") or config.get_main_option("lineage")
arguments = context.get_x_argument(as_dictionary=True)
OWNERS = {"control": "magistrat_system", "cell": "magistrat_system"}


def metadata() -> MetaData:
    """The models of this lineage (all tenant tables share one metadata; `include` picks the lineage's)."""
    if lineage == "control":
        from tenants.models import ControlBase

        return ControlBase.metadata
    if lineage == "cell":
        from app.kernel import models
        from app.kernel.db import CellBase

        assert models.Audit.metadata is CellBase.metadata
        return CellBase.metadata
    from app.rooms import tenant_metadata

    return tenant_metadata()


def include(item: Any, name: str | None, kind: str, reflected: bool, compare_to: Any) -> bool:
    if kind != "table" or lineage in OWNERS:
        return kind != "table" or item.schema == lineage
    if reflected and compare_to is None:
        return False
    from app.kernel.db import lineage as lineage_of

    assert isinstance(item, Table)
    return lineage_of(item) == lineage


def include_name(name: str | None, kind: str, _: Any) -> bool:
    """Of the whole database only the lineage's own schema: there may be thousands of tenants'."""
    return kind != "schema" or lineage not in OWNERS or name == lineage


def options() -> dict[str, Any]:
    return {
        "target_metadata": metadata(),
        "include_object": include,
        "include_name": include_name,
        "include_schemas": lineage in OWNERS,
        "version_table": VERSION_TABLES[cast(Lineage, lineage)],
        "version_table_schema": lineage if lineage in OWNERS else None,
        "transactional_ddl": True,
    }


def migrate(connection: Connection) -> None:
    """Act as the owner, inside the lineage's schema, for this transaction only."""
    schema = arguments.get("schema") or config.attributes.get("schema") or lineage
    connection.execute(
        text("select set_config('role', :owner, true), set_config('search_path', :schema, true)"),
        {"owner": OWNERS.get(str(lineage), "magistrat_owner"), "schema": schema},
    )
    if lineage in OWNERS:
        connection.execute(CreateSchema(str(lineage), if_not_exists=True))
    context.configure(connection=connection, **options())
    context.run_migrations()


if context.is_offline_mode():
    context.configure(
        dialect_name="postgresql", output_buffer=config.attributes.get("output"), literal_binds=True, **options()
    )
    context.run_migrations()
elif (given := config.attributes.get("connection")) is not None:
    migrate(given)
else:
    with create_engine(os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+psycopg://")).begin() as own:
        migrate(own)
