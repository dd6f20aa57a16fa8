"""What a question about an account is answered with, whoever answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol, runtime_checkable

from app.kernel.errors import Refusal

Via = Literal["api", "flat"]
Status = Literal["active", "exempt", "unregistered", "unknown"]
"""Of the taxpayer on that day; unknown: the answer does not tell."""


class Unavailable(Refusal):
    """The register gave no usable answer; nothing is known, neither yes nor no."""


class LimitReached(Unavailable):
    """No more questions today from this address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether `account` stood in the register under `nip` on the day `on`.

    `request_id` is the key that the service gives each answer (it is the proof); the flat file has none, there
    `file_on` is the day of the file.
    """

    nip: str
    account: str
    on: date
    assigned: bool
    status: Status
    via: Via
    answered_at: datetime
    request_id: str | None = None
    file_on: date | None = None


class NotConnected:
    """Stands where no register is connected."""

    def check(self, nip: str, account: str, on: date) -> Answer:
        """Raises `Unavailable`."""
        raise Unavailable("Wykaz podatników VAT nie jest podłączony do systemu. Podłącza go operator.")


@runtime_checkable
class WhiteList(Protocol):
    """Anything that answers."""

    def check(self, nip: str, account: str, on: date) -> Answer:
        """Raises `Unavailable`."""
        ...
