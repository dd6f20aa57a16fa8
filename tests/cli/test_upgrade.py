"""`magistrat upgrade` and `audit verify`: what they say and how they end; and commands on a machine with nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg import sql

from app.cli.audit import audit
from app.cli.upgrade import upgrade
from app.deployment import Deployment
from app.kernel import audit as trail
from app.settings import Settings
from migrations import statements
from tenants import lifting
from tenants.session import Host
from tests.cli.runs import ask, run
from tests.conftest import ACTOR, World
from tests.tenants import next_release

ROOT = Path(__file__).parents[2]


@pytest.fixture
def own(own_host: Host, own_home: Path, own_world: World) -> Deployment:
    return Deployment(Settings(home=own_home, secret_key_text="test"), own_host, "unix://none")


def test_an_upgrade_says_what_it_did_and_then_that_there_is_nothing_to_do(
    own: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(own, upgrade) == "Wszystko jest aktualne.\n"
    before = statements.revisions("unit")[-1]
    next_release.install(monkeypatch.setattr)
    lines = [line.split() for line in run(own, upgrade).splitlines()]
    (row,) = (line for line in lines if line[:1] == ["unit"])
    assert row[:4] == ["unit", "main", before, next_release.NUMBER]
    assert ["Zaktualizowano", row[4]] == lines[-1][:2]
    assert ask(own, upgrade) == {"lifted": [], "tenants": 0, "failures": [], "nothing": True}


def test_an_upgrade_names_who_failed_and_ends_with_1(
    own: Deployment, own_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with own.host.admin() as connection:
        table = sql.Identifier(own_world.school.schema_name, "vat_setting")
        connection.execute(sql.SQL("alter table {} add column note_of_tests int").format(table))
    next_release.install(monkeypatch.setattr)
    monkeypatch.setattr(lifting, "MOST_ATTEMPTS", 1)
    said = run(own, upgrade, exit_code=1)
    assert f"Nie udało się: {own_world.school.name} ({own_world.school.slug}): column" in said
    failures = ask(own, upgrade, exit_code=1)["failures"]
    assert [failure["slug"] for failure in failures] == [own_world.school.slug]


def test_journals_are_verified_and_a_broken_one_is_named(own: Deployment, own_world: World) -> None:
    for number in range(3):
        with own.host.tenant(own_world.school, ACTOR) as session:
            trail.record(session, "vat.open", f"vat.period:{number}")
    said = run(own, audit, "verify")
    assert "Sprawdzono 7 dzienników, 9 wpisów." in said
    with own.host.admin() as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("update cell.audit set actor = 'ktoś' where seq = 2")
    said = run(own, audit, "verify", exit_code=1)
    assert f"Dziennik naruszony: {own_world.school.name}. Wpis nr 2 ma zmienioną treść." in said
    broken = {one["slug"]: one["broken_at"] for one in ask(own, audit, "verify", exit_code=1)}
    assert broken.pop(own_world.school.slug) == 2
    assert set(broken.values()) == {None}
    assert "Sprawdzono 1 dziennik" in run(own, audit, "verify", "--tenant", own_world.pool.slug)
    assert ask(own, audit, "verify", "--tenant", own_world.school.slug, exit_code=1)[0]["broken_at"] == 2


@pytest.fixture
def magistrat(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """The command as a user runs it, with nothing on the machine and no server named."""

    def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        return subprocess.run(
            [sys.executable, "-m", "app.cli", *arguments], cwd=ROOT, capture_output=True, text=True, check=False,
            env={**clean, "MAGISTRAT_HOME": str(tmp_path / "home"), **environment},
        )  # fmt: skip

    return call


def test_the_first_command_on_a_fresh_machine_needs_no_set_up(
    magistrat: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    made = magistrat("tenant", "create", "--teryt", "0201032")
    assert (made.returncode, made.stderr) == (0, "")
    assert "Powstała gmina „Gmina Gromadka” (gromadka)" in made.stdout
    again = magistrat("tenant", "create", "--teryt", "0201032")
    assert (again.returncode, again.stdout[:10]) == (0, "Bez zmian:")
    other = magistrat("tenant", "create", "--teryt", "0201032", "--nip", "5213017228")
    assert (other.returncode, other.stdout) == (2, "")
    assert other.stderr.endswith("[nip]\n") and "Traceback" not in other.stderr


def test_a_real_server_must_be_prepared_by_upgrade_first(
    magistrat: Callable[..., subprocess.CompletedProcess[str]], own_host: Host
) -> None:
    with own_host.admin() as connection:
        connection.autocommit = True
        connection.execute("create database empty")
    url = own_host.admin_url.replace("postgres@/postgres", "postgres@/empty")
    given = {"DATABASE_URL": url, "REDIS_URL": "redis://localhost:1", "SECRET_KEY": "test"}
    refused = magistrat("tenant", "list", **given)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "Uruchom: magistrat upgrade." in refused.stderr
    unreachable = magistrat("tenant", "list", **{**given, "DATABASE_URL": "postgresql://x@localhost:1/x"})
    assert unreachable.returncode == 2
    assert "Nie można połączyć się z bazą danych" in unreachable.stderr and "Traceback" not in unreachable.stderr
