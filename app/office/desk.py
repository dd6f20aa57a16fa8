"""The desk of a request inside a tenant: sessions with the person and their mandate, what they may do, today."""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Request

from app.kernel.clock import today
from app.kernel.files import Files
from app.office.entry import inside, office
from app.web.desk import Colleague, Desk
from policies import enforcer
from policies.enforcer import Principal
from tenants.accounts import grants
from tenants.mandates import BY_LAW
from tenants.models import Tenant


def desk(request: Request[Any, Any, Any]) -> Desk:
    """The dependency `desk` of every page below `/{slug}`."""
    state = request.state
    tenant = state.tenant
    return Desk(
        slug=tenant.slug,
        code=tenant.code,
        name=tenant.name,
        municipality=tenant.parent_id is None,
        login=state.account.login,
        person=state.account.name,
        on=today(),
        may=partial(_may, request),
        modules=state.modules,
        reading=partial(inside, request, read_only=True),
        writing=partial(inside, request),
        own=bool(state.principal.grants.get(tenant.id)),
        serves=serves(state.principal, tenant),
        colleagues=partial(_colleagues, request),
        files=Files(office(request).settings.files_root / tenant.schema_name),
        secret=office(request).settings.secret,
    )


def _may(request: Request[Any, Any, Any], obj: str, act: str) -> bool:
    return enforcer.may(request.state.principal, obj, act, request.state.tenant)


def serves(person: Principal, tenant: Tenant) -> bool:
    """Whether the person belongs to whoever serves this tenant by a resolution, whatever else they are here."""
    return any(one.basis != BY_LAW.get(one.scope) for one in person.mandates.get(tenant.id, ()))


def _colleagues(request: Request[Any, Any, Any]) -> list[Colleague]:
    """By name; each with what they are besides."""
    tenant = request.state.tenant
    with office(request).host.control() as session:
        people = grants.working(session, tenant)
        return [Colleague(one.login, one.name, serves(grants.principal(session, one), tenant)) for one in people]
