from __future__ import annotations

import pickle
from datetime import date

import pytest

from app.kernel.errors import Conflict, Forbidden, NotFound, NotKnown, Refusal


@pytest.mark.parametrize("kind", [Refusal, NotKnown, Conflict, NotFound, Forbidden])
def test_every_refusal_carries_its_sentence_field_and_law(kind: type[Refusal]) -> None:
    refused = kind("Popraw kwotę.", field="kwota", law="art. 1")
    assert isinstance(refused, Refusal)
    assert (str(refused), refused.message, refused.field, refused.law) == (
        "Popraw kwotę.",
        "Popraw kwotę.",
        "kwota",
        "art. 1",
    )


def test_a_refusal_survives_the_way_to_another_process() -> None:
    again = pickle.loads(pickle.dumps(NotKnown("Nie znamy.", parameter="a.b", on=date(2026, 1, 1))))
    assert (again.message, again.parameter, again.on) == ("Nie znamy.", "a.b", date(2026, 1, 1))
