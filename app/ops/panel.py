"""What the operator's pages work with, and the frame around them. A person is let in by the office's `Entry`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any

from litestar import Request
from redis import Redis
from sqlalchemy.orm import Session

from app.deployment import Deployment
from app.web.render import Account, Link, Section, Shell
from policies import enforcer
from policies.catalogue import ROLES
from tenants.accounts.attempts import Attempts
from tenants.accounts.sessions import Sessions
from tenants.session import Host

HOME = "/operator"
MENU = (
    ("Gminy i jednostki", "building-community", HOME, ("tenant", "read")),
    ("Konta", "users", f"{HOME}/konta", ("account", "read")),
    ("Wdrożenie", "stack-2", f"{HOME}/wdrozenie", ("tenant", "upgrade")),
    ("Dziennik", "history", f"{HOME}/dziennik", ("audit", "read")),
)


@dataclass(frozen=True, slots=True)
class Panel:
    """Lives in `app.state.panel`."""

    deployment: Deployment
    redis: Redis
    sessions: Sessions
    attempts: Attempts

    @classmethod
    def of(cls, deployment: Deployment) -> Panel:
        redis = Redis.from_url(deployment.redis_url)
        return cls(deployment, redis, Sessions(redis), Attempts(redis))

    @property
    def host(self) -> Host:
        return self.deployment.host


def panel(request: Request[Any, Any, Any]) -> Panel:
    found: Panel = request.app.state.panel
    return found


def control(request: Request[Any, Any, Any]) -> AbstractContextManager[Session]:
    """A session on the control schema that commits when the block ends well."""
    return panel(request).host.control()


def actor(request: Request[Any, Any, Any]) -> str:
    """Who does it, for the journal."""
    login: str = request.state.account.login
    return login


def may(request: Request[Any, Any, Any], obj: str, act: str) -> bool:
    """Whether the person may do this on the deployment."""
    return enforcer.may(request.state.principal, obj, act, None)


async def set_frame(request: Request[Any, Any, Any]) -> None:
    """`before_request` of the operator's router."""
    request.state.shell = partial(frame, request)


def frame(request: Request[Any, Any, Any]) -> Shell:
    """The office's frame with the operator's own menu."""
    path, account = request.url.path.rstrip("/"), request.state.account
    here = max((href for _, _, href, _ in MENU if path == href or path.startswith(f"{href}/")), key=len, default=HOME)
    items = tuple(
        Link(title, href, icon, active=href == here) for title, icon, href, right in MENU if may(request, *right)
    )
    links = (Link("Moje konto", "/konto", "user-circle"), Link("Gdzie pracuję", "/gdzie", "sitemap"))
    return Shell(
        where=("Operator",),
        account=Account(account.name, ROLES["provider_operator"].title, links),
        menu=(Section(None, items),),
        search_url=f"{HOME}/szukaj" if may(request, "search", "use") else None,
        runs_url=None,
        tasks_url=None,
        home_url=HOME,
    )
