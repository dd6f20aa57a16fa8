"""Notes of the city carried into its units' own schemas, and reminders of the month: each arrives once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.ssc import consolidation
from app.vat.queries import policy
from app.vat.queries.registers.month import stage
from app.vat.queries.settlements import of_return
from app.vat.rules.deadlines import overdue
from app.vat.service import settlements
from tenants import fleet
from tenants.models import Tenant
from tenants.session import Host

SOON_DAYS = 2
"""How long before an internal day a unit hears of it."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What came of one unit: how many were new there, or why it could not be reached."""

    unit: str
    new: int
    error: str | None = None


def deliver(host: Host, city: Tenant, return_id: UUID, on: date, actor: str) -> list[Carried]:
    """The notes of a version to the units they are for; again changes nothing. Units that fail are results."""
    with host.tenant(city, actor, read_only=True) as session:
        found: dict[str, list[Mapping[str, Any]]] = {}
        for one in of_return(session, return_id):
            found.setdefault(one.unit, []).append(
                {
                    "id": one.id, "year": one.month.year, "month": one.month.month, "return_version": one.version,
                    "kind": one.kind, "title": one.title, "issued_on": one.issued_on, "issuer": city.name,
                    "amount": one.amount, "settled": one.settled, "carried_on": one.carried_on,
                    "lines": msgspec.to_builtins(one.lines),
                }
            )  # fmt: skip

    def work(session: Session, tenant: Tenant) -> int:
        return settlements.receive(session, found[tenant.code])

    whom = [one for one in consolidation.units(host, city, on) if one.tenant.code in found]
    return [
        Carried(visit.tenant.code, visit.value or 0, type(visit.error).__name__ if visit.error else None)
        for visit in fleet.visit(host, whom, work, actor)
    ]


def remind(host: Host, city: Tenant, month: Month, on: date, actor: str) -> list[tuple[str, str, str]]:
    """(unit, step, "soon" or "late") of what was said now for the first time."""
    with host.tenant(city, actor, read_only=True) as session:
        dates = policy.policy(session, month).deadlines(month)
    days = {"complete": dates.complete_on, "sign": dates.sign_on}

    def work(session: Session, _: Tenant) -> list[tuple[str, str]]:
        here = stage(session, month)
        if here.state == "published" or not (here.sales or here.purchases):
            return []
        late = overdue(here.state, on, dates)
        step = late or ("complete" if here.state == "open" else "sign")
        kind = "late" if late else "soon"
        if not late and on < days[step] - timedelta(days=SOON_DAYS):
            return []
        return [(step, kind)] if settlements.remind(session, month, step, kind, days[step]) else []

    whom = [one for one in consolidation.units(host, city, on) if one.tenant.status == "active"]
    return [
        (visit.tenant.code, step, kind)
        for visit in fleet.visit(host, whom, work, actor)
        for step, kind in visit.value or []
    ]
