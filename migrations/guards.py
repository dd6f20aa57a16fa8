"""Triggers that keep a table append-only: one helper for models and revisions."""

from __future__ import annotations

from collections.abc import Sequence


def append_only(table: str, may_update: Sequence[str] = ()) -> tuple[str, str]:
    """Statements after which nobody may UPDATE (but the columns named), DELETE or TRUNCATE this table.

    The trigger function lives once in the schema `magistrat` (lineage `cell`), so Citus may hold the table on any node.
    """
    free = ", ".join(f"'{name}'" for name in may_update)
    return (
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION magistrat.append_only({free})",
        f"CREATE TRIGGER append_only_whole BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION magistrat.append_only()",
    )
