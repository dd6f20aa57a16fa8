"""Whose portal was asked, in which language, and what is shown when there is nothing to show.

The host name decides whose; the first part of the path decides the language. A name that nobody has gets a page that
tells nothing; a suspended municipality keeps its name, its address and a calm word.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from gettext import GNUTranslations
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from litestar import Request, Response
from litestar.types import ExceptionHandlersMap
from sqlalchemy.orm import Session

from app.deployment import Deployment
from app.kernel.errors import NotFound, Refusal
from app.portal.invoices import address_lines, title
from app.portal.languages import DEFAULT, LANGUAGES, words
from app.web.render import TOAST_COOKIE, Link, Page, Portal, page
from tenants import registry
from tenants.accounts.folding import folded
from tenants.models import Tenant

PUBLIC: dict[str, Any] = {"public": True, "exclude_from_csrf": True}
"""Open to anybody; no form here changes anything, so no cookie is given either."""
STYLE_URL, MARK_URL = "/portal/barwy.css", "/portal/znak.svg"
VARY = {"Vary": "Host"}
_SAYS_ADDRESS = ("home.html", "closed.html")
"""Pages that show the address themselves, so their foot does not."""


class Nowhere(NotFound):
    """No municipality has this host name."""


class Closed(Refusal):
    """The municipality is suspended."""

    def __init__(self, here: Here) -> None:
        super().__init__("Portal jest chwilowo nieczynny.")
        self.here = here


class Missing(NotFound):
    """The municipality has no such unit."""

    def __init__(self, here: Here) -> None:
        super().__init__("Nie ma tu takiej jednostki.", "code")
        self.here = here


@dataclass(frozen=True, slots=True)
class Here:
    """The municipality and the language of one request; `path` is without the language."""

    tenant: Tenant
    units: tuple[Tenant, ...]
    """Of the municipality, itself as its office first; only those that work."""
    language: str
    path: str

    @property
    def words(self) -> GNUTranslations:
        return words(self.language)

    def url(self, path: str, language: str | None = None) -> str:
        """The address of a page in this language or another."""
        language = language or self.language
        prefix = "" if language == DEFAULT else f"/{language}"
        return f"{prefix}{path}".rstrip("/") or "/"

    def found(self, q: str) -> list[Tenant]:
        """Units whose name, code, address or number holds every word of `q`, whatever its case and marks."""
        wanted = folded(q).split()
        return [unit for unit in self.units if all(word in _said(unit) for word in wanted)]

    def unit(self, code: str) -> Tenant:
        """By its code in any case of letters. Raises `Missing`."""
        found = next((unit for unit in self.units if unit.code == code.upper()), None)
        if found is None:
            raise Missing(self)
        return found


def here(request: Request[Any, Any, Any], *, even_closed: bool = False) -> Here:
    """Raises `Nowhere` and `Closed`."""
    deployment: Deployment = request.app.state.deployment
    language, path = _language(request.url.path)
    with deployment.host.control() as session:
        tenant = registry.shown_at(session, request.url.hostname or "", deployment.settings.portal_domain)
        if tenant is None:
            raise Nowhere("Pod tym adresem nie ma żadnej strony.")
        found = Here(tenant, _units(session, tenant), language, path)
    if tenant.status != "active" and not even_closed:
        raise Closed(found)
    return found


def is_common_host(request: Request[Any, Any, Any]) -> bool:
    """Whether the address is the deployment's own, where nobody's portal stands."""
    settings = request.app.state.deployment.settings
    name = (request.url.hostname or "").lower()
    if name in ("", urlsplit(settings.public_url).hostname, settings.portal_domain):
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _units(session: Session, tenant: Tenant) -> tuple[Tenant, ...]:
    working = (unit for unit in registry.units_of(session, tenant) if unit.status == "active")
    return tenant, *sorted(working, key=lambda unit: folded(unit.name))


def _said(unit: Tenant) -> str:
    told = (unit.name, unit.short_name, unit.code, unit.nip, unit.internal_id, *address_lines(unit))
    return folded(" ".join(text for text in told if text))


def _language(path: str) -> tuple[str, str]:
    first, _, rest = path.removeprefix("/").partition("/")
    if first in LANGUAGES and first != DEFAULT:
        return first, f"/{rest}".rstrip("/") or "/"
    return DEFAULT, path.rstrip("/") or "/"


def shown(
    request: Request[Any, Any, Any],
    here: Here,
    template: str,
    *,
    status: int = 200,
    fragment: str | None = None,
    **context: Any,
) -> Page:
    """A page in the municipality's frame; whole pages may be kept for a minute unless they say something once."""
    kept = status == 200 and TOAST_COOKIE not in request.cookies
    headers = VARY | {"Cache-Control": "public, max-age=60" if kept else "no-store"}
    told: dict[str, Any] = {"here": here, "tenant": here.tenant, "portal": _frame(here, template), **context}
    told |= {"_": here.words.gettext, "counted": here.words.ngettext, "address_lines": address_lines, "title": title}
    return page(f"portal/{template}", fragment=fragment, status=status, headers=headers, **told)


def contact(tenant: Tenant) -> tuple[str, ...]:
    """The municipality's office, its address and e-mail, one a line."""
    return (tenant.short_name, *address_lines(tenant), *([tenant.email] if tenant.email else []))


def _frame(here: Here, template: str) -> Portal:
    _ = here.words.gettext
    tenant, closed = here.tenant, template == "closed.html"
    menu = [
        Link(_("Strona główna"), here.url("/"), active=here.path == "/"),
        Link(_("Jednostki"), here.url("/jednostki"), active=here.path.startswith("/jednostki")),
        Link(_("Dla dostawców"), here.url("/dostawcy"), active=here.path.startswith("/dostawcy")),
    ]
    data = () if closed else (Link(_("Dane jednostek dla programów (JSON)"), "/api/jednostki"),)
    return Portal(
        tenant.name,
        stylesheet_url=versioned(STYLE_URL, tenant) if tenant.brand.get("colour") else None,
        crest_url=tenant.brand.get("crest_url") or versioned(MARK_URL, tenant),
        menu=() if closed else tuple(menu),
        languages=tuple(
            Link(name, here.url(here.path, code), active=code == here.language, badge=code)
            for code, name in LANGUAGES.items()
        ),
        language=here.language,
        login_url=None,
        address=() if template in _SAYS_ADDRESS else contact(tenant),
        footer=(*data, Link(_("Logowanie urzędników"), "/logowanie")),
        home_url=here.url("/"),
    )


def versioned(url: str, tenant: Tenant) -> str:
    """The address of something drawn from the name and the colour: it changes when they do, so browsers may keep it."""
    drawn_from = f"{tenant.name}\n{tenant.brand.get('colour')}".encode()
    return f"{url}?v={hashlib.sha256(drawn_from).hexdigest()[:10]}"


def nowhere(request: Request[Any, Any, Any], _: Nowhere) -> Response[Any]:
    """The same words for every name, so that nothing can be learnt from asking."""
    return page("portal/nowhere.html", status=404, headers=VARY | {"Cache-Control": "no-store"})


def closed(request: Request[Any, Any, Any], error: Closed) -> Response[Any]:
    return shown(request, error.here, "closed.html", status=503, contact=contact(error.here.tenant))


def missing(request: Request[Any, Any, Any], error: Missing) -> Response[Any]:
    return shown(request, error.here, "missing.html", status=404)


HANDLERS: ExceptionHandlersMap = {Nowhere: nowhere, Closed: closed, Missing: missing}
"""For `exception_handlers` of the portal's pages."""
