"""The gallery's town: units, suppliers and one month of purchases, the same at every start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from app.kernel.dates import Month
from app.kernel.money import percent_of, to_grosz

TOWN = "Nowa Dąbrowa"
MONTH = Month(2026, 9)
TODAY = date(2026, 10, 19)

UNITS: tuple[tuple[str, str, str], ...] = (
    ("UM", "Urząd Miasta Nowa Dąbrowa", "Urząd Miasta"),
    ("SP1", "Szkoła Podstawowa nr 1 im. Marii Skłodowskiej-Curie", "SP nr 1"),
    ("SP2", "Szkoła Podstawowa nr 2 im. Janusza Korczaka", "SP nr 2"),
    ("SP3", "Szkoła Podstawowa nr 3 im. Mikołaja Kopernika", "SP nr 3"),
    ("PM1", "Przedszkole Miejskie nr 1 „Słoneczko”", "Przedszkole nr 1"),
    ("PM2", "Przedszkole Miejskie nr 2 „Leśne Skrzaty”", "Przedszkole nr 2"),
    ("ZSP1", "Zespół Szkolno-Przedszkolny nr 1", "ZSP nr 1"),
    ("ZM1", "Żłobek Miejski nr 1", "Żłobek nr 1"),
    ("MOPS", "Miejski Ośrodek Pomocy Społecznej", "MOPS"),
    ("MOSIR", "Miejski Ośrodek Sportu i Rekreacji", "MOSiR"),
    ("ZGM", "Zakład Gospodarki Mieszkaniowej", "ZGM"),
    ("ZDM", "Zarząd Dróg Miejskich", "ZDM"),
    ("DDS", "Dzienny Dom „Senior+”", "Dom Senior+"),
    ("SDS", "Środowiskowy Dom Samopomocy", "ŚDS"),
)

SUPPLIERS: tuple[tuple[str, str, str, int], ...] = (
    ("Energa-Obrót Dystrybucja S.A.", "9570968370", "energia elektryczna, wrzesień", 23),
    ("Hurtownia Spożywcza „Kłos” Jan Wiśniewski", "5252344078", "artykuły spożywcze do stołówki", 5),
    ("Wodociągi Dąbrowskie sp. z o.o.", "8251005341", "woda i ścieki", 8),
    ("Papirus Artykuły Biurowe s.c.", "1132191233", "papier A4, tonery", 23),
    ("Drogomex sp. z o.o.", "5270103391", "remont cząstkowy ul. Leśnej", 23),
    ("Przedsiębiorstwo Energetyki Cieplnej", "7740001454", "ciepło, wrzesień", 23),
    ("Ogrody i Zieleń Marta Lis", "5213017228", "utrzymanie zieleni", 8),
    ("Telekomunikacja Mazowsze S.A.", "5260250995", "łącza internetowe", 23),
    ("Zakład Usług Komunalnych „Czysto” sp. z o.o.", "5252248481", "wywóz odpadów", 8),
    ("Sport-Parkiet Serwis", "6762484560", "cyklinowanie parkietu hali", 23),
)


@dataclass(frozen=True, slots=True)
class Purchase:
    """One row of the register of purchases. `use`: direct, mixed or none."""

    id: int
    number: str
    supplier: str
    nip: str
    subject: str
    unit: str
    issued_on: date
    received_on: date | None
    net: Decimal
    vat: Decimal
    deductible: Decimal
    use: str
    state: str


def purchases(count: int = 67) -> list[Purchase]:
    rng = Random(7)
    made = []
    for place in range(1, count + 1):
        supplier, nip, subject, rate = SUPPLIERS[rng.randrange(len(SUPPLIERS))]
        code, _, _ = UNITS[rng.randrange(len(UNITS))]
        net = Decimal(rng.randrange(40_00, 48_000_00) if rng.random() < 0.3 else rng.randrange(20_00, 1900_00)) / 100
        if rng.random() < 0.05:
            net = -net
        vat = to_grosz(percent_of(net, Decimal(rate)))
        use = rng.choices(("direct", "mixed", "none"), (3, 6, 2))[0]
        share = {"direct": Decimal(100), "mixed": Decimal(17), "none": Decimal(0)}[use]
        issued = date(2026, 9, 1) + timedelta(days=rng.randrange(30))
        state = rng.choices(("posted", "check", "new", "broken"), (16, 3, 3, 1))[0]
        made.append(
            Purchase(
                place,
                f"FV/{rng.randrange(1, 4000)}/09/2026"
                if rng.random() < 0.7
                else f"{rng.randrange(10**5, 10**6)}/2026/F",
                supplier,
                nip,
                subject,
                code,
                issued,
                issued + timedelta(days=rng.randrange(6)) if rng.random() < 0.9 else None,
                net,
                vat,
                to_grosz(percent_of(vat, share)),
                use,
                state,
            )
        )
    return made
