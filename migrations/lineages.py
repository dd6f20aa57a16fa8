"""Alembic, driven from code: a configuration and the upgrade of one lineage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config

HERE = Path(__file__).parent


def config(lineage: str, **attributes: Any) -> Config:
    """A configuration as `alembic -n <lineage>` reads it; `attributes` reach env.py (connection, schema, output)."""
    return Config(HERE / "alembic.ini", ini_section=lineage, attributes=attributes)


def upgrade(lineage: str, connection: Any, revision: str = "head", **attributes: Any) -> None:
    """Bring one schema to a revision with Alembic itself (control, cell; tenants' schemas in tests)."""
    command.upgrade(config(lineage, connection=connection, **attributes), revision)
