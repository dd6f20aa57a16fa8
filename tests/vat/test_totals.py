from __future__ import annotations

import random
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Refusal
from app.vat.rules.totals import (
    ADDENDS,
    BASES,
    DUE,
    DUE_LESS,
    INPUT,
    ORDER,
    REGISTER_CODES,
    TOGETHER,
    add_up,
    check_declaration,
    control_sums,
    declaration,
)
from tests.official import FORMATS


def _sums(**amounts: str) -> dict[str, Decimal]:
    return {name: Decimal(amount) for name, amount in amounts.items()}


def _written(**options: object) -> dict[str, str]:
    sums = _sums(**{name: str(amount) for name, amount in options.items() if name.startswith("K_")})
    rest = {name: amount for name, amount in options.items() if not name.startswith("K_")}
    made = declaration(sums, **rest)  # type: ignore[arg-type]
    return {name: f"{amount:f}" for name, amount in made.positions.items()}


def test_golden_c05_rounds_the_municipalitys_sum_once() -> None:
    units = [_sums(K_19="101.96", K_20=tax) for tax in ("23.45", "46.45", "69.45")]
    made = declaration(add_up(units))
    assert made.positions["P_20"] == 139
    assert made.tax_due == Decimal("139.35")
    assert sum(declaration(one).positions["P_20"] for one in units) == 138


def test_an_empty_month_is_a_return_of_zeros() -> None:
    assert _written() == dict.fromkeys(("P_37", "P_38", "P_48", "P_51", "P_53", "P_62"), "0")


def test_tax_to_pay() -> None:
    written = _written(K_19="1000.00", K_20="230.00", K_42="300.00", K_43="69.40", carried=Decimal(50))
    assert written == {
        "P_19": "1000", "P_20": "230", "P_37": "1000", "P_38": "230", "P_39": "50", "P_42": "300", "P_43": "69",
        "P_48": "119", "P_51": "111", "P_53": "0", "P_62": "0",
    }  # fmt: skip


def test_tax_to_carry_on_and_to_refund() -> None:
    written = _written(K_42="1000.00", K_43="230.00", carried=Decimal(20), refund=Decimal(100))
    assert {name: written[name] for name in ("P_48", "P_51", "P_53", "P_54", "P_62")} == {
        "P_48": "250", "P_51": "0", "P_53": "250", "P_54": "100", "P_62": "150",
    }  # fmt: skip


def test_cash_register_relief_first_lowers_the_tax_then_is_carried() -> None:
    written = _written(K_19="100", K_20="500", cash_registers=Decimal(500), cash_registers_left=Decimal(200))
    assert (written["P_51"], written["P_53"], written["P_62"]) == ("0", "200", "200")


def test_waived_tax_lowers_what_is_paid() -> None:
    written = _written(K_19="100", K_20="500", cash_registers=Decimal(100), waived=Decimal(150))
    assert (written["P_51"], written["P_53"]) == ("250", "0")


def test_a_month_of_corrections_to_minus_is_an_excess() -> None:
    written = _written(K_19="-1000.00", K_20="-230.50", K_42="10", K_43="2")
    assert (written["P_38"], written["P_51"], written["P_53"]) == ("-231", "0", "233")


def test_taxes_paid_elsewhere_are_taken_off() -> None:
    written = _written(K_23="1000", K_24="230", K_33="5", K_34="6", K_35="100", K_36="20", K_360="3")
    assert written["P_38"] == str(230 + 5 + 6 - 100 - 20 - 3)
    made = declaration(_sums(K_23="1000", K_24="230", K_33="5", K_34="6", K_35="100", K_36="20", K_360="3"))
    assert made.tax_due == Decimal("118.00")


def test_bad_debt_corrections_are_shown_apart() -> None:
    written = _written(K_19="900", K_20="207", bad_debt=(Decimal("-100.49"), Decimal("-23.11")))
    assert (written["P_68"], written["P_69"]) == ("-100", "-23")
    assert list(written)[-2:] == ["P_68", "P_69"]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"K_9": "1"}, "K_9"),
        ({"K_37": "1"}, "K_37"),
        ({"K_20": "1"}, "K_19"),
        ({"K_19": "1"}, "K_20"),
        ({"K_41": "1"}, "K_40"),
        ({"K_12": "1"}, "K_11"),
        ({"K_14": "1"}, "K_13"),
        ({"K_33": "-1"}, "K_33"),
        ({"K_360": "-0.50"}, "K_360"),
        ({"K_46": "1"}, "K_46"),
        ({"K_47": "-1"}, "K_47"),
        ({"carried": Decimal(-1)}, "P_39"),
        ({"carried": Decimal("1.50")}, "P_39"),
        ({"cash_registers": Decimal(1)}, "P_49"),
        ({"K_19": "1", "K_20": "5", "cash_registers": Decimal(6)}, "P_49"),
        ({"K_19": "1", "K_20": "5", "cash_registers": Decimal(3), "waived": Decimal(3)}, "P_50"),
        ({"K_19": "1", "K_20": "5", "cash_registers_left": Decimal(3)}, "P_52"),
        ({"K_42": "1", "K_43": "5", "refund": Decimal(6)}, "P_54"),
        ({"bad_debt": (Decimal(1), Decimal(-1))}, "P_68"),
    ],
)
def test_what_the_form_does_not_allow_is_refused_at_its_name(options: dict[str, object], field: str) -> None:
    with pytest.raises(Refusal) as refused:
        _written(**options)
    assert refused.value.field == field


def test_a_sum_too_long_for_the_form_is_refused() -> None:
    with pytest.raises(Refusal, match="14 cyfr"):
        declaration({"K_10": Decimal(10) ** 14})


def test_half_of_a_pair_passes_only_for_a_calculation() -> None:
    assert declaration(_sums(K_20="1"), complete=False).positions["P_38"] == 1


def test_the_equations_are_those_written_in_the_official_schema() -> None:
    found = sorted(FORMATS.rglob("Schemat_JPK_V7M(3)*.xsd"))
    if not found:
        pytest.skip("the official schema is not here; set MAGISTRAT_SCHEMAS to a folder that has it")
    text = found[0].read_text(encoding="utf-8")

    def codes(start: str, prefix: str) -> list[str]:
        sentence = text[text.index(start) :].split("</xsd:documentation>")[0].split("Jeżeli")[0]
        return re.findall(rf"{prefix}(\d+)", sentence)

    assert codes("Łączna wysokość podstawy opodatkowania. Suma", "P_") == list(BASES)
    assert codes("Łączna wysokość podatku należnego. Suma", "P_") == [*DUE, *DUE_LESS]
    assert codes("Łączna wysokość podatku naliczonego do odliczenia. Suma", "P_") == ["39", *INPUT]
    assert codes("Podatek należny według ewidencji", "K_") == [*DUE, *DUE_LESS]
    assert codes("Razem wysokość podatku naliczonego do odliczenia - suma", "K_") == list(INPUT)
    declared = [code for code in re.findall(r'element name="P_(\d+)"', text) if code in ORDER]
    assert declared == list(ORDER)
    assert set(re.findall(r'element name="K_(\d+)"', text)) == set(REGISTER_CODES)


amounts = st.decimals("-999999999", "999999999", places=2)


@st.composite
def registers(draw: st.DrawFn) -> list[dict[str, Decimal]]:
    """Rows as a register may have them: pairs whole, signs as the form wants."""
    rows = []
    for _ in range(draw(st.integers(0, 6))):
        row: dict[str, Decimal] = {}
        for pair in draw(st.lists(st.sampled_from([one for one in TOGETHER if one[0] != "68"]), max_size=3)):
            row |= {f"K_{code}": draw(amounts) for code in pair}
        for code in draw(st.lists(st.sampled_from(["10", "21", "22", "44", "45"]), max_size=2)):
            row[f"K_{code}"] = draw(amounts)
        for code in draw(st.lists(st.sampled_from(["33", "34", "35", "36", "360", "47"]), max_size=2)):
            row[f"K_{code}"] = abs(draw(amounts))
        if draw(st.booleans()):
            row["K_46"] = -abs(draw(amounts))
        rows.append(row)
    return rows


@given(registers(), st.integers(0, 10**9), st.randoms())
def test_the_order_of_rows_never_matters(rows: list[dict[str, Decimal]], carried: int, chance: random.Random) -> None:
    made = declaration(add_up(rows), Decimal(carried))
    chance.shuffle(rows)
    assert declaration(add_up(rows), Decimal(carried)) == made


@given(registers(), st.integers(0, 10**9))
def test_a_return_that_we_make_breaks_no_rule(rows: list[dict[str, Decimal]], carried: int) -> None:
    sums = add_up(rows)
    made = declaration(sums, Decimal(carried))
    found = check_declaration(made.positions, sums=sums, tax_due=made.tax_due, tax_input=made.tax_input)
    assert found == ()
    positions = made.positions
    assert positions["P_51"] == 0 or positions["P_53"] == 0
    assert positions["P_51"] - positions["P_53"] == positions["P_38"] - positions["P_48"]
    assert all(f"{amount:f}".lstrip("-").isdigit() for amount in positions.values())


@given(registers(), st.data())
def test_changing_any_position_by_a_zloty_is_noticed(rows: list[dict[str, Decimal]], data: st.DataObject) -> None:
    sums = add_up(rows)
    made = declaration(sums)
    name = data.draw(st.sampled_from(sorted(made.positions)))
    changed = {**made.positions, name: made.positions[name] + 1}
    assert check_declaration(changed, sums=sums)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"P_38": None}, "P_38"),
        ({"P_51": None}, "P_51"),
        ({"P_20": None}, "P_20"),
        ({"P_20": "231"}, "P_38"),
        ({"P_37": "999"}, "P_37"),
        ({"P_48": "70"}, "P_48"),
        ({"P_53": "5"}, "P_53"),
        ({"P_62": "5"}, "P_62"),
        ({"P_19": "1000.50"}, "P_19"),
        ({"P_46": "1"}, "P_46"),
        ({"P_33": "-1"}, "P_33"),
        ({"P_99": "1"}, "P_99"),
        ({"P_68": "-1"}, "P_69"),
        ({"P_54": "1"}, "P_54"),
        ({"P_49": "1000"}, "P_49"),
        ({"P_51": "160"}, "P_51"),
        ({"P_50": "162"}, "P_50"),
        ({"P_52": "1"}, "P_52"),
        ({"P_36": "-1"}, "P_36"),
        ({"P_69": "1"}, "P_69"),
        ({"P_12": "5"}, "P_11"),
        ({"P_14": "5"}, "P_13"),
        ({"P_41": "5"}, "P_40"),
    ],
)
def test_a_finished_return_that_is_wrong_is_found_out(change: dict[str, str | None], name: str) -> None:
    sums = _sums(K_19="1000", K_20="230", K_42="300", K_43="69")
    positions = dict(declaration(sums).positions)
    for key, value in change.items():
        if value is None:
            del positions[key]
        else:
            positions[key] = Decimal(value)
    assert name in {one.name for one in check_declaration(positions)}


@pytest.mark.parametrize("code", sorted({code for codes in ADDENDS.values() for code in codes} - {"39"}))
def test_every_addend_of_a_total_is_missed_when_it_changes(code: str) -> None:
    """P_37, P_38 and P_48: each of their addends, by itself, makes the return wrong."""
    totals = [f"P_{total}" for total, codes in ADDENDS.items() if code in codes]
    positions = dict(declaration(_sums(K_19="1000", K_20="230", K_42="300", K_43="69")).positions)
    positions[f"P_{code}"] = positions.get(f"P_{code}", Decimal(0)) + 7
    assert set(totals) <= {one.name for one in check_declaration(positions)}


def test_control_sums_and_positions_are_held_against_the_register() -> None:
    sums = _sums(K_19="1000", K_20="230.40", K_42="300", K_43="69")
    made = declaration(sums)
    assert control_sums(sums) == (Decimal("230.40"), Decimal("69.00"))
    wrong = check_declaration(made.positions, sums=sums, tax_due=Decimal("230.41"), tax_input=Decimal("68"))
    assert [(one.name, one.expected, one.found) for one in wrong] == [
        ("PodatekNalezny", "230.4", "230.41"),
        ("PodatekNaliczony", "69", "68"),
    ]
    assert {one.name for one in check_declaration(made.positions, sums=_sums(K_10="1"))} == {
        "P_10", "P_19", "P_20", "P_42", "P_43",
    }  # fmt: skip
