"""A real browser for tests marked `browser`; they skip where there is no Chromium."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DESK: dict[str, Any] = {"viewport": {"width": 1440, "height": 900}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SMALL_PHONE: dict[str, Any] = {**PHONE, "viewport": {"width": 320, "height": 640}}

Open = Callable[..., Page]
"""open(path, **options of the browser's context) → the page; the context lives to the end of the test."""


def chromium() -> str | None:
    """The program: from MAGISTRAT_CHROMIUM, from PATH, or where macOS keeps applications."""
    named = os.environ.get("MAGISTRAT_CHROMIUM")
    on_mac = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
    return named or next(filter(None, map(shutil.which, NAMES)), None) or (str(on_mac) if on_mac.exists() else None)


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


@contextmanager
def served(command: Callable[[int], Sequence[str]], environment: Mapping[str, str] | None = None) -> Iterator[int]:
    """A server process on a free port of this machine; the port, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        command(port),
        cwd=Path(__file__).parents[1],
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
    )
    try:
        while True:
            assert server.poll() is None, "the server did not start"
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait()


@contextmanager
def log_ins(browser: Browser, port: int) -> Iterator[Open]:
    """open(login, password, path, **options of the browser's context) → the page, with that person logged in.

    Contexts live to the end of the block. No page may have thrown, or met its own content security policy.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def log_in(login: str, password: str, path: str, **options: Any) -> Page:
        context = browser.new_context(**{**DESK, "base_url": f"http://localhost:{port}", "locale": "pl-PL", **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
        page.goto("/logowanie")
        page.get_by_label("Login").fill(login)
        page.get_by_label("Hasło").fill(password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/logowanie" not in url)
        page.goto(path)
        return page

    yield log_in
    for context in contexts:
        context.close()
    assert complaints == []


def violations(page: Page) -> list[str]:
    """What axe found, a line for each element."""
    found: dict[str, Any] = Axe().run(page).response
    return [f"{one['id']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]]


def width(page: Page) -> int:
    """How wide the page is, scrolled to its end."""
    return int(page.evaluate("document.documentElement.scrollWidth"))


def too_small(page: Page) -> list[Any]:
    """What is touched and lower than 44 px; links inside sentences are exempt (WCAG 2.5.8), as are hidden things."""
    found: list[Any] = page.evaluate(
        """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary")]
            .filter((node) => node.offsetParent && !node.closest("p, li p, dd, .mg-skip, label.mg-check, .mg-drop"))
            .map((node) => [node.outerHTML.slice(0, 120), Math.round(node.getBoundingClientRect().height)])
            .filter(([, height]) => height < 44)"""
    )
    return found
