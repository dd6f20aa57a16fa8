"""The frame around every page of the office: where am I, the menu, runs in progress, the account."""

from __future__ import annotations

from functools import partial
from typing import Any

from litestar import Request

from app.kernel import runs
from app.office.desk import desk
from app.office.entry import host_municipality, office
from app.office.home import kept_books, tasks
from app.office.menu import sections
from app.office.runs import progress
from app.web.render import Account, Link, Shell
from policies.catalogue import ROLES
from policies.enforcer import explain, roles_at
from tenants import registry


async def set_frame(request: Request[Any, Any, Any]) -> None:
    """`before_request` of the office's routers: the frame is made only for pages that are shown whole."""
    if getattr(request.state, "tenant", None) is not None:
        request.state.shell = partial(frame, request)


def frame(request: Request[Any, Any, Any]) -> Shell:
    """The frame inside a tenant."""
    state, here = request.state, desk(request)
    where = [state.tenant.short_name]
    if state.tenant.parent_id is not None:
        with office(request).host.control() as session:
            if host_municipality(request, session) is None:
                where.insert(0, registry.municipality_of(session, state.tenant).short_name)
    path = request.url.path.removeprefix(f"/{here.slug}").rstrip("/")
    titles = dict.fromkeys(ROLES[held.role].title for held in roles_at(state.principal, state.tenant))
    links = [Link("Moje konto", "/konto", "user-circle"), Link("Zmień jednostkę", "/gdzie", "sitemap")]
    if explain(state.principal, None):
        links.append(Link("Panel operatora", "/operator", "settings"))
    books = kept_books(request, here)
    with here.reading() as session:
        running = tuple(progress(here, run) for run in runs.current(session)) if here.may("run", "read") else ()
        waiting = sum(1 for _ in tasks(session, here, books))
    return Shell(
        where=tuple(where),
        account=Account(state.account.name, f"{', '.join(titles)} · {state.tenant.short_name}", tuple(links)),
        menu=sections(here, path),
        switch_url="/gdzie",
        search_url=here.url("/szukaj") if here.may("search", "use") else None,
        runs=running,
        tasks=waiting,
        runs_url=here.url("/przebiegi"),
        tasks_url=here.url(),
        home_url=here.url(),
    )
