"""The answer to "who may" on a route: `@get("/…", guards=[may("vat.return", "publish")])`.

Before a guard runs, the door has put `principal` and `tenant` (None = the deployment itself) into the connection's
state. A refusal says in Polish which right is missing, which role gives it and who may give that role.
"""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from app.kernel.errors import Forbidden
from policies import enforcer
from policies.catalogue import HOST, RIGHTS, ROLES, UNIT
from policies.enforcer import Ground


class Guard:
    """Lets a request pass when its person may do `act` with `obj` in its tenant; else raises Forbidden."""

    def __init__(self, obj: str, act: str) -> None:
        if (obj, act) not in RIGHTS:
            raise KeyError(f"no role file knows {obj} {act}")
        self.obj = obj
        self.act = act

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        tenant: Ground | None = connection.state.tenant
        if not enforcer.may(connection.state.principal, self.obj, self.act, tenant):
            raise Forbidden(missing(self.obj, self.act, tenant))


def may(obj: str, act: str) -> Guard:
    """A guard for a route, a controller or a router. Raises KeyError for a right that no role file names."""
    return Guard(obj, act)


def rights(handler: BaseRouteHandler) -> tuple[tuple[str, str], ...]:
    """The (object, act) pairs a route asks for, outermost layer first; empty = it must be named public."""
    return tuple((guard.obj, guard.act) for guard in handler.resolve_guards() if isinstance(guard, Guard))


def missing(obj: str, act: str, tenant: Ground | None) -> str:
    """What a person without the right is told: the right, the roles that give it here, and who gives these roles."""
    words = f"Potrzebne jest tu prawo, którego nie masz: {RIGHTS[obj, act]}."
    kind = tenant.kind if tenant else HOST
    roles = enforcer.roles_with(obj, act, kind)
    if not roles:
        where = {HOST: "Na poziomie całego systemu", UNIT: "W jednostce"}.get(kind, "W gminie")
        return f"{words} {where} tej czynności nikt nie wykonuje."
    titles = ", ".join(f"„{ROLES[role].title}”" for role in roles)
    givers = dict.fromkeys(giver for role in roles for giver in ROLES[role].given_by)
    who = " albo ".join(ROLES[giver].title for giver in sorted(givers, key=list(ROLES).index, reverse=True))
    return f"{words} {'Daje je rola' if len(roles) == 1 else 'Dają je role'}: {titles}. Rolę nadaje {who}."
