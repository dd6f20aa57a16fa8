"""The whole application, a unit with a month in it, and people who log in to work there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import httpx
import pytest
from litestar import Litestar
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from app.deployment import Deployment
from app.main import create
from tenants.models import Account, Tenant
from tests.chromium import log_ins
from tests.conftest import World
from tests.office.browser import Browser, browser
from tests.tenants.accounts import GOOD, Reception
from tests.vat.pages.month import CLERK


@dataclass
class Person:
    """Somebody logged in, who works in one tenant; paths are inside it."""

    account: Account
    browser: Browser
    slug: str

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.browser.get(f"/{self.slug}{path}", **headers)

    def post(self, path: str, data: dict[str, Any] | None = None) -> httpx.Response:
        return self.browser.post(f"/{self.slug}{path}", data or {})

    def upload(self, path: str, content: bytes, name: str = "plik.csv") -> httpx.Response:
        token = self.browser.client.cookies.get("csrf", "")
        return self.browser.client.post(
            f"/{self.slug}{path}",
            data={"_csrf_token": token},
            files={"file": (name, content, "text/csv")},
            headers=self.browser.headers,
            follow_redirects=False,
        )


@dataclass
class Unit:
    """A school with its register, and the world around it."""

    world: World
    reception: Reception
    made: Litestar
    _open: ExitStack

    @property
    def school(self) -> Tenant:
        return self.world.school

    def do(self, act: Callable[[Session], Any], tenant: Tenant | None = None, who: str = CLERK) -> Any:
        """Something done in a tenant past the pages, committed."""
        with self.reception.host.tenant(tenant or self.school, who) as session:
            return act(session)

    def person(self, *roles: str, at: Tenant | None = None, name: str = "Anna Lis") -> Person:
        """Somebody new with these roles in the school (or `at`), logged in, working in the school."""
        account = self.reception.hire(name)
        for role in roles:
            self.reception.grant(account, role, at or self.school)
        opened = self._open.enter_context(browser(self.made))
        assert opened.log_in(account.login).status_code == 303
        return Person(account, opened, self.school.slug)

    @cached_property
    def clerk(self) -> Person:
        return self.person("unit_clerk")

    @cached_property
    def head(self) -> Person:
        return self.person("unit_head", name="Jan Dąb")


@pytest.fixture(scope="session")
def made(deployment: Deployment) -> Litestar:
    return create(deployment)


@pytest.fixture
def unit(deployment: Deployment, fresh: Callable[[], World], made: Litestar) -> Iterator[Unit]:
    """A unit with an empty register."""
    with ExitStack() as opened:
        yield Unit(fresh(), Reception.of(deployment), made, opened)


Enter = Callable[..., Page]
"""enter(person, path, **options of the browser's context) → the page, with that person logged in."""


@pytest.fixture
def enter(browser: Chromium, port: int) -> Iterator[Enter]:
    with log_ins(browser, port) as log_in:

        def enter(person: Person, path: str, **options: Any) -> Page:
            return log_in(person.account.login, GOOD, f"/{person.slug}{path}", **options)

        yield enter
