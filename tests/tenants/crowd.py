"""Many at once, really at once: nobody may write into a table until everybody waits."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from psycopg import sql

from tenants.session import Host

T = TypeVar("T")


def all_at_once(host: Host, table: str, work: Callable[[int], T], count: int) -> Sequence[T]:
    """`work(0)` … `work(count - 1)`, each of which writes into `control.<table>`, started together; their results."""
    with ThreadPoolExecutor(count) as pool:
        with host.admin() as gate:
            # readers pass, so that everybody has looked before anybody writes
            gate.execute(sql.SQL("lock table control.{} in share row exclusive mode").format(sql.Identifier(table)))
            results = [pool.submit(work, number) for number in range(count)]
            while _waiting(host) < count:
                assert not any(result.done() for result in results)
                time.sleep(0.02)
        return [result.result() for result in results]


def _waiting(host: Host) -> int:
    with host.admin() as connection:
        row = connection.execute("select count(distinct pid) from pg_locks where not granted").fetchone()
    assert row is not None
    return int(row[0])
