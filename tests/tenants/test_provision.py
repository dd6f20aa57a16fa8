"""The pool of schemas: each is given once, a crash loses none, another release's are brought up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tenants import provision, registry, upgrade
from tenants.models import Kind
from tenants.registry import TenantData
from tenants.session import Host
from tests.conftest import ACTOR, World
from tests.tenants import next_release
from tests.tenants.crowd import all_at_once

ALL_AGES = timedelta(0)


def pool_of(host: Host, shape: str = "unit") -> list[str]:
    with host.admin() as connection:
        query = "select schema_name from control.standby where shape = %s order by 1"
        return [str(name) for (name,) in connection.execute(query, [shape])]


def test_two_at_once_take_two_schemas_and_a_third_finds_none(own_host: Host) -> None:
    ready = pool_of(own_host)
    assert len(ready) == upgrade.STANDBY["unit"] == 2
    with own_host.control() as first, own_host.control() as second, own_host.control() as third:
        taken = [provision.take(session, "main", "unit") for session in (first, second, third)]
        assert taken == [*ready, None]
        first.rollback()
    assert pool_of(own_host) == ready[:1]


def test_the_pool_is_filled_to_what_is_wanted(own_host: Host) -> None:
    assert provision.refill(own_host, "main", "unit", 4) == 2
    assert provision.refill(own_host, "main", "unit", 3) == 0
    assert len(pool_of(own_host)) == 4


def make_until_killed(host: Host, home: Path) -> str:
    """A process makes a schema and is killed when it is there and the pool does not know it yet; the schema's name."""
    code = "import sys; from tests.tenants.making import main; main(sys.argv[1])"
    with host.admin() as held:
        held.execute("select from control.cell for update")
        before = set(versions(host))
        with subprocess.Popen([sys.executable, "-c", code, home]) as process:
            while not (made := set(versions(host)) - before):
                assert process.poll() is None
                time.sleep(0.02)
            os.kill(process.pid, signal.SIGKILL)
    return made.pop()


def versions(host: Host) -> list[str]:
    with host.admin() as connection:
        return [str(name) for (name,) in connection.execute("select schema_name from cell.tenant_version")]


def test_a_schema_whose_maker_was_killed_is_found_and_given_to_a_tenant(own_host: Host, own_home: Path) -> None:
    lost = make_until_killed(own_host, own_home)
    assert lost not in pool_of(own_host)
    assert provision.adopt(own_host, "main") == []  # it may still be in the making
    assert provision.adopt(own_host, "main", ALL_AGES) == [lost]
    assert provision.adopt(own_host, "main", ALL_AGES) == []
    with own_host.control() as session:
        names = [provision.take(session, "main", "unit") for _ in range(3)]
    assert names[-1] == lost


def test_a_lost_schema_is_found_once_by_two_who_look_at_once(own_host: Host, own_home: Path) -> None:
    lost = make_until_killed(own_host, own_home)
    found = all_at_once(own_host, "standby", lambda _: provision.adopt(own_host, "main", ALL_AGES), 2)
    assert sorted(found) == [[], [lost]]
    assert pool_of(own_host).count(lost) == 1


def test_schemas_of_tenants_and_of_the_pool_are_never_lost(own_host: Host, own_world: World) -> None:
    assert provision.adopt(own_host, "main", ALL_AGES) == []
    with own_host.control() as moving:
        # a schema on its way from the pool to a tenant is in exactly one of them for everybody else
        provision.refill(own_host, "main", "unit", 1)
        assert provision.take(moving, "main", "unit") is not None
        assert provision.adopt(own_host, "main", ALL_AGES) == []


def test_a_name_that_another_deployment_of_the_server_uses_is_passed_over(own_host: Host) -> None:
    with own_host.admin() as connection:
        row = connection.execute("select max(id) from control.schema_number").fetchone()
        assert row is not None
        taken, free = f"t_{row[0] + 1:06d}", f"t_{row[0] + 2:06d}"
        connection.execute(sql.SQL("create role {}").format(sql.Identifier(taken)))
    assert provision.make_schema(own_host, "main", "unit") == free


def test_what_fails_half_way_leaves_neither_schema_nor_role(own_host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    def all_names() -> list[tuple[str]]:
        with own_host.admin() as connection:
            query = "select rolname from pg_roles union all select nspname from pg_namespace order by 1"
            return connection.execute(query).fetchall()

    before = all_names()
    next_release.install(monkeypatch.setattr, ("create table fine (id int)", "create table broken (id nonsense)"))
    with pytest.raises(psycopg.errors.UndefinedObject, match="nonsense"):
        provision.make_schema(own_host, "main", "unit")
    assert all_names() == before


def test_a_schema_made_by_the_old_release_after_the_upgrade_is_brought_up_by_the_next_call(
    own_host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        next_release.install(newer.setattr)
        upgrade.upgrade(own_host)
        assert upgrade.state(own_host) == "current"
    late = provision.make_schema(own_host, "main", "unit")  # a process of the old release, still running
    next_release.install(monkeypatch.setattr)
    assert upgrade.state(own_host) == "due"
    report = upgrade.upgrade(own_host)
    assert (report.tenants, report.failures) == (1, ())
    with own_host.admin() as connection:
        query = "select unit_revision from cell.tenant_version where schema_name = %s"
        assert connection.execute(query, [late]).fetchone() == (next_release.NUMBER,)


def test_a_tenant_is_made_from_nothing_when_the_pool_is_empty(own_host: Host, fresh: Callable[[], World]) -> None:
    with own_host.control() as session:
        while provision.take(session, "main", "municipality") is not None:
            continue
    city, is_new = registry.create(own_host, Kind.MUNICIPALITY, TenantData("z-niczego", "UM", "Gmina", "Gmina"), ACTOR)
    assert is_new
    with own_host.tenant(city, ACTOR) as session:
        assert session.connection().exec_driver_sql("select count(*) from ksef_invoice").scalar_one() == 0
