"""The pages of the account itself: logging in and out, the password, sessions, and where one may work.

A log-in is: the password (`log_in`), then whatever `tenants.accounts.login.next_step` still asks for (now a new
password where the old one was temporary; a second factor will be one more), then the office. Every step gets a new
session token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from litestar import Request, Response, Router, get, post
from litestar.params import FromPath, FromQuery, QueryParameter, URLEncodedBody
from sqlalchemy.orm import Session

from app.kernel.errors import NotFound, Refusal
from app.office.entry import LOGIN_URL, STEP_URLS, Office, host_municipality, local, office
from app.web.forms import Field, Form, Posted
from app.web.render import Toast, go, page
from policies.catalogue import ROLES
from policies.enforcer import explain
from tenants.accounts import grants, staff
from tenants.accounts.login import Step, log_in, next_step
from tenants.accounts.reach import Reached, search, tree
from tenants.models import Account

HOME_URL = "/gdzie"
OPERATOR_URL = "/operator"
PUBLIC: dict[str, Any] = {"public": True}
PERSONAL: dict[str, Any] = {"personal": True}
"""About the person themselves, so no right is asked for."""
MOST_FOUND = 60
"""Places the palette shows; the page shows them all."""
_AGENTS = ("Edg", "Firefox", "OPR", "Chrome", "Safari")

LOGIN = Form(
    "logowanie",
    (
        Field("login", "Login", max_length=120, autocomplete="username", hint="Najczęściej adres e-mail."),
        Field("password", "Hasło", kind="password", autocomplete="current-password"),
        Field("dalej", "Dokąd", kind="hidden", required=False, max_length=500),
    ),
)


def _same_twice(values: Mapping[str, Any]) -> Sequence[Refusal]:
    if values["new"] != values["again"]:
        return [Refusal("Oba nowe hasła muszą być takie same.", "again")]
    return []


PASSWORD = Form(
    "haslo",
    (
        Field("current", "Obecne hasło", kind="password", autocomplete="current-password"),
        Field(
            "new", "Nowe hasło", kind="password", autocomplete="new-password",
            hint="Co najmniej 12 znaków. Najlepiej kilka słów, które łatwo zapamiętać, a trudno odgadnąć.",
        ),
        Field("again", "Nowe hasło jeszcze raz", kind="password", autocomplete="new-password"),
    ),
    together=_same_twice,
)  # fmt: skip


@get(LOGIN_URL, opt=PUBLIC, sync_to_thread=True)
def login_page(
    request: Request[Any, Any, Any], then: Annotated[str | None, QueryParameter(name="dalej")] = None
) -> Response[Any]:
    """The form; who is logged in already goes on."""
    door = office(request)
    with door.host.control() as session:
        who = door.who(request.cookies, session)
        if who is not None:
            step = next_step(who[0], who[1].passed)
            return go(STEP_URLS[step] if step else local(then) or _home(request, session, who[0]))
    return _login_form(LOGIN.blank(dalej=local(then)))


@post(LOGIN_URL, opt=PUBLIC, sync_to_thread=True)
def enter(request: Request[Any, Any, Any], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """Check the password; the old session, if there was one, ends and a new one begins."""
    posted = LOGIN.read(data)
    if not posted.ok:
        return _login_form(posted, status=422)
    door, address = office(request), _address(request)
    values = posted.values
    with door.host.control() as session:
        answer = log_in(session, door.attempts, values["login"], values["password"], address)
    if answer.account is None:
        return _login_form(posted.refused(answer.refusal or Refusal("Nie udało się zalogować.")), status=422)
    token = _fresh_session(request, door, answer.account, (Step.PASSWORD,))
    step = next_step(answer.account, (Step.PASSWORD,))
    with door.host.control() as session:
        to = STEP_URLS[step] if step else local(values["dalej"]) or _home(request, session, answer.account)
    made = go(to)
    door.give_cookie(made, token)
    return made


@post("/wyloguj", opt=PUBLIC, sync_to_thread=True)
def leave(request: Request[Any, Any, Any]) -> Response[Any]:
    door = office(request)
    if token := request.cookies.get(door.cookie):
        door.sessions.close(token)
    made = go(LOGIN_URL, toast=Toast("Wylogowano."))
    door.take_cookie(made)
    return made


@get("/haslo", opt=PERSONAL | {"step": Step.NEW_PASSWORD}, sync_to_thread=False)
def password_page(request: Request[Any, Any, Any]) -> Response[Any]:
    return _password_form(request, PASSWORD.blank())


@post("/haslo", opt=PERSONAL | {"step": Step.NEW_PASSWORD}, sync_to_thread=True)
def change_password(request: Request[Any, Any, Any], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """Every session of the person ends, this one begins anew."""
    posted = PASSWORD.read(data)
    if not posted.ok:
        return _password_form(request, posted, status=422)
    door, account, address = office(request), request.state.account, _address(request)
    # a stolen session must not be a place to guess the password
    if door.attempts.take(account.login, address):
        told = Refusal("Zbyt wiele nieudanych prób. Odczekaj kilka minut i spróbuj ponownie.", "current")
        return _password_form(request, posted.refused(told), status=422)
    history = door.settings.password_history
    try:
        with door.host.control() as session:
            values = posted.values
            account = staff.change_password(session, account.id, values["current"], values["new"], history=history)
    except Refusal as refusal:
        if refusal.field != "current":
            door.attempts.forgive(account.login, address)
        return _password_form(request, posted.refused(refusal), status=422)
    door.attempts.forgive(account.login, address)
    door.sessions.revoke_all(account.id)
    token = _fresh_session(request, door, account, request.state.log_in.passed)
    made = go(HOME_URL, toast=Toast("Hasło zmienione. Pozostałe sesje zostały zakończone."))
    door.give_cookie(made, token)
    return made


@get("/konto", opt=PERSONAL, sync_to_thread=True)
def account_page(request: Request[Any, Any, Any]) -> Response[Any]:
    """Who I am, where I am logged in, what I may do where."""
    door, state = office(request), request.state
    with door.host.control() as session:
        held = [
            (ROLES[grant.role].title, tenant.name if tenant else "cały system", grant)
            for grant, tenant in grants.of(session, state.account)
        ]
        return page(
            "office/account.html",
            account=state.account,
            sessions=door.sessions.of(state.account.id),
            current=state.log_in.id,
            agent=_agent,
            held=held,
            back=_home(request, session, state.account),
        )


@post("/konto/sesje/{id:str}/zakoncz", opt=PERSONAL, sync_to_thread=True)
def end_session(request: Request[Any, Any, Any], id: FromPath[str]) -> Response[Any]:
    door, state = office(request), request.state
    if id == state.log_in.id:
        raise Refusal("To jest sesja, z której korzystasz. Aby ją zakończyć, wyloguj się.")
    if not door.sessions.revoke(state.account.id, id):
        raise NotFound("Tej sesji już nie ma.")
    return go("/konto", toast=Toast("Sesja zakończona."))


@get(HOME_URL, opt=PERSONAL, sync_to_thread=True)
def where(request: Request[Any, Any, Any], q: FromQuery[str] = "") -> Response[Any]:
    """Places one may enter: a page, or for the palette only what was found."""
    with office(request).host.control() as session:
        places = _places(request, session)
    found = search(places, q[:100]) if q.strip() else places
    return page(
        "office/where.html",
        fragment="found",
        q=q[:100],
        places=found,
        total=sum(_count(top) for top in places),
        groups=_groups(found),
        operator=OPERATOR_URL if explain(request.state.principal, None) else None,
        titles=_titles,
        name=request.state.account.name,
    )


def _login_form(posted: Posted, status: int = 200) -> Response[Any]:
    return page("office/login.html", form=posted, status=status, headers={"Cache-Control": "no-store"})


def _password_form(request: Request[Any, Any, Any], posted: Posted, status: int = 200) -> Response[Any]:
    account = request.state.account
    forced = account.must_change_password
    return page("office/password.html", form=posted, forced=forced, login=account.login, status=status)


def _fresh_session(request: Request[Any, Any, Any], door: Office, account: Account, passed: tuple[str, ...]) -> str:
    if old := request.cookies.get(door.cookie):
        door.sessions.close(old)
    return door.sessions.open(account, passed, _address(request), request.headers.get("user-agent", ""))


def _home(request: Request[Any, Any, Any], session: Session, account: Account) -> str:
    """The only place there is, the provider's panel, or the list to choose from."""
    person = grants.principal(session, account)
    places = [place for top in tree(session, person) for place in (top, *top.units) if place.open]
    host = host_municipality(request, session)
    if host is not None:
        places = [place for place in places if host.id in (place.tenant.id, place.tenant.parent_id)]
    if len(places) == 1:
        return f"/{places[0].tenant.slug}"
    return OPERATOR_URL if not places and explain(person, None) else HOME_URL


def _places(request: Request[Any, Any, Any], session: Session) -> list[Reached]:
    host = host_municipality(request, session)
    return [top for top in tree(session, request.state.principal) if host is None or top.tenant.id == host.id]


def _count(top: Reached) -> int:
    return sum(place.open for place in (top, *top.units))


def _groups(places: list[Reached]) -> list[tuple[str, list[dict[str, Any]]]]:
    """For `ui.found`: one group a municipality, only what opens, and no more than a list can be read."""
    groups, left = [], MOST_FOUND
    for top in places:
        items = [_item(place, depth) for depth, place in ((0, top), *((1, unit) for unit in top.units)) if place.open]
        groups.append((top.tenant.name, items[:left]))
        left -= len(items[:left])
    return groups


def _item(place: Reached, depth: int) -> dict[str, Any]:
    tenant = place.tenant
    return {
        "title": tenant.name,
        "href": f"/{tenant.slug}",
        "icon": "building-community" if depth == 0 else "building",
        "sub": _titles(place),
        "side": f"NIP {tenant.nip}" if tenant.nip else tenant.code,
        "depth": depth,
        "active": False,
    }


def _titles(place: Reached) -> str:
    """ "skarbnik, kierownik jednostki": the roles the person has there."""
    return ", ".join(dict.fromkeys(ROLES[held.role].title for held in place.roles))


def _address(request: Request[Any, Any, Any]) -> str:
    return request.client.host if request.client else "local"


def _agent(text: str) -> str:
    """The browser's name out of its long self-description."""
    found = next((name for name in _AGENTS if name in text), None)
    return {"Edg": "Edge", "OPR": "Opera", None: "inny program"}.get(found, found or "")


def routes() -> Router:
    """Everything here, at the root of the site."""
    handlers = [login_page, enter, leave, password_page, change_password, account_page, end_session, where]
    return Router("/", route_handlers=handlers, include_in_schema=False)
