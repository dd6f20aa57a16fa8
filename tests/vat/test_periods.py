"""The month's life: completed, signed by another person, published with its hash, opened again, checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from app.kernel import audit
from app.kernel.errors import Conflict, NotFound, Refusal
from app.vat.queries import publications
from app.vat.queries.registers.month import months, stage
from app.vat.rules.facts import Marker
from app.vat.rules.ratio import Elections
from app.vat.service import periods, ratios, registers
from app.vat.service.periods import NotReady
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import World
from tests.vat.deliveries import CLERK, HEAD, MONTH, bill, delivery, published, report, rows


@pytest.fixture
def school(fresh: Callable[[], World]) -> Tenant:
    return fresh().school


def fill(host: Host, unit: Tenant) -> None:
    """A month with something of everything."""
    with host.tenant(unit, CLERK) as session:
        registers.enter(session, MONTH, report("RO/1"))
        registers.enter(session, MONTH, replace(report("FP/1"), document_type="FP", marker=Marker("BFK")))
        registers.enter(session, MONTH, bill("FV/1"))
        registers.enter(session, MONTH, bill("FV/2", use="exempt"))
        registers.void(session, "sale", registers.enter(session, MONTH, report("RO/2")).id, "pomyłka")


def complete(host: Host, unit: Tenant, who: str = CLERK) -> None:
    with host.tenant(unit, who) as session:
        periods.complete(session, MONTH)


def publish(host: Host, unit: Tenant, who: str = HEAD) -> Any:
    with host.tenant(unit, who) as session:
        return periods.publish(session, MONTH)


def reopen(host: Host, unit: Tenant, reason: str = "spóźniony dokument") -> None:
    with host.tenant(unit, HEAD) as session:
        periods.reopen(session, MONTH, reason)


def test_a_month_is_completed_by_one_person_and_published_by_another(host: Host, fresh: Callable[[], World]) -> None:
    world = fresh()
    fill(host, world.school)
    fill(host, world.pool)
    complete(host, world.school)
    with pytest.raises(Refusal) as refused:
        publish(host, world.school, CLERK)
    assert refused.value.field == "signed_by"
    made = publish(host, world.school)
    assert (made.version, made.sale_count, made.purchase_count) == (1, 2, 1)
    assert made.sums == {"K_19": "100.00", "K_20": "23.00", "K_42": "100.00", "K_43": "23.00"}
    assert (made.completed_by, made.signed_by) == (CLERK, HEAD)
    with host.tenant(world.school, HEAD) as session:
        sold = published(session, "sale", made.id)
        assert [(row.pos, row.document_no, row.k_19) for row in sold] == [(1, "FP/1", 100), (2, "RO/1", 100)]
        assert sold[1].body.startswith("</LpSprzedazy>") and sold[1].body.endswith("</SprzedazWiersz>\n")
        assert [row.document_no for row in published(session, "purchase", made.id)] == ["FV/1"]
        assert periods.verify(session, made.id) == ()
        part = publications.part(session, "SP1", "Szkoła", made, set())
        assert (part.own.sale_count, part.own.purchase_count, part.hash) == (2, 1, made.hash)
    with host.tenant(world.pool, HEAD) as session:
        assert stage(session, MONTH).state == "open"


def test_each_step_is_in_the_audit_trail_once(host: Host, school: Tenant) -> None:
    fill(host, school)
    complete(host, school)
    publish(host, school)
    reopen(host, school)
    with host.tenant(school, HEAD) as session:
        found = session.execute(
            text("select verb, record from cell.audit where record like 'vat.period:%' order by seq")
        )
        assert [tuple(row) for row in found] == [
            (f"vat.{verb}", "vat.period:2026-09") for verb in ("complete", "publish", "reopen")
        ]
        assert audit.verify(session, school.schema_name)[1] is None


def test_an_empty_month_is_published_too(host: Host, school: Tenant) -> None:
    complete(host, school)
    made = publish(host, school)
    assert (made.sums, made.sale_count, made.purchase_count) == ({}, 0, 0)
    with host.tenant(school, HEAD) as session:
        assert periods.verify(session, made.id) == ()


def test_what_is_missing_is_counted_and_named(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        sent = [delivery("purchase", f"FV/{number}") for number in range(7)]
        sent.append(delivery("purchase", "FV/0W", net="100.00", tax="0.00"))
        registers.receive(session, sent)
        registers.enter(session, MONTH, bill("B/1", use="all"))
        registers.enter(session, MONTH, replace(bill("B/2"), marker=Marker("OFF")))
    with pytest.raises(NotReady) as refused:
        complete(host, school)
    found = {one.code: one.message for one in refused.value.findings}
    assert set(found) == {"no_use", "no_pre_ratio", "no_ratio"}
    assert found["no_use"].startswith("7 zakupów nie ma przeznaczenia: FV/0 (Hurtownia Papier Sp. z o.o.), FV/1")
    assert found["no_use"].endswith("i jeszcze 2. Wskaż je.")
    assert "wymaga go 1 zakup: B/1" in found["no_ratio"]
    with host.tenant(school, CLERK) as session:
        (warning,) = periods.status(session, MONTH).warnings
        assert "B/2" in warning.message
        assert stage(session, MONTH).unassigned == 7
        registers.set_use(session, [row.id for row in rows(session, "purchase")], "exempt")
    complete(host, school)
    with host.tenant(school, CLERK) as session:
        assert stage(session, MONTH).state == "completed"


def test_a_row_the_form_would_refuse_blocks_the_month_with_its_name(host: Host, school: Tenant) -> None:
    fill(host, school)
    with host.tenant(school, CLERK) as session:
        session.execute(text("update vat_sale set country = 'QQ' where document_no = 'RO/1'"))
    with pytest.raises(NotReady) as refused:
        complete(host, school)
    assert "dokument „RO/1”" in refused.value.message and "QQ" in refused.value.message
    with host.tenant(school, CLERK) as session:
        session.execute(text("insert into vat_period values (2026, 9, 'completed', 0, 'x') on conflict (year, month) "
                             "do update set state = 'completed', completed_by = 'x'"))  # fmt: skip
    with pytest.raises(Refusal) as also:
        publish(host, school)
    assert "JPK_V7M nie przyjmie 1 wiersza" in also.value.message and "RO/1" in also.value.message


@pytest.mark.parametrize("step", ["publish before complete", "complete twice", "publish twice", "reopen an open month"])
def test_steps_out_of_turn_are_conflicts(host: Host, school: Tenant, step: str) -> None:
    fill(host, school)
    match step:
        case "publish before complete":
            with pytest.raises(Conflict, match="otwarty"):
                publish(host, school)
        case "complete twice":
            complete(host, school)
            with pytest.raises(Conflict, match="już uzupełniony"):
                complete(host, school)
        case "publish twice":
            complete(host, school)
            publish(host, school)
            with pytest.raises(Conflict, match="opublikowany"):
                publish(host, school)
        case _:
            with pytest.raises(Conflict, match="już otwarty"):
                reopen(host, school)


def test_reopening_needs_a_reason_and_leads_to_the_next_version(host: Host, school: Tenant) -> None:
    fill(host, school)
    complete(host, school)
    first = publish(host, school)
    with pytest.raises(Refusal, match="Podaj powód"):
        reopen(host, school, "   ")
    reopen(host, school)
    complete(host, school)
    same = publish(host, school)
    assert (same.version, same.hash, same.sums) == (2, first.hash, first.sums)
    reopen(host, school)
    with host.tenant(school, CLERK) as session:
        assert (stage(session, MONTH).version, stage(session, MONTH).reopened_reason) == (2, "spóźniony dokument")
        registers.enter(session, MONTH, report("RO/3", "1.00", "0.23"))
    complete(host, school)
    third = publish(host, school)
    assert (third.version, third.sums["K_19"]) == (3, "101.00") and third.hash != first.hash
    with host.tenant(school, HEAD) as session:
        assert len(published(session, "sale", first.id)) == 2 and len(published(session, "sale", third.id)) == 3
        assert [one.version for one in months(session)] == [3]


def test_the_head_who_also_completed_is_refused_even_after_reopening(host: Host, school: Tenant) -> None:
    fill(host, school)
    complete(host, school)
    publish(host, school)
    reopen(host, school)
    complete(host, school, HEAD)
    with pytest.raises(Refusal, match="autor nie zatwierdza"):
        publish(host, school, HEAD)
    assert publish(host, school, CLERK).version == 2


def test_a_reopened_month_is_computed_with_the_ratios_now_in_force(host: Host, school: Tenant) -> None:
    with host.tenant(school, CLERK) as session:
        ratios.set_pct(session, 2026, "pre_ratio", 17, "protokół 1/2026")
        registers.enter(session, MONTH, bill("FV/1", use="business_and_outside"))
    complete(host, school)
    with host.tenant(school, CLERK) as session:
        ratios.set_pct(session, 2026, "pre_ratio", 50, "korekta roczna")
        assert rows(session, "purchase")[0].k_43 == Decimal("3.91")
    assert publish(host, school).sums["K_43"] == "3.91"
    reopen(host, school)
    with host.tenant(school, CLERK) as session:
        assert rows(session, "purchase")[0].k_43 == Decimal("11.50")


@pytest.mark.parametrize(
    ("tampered", "said"),
    [
        ("update vat_published_sale set k_19 = 101 where pos = 1", "tekst nie zgadza się"),
        ("update vat_published_sale set body = body || ' ' where pos = 1", "tekst nie zgadza się"),
        ("delete from vat_published_sale where pos = 1", "brakuje wiersza 1"),
        ("update vat_published_sale set country = 'QQ' where pos = 1", "QQ"),
        ("update vat_publication set sums = '{}'", "Sumy"),
        ("update vat_publication set hash = repeat('0', 64)", "SHA-256"),
        ("update vat_publication set sale_count = 9", "zamiast 9"),
    ],
)
def test_a_version_changed_behind_the_systems_back_is_found(
    host: Host, school: Tenant, tampered: str, said: str
) -> None:
    fill(host, school)
    complete(host, school)
    made = publish(host, school)
    with host.admin(school.cell) as connection:
        connection.execute(f"set search_path = {school.schema_name}")
        connection.execute("set session_replication_role = replica")
        connection.execute(tampered.encode())
        connection.commit()
    with host.tenant(school, HEAD) as session:
        assert any(said in sentence for sentence in periods.verify(session, made.id))


def test_an_unknown_version_is_not_found(host: Host, school: Tenant) -> None:
    with pytest.raises(NotFound), host.tenant(school, HEAD) as session:
        periods.verify(session, school.id)


def test_a_ratio_keeps_its_evidence_and_the_same_decision_is_made_once(host: Host, school: Tenant) -> None:
    def decide(elections: Elections) -> Any:
        with host.tenant(school, HEAD) as session:
            return ratios.decide(session, 2026, "ratio", Decimal("20.01"), Decimal("1000"), elections, "Rb-27S 2025")

    made = decide(Elections())
    assert (made.pct, made.basis["numerator"], made.basis["rounded_pct"], made.decided_by) == (3, "20.01", "3", HEAD)
    assert [step["value"] for step in made.basis["reckoning"]] == ["2.001", "3"]
    assert decide(Elections()).id == made.id
    assert decide(Elections(zero_if_le_2=True)).id != made.id


@pytest.mark.parametrize(
    ("pct", "year", "protocol", "field"),
    [(101, 2026, "1/2026", "pct"), (-1, 2026, "1/2026", "pct"), (17, 1999, "1/2026", "year"), (17, 2026, " ", "basis")],
)
def test_a_wrong_agreed_ratio_is_refused(
    host: Host, school: Tenant, pct: int, year: int, protocol: str, field: str
) -> None:
    with pytest.raises(Refusal) as refused, host.tenant(school, HEAD) as session:
        ratios.set_pct(session, year, "pre_ratio", pct, protocol)
    assert refused.value.field == field


def test_an_impossible_ratio_is_refused_by_the_rule(host: Host, school: Tenant) -> None:
    with pytest.raises(Refusal) as refused, host.tenant(school, HEAD) as session:
        ratios.decide(session, 2026, "ratio", Decimal(5), Decimal(0), Elections(), "Rb-27S")
    assert refused.value.field == "denominator"
