"""A real browser before the gallery. Tests that need it are marked `browser` and skip where there is no Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

Open = Callable[..., Page]
"""open(path, **options of the browser's context) → the page; the context lives to the end of the test."""


def chromium() -> str | None:
    """The program: from MAGISTRAT_CHROMIUM, from PATH, or where macOS keeps applications."""
    named = os.environ.get("MAGISTRAT_CHROMIUM")
    on_mac = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    return named or next(filter(None, map(shutil.which, NAMES)), None) or (str(on_mac) if on_mac.exists() else None)


@pytest.fixture(scope="session")
def gallery() -> Iterator[str]:
    """The address of a running gallery."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.web.gallery", str(port)]
    server = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL)
    try:
        while True:
            assert server.poll() is None, "the gallery did not start"
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as made:
        yield made


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    program = chromium()
    if not program:
        pytest.skip("nie ma przeglądarki Chromium (apt-get install chromium albo zmienna MAGISTRAT_CHROMIUM)")
    made = playwright.chromium.launch(executable_path=program, args=list(QUIET))
    yield made
    made.close()


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
