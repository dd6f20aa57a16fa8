"""The service first; while it is silent, the day's flat file, if somebody put it into the folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from threading import Lock

from app.gateways.whitelist.answers import Answer, Unavailable, WhiteList
from app.gateways.whitelist.flat import FlatFile


class WithFlatFile:
    """Asks `first`; when it gives no answer, `<folder>/RRRRMMDD.json` of the day that is asked about.

    One day's file is kept in memory; the published one takes some hundreds of megabytes there.
    """

    def __init__(self, first: WhiteList, folder: Path) -> None:
        self._first = first
        self._folder = folder
        self._kept: FlatFile | None = None
        self._lock = Lock()

    def check(self, nip: str, account: str, on: date) -> Answer:
        """Raises `Unavailable` when there is neither an answer nor that day's file."""
        try:
            return self._first.check(nip, account, on)
        except Unavailable as silent:
            path = self._folder / f"{on:%Y%m%d}.json"
            if not path.is_file():
                raise
            try:
                return self._file(path, on).check(nip, account, on)
            except Unavailable as broken:
                raise Unavailable(f"{silent.message} {broken.message}") from None

    def _file(self, path: Path, on: date) -> FlatFile:
        with self._lock:
            if self._kept is None or self._kept.on != on:
                self._kept = FlatFile.read(path.read_bytes())
            return self._kept
