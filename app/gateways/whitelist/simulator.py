"""The register for tests and demonstrations: a small HTTP server on this machine, with the limits of the real one.

Modes: `happy`; `slow` answers after `slow_seconds`; `down` closes the connection; `broken` answers 503 without JSON;
`malformed` answers 200 with something that is not an answer.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from app.gateways.whitelist import flat
from app.gateways.whitelist.client import MOST_SUBJECTS
from app.kernel.clock import POLAND, today

Mode = Literal["happy", "slow", "down", "broken", "malformed"]
SEARCHES_A_DAY, CHECKS_A_DAY = 100, 5000
_CHECK = re.compile(r"/api/check/nip/([0-9]+)/bank-account/([0-9]+)")
_SEARCH = re.compile(r"/api/search/nips/([0-9,]+)")


@dataclass(slots=True)
class Known:
    """A taxpayer of the simulated register."""

    nip: str
    name: str
    accounts: Sequence[str] = ()
    status: Literal["Czynny", "Zwolniony", "Niezarejestrowany"] = "Czynny"
    masks: Sequence[str] = ()

    def has(self, account: str) -> bool:
        fits = any(flat.masked(mask, account) is not None for mask in self.masks)
        return self.status != "Niezarejestrowany" and (account in self.accounts or fits)


@dataclass(slots=True)
class Simulator:
    """What the register knows and how it behaves; may be changed while it serves. `asked` counts questions by day."""

    known: dict[str, Known] = field(default_factory=dict)
    mode: Mode = "happy"
    slow_seconds: float = 2.0
    searches_a_day: int = SEARCHES_A_DAY
    checks_a_day: int = CHECKS_A_DAY
    asked: dict[tuple[str, date], int] = field(default_factory=dict)
    url: str = ""
    served: int = 0
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _lock: Lock = field(default_factory=Lock)

    def put(self, *known: Known) -> None:
        self.known |= {one.nip: one for one in known}

    def flat_file(self, on: date, rounds: int = 5000) -> bytes:
        """The day's flat file of what is known now."""
        masks = sorted({mask for one in self.known.values() for mask in one.masks})
        pairs: dict[str, list[tuple[str, str]]] = {"Czynny": [], "Zwolniony": [], "Niezarejestrowany": []}
        for one in self.known.values():
            # a mask's Y signs are this taxpayer's own; the simulator's masks leave them to X, which any sign fits
            written = [*one.accounts, *(mask for mask in one.masks if "Y" not in mask)]
            pairs[one.status] += [(one.nip, account) for account in written]
        return flat.write(on, rounds, pairs["Czynny"], pairs["Zwolniony"], masks)

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, dict[str, Any]]:
        """Status and JSON of one question."""
        try:
            on = date.fromisoformat(query.get("date", [""])[0])
        except ValueError:
            return 400, {"code": "WL-102", "message": "Pole 'data' ma zły format (RRRR-MM-DD)."}
        if on > today():
            return 400, {"code": "WL-103", "message": "Data nie może być datą przyszłą."}
        if found := _CHECK.fullmatch(path):
            return self._check(found[1], found[2])
        if found := _SEARCH.fullmatch(path):
            return self._search(found[1].split(","))
        return 404, {"code": "WL-190", "message": "Niepoprawne żądanie."}

    def _check(self, nip: str, account: str) -> tuple[int, dict[str, Any]]:
        if len(nip) != 10:
            return 400, {"code": "WL-113", "message": "Pole 'NIP' ma nieprawidłową długość."}
        if len(account) != flat.ACCOUNT_LENGTH:
            return 400, {"code": "WL-109", "message": "Pole 'numer konta' ma nieprawidłową długość."}
        if not self._counts("check", self.checks_a_day):
            return 429, {"code": "WL-191", "message": "Przekroczono dzienny limit zapytań."}
        known = self.known.get(nip)
        return 200, {"result": {"accountAssigned": "TAK" if known and known.has(account) else "NIE", **self._key()}}

    def _search(self, nips: list[str]) -> tuple[int, dict[str, Any]]:
        if len(nips) > MOST_SUBJECTS:
            return 400, {"code": "WL-130", "message": "Przekroczono maksymalną liczbę argumentów."}
        if not self._counts("search", self.searches_a_day):
            return 429, {"code": "WL-191", "message": "Przekroczono dzienny limit zapytań."}
        entries = [
            {"identifier": nip, "subjects": [_shown(self.known[nip])] if nip in self.known else []} for nip in nips
        ]
        return 200, {"result": {"entries": entries, **self._key()}}

    def _counts(self, kind: str, most: int) -> bool:
        key = (kind, today())
        with self._lock:
            if self.asked.get(key, 0) >= most:
                return False
            self.asked[key] = self.asked.get(key, 0) + 1
        return True

    def _key(self) -> dict[str, str]:
        now = datetime.now(POLAND)
        with self._lock:
            number = next(self._numbers)
        return {
            "requestId": f"sym{number:02d}-{number * 7919 % 0xFFFFFFF:07x}",
            "requestDateTime": f"{now:%d-%m-%Y %H:%M:%S}",
        }


def _shown(one: Known) -> dict[str, Any]:
    return {
        "nip": one.nip, "name": one.name, "statusVat": one.status, "accountNumbers": list(one.accounts),
        "hasVirtualAccounts": bool(one.masks),
    }  # fmt: skip


@contextmanager
def serving(simulator: Simulator) -> Iterator[Simulator]:
    """The simulator on a free port of this machine while the block lasts; its `url` says where."""
    ended = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if simulator.mode == "down":
                self.close_connection = True
                return
            if simulator.mode == "slow":
                ended.wait(simulator.slow_seconds)
            asked = urlsplit(self.path)
            status, said = simulator.answer(asked.path, parse_qs(asked.query))
            body = json.dumps(said).encode()
            if simulator.mode == "broken":
                status, body = 503, b"<html>Service Unavailable</html>"
            elif simulator.mode == "malformed":
                status, body = 200, body[: len(body) // 2]
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except (BrokenPipeError, ConnectionResetError):  # who asked has given up waiting
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            """Counts only: questions hold NIPs."""
            simulator.served += 1

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    simulator.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield simulator
    finally:
        ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
