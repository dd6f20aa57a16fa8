"""The office's door as a browser meets it: the log-in pages, two guarded pages of a tenant, one of the deployment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
from litestar import Litestar, Request, get, post
from litestar.datastructures import State
from litestar.testing import TestClient
from sqlalchemy import text

import app.office
from app.deployment import Deployment
from app.kernel import audit
from app.office import login, refusals
from app.office.entry import Entry, Office, csrf, inside
from app.web.render import template_config
from policies.guards import may
from tests.tenants.accounts import GOOD


@get("/{slug:str}", guards=[may("vat.register", "read")], sync_to_thread=True)
def home(request: Request[Any, Any, Any]) -> str:
    with inside(request, read_only=True) as session:
        schema = session.execute(text("select current_schema()")).scalar_one()
    return f"{request.state.account.name} in {request.state.tenant.short_name} ({schema})"


@post("/{slug:str}/sign", guards=[may("vat.return", "publish")], sync_to_thread=True)
def sign(request: Request[Any, Any, Any]) -> str:
    with inside(request) as session:
        audit.record(session, "test.sign", "test.return:1")
    return "signed"


@post("/{slug:str}/enter", guards=[may("vat.register", "enter")], sync_to_thread=True)
def enter(request: Request[Any, Any, Any]) -> str:
    with inside(request) as session:
        audit.record(session, "test.enter", "test.row:1")
    return "entered"


@get("/operator", guards=[may("tenant", "create")], sync_to_thread=False)
def operator() -> str:
    return "the provider's panel"


def application(deployment: Deployment, *, secure: bool = False) -> Litestar:
    settings = replace(deployment.settings, cookie_secure=secure, portal_domain="portale.pl")
    door = Office.of(replace(deployment, settings=settings))
    return Litestar(
        [login.routes(), home, sign, enter, operator],
        middleware=[Entry()],
        csrf_config=csrf(settings),
        template_config=template_config({"office": Path(app.office.__file__).parent / "templates"}),
        exception_handlers=refusals.HANDLERS,
        state=State({"office": door}),
        openapi_config=None,
    )


class Browser:
    """A person at a browser: keeps cookies, fills in the token of forms, follows nothing by itself."""

    def __init__(self, client: TestClient[Litestar], address: str) -> None:
        self.client = client
        self.headers = {"user-agent": "Mozilla/5.0 Firefox/140.0"}
        self.address = address

    def get(self, url: str, **headers: str) -> httpx.Response:
        return self.client.get(url, headers={**self.headers, **headers}, follow_redirects=False)

    def post(self, url: str, data: dict[str, str], token: str | None = None, **headers: str) -> httpx.Response:
        token = token if token is not None else self.client.cookies.get("csrf", "")
        sent = {**data, "_csrf_token": token}
        return self.client.post(url, data=sent, headers={**self.headers, **headers}, follow_redirects=False)

    def log_in(self, who: str, password: str = GOOD, **fields: str) -> httpx.Response:
        self.get("/logowanie")
        return self.post("/logowanie", {"login": who, "password": password, **fields})

    @property
    def session(self) -> str | None:
        return self.client.cookies.get("sesja")


@contextmanager
def browser(made: Litestar, base_url: str = "http://magistrat.test", address: str = "10.9.0.1") -> Iterator[Browser]:
    with TestClient(made, base_url=base_url) as client:
        yield Browser(client, address)


def words(answer: httpx.Response) -> str:
    """What a person reads on a page."""
    shown = re.sub(r"<(script|style|template).*?</\1>", " ", answer.text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", shown).split())
