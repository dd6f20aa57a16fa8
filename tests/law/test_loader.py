from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import NotKnown
from app.law import loader

GOOD = """
a.rate:
  title: Stawka
  unit: percent
  values:
    - {from: 2020-01-01, to: 2020-12-31, value: "5", source: {act: u, article: a, journal: d}, certainty: S}
    - {from: 2022-01-01, value: "6.5", source: {act: u, article: a, journal: d}, certainty: S}
"""


@pytest.fixture
def acts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(loader, "ACTS", tmp_path)
    loader.book.cache_clear()
    yield tmp_path
    loader.book.cache_clear()


def _errors(folder: Path, text: str) -> list[str]:
    (folder / "act.yaml").write_text(text, encoding="utf-8")
    return [one.message for one in loader.check(folder) if one.level == "error"]


@pytest.mark.parametrize(
    ("on", "value"),
    [("2020-01-01", "5"), ("2020-12-31", "5"), ("2022-01-01", "6.5"), ("2199-01-01", "6.5")],
)
def test_the_value_of_a_day_counts_both_ends(acts: Path, on: str, value: str) -> None:
    (acts / "act.yaml").write_text(GOOD)
    assert loader.value_on("a.rate", date.fromisoformat(on)).value == value


@pytest.mark.parametrize("on", ["2019-12-31", "2021-06-01"])
def test_a_day_without_a_value_is_refused_naming_parameter_and_day(acts: Path, on: str) -> None:
    (acts / "act.yaml").write_text(GOOD)
    day = date.fromisoformat(on)
    with pytest.raises(NotKnown) as refused:
        loader.value_on("a.rate", day, "on")
    assert "a.rate" in refused.value.message
    assert f"{day:%d.%m.%Y}" in refused.value.message
    assert (refused.value.field, refused.value.parameter, refused.value.on) == ("on", "a.rate", day)


def test_a_source_is_one_line_and_the_newest_value_is_the_last(acts: Path) -> None:
    (acts / "act.yaml").write_text(GOOD)
    newest = loader.newest("a.rate")
    assert (newest.value, newest.source, newest.valid_to) == ("6.5", "u, a, d", None)


def test_the_newest_value_is_not_known_once_it_has_ended(acts: Path) -> None:
    (acts / "act.yaml").write_text(GOOD.replace("from: 2022-01-01", "from: 2022-01-01, to: 2022-12-31"))
    with pytest.raises(NotKnown, match=r"a\.rate"):
        loader.newest("a.rate")


def test_a_name_nobody_wrote_down_is_a_defect(acts: Path) -> None:
    (acts / "act.yaml").write_text(GOOD)
    with pytest.raises(KeyError):
        loader.newest("a.rat")


def test_a_gap_is_allowed_and_pointed_out(tmp_path: Path) -> None:
    (tmp_path / "act.yaml").write_text(GOOD)
    assert [(one.level, "luka" in one.message) for one in loader.check(tmp_path)] == [("warning", True)]


def test_values_that_are_not_sure_are_pointed_out_and_may_be_set_by_a_tenant(tmp_path: Path) -> None:
    (tmp_path / "act.yaml").write_text(GOOD.replace("certainty: S}\n    -", "certainty: M}\n    -"))
    messages = [one.message for one in loader.check(tmp_path)]
    assert any("pewność M" in one for one in messages)
    assert any("setting: true" in one for one in messages)
    (tmp_path / "act.yaml").write_text(GOOD.replace("  unit:", "  setting: true\n  unit:"))
    assert any("usuń setting" in one.message for one in loader.check(tmp_path))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("to: 2020-12-31", "to: 2022-01-01"), "zachodzi"),
        ((", to: 2020-12-31", ""), "zachodzi"),
        (("from: 2022-01-01", "from: 2019-01-01"), "po kolei"),
        (("to: 2020-12-31", "to: 2019-12-31"), "wcześniejsze"),
        (('value: "5"', "value: 5"), "tekstem"),
        (('value: "5"', 'value: "5,5"'), "jednostki"),
        (('value: "5"', 'value: "NaN"'), "jednostki"),
        (("certainty: S", "certainty: X"), "znak"),
        (("unit: percent", "unit: procent"), "jednostka"),
        (("title: Stawka", "titel: Stawka"), "titel"),
        (("title: Stawka", "title: 5"), "title"),
        (("journal: d", "jurnal: d"), "jurnal"),
        (("article: a", "article: 5"), "source.article"),
        (("from: 2020-01-01", 'from: "2020-01-01"'), "datami"),
        (("from: 2020-01-01", "from: 2020-01-01T10:00:00"), "datami"),
        (("from: 2020-01-01", "from: 2020-02-30"), "YAML"),
        (("a.rate:", "Rate:"), "nazwa"),
        (("  unit: percent", "  unit: percent\n  unit: pln"), "dwa razy"),
        (("  unit: percent", "  unit: percent\n  setting: tak"), "setting"),
        (("  values:", "  values: []\n  x:"), "x"),
        ((GOOD, "- a"), "nie zawiera"),
        ((GOOD, "a.rate: 5"), "słownikiem"),
        ((GOOD, "a: ["), "YAML"),
        ((GOOD, "? [1, 2]\n: 5"), "YAML"),
    ],
)
def test_a_careless_file_is_refused(tmp_path: Path, change: tuple[str, str], why: str) -> None:
    assert change[0] in GOOD
    errors = _errors(tmp_path, GOOD.replace(*change))
    assert any(why in one for one in errors), errors


def test_the_same_name_in_two_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "first.yaml").write_text(GOOD)
    assert any("powtórzony" in one for one in _errors(tmp_path, GOOD))


def test_a_broken_law_is_not_loaded(acts: Path) -> None:
    (acts / "act.yaml").write_text(GOOD.replace("certainty: S", "certainty: X"))
    with pytest.raises(loader.LawBroken, match=r"a\.rate"):
        loader.book()


def test_our_own_acts_have_no_errors_and_let_tenants_set_only_what_is_not_sure() -> None:
    findings = loader.check()
    assert not [one for one in findings if one.level == "error"]
    assert not [one for one in findings if "setting" in one.message]


@pytest.mark.parametrize(
    ("name", "on", "value"),
    [
        ("vat.ratio.zero_ceiling_pct", "2026-09-01", "2"),
        ("vat.ratio.full_floor_pct", "2026-09-01", "98"),
        ("vat.ratio.full_non_deductible_limit", "2023-06-30", "500"),
        ("vat.ratio.full_non_deductible_limit", "2023-07-01", "10000"),
        ("vat.asset.correction_threshold", "2026-09-01", "15000"),
        ("vat.input.late_periods", "2026-09-01", "3"),
        ("vat.return.due_day", "2026-09-01", "25"),
        ("jpk_v7m.version", "2026-01-31", "JPK_V7M(2) 1-0E"),
        ("jpk_v7m.version", "2026-02-01", "JPK_V7M(3) 1-0E"),
        ("ksef.issuing_from_on.others", "2026-01-15", "2026-04-01"),
        ("ksef.issuing_from_on.micro", "2026-09-01", "2027-01-01"),
        ("ksef.duplicate_years", "2026-09-01", "10"),
    ],
)
def test_the_numbers_that_the_vat_room_relies_on(name: str, on: str, value: str) -> None:
    assert loader.value_on(name, date.fromisoformat(on)).value == value


@given(st.dates(date(2016, 1, 1), date(2100, 1, 1)))
def test_the_ratios_numbers_are_known_on_every_day_since_2016(on: date) -> None:
    for name in ("zero_ceiling_pct", "full_floor_pct", "full_non_deductible_limit"):
        value = loader.value_on(f"vat.ratio.{name}", on)
        assert value.valid_from is not None
        assert value.valid_from <= on
