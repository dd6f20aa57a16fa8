"""Numbers with right check digits that belong to nobody: every NIP starts with 999, which no tax office gives out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

from stdnum.pl import regon as _regon

from app.kernel.ids import internal_id_check_digit, ksef_checksum, nip_problem

PREFIX = "999"


class Numbers:
    """Deals out numbers, no one twice. Deterministic for a `Random`."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._used: set[str] = set()

    def _fresh(self, make: Callable[[], str]) -> str:
        while (number := make()) in self._used:
            pass
        self._used.add(number)
        return number

    def nip(self) -> str:
        def make() -> str:
            while True:
                body = PREFIX + "".join(self._rng.choices("0123456789", k=6))
                for digit in "0123456789":
                    if nip_problem(body + digit) is None:
                        return body + digit

        return self._fresh(make)

    def regon(self) -> str:
        def make() -> str:
            body = "".join(self._rng.choices("123456789", k=8))
            return body + str(_regon.calc_check_digit(body))

        return self._fresh(make)

    def account(self) -> str:
        """A Polish account number of 26 digits; bank 9990 does not exist."""

        def make() -> str:
            body = "9990" + "".join(self._rng.choices("0123456789", k=20))
            return f"{98 - int(body + '252100') % 97:02d}{body}"

        return self._fresh(make)

    def ksef_number(self, seller_nip: str, accepted_on: date) -> str:
        def make() -> str:
            body = f"{seller_nip}-{accepted_on:%Y%m%d}-{self._rng.getrandbits(48):012X}-"
            return body + ksef_checksum(body)

        return self._fresh(make)

    def customer_no(self) -> str:
        return self._fresh(lambda: f"{self._rng.randrange(10**7, 10**8)}")


def internal_id(nip: str, number: int) -> str:
    """IDWew of a unit: the taxpayer's NIP, four digits, the check digit."""
    body = f"{nip}-{number:04d}"
    return body + internal_id_check_digit(body + "0")
