"""The application: one visible list of rooms and doors, made into one Litestar app.

`create(deployment)` is what the server runs (`app.serving`) and what tests drive.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litestar import Litestar, MediaType, Request, Response, Router, get
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from app.deployment import Deployment
from app.gateways.whitelist.answers import NotConnected, WhiteList
from app.gateways.whitelist.client import Client
from app.gateways.whitelist.fallback import WithFlatFile
from app.kernel import logs
from app.office import home, journal, login, refusals, runs
from app.office.desk import desk
from app.office.entry import Entry, Office, csrf
from app.office.modules import is_open
from app.office.shell import set_frame
from app.ops import pages as ops
from app.ops.panel import Panel
from app.portal import api as portal_api
from app.portal import pages as portal
from app.purchasing import pages as purchasing
from app.rules import catalogue
from app.ssc.pages import (
    board,
    deciding,
    draft,
    drill,
    filing,
    invoices,
    issuing,
    ksef,
    queue,
    returns,
    settling,
    split,
    units,
    upload,
    worklist,
)
from app.ssc.pages.across import Across
from app.ssc.pages.paper import Paper
from app.vat import pages as vat
from app.web import render
from app.web.rules import rule_routes

APP = Path(__file__).parent
TEMPLATES = {place: APP / place / "templates" for place in ("office", "ops", "portal", "purchasing", "ssc", "vat")}
"""Prefix in template names → folder; a room or door with pages adds a line."""


SSC = (
    board,
    queue,
    invoices,
    split,
    ksef,
    upload,
    draft,
    returns,
    drill,
    filing,
    settling,
    deciding,
    units,
    issuing,
    worklist,
)


def pages() -> list[Any]:
    """Handlers below `/{slug}`: the rooms' pages and those of the doors that work inside a tenant."""
    return [
        *(handler for place in (home, runs, journal) for handler in place.HANDLERS),
        *(handler for place in SSC for handler in place.HANDLERS),
        *vat.HANDLERS,
        *purchasing.HANDLERS,
    ]


@get("/zdrowie", opt={"public": True}, media_type=MediaType.TEXT, sync_to_thread=False, include_in_schema=False)
def health() -> str:
    """Answers while the process lives."""
    return "ok"


def create(deployment: Deployment, *, reload: bool = False) -> Litestar:
    """The whole application on a deployment."""

    def across(request: Request[Any, Any, Any]) -> Across:
        return Across(deployment, request.state.tenant)

    url = deployment.settings.whitelist_url
    service: WhiteList = Client(url) if url else NotConnected()
    register: WhiteList = WithFlatFile(service, deployment.settings.whitelist_folder)

    def paper(request: Request[Any, Any, Any]) -> Paper:
        return Paper(deployment.host, request.state.tenant, request.state.account.login)

    inside = Router(
        "/{slug:str}",
        route_handlers=pages(),
        dependencies={
            "desk": Provide(desk, sync_to_thread=False),
            "across": Provide(across, sync_to_thread=False),
            "paper": Provide(paper, sync_to_thread=False),
            "register": Provide(lambda: register, sync_to_thread=False),
        },
        guards=[is_open],
        before_request=set_frame,
        include_in_schema=False,
    )
    office = Router("/", route_handlers=[login.routes(), ops.routes(), inside], middleware=[Entry()])
    app = Litestar(
        route_handlers=[
            office,
            portal.routes(),
            portal_api.routes(),
            rule_routes(catalogue()),
            render.static_files(),
            health,
        ],
        template_config=render.template_config(TEMPLATES, reload=reload),
        csrf_config=csrf(deployment.settings),
        response_headers=render.SECURITY_HEADERS,
        exception_handlers={**refusals.HANDLERS, Exception: failed},
        compression_config=CompressionConfig(backend="gzip", gzip_compress_level=5, minimum_size=1024),
        openapi_config=OpenAPIConfig("Magistrat", "0.1.0", path="/api/schema", render_plugins=[JsonRenderPlugin()]),
        request_max_body_size=64 * 1024 * 1024,
        debug=False,
    )
    app.state.office = Office.of(deployment)
    app.state.panel = Panel.of(deployment)
    app.state.deployment = deployment
    return app


def failed(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A defect of ours: the trace goes to the log under a number, the person gets the number."""
    number = logs.fault("request.failed", error, route=str(request.scope.get("path_template")), method=request.method)
    return refusals.broken(number)
