"""The audit trail: what was done is there, what was not done is not, and every break of the chain is found."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from app.kernel import audit
from app.kernel.audit import Broken
from tenants.models import Tenant
from tenants.session import Host
from tests.conftest import ACTOR, World


def note(session: Session, number: int) -> None:
    audit.record(session, "vat.change", f"vat.sale:{number}", {"net": str(number)}, {"net": str(number + 1)})


def write(host: Host, tenant: Tenant, count: int) -> None:
    for number in range(1, count + 1):
        with host.tenant(tenant, f"{ACTOR} {number}") as session:
            note(session, number)


def verify(host: Host, tenant: Tenant) -> tuple[int, Broken | None]:
    with host.cell(tenant.cell) as session:
        return audit.verify(session, tenant.schema_name)


def trail(host: Host, tenant: Tenant) -> list[str]:
    with host.tenant(tenant, ACTOR) as session:
        return list(session.execute(text("select record from cell.audit order by seq")).scalars())


def test_an_entry_says_who_when_by_whose_mandate_what_and_how(host: Host, fresh: Callable[[], World]) -> None:
    school = fresh().school
    with host.tenant(school, "anna", mandate="uchwała nr 1") as session:
        audit.record(session, "vat.publish", "vat.period:2026-09", None, {"version": 1})
        assert session.execute(text("select count(*) from cell.audit")).scalar_one() == 0
    with host.tenant(school, ACTOR) as session:
        row = session.execute(text("select * from cell.audit")).mappings().one()
        assert row["at"] <= session.execute(text("select clock_timestamp()")).scalar_one()
    assert (row["tenant"], row["seq"], row["actor"], row["mandate"]) == (school.schema_name, 1, "anna", "uchwała nr 1")
    assert (row["verb"], row["record"], row["after"]) == ("vat.publish", "vat.period:2026-09", {"version": 1})
    assert row["before"] is None
    with host.tenant(school, ACTOR) as session:
        assert session.execute(text("select before is null from cell.audit")).scalar_one()


def test_each_tenants_chain_is_its_own(host: Host, fresh: Callable[[], World]) -> None:
    world = fresh()
    write(host, world.school, 5)
    write(host, world.pool, 3)
    assert verify(host, world.school) == (5, None)
    assert verify(host, world.pool) == (3, None)
    assert verify(host, world.centre) == (0, None)
    assert len(trail(host, world.pool)) == 3


def test_what_is_rolled_back_leaves_nothing(host: Host, fresh: Callable[[], World]) -> None:
    school = fresh().school
    with host.tenant(school, ACTOR) as session:
        note(session, 1)
        session.rollback()
        note(session, 2)
        session.commit()
        note(session, 3)
    with pytest.raises(RuntimeError), host.tenant(school, ACTOR) as session:
        note(session, 4)
        raise RuntimeError
    assert trail(host, school) == ["vat.sale:2", "vat.sale:3"]
    assert verify(host, school) == (2, None)


def test_what_a_savepoint_took_back_leaves_nothing_and_what_was_before_it_stays(
    host: Host, fresh: Callable[[], World]
) -> None:
    school = fresh().school
    with host.tenant(school, ACTOR) as session:
        note(session, 1)
        with pytest.raises(ProgrammingError), session.begin_nested():
            note(session, 2)
            session.execute(text("select * from no_such_table"))
        outer = session.begin_nested()
        note(session, 3)
        with session.begin_nested():
            note(session, 4)
        outer.rollback()
        with session.begin_nested():
            note(session, 5)
            with session.begin_nested():
                note(session, 6)
        note(session, 7)
    assert trail(host, school) == [f"vat.sale:{number}" for number in (1, 5, 6, 7)]


def test_entries_before_a_savepoint_survive_one_that_ended_well_inside_one_that_did_not(
    host: Host, fresh: Callable[[], World]
) -> None:
    school = fresh().school
    with host.tenant(school, ACTOR) as session:
        note(session, 1)
        outer = session.begin_nested()
        session.begin_nested().commit()
        outer.rollback()
    assert trail(host, school) == ["vat.sale:1"]


def test_an_open_savepoint_is_committed_with_its_entries(host: Host, fresh: Callable[[], World]) -> None:
    school = fresh().school
    with host.tenant(school, ACTOR) as session:
        session.begin_nested()
        note(session, 1)
    assert trail(host, school) == ["vat.sale:1"]


def test_many_writers_of_one_tenant_leave_no_gaps(host: Host, fresh: Callable[[], World]) -> None:
    school = fresh().school

    def one(number: int) -> None:
        with host.tenant(school, f"{ACTOR} {number}") as session:
            for part in range(4):
                note(session, 4 * number + part)
            if number % 10 == 9:
                session.rollback()

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(one, range(50)))
    assert verify(host, school) == (180, None)
    numbers = [int(record.rpartition(":")[2]) for record in trail(host, school)]
    assert sorted(numbers) == [number for number in range(200) if number // 4 % 10 != 9]
    for first in numbers[::4]:
        at = numbers.index(first)
        assert numbers[at : at + 4] == list(range(first, first + 4))  # a transaction's entries stand together


TAMPERING = {
    "changed text": ("update cell.audit set after = '{\"net\": \"9\"}' where {mine} and seq = 4", 4),
    "another actor": ("update cell.audit set actor = 'ktoś' where {mine} and seq = 4", 4),
    "another hour": ("update cell.audit set at = at - interval '1 hour' where {mine} and seq = 4", 4),
    "deleted": ("delete from cell.audit where {mine} and seq = 4", 5),
    "first deleted": ("delete from cell.audit where {mine} and seq = 1", 2),
    "cut tail": ("delete from cell.audit where {mine} and seq > 6", 7),
    "cut tail, head set back": (
        "delete from cell.audit where {mine} and seq > 6; update cell.audit_head set seq = 6 where {mine}", 6),
    "emptied": ("delete from cell.audit where {mine}", 1),
    "no head": ("delete from cell.audit_head where {mine}", 1),
    "swapped": (
        "update cell.audit a set actor = o.actor, record = o.record, before = o.before, after = o.after"
        " from cell.audit o where a.{mine} and o.{mine} and (a.seq, o.seq) in ((3, 4), (4, 3))", 3),
    "swapped with their hashes": (
        "update cell.audit set seq = -seq where {mine} and seq in (3, 4);"
        " update cell.audit set seq = 7 + seq where {mine} and seq < 0", 3),
    "given to another tenant": ("update cell.audit set tenant = 'another' where {mine} and seq = 4", 5),
}  # fmt: skip


@pytest.mark.parametrize("how", TAMPERING)
def test_what_a_superuser_changed_is_found_and_named(host: Host, fresh: Callable[[], World], how: str) -> None:
    world = fresh()
    write(host, world.school, 8)
    write(host, world.pool, 2)
    statement, at = TAMPERING[how]
    with host.admin(world.school.cell) as connection:
        connection.execute("set session_replication_role = replica")  # past the triggers
        mine = f"tenant = '{world.school.schema_name}'"
        connection.execute(statement.replace("{mine}", mine).encode())
    broken = verify(host, world.school)[1]
    assert broken is not None
    assert broken.seq == at
    assert f"nr {at}" in broken.message
    assert verify(host, world.pool) == (2, None)
    with host.admin(world.school.cell) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("delete from cell.audit where tenant = 'another'")


@pytest.mark.parametrize(
    "statement",
    [
        "update cell.audit set actor = 'x'",
        "delete from cell.audit",
        "truncate cell.audit",
        "update cell.audit_head set seq = 0",
        "insert into cell.audit_head (seq, hash) values (9, '')",
        "delete from cell.audit_head",
        "insert into cell.audit (tenant, actor, verb, record) values ('t_000001', 'x', 'x', 'x')",
        "select magistrat.audit_chain()",
        "alter table cell.audit disable trigger all",
    ],
)
def test_a_tenant_cannot_change_its_trail(host: Host, fresh: Callable[[], World], statement: str) -> None:
    school = fresh().school
    write(host, school, 1)
    with (
        pytest.raises(ProgrammingError, match=r"permission denied|row-level security|must be owner"),
        host.tenant(school, ACTOR) as session,
    ):
        session.execute(text(statement))
    assert verify(host, school) == (1, None)


def test_not_even_a_superuser_changes_the_trail_by_mistake(host: Host, fresh: Callable[[], World]) -> None:
    school = fresh().school
    write(host, school, 1)
    for statement in ("update cell.audit set actor = 'x'", "delete from cell.audit", "truncate cell.audit"):
        with pytest.raises(Exception, match="append-only"), host.admin(school.cell) as connection:
            connection.execute(statement.encode())
    assert verify(host, school) == (1, None)


@pytest.mark.parametrize(
    ("verb", "what"), [("v" * 81, "x"), ("vat.open", "x" * 121), ("vat.open", "a\x1fb"), ("vat\x1fopen", "x")]
)
def test_an_entry_that_could_not_be_chained_is_a_defect_at_once(host: Host, world: World, verb: str, what: str) -> None:
    with host.tenant(world.school, ACTOR) as session, pytest.raises(ValueError, match="audit entry"):
        audit.record(session, verb, what)
