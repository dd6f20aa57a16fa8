"""Who may open the register's pages and what they may do there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from litestar.handlers import HTTPRouteHandler

from app.kernel.clock import today
from app.vat.pages import HANDLERS
from policies.guards import rights
from tenants import fleet
from tests.conftest import ACTOR
from tests.office.browser import words
from tests.vat.pages.conftest import Unit
from tests.vat.pages.month import MONTH, report

READ = (
    f"/vat/rejestr/sprzedaz/{MONTH}",
    f"/vat/rejestr/zakup/{MONTH}",
    f"/vat/rejestr/sprzedaz/{MONTH}/sumy",
    f"/vat/okres/{MONTH}",
    f"/vat/okres/{MONTH}/wyliczenie/nalezny",
    "/vat/wspolczynniki",
    "/vat/wspolczynniki/porownaj/2026",
    f"/vat/kasy/{MONTH}",
    f"/vat/zle-dlugi/{MONTH}",
    "/vat/srodki-trwale",
    "/vat/korekta-roczna",
)
WORK = (
    f"/vat/dokument/{MONTH}/nowy?rodzaj=RO",
    f"/vat/wczytaj/{MONTH}",
    f"/vat/wczytaj/{MONTH}/wzor",
    f"/vat/dowod/{MONTH}/nowy",
    "/vat/srodki-trwale/nowy",
    "/vat/srodki-trwale/wczytaj",
)


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda handler: handler.fn.__qualname__)
def test_every_page_asks_for_a_right_of_the_vat_room(handler: HTTPRouteHandler) -> None:
    assert [one for one, _ in rights(handler) if one.startswith("vat.")]


@pytest.mark.parametrize(
    ("role", "read", "work"),
    [("unit_clerk", 200, 200), ("unit_head", 200, 403), ("centre_accountant", 200, 200)],
)
def test_pages_open_to_the_roles_of_the_unit(unit: Unit, role: str, read: int, work: int) -> None:
    person = unit.person(role)
    assert [person.get(path).status_code for path in READ] == [read] * len(READ)
    assert [person.get(path).status_code for path in WORK] == [work] * len(WORK)


def test_the_citys_treasurer_reads_a_unit_and_enters_nothing(unit: Unit) -> None:
    treasurer = unit.person("treasurer", at=unit.world.city)
    assert {treasurer.get(path).status_code for path in READ} == {200}
    assert {treasurer.get(path).status_code for path in WORK} == {403}


def test_a_stranger_finds_nothing(unit: Unit) -> None:
    stranger = unit.person("unit_clerk", at=unit.world.other_school)
    assert {stranger.get(path).status_code for path in (*READ, *WORK)} == {404}
    assert stranger.post(f"/vat/okres/{MONTH}/uzupelnij").status_code == 404


@pytest.mark.parametrize(
    ("path", "allowed", "refused"),
    [
        (f"/vat/okres/{MONTH}/uzupelnij", "unit_clerk", "unit_head"),
        (f"/vat/okres/{MONTH}/podpisz", "unit_head", "unit_clerk"),
        (f"/vat/okres/{MONTH}/otworz", "unit_head", "unit_clerk"),
        ("/vat/wspolczynniki/ustal/obliczony", "unit_head", "unit_clerk"),
        ("/vat/wspolczynniki/zwyczaje", "unit_head", "unit_clerk"),
        (f"/vat/rejestr/zakup/{MONTH}/przeznaczenie", "unit_clerk", "unit_head"),
        (f"/vat/dokument/{MONTH}/nowy?rodzaj=RO", "unit_clerk", "unit_head"),
        (f"/vat/rejestr/sprzedaz/{MONTH}/{UUID(int=0)}/uniewaznij", "unit_clerk", "unit_head"),
    ],
)
def test_each_act_is_for_the_role_that_answers_for_it(unit: Unit, path: str, allowed: str, refused: str) -> None:
    assert unit.person(refused).post(path).status_code == 403
    assert unit.person(allowed).post(path).status_code != 403


def test_a_mandate_brings_the_work_and_never_the_signature(unit: Unit) -> None:
    with unit.reception.host.control() as session:
        fleet.grant(session, unit.world.centre, unit.school, "vat", today(), "uchwała nr 5", ACTOR)
    unit.do(lambda session: _report(session))
    lead = unit.person("centre_lead", at=unit.world.centre)
    assert lead.post(f"/vat/okres/{MONTH}/uzupelnij").status_code == 303
    assert lead.post(f"/vat/okres/{MONTH}/podpisz").status_code == 403
    shown = words(unit.head.get(f"/vat/okres/{MONTH}"))
    assert f"{lead.account.login} uzupełnił(a) rejestr" in shown and "uchwała nr 5" in shown


def _report(session: Any) -> None:
    from app.vat.service import registers

    registers.enter(session, MONTH, report(3))


def test_buttons_are_shown_only_to_those_who_may_press_them(unit: Unit) -> None:
    unit.do(lambda session: _report(session))
    register = f"/vat/rejestr/sprzedaz/{MONTH}"
    assert "Dodaj dokument" in words(unit.clerk.get(register))
    assert "Dodaj dokument" not in words(unit.head.get(register))
    assert "Przekaż do podpisu" in words(unit.clerk.get(f"/vat/okres/{MONTH}"))
    assert "Przekaż do podpisu" not in words(unit.head.get(f"/vat/okres/{MONTH}"))
    assert "Ustal współczynnik" not in words(unit.clerk.get("/vat/wspolczynniki"))
    assert "Ustal współczynnik" in words(unit.head.get("/vat/wspolczynniki"))
