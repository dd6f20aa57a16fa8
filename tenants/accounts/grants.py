"""Roles from day to day: given, ended, and what a person may reach with those in force.

Everything here asks for a day and takes today, Poland's, unless told otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.kernel.clock import today
from app.kernel.errors import NotFound, Refusal
from policies import enforcer
from policies.catalogue import HOST, ROLES
from policies.enforcer import Principal
from tenants import registry
from tenants.fleet import BY_LAW
from tenants.models import Account, Grant, Mandate, Tenant


def principal(session: Session, account: Account, on: date | None = None) -> Principal:
    """The person with every grant in force, and every mandate of the tenants these grants are in."""
    on = on or today()
    grants: dict[UUID | None, set[str]] = {}
    for tenant_id, role in session.execute(
        select(Grant.tenant_id, Grant.role).where(Grant.account_id == account.id, _in_force(on))
    ):
        grants.setdefault(tenant_id, set()).add(role)
    return Principal(
        account.id,
        account.login,
        account.name,
        {tenant_id: frozenset(roles) for tenant_id, roles in grants.items()},
        _mandates(session, [tenant_id for tenant_id in grants if tenant_id is not None], on),
    )


def _mandates(session: Session, holders: list[UUID], on: date) -> dict[UUID, tuple[enforcer.Mandate, ...]]:
    """By served tenant: those a municipality has over its units by law, and those given by a resolution."""
    found: dict[UUID, list[enforcer.Mandate]] = {}
    if not holders:
        return {}
    own = select(Tenant.id, Tenant.parent_id).where(Tenant.parent_id.in_(holders))
    for unit, municipality in session.execute(own):
        assert municipality is not None  # asked for by the query
        found[unit] = [enforcer.Mandate(municipality, scope, basis) for scope, basis in BY_LAW.items()]
    given = select(Mandate.unit_id, Mandate.holder_id, Mandate.scope, Mandate.basis).where(
        Mandate.holder_id.in_(holders), Mandate.since_on <= on, or_(Mandate.until_on.is_(None), Mandate.until_on >= on)
    )
    for unit, holder, scope, basis in session.execute(given.order_by(Mandate.since_on)):
        found.setdefault(unit, []).append(enforcer.Mandate(holder, scope, basis))
    return {unit: tuple(mandates) for unit, mandates in found.items()}


def _in_force(on: date) -> ColumnElement[bool]:
    dated = and_(Grant.since_on <= on, or_(Grant.until_on.is_(None), Grant.until_on >= on))
    return and_(dated, Grant.ended_at.is_(None))


def give(
    session: Session,
    account: Account,
    role: str,
    tenant: Tenant | None,
    actor: str,
    since_on: date | None = None,
    until_on: date | None = None,
) -> tuple[Grant, bool]:
    """From a day (to a day) the person acts in this role; `tenant` None = the deployment itself.

    The grant and whether it is new: the same role in force on that day already is returned as it is.
    Raises Refusal: no such role, not for this kind of tenant, dates the wrong way round.
    """
    since_on = since_on or today()
    if role not in ROLES:
        raise Refusal(f"Nie ma roli „{role[:60]}”. Możliwe: {', '.join(ROLES)}.", "role")
    if (tenant.kind if tenant else HOST) not in ROLES[role].held_at:
        where = tenant.short_name if tenant else "na poziomie całego systemu"
        raise Refusal(f"Roli „{ROLES[role].title}” nie nadaje się tutaj: {where}.", "role")
    if until_on is not None and until_on < since_on:
        raise Refusal("Ostatni dzień nie może być wcześniejszy niż pierwszy.", "until_on")
    tenant_id = tenant.id if tenant else None
    same = and_(Grant.account_id == account.id, Grant.role == role, Grant.tenant_id.is_not_distinct_from(tenant_id))
    # the account's row orders two grants of the same role at once
    session.execute(select(Account.id).where(Account.id == account.id).with_for_update())
    running = session.scalars(select(Grant).where(same, _in_force(since_on))).first()
    if running is not None:
        return running, False
    grant = Grant(
        account_id=account.id, tenant_id=tenant_id, role=role, since_on=since_on, until_on=until_on, granted_by=actor
    )
    session.add(grant)
    session.flush()
    dates = {"since": since_on.isoformat(), "until": until_on.isoformat() if until_on else None}
    _note(session, actor, "grant.add", account, role, tenant, **dates)
    return grant, True


def end(
    session: Session, account: Account, role: str, tenant: Tenant | None, actor: str, until_on: date | None = None
) -> int:
    """End this role of the person here: at once, or with `until_on` as its last day. How many grants ended.

    Raises NotFound when the person does not have it, Refusal when `until_on` is before a grant began.
    """
    tenant_id = tenant.id if tenant else None
    same = and_(Grant.account_id == account.id, Grant.role == role, Grant.tenant_id.is_not_distinct_from(tenant_id))
    last = until_on or today()
    going_on = and_(Grant.ended_at.is_(None), or_(Grant.until_on.is_(None), Grant.until_on >= last))
    running = session.scalars(select(Grant).where(same, going_on).with_for_update()).all()
    if not running:
        raise NotFound(f"Konto „{account.login}” nie ma tutaj roli „{role[:60]}”.", "role")
    for grant in running:
        if until_on is None:
            grant.ended_at = datetime.now(UTC)
        elif until_on < grant.since_on:
            raise Refusal(f"Rola zaczyna obowiązywać dopiero {grant.since_on:%d.%m.%Y}.", "until_on")
        else:
            grant.until_on = until_on
    session.flush()
    _note(session, actor, "grant.end", account, role, tenant, until=until_on.isoformat() if until_on else "now")
    return len(running)


def of(session: Session, account: Account) -> list[tuple[Grant, Tenant | None]]:
    """Grants of a person that are in force or will be, with their tenants; the deployment's own first, then by name."""
    query = (
        select(Grant, Tenant)
        .outerjoin(Tenant, Tenant.id == Grant.tenant_id)
        .where(Grant.account_id == account.id, Grant.ended_at.is_(None))
        .where(or_(Grant.until_on.is_(None), Grant.until_on >= today()))
        .order_by(Tenant.name.nulls_first(), Grant.since_on)
    )
    return [(grant, tenant) for grant, tenant in session.execute(query)]


def by_account(session: Session, accounts: Iterable[Account]) -> dict[UUID, list[tuple[Grant, Tenant | None]]]:
    """`of` for many accounts at once."""
    wanted = [account.id for account in accounts]
    query = (
        select(Grant, Tenant)
        .outerjoin(Tenant, Tenant.id == Grant.tenant_id)
        .where(Grant.account_id.in_(wanted), _in_force(today()))
        .order_by(Tenant.name.nulls_first(), Grant.since_on)
    )
    found: dict[UUID, list[tuple[Grant, Tenant | None]]] = {}
    for grant, tenant in session.execute(query):
        found.setdefault(grant.account_id, []).append((grant, tenant))
    return found


def holding(session: Session, tenant: Tenant, role: str, on: date | None = None) -> list[Account]:
    """Active accounts with this role granted in this tenant, by log-in."""
    query = (
        select(Account)
        .join(Grant, Grant.account_id == Account.id)
        .where(Grant.tenant_id == tenant.id, Grant.role == role, Account.status == "active", _in_force(on or today()))
        .order_by(Account.login)
        .distinct()
    )
    return list(session.scalars(query))


def working(session: Session, tenant: Tenant, on: date | None = None) -> list[Account]:
    """Active accounts with any role granted in this tenant, by name."""
    query = (
        select(Account)
        .join(Grant, Grant.account_id == Account.id)
        .where(Grant.tenant_id == tenant.id, Account.status == "active", _in_force(on or today()))
        .order_by(Account.name, Account.login)
        .distinct()
    )
    return list(session.scalars(query))


def _note(
    session: Session, actor: str, verb: str, account: Account, role: str, tenant: Tenant | None, **details: str | None
) -> None:
    told = {"login": account.login, "role": role, "tenant": tenant.slug if tenant else None, **details}
    registry.note(session, actor, verb, f"account:{account.id}", **told)
