"""What the role files say of purchases: no mandate brings a decision of the unit, whoever holds it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from policies.catalogue import ROLES, UNIT
from policies.enforcer import Mandate, Principal, lines, may
from tests.policies.test_rights import Place

SCHOOL, CENTRE = Place(uuid4(), UNIT), Place(uuid4(), UNIT)
OF_THE_UNIT = ("describe", "open", "approve", "sign")


@pytest.mark.parametrize("act", OF_THE_UNIT)
def test_decisions_of_the_unit_are_held_there_only(act: str) -> None:
    reaches = {line.reach for line in lines() if (line.obj, line.act) == ("purchasing.case", act)}
    assert reaches == {"own:unit", "own:municipality"}


@pytest.mark.parametrize("act", OF_THE_UNIT)
@pytest.mark.parametrize("scope", ["accounting", "vat", "payroll", "reports"])
def test_whoever_holds_every_role_in_the_centre_and_any_mandate_cannot_decide_for_the_school(
    act: str, scope: str
) -> None:
    everything = frozenset(role for role, one in ROLES.items() if UNIT in one.held_at)
    mandates = {SCHOOL.id: (Mandate(CENTRE.id, scope, "uchwała nr 1"),)}
    person = Principal(uuid4(), "a.nowak", "Anna Nowak", {CENTRE.id: everything}, mandates)
    assert not may(person, "purchasing.case", act, SCHOOL)
    assert may(person, "purchasing.case", "check", SCHOOL) == (scope == "accounting")


def test_only_the_unit_head_signs() -> None:
    assert {line.role for line in lines() if (line.obj, line.act) == ("purchasing.case", "sign")} == {"unit_head"}
