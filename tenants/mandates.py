"""Mandates as the provider keeps them: given, ended, listed. Visiting by them is the key ring's (`tenants.fleet`)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from app.kernel.errors import NotFound
from tenants.fleet import BY_LAW, SCOPES, Given, end, grant, in_force
from tenants.models import Mandate, Tenant

__all__ = ["BY_LAW", "SCOPES", "Given", "by_id", "end", "grant", "of"]


def of(session: Session, tenant: Tenant | None, on: date | None = None) -> Sequence[Given]:
    """Mandates the tenant holds or gave, and in a municipality all of its units' too (None: everybody's); the newest
    first. `on`: only those in force on that day.
    """
    query = _both_sides().order_by(Mandate.since_on.desc(), Mandate.id.desc())
    if tenant is not None:
        places = select(Tenant.id).where(or_(Tenant.id == tenant.id, Tenant.parent_id == tenant.id))
        query = query.where(or_(Mandate.holder_id.in_(places), Mandate.unit_id.in_(places)))
    if on is not None:
        query = query.where(in_force(on))
    return [Given(mandate, holder, unit) for mandate, holder, unit in session.execute(query)]


def by_id(session: Session, mandate_id: UUID) -> Given:
    """Raises `NotFound`."""
    row = session.execute(_both_sides().where(Mandate.id == mandate_id)).one_or_none()
    if row is None:
        raise NotFound("Nie ma takiego mandatu.", "mandate")
    mandate, holder, unit = row
    return Given(mandate, holder, unit)


def _both_sides() -> Select[Mandate, Tenant, Tenant]:
    holder, unit = aliased(Tenant), aliased(Tenant)
    return (
        select(Mandate, holder, unit)
        .join(holder, holder.id == Mandate.holder_id)
        .join(unit, unit.id == Mandate.unit_id)
    )
