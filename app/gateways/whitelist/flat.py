"""The register's flat file: digests of day, NIP and account, published every day; asked without a network.

A digest is SHA-512 of `RRRRMMDD` + NIP + account, applied as many times as the file says, each time to the text (in
hexadecimal) of the one before. Virtual accounts stand as masks of 26 signs: digits that must be the same, X for a sign
that does not count (it is digested as X), Y for one that does.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from app.gateways.whitelist.answers import Answer, Status, Unavailable
from app.kernel.clock import POLAND

WIDTH = hashlib.sha512().digest_size
ACCOUNT_LENGTH = 26
SCHEME = "RRRRMMDDNNNNNNNNNNBBBBBBBBBBBBBBBBBBBBBBBBBB"
MOST_ROUNDS = 1_000_000
_ACTIVE, _EXEMPT, _MASKS = "skrotyPodatnikowCzynnych", "skrotyPodatnikowZwolnionych", "maski"
_BROKEN = "Plik płaski wykazu podatników VAT jest uszkodzony albo ma inną budowę. Pobierz go ponownie."


def digest(on: date, nip: str, account: str, rounds: int) -> bytes:
    """Of one taxpayer's account (or of an account masked with X) on the day of the file."""
    text = f"{on:%Y%m%d}{nip}{account}"
    for _ in range(rounds):
        text = hashlib.sha512(text.encode()).hexdigest()
    return bytes.fromhex(text)


def masked(mask: str, account: str) -> str | None:
    """The account as this mask digests it; None when it does not fit the mask."""
    if any(sign.isdigit() and sign != own for sign, own in zip(mask, account, strict=True)):
        return None
    return "".join("X" if sign == "X" else own for sign, own in zip(mask, account, strict=True))


@dataclass(frozen=True, slots=True)
class _Digests:
    """Sorted digests one after another; an object for each would take a gigabyte."""

    packed: bytes

    @classmethod
    def of(cls, texts: Iterable[str]) -> _Digests:
        found = sorted(bytes.fromhex(text) for text in texts)
        if any(len(one) != WIDTH for one in found):
            raise ValueError("a digest of another length")
        return cls(b"".join(found))

    def __len__(self) -> int:
        return len(self.packed) // WIDTH

    def __getitem__(self, place: int) -> bytes:
        return self.packed[place * WIDTH : (place + 1) * WIDTH]

    def __contains__(self, wanted: bytes) -> bool:
        place = bisect_left(self, wanted)  # has the two methods that bisect uses
        return place < len(self) and self[place] == wanted


@dataclass(frozen=True, slots=True)
class FlatFile:
    """One day's file, read."""

    on: date
    rounds: int
    active: _Digests
    exempt: _Digests
    masks: tuple[str, ...]

    @classmethod
    def read(cls, data: bytes) -> FlatFile:
        """From the published JSON. Raises `Unavailable` for anything else."""
        try:
            said = json.loads(data)
            head = said["naglowek"]
            on = datetime.strptime(head["dataGenerowaniaDanych"], "%Y%m%d").date()  # noqa: DTZ007  (a day)
            rounds, masks = int(head["liczbaTransformacji"]), tuple(said[_MASKS])
            active, exempt = _Digests.of(said[_ACTIVE]), _Digests.of(said[_EXEMPT])
        except (ValueError, KeyError, TypeError, UnicodeDecodeError, RecursionError):
            raise Unavailable(_BROKEN) from None
        fit = all(len(mask) == ACCOUNT_LENGTH and set(mask) <= set("0123456789XY") for mask in masks)
        if not fit or not 1 <= rounds <= MOST_ROUNDS:
            raise Unavailable(_BROKEN)
        return cls(on, rounds, active, exempt, masks)

    def check(self, nip: str, account: str, on: date) -> Answer:
        """Raises `Unavailable` for another day than the file's."""
        if on != self.on:
            raise Unavailable(f"Plik płaski jest z dnia {self.on:%d.%m.%Y}, a pytanie dotyczy {on:%d.%m.%Y}.")
        status = self._status(nip, account)
        now = datetime.now(POLAND)
        return Answer(nip, account, on, status != "unknown", status, "flat", now, file_on=self.on)

    def _status(self, nip: str, account: str) -> Status:
        """By the account itself, then by each mask that it fits."""
        written = (account, *(fit for mask in self.masks if (fit := masked(mask, account)) is not None))
        for one in dict.fromkeys(written):
            found = digest(self.on, nip, one, self.rounds)
            if found in self.active:
                return "active"
            if found in self.exempt:
                return "exempt"
        return "unknown"


def write(
    on: date, rounds: int, active: Iterable[tuple[str, str]], exempt: Iterable[tuple[str, str]], masks: Iterable[str]
) -> bytes:
    """A file as the Ministry publishes it, of pairs (NIP, account or account masked with X): for the simulator."""
    return json.dumps(
        {
            "naglowek": {
                "dataGenerowaniaDanych": f"{on:%Y%m%d}",
                "liczbaTransformacji": str(rounds),
                "schemat": SCHEME,
            },
            _ACTIVE: sorted(digest(on, nip, account, rounds).hex() for nip, account in active),
            _EXEMPT: sorted(digest(on, nip, account, rounds).hex() for nip, account in exempt),
            _MASKS: list(masks),
        }
    ).encode()
