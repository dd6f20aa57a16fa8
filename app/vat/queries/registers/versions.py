"""Publications of a month: their list, and what changed between two of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy import RowMapping, select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import NotFound
from app.vat.models import VatPublication
from app.vat.queries.registers.rows import FIELDS, PUBLISHED
from app.vat.rules.consolidation import Difference, differences
from app.vat.rules.facts import Side
from app.vat.rules.rows import amounts


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that only the older, only the newer, or with another content both publications have. Złote by K_."""

    side: Side
    kind: Literal["removed", "added", "changed"]
    document_no: str
    counterparty_name: str
    before: Mapping[str, Decimal]
    after: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Changes:
    """From one publication to another: sums that differ and rows that differ."""

    older: VatPublication
    newer: VatPublication
    sums: tuple[Difference, ...]
    rows: tuple[RowChange, ...]


def versions(session: Session, month: Month) -> Sequence[VatPublication]:
    """Every publication of the month, the newest first."""
    query = select(VatPublication).filter_by(year=month.year, month=month.month)
    return session.scalars(query.order_by(VatPublication.version.desc())).all()


def all_versions(session: Session, month: Month | None = None) -> Sequence[VatPublication]:
    """Every publication of the month, of all months when None; the oldest first."""
    query = select(VatPublication)
    if month is not None:
        query = query.filter_by(year=month.year, month=month.month)
    return session.scalars(query.order_by(VatPublication.year, VatPublication.month, VatPublication.version)).all()


def changes(session: Session, older_id: UUID, newer_id: UUID) -> Changes:
    """What the newer publication says differently. Raises `NotFound`."""
    older, newer = (session.get(VatPublication, key) for key in (older_id, newer_id))
    if older is None or newer is None:
        raise NotFound("Nie ma takiej wersji rejestru cząstkowego.", "publication")
    before, after = ({name: Decimal(amount) for name, amount in one.sums.items()} for one in (older, newer))
    sides: tuple[Side, ...] = ("sale", "purchase")
    rows = tuple(change for side in sides for change in _rows(session, side, older_id, newer_id))
    return Changes(older, newer, tuple(differences(None, before, after)), rows)


def _rows(session: Session, side: Side, older_id: UUID, newer_id: UUID) -> Iterator[RowChange]:
    before, after = (_by_key(session, side, key) for key in (older_id, newer_id))
    for key in (*before, *(key for key in after if key not in before)):
        old, new = before.get(key), after.get(key)
        if old is not None and new is not None and old["body"] == new["body"]:
            continue
        shown = new if new is not None else old
        assert shown is not None  # the key came from one of the two
        yield RowChange(
            side,
            "added" if old is None else "removed" if new is None else "changed",
            shown["document_no"],
            shown["counterparty_name"],
            {} if old is None else amounts(old, FIELDS[side]),
            {} if new is None else amounts(new, FIELDS[side]),
        )


def _by_key(session: Session, side: Side, publication_id: UUID) -> dict[UUID, RowMapping]:
    table = PUBLISHED[side]
    query = select(table).where(table.c.publication_id == publication_id).order_by(table.c.pos)
    return {row["row_id"]: row for row in session.execute(query).mappings()}
