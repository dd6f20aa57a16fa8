"""Every verb that leaves an entry in the audit trail has Polish words."""

from __future__ import annotations

import re
from pathlib import Path

from app.office.verbs import VERBS, words

APP = Path(__file__).parents[2] / "app"
_RECORDED = re.compile(r'audit\.record\(\s*session,\s*"([a-z_.]+)"|, "([a-z]+\.[a-z]+\.put)"')


def recorded() -> set[str]:
    found = (match for path in APP.rglob("*.py") for match in _RECORDED.finditer(path.read_text(encoding="utf-8")))
    return {one or other for one, other in (match.groups() for match in found)}


def test_every_recorded_verb_has_words_and_no_words_are_left_over() -> None:
    assert recorded() == set(VERBS)


def test_a_verb_of_a_later_release_reads_as_it_is() -> None:
    assert words("cases.open") == "cases.open"
