"""A real browser before the gallery. Tests that need it are marked `browser` and skip where there is no Chromium."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.chromium import DESK, PHONE, Open, served

__all__ = ["DESK", "PHONE", "Open"]


@pytest.fixture(scope="session")
def gallery() -> Iterator[str]:
    """The address of a running gallery."""
    with served(lambda port: [sys.executable, "-m", "tests.web.gallery", str(port)]) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def complaints() -> list[str]:
    """What the browser's console said against the pages: defects of scripts, things the content policy refused."""
    return []


@pytest.fixture
def open_page(browser: Browser, gallery: str, complaints: list[str]) -> Iterator[Open]:
    contexts: list[BrowserContext] = []

    def open_page(path: str, **options: Any) -> Page:
        context = browser.new_context(**{**DESK, "base_url": gallery, "locale": "pl-PL", **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
