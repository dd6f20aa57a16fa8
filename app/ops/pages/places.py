"""The list of municipalities and their units, and the search over everything the operator knows."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromQuery

from app.ops import queries
from app.ops.panel import HOME, control, may
from app.web.parts import Found
from app.web.render import page
from app.web.tables import Choice, Column, Empty, Table, download
from policies import guards
from tenants.models import Kind, Tenant

KINDS = (Choice("municipality", "gmina"), Choice("unit", "jednostka"))
STATES = (
    Choice("active", "działa", "success"),
    Choice("suspended", "wstrzymana", "warning", "lock"),
)
PLACES = Table(
    "podmioty",
    "Gminy i jednostki",
    (
        Column("name", "Nazwa", "custom", param="nazwa"),
        Column("kind", "Rodzaj", param="rodzaj", choices=KINDS),
        Column("units", "Jednostki", "number", param="jednostki"),
        Column("code", "Kod", "code", param="kod"),
        Column("nip", "NIP", "code"),
        Column("teryt", "TERYT", "code"),
        Column("status", "Stan", "status", param="stan", choices=STATES),
        Column("cell", "Komórka bazy", "code", param="komorka", minor=True),
        Column("created_at", "Założona", "instant", param="zalozona", minor=True),
    ),
    words=("podmiot", "podmioty", "podmiotów"),
    row_key=lambda row: str(row.slug),
    row_tone=lambda row: "warning" if row.status == "suspended" else None,
    order="nazwa",
    size=100,
    empty=Empty(
        "Nie ma jeszcze żadnej gminy",
        "Załóż pierwszą: dostanie własną bazę, portal i miejsce na jednostki.",
        "Załóż gminę",
        f"{HOME}/nowa-gmina",
        "building-community",
    ),
)


def place_url(slug: str, part: str = "") -> str:
    """The address of a tenant's card or of one part of it."""
    return f"{HOME}/gminy/{slug}{part}"


@get("/", guards=[guards.may("tenant", "read")], sync_to_thread=True)
def list_places(request: Request[Any, Any, Any]) -> Response[Any]:
    """Every tenant: municipalities by name, each followed by its units."""
    query = PLACES.query(request.query_params, HOME)
    with control(request) as session:
        source = queries.places(session)
        if query.export:
            return download(query, source)
        view, totals = PLACES.view(query, source), queries.totals(session)
    new = may(request, "tenant", "create")
    return page("ops/places.html", fragment="table", view=view, totals=totals, new=new, place_url=place_url)


@get("/szukaj", guards=[guards.may("search", "use")], sync_to_thread=True)
def search(request: Request[Any, Any, Any], q: FromQuery[str] = "") -> Response[Any]:
    """What the palette shows: tenants and accounts that hold every word."""
    wanted = q[:100].strip()
    with control(request) as session:
        tenants = queries.find_places(session, wanted) if wanted else ()
        accounts = queries.find_accounts(session, wanted) if wanted and may(request, "account", "read") else ()
    groups = [
        ("Gminy i jednostki", [found(tenant) for tenant in tenants]),
        ("Konta", [Found(one.name, f"{HOME}/konta/{one.id}", "user", one.login) for one in accounts]),
    ]
    return page("ops/search.html", fragment="found", groups=groups, q=wanted)


def found(tenant: Tenant, href: str | None = None) -> Found:
    """A tenant as one line of a palette."""
    unit = tenant.kind == Kind.UNIT
    side = f"NIP {tenant.nip}" if tenant.nip else tenant.code
    icon = "building" if unit else "building-community"
    return Found(tenant.name, href or place_url(tenant.slug), icon, tenant.slug, side, 1 if unit else 0)


HANDLERS = [list_places, search]
