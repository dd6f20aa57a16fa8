"""Alembic, driven from code: a configuration, the head and the upgrade of one lineage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

HERE = Path(__file__).parent


def config(lineage: str, **attributes: Any) -> Config:
    """A configuration as `alembic -n <lineage>` would read it; env.py gets `attributes` (connection, schema)."""
    return Config(HERE / "alembic.ini", ini_section=lineage, attributes=attributes)


def head(lineage: str) -> str:
    """The newest revision of a lineage."""
    found = ScriptDirectory.from_config(config(lineage)).get_current_head()
    if found is None:
        raise RuntimeError(f"lineage {lineage} has no revision")
    return found


def upgrade(lineage: str, connection: Any, revision: str = "head", **attributes: Any) -> None:
    """Bring one schema to a revision with Alembic itself (control, cell; tenants' schemas in tests)."""
    command.upgrade(config(lineage, connection=connection, **attributes), revision)
