from __future__ import annotations

import inspect
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Refusal
from app.kernel.rulebook import Rule, ask, schema
from app.rules import catalogue
from app.vat.rules import RULES


def test_the_contracts_vat_rules_are_all_there() -> None:
    assert {"internal-id", "jpk-totals", "ksef-number", "vat-asset-correction", "vat-deduction", "vat-ratio"} <= set(
        catalogue()
    )
    assert list(catalogue()) == sorted(catalogue())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_public_rule_names_its_law_and_describes_its_question(rule: Rule) -> None:
    assert re.search(r"^\s*Law: \S", inspect.getdoc(rule.run) or "", re.MULTILINE)
    assert rule.summary.endswith(".")
    assert schema(rule)["additionalProperties"] is False


NUMBERS = ["0", "1", "2", "98", "100", "20.01", "-5", "10000.00", "99999999999999"]
STRANGE = ["", " 1", "1,5", "1e9", "NaN", "-0", "٣", "²", "1" * 40, "😀", "2026-02-30", None, True, 0, -1, 10**30, 1.5]
strange: st.SearchStrategy[Any] = st.sampled_from([*STRANGE, [], {}, [{}]])


def _fitting(whole: dict[str, Any], part: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of the described shape, each now and then something strange instead."""
    if "$ref" in part:
        return _fitting(whole, whole["$defs"][part["$ref"].rpartition("/")[2]])
    if "anyOf" in part:
        right = st.one_of([_fitting(whole, each) for each in part["anyOf"]])
    elif "enum" in part:
        right = st.sampled_from(part["enum"])
    elif part.get("type") == "array":
        right = st.lists(_fitting(whole, part["items"]), max_size=3)
    elif part.get("type") == "object" and "properties" not in part:
        values = _fitting(whole, part["additionalProperties"])
        right = st.dictionaries(st.sampled_from(["2024", "2025", "1999", "x"]), values, max_size=3)
    elif part.get("type") == "object":
        needed = {name: _fitting(whole, part["properties"][name]) for name in part.get("required", ())}
        other = {name: _fitting(whole, each) for name, each in part["properties"].items() if name not in needed}
        return st.fixed_dictionaries(needed, optional=other)
    else:
        simple = {"boolean": st.booleans(), "null": st.none(), "integer": st.integers(1900, 2100)}
        right = simple.get(part.get("type", ""), st.sampled_from(NUMBERS))
    return st.integers(0, 19).flatmap(lambda chance: right if chance else strange)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@given(data=st.data())
def test_any_question_is_answered_in_full_or_refused_in_polish(rule: Rule, data: st.DataObject) -> None:
    question = data.draw(_fitting(schema(rule), schema(rule)))
    try:
        answer = ask(rule, json.dumps(question).encode())
    except Refusal as refusal:
        assert refusal.message[-1] in ".?"
        return
    assert set(answer) == {"result", "reckoning", "law"}
    assert answer["law"]
    assert all(step["step"] and step["value"] and step["law"] for step in answer["reckoning"])
    json.dumps(answer)
