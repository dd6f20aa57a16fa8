"""What a person may do where: a role given from day to day, or ended."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from sqlalchemy.orm import Session

from app.kernel.clock import today
from app.kernel.errors import Forbidden, NotFound, Refusal
from app.ops import forms, queries
from app.ops.forms import GRANT_END
from app.ops.pages.people import account_url, known
from app.ops.pages.places import found
from app.ops.panel import HOME, actor, control
from app.web.forms import Form, Posted
from app.web.render import Toast, go, page
from policies import guards
from policies.catalogue import HOST, ROLES
from policies.enforcer import may_give
from tenants.accounts import grants
from tenants.models import Account, Grant, Tenant

GRANT = guards.may("account", "grant")
WHOLE_SYSTEM = "*"
"""In the address instead of a tenant: a role of the deployment itself."""


@get("/konta/{account:uuid}/role", guards=[GRANT], sync_to_thread=True)
def choose(
    request: Request[Any, Any, Any], account: FromPath[UUID], gdzie: FromQuery[str] = "", q: FromQuery[str] = ""
) -> Response[Any]:
    """First where, then which role and from when."""
    with control(request) as session:
        person = known(session, account)
        if gdzie:
            place = _place(session, gdzie)
            form = forms.role(_givable(request, place))
            return _form_page(person, place, form.blank(gdzie=gdzie, since_on=today()))
        tenants = queries.find_places(session, q[:100].strip(), limit=40)
    here = account_url(account, "/role")
    groups = [(None, [found(tenant, f"{here}?gdzie={tenant.slug}") for tenant in tenants])]
    whole = f"{here}?gdzie={WHOLE_SYSTEM}" if _givable(request, None) else None
    return page(
        "ops/where.html", fragment="found", account=person, groups=groups, q=q[:100], whole=whole,
        account_url=account_url, home=HOME,
    )  # fmt: skip


@post("/konta/{account:uuid}/role", guards=[GRANT], sync_to_thread=True)
def give(
    request: Request[Any, Any, Any], account: FromPath[UUID], data: URLEncodedBody[dict[str, Any]]
) -> Response[Any]:
    with control(request) as session:
        person, place = known(session, account), _place(session, str(data.get("gdzie", "")))
    posted = _role_form(request, place).read(data)
    if not posted.ok:
        return _form_page(person, place, posted, status=422)
    asked = posted.values
    try:
        with control(request) as session:
            _, is_new = grants.give(
                session, person, asked["role"], place, actor(request), asked["since_on"], asked["until_on"]
            )
    except Refusal as refusal:
        return _form_page(person, place, posted.refused(refusal), status=422)
    said = "Rola nadana." if is_new else "Ta rola obowiązuje już w tym dniu. Niczego nie zmieniłem."
    return go(account_url(person.id), toast=Toast(said, "success" if is_new else "info"))


@get("/konta/{account:uuid}/role/{grant:uuid}", guards=[GRANT], sync_to_thread=True)
def grant(request: Request[Any, Any, Any], account: FromPath[UUID], grant: FromPath[UUID]) -> Response[Any]:
    with control(request) as session:
        person = known(session, account)
        held, place = _held(session, person, grant)
    return _end_page(person, held, place, GRANT_END.blank())


@post("/konta/{account:uuid}/role/{grant:uuid}", guards=[GRANT], sync_to_thread=True)
def end(
    request: Request[Any, Any, Any],
    account: FromPath[UUID],
    grant: FromPath[UUID],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """At once, or with a last day."""
    with control(request) as session:
        person = known(session, account)
        held, place = _held(session, person, grant)
    posted = GRANT_END.read(data)
    if not posted.ok:
        return _end_page(person, held, place, posted, status=422)
    if not may_give(request.state.principal, held.role, place):
        raise Forbidden("Tej roli nie możesz ani nadać, ani zakończyć.")
    if person.id == request.state.account.id and place is None:
        raise Refusal("To jest Twoja własna rola operatora. Zakończyć ją może inny operator.")
    try:
        with control(request) as session:
            grants.end(session, person, held.role, place, actor(request), posted.values["until_on"])
    except Refusal as refusal:
        return _end_page(person, held, place, posted.refused(refusal), status=422)
    said = "Zapisano ostatni dzień roli." if posted.values["until_on"] else "Rola zakończona."
    return go(account_url(person.id), toast=Toast(said))


def _place(session: Session, slug: str) -> Tenant | None:
    """None for the whole system. Raises `NotFound`."""
    return None if slug == WHOLE_SYSTEM else queries.place(session, slug)


def _held(session: Session, person: Account, grant_id: UUID) -> tuple[Grant, Tenant | None]:
    for held, place in grants.of(session, person):
        if held.id == grant_id:
            return held, place
    raise NotFound("Ta rola już nie obowiązuje.")


def _givable(request: Request[Any, Any, Any], place: Tenant | None) -> list[tuple[str, str]]:
    kind = place.kind if place else HOST
    return [
        (role.name, role.title)
        for role in ROLES.values()
        if kind in role.held_at and may_give(request.state.principal, role.name, place)
    ]


def _role_form(request: Request[Any, Any, Any], place: Tenant | None) -> Form:
    return forms.role(_givable(request, place))


def _form_page(person: Account, place: Tenant | None, posted: Posted, status: int = 200) -> Response[Any]:
    return page(
        "ops/role.html", account=person, place=place, form=posted, account_url=account_url, home=HOME, status=status
    )


def _end_page(person: Account, held: Grant, place: Tenant | None, posted: Posted, status: int = 200) -> Response[Any]:
    return page(
        "ops/grant.html", account=person, place=place, grant=held, title=ROLES[held.role].title, form=posted,
        account_url=account_url, home=HOME, status=status,
    )  # fmt: skip


HANDLERS = [choose, give, grant, end]
