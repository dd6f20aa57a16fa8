"""Who comes in and where: every request of the office has a person, and under `/{slug}/…` a tenant they may enter.

    @get("/{slug:str}/vat", guards=[may("vat.register", "read")])
    def register(request: Request) -> Page:
        with inside(request, read_only=True) as session:
            return page("vat/register.html", rows=queries.rows(session))

`Entry` has put into `request.state`: `account` (its row), `principal`, `log_in` (the session) and `tenant` (its row,
None outside `/{slug}`). A route says otherwise in its `opt`: `public` is for anybody, and nothing of this is there;
`step` is a page of the log-in itself, open before the log-in is complete. A tenant the person cannot reach is answered
like one that does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.config.csrf import CSRFConfig
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, Receive, Scope, Send
from redis import Redis
from sqlalchemy.orm import Session

from app.deployment import Deployment
from app.kernel.clock import today
from app.kernel.errors import Forbidden, NotFound
from app.settings import Settings
from policies.enforcer import Principal, mandate_for, roles_at
from tenants import registry
from tenants.accounts import grants, staff
from tenants.accounts.attempts import Attempts
from tenants.accounts.login import Step, next_step
from tenants.accounts.sessions import LogIn, Sessions, alive
from tenants.models import Account, Tenant
from tenants.session import Host

LOGIN_URL = "/logowanie"
STEP_URLS = {Step.PASSWORD: LOGIN_URL, Step.NEW_PASSWORD: "/haslo"}
NOWHERE = "Nie ma takiej strony albo nie masz do niej dostępu."


@dataclass(frozen=True, slots=True)
class Office:
    """What the door works with; lives in `app.state.office`."""

    host: Host
    settings: Settings
    sessions: Sessions
    attempts: Attempts

    @classmethod
    def of(cls, deployment: Deployment) -> Office:
        redis = Redis.from_url(deployment.redis_url)
        return cls(deployment.host, deployment.settings, Sessions(redis), Attempts(redis))

    @property
    def cookie(self) -> str:
        """The name of the cookie with the session's token; over TLS one that no other host can have set."""
        return "__Host-sesja" if self.settings.cookie_secure else "sesja"

    def who(self, cookies: Mapping[str, str], session: Session) -> tuple[Account, LogIn] | None:
        """The account behind a request's session, while both live; `session` is on the control schema."""
        log_in = self.sessions.find(cookies.get(self.cookie))
        if log_in is None:
            return None
        account = staff.by_id(session, log_in.account_id)
        if account is None or not alive(log_in, account):
            self.sessions.revoke(log_in.account_id, log_in.id)
            return None
        return account, log_in

    def give_cookie(self, response: Response[Any], token: str) -> None:
        """The browser keeps it until it is closed; the server decides how long it opens anything."""
        secure = self.settings.cookie_secure
        response.set_cookie(self.cookie, token, path="/", httponly=True, samesite="lax", secure=secure)

    def take_cookie(self, response: Response[Any]) -> None:
        response.delete_cookie(self.cookie, path="/")


def office(request: Request[Any, Any, Any]) -> Office:
    found: Office = request.app.state.office
    return found


def csrf(settings: Settings) -> CSRFConfig:
    """Every posted form carries a token (`csrf_field()`) that only our pages can read."""
    return CSRFConfig(
        secret=settings.derived_secret("csrf"),
        cookie_name="__Host-csrf" if settings.cookie_secure else "csrf",
        cookie_secure=settings.cookie_secure,
        cookie_httponly=True,
        cookie_samesite="lax",
    )


def inside(request: Request[Any, Any, Any], *, read_only: bool = False) -> AbstractContextManager[Session]:
    """Session in the request's tenant that commits at the end; the person and the mandate they use go to its trail."""
    state = request.state
    mandate = mandate_for(state.principal, state.tenant)
    opened: AbstractContextManager[Session] = office(request).host.tenant(
        state.tenant, state.account.login, mandate=mandate.basis[:120] if mandate else None, read_only=read_only
    )
    return opened


@dataclass(frozen=True, slots=True)
class _Admitted:
    account: Account
    principal: Principal
    log_in: LogIn
    tenant: Tenant | None
    modules: frozenset[str] = frozenset()


class Entry(ASGIMiddleware):
    """Stands before every route of the office."""

    scopes = (ScopeType.HTTP,)
    exclude_opt_key = "public"

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: Request[Any, Any, Any] = Request(scope)
        admitted = await sync_to_thread(_admit, request, scope["path_params"].get("slug"))
        step = next_step(admitted.account, admitted.log_in.passed) if admitted else Step.PASSWORD
        if admitted is None or (step and request.route_handler.opt.get("step") != step):
            await _elsewhere(request, STEP_URLS[step or Step.PASSWORD])(scope, receive, send)
            return
        state = request.state
        state.account, state.principal, state.log_in = admitted.account, admitted.principal, admitted.log_in
        state.tenant, state.modules = admitted.tenant, admitted.modules
        await next_app(scope, receive, send)


def _admit(request: Request[Any, Any, Any], slug: str | None) -> _Admitted | None:
    """None for who is not logged in. Raises NotFound for a tenant out of reach, Forbidden for a suspended one."""
    door = office(request)
    with door.host.control() as session:
        who = door.who(request.cookies, session)
        if who is None:
            return None
        account, log_in = who
        person = grants.principal(session, account)
        if slug is None:
            return _Admitted(account, person, log_in, None)
        tenant = registry.by_slug(session, slug)
        if tenant is None or not roles_at(person, tenant) or not _shown_here(request, session, tenant):
            raise NotFound(NOWHERE)
        modules = registry.modules(session, tenant, today())
    if tenant.status != "active":
        raise Forbidden(
            f"Dostęp do „{tenant.short_name}” jest wstrzymany. Dane są bezpieczne; zapytaj operatora systemu."
        )
    return _Admitted(account, person, log_in, tenant, modules)


def _shown_here(request: Request[Any, Any, Any], session: Session, tenant: Tenant) -> bool:
    municipality = host_municipality(request, session)
    return municipality is None or municipality.id in (tenant.id, tenant.parent_id)


def host_municipality(request: Request[Any, Any, Any], session: Session) -> Tenant | None:
    """The municipality whose own host name was asked; only it and its units are there. None on the common host."""
    return registry.shown_at(session, request.url.hostname or "", office(request).settings.portal_domain)


def _elsewhere(request: Request[Any, Any, Any], url: str) -> ASGIResponse:
    """On to a page of the log-in, and back here afterwards if it was a page that was asked for."""
    htmx = request.headers.get("hx-request") == "true"
    if url == LOGIN_URL and request.method == "GET":
        asked = urlsplit(request.headers.get("hx-current-url", "") if htmx else str(request.url))
        url = f"{url}?dalej={quote(asked.path + (f'?{asked.query}' if asked.query else ''), safe='/')}"
    if htmx:
        return ASGIResponse(status_code=401, headers={"HX-Redirect": url})
    return ASGIResponse(status_code=303, headers={"Location": url})


def local(url: str | None) -> str | None:
    """An address within this site, or None: where a form may send somebody on."""
    if not url or not url.startswith("/") or url.startswith("//") or "\\" in url or any(sign < " " for sign in url):
        return None
    return url[:500]
