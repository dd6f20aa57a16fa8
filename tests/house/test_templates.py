"""Pages obey the strict content policy: nothing runs or is styled inline, nothing unescaped, nothing from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.house.tree import House, report

FAULTS = {
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.IGNORECASE),
    "an inline style": re.compile(r"<style\b|\sstyle\s*=", re.IGNORECASE),
    "an inline handler": re.compile(r"<[^>]*\son[a-z]+\s*=|hx-on[:-]", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "text marked safe": re.compile(r"\|\s*safe\b|autoescape\s+false"),
    "something from another host": re.compile(
        r"(src|href|hx-get|hx-post|action)\s*=\s*[\"'](https?:)?//", re.IGNORECASE
    ),
}


def breaks_the_policy(house: House) -> Iterator[str]:
    for path, text in house.files.items():
        if not (path.startswith("app/") and path.endswith(".html")):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            for fault, pattern in FAULTS.items():
                if pattern.search(line):
                    yield f"{path}:{number}: {fault}"


SCRIPT_FAULTS = re.compile(
    r"\b(inner|outer)HTML\b|insertAdjacentHTML|document\.write|\beval\(|new Function|[\"'`]https?://"
)


def runs_text(house: House) -> Iterator[str]:
    """Scripts that turn text into markup or code, or call another host."""
    for path, text in house.files.items():
        if path.startswith("app/") and path.endswith(".js"):
            for number, line in enumerate(text.splitlines(), 1):
                if found := SCRIPT_FAULTS.search(line):
                    yield f"{path}:{number}: {found[0]}"


def test_scripts_never_turn_text_into_markup_or_code(house: House) -> None:
    assert report(runs_text(house)) == ""


@pytest.mark.parametrize(
    "line",
    ["row.innerHTML = name;", "document.write(name)", "eval(code)", "new Function(code)", 'fetch("https://x.example")'],
)
def test_a_planted_script_is_caught(line: str) -> None:
    assert len(list(runs_text(House({"app/web/static/js/page.js": line})))) == 1


def test_templates_obey_the_content_policy(house: House) -> None:
    assert report(breaks_the_policy(house)) == ""


@pytest.mark.parametrize(
    "line",
    [
        "<script>alert(1)</script>",
        '<p style="color: red">',
        "<style>p {}</style>",
        '<button onclick="go()">',
        '<form hx-on:submit="go()">',
        '<a href="javascript:go()">',
        "{{ note|safe }}",
        '<script src="https://cdn.example/x.js"></script>',
        '<img src="//cdn.example/x.png">',
    ],
)
def test_a_planted_breach_is_caught(line: str) -> None:
    assert len(list(breaks_the_policy(House({"app/office/templates/board.html": line})))) == 1


def test_plain_markup_passes() -> None:
    page = '<script src="{{ asset(\'office.js\') }}" defer></script>\n<a href="/vat" hx-get="/vat">{{ name }}</a>'
    assert list(breaks_the_policy(House({"app/web/templates/base.html": page}))) == []
