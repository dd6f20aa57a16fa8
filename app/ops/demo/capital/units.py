"""A thousand units as alike as those of a capital: numbered, under one roof, moved, renamed."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from app.ops.demo.numbers import Numbers, internal_id
from app.vat.rules.facts import UnitProfile

CITY = "Warszawa"
OFFICE_LINE = "pl. Bankowy 3/5"
OFFICE_POSTAL = "00-950"
DISTRICTS = (
    ("Mokotów", "02-5"), ("Praga-Południe", "04-0"), ("Ursynów", "02-7"), ("Wola", "01-1"), ("Bielany", "01-8"),
    ("Bemowo", "01-3"), ("Targówek", "03-4"), ("Śródmieście", "00-2"), ("Ochota", "02-0"), ("Białołęka", "03-1"),
    ("Praga-Północ", "03-7"), ("Wawer", "04-5"), ("Żoliborz", "01-5"), ("Ursus", "02-4"), ("Włochy", "02-2"),
    ("Rembertów", "04-4"), ("Wesoła", "05-0"), ("Wilanów", "02-9"),
)  # fmt: skip
_STREETS = (
    "Puławska", "Grochowska", "Górczewska", "Marymoncka", "Radzymińska", "Wolska", "Grójecka", "Modlińska", "Targowa",
    "Patriotów", "Słowackiego", "Sobieskiego", "Dolna", "Chełmska", "Czerniakowska", "Ostrobramska", "Kobielska",
    "Zwycięzców", "Francuska", "Saska", "Belgradzka", "Surowieckiego", "Małcużyńskiego", "Koncertowa",
    "Szolc-Rogozińskiego",
    "Bema", "Młynarska", "Okopowa", "Żytnia", "Leszno", "Kasprowicza", "Conrada", "Wrzeciono", "Perzyńskiego",
    "Bogusławskiego",
    "Lazurowa", "Powstańców Śląskich", "Radiowa", "Wrocławska", "Świętokrzyska", "Kondratowicza",
    "Bazyliańska", "Gilarska",
    "Trocka", "Nowy Świat", "Hoża", "Wilcza", "Emilii Plater", "Raszyńska", "Filtrowa", "Banacha",
    "Pruszkowska", "Szczęśliwicka",
    "Tarchomińska", "Strumykowa", "Porajów", "Ostródzka", "Mehoffera", "Ząbkowska", "Brzeska", "11 Listopada",
    "Szwedzka",
    "Żegańska", "Trakt Lubelski", "Mrówcza", "Króla Maciusia", "Krasińskiego", "Mickiewicza", "Elbląska",
    "Dzierżoniowska",
    "Keniga", "Orląt Lwowskich", "Warszawska", "Malownicza", "Promienista", "Solipska", "Cyrulików",
    "Paderewskiego", "Jana Pawła II",
    "Niemcewicza", "Wiertnicza", "Przyczółkowa", "św. Wincentego", "gen. Andersa", "ks. Popiełuszki",
    "płk. Dąbka", "al. Niepodległości",
    "al. Krakowska", "al. Solidarności", "os. Kabaty", "Ks. Siemca", "Dr. Korczaka", "Marszałkowska",
    "Nowogrodzka", "Wspólna",
)  # fmt: skip
_PATRONS = (
    "Jana Pawła II", "Janusza Korczaka", "Marii Skłodowskiej-Curie", "Mikołaja Kopernika", "Bohaterów Warszawy",
    "Powstańców Warszawy", "Juliusza Słowackiego", "Adama Mickiewicza", "Tadeusza Kościuszki", "Fryderyka Chopina",
    "Stefana Batorego", "Kazimierza Wielkiego", "Ireny Sendlerowej", "Armii Krajowej", "Szarych Szeregów",
    "Jana Brzechwy",
    "Marii Konopnickiej", "Stefana Żeromskiego", "Władysława Reymonta", "Zbigniewa Herberta", "Wandy Turowskiej",
)  # fmt: skip
_NICKNAMES = (
    "Słoneczko", "Bajka", "Krasnal", "Pod Dębem", "Kubuś Puchatek", "Tęcza", "Zielony Domek", "Pod Topolą",
    "Kolorowe Kredki",
    "Leśna Polana", "Misia Uszatka", "Stokrotka", "Mali Odkrywcy",
)  # fmt: skip
_NUMBERED = (  # kind, weight, name, short name, patron or nickname
    ("kindergarten", 34, "Przedszkole nr {n}", "P {n}", "nickname"),
    ("school", 23, "Szkoła Podstawowa nr {n}", "SP {n}", "patron"),
    ("secondary", 8, "{r} Liceum Ogólnokształcące", "{r} LO", "patron"),
    ("complex", 5, "Zespół Szkolno-Przedszkolny nr {n}", "ZSP nr {n}", ""),
    ("complex", 5, "Zespół Szkół nr {n}", "ZS nr {n}", "patron"),
    ("nursery", 7, "Żłobek nr {n}", "Żłobek {n}", ""),
    ("special", 3, "Szkoła Podstawowa Specjalna nr {n}", "SPS {n}", "patron"),
    ("clinic", 3, "Poradnia Psychologiczno-Pedagogiczna nr {n}", "PPP {n}", ""),
    ("care", 2, "Dom Dziecka nr {n}", "DD {n}", "nickname"),
    ("playground", 2, "Ogród Jordanowski nr {n}", "OJ {n}", ""),
    ("care", 1, "Bursa Szkolna nr {n}", "Bursa {n}", ""),
    ("library", 1, "Biblioteka Pedagogiczna nr {n}", "BP {n}", ""),
)
_OF_DISTRICT = (
    ("welfare", "Ośrodek Pomocy Społecznej Dzielnicy {d}", "OPS {d}"),
    ("finance", "Dzielnicowe Biuro Finansów Oświaty {d}", "DBFO {d}"),
    ("housing", "Zakład Gospodarowania Nieruchomościami w Dzielnicy {d}", "ZGN {d}"),
    ("sport", "Ośrodek Sportu i Rekreacji Dzielnicy {d}", "OSiR {d}"),
    ("library", "Biblioteka Publiczna w Dzielnicy {d}", "BP {d}"),
    ("office", "Urząd Dzielnicy {d}", "UD {d}"),
)
_SINGLE = (
    ("roads", "Zarząd Dróg Miejskich", "ZDM"), ("roads", "Zarząd Oczyszczania Miasta", "ZOM"),
    ("roads", "Zarząd Zieleni m.st. Warszawy", "ZZW"), ("care",
    "Centrum Usług Społecznych „Społeczna Warszawa”", "CUS"),
    ("care", "Dom Pomocy Społecznej „Na Przedwiośniu”", "DPS Na Przedwiośniu"),
    ("care", "Dom Pomocy Społecznej „Leśny”", "DPS Leśny"), ("sport",
    "Stołeczne Centrum Sportu „Aktywna Warszawa”", "SCS"),
    ("culture", "Młodzieżowy Dom Kultury „Muranów”", "MDK Muranów"), ("culture",
    "Młodzieżowy Dom Kultury „Ochota”", "MDK Ochota"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it is; what the city's directory knows of it is `profile`."""

    code: str
    kind: str
    name: str
    short: str
    nip: str
    internal_id: str
    line: str
    postal: str
    email: str
    phone: str
    district: str
    in_directory: UnitProfile
    old_line: str | None = None
    """Where it was before it moved; some suppliers never noticed."""
    other_names: tuple[str, ...] = ()
    """A former name, schools inside a complex: what suppliers write and the directory may not know."""


@dataclass(frozen=True, slots=True)
class Capital:
    nip: str
    account: str
    units: tuple[Unit, ...]

    @property
    def office(self) -> Unit:
        return self.units[0]


def make_capital(rng: Random, numbers: Numbers, count: int) -> Capital:
    """So many units, the city's office first."""
    nip = numbers.nip()
    names = _names(rng, count)
    places = _places(rng, count)
    order = list(range(1, count))
    rng.shuffle(order)
    units = []
    for at, (kind, name, short, others) in enumerate(names):
        line, postal, district = (OFFICE_LINE, OFFICE_POSTAL, "Śródmieście") if at == 0 else places[at]
        units.append(_unit(rng, numbers, nip, at, order, (kind, name, short, others), (line, postal, district)))
    return Capital(nip, numbers.account(), tuple(units))


def _unit(
    rng: Random,
    numbers: Numbers,
    city_nip: str,
    at: int,
    order: list[int],
    named: tuple[str, str, str, tuple[str, ...]],
    place: tuple[str, str, str],
) -> Unit:
    kind, name, short, others = named
    line, postal, district = place
    code = f"J{at:04d}"
    own = numbers.nip()
    number = internal_id(city_nip, (order[at - 1] if at else count_of(order)) + 1)
    email = f"sekretariat{rng.randrange(10**6)}@{rng.choice(('eduwarszawa.example', 'um.warszawa.example'))}"
    known_others = tuple(other for other in others if rng.random() < 0.4)
    moved = at > 0 and rng.random() < 0.04
    old = f"ul. {rng.choice(_STREETS)} {rng.randrange(1, 160)}" if moved else None
    profile = UnitProfile(
        code=code,
        name=f"{name} w Warszawie" if at and rng.random() < 0.4 else name,
        nip=own if rng.random() < 0.9 else None,
        internal_ids=(number,) if rng.random() < 0.9 else (),
        address_line1=old if old and rng.random() < 0.2 else line,
        postal_code=postal,
        city=CITY,
        aliases=(short, *known_others),
        emails=(email,) if rng.random() < 0.8 else (),
        office=at == 0,
    )
    phone = f"22{rng.randrange(10**6, 10**7)}"
    return Unit(code, kind, name, short, own, number, line, postal, email, phone, district, profile, old, others)


def count_of(order: list[int]) -> int:
    """The number after the last one dealt out."""
    return len(order) + 1


def _names(rng: Random, count: int) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """(kind, name, short name, other names); one-off and district units first, then numbered ones by weight."""
    made: list[tuple[str, str, str, tuple[str, ...]]] = [("office", "Urząd m.st. Warszawy", "UM", ())]
    districts = DISTRICTS[: max(2, min(len(DISTRICTS), count // 20))]
    few = [
        *((kind, name, short, ()) for kind, name, short in _SINGLE[: max(1, count // 40)]),
        *(
            (kind, name.format(d=district), short.format(d=district), ())
            for district, _ in districts
            for kind, name, short in _OF_DISTRICT
        ),
    ]
    made += few[: count // 3]
    taken: set[tuple[str, int]] = set()
    while len(made) < count:
        kind, _, name, short, extra = rng.choices(_NUMBERED, [one[1] for one in _NUMBERED])[0]
        most = 160 if "{r}" in name else max(12, count // 2)
        number = rng.randrange(1, most + 1)
        if (name, number) in taken:
            continue
        taken.add((name, number))
        made.append(_numbered(rng, kind, name, short, extra, number, most + len(made)))
    return made[:count]


def _numbered(
    rng: Random, kind: str, name: str, short: str, extra: str, number: int, most: int
) -> tuple[str, str, str, tuple[str, ...]]:
    own = name.format(n=number, r=roman(number))
    if extra == "patron" and rng.random() < 0.7:
        own += f" im. {rng.choice(_PATRONS)}"
    if extra == "nickname" and rng.random() < 0.5:
        own += f" „{rng.choice(_NICKNAMES)}”"
    others: list[str] = []
    if kind == "complex":
        others = [f"Szkoła Podstawowa nr {most}"]
        if "Przedszkolny" in name:
            others.append(f"Przedszkole nr {most}")
    elif kind == "school" and rng.random() < 0.06:
        others = [f"Gimnazjum nr {rng.randrange(1, 200)}"]
    return kind, own, short.format(n=number, r=roman(number)), tuple(others)


def roman(number: int) -> str:
    """XLII for 42, up to 399."""
    text = ""
    for value, sign in (
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ):
        while number >= value:
            text, number = text + sign, number - value
    return text


def _places(rng: Random, count: int) -> list[tuple[str, str, str]]:
    """(line, postal code, district); one unit in seven moves in with another, many share a street."""
    made: list[tuple[str, str, str]] = []
    for _ in range(count):
        if made and rng.random() < 0.14:
            made.append(rng.choice(made[-60:]))
            continue
        street = rng.choice(_STREETS)
        district, postal = DISTRICTS[(sum(map(ord, street)) + rng.randrange(2)) % len(DISTRICTS)]
        prefix = "" if street.startswith(("al.", "os.", "pl.")) else "ul. "
        number = f"{rng.randrange(1, 160)}{rng.choice(('', '', '', '', 'A', 'B', '/2'))}"
        made.append((f"{prefix}{street} {number}", f"{postal}{rng.randrange(10, 99)}", district))
    return made
