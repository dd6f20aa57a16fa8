"""Rendered DDL, read back: what makes a schema of a shape, what brings a lineage from one revision to the next.

Written by `render` at release, so that neither provisioning nor upgrading needs Alembic or models. A file is plain SQL
that psql runs too; statements are parted by a semicolon and an empty line.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Literal

Shape = Literal["unit", "municipality"]
Lineage = Literal["control", "cell", "unit", "municipality"]

HERE = Path(__file__).parent
RENDERED = HERE / "rendered"
PARTED = ";\n\n"
LINEAGES_OF: dict[Shape, tuple[Lineage, ...]] = {"unit": ("unit",), "municipality": ("unit", "municipality")}
VERSION_TABLES: dict[Lineage, str] = {
    "unit": "alembic_version", "municipality": "alembic_version_municipality",
    "control": "alembic_version", "cell": "alembic_version",
}  # fmt: skip


def split(text: str) -> tuple[str, ...]:
    """The statements of a rendered file."""
    return tuple(part.strip() for part in text.split(PARTED) if part.strip())


@lru_cache
def provision(shape: Shape) -> tuple[str, ...]:
    """Everything that makes an empty schema into a tenant of this shape (unqualified names)."""
    return split((RENDERED / f"{shape}.sql").read_text(encoding="utf-8"))


@lru_cache
def revisions(lineage: Lineage) -> tuple[str, ...]:
    """Every revision, oldest first: the files are numbered ("0001_…")."""
    return tuple(sorted(path.name.partition("_")[0] for path in (HERE / lineage / "versions").glob("[0-9]*.py")))


def head(lineage: Lineage) -> str:
    """The newest revision."""
    return revisions(lineage)[-1]


@lru_cache
def step(lineage: Lineage, revision: str) -> tuple[str, ...]:
    """What brings a schema from the revision before to this one, its version table included."""
    return split((RENDERED / lineage / f"{revision}.sql").read_text(encoding="utf-8"))


def steps(lineage: Lineage, after: str, to: str | None = None) -> tuple[str, ...]:
    """Everything after one revision up to another (the head). Raises ValueError for a revision nobody knows."""
    known = revisions(lineage)
    first, last = known.index(after) + 1, known.index(to) + 1 if to else len(known)
    return tuple(statement for revision in known[first:last] for statement in step(lineage, revision))


@lru_cache
def fingerprint() -> str:
    """Of what this release makes of a cell and its tenants: equal fingerprints mean there is nothing to upgrade."""
    digest = hashlib.sha256()
    for lineage in ("cell", "unit", "municipality"):
        for path in sorted((HERE / lineage / "versions").glob("[0-9]*.py")):
            digest.update(f"{lineage} {path.name} {path.stat().st_size}\n".encode() + path.read_bytes())
    return digest.hexdigest()
