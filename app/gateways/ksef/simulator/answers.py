"""What handlers of the simulator get and give."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.gateways.ksef.simulator.keys import Keys
    from app.gateways.ksef.simulator.store import Store


@dataclass(frozen=True, slots=True)
class Call:
    """A request. `context` is empty when the call needs no log-in; `origin` is the address clients know us by."""

    store: Store
    keys: Keys
    context: str
    ip: str
    origin: str
    match: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        try:
            found = json.loads(self.body or b"{}")
        except ValueError:
            raise Problem(400, 21001, "Nieczytelna treść.") from None
        if not isinstance(found, dict):
            raise Problem(400, 21001, "Nieczytelna treść.")
        return found


@dataclass(frozen=True, slots=True)
class Reply:
    status: int = 200
    body: Any = None
    """bytes as they are, None for nothing, anything else as JSON."""
    headers: Mapping[str, str] = field(default_factory=dict)


class Problem(Exception):
    """A refusal with an HTTP status, KSeF's code and its text."""

    def __init__(self, status: int, code: int, text: str, retry_after_s: float | None = None) -> None:
        super().__init__(text)
        self.status, self.code, self.text, self.retry_after_s = status, code, text, retry_after_s

    def reply(self) -> Reply:
        if self.status == 429:
            wait = int(self.retry_after_s or 1) + 1
            said = {"code": 429, "description": "Too Many Requests", "details": [self.text]}
            return Reply(429, {"status": said}, {"Retry-After": str(wait)})
        if self.status in (401, 403):
            body = {"title": self.text, "status": self.status, "detail": self.text, "reasonCode": "denied"}
            return Reply(self.status, body)
        details = [{"exceptionCode": self.code, "exceptionDescription": self.text, "details": [self.text]}]
        headers = {"Retry-After": str(int(self.retry_after_s))} if self.retry_after_s else {}
        return Reply(self.status, {"exception": {"exceptionDetailList": details}}, headers)
