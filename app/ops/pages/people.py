"""Accounts of officials: listed, made, given a temporary password (shown once, kept nowhere), suspended."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody
from sqlalchemy.orm import Session

from app.kernel.clock import today
from app.kernel.errors import NotFound, Refusal
from app.ops import queries, verbs
from app.ops.forms import ACCOUNT
from app.ops.panel import HOME, actor, control, may, panel
from app.web.forms import Posted
from app.web.parts import Event
from app.web.render import Toast, go, page
from app.web.tables import Choice, Column, Empty, Table, table_page
from policies import guards
from policies.catalogue import ROLES
from tenants import registry
from tenants.accounts import grants, staff
from tenants.models import Account, Tenant

READ, CREATE = guards.may("account", "read"), guards.may("account", "create")
NO_STORE = {"Cache-Control": "no-store"}
ACCOUNTS = Table(
    "konta",
    "Konta",
    (
        Column("name", "Imię i nazwisko", param="nazwisko", link=lambda row: account_url(row.id)),
        Column("login", "Login", "code", param="login"),
        Column("email", "E-mail", "code", param="email", minor=True),
        Column("roles", "Role", "number", param="role"),
        Column(
            "state", "Stan", "status", param="stan",
            choices=(
                Choice("active", "czynne", "success"),
                Choice("locked", "zablokowane na chwilę", "info", "hourglass"),
                Choice("suspended", "zawieszone", "warning", "lock"),
            ),
        ),
        Column("last_login_at", "Ostatnie logowanie", "instant", param="logowanie"),
        Column("created_at", "Założone", "instant", param="zalozone", minor=True),
    ),
    words=("konto", "konta", "kont"),
    row_key=lambda row: str(row.id),
    order="nazwisko",
    empty=Empty("Nie ma jeszcze kont", "Konto ma każdy, kto się loguje.", "Załóż konto", f"{HOME}/konta/nowe"),
)  # fmt: skip


def account_url(account_id: UUID, part: str = "") -> str:
    return f"{HOME}/konta/{account_id}{part}"


@get("/konta", guards=[READ], sync_to_thread=True)
def list_accounts(request: Request[Any, Any, Any]) -> Response[Any]:
    new = may(request, "account", "create")
    with control(request) as session:
        return table_page(request, ACCOUNTS, queries.accounts(session), "ops/accounts.html", home=HOME, new=new)


@get("/konta/nowe", guards=[CREATE], sync_to_thread=True)
def new_account(request: Request[Any, Any, Any], gdzie: FromQuery[str] = "") -> Response[Any]:
    return _form_page(request, ACCOUNT.blank(gdzie=gdzie[:60]))


@post("/konta/nowe", guards=[CREATE], sync_to_thread=True)
def create(request: Request[Any, Any, Any], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """The account, and its temporary password on the only page that ever shows it."""
    posted = ACCOUNT.read(data)
    if not posted.ok:
        return _form_page(request, posted, status=422)
    asked = posted.values
    try:
        with control(request) as session:
            account, password = staff.create(session, asked["login"], asked["name"], asked["email"], actor(request))
            place = _place(session, asked["gdzie"])
    except Refusal as refusal:
        return _form_page(request, posted.refused(refusal), status=422)
    return _password_page(account, password, is_new=True, place=place)


@get("/konta/{account:uuid}", guards=[READ], sync_to_thread=True)
def account(request: Request[Any, Any, Any], account: FromPath[UUID]) -> Response[Any]:
    """One account: who, where, what was done to it."""
    with control(request) as session:
        found = known(session, account)
        held = grants.of(session, found)
        events = [_event(entry) for entry in queries.history_of(session, found)]
    return page(
        "ops/account.html",
        account=found,
        held=held,
        events=events,
        roles=ROLES,
        today=today(),
        sessions=panel(request).sessions.of(found.id),
        is_own=found.id == request.state.account.id,
        manages=may(request, "account", "create"),
        grants=may(request, "account", "grant"),
        account_url=account_url,
        home=HOME,
    )


@post("/konta/{account:uuid}/haslo", guards=[CREATE], sync_to_thread=True)
def reset(request: Request[Any, Any, Any], account: FromPath[UUID]) -> Response[Any]:
    """A new temporary password; the person is logged out everywhere and unlocked."""
    with control(request) as session:
        found, password = staff.reset(session, known(session, account).id, actor(request))
    panel(request).attempts.forgive(found.login)
    panel(request).sessions.revoke_all(found.id)
    return _password_page(found, password, is_new=False)


@post("/konta/{account:uuid}/zawies", guards=[CREATE], sync_to_thread=True)
def suspend(request: Request[Any, Any, Any], account: FromPath[UUID]) -> Response[Any]:
    if account == request.state.account.id:
        raise Refusal("To jest Twoje konto. Zawiesić je może inny operator.")
    with control(request) as session:
        found = staff.suspend(session, known(session, account).id, actor(request))
    panel(request).sessions.revoke_all(found.id)
    return go(account_url(found.id), toast=Toast("Konto zawieszone. Osoba została wylogowana."))


@post("/konta/{account:uuid}/przywroc", guards=[CREATE], sync_to_thread=True)
def resume(request: Request[Any, Any, Any], account: FromPath[UUID]) -> Response[Any]:
    with control(request) as session:
        found = staff.resume(session, known(session, account).id, actor(request))
    return go(account_url(found.id), toast=Toast("Konto przywrócone."))


def known(session: Session, account_id: UUID) -> Account:
    """Raises `NotFound`."""
    found = staff.by_id(session, account_id)
    if found is None:
        raise NotFound("Nie ma takiego konta.")
    return found


def _place(session: Session, slug: str | None) -> Tenant | None:
    return registry.by_slug(session, slug) if slug else None


def _event(entry: Any) -> Event:
    told = ": ".join(part for part in (verbs.words(entry.verb), verbs.details(entry)) if part)
    return Event(entry.actor, f"– {told}", entry.at, icon=verbs.icon(entry.verb))


def _form_page(request: Request[Any, Any, Any], posted: Posted, status: int = 200) -> Response[Any]:
    with control(request) as session:
        place = _place(session, posted.typed.get("gdzie"))
    return page("ops/new_account.html", form=posted, place=place, home=HOME, status=status)


def _password_page(account: Account, password: str, *, is_new: bool, place: Tenant | None = None) -> Response[Any]:
    roles = account_url(account.id, "/role") + (f"?gdzie={place.slug}" if place else "")
    return page(
        "ops/password.html", account=account, password=password, is_new=is_new, place=place, roles_url=roles,
        account_url=account_url, home=HOME, headers=NO_STORE,
    )  # fmt: skip


HANDLERS = [list_accounts, new_account, create, account, reset, suspend, resume]
