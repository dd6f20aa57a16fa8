"""Upgrading many tenants by a column and an index, against Alembic doing the same in this process, tenant by tenant."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from migrations import statements
from tenants import provision, upgrade
from tenants.session import Host
from tests.bench.ground import ground, middle, peak_mb, timed, told
from tests.tenants import next_release

TENANTS = 300
REVISION = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "{number}", "{before}", None, None


def upgrade() -> None:
    op.add_column("vat_setting", sa.Column("note_{number}", sa.String(40)))
    op.create_index("ix_note_{number}", "vat_setting", ["note_{number}"])
"""


def run(scale: float) -> dict[str, Any]:
    """`noop_s`: the call that finds nothing to do, middle of five."""
    tenants = max(4, round(TENANTS * scale))
    before = (statements.revisions, statements.step, statements.provision, statements.fingerprint)
    with ground() as (host, home):
        told(f"{tenants} schematów jednostek")
        provision.refill(host, "main", "unit", tenants - upgrade.STANDBY["municipality"])
        noop = [timed(lambda: upgrade.upgrade(host)) for _ in range(5)]
        told("aktualizacja: kolumna i indeks w każdym schemacie")
        try:
            next_release.install(setattr)
            seconds = timed(lambda: upgrade.upgrade(host))
            noop += [timed(lambda: upgrade.upgrade(host)) for _ in range(5)]
        finally:
            for name, value in zip(("revisions", "step", "provision", "fingerprint"), before, strict=True):
                setattr(statements, name, value)
        told("to samo Alembikiem, schemat po schemacie")
        schemas = _schemas(host)
        baseline = timed(lambda: _alembic(host, _script(home), schemas))
    return {
        "bench": "upgrade", "scale": scale, "seconds": round(seconds, 3), "rate": round(len(schemas) / seconds, 1),
        "unit": "tenants/s", "baseline": "Alembic in-process, a column and an index in the same tenants",
        "baseline_seconds": round(baseline, 3), "ratio": round(seconds / baseline, 4), "peak_mb": peak_mb(),
        "tenants": len(schemas), "noop_s": round(middle(noop), 4),
    }  # fmt: skip


def _schemas(host: Host) -> list[str]:
    with host.admin("main") as connection:
        found = connection.execute("select schema_name, unit_revision from cell.tenant_version order by 1").fetchall()
    assert {revision for _, revision in found} == {next_release.NUMBER}
    return [str(schema) for schema, _ in found]


def _script(home: Path) -> Path:
    """A copy of the lineages with one more revision after the one just applied."""
    folder = home / "migrations"
    shutil.copytree(Path(statements.__file__).parent, folder)
    versions = folder / "unit" / "versions"
    known = statements.head("unit")
    for number, before in ((next_release.NUMBER, known), ("0901", next_release.NUMBER)):
        (versions / f"{number}_bench.py").write_text(REVISION.format(number=number, before=before))
    return folder


def _alembic(host: Host, folder: Path, schemas: list[str]) -> None:
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(host.admin_conninfo("main")))
    for schema in schemas:
        with engine.begin() as connection:
            attributes = {"connection": connection, "schema": schema}
            command.upgrade(Config(folder / "alembic.ini", ini_section="unit", attributes=attributes), "head")
    engine.dispose()
