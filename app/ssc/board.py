"""The month board: where every unit of a city is on its way to the common return, and what it is late with."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.kernel.dates import Month
from app.ssc import consolidation, drafts
from app.vat.queries import inbox, policy
from app.vat.queries.drafts import UnitDraft
from app.vat.queries.drafts import drafts as unit_drafts
from app.vat.queries.inbox import Counts
from app.vat.queries.registers.month import Stage
from app.vat.rules.deadlines import Deadlines, overdue
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
    late: str | None = None
    """The step whose internal day has passed: "complete" or "sign"."""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """Every unit of the city and what the inbox still holds back for the month, as asked at `asked_at`."""

    month: Month
    units: tuple[UnitMonth, ...]
    queued: int
    dates: Deadlines
    asked_at: datetime | None

    def count(self, state: str) -> int:
        """How many units are at least so far: "completed" counts published ones too."""
        wanted = {"published"} if state == "published" else {"completed", "published"}
        return sum(one.stage is not None and one.stage.state in wanted for one in self.units)

    @property
    def late(self) -> int:
        """How many units are behind an internal day."""
        return sum(one.late is not None for one in self.units)


def board(host: Host, city: Tenant, month: Month, on: date, actor: str, older_than: int = 0) -> Board:
    """From the projection of the units' months, asked anew when it is older than so many seconds.

    A unit that cannot be asked is a row with its reason.
    """
    drafts.refresh(host, city, month, on, actor, older_than)
    whom = consolidation.units(host, city, on)
    with host.tenant(city, actor, read_only=True) as session:
        counts = inbox.board(session, month)
        dates = policy.policy(session, month).deadlines(month)
        found = {one.unit: one for one in unit_drafts(session, month)}
    units = tuple(
        _unit(one.tenant, found.get(one.tenant.code), [c for c in counts if c.unit_code == one.tenant.code], on, dates)
        for one in sorted(whom, key=lambda one: _place(one.tenant.code))
    )
    queued = sum(one.count for one in counts if one.state == "queued")
    return Board(month, units, queued, dates, min((one.asked_at for one in found.values()), default=None))


def _place(code: str) -> list[tuple[int, str]]:
    """Where a code stands among others: SP2 before SP10."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in re.split("([0-9]+)", code)]


def _unit(tenant: Tenant, draft: UnitDraft | None, counts: Sequence[Counts], on: date, dates: Deadlines) -> UnitMonth:
    stage = draft.stage if draft else None
    return UnitMonth(
        tenant,
        stage,
        sum(one.count for one in counts),
        sum(one.due for one in counts),
        sum(one.blocked for one in counts),
        overdue(stage.state, on, dates) if stage else None,
        draft.error if draft else "Jednostki jeszcze nie zapytano.",
    )
