from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Refusal
from app.kernel.reckoning import Outcome, Parameter, Step
from app.kernel.rulebook import Amount, Exact, Rule, WholePercent, WholeZloty, ask, error, schema


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    net: Amount


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    lines: list[Line]
    kind: Literal["a", "b"] = "a"
    ratio: WholePercent | None = None
    carried: WholeZloty | None = None
    exact: Exact | None = None
    year: int | None = None
    on: date | None = None
    note: str = ""


@dataclass(frozen=True)
class Answer:
    total: Decimal
    reason: str | None = None
    on: date | None = None


def _run(question: Question) -> Outcome[Answer]:
    parameter = Parameter("x.y", "98", date(2016, 1, 1), None, "ustawa", "M")
    steps = (
        Step("Suma", "1 + 1", "2", "art. 1"),
        Step("Próg", "2 < 98", "tak", "art. 2", parameter),
    )
    return Outcome(Answer(sum((line.net for line in question.lines), Decimal(0)), on=question.on), steps, ("art. 1",))


RULE = Rule("sum", "Sumuje.", Question, _run)


def _refused(question: object) -> Refusal:
    raw = question if isinstance(question, bytes) else json.dumps(question).encode()
    with pytest.raises(Refusal) as refused:
        ask(RULE, raw)
    assert refused.value.message[-1] in ".?"
    return refused.value


def test_the_answer_has_the_contracts_shape() -> None:
    assert ask(RULE, b'{"lines": [{"net": "1.50"}, {"net": "-0.25"}], "on": "2026-09-01"}') == {
        "result": {"total": "1.25", "on": "2026-09-01"},
        "reckoning": [
            {"step": "Suma", "formula": "1 + 1", "value": "2", "law": "art. 1"},
            {
                "step": "Próg",
                "formula": "2 < 98",
                "value": "tak",
                "law": "art. 2",
                "parameter": {
                    "name": "x.y",
                    "value": "98",
                    "valid_from": "2016-01-01",
                    "source": "ustawa",
                    "certainty": "M",
                },
            },
        ],
        "law": ["art. 1"],
    }


def test_a_file_saved_by_windows_with_a_byte_order_mark_is_read() -> None:
    assert ask(RULE, b'\xef\xbb\xbf{"lines": []}')["result"] == {"total": "0"}


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({"lines": [{"net": "1"}, {"net": 1.5}]}, "lines[1].net"),
        ({"lines": [{"net": 1}]}, "lines[0].net"),
        ({"lines": [{"net": None}]}, "lines[0].net"),
        ({"lines": [{"net": "1"}, {}]}, "lines[1].net"),
        ({"lines": [{"net": "1", "nett": "1"}]}, "lines[0].nett"),
        ({"lines": [5]}, "lines[0]"),
        ({"lines": {}}, "lines"),
        ({}, "lines"),
        ({"lines": [], "kind": "c"}, "kind"),
        ({"lines": [], "year": "2026"}, "year"),
        ({"lines": [], "year": 2026.5}, "year"),
        ({"lines": [], "on": "2026-02-30"}, "on"),
        ({"lines": [], "on": "2026-01-01T00:00:00"}, "on"),
        ({"lines": [], "note": 5}, "note"),
        ({"lines": [], "ratio": "101"}, "ratio"),
        ({"lines": [], "ratio": "47.5"}, "ratio"),
        ({"lines": [], "ratio": "-1"}, "ratio"),
        ({"lines": [], "carried": "10.50"}, "carried"),
        ({"lines": [], "carried": "-10"}, "carried"),
        ([], None),
        ("text", None),
        (None, None),
    ],
)
def test_bad_input_is_refused_at_its_field(question: object, field: str | None) -> None:
    assert _refused(question).field == field


@pytest.mark.parametrize(
    "value",
    ["", " 1", "1 ", "1 000", "1,50", "1e3", "NaN", "Infinity", "-Infinity", "+1", ".5", "5.", "1.234", "1" * 15, "--1",
     "0x10", "1_000", "١", "1\n", "0" * 31],
)  # fmt: skip
def test_an_amount_is_a_plain_decimal_with_grosze_at_most(value: str) -> None:
    assert _refused({"lines": [{"net": value}]}).field == "lines[0].net"


@pytest.mark.parametrize("value", ["1e5", "1" * 31, "NaN", "1/3", "", "1\n"])
def test_an_exact_number_is_a_plain_decimal_of_bearable_length(value: str) -> None:
    assert _refused({"lines": [], "exact": value}).field == "exact"


@pytest.mark.parametrize(
    "raw",
    [b"", b"  \n", b"{", b"[", b"\xff\xfe{", b'{"note": "\xff", "lines": []}', b'{"lines": []} {}', b'{"lines": [NaN]}',
     b'{"lines": ' + b"[" * 100_000, b'{"lines": [{"net": ' + b"[" * 100_000, b'{"lines": [], "note": "\\ud800"}',
     b'{"lines": [], "year": 1e999}'],
)  # fmt: skip
def test_what_is_no_json_is_refused_in_polish(raw: bytes) -> None:
    assert _refused(raw).message


def test_a_field_given_twice_is_refused_rather_than_one_value_lost() -> None:
    refused = _refused(b'{"lines": [{"net": "5"}, {"net": "1", "net": "2"}]}')
    assert refused.field == "lines[1].net"
    assert _refused(b'{"lines": [], "note": "a", "lines": []}').field == "lines"
    assert "dwa razy" in refused.message


def test_an_unknown_field_gets_a_hint() -> None:
    assert "„ratio”" in _refused({"lines": [], "ratoi": "5"}).message
    assert "Dozwolone pola" in _refused({"lines": [], "zzzzz": "5"}).message
    assert "a, b" in _refused({"lines": [], "kind": "c"}).message


def test_refusals_are_in_polish_and_name_the_kind_that_was_wanted() -> None:
    assert "liczbę całkowitą" in _refused({"lines": [], "year": "5"}).message
    assert "RRRR-MM-DD" in _refused({"lines": [], "on": 5}).message


def test_an_absurdly_long_whole_number_is_no_defect() -> None:
    raw = b'{"lines": [], "year": ' + b"9" * 5000 + b"}"
    try:
        ask(RULE, raw)
    except Refusal as refused:
        assert refused.field == "year"


def test_the_error_object_is_the_contracts() -> None:
    assert error(Refusal("Źle.", "a[0].b")) == {"error": {"field": "a[0].b", "message": "Źle."}}


def test_a_negative_zero_becomes_a_zero() -> None:
    assert ask(RULE, b'{"lines": [{"net": "-0.00"}]}')["result"]["total"] == "0"


def test_the_schema_stands_alone_and_describes_numbers_as_text() -> None:
    described = schema(RULE)
    assert described["type"] == "object"
    assert described["required"] == ["lines"]
    assert described["additionalProperties"] is False
    assert described["$defs"]["Line"]["properties"]["net"]["type"] == "string"
    json.dumps(described)


@given(st.binary(max_size=200))
def test_no_bytes_ever_make_it_fail_otherwise(raw: bytes) -> None:
    try:
        ask(RULE, raw)
    except Refusal as refused:
        assert refused.message


leaf: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=10)
)
json_values = st.one_of(
    leaf,
    st.lists(leaf, max_size=3),
    st.lists(st.dictionaries(st.sampled_from(["lines", "net", "on", "x"]), leaf), max_size=3),
    st.dictionaries(st.sampled_from(["lines", "net", "on", "x"]), leaf),
)


@given(st.dictionaries(st.sampled_from(list(Question.__struct_fields__)), json_values))
def test_no_json_ever_makes_it_fail_otherwise(question: dict[str, Any]) -> None:
    try:
        ask(RULE, json.dumps(question).encode())
    except Refusal as refused:
        assert refused.message
