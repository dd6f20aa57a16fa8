"""A supplier's card of a customer: what its program prints on every invoice for that unit, right or wrong."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from app.ops.demo.capital.units import CITY, OFFICE_LINE, OFFICE_POSTAL, Capital, Unit
from app.ops.demo.numbers import Numbers
from app.ops.demo.references import misspelt, without_marks
from app.ops.demo.suppliers import TRADES, Goods

EVERYBODY = ()
_FEEDING = ("school", "kindergarten", "nursery", "complex", "care", "special", "secondary")
_TEACHING = ("school", "secondary", "complex", "special", "library", "clinic")
_GOODS = {trade.title: trade.goods for trade in TRADES} | {
    "gas": (Goods("Paliwo gazowe W-3.6", "kWh", "23", (20, 34), (500, 9000)),
    Goods("Opłata stała dystrybucyjna", "mies.", "23", (2000, 9000), (1, 1))),
    "waste": (Goods("Odbiór odpadów zmieszanych 1100 l", "szt.", "8", (6900, 12900), (1, 16)),),
    "leasing": (Goods("Czynsz za dzierżawę urządzenia wielofunkcyjnego", "mies.", "23", (14900, 39900), (1,
    3)), Goods("Wydruki ponad limit", "str.", "23", (3, 9), (100, 4000))),
    "catering": (Goods("Obiad dwudaniowy", "szt.", "8", (1190, 1790), (200, 3000)),),
    "lifts": (Goods("Konserwacja dźwigu osobowego", "mies.", "23", (19900, 49900), (1, 2)),),
    "repairs": (Goods("Naprawa instalacji wodno-kanalizacyjnej", "kpl.", "23", (25000, 390000), (1, 1)),
    Goods("Przegląd gaśnic", "szt.", "23", (1500, 2900), (4, 40))),
    "trips": (Goods("Przewóz osób autokarem", "kurs", "8", (45000, 190000), (1, 3)),),
    "gardening": (Goods("Pielęgnacja zieleni", "m2", "8", (90, 390), (50, 900)),),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """A line of business: how many suppliers share it (a tenth of a per cent of the units each serves,
    1000 = all)."""

    title: str
    share: int
    suppliers: int
    reach: int
    kinds: tuple[str, ...] = EVERYBODY
    monthly: bool = False
    numbers: tuple[str, ...] = ()
    """What its program prints: customer, ppe, meter, phone, contract, order, device,
    account (one for each customer)."""
    marks: int = 50
    """Per cent of its cards with Podmiot3."""


LINES = (
    Line("energy", 13, 2, 600, monthly=True, numbers=("ppe", "customer"), marks=55),
    Line("water", 9, 1, 1000, monthly=True, numbers=("customer", "meter"), marks=60),
    Line("gas", 5, 1, 500, monthly=True, numbers=("customer", "ppg", "account"), marks=50),
    Line("heat", 7, 1, 700, monthly=True, numbers=("customer", "contract"), marks=60),
    Line("telecom", 9, 3, 500, monthly=True, numbers=("customer", "phone", "account"), marks=25),
    Line("waste", 5, 3, 350, monthly=True, numbers=("contract",), marks=50),
    Line("cleaning", 4, 8, 60, monthly=True, numbers=("contract",), marks=55),
    Line("leasing", 4, 4, 200, monthly=True, numbers=("device", "contract"), marks=35),
    Line("lifts", 2, 3, 120, monthly=True, numbers=("contract",), marks=50),
    Line("food", 13, 14, 90, _FEEDING, numbers=("customer",), marks=50),
    Line("bakery", 5, 30, 20, _FEEDING, marks=45),
    Line("catering", 3, 10, 40, _FEEDING, monthly=True, numbers=("contract",), marks=60),
    Line("books", 4, 5, 250, _TEACHING, numbers=("order",), marks=50),
    Line("office supplies", 6, 6, 250, numbers=("customer", "order"), marks=45),
    Line("computers", 3, 6, 150, numbers=("order",), marks=50),
    Line("construction", 2, 40, 12, numbers=("contract",), marks=60),
    Line("repairs", 4, 80, 8, marks=45),
    Line("training", 2, 12, 80, marks=50),
    Line("medicine", 2, 6, 150, marks=40),
    Line("trips", 2, 15, 40, _TEACHING, marks=45),
    Line("gardening", 1, 12, 40, marks=55),
)
_WORDS = (
    "Mazowsze", "Wisła", "Syrena", "Stolica", "Vistula", "Kolumna", "Sawa", "Nowa", "Centrum", "Trakt",
    "Jutrzenka", "Praga",
    "Omega", "Prima", "Delta", "Unia", "Polmar", "Eko", "Inter", "Sigma", "Hanza", "Nord", "Karat", "Lech",
    "Fama", "Rondo",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Card:
    """What a supplier has of a customer. `mark`: how Podmiot3 is filled,
    None = not at all; `says`: where else it shows."""

    unit: Unit
    name: str
    line: str | None
    mark: str | None
    says: tuple[str, ...]
    customer: str | None = None
    texts: tuple[tuple[str, str], ...] = ()
    contract: str | None = None
    account: str | None = None
    email: str | None = None


@dataclass(slots=True)
class Supplier:
    line: Line
    name: str
    nip: str
    address: str
    account: str
    series: str
    units: tuple[Unit, ...]
    label: str
    """How it calls the recipient in texts."""
    where: str
    """Where its program puts numbers: a description, a line, the footer."""
    cards: dict[str, Card] = field(default_factory=dict)

    @property
    def goods(self) -> tuple[Goods, ...]:
        return _GOODS[self.line.title]


def make_suppliers(rng: Random, numbers: Numbers, capital: Capital) -> list[Supplier]:
    """Every supplier with the units it serves."""
    made = []
    size = max(1, len(capital.units))
    for line in LINES:
        able = [unit for unit in capital.units if not line.kinds or unit.kind in line.kinds]
        for _ in range(max(1, min(line.suppliers, line.suppliers * size // 500 + 1))):
            count = max(1, min(len(able), size * line.reach // 1000))
            if able:
                made.append(_supplier(rng, numbers, line, tuple(rng.sample(able, count))))
    return made


def _supplier(rng: Random, numbers: Numbers, line: Line, units: tuple[Unit, ...]) -> Supplier:
    words = f"{rng.choice(_WORDS)}-{rng.choice(_WORDS)}"
    name = f"{words} {line.title.title()} {rng.choice(('Sp. z o.o.', 'S.A.', 'Sp. j.', 'Sp. k.'))}"
    label = rng.choice(("Odbiorca", "Dotyczy", "Miejsce dostawy", "Obiekt", "Płatnik/odbiorca", "Uwagi", "Lokalizacja"))
    where = rng.choice(("description", "description", "line", "line", "footer"))
    series = "".join(rng.choices("ABCDEFGHKLMNPRSTW", k=rng.randrange(1, 4)))
    address = f"ul. {rng.choice(('Annopol', 'Jagiellońska', 'Łopuszańska', 'Kłobucka'))} {rng.randrange(1, 99)}"
    return Supplier(line, name, numbers.nip(), address, numbers.account(), series, units, label, where)


def card(rng: Random, numbers: Numbers, supplier: Supplier, unit: Unit) -> Card:
    """The card, made when the first invoice is due."""
    if unit.code not in supplier.cards:
        supplier.cards[unit.code] = _card(rng, numbers, supplier, unit)
    return supplier.cards[unit.code]


def renewed(rng: Random, numbers: Numbers, supplier: Supplier, old: Card) -> Card:
    """A new contract, meter or customer number in place of the old one."""
    new = _numbered(rng, numbers, supplier, replace(old, customer=None, texts=(), contract=None, account=None))
    supplier.cards[old.unit.code] = new
    return new


def _card(rng: Random, numbers: Numbers, supplier: Supplier, unit: Unit) -> Card:
    mark = None
    if unit.kind != "office" and rng.randrange(100) < supplier.line.marks:
        mark = rng.choices(("internal_id", "nip", "recipient", "name", "city_nip"), (46, 24, 13, 12, 5))[0]
    ways = ["buyer", "text", "delivery", "correspondence", "email", "nothing", "buyer_name"]
    chosen = [rng.choices(ways, (10, 34, 18, 10, 5, 9, 14))[0]]
    if rng.random() < 0.3:
        chosen.append(rng.choice(ways))
    line = unit.line
    if unit.old_line and rng.random() < 0.6:
        line = unit.old_line
    if rng.random() < 0.03:
        line = rng.choice(supplier.units).line
    made = Card(unit, typed(rng, unit), line, mark, tuple(chosen))
    return _numbered(rng, numbers, supplier, made)


def typed(rng: Random, unit: Unit) -> str:
    """The name as somebody typed it once."""
    name = rng.choice(unit.other_names) if unit.other_names and rng.random() < 0.35 else unit.name
    way = rng.random()
    if way < 0.35:
        return name
    if way < 0.50:
        return unit.short
    if way < 0.62:
        return without_marks(name).upper()
    if way < 0.72:
        return misspelt(rng, name)
    if way < 0.84:
        return name.split(" im.")[0].split(" „")[0]
    if way < 0.93:
        return f"{name}, {unit.line}"
    return f"{name} w Warszawie"


def _numbered(rng: Random, numbers: Numbers, supplier: Supplier, made: Card) -> Card:
    """Numbers that the supplier's line uses; some are shared by neighbours who pay together."""
    wanted = supplier.line.numbers
    shared = next(
        (
            other
            for other in supplier.cards.values()
            if other.unit.line == made.unit.line and other.unit is not made.unit and rng.random() < 0.15
        ),
        None,
    )
    texts: list[tuple[str, str]] = []
    prints = {name for name in wanted if rng.random() < 0.9}
    if "ppe" in prints:
        texts.append(("PPE", f"59{rng.randrange(10**15, 10**16)}"))
    if "ppg" in prints:
        texts.append(("Nr punktu poboru", f"{rng.randrange(10**9, 10**10)}"))
    if "meter" in prints:
        texts.append(("Wodomierz nr", f"{rng.randrange(10**7, 10**8)}"))
    if "phone" in prints:
        digits = f"22{rng.randrange(10**6, 10**7)}"
        texts.append(("Numer telefonu", f"{digits[:2]} {digits[2:5]} {digits[5:7]} {digits[7:]}"))
    if "device" in prints:
        texts.append(("Nr seryjny", f"{rng.choice('ACKMX')}{rng.randrange(10**6, 10**7)}"))
    return replace(
        made,
        customer=(shared.customer if shared else numbers.customer_no()) if "customer" in prints else None,
        texts=shared.texts if shared and rng.random() < 0.3 else tuple(texts),
        contract=(shared.contract if shared else _contract(rng)) if "contract" in prints else None,
        account=numbers.account() if "account" in prints else None,
        email=made.unit.email,
    )


def _contract(rng: Random) -> str:
    return rng.choice(
        (
            f"UM/{rng.randrange(1, 9999)}/{rng.randrange(2022, 2027)}",
            f"{rng.randrange(10**5, 10**6)}/26",
            f"CRU-{rng.randrange(10**5)}",
        )
    )


OFFICE_ADDRESS = (OFFICE_LINE, f"{OFFICE_POSTAL} {CITY}")
