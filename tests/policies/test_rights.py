"""Who may what where: the role files, read as sentences, for people with grants and mandates."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from policies.catalogue import HOST, MUNICIPALITY, RIGHTS, ROLES, UNIT
from policies.enforcer import (
    Mandate,
    Principal,
    explain,
    lines,
    mandate_for,
    may,
    may_give,
    roles_at,
    roles_with,
)


@dataclass(frozen=True)
class Place:
    id: UUID
    kind: str


CITY, OTHER_CITY = Place(uuid4(), MUNICIPALITY), Place(uuid4(), MUNICIPALITY)
SCHOOL, POOL, CENTRE, OTHER_SCHOOL = (Place(uuid4(), UNIT) for _ in range(4))
PLACES: dict[str, Place | None] = {
    "the city": CITY, "the school": SCHOOL, "the pool": POOL, "the centre": CENTRE,
    "the other city": OTHER_CITY, "the other school": OTHER_SCHOOL, "the deployment": None,
}  # fmt: skip
BY_LAW, RESOLUTION = "art. 3", "uchwała nr 1"
MANDATES = {
    SCHOOL.id: (Mandate(CITY.id, "vat", BY_LAW), Mandate(CENTRE.id, "vat", RESOLUTION)),
    POOL.id: (Mandate(CITY.id, "vat", BY_LAW), Mandate(CENTRE.id, "accounting", RESOLUTION)),
    CENTRE.id: (Mandate(CITY.id, "vat", BY_LAW),),
    OTHER_SCHOOL.id: (Mandate(OTHER_CITY.id, "vat", BY_LAW),),
}
"""The city has every unit by law; the school gave the centre its VAT, the pool only its accounting."""


def person(*grants: tuple[str, Place | None], mandates: Mapping[UUID, tuple[Mandate, ...]] | None = None) -> Principal:
    roles: dict[UUID | None, frozenset[str]] = {}
    for role, place in grants:
        key = place.id if place else None
        roles[key] = roles.get(key, frozenset()) | {role}
    return Principal(uuid4(), "a.nowak", "Anna Nowak", roles, MANDATES if mandates is None else mandates)


PEOPLE = {
    "the school's clerk": person(("unit_clerk", SCHOOL)),
    "the school's head": person(("unit_head", SCHOOL)),
    "the office's head": person(("unit_head", CITY)),
    "the city's VAT clerk": person(("vat_clerk", CITY)),
    "the treasurer": person(("treasurer", CITY)),
    "a centre's accountant": person(("centre_accountant", CENTRE)),
    "the centre's lead": person(("centre_lead", CENTRE)),
    "an accountant of the city's own centre": person(("centre_accountant", CITY)),
    "the operator": person(("provider_operator", None)),
    "a stranger": person(),
}

SENTENCES = """
the school's clerk       may      vat.register enter         in the school
the school's clerk       may      vat.register import        in the school
the school's clerk       may      vat.period complete        in the school
the school's clerk       may      vat.invoice refuse         in the school
the school's clerk       may not  vat.return publish         in the school
the school's clerk       may not  vat.period reopen          in the school
the school's clerk       may not  vat.ratio decide           in the school
the school's clerk       may not  vat.register read          in the pool
the school's clerk       may not  vat.register read          in the city
the school's clerk       may not  vat.register read          in the other school
the school's clerk       may not  account grant              in the school
the school's head        may      vat.return publish         in the school
the school's head        may      vat.period reopen          in the school
the school's head        may      vat.ratio decide           in the school
the school's head        may not  vat.register enter         in the school
the school's head        may not  vat.period complete        in the school
the school's head        may not  vat.return publish         in the pool
the school's head        may      account grant              in the school
the school's head        may      audit verify               in the school
the school's head        may not  audit read                 in the city
the office's head        may      vat.return publish         in the city
the office's head        may not  vat.return publish         in the school
the office's head        may not  vat.consolidation run      in the city
the city's VAT clerk     may      vat.inbox import           in the city
the city's VAT clerk     may      vat.invoice assign         in the city
the city's VAT clerk     may      vat.quarantine settle      in the city
the city's VAT clerk     may      vat.directory edit         in the city
the city's VAT clerk     may      vat.consolidation run      in the city
the city's VAT clerk     may not  vat.consolidation release  in the city
the city's VAT clerk     may      vat.register enter         in the city
the city's VAT clerk     may      vat.register enter         in the school
the city's VAT clerk     may      vat.register enter         in the pool
the city's VAT clerk     may      vat.period reopen          in the school
the city's VAT clerk     may not  vat.return publish         in the school
the city's VAT clerk     may not  vat.return publish         in the city
the city's VAT clerk     may not  vat.register read          in the other school
the city's VAT clerk     may not  vat.inbox read             in the other city
the treasurer            may      vat.consolidation release  in the city
the treasurer            may      vat.consolidation download in the city
the treasurer            may      vat.register read          in the school
the treasurer            may      vat.ratio decide           in the pool
the treasurer            may not  vat.register enter         in the school
the treasurer            may not  vat.return publish         in the school
the treasurer            may not  vat.invoice assign         in the city
the treasurer            may      account grant              in the city
the treasurer            may not  account grant              in the school
the treasurer            may      search use                 in the school
a centre's accountant    may      vat.register enter         in the school
a centre's accountant    may      vat.period complete        in the school
a centre's accountant    may not  vat.register read          in the pool
a centre's accountant    may not  vat.return publish         in the school
a centre's accountant    may not  vat.period reopen          in the school
a centre's accountant    may      vat.board read             in the centre
a centre's accountant    may      vat.register enter         in the centre
a centre's accountant    may not  vat.invoice assign         in the city
a centre's accountant    may not  vat.register read          in the other school
a centre's accountant    may      run cancel                 in the school
the centre's lead        may      vat.period reopen          in the school
the centre's lead        may      vat.ratio decide           in the school
the centre's lead        may      audit read                 in the school
the centre's lead        may not  vat.return publish         in the school
the centre's lead        may not  vat.consolidation run      in the city
the centre's lead        may      account grant              in the centre
the centre's lead        may not  account grant              in the school
an accountant of the city's own centre may vat.invoice assign in the city
an accountant of the city's own centre may vat.register enter in the pool
an accountant of the city's own centre may not vat.consolidation run in the city
the operator             may      tenant create              in the deployment
the operator             may      tenant suspend             in the school
the operator             may      mandate grant              in the other city
the operator             may      account create             in the deployment
the operator             may      audit verify               in the school
the operator             may      audit read                 in the deployment
the operator             may not  audit read                 in the school
the operator             may not  vat.register read          in the school
the operator             may not  vat.board read             in the city
the operator             may not  search use                 in the school
a stranger               may not  search use                 in the school
a stranger               may not  tenant read                in the deployment
"""


def parsed() -> list[tuple[str, bool, str, str, str]]:
    found = []
    for line in SENTENCES.strip().splitlines():
        who = next(name for name in PEOPLE if line.startswith(name))
        rest = line.removeprefix(who).strip().removeprefix("may").strip()
        what, _, where = rest.removeprefix("not ").strip().partition(" in ")
        obj, act = what.split()
        found.append((who, not rest.startswith("not "), obj, act, where.strip()))
    return found


@pytest.mark.parametrize(
    ("who", "allowed", "obj", "act", "where"),
    parsed(),
    ids=[
        f"{who} {'may' if allowed else 'may not'} {obj} {act} in {where}" for who, allowed, obj, act, where in parsed()
    ],
)
def test_rights(who: str, allowed: bool, obj: str, act: str, where: str) -> None:
    assert may(PEOPLE[who], obj, act, PLACES[where]) is allowed


def test_without_the_mandate_the_centre_reaches_nobody() -> None:
    accountant = person(("centre_accountant", CENTRE), mandates={})
    assert not may(accountant, "vat.register", "enter", SCHOOL)
    assert roles_at(accountant, SCHOOL) == ()
    assert may(accountant, "vat.register", "enter", CENTRE)


def test_a_centre_with_a_mandate_over_the_municipality_attributes_its_invoices_and_its_lead_consolidates() -> None:
    mandates = {CITY.id: (Mandate(CENTRE.id, "vat", RESOLUTION),)}
    accountant = person(("centre_accountant", CENTRE), mandates=mandates)
    lead = person(("centre_lead", CENTRE), mandates=mandates)
    assert may(accountant, "vat.invoice", "assign", CITY)
    assert may(lead, "vat.consolidation", "run", CITY)
    assert not may(accountant, "vat.consolidation", "run", CITY)
    assert not may(lead, "vat.consolidation", "release", CITY)


def test_no_mandate_brings_the_heads_sign_off() -> None:
    everything = person(*((role, place) for role, spec in ROLES.items() for place in (CITY, CENTRE) if spec.held_at))
    assert not may(everything, "vat.return", "publish", SCHOOL)
    assert {line.reach.split(":")[0] for line in lines() if (line.obj, line.act) == ("vat.return", "publish")} == {
        "own"
    }


def test_a_mandate_brings_only_roles_that_mean_something_there() -> None:
    assert [held.role for held in roles_at(person(("unit_head", CITY)), SCHOOL)] == []
    held = roles_at(person(("treasurer", CITY), ("unit_clerk", SCHOOL)), SCHOOL)
    assert [(one.role, one.mandate.basis if one.mandate else None) for one in held] == [
        ("unit_clerk", None),
        ("treasurer", BY_LAW),
    ]


def test_the_trail_names_the_mandate_unless_the_person_has_a_role_of_the_place_itself() -> None:
    used = mandate_for(person(("centre_accountant", CENTRE)), SCHOOL)
    assert used is not None and used.basis == RESOLUTION
    assert mandate_for(person(("centre_accountant", CENTRE), ("unit_clerk", SCHOOL)), SCHOOL) is None
    assert mandate_for(person(), SCHOOL) is None


def test_a_person_with_grants_in_many_places_has_each_role_only_in_its_place() -> None:
    both = person(("unit_head", SCHOOL), ("unit_clerk", OTHER_SCHOOL))
    assert may(both, "vat.return", "publish", SCHOOL)
    assert not may(both, "vat.return", "publish", OTHER_SCHOOL)
    assert may(both, "vat.register", "enter", OTHER_SCHOOL)
    assert not may(both, "vat.register", "enter", SCHOOL)


def test_explain_says_exactly_what_may_says() -> None:
    for someone in PEOPLE.values():
        for place in PLACES.values():
            told = {(right.obj, right.act) for right in explain(someone, place)}
            assert told == {(obj, act) for obj, act in RIGHTS if may(someone, obj, act, place)}


def test_explain_names_the_roles_a_right_comes_from() -> None:
    rights = explain(person(("unit_clerk", SCHOOL), ("vat_clerk", CITY)), SCHOOL)
    found = {(right.obj, right.act): right for right in rights}
    assert found["vat.register", "enter"].roles == ("vat_clerk", "unit_clerk")
    assert found["vat.period", "reopen"].roles == ("vat_clerk",)
    assert found["vat.period", "reopen"].words == RIGHTS["vat.period", "reopen"]


def test_a_right_that_no_role_file_names_is_a_defect_not_a_refusal() -> None:
    with pytest.raises(KeyError):
        may(person(), "vat.return", "sign", SCHOOL)


@pytest.mark.parametrize(
    ("giver", "role", "place", "allowed"),
    [
        ("the school's head", "unit_clerk", SCHOOL, True),
        ("the school's head", "unit_head", SCHOOL, False),
        ("the school's head", "unit_clerk", POOL, False),
        ("the school's clerk", "unit_clerk", SCHOOL, False),
        ("the treasurer", "vat_clerk", CITY, True),
        ("the treasurer", "treasurer", CITY, False),
        ("the office's head", "vat_clerk", CITY, False),
        ("the centre's lead", "centre_accountant", CENTRE, True),
        ("the operator", "unit_head", SCHOOL, True),
        ("the operator", "provider_operator", None, True),
    ],
)
def test_who_may_give_a_role(giver: str, role: str, place: Place | None, allowed: bool) -> None:
    assert may_give(PEOPLE[giver], role, place) is allowed


def test_every_right_has_words_and_a_role_and_every_line_a_known_role_and_reach() -> None:
    assert {(line.obj, line.act) for line in lines()} == set(RIGHTS)
    for line in lines():
        whence, kind = line.reach.split(":")
        assert line.role in ROLES and line.effect == "allow"
        assert kind in {MUNICIPALITY, UNIT, HOST, "any"} and whence in {"own", "vat", "accounting", HOST}
        if whence == "own":
            assert kind in ROLES[line.role].held_at, line
    assert len(set(lines())) == len(lines())


def test_roles_that_give_a_right_are_named_in_the_catalogues_order() -> None:
    assert roles_with("vat.return", "publish", UNIT) == ("unit_head",)
    assert roles_with("vat.consolidation", "release", MUNICIPALITY) == ("treasurer",)
    assert roles_with("vat.consolidation", "run", UNIT) == ()
    assert roles_with("tenant", "create", HOST) == ("provider_operator",)
    assert roles_with("audit", "read", HOST) == ("provider_operator",)


def test_threads_ask_at_once_and_get_right_answers() -> None:
    def ask(index: int) -> bool:
        clerk = index % 2 == 0
        who = PEOPLE["the school's clerk" if clerk else "the school's head"]
        return may(who, "vat.return", "publish", SCHOOL) is not clerk

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(400)))


def test_a_refusal_is_not_logged_with_the_persons_grants(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        may(PEOPLE["a stranger"], "search", "use", SCHOOL)
    assert caplog.records == []
    assert "grants" not in repr(PEOPLE["the treasurer"])
