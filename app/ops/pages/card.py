"""One tenant: its data, host names, modules, access, history; each change is a form of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from sqlalchemy.orm import Session

from app.kernel.clock import today
from app.kernel.errors import Refusal
from app.ops import founding, queries, verbs
from app.ops.forms import DOMAIN, EDIT_CITY, EDIT_UNIT, LAST_DAY, MODULE
from app.ops.pages.places import KINDS, STATES, place_url
from app.ops.panel import HOME, actor, control, may, panel
from app.web import colours
from app.web.forms import Form, Posted
from app.web.parts import Event
from app.web.render import Link, Page, Toast, go, page
from app.web.tables import Column, Empty, Table, download
from policies import guards
from policies.catalogue import ROLES
from tenants import registry
from tenants.models import HostEvent, Kind, Tenant
from tenants.registry import MODULES

EDIT, READ, SUSPEND = guards.may("tenant", "edit"), guards.may("tenant", "read"), guards.may("tenant", "suspend")


def units_table(city: Tenant) -> Table:
    """The units of one municipality."""
    first = Empty(
        "Ta gmina nie ma jeszcze jednostek", "Urząd działa bez nich; szkoły i ośrodki załóż tutaj.",
        "Załóż jednostkę", place_url(city.slug, "/nowa-jednostka"), "building",
    )  # fmt: skip
    return Table(
        "jednostki",
        "Jednostki",
        (
            Column("name", "Nazwa", param="nazwa", link=lambda row: place_url(row.slug)),
            Column("code", "Kod", "code", param="kod"),
            Column("nip", "NIP", "code"),
            Column("internal_id", "IDWew", "code", param="idwew"),
            Column("status", "Stan", "status", param="stan", choices=STATES),
            Column("created_at", "Założona", "instant", param="zalozona", minor=True),
        ),
        words=("jednostka", "jednostki", "jednostek"),
        row_key=lambda row: str(row.slug),
        order="nazwa",
        empty=first,
    )


@get("/gminy/{place:str}", guards=[READ], sync_to_thread=True)
def card(request: Request[Any, Any, Any], place: FromPath[str]) -> Response[Any]:
    return _card(request, place)


@get("/gminy/{place:str}/jednostki", guards=[READ], sync_to_thread=True)
def units(request: Request[Any, Any, Any], place: FromPath[str]) -> Response[Any]:
    with control(request) as session:
        city = registry.municipality_of(session, queries.place(session, place))
        table = units_table(city)
        query = table.query(request.query_params, request.url.path)
        source = queries.places(session, city)
        if query.export:
            return download(query, source)
        view = table.view(query, source)
        new = may(request, "tenant", "create")
        return shown(request, session, city, "units", fragment="table", view=view, new=new)


@get("/gminy/{place:str}/historia", guards=[READ, guards.may("audit", "read")], sync_to_thread=True)
def history(request: Request[Any, Any, Any], place: FromPath[str]) -> Response[Any]:
    with control(request) as session:
        tenant = queries.place(session, place)
        events = [_event(entry) for entry in queries.history(session, tenant)]
        return shown(request, session, tenant, "history", events=events)


@get("/gminy/{place:str}/dane", guards=[EDIT], sync_to_thread=True)
def data(request: Request[Any, Any, Any], place: FromPath[str]) -> Response[Any]:
    with control(request) as session:
        tenant = queries.place(session, place)
        known = {field.name: getattr(tenant, field.name, None) for field in _form(tenant).fields}
        known["colour"] = tenant.brand.get("colour")
        return shown(request, session, tenant, "data", form=_form(tenant).blank(**known))


@post("/gminy/{place:str}/dane", guards=[EDIT], sync_to_thread=True)
def change(
    request: Request[Any, Any, Any], place: FromPath[str], data: URLEncodedBody[dict[str, Any]]
) -> Response[Any]:
    """The tenant's row and the city's directory say the new data from now on."""
    with control(request) as session:
        tenant = queries.place(session, place)
    posted = _form(tenant).read(data)
    if posted.ok:
        values = dict(posted.values)
        try:
            if "colour" in values:
                values["brand"] = _brand(tenant, values.pop("colour"))
            changed = founding.change(panel(request).host, tenant, values, None, actor(request))
        except Refusal as refusal:
            posted = posted.refused(refusal)
        else:
            said = Toast("Zapisano." if changed else "Dane są takie same. Niczego nie zmieniłem.", "success")
            return go(place_url(tenant.slug), toast=said)
    with control(request) as session:
        return shown(request, session, tenant, "data", status=422, form=posted)


@post("/gminy/{place:str}/hosty", guards=[EDIT], sync_to_thread=True)
def add_host(
    request: Request[Any, Any, Any], place: FromPath[str], data: URLEncodedBody[dict[str, Any]]
) -> Response[Any]:
    posted = DOMAIN.read(data)

    def act(session: Session, tenant: Tenant) -> str:
        is_new = registry.add_domain(session, tenant, posted.values["host"], actor(request))
        return "Portal odpowiada też pod tą nazwą." if is_new else "Ta nazwa była już dodana. Niczego nie zmieniłem."

    return _act(request, place, posted, act, lambda refused: _card(request, place, host=refused))


def _act(
    request: Request[Any, Any, Any],
    place: str,
    posted: Posted,
    act: Callable[[Session, Tenant], str],
    again: Callable[[Posted], Response[Any]],
) -> Response[Any]:
    """What `act` does to the tenant and says; `again` is the card with the form that was refused."""
    if posted.ok:
        try:
            with control(request) as session:
                said = act(session, queries.place(session, place))
        except Refusal as refusal:
            posted = posted.refused(refusal)
        else:
            return go(place_url(place), toast=Toast(said))
    return again(posted)


@post("/gminy/{place:str}/hosty/usun", guards=[EDIT], sync_to_thread=True)
def remove_host(
    request: Request[Any, Any, Any], place: FromPath[str], data: URLEncodedBody[dict[str, str]]
) -> Response[Any]:
    with control(request) as session:
        registry.remove_domain(session, queries.place(session, place), data.get("host", ""), actor(request))
    return go(place_url(place), toast=Toast("Portal nie odpowiada już pod tą nazwą."))


@post("/gminy/{place:str}/moduly", guards=[EDIT], sync_to_thread=True)
def switch_on(
    request: Request[Any, Any, Any], place: FromPath[str], data: URLEncodedBody[dict[str, Any]]
) -> Response[Any]:
    posted = MODULE.read(data)

    def act(session: Session, tenant: Tenant) -> str:
        changed = _switch_on(session, tenant, posted.values, actor(request))
        return "Moduł włączony." if changed else "Moduł jest już włączony w tym dniu. Niczego nie zmieniłem."

    return _act(request, place, posted, act, lambda refused: _card(request, place, module=refused))


def _switch_on(session: Session, tenant: Tenant, asked: Any, by: str) -> bool:
    if asked["until_on"] is not None and asked["until_on"] < asked["since_on"]:
        raise Refusal("Ostatni dzień nie może być wcześniejszy niż pierwszy.", "until_on")
    if asked["module"] in registry.modules(session, tenant, asked["since_on"]):
        return False
    return registry.switch_on(session, tenant, asked["module"], asked["since_on"], by, asked["until_on"])


@post("/gminy/{place:str}/moduly/{module:str}/wylacz", guards=[EDIT], sync_to_thread=True)
def switch_off(
    request: Request[Any, Any, Any],
    place: FromPath[str],
    module: FromPath[str],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    posted = LAST_DAY.read(data)

    def act(session: Session, tenant: Tenant) -> str:
        registry.switch_off(session, tenant, module, posted.values["until_on"], actor(request))
        return "Zapisano ostatni dzień modułu."

    return _act(request, place, posted, act, lambda refused: _card(request, place, closing={module: refused}))


@post("/gminy/{place:str}/wstrzymaj", guards=[SUSPEND], sync_to_thread=True)
def suspend(request: Request[Any, Any, Any], place: FromPath[str]) -> Response[Any]:
    return _become(request, place, "suspended", "Dostęp wstrzymany. Dane są bezpieczne, nikt się nie zaloguje.")


@post("/gminy/{place:str}/przywroc", guards=[SUSPEND], sync_to_thread=True)
def resume(request: Request[Any, Any, Any], place: FromPath[str]) -> Response[Any]:
    return _become(request, place, "active", "Dostęp przywrócony.")


def _become(request: Request[Any, Any, Any], place: str, status: str, said: str) -> Response[Any]:
    with control(request) as session:
        registry.set_status(session, queries.place(session, place), status, actor(request))
    return go(place_url(place), toast=Toast(said))


def _form(tenant: Tenant) -> Form:
    return EDIT_CITY if tenant.kind == Kind.MUNICIPALITY else EDIT_UNIT


def _brand(tenant: Tenant, colour: str | None) -> dict[str, Any]:
    kept = {key: value for key, value in tenant.brand.items() if key != "colour"}
    return kept | ({"colour": colours.brand(colour, "colour")} if colour else {})


def _event(entry: HostEvent) -> Event:
    told = ": ".join(part for part in (verbs.words(entry.verb), verbs.details(entry)) if part)
    return Event(entry.actor, f"– {told}", entry.at, changes=verbs.changes(entry), icon=verbs.icon(entry.verb))


def _card(
    request: Request[Any, Any, Any],
    place: str,
    host: Posted | None = None,
    module: Posted | None = None,
    closing: dict[str, Posted] | None = None,
) -> Response[Any]:
    """The first part of the card; with a form that was refused it is shown with what was typed."""
    with control(request) as session:
        tenant = queries.place(session, place)
        on, settings = today(), panel(request).deployment.settings
        own_host = f"{tenant.slug}.{settings.portal_domain}"
        return shown(
            request,
            session,
            tenant,
            "card",
            status=422 if host or module or closing else 200,
            hosts=registry.domains(session, tenant),
            own_host=own_host,
            portal_url=_at(settings.public_url, own_host),
            host_form=host or DOMAIN.blank(),
            switches=registry.switches(session, tenant),
            open_now=registry.modules(session, tenant, on),
            module_form=module or MODULE.blank(since_on=on),
            closing=closing or {},
            last_day=LAST_DAY.blank(until_on=on),
            modules=MODULES,
            people=queries.people_of(session, tenant),
            roles=ROLES,
            today=on,
        )


def _at(public_url: str, host_name: str) -> str:
    """The same scheme and port at another host name."""
    common = urlsplit(public_url)
    return urlunsplit((common.scheme, f"{host_name}:{common.port}" if common.port else host_name, "/", "", ""))


def shown(
    request: Request[Any, Any, Any], session: Session, tenant: Tenant, part: str, *, status: int = 200, **context: Any
) -> Page:
    """One part of a tenant's card, in the frame that all parts share."""
    city = registry.municipality_of(session, tenant)
    units = len(registry.units_of(session, tenant)) if tenant.kind == Kind.MUNICIPALITY else None
    parts: list[tuple[str, str, str, int | None]] = [
        ("card", "", "Dane", None),
        ("mandates", "/mandaty", "Mandaty", None),
    ]
    if units is not None:
        parts.insert(1, ("units", "/jednostki", "Jednostki", units))
    if may(request, "audit", "read"):
        parts.append(("history", "/historia", "Historia", None))
    tabs = [Link(title, place_url(tenant.slug, path), None, part == name, badge) for name, path, title, badge in parts]
    rights = {act: may(request, "tenant", act) for act in ("create", "edit", "suspend")}
    return page(
        f"ops/{part}.html",
        status=status,
        tenant=tenant,
        city=city,
        tabs=tabs,
        rights=rights,
        home=HOME,
        place_url=place_url,
        kind=next(one.label for one in KINDS if one.code == tenant.kind),
        state=next(one for one in STATES if one.code == tenant.status),
        **context,
    )


HANDLERS = [
    card, units, history, data, change, add_host, remove_host, switch_on, switch_off, suspend, resume,
]  # fmt: skip
