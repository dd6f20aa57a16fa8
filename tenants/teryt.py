"""The register of municipalities (TERC) that comes with the product, and what a tenant may be called by it.

Facts only: `teryt.tsv` says of which day it is. A municipality made or renamed later is described by hand.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from app.kernel import ids
from app.kernel.dates import format_short
from app.kernel.errors import NotFound
from tenants.accounts.folding import folded
from tenants.registry import slug_from

FILE = Path(__file__).with_name("teryt.tsv")
_NAMES = {"1": "Miasto {}", "2": "Gmina {}", "3": "Gmina {}"}
_OFFICES = {"1": "Urząd Miasta {}", "2": "Urząd Gminy {}", "3": "Urząd Miasta i Gminy {}"}
_CODES = {"1": "UM", "2": "UG", "3": "UMG"}


@dataclass(frozen=True, slots=True)
class Municipality:
    """One line of the register. `kind`: "1" urban, "2" rural, "3" mixed."""

    code: str
    town: str
    kind: str
    county: str
    voivodeship: str

    @property
    def name(self) -> str:
        """A proposal; the statute of the municipality says what it is called."""
        return _NAMES[self.kind].format(self.town)

    @property
    def office(self) -> str:
        """What its office may be called, again a proposal."""
        return _OFFICES[self.kind].format(self.town)

    @property
    def office_code(self) -> str:
        return _CODES[self.kind]


@lru_cache(maxsize=1)
def register() -> dict[str, Municipality]:
    """Every municipality by its code."""
    lines = (line.split("\t") for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#"))
    return {parts[0]: Municipality(*parts) for parts in lines}


def state_on() -> date:
    """The day the register is of."""
    found = re.search(r"Stan na (\d{4}-\d{2}-\d{2})", FILE.read_text(encoding="utf-8"))
    assert found is not None
    return date.fromisoformat(found[1])


def known(code: str, field: str = "teryt") -> Municipality:
    """Raises `Refusal` for what is no code, `NotFound` for a code the register does not have."""
    number = ids.teryt(code, field)
    try:
        return register()[number]
    except KeyError:
        raise NotFound(
            f"W rejestrze gmin (stan na {format_short(state_on())}) nie ma kodu {number}. Sprawdź kod.", field
        ) from None


def find(words: str, limit: int = 12) -> list[Municipality]:
    """Municipalities whose name, county or voivodeship holds every word, or whose code begins with it; those whose
    name begins with the first word come first.
    """
    wanted = folded(words).split()
    found = [one for one in register().values() if wanted and _fits(one, wanted)]
    return sorted(found, key=lambda one: (not folded(one.town).startswith(wanted[0]), folded(one.town), one.code))[
        :limit
    ]


def _fits(one: Municipality, wanted: list[str]) -> bool:
    names = folded(f"{one.town} {one.county} {one.voivodeship}")
    return all(word in names or one.code.startswith(word) for word in wanted)


def slug(municipality: Municipality) -> str:
    """For addresses, the same every time and of no other municipality: its name; when several share that, with the
    county or the kind, then with both, then with the voivodeship.
    """
    return next(name for name in _slugs(municipality) if _takers()[name] == 1)


@lru_cache(maxsize=1)
def _takers() -> Counter[str]:
    """How many municipalities could be called so."""
    return Counter(name for one in register().values() for name in _slugs(one))


def _slugs(one: Municipality) -> tuple[str, ...]:
    """From the shortest. A city that is its own county has no other county to be told apart by."""
    kind = "miasto" if one.kind == "1" else "gmina"
    county = "" if one.county == one.town else one.county
    candidates = (
        one.town,
        f"{one.town} {county}",
        f"{one.town} {kind}",
        f"{one.town} {kind} {county}",
        f"{one.town} {kind} {county} {one.voivodeship}",
    )
    return tuple(dict.fromkeys(map(slug_from, candidates)))
