"""What changed between two versions of the return, down to the rows: asked of the units whose publication differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.kernel.errors import Refusal
from app.vat.queries import returns
from app.vat.queries.registers.versions import RowChange, changes
from app.vat.queries.returns import Change, UnitPart
from tenants import fleet
from tenants.models import Tenant
from tenants.session import Host

MOST_ROWS = 500
"""Of one unit; more are counted."""


@dataclass(frozen=True, slots=True)
class UnitRows:
    """Rows of one unit added, removed or changed; `more` beyond `MOST_ROWS`; `error`: why it was not asked."""

    unit: str
    rows: tuple[RowChange, ...]
    more: int = 0
    error: str | None = None


def rows(host: Host, city: Tenant, whom: Sequence[fleet.Served], change: Change, actor: str) -> list[UnitRows]:
    """Of every unit that is in both versions with another publication, in the order of their codes."""
    with host.tenant(city, actor, read_only=True) as session:
        olds, news = (_by_unit(returns.parts(session, made)) for made in (change.before, change.after))
    pairs = {
        unit: (olds[unit].publication_id, part.publication_id)
        for unit, part in news.items()
        if unit in olds and olds[unit].publication_id != part.publication_id
    }

    def ask(session: Session, tenant: Tenant) -> tuple[RowChange, ...]:
        return changes(session, *pairs[tenant.code]).rows

    visits = fleet.visit(host, [one for one in whom if one.tenant.code in pairs], ask, actor, read_only=True)
    return [_found(visit) for visit in visits]


def _by_unit(parts: Sequence[UnitPart]) -> dict[str, UnitPart]:
    return {part.unit: part for part in parts}


def _found(visit: fleet.Visit[tuple[RowChange, ...]]) -> UnitRows:
    if visit.value is None:
        error = visit.error.message if isinstance(visit.error, Refusal) else "Nie udało się zapytać jednostki."
        return UnitRows(visit.tenant.code, (), error=error)
    return UnitRows(visit.tenant.code, visit.value[:MOST_ROWS], max(0, len(visit.value) - MOST_ROWS))
