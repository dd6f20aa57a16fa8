"""Write `rendered/`: the DDL of both shapes from the models, of every revision from Alembic.

`python -m migrations.render`: run after every new revision; a test fails when files and sources differ.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from alembic import command
from sqlalchemy import create_mock_engine

from migrations import lineages
from migrations.statements import LINEAGES_OF, PARTED, RENDERED, VERSION_TABLES, Lineage, Shape, head, revisions

SHAPES: tuple[Shape, ...] = ("unit", "municipality")


def shape(name: Shape) -> list[str]:
    """The statements that make a schema of this shape at the head of its lineages, from the models."""
    from app.kernel.db import lineage
    from app.rooms import tenant_metadata

    made: list[str] = []
    dialect = create_mock_engine("postgresql+psycopg://", lambda *_: None).dialect
    metadata = tenant_metadata()
    wanted = [table for table in metadata.sorted_tables if lineage(table) in LINEAGES_OF[name]]
    engine = create_mock_engine(
        "postgresql+psycopg://", lambda sql, *_, **__: made.append(str(sql.compile(dialect=dialect)).strip())
    )
    for part in LINEAGES_OF[name]:
        tables = [table for table in wanted if lineage(table) == part]
        metadata.create_all(engine, tables=tables, checkfirst=False)
        made.append(
            f"CREATE TABLE {VERSION_TABLES[part]} (version_num VARCHAR(32) NOT NULL, "
            f"CONSTRAINT {VERSION_TABLES[part]}_pkc PRIMARY KEY (version_num))"
        )
        made.append(f"INSERT INTO {VERSION_TABLES[part]} (version_num) VALUES ('{head(part)}')")  # noqa: S608
    return _ordered(made)


def _ordered(made: list[str]) -> list[str]:
    """The indexes of a table, which SQLAlchemy gives in any order, by name."""
    runs = groupby(made, key=lambda statement: re.match("CREATE (UNIQUE )?INDEX", statement) is not None)
    return [statement for is_index, run in runs for statement in (sorted(run) if is_index else run)]


def revision(lineage: Lineage, name: str) -> list[str]:
    """What Alembic would run from the revision before this one to this one."""
    known = revisions(lineage)
    before = known[known.index(name) - 1] if name != known[0] else "base"
    written = io.StringIO()
    command.upgrade(lineages.config(lineage, output=written), f"{before}:{name}", sql=True)
    lines = (line for line in written.getvalue().splitlines() if not line.startswith("--"))
    statements = ("\n".join(lines) + "\n\n").split(PARTED)
    return [part.strip() for part in statements if part.strip() and part.strip() not in ("BEGIN", "COMMIT")]


def files() -> Mapping[Path, str]:
    """Every file of `rendered/` as it should be."""
    found = {RENDERED / f"{name}.sql": shape(name) for name in SHAPES}
    for lineage in LINEAGES_OF["municipality"]:
        for name in revisions(lineage):
            found[RENDERED / lineage / f"{name}.sql"] = revision(lineage, name)
    for path, statements in found.items():
        if any(PARTED in statement for statement in statements):
            raise ValueError(f"a statement of {path.name} contains what parts statements")
    return {path: PARTED.join(statements) + PARTED for path, statements in found.items()}


def main() -> None:
    """Write the files that differ and remove what nothing makes any more."""
    wanted = files()
    for path in RENDERED.rglob("*.sql"):
        if path not in wanted:
            path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
