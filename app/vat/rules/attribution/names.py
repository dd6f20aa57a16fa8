"""Polish names of public units and addresses, brought to forms that can be compared.

"Szkoła Podstawowa Nr 12 im. M. Kopernika w Kielcach", "SP 12" and "SZK. PODST. NR XII" have the same core;
"ul. Szkolna 5 lok. 3" and "Szkolna 5" are the same place.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

_ABBREVIATIONS = {
    "sp": "szkola podstawowa", "szk": "szkola", "podst": "podstawowa", "przedszk": "przedszkole",
    "pm": "przedszkole miejskie", "pp": "przedszkole publiczne", "ps": "przedszkole samorzadowe",
    "lo": "liceum ogolnoksztalcace", "lic": "liceum", "zesp": "zespol", "zs": "zespol szkol",
    "zsp": "zespol szkolno przedszkolny", "zso": "zespol szkol ogolnoksztalcacych",
    "ops": "osrodek pomocy spolecznej", "mops": "miejski osrodek pomocy spolecznej",
    "gops": "gminny osrodek pomocy spolecznej", "mgops": "miejsko gminny osrodek pomocy spolecznej",
    "mopr": "miejski osrodek pomocy rodzinie", "dps": "dom pomocy spolecznej", "sds": "srodowiskowy dom samopomocy",
    "ppp": "poradnia psychologiczno pedagogiczna", "mosir": "miejski osrodek sportu i rekreacji",
    "gosir": "gminny osrodek sportu i rekreacji", "osir": "osrodek sportu i rekreacji",
    "mok": "miejski osrodek kultury", "gok": "gminny osrodek kultury", "mdk": "mlodziezowy dom kultury",
    "mbp": "miejska biblioteka publiczna", "gbp": "gminna biblioteka publiczna", "osr": "osrodek",
    "um": "urzad miasta", "ug": "urzad gminy", "umig": "urzad miasta i gminy", "cuw": "centrum uslug wspolnych",
    "zgm": "zaklad gospodarki mieszkaniowej", "zgk": "zaklad gospodarki komunalnej", "zdm": "zarzad drog miejskich",
}  # fmt: skip
_UNSURE = frozenset({"zsp", "pp", "ps", "zs"})
"""Abbreviations that also mean something else: good for a hint, never for a proof."""

_NUMBER_WORDS = frozenset({"nr", "numer", "no", "num"})
_PATRON_WORDS = frozenset({"im", "imienia"})
_ENDS_PATRON = frozenset({"|", "w", "we", "z", "ze", "przy", *_NUMBER_WORDS})
_MUNICIPALITY = frozenset({"gmina", "miasto", "powiat", "m"})
_MUNICIPALITY_MORE = frozenset(
    {"gmina", "miasto", "miasta", "miejska", "wiejska", "miejsko", "stoleczne", "st", "krolewskie", "|"}
)

_QUOTED = re.compile('[„“”"«»‚‘]([^„“”"«»‚‘’]+)[„“”"«»’]')
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_STREET_AFTER = re.compile(r"[,;]\s*(?:ul|al|pl|os)\b\.?\s.*$", re.IGNORECASE)
_SEPARATOR = re.compile(r"[,;/()|]|\s[-–—]+\s")
_WORD = re.compile(r"\||[0-9]+|[^\W\d_]+")
_ROMAN = re.compile("C{0,3}(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


def fold(text: str) -> str:
    """Lower case without diacritics: "Łódź" → "lodz"."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("ł", "l"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def stem(word: str) -> str:
    """What is left of a word in every case of its declension, roughly: its first four letters; numbers stay whole."""
    return word if word.isdigit() else word[:4]


@dataclass(frozen=True, slots=True)
class Name:
    """`core` without number words, patron, nickname, own municipality; `sure` = no ambiguous abbreviation in it."""

    core: tuple[str, ...]
    patron: frozenset[str]
    sure: bool = True
    numbers: frozenset[str] = field(init=False)
    key: str = field(init=False)
    """Equal for the same words; their order counts only when it tells two numbers apart."""

    def __post_init__(self) -> None:
        numbers = frozenset(word for word in self.core if word.isdigit())
        object.__setattr__(self, "numbers", numbers)
        object.__setattr__(self, "key", " ".join(self.core if len(numbers) > 1 else sorted(self.core)))


def city_stems(city: str | None) -> tuple[str, ...]:
    """The beginnings by which a town's name is known in any case: "Kielce" → ("kiel",), found in "Kielcach"."""
    return tuple(word[: max(3, len(word) - 2)] for word in re.findall("[a-z]+", fold(city or "")))


@lru_cache(maxsize=8192)
def parse_name(text: str, own_city: tuple[str, ...] = ()) -> Name:
    """A name as found on an invoice or in the directory; `own_city` from `city_stems` of the municipality's town."""
    patron: set[str] = set()

    def nickname(match: re.Match[str]) -> str:
        if not _WORD.search(_QUOTED.sub(" ", text)):
            return match[1]
        patron.update(re.findall("[a-z0-9]+", fold(match[1])))
        return " | "

    text = _STREET_AFTER.sub("", text)
    bare = _QUOTED.sub(nickname, text)
    bare = _INITIALS.sub(lambda match: match[0].replace(".", "") + " ", bare)
    original = _WORD.findall(_SEPARATOR.sub(" | ", bare))
    words = _without_patron(_numbered(original), patron)
    words = _without_city(_without_municipality(words, own_city), own_city)
    core: list[str] = []
    sure = True
    for word in words:
        if word == "|" or word in _NUMBER_WORDS:
            continue
        sure = sure and word not in _UNSURE
        core += _ABBREVIATIONS.get(word, word).split()
    return Name(tuple(core), frozenset(patron), sure)


def _numbered(original: list[str]) -> list[str]:
    """Folded words, Roman numerals turned to Arabic; a lone "I" counts only at the start or after "nr"."""
    words: list[str] = []
    for position, word in enumerate(original):
        before = words[-1] if words else "|"
        if word.isupper() and _ROMAN.fullmatch(word) and (len(word) > 1 or before == "|" or before in _NUMBER_WORDS):
            words.append(str(_roman(word)))
        elif word.isascii() and word.isdigit():
            words.append(str(int(word[:9])))
        else:
            words.append(fold(word) if word != "|" or position else "|")
    return words


def _roman(word: str) -> int:
    values = [_ROMAN_VALUES[letter] for letter in word]
    following = [*values[1:], 0]
    return sum(-value if value < after else value for value, after in zip(values, following, strict=True))


def _without_patron(words: list[str], patron: set[str]) -> list[str]:
    kept: list[str] = []
    inside = False
    for word in words:
        if inside and word in _ENDS_PATRON:
            inside = False
        if kept and word in _PATRON_WORDS:
            inside = True
        elif inside:
            patron.add(word)
        else:
            kept.append(word)
    return kept


def _is_city(words: list[str], own_city: tuple[str, ...]) -> bool:
    return bool(own_city) and len(words) >= len(own_city) and all(map(str.startswith, words, own_city))


def _without_municipality(words: list[str], own_city: tuple[str, ...]) -> list[str]:
    """Drops a leading "Gmina Miejska Kielce –"."""
    while words and words[0] == "|":
        words = words[1:]
    if words and words[0] in _MUNICIPALITY:
        words = words[1:]
        while words and (words[0] in _MUNICIPALITY_MORE or _is_city(words[:1], own_city[:1])):
            words = words[len(own_city) :] if _is_city(words, own_city) else words[1:]
    return words


def _without_city(words: list[str], own_city: tuple[str, ...]) -> list[str]:
    """Drops "w Kielcach", and "Kielce" at the end or alone between separators; other towns tell villages apart."""
    kept: list[str] = []
    position = 0
    while position < len(words):
        rest = words[position:]
        size = len(own_city)
        if rest[0] in ("w", "we") and _is_city(rest[1:], own_city):
            position += 1 + size
        elif _is_city(rest, own_city) and (len(rest) == size or ((not kept or kept[-1] == "|") and rest[size] == "|")):
            position += size
        else:
            kept.append(rest[0])
            position += 1
    return kept


@dataclass(frozen=True, slots=True)
class Place:
    """Street (or village), building, postal code "00-001", town, all folded."""

    street: str
    number: str
    postal: str | None = None
    city: str | None = None

    def same(self, other: Place) -> bool:
        """The same building beyond doubt: nothing given on both sides differs, and a postal code or a town agrees."""
        if (self.street, self.number) != (other.street, other.number) or not self.number:
            return False
        if self.postal and other.postal:
            return self.postal == other.postal and _towns_agree(self.city, other.city)
        return bool(self.city and other.city) and _towns_agree(self.city, other.city)

    def near(self, other: Place) -> bool:
        """The same town or the same postal code."""
        return (self.postal is not None and self.postal == other.postal) or (
            self.city is not None and other.city is not None and _towns_agree(self.city, other.city)
        )


def _towns_agree(one: str | None, other: str | None) -> bool:
    return (
        not one or not other or one == other or f"{one} ".startswith(f"{other} ") or f"{other} ".startswith(f"{one} ")
    )


_STREET_WORDS = {
    "al": "aleja", "aleje": "aleja", "alei": "aleja", "pl": "plac", "placu": "plac", "os": "osiedle",
    "osiedlu": "osiedle", "swietego": "sw", "swietej": "sw", "swietych": "sw", "generala": "gen", "ksiedza": "ks",
    "doktora": "dr", "profesora": "prof", "pulkownika": "plk", "majora": "mjr", "kardynala": "kard", "biskupa": "bp",
    "marszalka": "marsz",
}  # fmt: skip
_STREET_DROPPED = frozenset({"ul", "ulica", "ulicy", "im", "imienia"})
_POSTAL = re.compile(r"\b([0-9]{2})\s?[-–]\s?([0-9]{3})\b")
_FLAT = re.compile(r"[\s,]+(?:lok|lokal|m|mieszk|pok|pokoj|pietro|p)\b\.?\s*[0-9]+\s*[a-z]?\s*$")
_BUILDING = re.compile(r"^(.*?\D)\s*\b(?:nr\.?\s*)?([0-9]+\s?[a-z]?(?:\s?[/-]\s?[0-9]+\s?[a-z]?)?)$")


@lru_cache(maxsize=8192)
def parse_places(*lines: str | None) -> tuple[Place, ...]:
    """Every place that the lines of an address may mean, best first; () when there is no building number in them."""
    parts = [part.strip() for line in lines if line for part in re.split("[,;]", fold(line)) if part.strip()]
    postal = city = None
    rest: list[str] = []
    for part in parts:
        match = _POSTAL.search(part)
        if match is None:
            rest.append(part)
            continue
        postal, city = f"{match[1]}-{match[2]}", _town(part[match.end() :]) or city
        if before := part[: match.start()].strip():
            rest.append(before)
    if city is None:
        city = next((_town(part) for part in reversed(rest[1:]) if not re.search("[0-9]", part)), None)
    places = []
    for part in rest:
        match = _BUILDING.match(_FLAT.sub("", part).strip(" ."))
        if match and (street := _street(match[1])):
            places.append(Place(street, re.sub(r"\s", "", match[2]), postal, city))
    return tuple(places)


def _street(text: str) -> str:
    words = [_STREET_WORDS.get(word, word) for word in re.findall("[a-z0-9]+", text)]
    kept = [word for word in words if word not in _STREET_DROPPED and (len(word) > 1 or word.isdigit())]
    return " ".join(kept)


def _town(text: str) -> str | None:
    return " ".join(re.findall("[a-z]+", text)) or None
