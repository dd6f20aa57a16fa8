"""The rules of the circulation alone: no step skipped, nobody in two places, the centre never for the head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Conflict, Forbidden, Refusal
from app.purchasing.rules.circulation import (
    Circumstances,
    Wanted,
    check_substitute,
    permit,
    standing,
    who_may,
)
from app.purchasing.rules.facts import RIGHTS, Act, ActKind, Person, Scheme, Step, StepKind, Substitute
from app.purchasing.rules.scheme import USUAL, check_scheme, needed
from tests.purchasing.papers import ACCOUNTANT, APPROVER, CHIEF, CLERK, EVERYBODY, HEAD, WAY

ON = date(2026, 9, 20)
CONTENT = "a" * 64
GROSS = Decimal("123.00")
CODES = [one.code for one in USUAL.steps]


def acts(*done: tuple[str, Person]) -> list[Act]:
    """A book: opened, then these steps by these people."""
    opened = Act(1, "open", CLERK.login, content=CONTENT)
    kinds: dict[str, ActKind] = {"describe": "describe"}
    return [opened] + [
        Act(place, kinds.get(code, "approve"), person.login, code, content=CONTENT)
        for place, (code, person) in enumerate(done, 2)
    ]


def now(
    book: Sequence[Act],
    scheme: Scheme = USUAL,
    *,
    gross: Decimal = GROSS,
    on: date = ON,
    substitutes: tuple[Substitute, ...] = (),
) -> Circumstances:
    return Circumstances(
        on, scheme, gross, CONTENT, standing(scheme, gross, book), substitutes,
        frozenset(one.actor for one in book if one.kind == "describe"),
    )  # fmt: skip


BEFORE_HEAD = acts(("describe", CLERK), *WAY[:-1])


@pytest.mark.parametrize("wanted", CODES)
@pytest.mark.parametrize("passed", range(len(CODES)))
def test_only_the_step_that_is_waited_for_can_be_approved(passed: int, wanted: str) -> None:
    done = (("describe", CLERK), *WAY)[:passed]
    here = now(acts(*done))
    assert here.standing.step is not None and here.standing.step.code == CODES[passed]
    person = Person("ktos@sp1.pl", frozenset(RIGHTS.values()), own=True, serves=False)
    if wanted != CODES[passed]:
        with pytest.raises(Conflict, match="czeka teraz na krok"):
            permit(Wanted("approve", wanted, CONTENT), person, here)
    elif wanted == "describe":
        with pytest.raises(Refusal, match="zapisanie opisu"):
            permit(Wanted("approve", wanted, CONTENT), person, here)
    else:
        assert permit(Wanted("approve", wanted, CONTENT), person, here).step.code == wanted


CENTRE_PEOPLE = {
    "by a mandate": CHIEF,
    "with a grant of head in the unit": replace(HEAD, login="olga.sowa@cuw.pl", serves=True),
    "with every right there is": Person("olga.sowa@cuw.pl", frozenset(RIGHTS.values()), own=True, serves=True),
    "a right to sign brought by a mandate": Person("obcy@cuw.pl", frozenset({"sign"}), own=False, serves=False),
}


@pytest.mark.parametrize("person", CENTRE_PEOPLE.values(), ids=CENTRE_PEOPLE.keys())
@pytest.mark.parametrize("substitute", [False, True])
def test_the_centre_cannot_approve_for_the_head_in_any_way(person: Person, substitute: bool) -> None:
    given = (Substitute("head", HEAD.login, person.login, ON, ON),) if substitute else ()
    with pytest.raises(Forbidden, match="centrum usług wspólnych nie może"):
        permit(Wanted("approve", "head", CONTENT), person, now(BEFORE_HEAD, substitutes=given))
    objected = [*acts(("describe", CLERK), *WAY[:3]), Act(9, "object", CHIEF.login, "control", content=CONTENT)]
    with pytest.raises(Forbidden):
        permit(Wanted("order", "control", CONTENT, "polecam"), person, now(objected, substitutes=given))


def test_the_centre_is_never_made_a_substitute_in_the_units_decisions() -> None:
    for kind in ("describe", "substance", "head"):
        given = Substitute(kind, HEAD.login, ACCOUNTANT.login, ON, ON)
        with pytest.raises(Refusal, match="nie może zastępować"):
            check_substitute(given, HEAD, serves=True)
    with pytest.raises(Forbidden, match="ustanawia jej kierownik"):
        check_substitute(Substitute("head", HEAD.login, APPROVER.login, ON, ON), CHIEF, serves=False)
    check_substitute(Substitute("head", HEAD.login, APPROVER.login, ON, ON), HEAD, serves=False)
    check_substitute(Substitute("control", CHIEF.login, ACCOUNTANT.login, ON, ON), CHIEF, serves=True)


DEPUTY = Person("zofia.wrona@sp1.pl", frozenset({"read"}), own=True, serves=False)


@pytest.mark.parametrize(
    ("day", "gross", "may"),
    [
        (-1, "100.00", False), (0, "100.00", True), (5, "100.00", True), (10, "100.00", True), (11, "100.00", False),
        (5, "5000.00", True), (5, "5000.01", False), (5, "-6000.00", False),
    ],
)  # fmt: skip
def test_a_substitute_acts_in_their_days_and_up_to_their_limit(day: int, gross: str, may: bool) -> None:
    given = Substitute("head", HEAD.login, DEPUTY.login, ON, ON + timedelta(days=10), Decimal("5000.00"))
    here = now(BEFORE_HEAD, gross=Decimal(gross), on=ON + timedelta(days=day), substitutes=(given,))
    wanted = Wanted("approve", "head", CONTENT)
    if may:
        assert permit(wanted, DEPUTY, here).for_login == HEAD.login
    else:
        with pytest.raises(Forbidden, match="Nie masz prawa"):
            permit(wanted, DEPUTY, here)


LIMITED = replace(
    USUAL,
    steps=tuple(replace(one, limit=Decimal("10000.00")) if one.code == "substance" else one for one in USUAL.steps),
)


@pytest.mark.parametrize(
    ("gross", "person", "may"),
    [
        ("10000.00", APPROVER, True), ("10000.01", APPROVER, False), ("10000.01", HEAD, True),
        ("-10000.01", APPROVER, False),
    ],
)  # fmt: skip
def test_above_its_limit_a_step_is_the_heads(gross: str, person: Person, may: bool) -> None:
    here = now(acts(("describe", CLERK)), LIMITED, gross=Decimal(gross))
    step = here.standing.step
    assert step is not None
    if may:
        assert who_may(step, person, here).step.code == "substance"
    else:
        with pytest.raises(Forbidden, match="Powyżej"):
            who_may(step, person, here)


def test_a_step_from_an_amount_is_needed_above_it_only() -> None:
    second = Step("second", "substance", "Druga kontrola", ("describe", "substance"), from_gross=Decimal("5000.00"))
    scheme = replace(USUAL, steps=(*USUAL.steps[:2], second, *USUAL.steps[2:]))
    check_scheme(scheme)
    assert "second" not in [one.code for one in needed(scheme, Decimal("5000.00"))]
    assert "second" in [one.code for one in needed(scheme, Decimal("-5000.01"))]


def without(kind: StepKind) -> Scheme:
    return replace(USUAL, steps=tuple(one for one in USUAL.steps if one.kind != kind))


@pytest.mark.parametrize(
    "scheme",
    [
        *(without(kind) for kind in ("describe", "substance", "formal", "control", "head")),
        replace(USUAL, steps=USUAL.steps[::-1]),
        replace(USUAL, steps=(*USUAL.steps, USUAL.steps[0])),
        replace(USUAL, steps=()),
        replace(USUAL, steps=tuple(replace(one, apart_from=()) for one in USUAL.steps)),
        replace(USUAL, steps=(*USUAL.steps[:5], replace(USUAL.steps[5], from_gross=Decimal("1000")))),
        replace(USUAL, steps=tuple(replace(one, limit=Decimal("-1")) for one in USUAL.steps)),
        replace(USUAL, steps=(*USUAL.steps[:5], replace(USUAL.steps[5], apart_from=("describe", "niema")))),
    ],
)  # fmt: skip
def test_a_scheme_that_leaves_somebody_out_is_refused(scheme: Scheme) -> None:
    with pytest.raises(Refusal):
        check_scheme(scheme)


def test_a_scheme_without_a_vat_step_will_do() -> None:
    for scheme in (without("vat"), USUAL):
        check_scheme(scheme)
        assert needed(scheme, GROSS) == scheme.steps


KINDS: tuple[ActKind, ...] = ("approve", "return", "reject", "object", "order")
TRIES = st.lists(
    st.tuples(
        st.sampled_from(KINDS), st.sampled_from(CODES), st.sampled_from(range(len(EVERYBODY))),
        st.sampled_from(CODES), st.booleans(), st.booleans(),
    ),
    max_size=40,
)  # fmt: skip


@given(TRIES, st.booleans())
def test_whatever_anybody_tries_a_ready_case_passed_every_step_by_its_own_person(
    tries: list[tuple[ActKind, str, int, str, bool, bool]], substitutes: bool
) -> None:
    """Random people try random things; what the rule permits is written, and the book always holds."""
    given_ = (
        (
            Substitute("head", HEAD.login, CHIEF.login, ON, ON),
            Substitute("head", HEAD.login, ACCOUNTANT.login, ON, ON),
            Substitute("substance", APPROVER.login, CHIEF.login, ON, ON),
        )
        if substitutes
        else ()
    )
    book = acts(("describe", CLERK))
    for kind, code, who, to, aim, stale in tries:
        here = now(book, substitutes=given_)
        step = here.standing.step
        wanted = Wanted(
            kind, step.code if aim and step else code, "stare" if stale and not aim else CONTENT, "tak trzeba", to
        )
        try:
            allowed = permit(wanted, EVERYBODY[who], here)
        except Refusal:
            continue
        book.append(
            Act(len(book) + 1, kind, EVERYBODY[who].login, allowed.step.code, to, CONTENT, "tak", allowed.for_login)
        )
        if kind == "return" and to == "describe":
            book.append(Act(len(book) + 1, "describe", CLERK.login, "describe", content=CONTENT))
    end = standing(USUAL, GROSS, book)
    if end.state == "ready":
        assert list(end.done) == CODES
        assert end.done["head"].actor == HEAD.login and end.done["substance"].actor in (APPROVER.login, HEAD.login)
        for step in USUAL.steps:
            for other in step.apart_from:
                ordered = end.done[step.code].kind == "order" or end.done[other].kind == "order"
                assert ordered or end.done[step.code].actor != end.done[other].actor
    else:
        assert end.step is None or [*end.done] == CODES[: CODES.index(end.step.code)]
