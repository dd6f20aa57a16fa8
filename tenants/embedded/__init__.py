"""PostgreSQL and Valkey from wheels, for a machine that has neither: the demo, the tests and small installations.

Servers listen on Unix sockets in a private folder, never on TCP. They are shared by every process of the same home
folder and stop with the last one: each user holds a shared lock; whoever can make it exclusive at the end stops them.
While anybody uses them, one that was killed is started again.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import signal
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import IO, Literal

from tenants.embedded.postgres import Postgres, postgres_bin, stop_postgres
from tenants.embedded.process import NOBODY, EmbeddedServerError
from tenants.embedded.valkey import Valkey, stop_valkey

__all__ = ["EmbeddedServerError", "Servers", "postgres_bin", "restart", "servers"]

WATCH_SECONDS = 1
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Servers:
    """Addresses of running servers, in the forms psycopg and redis-py take; empty for one that was not asked for."""

    database_url: str
    redis_url: str


@contextmanager
def servers(
    home: Path, postgres_options: dict[str, str] | None = None, *, postgres: bool = True, valkey: bool = True
) -> Iterator[Servers]:
    """Start (or join) the servers whose data is in `home`; stop them when the last user leaves.

    Raises EmbeddedServerError when a server cannot start.
    """
    home.mkdir(parents=True, exist_ok=True)
    home = home.resolve()
    house = _House(home, postgres_options or {}, postgres, valkey)
    with (home / "servers.lock").open("w") as users:
        left = Event()
        try:
            with house.locked():
                fcntl.flock(users, fcntl.LOCK_SH)
                house.start()
            Thread(target=house.watch, args=(left,), name="embedded servers", daemon=True).start()
            yield house.servers()
        finally:
            left.set()
            with house.locked():
                if _is_last(users):
                    house.stop()


def restart(home: Path, server: Literal["postgres", "valkey"], how: signal.Signals) -> None:
    """End a running server of this home by a signal and start it again: how tests make a fault.

    SIGINT is PostgreSQL's orderly stop, SIGQUIT its crash, SIGKILL is for Valkey.
    """
    house = _House(home.resolve(), {}, server == "postgres", server == "valkey")
    with house.locked():
        house.start()
        if house.postgres is not None:
            stop_postgres(house.home, how)
        else:
            stop_valkey(run_folder(house.home), how)
        house.start()


class _House:
    """The servers of one home folder."""

    def __init__(self, home: Path, options: dict[str, str], postgres: bool, valkey: bool):
        self.home, self.options, self.wanted = home, options, (postgres, valkey)
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One process at a time starts or stops something."""
        with (self.home / "starting.lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def start(self) -> None:
        """What is not running yet."""
        run = run_folder(self.home)
        postgres, valkey = self.wanted
        if postgres:
            self.postgres = self.postgres or Postgres(self.home, run, self.options)
            self.postgres.start()
        if valkey:
            self.valkey = self.valkey or Valkey(self.home, run)
            self.valkey.start()

    def servers(self) -> Servers:
        return Servers(
            self.postgres.url if self.postgres else "",
            self.valkey.url if self.valkey else "",
        )

    def watch(self, left: Event) -> None:
        """Start again what was killed, until this user leaves."""
        while not left.wait(WATCH_SECONDS):
            if all(server.running() for server in (self.postgres, self.valkey) if server):
                continue
            with self.locked():
                if left.is_set():
                    return
                try:
                    self.start()
                except EmbeddedServerError:
                    _log.exception("an embedded server does not start again")

    def stop(self) -> None:
        """Everything that runs here, whoever asked for it."""
        run = run_folder(self.home)
        stop_valkey(run)
        stop_postgres(self.home)
        shutil.rmtree(run, ignore_errors=True)


def _is_last(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def run_folder(home: Path) -> Path:
    """A short path (a socket's may not pass 107 bytes), the same for everyone who uses this home."""
    folder = Path("/tmp") / f"magistrat-{os.getuid()}-{zlib.crc32(str(home).encode()):08x}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid not in {os.getuid(), NOBODY}:
        raise EmbeddedServerError(f"{folder} należy do innego użytkownika.")
    return folder
