"""Numbers of invoices: patterns that keep every unit of a city in a range of its own.

KSeF refuses a second invoice with the same seller, kind and number for ten years, and all units of a city are one
seller: so a number begins with the unit's prefix, which belongs to one unit only, and says its series, year and place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.kernel.errors import Refusal
from app.vat.rules.issuing.draft import Kind

DEFAULT_PATTERN = "{prefix}/{series}/{number}/{year}"
SERIES: Mapping[Kind, str] = {
    "VAT": "FV", "UPR": "FV", "ZAL": "FZ", "ROZ": "FR", "KOR": "FK", "KOR_ZAL": "FK", "KOR_ROZ": "FK",
}  # fmt: skip
"""Which series an invoice of a kind is numbered in."""
LONGEST_PREFIX = 16
LAW = "art. 106e ust. 1 pkt 2 ustawy o VAT"

_PREFIX = re.compile("[A-Z0-9](?:[A-Z0-9-]{0,14}[A-Z0-9])?")
_PARTS = frozenset({"{prefix}", "{series}", "{number}", "{year}", "{month}"})


@dataclass(frozen=True, slots=True)
class Pattern:
    """How numbers look from a day on: parts joined by "/", the prefix first."""

    text: str

    @property
    def monthly(self) -> bool:
        """Whether counting begins again each month."""
        return "{month}" in self.text

    def period(self, on: date) -> str:
        """The counter's period: "2026" or "2026-03"."""
        return f"{on.year}-{on.month:02d}" if self.monthly else f"{on.year}"

    def number(self, prefix: str, kind: Kind, place: int, on: date) -> str:
        """The number of the invoice that is the `place`-th in its series and period."""
        parts = {"prefix": prefix, "series": SERIES[kind], "number": place, "year": on.year, "month": f"{on.month:02d}"}
        return self.text.format(**parts)


def pattern(text: str) -> Pattern:
    """A pattern that cannot make the same number twice. Raises `Refusal`.

    Law: art. 106e ust. 1 pkt 2 ustawy o VAT; dokumentacja KSeF 2.0 (MF), kod 440
    """
    parts = text.strip().split("/")
    if unknown := [part for part in parts if part not in _PARTS]:
        raise Refusal(
            f"We wzorze numeru nie może być „{unknown[0][:20]}”. Części wzoru to {{prefix}}, {{series}}, {{number}}, "
            "{month} i {year}, rozdzielone ukośnikiem.",
            "pattern",
            LAW,
        )
    missing = [part for part in ("{prefix}", "{series}", "{number}", "{year}") if part not in parts]
    if missing:
        raise Refusal(f"We wzorze numeru brakuje {missing[0]}: numery mogłyby się powtórzyć.", "pattern", LAW)
    if parts[0] != "{prefix}":
        raise Refusal(
            "Wzór numeru zaczyna się od {prefix}, bo wszystkie jednostki gminy mają jeden NIP.", "pattern", LAW
        )
    if len(set(parts)) != len(parts):
        raise Refusal("Każda część może być we wzorze numeru tylko raz.", "pattern", LAW)
    return Pattern("/".join(parts))


def prefix(text: str) -> str:
    """A unit's prefix in its one form (capital letters, digits, hyphens inside). Raises `Refusal`.

    Law: dokumentacja KSeF 2.0 (MF), kod 440
    """
    written = text.strip().upper()
    if _PREFIX.fullmatch(written) is None:
        raise Refusal(
            f"Przedrostek „{text.strip()[:20]}” ma mieć od 1 do {LONGEST_PREFIX} znaków: litery A–Z, cyfry i łącznik "
            "w środku.",
            "prefix",
        )
    return written
