"""The per cents of the years: decided from figures or agreed, with evidence; the unit's habits."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select

from app.vat.models import VatRatio, purchase
from app.vat.service import registers
from tests.office.browser import words
from tests.vat.invoices import money
from tests.vat.pages.conftest import Unit
from tests.vat.pages.month import MONTH, bill, supplier_invoice

RATIOS = "/vat/wspolczynniki"
CALCULATED, AGREED = f"{RATIOS}/ustal/obliczony", f"{RATIOS}/ustal/uzgodniony"
FIGURES = {
    "year": "2026",
    "kind": "pre_ratio",
    "numerator": "412 300,50",
    "denominator": "2 380 100",
    "basis": "Rb-27S za 2025 r.",
}


def decided(unit: Unit) -> list[tuple[str, int, int]]:
    rows = unit.do(lambda session: list(session.scalars(select(VatRatio).order_by(VatRatio.recorded_at))))
    return [(row.kind, row.year, row.pct) for row in rows]


def test_a_ratio_from_figures_is_rounded_up_and_explains_itself(unit: Unit) -> None:
    answer = unit.head.post(CALCULATED, FIGURES)
    assert answer.headers["location"].endswith("?rok=2026") and decided(unit) == [("pre_ratio", 2026, 18)]
    page = unit.head.get(f"{RATIOS}?rok=2026")
    assert "18%" in words(page) and "Rb-27S za 2025 r." in words(page)
    found = re.search(rf'href="/{unit.school.slug}({RATIOS}/dowod/[^"]+)"', page.text)
    assert found is not None
    sheet = words(unit.clerk.get(found[1]))
    assert "412 300,50 zł" in sheet.replace("\u202f", " ").replace("\u00a0", " ")
    assert "Zaokrąglenie w górę do pełnego procenta" in sheet and "art. 86 ust. 2g ustawy o VAT" in sheet
    part = unit.clerk.get(found[1], **{"hx-request": "true", "hx-target": "mg-explain-body"})
    assert "<html" not in part.text and "data-reckoning" in part.text


def test_an_agreed_ratio_names_its_protocol(unit: Unit) -> None:
    sent = {"year": "2026", "kind": "ratio", "pct": "64", "basis": "protokół nr 7 z 20.01.2026"}
    assert unit.head.post(AGREED, sent).status_code == 303
    page = unit.head.get(f"{RATIOS}?rok=2026")
    assert decided(unit) == [("ratio", 2026, 64)] and "protokół nr 7 z 20.01.2026" in words(page)
    found = re.search(rf'href="/{unit.school.slug}({RATIOS}/dowod/[^"]+)"', page.text)
    assert found is not None and "art. 90 ust. 8 i 9" in words(unit.head.get(found[1]))


def test_a_small_ratio_is_nothing_when_it_was_elected(unit: Unit) -> None:
    small = {**FIGURES, "numerator": "150", "denominator": "10000"}
    unit.head.post(CALCULATED, small)
    unit.head.post(CALCULATED, {**small, "zero_if_le_2": "1"})
    assert [pct for _, _, pct in decided(unit)] == [2, 0]
    shown = words(unit.head.get(f"{RATIOS}?rok=2026"))
    assert "obowiązuje" in shown and "zastąpiona" in shown


@pytest.mark.parametrize(
    ("path", "changed", "field"),
    [
        (CALCULATED, {"denominator": "0"}, "denominator"),
        (CALCULATED, {"numerator": "3000000"}, "numerator"),
        (CALCULATED, {"basis": ""}, "basis"),
        (CALCULATED, {"kind": ""}, "kind"),
        (CALCULATED, {"year": "1999"}, "year"),
        (AGREED, {"pct": "101"}, "pct"),
    ],
)
def test_what_will_not_do_is_refused_at_its_field_and_stays(
    unit: Unit, path: str, changed: dict[str, str], field: str
) -> None:
    answer = unit.head.post(path, {**FIGURES, "pct": "50", **changed})
    assert answer.status_code == 422 and f'href="#{path.rsplit("/", 1)[1]}-{field}"' in answer.text
    assert decided(unit) == []
    if field != "basis":
        assert "Rb-27S za 2025 r." in answer.text


def test_a_decision_computes_open_months_anew(unit: Unit) -> None:
    unit.do(lambda session: registers.enter(session, MONTH, bill(use="business_and_outside")))
    unit.head.post(AGREED, {"year": "2026", "kind": "pre_ratio", "pct": "50", "basis": "protokół"})
    assert unit.do(lambda session: session.scalars(select(purchase.c.k_43)).one()) == money("23.00")


def test_years_are_walked_and_a_strange_one_is_the_present(unit: Unit) -> None:
    assert "Współczynniki na 2024" in words(unit.clerk.get(f"{RATIOS}?rok=2024"))
    assert unit.clerk.get(f"{RATIOS}?rok=rok").status_code == 200
    assert unit.clerk.get(f"{RATIOS}/dowod/00000000-0000-0000-0000-000000000000").status_code == 404


def uses(unit: Unit) -> Any:
    return unit.do(lambda session: session.scalars(select(purchase.c.use)).all())


def test_habits_reach_the_purchases_that_nobody_decided_about(unit: Unit) -> None:
    unit.do(lambda session: registers.receive(session, [supplier_invoice(1, "FV/1")]))
    assert uses(unit) == [None]
    assert unit.head.post(f"{RATIOS}/zwyczaje", {"default_use": "exempt", "purchase_net": "share"}).status_code == 303
    assert uses(unit) == ["exempt"]
    assert "tylko sprzedaż zwolniona" in words(unit.clerk.get(RATIOS)).lower()
    assert "ta sama część co podatku" in words(unit.clerk.get(RATIOS))


def test_habits_need_an_answer(unit: Unit) -> None:
    answer = unit.head.post(f"{RATIOS}/zwyczaje", {"default_use": "exempt"})
    assert answer.status_code == 422 and "Wybierz jedną z możliwości." in words(answer)
    assert re.search(r'<option value="exempt" selected', answer.text)


def test_the_ratios_of_one_unit_are_not_those_of_another(unit: Unit) -> None:
    unit.head.post(CALCULATED, FIGURES)
    for tenant in (unit.world.pool, unit.world.other_school):
        assert unit.do(lambda session: session.scalars(select(VatRatio.id)).all(), tenant) == []
