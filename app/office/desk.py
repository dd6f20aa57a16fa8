"""The desk of a request inside a tenant: sessions with the person and their mandate, what they may do, today."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from litestar import Request

from app.kernel.files import Files
from app.office.entry import inside, office
from app.web.desk import Desk
from app.web.words import POLAND
from policies import enforcer


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
        on=datetime.now(POLAND).date(),
        may=partial(_may, request),
        modules=state.modules,
        reading=partial(inside, request, read_only=True),
        writing=partial(inside, request),
        files=Files(office(request).settings.files_root / tenant.schema_name),
        secret=office(request).settings.secret,
    )


def _may(request: Request[Any, Any, Any], obj: str, act: str) -> bool:
    return enforcer.may(request.state.principal, obj, act, request.state.tenant)
