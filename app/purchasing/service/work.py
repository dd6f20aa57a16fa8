"""Copies of cases in the schema of whoever serves their unit; an older copy never takes the place of a newer one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.purchasing.models import purchase_work
from app.purchasing.queries.worklist import Item

ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Unit:
    """Whose cases they are."""

    slug: str
    code: str
    name: str


def copy(session: Session, unit: Unit, items: Sequence[Item]) -> None:
    """Puts these items of a unit into the list; what is over leaves it. May be done again, in any order."""
    own = {"unit_slug": unit.slug, "unit_code": unit.code, "unit_name": unit.name}
    rows = sorted(({**asdict(one), **own} for one in items), key=lambda row: str(row["case_id"]))
    for start in range(0, len(rows), ROWS_AT_ONCE):
        statement = insert(purchase_work)
        names = [name for name in rows[0] if name != "case_id"]
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["case_id"],
                set_={name: statement.excluded[name] for name in names},
                where=purchase_work.c.seq <= statement.excluded.seq,
            ),
            rows[start : start + ROWS_AT_ONCE],
        )


def replace(session: Session, unit: Unit, items: Sequence[Item]) -> None:
    """The whole list of a unit anew: what it no longer names is gone."""
    keep = [one.case_id for one in items]
    gone = delete(purchase_work).where(purchase_work.c.unit_slug == unit.slug, purchase_work.c.case_id.not_in(keep))
    session.execute(gone)
    copy(session, unit, items)
