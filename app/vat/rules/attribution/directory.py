"""The city's units prepared for quick questions: whose number, name, address, e-mail is this."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from app.vat.rules.attribution.names import Name, Place, city_stems, fold, parse_name, parse_places, stem
from app.vat.rules.facts import UnitProfile

Units = frozenset[int]
"""Positions in `Directory.units`."""

NOBODY: Units = frozenset()
FULL_MENTION, SHORT_MENTION = 40, 25
"""Weights of a unit's whole name, and of only its kind and number ("Przedszkole nr 4"), in a text."""

_PUBLIC_MAIL = frozenset({
    "gmail.com", "wp.pl", "o2.pl", "onet.pl", "interia.pl", "poczta.onet.pl", "op.pl", "outlook.com", "poczta.fm",
    "hotmail.com", "icloud.com", "gazeta.pl", "vp.pl", "interia.eu", "yahoo.com", "poczta.pl", "tlen.pl", "onet.eu",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """A profile with its names and place in comparable form."""

    profile: UnitProfile
    names: tuple[Name, ...]
    places: tuple[Place, ...]
    stems: frozenset[str]
    numbers: frozenset[str]

    def active(self, on: date) -> bool:
        begins, ends = self.profile.valid_from_on, self.profile.valid_to_on
        return (begins is None or begins <= on) and (ends is None or on <= ends)


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit as a decision needs it; the days are included, None = unbounded."""

    name: str
    since_on: date | None = None
    until_on: date | None = None

    def active(self, on: date) -> bool:
        return (self.since_on is None or self.since_on <= on) and (self.until_on is None or on <= self.until_on)


@dataclass(frozen=True, slots=True)
class Pattern:
    """Word stems that, one after another in a text, mention a unit."""

    stems: tuple[str, ...]
    unit: int
    weight: int


@dataclass(frozen=True, slots=True)
class Directory:
    """Built by `directory`; immutable, may be kept as long as the units do not change."""

    units: tuple[Unit, ...]
    own_city: tuple[str, ...]
    own_names: frozenset[str]
    offices: Units
    by_nip: Mapping[str, Units]
    by_internal_id: Mapping[str, Units]
    by_key: Mapping[str, Units]
    by_word: Mapping[str, Units]
    by_stem: Mapping[str, Units]
    by_building: Mapping[tuple[str, str], Units]
    by_street: Mapping[str, Units]
    by_postal: Mapping[str, Units]
    by_email: Mapping[str, Units]
    by_email_domain: Mapping[str, Units]
    patterns: Mapping[str, tuple[Pattern, ...]]
    standings: Mapping[str, Standing]

    def name(self, text: str) -> Name:
        return parse_name(text, self.own_city)

    def is_own_name(self, text: str) -> bool:
        """The municipality itself, not a unit: "Gmina Kielce", "Kielce", "Miasto Kielce"."""
        core = self.name(text).core
        return not core or fold(text).strip() in self.own_names or " ".join(core) in self.own_names

    def named(self, text: str) -> tuple[Units, bool]:
        """Units whose name this is, and whether that is beyond doubt (one unit, and no other could be meant).

        A patron or nickname may be missing on one side but not differ.
        """
        name = self.name(text)
        if not name.core:
            return NOBODY, False
        same = [unit for unit in sorted(self.by_key.get(name.key, NOBODY)) if self._patron_agrees(unit, name)]
        found = frozenset(same)
        if len(found) > 1 and name.patron:
            exact = frozenset(
                unit for unit in found if any(self._equal(other, name) for other in self.units[unit].names)
            )
            found = exact if len(exact) == 1 else found
            if len(exact) == 1:
                return found, name.sure
        return found, len(found) == 1 and name.sure and not self._wider(name) - found

    def _patron_agrees(self, unit: int, name: Name) -> bool:
        return any(
            other.key == name.key
            and (not name.patron or not other.patron or name.patron <= other.patron or other.patron <= name.patron)
            for other in self.units[unit].names
        )

    @staticmethod
    def _equal(one: Name, other: Name) -> bool:
        return one.key == other.key and one.patron == other.patron

    def _wider(self, name: Name) -> Units:
        """Units whose names have all these words and more: a careless supplier may have meant one of them."""
        found: Units | None = None
        for word in set(name.core):
            having = self.by_word.get(word, NOBODY)
            found = having if found is None else found & having
        return found or NOBODY

    def located(self, *lines: str | None) -> tuple[Units, tuple[Place, ...]]:
        """Units in the very building of an address, and the places the address may mean."""
        places = parse_places(*lines)
        found = {
            unit
            for place in places
            for unit in self.by_building.get((place.street, place.number), NOBODY)
            if any(place.same(own) for own in self.units[unit].places)
        }
        return frozenset(found), places

    def mentioned(self, text: str) -> dict[int, tuple[int, str]]:
        """Unit → (weight, the words found) for every unit named in a free text."""
        words = self.name(text).core
        stems = [stem(word) for word in words]
        found: dict[int, tuple[int, str]] = {}
        for position, first in enumerate(stems):
            for pattern in self.patterns.get(first, ()):
                size = len(pattern.stems)
                if tuple(stems[position : position + size]) == pattern.stems:
                    known = found.get(pattern.unit, (0, ""))
                    if pattern.weight > known[0]:
                        found[pattern.unit] = (pattern.weight, " ".join(words[position : position + size]))
        return found


def directory(units: Iterable[UnitProfile], own_names: Iterable[str] = ()) -> Directory:
    """Prepares the units. `own_names` are further names of the municipality itself ("Gmina Miasto X")."""
    profiles = tuple(units)
    cities = Counter(profile.city for profile in profiles if profile.city)
    own_city = city_stems(cities.most_common(1)[0][0]) if cities else ()
    made = tuple(_unit(profile, own_city) for profile in profiles)
    return Directory(
        units=made,
        own_city=own_city,
        own_names=frozenset(fold(name).strip() for name in own_names),
        offices=frozenset(place for place, profile in enumerate(profiles) if profile.office),
        by_nip=_index((profile.nip, place) for place, profile in enumerate(profiles)),
        by_internal_id=_index(
            (number, place) for place, profile in enumerate(profiles) for number in profile.internal_ids
        ),
        by_key=_index((name.key, place) for place, unit in enumerate(made) for name in unit.names),
        by_word=_index((word, place) for place, unit in enumerate(made) for name in unit.names for word in name.core),
        by_stem=_index((each, place) for place, unit in enumerate(made) for each in unit.stems),
        by_building=_index(((own.street, own.number), place) for place, unit in enumerate(made) for own in unit.places),
        by_street=_index((own.street, place) for place, unit in enumerate(made) for own in unit.places),
        by_postal=_index((profile.postal_code, place) for place, profile in enumerate(profiles)),
        by_email=_index((email.lower(), place) for place, profile in enumerate(profiles) for email in profile.emails),
        by_email_domain=_index(
            (domain, place)
            for place, profile in enumerate(profiles)
            for email in profile.emails
            if (domain := email_domain(email)) is not None
        ),
        patterns=_patterns(made),
        standings={one.code: Standing(one.name, one.valid_from_on, one.valid_to_on) for one in profiles},
    )


def email_domain(email: str) -> str | None:
    """The part after "@", unless it is a mail provider for everybody."""
    domain = email.lower().rpartition("@")[2]
    return None if domain in _PUBLIC_MAIL or not domain else domain


K = TypeVar("K")


def _index(pairs: Iterable[tuple[K | None, int]]) -> dict[K, Units]:
    found: defaultdict[K, set[int]] = defaultdict(set)
    for key, unit in pairs:
        if key:
            found[key].add(unit)
    return {key: frozenset(units) for key, units in found.items()}


def _unit(profile: UnitProfile, own_city: tuple[str, ...]) -> Unit:
    names = tuple(name for text in (profile.name, *profile.aliases) if (name := parse_name(text, own_city)).core)
    town = " ".join(part for part in (profile.postal_code, profile.city) if part)
    places = parse_places(profile.address_line1, town) if profile.address_line1 else ()
    stems = frozenset(
        stem(word) for name in names for word in (*name.core, *name.patron) if len(word) > 1 or word.isdigit()
    )
    numbers = frozenset[str]().union(*(name.numbers for name in names))
    return Unit(profile, names, places, stems, numbers)


def _patterns(units: tuple[Unit, ...]) -> dict[str, tuple[Pattern, ...]]:
    made: defaultdict[str, set[Pattern]] = defaultdict(set)
    for position, unit in enumerate(units):
        for name in unit.names:
            stems = tuple(stem(word) for word in name.core)
            words = [each for each in stems if not each.isdigit()]
            numbers = [each for each in stems if each.isdigit()]
            if words and (numbers or len(words) > 2):
                made[stems[0]].add(Pattern(stems, position, FULL_MENTION))
            elif len(words) == 2:
                made[stems[0]].add(Pattern(stems, position, SHORT_MENTION))
            if words and len(numbers) == 1 and not unit.profile.office:
                made[words[0]].add(Pattern((words[0], numbers[0]), position, SHORT_MENTION))
    return {first: tuple(sorted(each, key=_pattern_order)) for first, each in made.items()}


def _pattern_order(pattern: Pattern) -> tuple[int, tuple[str, ...], int]:
    return pattern.unit, pattern.stems, pattern.weight
