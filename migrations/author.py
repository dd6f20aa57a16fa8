"""Write the next revision of a lineage from the difference between its models and its newest revision.

`python -m migrations.author unit "add due date"`, read and finish what it wrote, then `python -m migrations.render`.
Works on a scratch database of the embedded server (developers only).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from alembic import command
from alembic.operations import ops
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from app.kernel.db import APPEND_ONLY
from migrations import lineages
from migrations.guards import append_only
from tenants.embedded import servers
from tenants.roles import ensure_database_rights, ensure_groups


def _finish(context: Any, revision: Any, directives: list[Any]) -> None:
    """Autogenerate knows neither our guards nor that `info` is ours alone."""
    upgrade = directives[0].upgrade_ops
    found = []
    for operation in upgrade.ops:
        found.append(operation)
        if isinstance(operation, ops.CreateTableOp):
            operation.info = {}
            if operation.table_name in APPEND_ONLY:
                statements = append_only(operation.table_name, APPEND_ONLY[operation.table_name])
                found += [ops.ExecuteSQLOp(statement) for statement in statements]
    upgrade.ops = found


def main(lineage: str, message: str) -> None:
    """One new file in migrations/<lineage>/versions, numbered on from the last."""
    import psycopg

    with tempfile.TemporaryDirectory() as home, servers(Path(home), {"fsync": "off"}) as running:
        with psycopg.connect(running.database_url) as connection:
            ensure_groups(connection)
            ensure_database_rights(connection)
        engine = create_engine(running.database_url.replace("postgresql://", "postgresql+psycopg://"))
        schema = lineage if lineage in {"control", "cell"} else "scratch"
        with engine.begin() as connection:
            if lineage != "control":
                lineages.upgrade("cell", connection)
        with engine.begin() as connection:
            connection.execute(text("create schema if not exists scratch authorization magistrat_owner"))
        before = {"municipality": ["unit", "municipality"]}.get(lineage, [lineage])
        for name in before:
            if ScriptDirectory.from_config(lineages.config(name)).get_current_head():
                with engine.begin() as connection:
                    lineages.upgrade(name, connection, schema=schema)
        folder = Path(__file__).parent / lineage / "versions"
        number = f"{len(list(folder.glob('[0-9]*.py'))) + 1:04d}"
        with engine.begin() as connection:
            settings = lineages.config(lineage, connection=connection, schema=schema)
            command.revision(settings, message, autogenerate=True, rev_id=number, process_revision_directives=_finish)
        engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
