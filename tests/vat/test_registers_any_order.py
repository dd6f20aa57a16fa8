"""Whatever people do to a month in whatever order, its versions hold and no document stands twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.errors import Refusal
from app.kernel.money import ZERO
from app.vat.models import VatPublication
from app.vat.queries.registers.month import stage
from app.vat.rules.delivery import Withdrawal
from app.vat.rules.fields import PURCHASE_FIELDS, SALE_FIELDS
from app.vat.service import periods, ratios, registers
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import World
from tests.vat.deliveries import CLERK, HEAD, MONTH, bill, delivery, published, report, rows

SENT = [delivery("purchase" if number % 2 else "sale", f"D/{number}") for number in range(6)]
STEPS = st.one_of(
    st.tuples(st.just("receive"), st.lists(st.sampled_from(range(6)), max_size=6)),
    st.tuples(st.just("withdraw"), st.sampled_from(range(6))),
    st.tuples(st.just("enter"), st.sampled_from(range(4))),
    st.tuples(st.just("void"), st.sampled_from(range(8))),
    st.tuples(st.just("use"), st.sampled_from(["taxed", "exempt", "all", "business_and_outside"])),
    st.tuples(st.just("ratio"), st.sampled_from([0, 17, 50, 100])),
    st.tuples(st.sampled_from(["complete", "publish", "reopen"]), st.none()),
    st.tuples(st.sampled_from(["complete", "publish", "reopen"]), st.none()),
)


@pytest.fixture
def school(fresh: Callable[[], World]) -> Tenant:
    return fresh().school


def do(session: Session, step: str, with_what: Any) -> None:
    match step:
        case "receive":
            registers.receive(session, [SENT[number] for number in with_what])
        case "withdraw":
            one = SENT[with_what]
            registers.withdraw(session, [Withdrawal(one.attribution_id, one.invoice_id, "cudza")])
        case "enter":
            document = report("RO/1") if with_what == 0 else bill(f"FV/{with_what}", "-10.00", "-2.30")
            registers.enter(session, MONTH, document)
        case "void":
            live = [("sale", row) for row in rows(session, "sale")]
            live += [("purchase", row) for row in rows(session, "purchase")]
            if with_what < len(live):
                side, row = live[with_what]
                registers.void(session, side, row.id, "pomyłka")
        case "use":
            registers.set_use(session, [row.id for row in rows(session, "purchase")], with_what)
        case "ratio":
            ratios.set_pct(session, 2026, "pre_ratio", with_what, f"protokół {with_what}")
            ratios.set_pct(session, 2026, "ratio", 100 - with_what, f"protokół {with_what}")
        case "complete":
            periods.complete(session, MONTH)
        case "publish":
            periods.publish(session, MONTH)
        case _:
            periods.reopen(session, MONTH, "poprawka")


def holds(session: Session, seen: dict[Any, str]) -> None:
    """Every version is what it was and what its rows say; live rows are unrepeated."""
    for made in session.scalars(select(VatPublication)):
        assert seen.setdefault(made.id, made.hash) == made.hash
        assert periods.verify(session, made.id) == ()
        sums: Counter[str] = Counter()
        for side, fields in (("sale", SALE_FIELDS), ("purchase", PURCHASE_FIELDS)):
            for row in published(session, side, made.id):  # type: ignore[arg-type]
                sums.update({name: row._mapping[name.lower()] or ZERO for name in fields})
        assert {name: Decimal(text) for name, text in made.sums.items() if Decimal(text)} == {
            name: amount for name, amount in sums.items() if amount
        }
    for side in ("sale", "purchase"):
        live = rows(session, side)  # type: ignore[arg-type]
        assert len({(row.source, row.source_key) for row in live}) == len(live)
        invoices = [row.invoice_id for row in live if row.invoice_id]
        assert len(set(invoices)) == len(invoices)
    assert stage(session, MONTH).version == len(seen)


@given(st.lists(STEPS, min_size=4, max_size=25))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_sequence_of_steps_keeps_versions_true_and_documents_single(
    host: Host, school: Tenant, steps: list[tuple[str, Any]]
) -> None:
    """All steps of one example happen in one transaction that is rolled back, each in a savepoint."""
    with host.tenant(school, CLERK) as session:
        seen: dict[Any, str] = {}
        for step, with_what in [("ratio", 17), *steps]:
            session.info["actor"] = HEAD if step in ("publish", "reopen") else CLERK
            try:
                with session.begin_nested():
                    do(session, step, with_what)
            except Refusal:
                session.expire_all()
            holds(session, seen)
        session.rollback()
