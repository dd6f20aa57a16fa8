"""Pages: the Jinja environment, `page` and `go` (what handlers return), and the facts that layouts ask for.

A page is one template. When HTMX asks, only its block named by `fragment` is rendered, so a page and its parts cannot
drift apart. Macros of `templates/parts/` are everywhere as `ui.…`, without imports.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, get_args
from urllib.parse import quote, unquote

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.runtime import Macro
from litestar import Request, Response
from litestar.datastructures import CacheControlHeader, Cookie
from litestar.enums import MediaType
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.response import Template
from litestar.response.base import ASGIResponse
from litestar.static_files import create_static_files_router
from litestar.template.base import csrf_token
from litestar.template.config import TemplateConfig
from markupsafe import Markup, escape

from app.web import charts, words
from app.web.assets import ICONS

WEB = Path(__file__).resolve().parent
STATIC = WEB / "static"
TOAST_COOKIE = "komunikat"

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""For every response of every door (`response_headers` of the application). Nothing inline is allowed to run."""

HTMX_CONFIG = json.dumps(
    {
        "includeIndicatorStyles": False,
        "allowEval": False,
        "allowScriptTags": False,
        "selfRequestsOnly": True,
        "historyCacheSize": 0,
        "refreshOnHistoryMiss": True,
        "scrollBehavior": "auto",
        "responseHandling": [
            {"code": "204", "swap": False},
            {"code": "[23]..", "swap": True},
            {"code": "422", "swap": True},
            {"code": "[45]..", "swap": False, "error": True},
        ],
    }
)
"""No page of a clerk is kept in the browser's storage (`historyCacheSize` 0); a refused form (422) is shown."""

Kind = Literal["success", "info", "warning", "danger"]
RunState = Literal["waiting", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Toast:
    """A short word after something was done."""

    text: str
    kind: Kind = "success"


@dataclass(frozen=True, slots=True)
class Link:
    title: str
    href: str
    icon: str | None = None
    active: bool = False
    badge: int | str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the left menu; only what this person may open."""

    title: str | None
    items: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Account:
    name: str
    role: str
    """As people say it: „główna księgowa · SP 7”."""
    links: tuple[Link, ...] = ()
    logout_url: str = "/wyloguj"

    @property
    def initials(self) -> str:
        return "".join(part[0] for part in self.name.split()[:2]).upper()


@dataclass(frozen=True, slots=True)
class Progress:
    """A run as people watch it. `stream` answers server-sent events `progress` with this part rendered anew."""

    id: str
    title: str
    done: int
    total: int
    state: RunState = "running"
    eta: str | None = None
    rate: str | None = None
    errors: int = 0
    href: str | None = None
    stream: str | None = None
    cancel_url: str | None = None

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0


@dataclass(frozen=True, slots=True)
class Shell:
    """What the office's frame shows around a page. `where` is the path from the municipality to the unit."""

    where: tuple[str, ...]
    account: Account
    menu: tuple[Section, ...]
    switch_url: str | None = None
    """Answers `?q=` with `ui.choices` (fragment) or a whole page without scripts."""
    search_url: str | None = None
    runs: tuple[Progress, ...] = ()
    runs_url: str | None = "/przebiegi"
    tasks: int = 0
    tasks_url: str | None = "/zadania"
    home_url: str = "/"


@dataclass(frozen=True, slots=True)
class Portal:
    """A municipality's face. `stylesheet_url` sets `--mg-brand*`; nothing here may come from another tenant."""

    name: str
    stylesheet_url: str | None = None
    crest_url: str | None = None
    menu: tuple[Link, ...] = ()
    languages: tuple[Link, ...] = ()
    language: str = "pl"
    account: Account | None = None
    login_url: str | None = "/logowanie"
    """None: nobody logs in from the head of the page."""
    address: tuple[str, ...] = ()
    footer: tuple[Link, ...] = ()
    home_url: str = "/"


_request: ContextVar[Request[Any, Any, Any] | None] = ContextVar("request", default=None)


class Page(Template):
    """A page that knows its fragment. Built by `page`."""

    __slots__ = ("fragment", "toast")

    fragment: str | Mapping[str, str] | None
    toast: Toast | None

    def _block(self, request: Request[Any, Any, Any]) -> str | None:
        headers = request.headers
        asked = headers.get("hx-request") == "true" and "hx-boosted" not in headers
        if not asked or headers.get("hx-history-restore-request") == "true" or self.fragment is None:
            return None
        if isinstance(self.fragment, str):
            return self.fragment
        return self.fragment.get(headers.get("hx-target", ""))

    def _context(self, request: Request[Any, Any, Any], block: str | None) -> dict[str, Any]:
        context = {**self.create_template_context(request), "toasts": []}
        if block is not None:
            return context
        left = read_toast(request.cookies.get(TOAST_COOKIE))
        context["toasts"] = [toast for toast in (left, self.toast) if toast]
        if "shell" not in context:
            shell = getattr(request.state, "shell", None)
            context["shell"] = shell() if callable(shell) else shell
        return context

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **options: Any) -> ASGIResponse:
        engine = request.app.template_engine
        if not isinstance(engine, JinjaTemplateEngine):
            raise RuntimeError("The application needs render.template_config()")
        block = self._block(request)
        context = self._context(request, block)
        template = engine.get_template(str(self.template_name))
        token = _request.set(request)
        try:
            if block is None:
                body = template.render(context)
            else:
                body = "".join(template.blocks[block](template.new_context(context)))
        finally:
            _request.reset(token)
        headers = {**SECURITY_HEADERS, **(options.get("headers") or {}), **self.headers}
        headers["Vary"] = ", ".join(name for name in (headers.get("Vary"), "HX-Request") if name)
        cookies = [*self.cookies, *(options.get("cookies") or ())]
        if block is not None and self.toast:
            headers["HX-Trigger"] = json.dumps({"toast": asdict(self.toast)})
        elif block is None and TOAST_COOKIE in request.cookies:
            cookies.append(Cookie(TOAST_COOKIE, value="", max_age=0, path="/"))
        return ASGIResponse(
            background=self.background or options.get("background"),
            body=body.encode(self.encoding),
            cookies=cookies,
            encoded_headers=options.get("encoded_headers"),
            encoding=self.encoding,
            headers=headers,
            is_head_response=bool(options.get("is_head_response")),
            media_type=MediaType.HTML,
            status_code=self.status_code or options.get("status_code"),
        )


def page(
    template: str,
    *,
    fragment: str | Mapping[str, str] | None = None,
    status: int = 200,
    toast: Toast | None = None,
    headers: dict[str, str] | None = None,
    **context: Any,
) -> Page:
    """The whole page, or for HTMX only its block `fragment`.

    `fragment` may be a mapping from the id of HTMX's target to a block, when parts of one page are refreshed apart.
    The layout takes `shell` (office) or `portal` from the context; without `shell` it is taken from
    `request.state.shell` (a Shell or a function that makes one, called for whole pages only).
    """
    made = Page(template, context=context, status_code=status, headers=dict(headers or {}))
    made.fragment, made.toast = fragment, toast
    return made


def part(request: Request[Any, Any, Any], name: str, *args: Any, **kwargs: Any) -> str:
    """One macro of `templates/parts/` alone, for server-sent events: `part(request, "progress_body", run)`."""
    engine = request.app.template_engine
    if not isinstance(engine, JinjaTemplateEngine):
        raise RuntimeError("The application needs render.template_config()")
    token = _request.set(request)
    try:
        return str(getattr(engine.engine.globals["ui"], name)(*args, **kwargs))
    finally:
        _request.reset(token)


class Go(Response[None]):
    """On to another page after something was done: 303, and for HTMX an `HX-Redirect`."""

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **options: Any) -> ASGIResponse:
        if request.headers.get("hx-request") == "true":
            self.headers = {**self.headers, "HX-Redirect": self.headers["Location"]}
            del self.headers["Location"]
            self.status_code = 200
        return super().to_asgi_response(app, request, **options)


def go(to: str, *, toast: Toast | None = None) -> Go:
    """Redirect after a post; `toast` is said once on the next page."""
    cookies = []
    if toast:
        value = quote(json.dumps(asdict(toast)))
        cookies.append(Cookie(TOAST_COOKIE, value=value, max_age=60, path="/", httponly=True, samesite="lax"))
    return Go(None, status_code=303, headers={"Location": to}, cookies=cookies)


def read_toast(cookie: str | None) -> Toast | None:
    """What `go` left in the cookie; nonsense is nothing."""
    try:
        said = json.loads(unquote(cookie or ""))
        return Toast(str(said["text"])[:300], said["kind"] if said["kind"] in get_args(Kind) else "info")
    except (ValueError, KeyError, TypeError):
        return None


@lru_cache(maxsize=256)
def asset(name: str) -> str:
    """The address of a file of `static/` that changes when its content does."""
    path = STATIC / name
    if not path.is_file():
        raise RuntimeError(f"Brak pliku static/{name}. Uruchom: python -m app.web.assets")
    return f"/static/{name}?v={hashlib.sha256(path.read_bytes()).hexdigest()[:10]}"


def icon(name: str, label: str | None = None, cls: str = "") -> Markup:
    """A drawing from the sprite: decoration, unless `label` gives it words."""
    if name not in ICONS:
        raise KeyError(f"ikony {name!r} nie ma w app.web.assets.ICONS")
    voice = Markup('role="img" aria-label="{}"').format(label) if label else Markup('aria-hidden="true"')
    return Markup('<svg class="icon {}" {}><use href="{}#{}"></use></svg>').format(
        cls, voice, asset("vendor/icons.svg"), name
    )


def csrf_field() -> Markup:
    """The hidden field that every posted form carries; empty when the application has no CSRF protection."""
    request = _request.get()
    token = csrf_token({"request": request}) if request else ""
    return Markup('<input type="hidden" name="_csrf_token" value="{}">').format(token) if token else Markup("")


def attributes(values: Mapping[str, Any] | None) -> Markup:
    """HTML attributes from a mapping; None and False are left out, True stands alone."""
    parts = []
    for name, value in (values or {}).items():
        if value is None or value is False:
            continue
        parts.append(Markup(" ") + escape(name) + (Markup("") if value is True else Markup('="{}"').format(value)))
    return Markup("").join(parts)


class Parts:
    """Macros of `templates/parts/*.html`, by name: `ui.table(…)`. Names are unique across the files."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._found: dict[str, Macro] = {}

    def __getattr__(self, name: str) -> Macro:
        if name.startswith("_"):
            raise AttributeError(name)
        if not self._found or self._environment.auto_reload:
            self._load()
        try:
            return self._found[name]
        except KeyError:
            raise AttributeError(f"templates/parts/ has no macro {name!r}") from None

    def _load(self) -> None:
        for path in sorted((WEB / "templates" / "parts").glob("*.html")):
            module = self._environment.get_template(f"parts/{path.name}").module
            for name, thing in vars(module).items():
                if isinstance(thing, Macro) and not name.startswith("_"):
                    self._found[name] = thing


def environment(rooms: Mapping[str, Path] | None = None, *, reload: bool = False) -> Environment:
    """Jinja for the whole house. `rooms` maps a prefix to a folder: {"vat": …} makes `vat/board.html` findable."""
    loaders = [FileSystemLoader(WEB / "templates")]
    prefixed = PrefixLoader({name: FileSystemLoader(folder) for name, folder in (rooms or {}).items()})
    made = Environment(
        loader=ChoiceLoader([*loaders, prefixed]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=reload,
        extensions=["jinja2.ext.do"],
    )
    made.filters |= words.FILTERS
    made.globals |= {
        "asset": asset,
        "icon": icon,
        "attributes": attributes,
        "csrf_field": csrf_field,
        "htmx_config": HTMX_CONFIG,
        "charts": charts,
        "ui": Parts(made),
    }
    return made


def template_config(rooms: Mapping[str, Path] | None = None, *, reload: bool = False) -> TemplateConfig[Any]:
    return TemplateConfig(instance=JinjaTemplateEngine.from_environment(environment(rooms, reload=reload)))


def static_files() -> Any:
    """The router of /static. Addresses carry a checksum (`asset`), so browsers may keep the files for a year."""
    return create_static_files_router(
        path="/static",
        directories=[STATIC],
        cache_control=CacheControlHeader(public=True, max_age=365 * 24 * 3600, immutable=True),
        opt={"public": True, "exclude_from_csrf": True},
        include_in_schema=False,
    )
