from __future__ import annotations

import inspect
import re

import pytest

from app.kernel.rulebook import Rule, schema
from app.rules import catalogue
from app.vat.rules import RULES


def test_the_contracts_vat_rules_are_all_there() -> None:
    assert {"internal-id", "jpk-totals", "ksef-number", "vat-deduction", "vat-ratio"} <= set(catalogue())
    assert list(catalogue()) == sorted(catalogue())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_public_rule_names_its_law_and_describes_its_question(rule: Rule) -> None:
    assert re.search(r"^\s*Law: \S", inspect.getdoc(rule.run) or "", re.MULTILINE)
    assert rule.summary.endswith(".")
    assert schema(rule)["additionalProperties"] is False
