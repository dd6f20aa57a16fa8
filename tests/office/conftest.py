"""The office's door, somebody at it, and the reception that hires people."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from litestar import Litestar

from app.deployment import Deployment
from tests.office.browser import Browser, application, browser
from tests.tenants.accounts import Reception


@pytest.fixture(scope="module")
def reception(deployment: Deployment) -> Reception:
    return Reception.of(deployment)


@pytest.fixture(scope="module")
def made(deployment: Deployment) -> Litestar:
    return application(deployment)


@pytest.fixture
def person(made: Litestar) -> Iterator[Browser]:
    with browser(made) as opened:
        yield opened
