"""What a person at a keyboard does and sees on a page."""

from __future__ import annotations

from playwright.sync_api import Locator, Page


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def rows(page: Page) -> Locator:
    return page.locator("[data-row]")


def ticked(page: Page, column: str) -> list[str]:
    return page.locator(f"tr.is-ticked [data-label='{column}']").all_inner_texts()


def said(page: Page) -> Locator:
    return page.locator("#mg-toasts [data-toast]").last
