"""Every word of the portal exists in every language, with the same places for what is filled in."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment
from jinja2.ext import extract_from_ast

import app.portal
from app.portal.languages import DEFAULT, LANGUAGES, LOCALE, words

PORTAL = Path(app.portal.__file__).parent
COUNTED = re.compile(r"%\(\w+\)s")


def spoken() -> Iterator[tuple[str, ...]]:
    """Every text of templates and code: one form, or two for what is counted."""
    environment = Environment(extensions=["jinja2.ext.do"])
    for path in PORTAL.rglob("*.html"):
        tree = environment.parse(path.read_text(encoding="utf-8"))
        for _, _, text in extract_from_ast(tree, ("_", "counted"), babel_style=False):
            yield tuple(part for part in (text if isinstance(text, tuple) else (text,)) if part is not None)
    for path in PORTAL.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "_":
                yield (ast.literal_eval(node.args[0]),)


SAME_WORD = {"E-mail", "Menu"}
"""English says it in the same letters."""
TEXTS = sorted(set(spoken()))


def test_the_texts_are_found() -> None:
    assert ("Jednostki",) in TEXTS
    assert ("Ile i do kiedy mam zapłacić?",) in TEXTS
    assert ("%(count)s jednostka", "%(count)s jednostek") in TEXTS


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != DEFAULT])
def test_every_text_is_translated(language: str) -> None:
    known = words(language)
    once = {text[0] for text in TEXTS if len(text) == 1} - SAME_WORD
    assert [text for text in once if known.gettext(text) == text] == []
    assert [text for text in TEXTS if len(text) == 2 and known.ngettext(text[0], text[1], 5) == text[1]] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_holds_nothing_that_nobody_says_and_keeps_the_places(language: str) -> None:
    with (LOCALE / f"{language}.po").open("rb") as text:
        catalogue = read_po(text, locale=language)
    said = {text[0] for text in TEXTS}
    for message in catalogue:
        if not message.id:
            continue
        forms = message.id if isinstance(message.id, tuple | list) else (message.id,)
        assert forms[0] in said, f"nobody says {forms[0]!r}"
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        assert all(strings), forms
        told = [str(text) for text in strings]
        assert {tuple(COUNTED.findall(text)) for text in told} == {tuple(COUNTED.findall(forms[0]))}


@pytest.mark.parametrize(
    ("language", "count", "told"),
    [
        ("pl", 1, "1 jednostka"), ("pl", 3, "3 jednostki"), ("pl", 12, "12 jednostek"), ("pl", 22, "22 jednostki"),
        ("en", 1, "1 institution"), ("en", 2, "2 institutions"),
        ("uk", 1, "1 установа"), ("uk", 4, "4 установи"), ("uk", 11, "11 установ"), ("uk", 21, "21 установа"),
    ],
)  # fmt: skip
def test_counting_is_right_in_each_language(language: str, count: int, told: str) -> None:
    assert words(language).ngettext("%(count)s jednostka", "%(count)s jednostek", count) % {"count": count} == told
