"""A release after this one, for tests only: the lineage `unit` has one more revision, without a file.

`python -m tests.tenants.next_release HOME` upgrades the database in HOME to it, slowly, so that it can be killed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from migrations import statements
from migrations.statements import Lineage, Shape

NUMBER = "0900"
PLAIN = (
    "ALTER TABLE vat_setting ADD COLUMN note_of_tests VARCHAR(40)",
    "CREATE INDEX ix_note ON vat_setting (note_of_tests)",
)
SLOW = (*PLAIN, "SELECT pg_sleep(0.4)")
_REVISIONS, _STEP, _PROVISION = statements.revisions, statements.step, statements.provision


def install(put: Callable[[object, str, Any], None], changes: tuple[str, ...] = PLAIN) -> None:
    """Make this process a release whose lineage `unit` ends with `changes`. `put` is setattr, or monkeypatch's."""
    before = _REVISIONS("unit")[-1]
    moved = f"UPDATE alembic_version SET version_num='{NUMBER}' WHERE alembic_version.version_num = '{before}'"  # noqa: S608
    added = (*changes, moved)

    def revisions(lineage: Lineage) -> tuple[str, ...]:
        return (*_REVISIONS(lineage), NUMBER) if lineage == "unit" else _REVISIONS(lineage)

    def step(lineage: Lineage, revision: str) -> tuple[str, ...]:
        return added if (lineage, revision) == ("unit", NUMBER) else _STEP(lineage, revision)

    def provision(shape: Shape) -> tuple[str, ...]:
        return (*_PROVISION(shape), *added)

    put(statements, "revisions", revisions)
    put(statements, "step", step)
    put(statements, "provision", provision)
    put(statements, "fingerprint", lambda: f"the next release {changes}")


def main(home: str) -> None:
    """Upgrades with one worker."""
    from app.deployment import running
    from app.settings import Settings
    from tenants.upgrade import upgrade

    install(setattr, SLOW)
    with running(Settings(home=Path(home), secret_key_text="test", redis_url="unix://none"), prepare=False) as made:
        upgrade(made.host, workers=1)


if __name__ == "__main__":
    main(sys.argv[1])
