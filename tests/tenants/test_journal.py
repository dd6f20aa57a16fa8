"""The provider's journal: chained, append-only, and every break of it is found and named."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.kernel.audit import Broken
from tenants import journal, registry
from tenants.session import Host
from tests.conftest import ACTOR

TAMPERING = {
    "changed": ("update control.host_event set details = '{\"schema\": \"other\"}' where seq = 3", 3),
    "moved to the next column": ("update control.host_event set verb = verb || record, record = '' where seq = 3", 3),
    "deleted": ("delete from control.host_event where seq = 3", 4),
    "first deleted": ("delete from control.host_event where seq = 1", 2),
    "cut off": ("delete from control.host_event where seq > 6", 7),
    "cut off with its head": (
        "delete from control.host_event where seq > 6; update control.host_head set seq = 6", 6),
    "swapped": (
        "update control.host_event e set actor = o.actor, verb = o.verb, record = o.record, details = o.details"
        " from control.host_event o where (e.seq, o.seq) in ((3, 4), (4, 3))", 3),
    "renumbered": (
        "delete from control.host_event where seq = 3; update control.host_event set seq = seq - 1 where seq > 3;"
        " update control.host_head set seq = seq - 1", 3),
    "without a head": ("delete from control.host_head", 1),
}  # fmt: skip


def fill(host: Host) -> None:
    with host.control() as session:
        for number in range(8 - journal.verify(session)[0]):
            registry.note(session, ACTOR, f"verb.{number}", f"record:{number}", number=number)


def verify(host: Host) -> tuple[int, Broken | None]:
    with host.control() as session:
        return journal.verify(session)


def test_a_journal_nobody_touched_is_whole(own_host: Host) -> None:
    assert verify(own_host) == (0, None)
    fill(own_host)
    assert verify(own_host) == (8, None)


@pytest.mark.parametrize("how", TAMPERING)
def test_what_a_superuser_changed_is_found_and_named(own_host: Host, how: str) -> None:
    fill(own_host)
    statement, at = TAMPERING[how]
    with own_host.admin() as connection:
        connection.execute("set session_replication_role = replica")  # past the triggers
        connection.execute(statement.encode())
    broken = verify(own_host)[1]
    assert broken is not None
    assert broken.seq == at
    assert f"nr {at}" in broken.message


@pytest.mark.parametrize(
    "statement",
    [
        "update control.host_event set actor = 'x'",
        "delete from control.host_event",
        "truncate control.host_event",
        "update control.host_head set seq = 0",
        "insert into control.host_head (id, seq, hash) values (2, 0, '')",
        "delete from control.host_head",
    ],
)
def test_the_application_cannot_change_the_journal(host: Host, statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|append-only"), host.control() as session:
        session.execute(text(statement))


def test_not_even_its_owner_changes_the_journal(own_host: Host) -> None:
    fill(own_host)
    for statement in (
        "update control.host_event set actor = 'x'", "delete from control.host_event", "truncate control.host_event",
    ):  # fmt: skip
        with pytest.raises(Exception, match="append-only"), own_host.admin() as connection:
            connection.execute(statement.encode())
    assert verify(own_host) == (8, None)


def test_many_writers_leave_no_gaps_and_what_is_rolled_back_leaves_nothing(own_host: Host) -> None:
    before = verify(own_host)[0]

    def one(number: int) -> None:
        with own_host.control() as session:
            registry.note(session, ACTOR, "test.write", f"record:{number}")
            if number % 5 == 0:
                session.rollback()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(50)))
    assert verify(own_host) == (before + 40, None)
