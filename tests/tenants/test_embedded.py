"""Embedded servers: shared by processes, gone with the last, back after a kill, for root and for anybody."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import redis

from tenants.embedded import EmbeddedServerError, Servers, run_folder, servers
from tenants.embedded.postgres import FOLDER_NOTE
from tenants.embedded.process import NOBODY, read_pid, runs
from tests.tenants.conftest import QUICK

ROOT = Path(__file__).parents[2]
JOIN = (
    "import sys; from pathlib import Path; from tenants.embedded import servers\n"
    f"with servers(Path(sys.argv[1]), {QUICK!r}) as found:\n"
    "    print(found.database_url, found.redis_url, flush=True); sys.stdin.readline()\n"
)


@contextmanager
def another_process(home: Path, *command: str) -> Iterator[subprocess.Popen[str]]:
    """A process that uses the servers of this home until it is told a line, as its first line told their addresses."""
    process = subprocess.Popen(
        [*command, sys.executable, "-c", JOIN, home], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.communicate("\n")


def addresses(process: subprocess.Popen[str]) -> list[str]:
    assert process.stdout is not None
    return process.stdout.readline().split()


def answers(found: Servers) -> bool:
    try:
        psycopg.connect(found.database_url).close()
        return bool(redis.Redis.from_url(found.redis_url).ping())
    except (psycopg.OperationalError, redis.RedisError):
        return False


def pids(home: Path) -> dict[str, int | None]:
    return {
        "postgres": read_pid(home / "postgres" / "postmaster.pid"),
        "valkey": read_pid(run_folder(home) / "valkey.pid"),
    }


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_servers_live_as_long_as_somebody_uses_them(home: Path) -> None:
    with servers(home, QUICK) as first:
        assert answers(first)
        with psycopg.connect(first.database_url) as connection:
            connection.execute("create table kept (id int)")
        with another_process(home) as other:
            assert addresses(other) == [first.database_url, first.redis_url]
            before = pids(home)
        assert answers(first)
        assert pids(home) == before
        with servers(home, QUICK) as again:
            assert again == first
        assert answers(first)
    assert not answers(first)
    assert not any(runs(pid, "magistrat-") for pid in before.values())
    with servers(home, QUICK) as later, psycopg.connect(later.database_url) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (0,)


def test_the_one_who_started_may_leave_before_the_one_who_joined(home: Path) -> None:
    with another_process(home) as starter:
        found = Servers(*addresses(starter))
        with servers(home, QUICK):
            starter.communicate("\n")
            assert answers(found)
    assert not answers(found)


def test_a_killed_user_counts_no_more(home: Path) -> None:
    with servers(home, QUICK) as found:
        with another_process(home) as other:
            addresses(other)
            os.kill(other.pid, signal.SIGKILL)
            other.wait()
        assert answers(found)
    assert not answers(found)


@pytest.mark.parametrize("server", ["postgres", "valkey"])
def test_a_killed_server_is_started_again_while_it_is_used(home: Path, server: str) -> None:
    with servers(home, QUICK) as found:
        client = redis.Redis.from_url(found.redis_url)
        client.rpush("queue", "kept")
        client.close()
        with psycopg.connect(found.database_url) as connection:
            connection.execute("create table kept (id int)")
        killed = pids(home)[server]
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        while not answers(found) or pids(home)[server] == killed:
            time.sleep(0.05)
        with psycopg.connect(found.database_url) as connection:
            assert connection.execute("select count(*) from kept").fetchone() == (0,)
        assert redis.Redis.from_url(found.redis_url).lrange("queue", 0, -1) == [b"kept"]
    assert not answers(found)


def test_what_was_killed_with_everything_else_starts_again(home: Path) -> None:
    with another_process(home) as other:
        found = Servers(*addresses(other))
        for pid in (other.pid, *pids(home).values()):
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
        other.wait()
    assert not answers(found)
    with servers(home, QUICK) as again:
        assert answers(again)


def test_a_stranger_with_the_number_of_a_killed_server_is_neither_taken_for_it_nor_stopped(home: Path) -> None:
    with servers(home, QUICK):
        run = run_folder(home)
        killed = pids(home)["postgres"]
    with subprocess.Popen(["sleep", "600"]) as stranger:
        try:
            lock = home / "postgres" / "postmaster.pid"
            lock.write_text(f"{stranger.pid}\n{home / 'postgres'}\n0\n5432\n{run}\n\n\nstopping\n")
            run_folder(home)
            (run / "valkey.pid").write_text(str(stranger.pid))
            with servers(home, QUICK) as found:
                assert answers(found)
                assert stranger.pid not in pids(home).values()
            assert stranger.poll() is None
            assert killed != stranger.pid
        finally:
            stranger.kill()


def test_only_what_is_asked_for_is_started(home: Path) -> None:
    with servers(home, QUICK, postgres=False) as found:
        assert found.database_url == ""
        assert redis.Redis.from_url(found.redis_url).ping()
        assert not (home / "postgres").exists()


def test_a_server_that_cannot_start_says_why_and_leaves_nothing(home: Path) -> None:
    with pytest.raises(EmbeddedServerError, match="no_such_setting"), servers(home, {**QUICK, "no_such_setting": "1"}):
        pytest.fail("it started")
    assert not any(runs(pid, "magistrat-") for pid in pids(home).values())
    with servers(home, QUICK) as found:
        assert answers(found)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="tylko root staje się kimś innym")


@needs_root
def test_where_the_kernel_gives_no_user_namespace_root_runs_it_as_nobody(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAGISTRAT_NO_USERNS", "1")
    try:
        with servers(home, QUICK) as found:
            assert answers(found)
            folder = Path((home / FOLDER_NOTE).read_text())
            pid = read_pid(folder / "data" / "postmaster.pid")
            assert (folder / "data").stat().st_uid == NOBODY
            assert Path(f"/proc/{pid}").stat().st_uid == NOBODY
            with psycopg.connect(found.database_url) as connection:
                connection.execute("create table kept (id int)")
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            while not answers(found):
                time.sleep(0.05)
        assert not answers(found)
        monkeypatch.delenv("MAGISTRAT_NO_USERNS")  # the data stays where it is
        with servers(home, QUICK) as later, psycopg.connect(later.database_url) as connection:
            assert connection.execute("select count(*) from kept").fetchone() == (0,)
    finally:
        if (home / FOLDER_NOTE).exists():
            shutil.rmtree((home / FOLDER_NOTE).read_text())


@needs_root
def test_data_made_in_a_user_namespace_is_never_replaced_by_an_empty_database(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with servers(home, QUICK, valkey=False):
        if not (home / "postgres").exists():
            pytest.skip("jądro nie daje przestrzeni nazw użytkownika")
    monkeypatch.setenv("MAGISTRAT_NO_USERNS", "1")
    with pytest.raises(EmbeddedServerError, match="powstała"), servers(home, QUICK, valkey=False):
        pytest.fail("it started")


@needs_root
@pytest.mark.parametrize("uid", [NOBODY, 1234])
def test_an_ordinary_user_runs_it_as_themselves_even_without_a_name(uid: int) -> None:
    become = ("setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups")
    if shutil.which("setpriv") is None or not may_import(*become):
        pytest.skip("zwykły użytkownik nie sięga stąd do programów (setpriv, środowisko)")
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        os.chown(folder, uid, uid)
        home = Path(folder) / "home"
        with another_process(home, *become) as other:
            found = Servers(*addresses(other))
            pid = read_pid(home / "postgres" / "postmaster.pid")
            assert Path(f"/proc/{pid}").stat().st_uid == uid
            assert answers(found)
        assert not answers(found)


def may_import(*become: str) -> bool:
    """Whether another user may run this Python and read this project."""
    command = [*become, sys.executable, "-c", "import tenants.embedded"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0
