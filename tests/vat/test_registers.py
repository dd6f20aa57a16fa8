from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Refusal
from app.kernel.rulebook import ask
from app.rules import catalogue

RULE = catalogue()["jpk-totals"]


def _ask(**question: Any) -> dict[str, Any]:
    return ask(RULE, json.dumps({"sales": [], "purchases": [], **question}).encode())


def _refused(**question: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        _ask(**question)
    return refused.value


def test_golden_c05_in_the_contracts_shape() -> None:
    rows = [{"K_19": "101.96", "K_20": tax} for tax in ("23.45", "46.45", "69.45")]
    result = _ask(sales=rows, purchases=[{"K_42": "10.00", "K_43": "2.30"}], carried="37")["result"]
    assert result["P"] == {
        "P_19": "306", "P_20": "139", "P_37": "306", "P_38": "139", "P_39": "37", "P_42": "10", "P_43": "2",
        "P_48": "39", "P_51": "100", "P_53": "0", "P_62": "0",
    }  # fmt: skip
    assert (result["tax_due"], result["tax_input"]) == ("139.35", "2.30")
    assert "warnings" not in result


def test_an_invoice_to_a_receipt_is_left_out() -> None:
    rows = [{"K_19": "100", "K_20": "23"}, {"K_19": "100", "K_20": "23", "document_type": "FP"}]
    result = _ask(sales=rows)["result"]
    assert (result["P"]["P_20"], result["tax_due"]) == ("23", "23.00")


def test_rows_of_bad_debt_also_fill_their_own_positions() -> None:
    rows = [{"K_19": "-100", "K_20": "-23", "bad_debt_due_on": "2026-06-01"}, {"K_19": "500", "K_20": "115"}]
    assert {"P_68": "-100", "P_69": "-23", "P_20": "92"}.items() <= _ask(sales=rows)["result"]["P"].items()


def test_half_of_a_pair_is_summed_with_a_warning_at_its_field() -> None:
    result = _ask(sales=[{"K_10": "1"}, {"K_20": "23.00"}], purchases=[{"K_42": "5"}])["result"]
    assert result["P"]["P_20"] == "23"
    assert [one["field"] for one in result["warnings"]] == ["sales[1].K_19", "purchases[0].K_43"]


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({"sales": [{}, {}, {"K_19": "1,5"}]}, "sales[2].K_19"),
        ({"sales": [{"K_40": "1"}]}, "sales[0].K_40"),
        ({"purchases": [{"K_19": "1"}]}, "purchases[0].K_19"),
        ({"sales": [{"K_20": 23}]}, "sales[0].K_20"),
        ({"sales": [{"K_20": "1.234"}]}, "sales[0].K_20"),
        ({"sales": [{"K_33": "-5"}]}, "K_33"),
        ({"purchases": [{"K_46": "5"}]}, "K_46"),
        ({"carried": "-1"}, "carried"),
        ({"carried": "1.50"}, "carried"),
        ({"P_54": "1"}, "P_54"),
        ({"sales": [{"K_10": "99999999999999"}, {"K_10": "1"}]}, None),
    ],
)
def test_bad_input_is_refused_at_its_field(question: dict[str, Any], field: str | None) -> None:
    assert _refused(**question).field == field


def test_the_reckoning_says_how_each_position_came_about() -> None:
    steps = {one["step"]: one for one in _ask(sales=[{"K_19": "10.40", "K_20": "2.50", "K_35": "1"}])["reckoning"]}
    assert steps["P_20: suma K_20, zaokrąglona raz"]["formula"] == "2.50"
    assert steps["P_38"]["formula"] == "P_20 3 − P_35 1"
    assert steps["P_48"]["formula"] == "brak składników"
    assert steps["PodatekNalezny z ewidencji, bez FP"] | {"law": ""} == {
        "step": "PodatekNalezny z ewidencji, bez FP", "formula": "K_20 2.50 − K_35 1.00", "value": "1.50", "law": "",
    }  # fmt: skip


rows = st.fixed_dictionaries({name: st.decimals("-99999", "99999", places=2).map(str) for name in ("K_19", "K_20")})


@given(st.lists(rows, max_size=8), st.randoms())
def test_the_order_of_rows_never_matters(sales: list[dict[str, str]], chance: random.Random) -> None:
    first = _ask(sales=sales)
    chance.shuffle(sales)
    assert _ask(sales=sales) == first
