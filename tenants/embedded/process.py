"""Processes that others may have started: alive or not, ours or a stranger that got their number, asked to end."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from app.kernel.errors import Refusal

NOBODY = 65534
START_SECONDS = 60
STOP_SECONDS = 60


class EmbeddedServerError(Refusal):
    """An embedded server did not start; the text holds the end of its log."""


def runs(pid: int | None, mark: str) -> bool:
    """Whether this process is alive and its command line holds `mark`; a number may have passed to a stranger."""
    if pid is None:
        return False
    proc = Path("/proc")
    if (proc / "self").exists():
        try:
            return mark.encode() in (proc / str(pid) / "cmdline").read_bytes()
        except OSError:
            return False
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return mark in shown.stdout


def is_alive(pid: int) -> bool:
    """Whether any process has this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def wait(ready: Callable[[], bool], ended: Callable[[], bool]) -> bool:
    """Whether it became ready before it ended or START_SECONDS passed."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and not ended():
        if ready():
            return True
        time.sleep(0.02)
    return False


def has_ended(process: subprocess.Popen[bytes]) -> bool:
    """Whether a process of our own is over. (Just started it may have no command line yet, so `runs` cannot tell.)"""
    return process.poll() is not None


def stop(pid: int | None, mark: str, signals: Sequence[signal.Signals]) -> None:
    """Ask this process to end, the next way when it does not obey; a stranger with its number is left alone."""
    for how in signals:
        if pid is None or not runs(pid, mark):
            return
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            return
        end = time.monotonic() + STOP_SECONDS
        while time.monotonic() < end and runs(pid, mark):
            time.sleep(0.02)


def read_pid(path: Path) -> int | None:
    """The number in the first line of a file; None when there is none."""
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def tail(log: Path, since: int = 0) -> str:
    """The end of a log, of what was written after `since` bytes."""
    return log.read_bytes()[since:].decode(errors="replace")[-800:]
