"""JPK_V7M(3) from any rows whatever, and from very many."""

from __future__ import annotations

import io
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Literal, cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.vat.filings.jpk_v7m import FLAGS, PURCHASE_AMOUNTS, SALES_AMOUNTS, verify
from app.vat.filings.jpk_v7m.codes import COUNTRIES
from app.vat.rules.facts import Marker, PurchaseRow, SalesRow
from app.vat.rules.totals import TOGETHER
from tests.vat.jpk_samples import KSEF, assert_valid, file_of, rows_in

texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=80
)
names = texts.filter(lambda text: bool(text.split()))
numbers = names.filter(lambda text: bool(text.translate({ord(c): None for c in " ./-"}).split())).map(lambda t: t[:50])
numbers = numbers.filter(lambda text: bool("".join(text.split()).strip("./-")))
amounts = st.decimals(Decimal("-99999999"), Decimal("99999999"), places=2)
days = st.dates(date(2006, 1, 1), date(2050, 12, 31))
markers = st.one_of(
    st.just(KSEF), st.sampled_from(["OFF", "BFK", "DI"]).map(lambda kind: Marker(cast(Literal["OFF"], kind)))
)


def amounts_for(fields: Sequence[str]) -> st.SearchStrategy[dict[str, Decimal]]:
    """Any subset of the fields in which the pairs stay together, parts stand with their wholes, signs are possible."""
    pairs = [[f"K_{one}", f"K_{other}"] for one, other in TOGETHER if f"K_{one}" in fields]
    paired = {name for pair in pairs for name in pair}
    groups = [[name] for name in fields if name not in paired and name not in ("K_12", "K_14")] + pairs
    groups += [["K_11", "K_12"], ["K_13", "K_14"]] if "K_11" in fields else []

    def signed(name: str, amount: Decimal) -> Decimal:
        if name in ("K_33", "K_34", "K_35", "K_36", "K_360", "K_47"):
            return abs(amount)
        return -abs(amount) if name == "K_46" else amount

    chosen = st.lists(st.sampled_from(groups), max_size=6).map(
        lambda few: sorted({name for group in few for name in group})
    )
    return chosen.flatmap(
        lambda picked: st.tuples(*[amounts for _ in picked]).map(
            lambda drawn: {name: signed(name, amount) for name, amount in zip(picked, drawn, strict=True)}
        )
    )


sales_rows = st.builds(
    SalesRow,
    counterparty_no=numbers,
    counterparty_name=names,
    document_no=names,
    issued_on=days,
    marker=markers,
    amounts=amounts_for(SALES_AMOUNTS),
    country=st.none() | st.sampled_from(sorted(COUNTRIES | {"GR"})),
    sold_on=st.none() | days,
    document_type=st.sampled_from([None, "RO", "WEW", "FP"]),
    flags=st.frozensets(st.sampled_from(FLAGS)),
    bad_debt_due_on=st.none() | st.dates(date(2016, 1, 1), date(2050, 12, 31)),
    margin_gross=st.none() | amounts,
)
purchase_rows = st.builds(
    PurchaseRow,
    counterparty_no=numbers,
    counterparty_name=names,
    document_no=names,
    issued_on=days,
    marker=markers,
    amounts=amounts_for(PURCHASE_AMOUNTS),
    country=st.none() | st.sampled_from(sorted(COUNTRIES)),
    received_on=st.none() | days,
    document_type=st.sampled_from([None, "MK", "VAT_RR", "WEW"]),
    imported=st.booleans(),
    margin_gross=st.none() | amounts,
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(sales_rows, max_size=4), st.lists(purchase_rows, max_size=4))
def test_any_rows_make_a_valid_file_whose_equations_hold(sales: list[SalesRow], purchases: list[PurchaseRow]) -> None:
    data, written = file_of(sales, purchases)
    assert verify(io.BytesIO(data)) == ()
    rows = rows_in(data)
    assert len(rows) == written.rows == len(sales) + len(purchases)
    said: list[SalesRow | PurchaseRow] = [*sales, *purchases]
    for one, row in zip(said, rows, strict=True):
        assert {name: Decimal(row[name]) for name in one.amounts} == dict(one.amounts)
        shown = row.get("NazwaKontrahenta") or row["NazwaDostawcy"]
        assert shown.split() == one.counterparty_name.split()
    assert_valid(data)


def test_a_hundred_thousand_rows_take_no_more_memory_than_a_thousand() -> None:
    script = textwrap.dedent(
        """
        import resource, sys, tempfile
        from decimal import Decimal
        from app.vat.filings.jpk_v7m import ControlSums, verify, write
        from tests.vat.jpk_samples import CITY, HEADER, PURCHASE, SALE
        from app.vat.rules.totals import declaration

        def run(rows):
            sums = {"K_19": 100 * rows, "K_20": 23 * rows, "K_42": 200 * rows, "K_43": 46 * rows}
            declared = declaration({name: Decimal(amount) for name, amount in sums.items()})
            control = ControlSums(rows, declared.tax_due, rows, declared.tax_input)
            with tempfile.TemporaryFile() as out:
                sales, purchases = (SALE for _ in range(rows)), (PURCHASE for _ in range(rows))
                write(out, HEADER, CITY, declared, sales, purchases, control)
                out.seek(0)
                assert verify(out) == ()
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        few = run(500)
        print(run(50_000) - few)
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    grown_kb = int(done.stdout)
    assert grown_kb < 16_000, f"{grown_kb} kB more for 100,000 rows"
