"""`magistrat law`: the numbers by day, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.law import law
from app.kernel.errors import NotFound
from app.law import loader
from tests.cli.runs import ask, run


def test_parameters_are_shown_as_they_are_on_a_day() -> None:
    name = "vat.ratio.full_non_deductible_limit"
    for day, value in (("2023-06-30", "500"), ("2023-07-01", "10000")):
        (found,) = (one for one in ask(None, law, "show", "--on", day) if one["name"] == name)
        assert found["value"] == value
    assert name in run(None, law, "show")
    assert "bez wartości w tym dniu" in run(None, law, "show", "--on", "1990-01-01")


def test_a_parameter_or_a_group_is_shown_with_all_its_values() -> None:
    assert [one["value"] for one in ask(None, law, "show", "vat.ratio.full_non_deductible_limit")] == ["500", "10000"]
    assert {one["name"].rpartition(".")[0] for one in ask(None, law, "show", "vat.ratio")} == {"vat.ratio"}
    with pytest.raises(NotFound):
        run(None, law, "show", "vat.rat")


def test_the_numbers_that_come_with_the_product_have_no_errors() -> None:
    assert {one["level"] for one in ask(None, law, "check")} <= {"warning"}
    assert run(None, law, "check").splitlines()[-1].startswith("0 błędów, ")


def test_a_wrong_file_is_named_and_ends_with_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wrong.yaml").write_text("vat.x: {title: t, unit: kilo, values: []}\n")
    monkeypatch.setattr(loader, "ACTS", tmp_path)
    monkeypatch.setattr(loader.check, "__defaults__", (tmp_path,))
    said = run(None, law, "check", exit_code=1)
    assert "vat.x" in said and "1 błąd, 0 uwag." in said
