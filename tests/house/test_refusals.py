"""What the product refuses it refuses in a full Polish sentence with Polish quotation marks."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from tests.house.tree import House, called, planted, report

REFUSALS = frozenset({"Refusal", "NotFound", "Conflict", "Forbidden", "NotKnown"})
ENDS = (".", "?", "!", ")", "”")


def is_no_sentence(house: House) -> Iterator[str]:
    """Messages of refusals that do not begin like a sentence, do not end like one, or quote with straight marks."""
    for module in house.product():
        for node in ast.walk(module.node):
            if isinstance(node, ast.Call) and called(node) in REFUSALS and node.args:
                parts = _parts(node.args[0])
                if not parts:
                    continue
                whole = "".join(part or "" for part in parts)
                if parts[0] and not (parts[0][0].isupper() or parts[0][0] in "„0123456789"):
                    yield module.at(node, f"„{whole[:40]}…” does not begin like a sentence")
                if parts[-1] and not parts[-1].endswith(ENDS):
                    yield module.at(node, f"„…{whole[-40:]}” does not end like a sentence")
                if '"' in whole or "'" in whole:
                    yield module.at(node, f"„{whole[:40]}…” quotes with straight marks; Polish has „ and ”")


def _parts(node: ast.AST) -> list[str | None]:
    """The constant parts of a message in order, None for what is put in at run time."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return [str(part.value) if isinstance(part, ast.Constant) else None for part in node.values]
    return []


def test_every_refusal_is_a_polish_sentence(house: House) -> None:
    assert report(is_no_sentence(house)) == ""


@pytest.mark.parametrize(
    "source",
    [
        'raise Refusal("nie ma takiej jednostki.")',
        'raise Refusal("Nie ma takiej jednostki")',
        "raise NotFound(f'Nie ma jednostki „{code}” w gminie')",
        "raise Refusal('Nie ma jednostki \"SP1\".')",
    ],
)
def test_a_planted_half_sentence_is_caught(source: str) -> None:
    assert len(list(is_no_sentence(planted(app__vat__service=source)))) == 1


def test_sentences_pass() -> None:
    source = (
        'raise Refusal(f"{name}: nie ma takiej jednostki.")\nraise Conflict(message, "field")\nraise Refusal("Kto?")'
    )
    assert report(is_no_sentence(planted(app__vat__service=source))) == ""
