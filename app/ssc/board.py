"""The month board: where every unit of a city is on its way to the common return, asked live of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.ssc import consolidation
from app.vat.queries import inbox
from app.vat.queries.inbox import Counts
from app.vat.queries.registers.month import Stage, stage
from tenants import fleet
from tenants.models import Tenant
from tenants.session import Host


@dataclass(frozen=True, slots=True)
class UnitMonth:
    """A unit's month. `stage` None: it could not be asked (`error` says why, in Polish)."""

    tenant: Tenant
    stage: Stage | None
    invoices: int
    """Attributed to it in the inbox."""
    due: int
    """Of them not yet in its register (`blocked`: for a reason that needs somebody)."""
    blocked: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """Every unit of the city and what the inbox still holds back for the month."""

    month: Month
    units: tuple[UnitMonth, ...]
    queued: int

    def count(self, state: str) -> int:
        """How many units are at least so far: "completed" counts published ones too."""
        wanted = {"published"} if state == "published" else {"completed", "published"}
        return sum(one.stage is not None and one.stage.state in wanted for one in self.units)


def board(host: Host, city: Tenant, month: Month, on: date, actor: str) -> Board:
    """One read-only transaction a unit; a unit that cannot be asked is a row with its reason."""
    with host.tenant(city, actor, read_only=True) as session:
        counts = inbox.board(session, month)
    whom = consolidation.units(host, city, on)

    def ask(session: Session, _: Tenant) -> Stage:
        return stage(session, month)

    visits = fleet.visit(host, whom, ask, actor, read_only=True, workers=2)
    units = tuple(_unit(visit, [one for one in counts if one.unit_code == visit.tenant.code]) for visit in visits)
    return Board(month, units, sum(one.count for one in counts if one.state == "queued"))


def _unit(visit: fleet.Visit[Stage], counts: Sequence[Counts]) -> UnitMonth:
    error = None if visit.error is None else f"Nie udało się zapytać jednostki ({type(visit.error).__name__})."
    return UnitMonth(
        visit.tenant,
        visit.value,
        sum(one.count for one in counts),
        sum(one.due for one in counts),
        sum(one.blocked for one in counts),
        error,
    )
