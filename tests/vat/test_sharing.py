"""Shared out to the grosz: notes, rounding and the city's own lines are the return, whatever the amounts."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.errors import Refusal
from app.kernel.money import ZERO, to_full_zloty
from app.vat.rules.options import Options, check
from app.vat.rules.sharing import Own, Surplus, apportion, arrears, own_of, rises, share_out
from app.vat.rules.totals import declaration

grosze = st.decimals("0", "100000", places=2)
surpluses = st.sampled_from(["city", "unit"])


@given(
    units=st.lists(st.tuples(grosze, grosze, grosze, st.none() | grosze), min_size=1, max_size=6),
    carried=st.decimals("0", "50000", places=0),
    surplus=surpluses,
    part=st.integers(0, 100),
)
def test_notes_rounding_and_the_citys_lines_are_the_return(
    units: list[tuple[Decimal, Decimal, Decimal, Decimal | None]], carried: Decimal, surplus: Surplus, part: int
) -> None:
    sums = [{"K_19": ZERO, "K_20": due, "K_42": ZERO, "K_43": paid} for due, paid, _, _ in units]
    whole = {name: sum((one[name] for one in sums), ZERO) for name in sums[0]}
    plain = declaration(whole, carried)
    refund = to_full_zloty(plain.positions["P_53"] * part / 100)
    made = declaration(whole, carried, refund=min(refund, plain.positions["P_53"])).positions
    owns = [
        own_of(f"J{n}", one, brought, ZERO, fixed)
        for n, (one, (_, _, brought, fixed)) in enumerate(zip(sums, units, strict=True))
    ]
    shared = share_out(owns, made, surplus)
    assert shared.check == ZERO
    assert sum((due.settled for due in shared.dues), ZERO) == shared.units
    exact = sum((own.balance for own in owns), ZERO)
    assert exact + shared.rounding - carried == made["P_51"] - made.get("P_54", ZERO) - made["P_62"]
    assert abs(shared.rounding) <= 2


@given(due=grosze, paid=grosze, brought=grosze, before=st.decimals("-5000", "5000", places=2))
def test_a_unit_that_carries_its_surplus_is_never_paid_for_it(
    due: Decimal, paid: Decimal, brought: Decimal, before: Decimal
) -> None:
    (found,) = share_out([Own("SP1", due, paid, brought, before)], {}, "unit").dues
    assert found.settled >= 0
    assert found.carried_on >= 0
    assert found.settled - found.carried_on == due - paid - brought
    assert found.amount == found.settled - before
    (taken,) = share_out([Own("SP1", due, paid, brought, before)], {}, "city").dues
    assert (taken.settled, taken.carried_on) == (due - paid - brought, ZERO)


@given(
    total=st.decimals("0", "100000", places=0),
    weights=st.dictionaries(st.sampled_from(["A", "B", "C", "D", "E"]), st.decimals("-900", "900", places=2)),
)
def test_interest_is_shared_to_the_grosz_among_those_that_rose(total: Decimal, weights: dict[str, Decimal]) -> None:
    found = apportion(total, weights).result
    up = {unit for unit, weight in weights.items() if weight > 0}
    assert set(found) == (up if total > 0 else set())
    if found:
        assert sum(found.values()) == total
        whole = sum(weights[unit] for unit in up)
        assert all(abs(amount - total * weights[unit] / whole) < Decimal("0.01") for unit, amount in found.items())


def test_the_grosz_that_is_left_goes_to_who_lost_most_by_the_cut() -> None:
    found = apportion(Decimal(10), {"A": Decimal(1), "B": Decimal(1), "C": Decimal(1), "D": Decimal(-5)})
    assert found.result == {"A": Decimal("3.34"), "B": Decimal("3.33"), "C": Decimal("3.33")}
    assert found.reckoning[0].formula == "10.00 × 1.00 / 3.00"


def test_only_a_higher_tax_to_pay_makes_arrears() -> None:
    assert arrears({"P_51": Decimal(100)}, {"P_51": Decimal(130)}) == 30
    assert arrears({"P_51": Decimal(100)}, {"P_51": Decimal(90)}) == 0
    assert rises({"A": {"K_20": Decimal(5)}, "B": {"K_43": Decimal(2)}}, {"A": {"K_20": Decimal(9)}}) == {
        "A": Decimal(4), "B": Decimal(2),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (Options(refund=Decimal(100)), "refund_term"),
        (Options(refund_term="P_55"), "refund"),
        (Options(refund=Decimal("1.50"), refund_term="P_55"), "refund"),
        (Options(waived=Decimal(-1)), "waived"),
        (Options(refund=Decimal(5), refund_term="P_55", credit=Decimal(3)), "liability"),
        (Options(refund=Decimal(5), refund_term="P_55", credit=Decimal(6), liability="VAT"), "credit"),
        (Options(reason="x" * 3501), "reason"),
        (Options(marks=("P_99",)), "marks"),  # type: ignore[arg-type]
    ],
)
def test_choices_that_the_form_does_not_take(options: Options, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        check(options)
    assert refused.value.field == field


def test_choices_are_kept_and_read_back() -> None:
    whole = Options(
        cash_registers=Decimal(1), refund=Decimal(5), refund_term="P_55", credit=Decimal(3), liability="VAT",
        marks=("P_63",), reason="późna faktura",
    )  # fmt: skip
    check(whole)
    assert Options.of(whole.stored()) == whole
    assert Options.of({}) == Options()
