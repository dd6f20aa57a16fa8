"""The trial of the attribution: an invented capital, its truth never on the paper, one seed, one result."""

from __future__ import annotations

import re
from random import Random

from app.ops.demo.capital.cards import make_suppliers
from app.ops.demo.capital.trial import MONTHS, try_out
from app.ops.demo.capital.units import make_capital, roman
from app.ops.demo.capital.writing import Office
from app.ops.demo.numbers import Numbers
from app.vat.filings import fa3


def test_a_small_capital_is_decided_precisely_and_alike_each_time() -> None:
    first, again = (try_out(30, 400, seed=4) for _ in range(2))
    assert first.automatic + first.queued == 400
    assert len(first.wrong) == first.automatic - first.right
    assert sum(first.confusions.values()) == len(first.wrong)
    assert (first.automatic, first.right, first.wrong) == (again.automatic, again.right, again.wrong)
    assert first.automatic > 200
    assert first.precision > 0.97  # four hundred invoices prove no more


def test_invoices_are_valid_hard_and_do_not_tell_the_truth() -> None:
    rng = Random(9)
    numbers = Numbers(rng)
    capital = make_capital(rng, numbers, 60)
    office = Office(rng, numbers, capital, make_suppliers(rng, numbers, capital))
    made = [one for month in MONTHS for one in office.month(month, 400)]
    traps = {trap for one in made for trap in one.traps}
    assert {"no_third_party", "no_hint", "joint", "misleading", "correction", "contradiction"} <= traps
    unmarked = sum(not one.invoice.others for one in made) / len(made)
    assert 0.4 < unmarked < 0.65
    assert any(one.unit is None for one in made)
    codes = re.compile(r"\bJ[0-9]{4}\b")
    for one in made[:200]:
        assert not codes.search(fa3.write(one.invoice).decode())
    assert len({unit.name for unit in capital.units}) > 50


def test_roman_numerals_go_past_the_fortieth_school() -> None:
    assert [roman(number) for number in (4, 9, 42, 99, 140)] == ["IV", "IX", "XLII", "XCIX", "CXL"]
