"""The month: what holds it up, completed by one person, signed by another, sent back, signed again, compared."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.vat.models import VatPublication, sale
from app.vat.rules.facts import Marker
from app.vat.service import periods, registers
from tests.office.browser import words
from tests.vat.pages.conftest import Person, Unit
from tests.vat.pages.month import MONTH, bill, receipt_invoice, report, supplier_invoice

PERIOD = f"/vat/okres/{MONTH}"
OWN_WORK = "autor nie zatwierdza własnej pracy"


def fill(session: Any) -> None:
    registers.enter(session, MONTH, report(3))
    registers.enter(session, MONTH, receipt_invoice())
    registers.enter(session, MONTH, bill())


def seen(answer: httpx.Response) -> str:
    """Which completion the page shows to whoever signs."""
    found = re.search(r'name="seen" value="([^"]+)"', answer.text)
    assert found is not None
    return found[1]


def sign(person: Person) -> httpx.Response:
    return person.post(f"{PERIOD}/podpisz", {"seen": seen(person.get(PERIOD))})


def versions(unit: Unit) -> list[VatPublication]:
    query = select(VatPublication).order_by(VatPublication.version)
    return unit.do(lambda session: list(session.scalars(query)))  # type: ignore[no-any-return]


def ready(unit: Unit) -> None:
    unit.do(fill)
    assert unit.clerk.post(f"{PERIOD}/uzupelnij").status_code == 303


def test_the_month_goes_from_the_clerk_to_the_head(unit: Unit) -> None:
    ready(unit)
    shown = words(unit.head.get(PERIOD))
    assert "czeka na podpis" in shown and unit.clerk.account.login in shown and "Podpisujesz jako Jan Dąb" in shown
    assert sign(unit.head).status_code == 303
    [version] = versions(unit)
    assert (version.completed_by, version.signed_by) == (unit.clerk.account.login, unit.head.account.login)
    shown = words(unit.clerk.get(PERIOD))
    assert "podpisany, wersja 1" in shown and version.hash in shown
    for done in ("uzupełnił(a) rejestr", "podpisał(a) rejestr: wersja 1"):
        assert done in shown


def test_what_the_month_comes_to_explains_itself(unit: Unit) -> None:
    unit.do(fill)
    page = unit.clerk.get(PERIOD)
    due = report(3).amounts["K_18"] + report(3).amounts["K_20"]
    assert f"{due:.2f}".replace(".", ",") in words(page)
    part = unit.clerk.get(f"{PERIOD}/wyliczenie/nalezny", **{"hx-request": "true", "hx-target": "mg-explain-body"})
    assert "<html" not in part.text and "K_18 38,64 + K_20 29,67" in words(part)
    assert "46,00 zł" in words(unit.clerk.get(f"{PERIOD}/wyliczenie/naliczony"))
    assert "22,31 zł" in words(unit.clerk.get(f"{PERIOD}/wyliczenie/roznica"))
    assert unit.clerk.get(f"{PERIOD}/wyliczenie/inne").status_code == 404


def test_what_blocks_the_month_is_named_with_a_way_to_mend_it(unit: Unit) -> None:
    unit.do(fill)
    unit.do(lambda session: registers.receive(session, [supplier_invoice(1, "FV/1")]))
    unit.do(lambda session: registers.enter(session, MONTH, replace(bill("F/2"), use="all")))
    page = unit.clerk.get(PERIOD)
    shown = words(page)
    assert "1 zakup nie ma przeznaczenia: FV/1" in shown and "?przeznaczenie=brak" in page.text
    assert "Brakuje prewspółczynnika" in shown and "Brakuje współczynnika" in shown
    assert "Najpierw usuń błędy pokazane powyżej." in shown
    answer = unit.clerk.post(f"{PERIOD}/uzupelnij")
    assert answer.status_code == 422 and "Rejestru nie można jeszcze przekazać do podpisu." in words(answer)
    assert "FV/1" in words(answer) and "otwarty" in words(unit.clerk.get(PERIOD))


def test_an_invoice_without_a_number_is_a_warning_and_does_not_block(unit: Unit) -> None:
    unit.do(fill)
    unit.do(lambda session: registers.enter(session, MONTH, replace(bill("F/2"), marker=Marker("OFF"))))
    page = unit.clerk.get(PERIOD)
    assert "Dokumenty bez numeru KSeF" in words(page) and f"zakup/{MONTH}?oznaczenie=OFF" in page.text
    assert unit.clerk.post(f"{PERIOD}/uzupelnij").status_code == 303


def test_whoever_completed_is_told_in_words_why_they_may_not_sign(unit: Unit) -> None:
    unit.do(fill)
    both = unit.person("unit_clerk", "unit_head")
    both.post(f"{PERIOD}/uzupelnij")
    page = both.get(PERIOD)
    assert OWN_WORK in words(page) and "Podpisz i opublikuj" not in words(page)
    answer = both.post(f"{PERIOD}/podpisz", {"seen": ""})
    assert answer.status_code == 422 and OWN_WORK in words(answer) and "art. 53 ust. 1" in words(answer)
    assert versions(unit) == []
    assert sign(unit.head).status_code == 303


def test_the_head_sends_the_month_back_with_a_reason(unit: Unit) -> None:
    ready(unit)
    answer = unit.head.post(f"{PERIOD}/otworz", {"reason": "  "})
    assert (
        answer.status_code == 422
        and "Wypełnij to pole." in words(answer)
        and '<details class="mg-opens" open>' in answer.text
    )
    assert unit.head.post(f"{PERIOD}/otworz", {"reason": "brakuje raportu z 30 września"}).status_code == 303
    shown = words(unit.clerk.get(PERIOD))
    assert "Miesiąc wrócił do poprawy. brakuje raportu z 30 września" in shown
    assert f"{unit.head.account.login} otworzył(a) miesiąc ponownie" in shown


@pytest.mark.parametrize(
    ("verb", "data", "said"),
    [
        ("uzupelnij", {}, "Miesiąc 2026-09 jest już uzupełniony."),
        ("podpisz", {"seen": "x"}, "Miesiąc 2026-09 jest otwarty"),
        ("otworz", {"reason": "mój powód"}, "Miesiąc 2026-09 jest już otwarty."),
    ],
)
def test_who_came_second_sees_the_month_as_it_is(unit: Unit, verb: str, data: dict[str, str], said: str) -> None:
    unit.do(fill)
    if verb == "uzupelnij":
        unit.do(lambda session: periods.complete(session, MONTH))
    person = unit.clerk if verb == "uzupelnij" else unit.head
    answer = person.post(f"{PERIOD}/{verb}", data)
    assert answer.status_code == 409 and said in words(answer)
    assert "Poniżej widać miesiąc takim, jaki jest teraz." in words(answer)


def test_a_reason_typed_too_late_is_not_lost(unit: Unit) -> None:
    ready(unit)
    unit.do(lambda session: periods.reopen(session, MONTH, "pierwszy powód"))
    answer = unit.head.post(f"{PERIOD}/otworz", {"reason": "drugi powód, długi i ważny"})
    assert answer.status_code == 409 and "drugi powód, długi i ważny" in words(answer)


def test_only_what_was_looked_at_is_signed(unit: Unit) -> None:
    ready(unit)
    looked_at = seen(unit.head.get(PERIOD))
    unit.do(lambda session: periods.reopen(session, MONTH, "dopiszę raport"))
    unit.do(lambda session: registers.enter(session, MONTH, report(4)))
    unit.do(lambda session: periods.complete(session, MONTH))
    answer = unit.head.post(f"{PERIOD}/podpisz", {"seen": looked_at})
    assert answer.status_code == 409 and "uzupełniono ponownie" in words(answer)
    assert versions(unit) == [] and "czeka na podpis" in words(answer)
    assert sign(unit.head).status_code == 303 and versions(unit)[0].sale_count == 3


def twice_signed(unit: Unit) -> None:
    ready(unit)
    sign(unit.head)
    unit.head.post(f"{PERIOD}/otworz", {"reason": "drugi raport"})
    unit.do(lambda session: registers.enter(session, MONTH, report(4)))
    row = unit.do(lambda session: session.scalars(select(sale.c.id).where(sale.c.document_type == "FP")).one())
    unit.do(lambda session: registers.void(session, "sale", row, "pomyłka"))
    unit.clerk.post(f"{PERIOD}/uzupelnij")
    sign(unit.head)


def test_versions_are_kept_and_compared(unit: Unit) -> None:
    twice_signed(unit)
    first, second = versions(unit)
    shown = words(unit.clerk.get(PERIOD))
    assert first.hash[:12] in shown and second.hash[:12] in shown
    changes = words(unit.clerk.get(f"{PERIOD}/roznice"))
    assert "Wersja 2" in changes and "doszedł RD/004/2026" in changes and "wypadł FP/1/09/2026" in changes
    assert "K_20 Dostawa i usługi w kraju, 22% albo 23% – podatek 29,67 60,03 30,36" in changes
    assert words(unit.clerk.get(f"{PERIOD}/roznice?od=2&do=1")).count("doszedł RD/004/2026") == 1
    assert unit.clerk.get(f"{PERIOD}/roznice?od=1&do=1").status_code == 422
    assert unit.clerk.get(f"{PERIOD}/roznice?od=1&do=9").status_code == 422


def test_there_is_nothing_to_compare_with_one_version(unit: Unit) -> None:
    ready(unit)
    sign(unit.head)
    assert unit.clerk.get(f"{PERIOD}/roznice").status_code == 404
    assert "Co się zmieniło między wersjami" not in words(unit.clerk.get(PERIOD))


def test_a_version_shows_its_sums_and_that_it_is_whole(unit: Unit) -> None:
    twice_signed(unit)
    page = words(unit.head.get(f"{PERIOD}/wersja/1"))
    assert "Nowsza jest wersja 2." in page and versions(unit)[0].hash in page and "K_20" in page
    assert "Wersja jest nienaruszona." in words(unit.head.get(f"{PERIOD}/wersja/1?sprawdz=1"))
    assert unit.head.get(f"{PERIOD}/wersja/3").status_code == 404


def test_the_signed_rows_are_read_and_exported_as_signed(unit: Unit) -> None:
    twice_signed(unit)
    page = words(unit.head.get(f"{PERIOD}/wersja/1/sprzedaz"))
    assert "RD/003/2026" in page and "FP/1/09/2026" in page and "RD/004/2026" not in page
    file = unit.head.get(f"{PERIOD}/wersja/2/sprzedaz?plik=csv").content.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(file), delimiter=";"))
    assert [(line["Lp."], line["Dokument"]) for line in lines] == [("1", "RD/003/2026"), ("2", "RD/004/2026")]
    assert "R/7/2026" in words(unit.head.get(f"{PERIOD}/wersja/1/zakup"))
    assert unit.head.get(f"{PERIOD}/wersja/1/inny").status_code == 404


def test_an_empty_month_is_closed_too(unit: Unit) -> None:
    assert "Rejestr jest pusty" in words(unit.clerk.get(PERIOD))
    unit.clerk.post(f"{PERIOD}/uzupelnij")
    sign(unit.head)
    assert [version.sale_count for version in versions(unit)] == [0]
    assert "Wersja bez kwot" in words(unit.head.get(f"{PERIOD}/wersja/1"))


def test_signing_one_unit_touches_no_other(unit: Unit) -> None:
    ready(unit)
    unit.do(fill, unit.world.pool)
    sign(unit.head)
    assert unit.do(lambda session: periods.status(session, MONTH).stage, unit.world.pool).state == "open"
