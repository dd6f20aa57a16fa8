"""The Ministry's service of the register, API 1.6: `check` an account, `search` subjects thirty at a time.

The service allows one address so many questions a day (`search`: 100 of up to 30 subjects), then answers 429 with the
code WL-191 until midnight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import httpx

from app.gateways.whitelist.answers import Answer, LimitReached, Status, Unavailable
from app.kernel.clock import POLAND

MOST_SUBJECTS = 30
"""In one search."""
TIMEOUT_SECONDS = 10.0
STATUSES: dict[str, Status] = {"Czynny": "active", "Zwolniony": "exempt", "Niezarejestrowany": "unregistered"}
_LIMIT, _AGAIN = "WL-191", ("WL-195", "WL-196")
_AWAY = "Wykaz podatników VAT nie odpowiada. Spróbuj ponownie za kilka minut."
_STRANGE = "Wykaz podatników VAT odpowiedział niezrozumiale, więc sprawdzenia nie ma. Spróbuj ponownie."


@dataclass(frozen=True, slots=True)
class Subject:
    """A taxpayer as the register shows it. `virtual`: some accounts are given by masks, which only a check answers."""

    nip: str
    name: str
    status: Status
    accounts: tuple[str, ...]
    virtual: bool
    request_id: str


class Client:
    """Asks over HTTP; safe to share between threads. `close` it, or use it as a context manager."""

    def __init__(self, url: str, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._http = httpx.Client(base_url=url, timeout=timeout_seconds, headers={"Accept": "application/json"})

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def check(self, nip: str, account: str, on: date) -> Answer:
        """Whether the account is this taxpayer's on that day. Raises `Unavailable`.

        The service does not tell "not his account" from "not a taxpayer": the status stays unknown for a no.
        """
        result = self._ask(f"/api/check/nip/{nip}/bank-account/{account}", on)
        assigned, key, at = result.get("accountAssigned"), result.get("requestId"), result.get("requestDateTime")
        if assigned not in ("TAK", "NIE") or not isinstance(key, str) or not 0 < len(key) <= 60:
            raise Unavailable(_STRANGE)
        return Answer(nip, account, on, assigned == "TAK", "unknown", "api", _instant(at), request_id=key)

    def search(self, nips: Sequence[str], on: date) -> dict[str, Subject]:
        """Those of the taxpayers that the register knows, by NIP. Raises `Unavailable`."""
        found: dict[str, Subject] = {}
        for start in range(0, len(nips), MOST_SUBJECTS):
            result = self._ask(f"/api/search/nips/{','.join(nips[start : start + MOST_SUBJECTS])}", on)
            found |= {one.nip: one for one in _subjects(result)}
        return found

    def _ask(self, path: str, on: date) -> dict[str, Any]:
        try:
            answered = self._http.get(path, params={"date": on.isoformat()})
        except httpx.HTTPError:
            raise Unavailable(_AWAY) from None
        try:
            said = answered.json()
        except ValueError:
            raise Unavailable(_AWAY if answered.status_code >= 500 else _STRANGE) from None
        if not isinstance(said, dict):
            raise Unavailable(_STRANGE)
        if answered.status_code != httpx.codes.OK:
            raise _refused(answered.status_code, str(said.get("code", "")))
        result = said.get("result")
        if not isinstance(result, dict):
            raise Unavailable(_STRANGE)
        return result


def _refused(status: int, code: str) -> Unavailable:
    if code == _LIMIT or status == httpx.codes.TOO_MANY_REQUESTS:
        return LimitReached(
            "Wykaz podatników VAT nie przyjmie dziś więcej pytań z tego adresu (limit dzienny, WL-191)."
        )
    if code in _AGAIN or status >= 500:
        return Unavailable(_AWAY)
    return Unavailable(f"Wykaz podatników VAT odrzucił pytanie (kod {code[:10] or status}). Sprawdź NIP i rachunek.")


def _instant(text: object) -> datetime:
    """ "19-11-2019 14:58:49" by Polish clocks."""
    try:
        return datetime.strptime(str(text), "%d-%m-%Y %H:%M:%S").replace(tzinfo=POLAND)
    except ValueError:
        raise Unavailable(_STRANGE) from None


def _subjects(result: dict[str, Any]) -> Iterator[Subject]:
    entries, key = result.get("entries"), result.get("requestId")
    if not isinstance(entries, list) or not isinstance(key, str):
        raise Unavailable(_STRANGE)
    for entry in entries:
        for one in entry.get("subjects", ()) if isinstance(entry, dict) else ():
            accounts = one.get("accountNumbers") or []
            if not isinstance(one.get("nip"), str) or not all(isinstance(each, str) for each in accounts):
                raise Unavailable(_STRANGE)
            status = STATUSES.get(one.get("statusVat", ""), "unknown")
            virtual = bool(one.get("hasVirtualAccounts"))
            yield Subject(one["nip"], str(one.get("name") or ""), status, tuple(accounts), virtual, key)
