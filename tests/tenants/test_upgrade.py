"""From one release to the next: every tenant once, whatever is killed, blocked, wrong or running twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.deployment import running
from app.kernel.errors import Refusal
from app.settings import Settings
from migrations import statements
from tenants import lifting, registry, upgrade
from tenants.models import Cell, Kind
from tenants.registry import TenantData
from tenants.session import Host
from tests.conftest import ACTOR, World
from tests.tenants import next_release
from tests.tenants.next_release import NUMBER

BEFORE = statements.head("unit")


def revisions(host: Host) -> dict[str, str]:
    """What `cell.tenant_version` says; what the schemas themselves say must be the same."""
    with host.admin("main") as connection:
        told = dict(connection.execute("select schema_name, unit_revision from cell.tenant_version").fetchall())
        for schema, revision in told.items():
            query = sql.SQL("select version_num from {}.alembic_version").format(sql.Identifier(schema))
            assert connection.execute(query).fetchone() == (revision,)
    return told


def changed(host: Host, kind: str) -> set[str]:
    """Schemas that have the next release's column ("r") or index ("i")."""
    name = {"r": "note_of_tests", "i": "ix_note"}[kind]
    query = {
        "r": "select table_schema from information_schema.columns where column_name = %s",
        "i": "select schemaname from pg_indexes where indexname = %s",
    }[kind]
    with host.admin("main") as connection:
        return {str(schema) for (schema,) in connection.execute(query.encode(), [name])}


def test_a_clean_database_is_brought_up_and_the_second_call_has_nothing_to_do(own_home: Path) -> None:
    settings = Settings(home=own_home, secret_key_text="test", redis_url="unix://none")
    with running(settings, prepare=False) as made:
        assert upgrade.state(made.host) == "missing"
        report = upgrade.upgrade(made.host)
        assert [(one.lineage, one.cell, one.before) for one in report.lifted] == [
            ("control", None, None), ("cell", "main", None),
        ]  # fmt: skip
        assert not report.nothing
        assert upgrade.state(made.host) == "current"
        with made.host.admin() as connection:
            before = connection.execute("select pg_current_wal_insert_lsn()").fetchone()
        assert upgrade.upgrade(made.host).nothing
        with made.host.admin() as connection:
            query = "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s) < 1000"
            assert connection.execute(query, before).fetchone() == (True,)


def test_every_tenant_is_brought_from_the_previous_state(
    own_host: Host, own_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own_host.tenant(own_world.school, ACTOR) as session:
        session.execute(text("insert into vat_setting (id) values (5)"))
    before = revisions(own_host)
    assert set(before.values()) == {BEFORE}
    next_release.install(monkeypatch.setattr)
    assert upgrade.state(own_host) == "due"
    begun: list[tuple[str, int]] = []
    done: list[tuple[str, str]] = []
    report = upgrade.upgrade(
        own_host, begin=lambda cell, due: begun.append((cell, due)), each=lambda *one: done.append(one)
    )
    assert begun == [("main", len(before))]
    assert sorted(done) == [("main", schema) for schema in sorted(before)]
    assert (report.tenants, report.failures, report.nothing) == (len(before), (), False)
    assert report.lifted == (upgrade.Lifted("unit", "main", BEFORE, NUMBER, len(before)),)
    after = revisions(own_host)
    assert set(after.values()) == {NUMBER} and set(before) <= set(after)
    assert changed(own_host, "r") == changed(own_host, "i") == set(after)
    with own_host.tenant(own_world.school, ACTOR) as session:
        assert session.execute(text("select id, note_of_tests from vat_setting")).one() == (5, None)
    assert upgrade.upgrade(own_host).nothing


def test_a_killed_upgrade_is_resumed_and_nothing_is_done_twice(
    own_host: Host, own_home: Path, own_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen([sys.executable, "-m", "tests.tenants.next_release", own_home]) as process:
        while list(revisions(own_host).values()).count(NUMBER) < 2:
            assert process.poll() is None
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
    while open_transactions(own_host):  # the server ends what the killed one had begun
        time.sleep(0.02)
    found = revisions(own_host)
    done = {schema for schema, revision in found.items() if revision == NUMBER}
    assert 2 <= len(done) < len(found)
    assert changed(own_host, "r") == changed(own_host, "i") == done
    next_release.install(monkeypatch.setattr, next_release.SLOW)
    report = upgrade.upgrade(own_host)
    assert (report.tenants, report.failures) == (len(found) - len(done), ())
    assert set(revisions(own_host).values()) == {NUMBER}


def open_transactions(host: Host) -> int:
    with host.admin() as connection:
        query = "select count(*) from pg_stat_activity where xact_start is not null and pid <> pg_backend_pid()"
        row = connection.execute(query + " and backend_type = 'client backend'").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("patience", ["100ms", "100s"])
def test_a_tenant_somebody_reads_in_waits_and_the_others_do_not(
    own_host: Host, own_world: World, monkeypatch: pytest.MonkeyPatch, patience: str
) -> None:
    """Whether its worker gives up and comes back, or waits all the time."""
    next_release.install(monkeypatch.setattr)
    monkeypatch.setattr(lifting, "LOCK_TIMEOUT", patience)
    busy = own_world.school.schema_name
    with ThreadPoolExecutor(1) as pool:
        with own_host.tenant(own_world.school, ACTOR) as reader:
            reader.execute(text("select * from vat_setting"))
            running_upgrade = pool.submit(upgrade.upgrade, own_host)
            while set(state := revisions_beside(own_host, busy)) != {NUMBER}:
                assert not running_upgrade.done(), state
                time.sleep(0.02)
            assert busy not in changed(own_host, "r")
        report = running_upgrade.result()
    assert report.failures == ()
    assert busy in changed(own_host, "r")


def revisions_beside(host: Host, busy: str) -> list[str]:
    with host.admin() as connection:
        query = "select unit_revision from cell.tenant_version where schema_name <> %s"
        return [str(revision) for (revision,) in connection.execute(query, [busy])]


def test_a_tenant_that_fails_is_named_and_keeps_what_it_had(
    own_host: Host, own_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = own_world.other_school
    with own_host.admin() as connection:  # what only a stranger could have done
        table = sql.Identifier(wrong.schema_name, "vat_setting")
        connection.execute(sql.SQL("alter table {} add column note_of_tests int").format(table))
    next_release.install(monkeypatch.setattr)
    monkeypatch.setattr(lifting, "MOST_ATTEMPTS", 2)
    report = upgrade.upgrade(own_host)
    (failure,) = report.failures
    assert (failure.slug, failure.name, failure.cell) == (wrong.slug, wrong.name, "main")
    assert 'column "note_of_tests" of relation "vat_setting" already exists' in failure.error
    found = revisions(own_host)
    assert found.pop(wrong.schema_name) == BEFORE
    assert set(found.values()) == {NUMBER}
    assert wrong.schema_name not in changed(own_host, "i")
    assert upgrade.state(own_host) == "due"
    with own_host.admin() as connection:
        connection.execute(sql.SQL("alter table {} drop column note_of_tests").format(table))
    again = upgrade.upgrade(own_host)
    assert (again.tenants, again.failures) == (1, ())
    assert upgrade.state(own_host) == "current"


def test_two_upgrades_at_once_share_the_work(own_host: Host, own_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    next_release.install(monkeypatch.setattr)
    before = len(revisions(own_host))
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: upgrade.upgrade(own_host), range(2))
    assert first.tenants + second.tenants == before
    assert first.failures == second.failures == ()
    assert set(revisions(own_host).values()) == {NUMBER}
    assert upgrade.state(own_host) == "current"


def test_an_upgrade_outlives_the_loss_of_its_connections(
    own_host: Host, own_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_release.install(monkeypatch.setattr, next_release.SLOW)
    before = len(revisions(own_host))
    with ThreadPoolExecutor(1) as pool:
        running_upgrade = pool.submit(upgrade.upgrade, own_host)
        lost = 0
        while lost < 3:
            assert not running_upgrade.done()
            with own_host.admin() as connection:
                query = (
                    "select pg_terminate_backend(pid) from pg_stat_activity where query ilike '%%pg_sleep%%'"
                    " and state = 'active' and pid <> pg_backend_pid()"
                )
                lost += len(connection.execute(query).fetchall())
            time.sleep(0.02)
        report = running_upgrade.result()
    assert (report.tenants, report.failures) == (before, ())
    assert set(revisions(own_host).values()) == {NUMBER}


def test_a_tenant_that_stock_alembic_brought_up_is_only_noted(
    own_host: Host, own_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    done_by_hand = own_world.school.schema_name
    next_release.install(monkeypatch.setattr)
    with own_host.admin() as connection:
        connection.execute("select set_config('search_path', %s, true)", [done_by_hand])
        for statement in statements.step("unit", NUMBER):
            connection.execute(statement.encode())
    report = upgrade.upgrade(own_host)
    assert report.failures == ()
    (lifted,) = report.lifted
    assert report.tenants == lifted.schemas + 1
    assert revisions(own_host)[done_by_hand] == NUMBER


def test_a_database_of_a_later_release_is_left_alone(own_host: Host, own_world: World) -> None:
    with pytest.MonkeyPatch.context() as newer:
        next_release.install(newer.setattr)
        upgrade.upgrade(own_host)
    report = upgrade.upgrade(own_host)
    assert report.tenants == 0
    assert {failure.slug for failure in report.failures} >= {own_world.city.slug, own_world.school.slug}
    assert "nie jest znana tej wersji programu" in report.failures[0].error
    with own_host.admin() as connection:
        connection.execute("update control.alembic_version set version_num = '0999'")
    with pytest.raises(Refusal, match="nowsza"):
        upgrade.upgrade(own_host)


def test_stock_alembic_reads_the_revision_of_a_tenant(host: Host, world: World) -> None:
    for lineage, place in (("unit", world.school), ("municipality", world.city), ("control", None), ("cell", None)):
        given = ["-x", f"schema={place.schema_name}"] if place else []
        done = subprocess.run(
            [sys.executable, "-m", "alembic", "-c", "migrations/alembic.ini", "-n", lineage, *given, "current"],
            env={**os.environ, "DATABASE_URL": host.admin_url}, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout.split() == [statements.head(lineage), "(head)"]  # type: ignore[arg-type]


def test_a_new_secret_key_gives_the_log_ins_new_passwords(
    own_host: Host, own_home: Path, own_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_for_passwords(own_host, own_home)
    rotated = Host(own_host.admin_url, lambda purpose: f"rotated {purpose}")
    with pytest.raises(OperationalError, match="password authentication failed"), rotated.control():
        pytest.fail("an old password must not do")
    assert upgrade.state(rotated) == "due"
    assert upgrade.upgrade(rotated).failures == ()
    assert upgrade.state(rotated) == "current"
    with rotated.control() as session:
        assert registry.by_slug(session, own_world.school.slug) is not None
    with rotated.tenant(own_world.school, ACTOR) as session:
        assert session.execute(text("select count(*) from vat_setting")).scalar_one() == 0
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(own_host.login_conninfo("main"))
    rotated.dispose()


def ask_for_passwords(host: Host, home: Path) -> None:
    """The embedded server trusts everybody; have it ask our log-ins as a real one does."""
    rules = home / "postgres" / "pg_hba.conf"
    rules.write_text("local all /^magistrat_login scram-sha-256\n" + rules.read_text())
    with host.admin() as connection:
        connection.execute("select pg_reload_conf()")
    while True:  # the postmaster reads it when it comes to it
        try:
            psycopg.connect(host.login_conninfo("main"), password="wrong").close()
        except psycopg.OperationalError:
            return
        time.sleep(0.02)


def test_an_administrator_without_superuser_rights_suffices(own_host: Host) -> None:
    """As on a managed server: the owner of the database, who may make roles."""
    with psycopg.connect(own_host.admin_url, autocommit=True) as connection:
        for role in ("owner", "system", "rw", "cell", "control"):
            assert connection.execute("select 1 from pg_roles where rolname = %s", [f"magistrat_{role}"]).fetchone()
        # another deployment on this server cannot have groups of the same names, so this one makes way
        forget_everything(connection)
        connection.execute("create role landlord login createrole")
        connection.execute("create database managed owner landlord")
    host = Host(own_host.admin_url.replace("postgres@/postgres", "landlord@/managed"), lambda purpose: "secret")
    assert not upgrade.upgrade(host).nothing
    assert upgrade.state(host) == "current"
    city, _ = registry.create(host, Kind.MUNICIPALITY, TenantData("gmina", "UG", "Gmina", "Gmina"), ACTOR)
    with host.tenant(city, ACTOR) as session:
        session.execute(text("insert into vat_setting (id) values (1)"))
    with host.control() as session:
        assert session.get_one(Cell, "main").database == "managed"
    host.dispose()


def forget_everything(connection: psycopg.Connection[Any]) -> None:
    roles = connection.execute("select rolname from pg_roles where rolname ~ '^(magistrat_|t_[0-9])'").fetchall()
    for statement in ("drop owned by {} cascade", "drop role {}"):
        for (name,) in roles:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))
