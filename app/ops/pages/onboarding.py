"""A municipality or a unit made from a form; what was made and what comes next."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody

from app.kernel.errors import Refusal
from app.ops import founding, queries
from app.ops.forms import CITY, UNIT
from app.ops.founding import Founded
from app.ops.pages.places import place_url
from app.ops.panel import HOME, actor, control, panel
from app.web import colours
from app.web.forms import Posted
from app.web.render import go, page
from policies.guards import may
from tenants import registry, teryt
from tenants.models import Kind, Tenant
from tenants.registry import TenantData, slug_from

CREATE = may("tenant", "create")


@get("/nowa-gmina", guards=[CREATE], sync_to_thread=True)
def new_city(request: Request[Any, Any, Any], q: FromQuery[str] = "", kod: FromQuery[str] = "") -> Response[Any]:
    """Looked for in the register of municipalities by `q`, or with what it says of `kod` filled in."""
    if kod:
        one = teryt.known(kod)
        known = {"teryt": one.code, "name": one.name, "short_name": one.office, "code": one.office_code}
        return _city_form(request, CITY.blank(**known, slug=teryt.slug(one), city=one.town), chosen=True)
    return _city_form(request, CITY.blank(code="UM"), q=q[:100])


@post("/nowa-gmina", guards=[CREATE], sync_to_thread=True)
def found_city(request: Request[Any, Any, Any], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """Makes it; the same form again changes nothing and says so."""
    posted = CITY.read(data)
    if not posted.ok:
        return _city_form(request, posted, status=422)
    values = dict(posted.values)
    tax_office, colour = values.pop("tax_office"), values.pop("colour")
    slug = values.pop("slug") or slug_from(values["name"])
    try:
        brand = {"colour": colours.brand(colour)} if colour else {}
        made = founding.municipality(
            panel(request).host, TenantData(slug=slug, brand=brand, **values), tax_office, actor(request)
        )
    except Refusal as refusal:
        return _city_form(request, posted.refused(refusal), status=422)
    return _founded(made)


@get("/gminy/{place:str}/nowa-jednostka", guards=[CREATE], sync_to_thread=True)
def new_unit(request: Request[Any, Any, Any], place: FromPath[str]) -> Response[Any]:
    city = _city(request, place)
    return _unit_form(city, UNIT.blank(postal_code=city.postal_code, city=city.city))


@post("/gminy/{place:str}/nowa-jednostka", guards=[CREATE], sync_to_thread=True)
def found_unit(
    request: Request[Any, Any, Any], place: FromPath[str], data: URLEncodedBody[dict[str, Any]]
) -> Response[Any]:
    """Makes it; the same form again changes nothing and says so."""
    city = _city(request, place)
    posted = UNIT.read(data)
    if not posted.ok:
        return _unit_form(city, posted, status=422)
    values = dict(posted.values)
    slug = values.pop("slug") or f"{city.slug}-{slug_from(values['code'])}"[:60].strip("-")
    try:
        made = founding.unit(panel(request).host, city, TenantData(slug=slug, **values), actor(request))
    except Refusal as refusal:
        return _unit_form(city, posted.refused(refusal), status=422)
    return _founded(made)


@get("/gminy/{place:str}/zalozona", guards=[may("tenant", "read")], sync_to_thread=True)
def founded(request: Request[Any, Any, Any], place: FromPath[str], bylo: FromQuery[str] = "") -> Response[Any]:
    """What was made, or that it was there already, and the next steps."""
    with control(request) as session:
        tenant = queries.place(session, place)
        city = registry.municipality_of(session, tenant)
    steps = _steps(tenant, city)
    return page("ops/founded.html", tenant=tenant, city=city, before=bylo, steps=steps, place_url=place_url)


def _founded(made: Founded) -> Response[Any]:
    said = "" if made.is_new else "?bylo=uzupelnione" if made.completed else "?bylo=bez-zmian"
    return go(place_url(made.tenant.slug, f"/zalozona{said}"))


def _steps(tenant: Tenant, city: Tenant) -> list[tuple[str, str, str, str]]:
    """What to do next: icon, title, words, address."""
    account = ("user", f"{HOME}/konta/nowe?gdzie={tenant.slug}")
    mandate = (
        "rubber-stamp", "Zapisz mandaty",
        "Kto kogo obsługuje i na podstawie jakiej uchwały. Mandat gminy do VAT jej jednostek wynika z ustawy.",
        place_url(city.slug, "/mandaty"),
    )  # fmt: skip
    if tenant.kind == Kind.UNIT:
        head = "Kierownik jednostki podpisuje miesiąc, pracownik prowadzi rejestr."
        another = "Jednostki można też wczytać z pliku poleceniem magistrat unit create."
        return [
            (account[0], "Załóż konto kierownika", head, account[1]),
            mandate,
            ("building", "Załóż następną jednostkę", another, place_url(city.slug, "/nowa-jednostka")),
        ]
    treasurer = "Skarbnik odpowiada za zbiorczą deklarację VAT i nadaje role w urzędzie."
    return [
        (account[0], "Załóż konto skarbnika", treasurer, account[1]),
        (
            "building", "Załóż jednostki", "Szkoły, ośrodki, zakłady: każda dostaje własną bazę i rejestr.",
            place_url(tenant.slug, "/nowa-jednostka"),
        ),
        mandate,
    ]  # fmt: skip


def _city(request: Request[Any, Any, Any], place: str) -> Tenant:
    with control(request) as session:
        return registry.municipality_of(session, queries.place(session, place))


def _city_form(
    request: Request[Any, Any, Any], posted: Posted, q: str = "", chosen: bool = False, status: int = 200
) -> Response[Any]:
    found = teryt.find(q)
    with control(request) as session:
        here = queries.slugs_by_teryt(session, [one.code for one in found])
    told: dict[str, Any] = {"q": q, "chosen": chosen, "found": found, "here": here, "register_on": teryt.state_on()}
    return page(
        "ops/new_city.html", fragment="found", form=posted, home=HOME, place_url=place_url, status=status, **told
    )


def _unit_form(city: Tenant, posted: Posted, status: int = 200) -> Response[Any]:
    return page("ops/new_unit.html", form=posted, city=city, place_url=place_url, status=status)


HANDLERS = [new_city, found_city, new_unit, found_unit, founded]
