"""The simulator's socket: routes, who may, limits, faults. `running` for tests, `serve` for the command line."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from app.gateways.ksef.contract import Group
from app.gateways.ksef.simulator import access, faults, invoices, limits, sessions
from app.gateways.ksef.simulator.answers import Call, Problem, Reply
from app.gateways.ksef.simulator.keys import Keys
from app.gateways.ksef.simulator.store import Store

Handler = Callable[[Call], Reply]
LARGEST_BODY = 150 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Route:
    """`token`: the kind of token it needs, None = none. `group` None = not limited here."""

    method: str
    path: re.Pattern[str]
    handler: Handler
    token: str | None = "ContextToken"
    group: Group | None = "other"


def _route(method: str, path: str, handler: Handler, token: str | None = "ContextToken", group: Any = "other") -> Route:
    pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
    return Route(method, re.compile(f"/v2{pattern}"), handler, token, group)


ROUTES = (
    _route("GET", "/security/public-key-certificates", access.certificates, None, None),
    _route("POST", "/auth/challenge", access.challenge, None, None),
    _route("POST", "/auth/ksef-token", access.by_token, None, None),
    _route("POST", "/auth/xades-signature", access.by_signature, None, None),
    _route("POST", "/auth/token/redeem", access.redeem, "AuthenticationToken", None),
    _route("POST", "/auth/token/refresh", access.refresh, "RefreshToken", None),
    _route("GET", "/auth/{ref}", access.login_status, "AuthenticationToken", None),
    _route("GET", "/rate-limits", access.rate_limits),
    _route("GET", "/limits/context", access.context_limits),
    _route("POST", "/permissions/subunits/grants", access.grant_subunit, group="permissions"),
    _route("POST", "/permissions/query/subunits/grants", access.subunit_grants, group="permissions"),
    _route("GET", "/permissions/operations/{ref}", access.operation, group="permissions"),
    _route("POST", "/invoices/query/metadata", invoices.metadata, group="metadata"),
    _route("GET", "/invoices/ksef/{number}", invoices.one, group="invoice"),
    _route("POST", "/invoices/exports", invoices.export, group=None),
    _route("GET", "/invoices/exports/{ref}", invoices.export_status, group="export_status"),
    _route("GET", "/storage/{name}", invoices.part, None, None),
    _route("PUT", "/storage/{name}", sessions.upload, None, None),
    _route("POST", "/sessions/online", sessions.open_online, group="session"),
    _route("POST", "/sessions/online/{session}/invoices", sessions.send, group="send"),
    _route("POST", "/sessions/online/{session}/close", sessions.close_online, group="session"),
    _route("POST", "/sessions/batch", sessions.open_batch, group="session"),
    _route("POST", "/sessions/batch/{session}/close", sessions.close_batch, group="session"),
    _route("GET", "/sessions/{session}", sessions.session_status, group="status"),
    _route("GET", "/sessions/{session}/invoices", sessions.documents, group="status"),
    _route("GET", "/sessions/{session}/invoices/{invoice}", sessions.document_status, group="status"),
    _route("GET", "/sessions/{session}/invoices/{invoice}/upo", sessions.upo, group="status"),
    _route("GET", "/sessions/{session}/invoices/ksef/{number}/upo", sessions.upo_by_number, group="status"),
)


class Simulator:
    """A running server; `url` is what clients connect to."""

    def __init__(self, folder: Path, port: int = 0, host: str = "127.0.0.1") -> None:
        self.store = Store(folder)
        self.keys = Keys(self.store)
        self._server = ThreadingHTTPServer((host, port), type("Bound", (_Socket,), {"simulator": self}))
        self._server.daemon_threads = True
        self._stopped = False
        self.url = f"http://{host}:{self._server.server_address[1]}"

    def serve(self) -> None:
        self._server.serve_forever(poll_interval=0.05)

    def stop(self) -> None:
        """Also when it is stopped already."""
        if self._stopped:
            return
        self._stopped = True
        self._server.shutdown()
        self._server.server_close()
        self.store.close()

    def refusals(self) -> int:
        """How many calls met a limit (429) since the beginning."""
        found = self.store.row("select count(*) as n from refused")
        return int(found["n"]) if found is not None else 0

    def calls(self, context: str, group: Group) -> int:
        found = self.store.row("select count(*) as n from call where context = ? and grp = ?", context, group)
        return int(found["n"]) if found is not None else 0

    def misbehave(self, *wanted: faults.Fault) -> None:
        for fault in wanted:
            faults.add(self.store, fault)

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes, ip: str) -> Reply:
        """What is said to one request, faults left aside."""
        split = urlsplit(target)
        for route in ROUTES:
            match = route.path.fullmatch(split.path)
            if match is None or route.method != method:
                continue
            try:
                context = self._context(route, headers)
                if route.group is not None and context:
                    wait = limits.wait_s(self.store, context, ip, route.group)
                    if wait:
                        raise Problem(429, 429, f"Przekroczono limit żądań. Spróbuj ponownie po {wait:.0f} s.", wait)
                origin = f"http://{headers.get('host', '')}"
                query = dict(parse_qsl(split.query))
                call = Call(self.store, self.keys, context, ip, origin, match.groupdict(), query, headers, body)
                return route.handler(call)
            except Problem as problem:
                return problem.reply()
        return Problem(404, 404, "Nie ma takiego zasobu.").reply()

    def _context(self, route: Route, headers: dict[str, str]) -> str:
        if route.token is None:
            return ""
        found = self.keys.read(headers.get("authorization", "").removeprefix("Bearer "), route.token)
        if found is None:
            raise Problem(401, 401, "Token jest nieprawidłowy albo wygasł.")
        return str(found["ctx"])


class _Socket(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    simulator: Simulator

    def _do(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if size > LARGEST_BODY:
            self.close_connection = True
            return
        body = self.rfile.read(size)
        call = f"{self.command} {self.path}"
        store = self.simulator.store
        if faults.due(store, call, "drop"):
            self.close_connection = True
            return
        if fault := faults.due(store, call, "down"):
            self._give(Problem(503, 503, "Przerwa techniczna.", fault.value or None).reply())
            return
        if fault := faults.due(store, call, "error"):
            self._give(Problem(int(fault.value), int(fault.value), "Błąd na zamówienie.", 30).reply())
            return
        if fault := faults.due(store, call, "slow"):
            time.sleep(fault.value)
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.simulator.answer(self.command, self.path, headers, body, self.client_address[0])
        if faults.due(store, call, "lost"):
            self.close_connection = True
            return
        if faults.due(store, call, "html"):
            reply = Reply(200, b"<html><body>Zaloguj sie do sieci</body></html>", {"Content-Type": "text/html"})
        elif faults.due(store, call, "json"):
            reply = Reply(reply.status, ["nie", "ten", {"kształt": 1}])
        elif faults.due(store, call, "empty"):
            reply = Reply(reply.status, b"", {"Content-Type": "application/json"})
        self._give(reply)

    do_GET = do_POST = do_PUT = do_DELETE = _do

    def _give(self, reply: Reply) -> None:
        data, headers = reply.body, dict(reply.headers)
        if data is None:
            data = b""
        elif not isinstance(data, bytes):
            data = json.dumps(data).encode()
            headers.setdefault("Content-Type", "application/json")
        self.send_response(reply.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if reply.status != 204:
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if reply.status != 204:
            self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the state tells more."""


@contextmanager
def running(folder: Path, port: int = 0) -> Iterator[Simulator]:
    """In a thread of this process, until the block ends."""
    simulator = Simulator(folder, port)
    thread = threading.Thread(target=simulator.serve, daemon=True)
    thread.start()
    try:
        yield simulator
    finally:
        simulator.stop()
        thread.join()


def serve(folder: Path, port: int, host: str = "127.0.0.1", told: Callable[[Simulator], None] = lambda _: None) -> None:
    """Until interrupted."""
    simulator = Simulator(folder, port, host)
    told(simulator)
    try:
        simulator.serve()
    except KeyboardInterrupt:
        pass
    finally:
        simulator._server.server_close()
        simulator.store.close()
