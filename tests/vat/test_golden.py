"""The published worked figures about VAT and KSeF, asked through the rules' public door: JSON in, JSON out."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from app.kernel.rulebook import ask
from app.rules import catalogue
from app.vat.rules.attribution import attribute, directory
from app.vat.rules.facts import Invoice, Party, UnitProfile
from tests.official import FORMATS
from tests.vat.invoices import CITY, PURCHASE

FIGURES = FORMATS.parent / "golden" / "finance.json"


@pytest.fixture(scope="module")
def cases() -> dict[str, dict[str, Any]]:
    if not FIGURES.is_file():
        pytest.skip(f"no worked figures at {FIGURES}")
    return {case["id"]: case for case in json.loads(FIGURES.read_text(encoding="utf-8"))}


def _ask(name: str, **question: Any) -> dict[str, Any]:
    answer = ask(catalogue()[name], json.dumps(question).encode())
    assert answer["reckoning"] and answer["law"]
    result: dict[str, Any] = answer["result"]
    return result


def _ratio(numerator: str, denominator: str, *, elect: bool) -> str:
    elections = {"zero_if_le_2": elect, "full_if_gt_98": elect}
    result = _ask("vat-ratio", numerator=numerator, denominator=denominator, kind="pre_ratio", elections=elections)
    return str(result["pct"])


def test_c06_every_pre_ratio_before_and_after_elections(cases: dict[str, dict[str, Any]]) -> None:
    given = re.findall(r"A=([0-9.]+), base=([0-9.]+)", cases["C06"]["given"])
    expected = cases["C06"]["expected"]
    assert len(given) == len(expected["rounded"]) == 8
    assert [int(_ratio(*one, elect=False)) for one in given] == expected["rounded"]
    assert [int(_ratio(*one, elect=True)) for one in given] == expected["effective"]


def test_p14_a_ratio_is_rounded_up(cases: dict[str, dict[str, Any]]) -> None:
    ratio = cases["P14"]["given"].removeprefix("ratio ")
    assert _ratio(ratio, "100", elect=True) == str(cases["P14"]["expected"]["pct"])


def test_c03_and_c07_deductions(cases: dict[str, dict[str, Any]]) -> None:
    partial = _ask("vat-deduction", vat="230.00", use="business_and_outside", pre_ratio_pct="12")
    assert partial["deductible"] == cases["C03"]["expected"]["SP1:225V"]
    assert partial["non_deductible"] == "202.40"
    stacked = _ask("vat-deduction", vat="2300.00", use="all", pre_ratio_pct="47", ratio_pct="61")
    assert {"ded": stacked["deductible"], "non": stacked["non_deductible"]} == cases["C07"]["expected"]


def test_c08_the_corrections_after_a_year(cases: dict[str, dict[str, Any]]) -> None:
    bought = {"use": "business_and_outside", "vat": "100000", "pre_ratio_pct": "20"}
    current = _ask("vat-annual-correction", year=2024, purchases=[bought], final_pre_ratio_pct="24")
    asset = {"deducted_pct": "20", "in_use_since": "2024-03-01"}
    final = {"2024": "24", "2025": "18"}
    building = _ask("vat-asset-correction", vat="500000", asset="real_estate", final_pct=final, **asset)
    machine = _ask("vat-asset-correction", vat="11500", asset="movable", final_pct={"2024": "24"}, **asset)
    first, second = (one["amount"] for one in building["corrections"])
    found = {"current": current["amount"], "b1": first, "b2": second, "mach": machine["total"]}
    assert found == cases["C08"]["expected"]


def test_c09_two_points_may_be_left_alone(cases: dict[str, dict[str, Any]]) -> None:
    given = re.findall(r"(\d+)→(\d+) VAT (\d+)", cases["C09"]["given"])
    found = []
    for used, final, vat in given:
        bought = {"use": "taxed_and_exempt", "vat": vat, "ratio_pct": used}
        answer = _ask("vat-annual-correction", year=2024, purchases=[bought], final_ratio_pct=final, use_relief=True)
        found.append(answer["groups"][0]["must"])
        assert (answer["amount"] == "0.00") is not found[-1]
    assert found == cases["C09"]["expected"]["must"]


def test_c05_the_registers_of_units_are_rounded_once(cases: dict[str, dict[str, Any]]) -> None:
    taxes = re.findall(r"[0-9]+\.[0-9]{2}", cases["C05"]["given"])
    together = _ask("jpk-totals", sales=[{"K_20": tax} for tax in taxes], purchases=[])
    apart = [_ask("jpk-totals", sales=[{"K_20": tax}], purchases=[])["P"]["P_38"] for tax in taxes]
    assert int(together["P"]["P_38"]) == cases["C05"]["expected"]["gmina"]
    assert together["tax_due"] == cases["C05"]["expected"]["exact"]
    assert sum(map(int, apart)) == cases["C05"]["expected"]["sum_rounded_units"]


def test_c31_a_late_row_of_one_unit_changes_the_whole_return(cases: dict[str, dict[str, Any]]) -> None:
    before = _ask("jpk-totals", sales=[{"K_19": "43480.00", "K_20": "10000.40"}], purchases=[])
    late = [{"K_19": "43480.00", "K_20": "10000.40"}, {"K_19": "1000.00", "K_20": "230.00"}]
    after = _ask("jpk-totals", sales=late, purchases=[])
    old, new = int(before["P"]["P_51"]), int(after["P"]["P_51"])
    assert {"old": old, "new": new, "diff": new - old} == cases["C31"]["expected"]


def test_p18_numbers_of_ksef(cases: dict[str, dict[str, Any]]) -> None:
    number, identifier = re.findall(r"[0-9]{10}-[0-9A-F-]+", cases["P18"]["given"])
    expected = cases["P18"]["expected"]
    assert len(number) == expected["len"]
    assert _ask("ksef-number", number=number)["valid"]
    assert not _ask("ksef-number", number=f"{number[:-2]}{int(expected['crc'], 16) ^ 1:02X}")["valid"]
    assert _ask("internal-id", id=identifier)["valid"] is expected["idwew"]
    assert _ask("internal-id", id="5265877636-12345")["valid"] is expected["bad nip"]
    assert _ask("internal-id", id=identifier[:-1])["valid"] is expected["short"]


def _bought(serves_unit: bool, *others: Party) -> Invoice:
    return replace(PURCHASE, buyer=replace(PURCHASE.buyer, serves_unit=serves_unit), others=others)


def test_c30_where_a_received_invoice_goes(cases: dict[str, dict[str, Any]]) -> None:
    first, second = f"{CITY}-00011", f"{CITY}-00022"
    units = directory(
        [
            UnitProfile("UM", "Urząd Miasta", office=True),
            UnitProfile("SP1", "Szkoła Podstawowa nr 1", internal_ids=(first,)),
            UnitProfile("SP2", "Szkoła Podstawowa nr 2", internal_ids=(second,)),
        ]
    )
    recipient, branch = Party(None, internal_id=first, role=8), Party(None, internal_id=second, role=2)
    invoices = (
        _bought(True, recipient), _bought(True), _bought(False, recipient), _bought(True, branch), _bought(False),
    )  # fmt: skip
    decisions = [attribute(invoice, units, CITY) for invoice in invoices]
    assert [decision.unit for decision in decisions] == ["SP1", None, "SP1", "SP2", None]
    assert [len(decision.warnings) for decision in decisions] == [0, 0, 1, 1, 0]
    assert "JST = 1" in decisions[1].reason
    assert "JST = 2" in decisions[2].warnings[0]
    assert "rola 2" in decisions[3].warnings[0]
    assert decisions[4].candidates[0].unit == "UM"
    told = [re.search(r"[0-9]{10}-[0-9]{5}", each) for each in cases["C30"]["expected"]["r"]]
    codes = {first: "SP1", second: "SP2"}
    assert [found and codes[found[0]] for found in told] == [decision.unit for decision in decisions]
