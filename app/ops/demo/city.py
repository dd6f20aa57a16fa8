"""A town that does not exist, with the units that share its NIP for VAT.

The library and the culture centre are left out on purpose: cultural institutions are legal persons and taxpayers of
their own, so their invoices are strangers here (and among the bad files).
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from random import Random

from app.ops.demo.numbers import Numbers, internal_id

TOWN = "Nowa Dąbrowa"
IN_TOWN = "w Nowej Dąbrowie"
CITY_NAME = "Miasto Nowa Dąbrowa (demonstracja)"
SHORT_CITY_NAME = "Miasto Nowa Dąbrowa"
TERYT = "1421021"
"""Code and tax office of an existing town of the same kind, so that checks of form pass; nothing else is of it."""
TAX_OFFICE = "1421"
POSTAL_CODE = "05-899"
DOMAIN = "nowadabrowa.example"

_STREETS = (
    "Akacjowa", "Brzozowa", "Cicha", "Dębowa", "Gajowa", "Jesionowa", "Kasztanowa", "Klonowa", "Kolejowa", "Kopernika",
    "Krótka", "Kwiatowa", "Leśna", "Lipowa", "Łąkowa", "Mickiewicza", "Młyńska", "Modrzewiowa", "Ogrodowa", "Parkowa",
    "Piaskowa", "Polna", "Prusa", "Reymonta", "Sadowa", "Sienkiewicza", "Słoneczna", "Sosnowa", "Sportowa", "Szkolna",
    "Topolowa", "Wiejska", "Wiśniowa", "Wodna", "Zielona", "Żeromskiego",
)  # fmt: skip
_PATRONS = (
    "Marii Skłodowskiej-Curie", "Janusza Korczaka", "Mikołaja Kopernika", "Bolesława Prusa", "Henryka Sienkiewicza",
    "Jana Brzechwy", "Marii Konopnickiej", "Juliana Tuwima", "Ireny Sendlerowej", "Tadeusza Kościuszki",
)  # fmt: skip
_FAIRY_NAMES = (
    "Słoneczko", "Leśne Skrzaty", "Pod Dębem", "Tęczowa Kraina", "Bajka", "Krasnal", "Miś Uszatek", "Jarzębinka",
    "Zielony Zakątek", "Kolorowe Kredki",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit. `pre_ratios`, `ratios`: year → whole per cents; `till`: has a cash register; `kind`: see `_FIXED`."""

    code: str
    kind: str
    name: str
    short_name: str
    nip: str
    regon: str
    internal_id: str
    address: str
    email: str
    phone: str
    office: bool
    till: bool
    aliases: tuple[str, ...]
    pre_ratios: dict[int, int]
    ratios: dict[int, int]

    @property
    def place(self) -> str:
        return f"{POSTAL_CODE} {TOWN}"


@dataclass(frozen=True, slots=True)
class City:
    nip: str
    regon: str
    name: str
    address: str
    email: str
    account: str
    units: tuple[Unit, ...]
    carried_pln: int
    """P_62 of the month before: what is carried into the demonstrated month, full złote."""

    @property
    def office(self) -> Unit:
        return self.units[0]


# code, kind, name, short name, has a cash register, usual pre-ratio and ratio in per cents
_FIXED = (
    ("UM", "office", f"Urząd Miasta {TOWN}", "Urząd Miasta", False, 17, 91),
    ("SP1", "school", "", "", False, 6, 78),
    ("PM1", "kindergarten", "", "", False, 3, 12),
    ("MOSIR", "sport", f"Miejski Ośrodek Sportu i Rekreacji {IN_TOWN}", "MOSiR", True, 58, 97),
    ("MOPS", "welfare", f"Miejski Ośrodek Pomocy Społecznej {IN_TOWN}", "MOPS", False, 2, 35),
    ("SP2", "school", "", "", False, 5, 74),
    ("PM2", "kindergarten", "", "", False, 4, 15),
    ("ZGM", "housing", f"Zakład Gospodarki Mieszkaniowej {IN_TOWN}", "ZGM", True, 89, 44),
    ("ZDM", "roads", f"Zarząd Dróg Miejskich {IN_TOWN}", "ZDM", False, 21, 99),
    ("SP3", "school", "", "", False, 7, 81),
    ("ZM1", "nursery", f"Żłobek Miejski nr 1 {IN_TOWN}", "Żłobek nr 1", False, 1, 5),
    ("ZSP1", "school_complex", f"Zespół Szkolno-Przedszkolny nr 1 {IN_TOWN}", "ZSP nr 1", False, 6, 60),
    ("DDS", "welfare", f"Dzienny Dom „Senior+” {IN_TOWN}", "Dom Senior+", False, 3, 40),
    ("SDS", "welfare", f"Środowiskowy Dom Samopomocy {IN_TOWN}", "ŚDS", False, 2, 30),
)


def make_city(rng: Random, numbers: Numbers, units: int, year: int) -> City:
    """A town with so many units (the office included), pre-ratios for `year` and the year before."""
    nip = numbers.nip()
    streets = _addresses(rng, units)
    made = tuple(_unit(place, rng, numbers, nip, streets[place], year) for place in range(units))
    return City(
        nip,
        numbers.regon(),
        CITY_NAME,
        made[0].address,
        f"urzad@{DOMAIN}",
        numbers.account(),
        made,
        rng.randrange(0, 9000),
    )


def _addresses(rng: Random, count: int) -> list[str]:
    """No two units share a house; some share a street, which is what makes addresses a weak hint."""
    found: dict[str, None] = {"pl. Ratuszowy 1": None}
    while len(found) < count:
        found[f"ul. {rng.choice(_STREETS)} {rng.randrange(1, 120)}{rng.choice(('', '', '', 'A', 'B'))}"] = None
    return list(found)


def _unit(place: int, rng: Random, numbers: Numbers, city_nip: str, address: str, year: int) -> Unit:
    code, kind, name, short, till, pre_ratio, ratio = _FIXED[place] if place < len(_FIXED) else _further(place)
    if kind in ("school", "kindergarten") and not name:
        name, short = _named(kind, int(code[2:]))
    drift = rng.randrange(0, 3)
    return Unit(
        code=code,
        kind=kind,
        name=name,
        short_name=short,
        nip=numbers.nip(),
        regon=numbers.regon(),
        internal_id=internal_id(city_nip, place + 1),
        address=address,
        email=f"{_plain(code)}@{DOMAIN}",
        phone=f"22{rng.randrange(10**6, 10**7)}",
        office=place == 0,
        till=till,
        aliases=tuple(dict.fromkeys((short, short.replace(" nr ", " "), code))),
        pre_ratios={year - 1: pre_ratio, year: max(1, pre_ratio - drift)},
        ratios={year - 1: ratio, year: min(100, ratio + drift)},
    )


def _further(place: int) -> tuple[str, str, str, str, bool, int, int]:
    """Past the usual units come more schools and kindergartens, in turn."""
    number = (place - len(_FIXED)) // 2
    if place % 2:
        return f"PM{number + 3}", "kindergarten", "", "", False, 3, 12
    return f"SP{number + 4}", "school", "", "", False, 6, 77


def _named(kind: str, number: int) -> tuple[str, str]:
    if kind == "school":
        patron = _PATRONS[(number - 1) % len(_PATRONS)]
        return f"Szkoła Podstawowa nr {number} im. {patron} {IN_TOWN}", f"SP nr {number}"
    fairy = _FAIRY_NAMES[(number - 1) % len(_FAIRY_NAMES)]
    return f"Przedszkole Miejskie nr {number} „{fairy}” {IN_TOWN}", f"Przedszkole nr {number}"


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower().replace("ł", "l")) if c.isascii())
