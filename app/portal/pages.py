"""The portal's pages: the first screen, the units, the data sheet for suppliers; the municipality's colour and mark."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, Router, get
from litestar.params import FromPath, FromQuery
from litestar.types import ControllerRouterHandler
from markupsafe import Markup

from app.portal.here import HANDLERS, MARK_URL, PUBLIC, STYLE_URL, VARY, here, is_common_host, shown, versioned
from app.portal.invoices import addressing
from app.portal.languages import DEFAULT, LANGUAGES
from app.web.colours import WHITE
from app.web.parts import PortalTask
from app.web.render import go
from tenants.models import Tenant

PRODUCT_COLOUR = "#0b5c6b"
FIRST_FEW = 6
"""Units on the first screen; the rest is one step away."""
_GENERAL = frozenset({"gmina", "miasto", "miejska", "wiejska", "i", "m.st."})


@get("/", opt=PUBLIC, sync_to_thread=True)
def home(request: Request[Any, Any, Any]) -> Response[Any]:
    """A municipality's first screen; on the deployment's own host the way to the log-in."""
    if request.url.path == "/" and is_common_host(request):
        return go("/logowanie")
    at = here(request)
    _ = at.words.gettext
    tasks = [
        PortalTask(
            _("Ile i do kiedy mam zapłacić?"),
            _("Przez internet jeszcze tego nie sprawdzisz. Kwotę i termin podaje decyzja, a wyjaśni je urząd."),
            at.url("/") + "#kontakt",
            "coins",
        ),
        PortalTask(
            _("Co się dzieje z moją sprawą?"),
            _("Zapytaj jednostkę, która ją prowadzi. Znajdź jej adres i e-mail."),
            at.url("/jednostki"),
            "clipboard-list",
        ),
        PortalTask(
            _("Co mogę załatwić?"),
            _("Sprzedajesz coś gminie albo jej szkole? Sprawdź, jak zaadresować fakturę w KSeF."),
            at.url("/dostawcy"),
            "file-invoice",
        ),
    ]
    return shown(request, at, "home.html", tasks=tasks, units=at.units[:FIRST_FEW])


@get("/jednostki", opt=PUBLIC, sync_to_thread=True)
def units(request: Request[Any, Any, Any], q: FromQuery[str] = "") -> Response[Any]:
    """Every unit with its address, or those found by `q`."""
    at = here(request)
    return shown(request, at, "units.html", fragment="found", q=q[:100], found=at.found(q[:100]))


@get("/dostawcy", opt=PUBLIC, sync_to_thread=True)
def suppliers(request: Request[Any, Any, Any], q: FromQuery[str] = "") -> Response[Any]:
    """How to address an invoice, and a sheet for each unit."""
    at = here(request)
    found, general = at.found(q[:100]), addressing(at.tenant, at.tenant)
    return shown(request, at, "suppliers.html", fragment="found", q=q[:100], found=found, general=general)


@get("/dostawcy/{code:str}", opt=PUBLIC, sync_to_thread=True)
def sheet(request: Request[Any, Any, Any], code: FromPath[str]) -> Response[Any]:
    """The data sheet of one unit: on the screen, on paper."""
    at = here(request)
    unit = at.unit(code)
    return shown(request, at, "sheet.html", unit=unit, address=addressing(at.tenant, unit))


@get(STYLE_URL, opt=PUBLIC, sync_to_thread=True)
def stylesheet(request: Request[Any, Any, Any], v: FromQuery[str] = "") -> Response[Any]:
    """The municipality's colour, as the variables that every other style follows."""
    tenant = here(request, even_closed=True).tenant
    rules = f":root {{ --mg-brand: {_colour(tenant)}; --mg-brand-ink: {WHITE}; }}\n"
    return _drawn(request, tenant, STYLE_URL, rules, "text/css; charset=utf-8")


@get(MARK_URL, opt=PUBLIC, sync_to_thread=True)
def mark(request: Request[Any, Any, Any], v: FromQuery[str] = "") -> Response[Any]:
    """Initials on the municipality's colour: its sign until it gives a crest."""
    tenant = here(request, even_closed=True).tenant
    svg = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" rx="9" fill="{}"/>'
        '<text x="20" y="20" dy=".36em" text-anchor="middle" font-family="Inter,Arial,sans-serif" font-size="{}" '
        'font-weight="700" fill="#fff">{}</text></svg>\n'
    )
    letters = initials(tenant.name)
    drawing = str(svg.format(_colour(tenant), 22 if len(letters) == 1 else 17, letters))
    return _drawn(request, tenant, MARK_URL, drawing, "image/svg+xml")


def initials(name: str) -> str:
    """ "Gmina Miasto Nowa Dąbrowa" → "ND": of what is its own in the name, at most two."""
    own = [word for word in name.split() if word.casefold() not in _GENERAL and word[0].isalpha()]
    return "".join(word[0] for word in own[:2]).upper() or name[:1].upper()


def _colour(tenant: Tenant) -> str:
    return str(tenant.brand.get("colour") or PRODUCT_COLOUR)


def _drawn(request: Request[Any, Any, Any], tenant: Tenant, url: str, text: str, kind: str) -> Response[str]:
    """Kept for a year under the address that names this very drawing, for a minute under any other."""
    exact = f"{url}?{request.url.query}" == versioned(url, tenant)
    kept = "public, max-age=31536000, immutable" if exact else "public, max-age=60"
    return Response(text, media_type=kind, headers=VARY | {"Cache-Control": kept})


def routes() -> Router:
    """Everything people see, at the root of a municipality's host; in other languages below their code."""
    pages = [home, units, suppliers, sheet]
    spoken = [Router(f"/{code}", route_handlers=pages) for code in LANGUAGES if code != DEFAULT]
    handlers: list[ControllerRouterHandler] = [*pages, stylesheet, mark, *spoken]
    return Router("/", route_handlers=handlers, exception_handlers=HANDLERS, include_in_schema=False)
