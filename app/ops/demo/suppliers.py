"""Who sells to the town and what: each with its goods, rates, usual customers and habits of writing invoices."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from random import Random

from app.kernel.money import to_grosz
from app.ops.demo.city import City, Unit
from app.ops.demo.numbers import Numbers
from app.vat.rules.facts import Line

EVERY_KIND = (
    "office", "school", "kindergarten", "sport", "welfare", "housing", "roads", "nursery", "school_complex",
)  # fmt: skip
_TEACHING = ("school", "school_complex")
_FEEDING = ("school", "kindergarten", "nursery", "school_complex", "welfare")


@dataclass(frozen=True, slots=True)
class Goods:
    """One thing sold: text, unit of measure, rate as P_12, range of net unit price (grosze) and of quantity."""

    text: str
    measure: str
    rate: str
    price: tuple[int, int]
    quantity: tuple[int, int]
    gtu: str | None = None
    asset: bool = False


@dataclass(frozen=True, slots=True)
class Trade:
    """A line of business. `monthly`: bills by period and customer number; `share`: weight among all purchases."""

    name: str
    title: str
    share: int
    kinds: tuple[str, ...]
    goods: tuple[Goods, ...]
    monthly: bool = False
    series: str = "FV"
    habit: str = ""
    """How the seller names the customer's place in a line, with `{unit}`; empty when it never does."""
    currency: str = "PLN"
    exemption: str | None = None


TRADES = (
    Trade("Energia Mazowiecka Obrót S.A.", "energy", 14, EVERY_KIND, (
        Goods("Energia elektryczna czynna, taryfa C11", "kWh", "23", (52, 78), (300, 9000)),
        Goods("Opłata dystrybucyjna zmienna", "kWh", "23", (21, 34), (300, 9000)),
        Goods("Opłata handlowa", "mies.", "23", (1200, 4900), (1, 1)),
    ), monthly=True, series="EM", habit="Punkt poboru energii: {unit}"),
    Trade("Wodociągi Dąbrowskie Sp. z o.o.", "water", 10, EVERY_KIND, (
        Goods("Dostawa wody", "m3", "8", (480, 690), (8, 240)),
        Goods("Odprowadzanie ścieków", "m3", "8", (820, 1190), (8, 240)),
        Goods("Opłata abonamentowa", "szt.", "8", (780, 1900), (1, 3)),
    ), monthly=True, series="W", habit="Odczyt wodomierza – {unit}"),
    Trade("Ciepło Dąbrowa Sp. z o.o.", "heat", 6, EVERY_KIND, (
        Goods("Ciepło – opłata zmienna", "GJ", "23", (6900, 9900), (4, 160)),
        Goods("Moc zamówiona", "MW", "23", (900000, 1400000), (1, 1)),
    ), monthly=True, series="C", habit="Węzeł cieplny {unit}"),
    Trade("Hurtownia Spożywcza „Spiżarnia” Sp. j.", "food", 16, _FEEDING, (
        Goods("Mleko 2 % 1 l", "szt.", "5", (289, 399), (20, 300)),
        Goods("Chleb pszenny krojony 500 g", "szt.", "5", (310, 520), (10, 120)),
        Goods("Jabłka deserowe", "kg", "5", (260, 480), (10, 150)),
        Goods("Filet z kurczaka", "kg", "5", (1780, 2490), (5, 80)),
        Goods("Woda mineralna niegazowana 1,5 l", "szt.", "23", (159, 260), (12, 180)),
        Goods("Przyprawy – zestaw", "szt.", "8", (690, 2400), (1, 12)),
    ), series="SPZ", habit="Dostawa do kuchni: {unit}"),
    Trade("Piekarnia „U Stasia” Stanisław Wrona", "bakery", 6, _FEEDING, (
        Goods("Bułka kajzerka", "szt.", "5", (79, 120), (40, 400)),
        Goods("Drożdżówka", "szt.", "5", (240, 390), (20, 120)),
    ), series="PU"),
    Trade("Księgarnia Edukacyjna „Pióro” Sp. z o.o.", "books", 6, _TEACHING, (
        Goods("Podręcznik – matematyka, klasa 5", "szt.", "5", (2790, 3990), (5, 60)),
        Goods("Zeszyt ćwiczeń – język polski", "szt.", "5", (1490, 2290), (5, 60)),
        Goods("Tablica korkowa 120×90", "szt.", "23", (8900, 15900), (1, 4)),
    ), series="KE", habit="Zamówienie – {unit}"),
    Trade("Biuro-Serwis Papier Sp. z o.o.", "office supplies", 11, EVERY_KIND, (
        Goods("Papier ksero A4 80 g", "ryza", "23", (1690, 2390), (5, 120)),
        Goods("Toner do drukarki laserowej", "szt.", "23", (9900, 34900), (1, 8)),
        Goods("Segregator A4", "szt.", "23", (690, 1390), (5, 80)),
        Goods("Środki czystości – zestaw", "kpl.", "23", (4900, 18900), (1, 10)),
    ), series="BS"),
    Trade("Dąb-Net Telekomunikacja Sp. z o.o.", "telecom", 8, EVERY_KIND, (
        Goods("Abonament – dostęp do internetu 600 Mb/s", "mies.", "23", (6900, 14900), (1, 1)),
        Goods("Usługi głosowe", "mies.", "23", (1900, 9900), (1, 3)),
    ), monthly=True, series="T", habit="Lokalizacja usługi: {unit}"),
    Trade("IT Partner Marek Zięba", "computers", 4, EVERY_KIND, (
        Goods("Komputer przenośny 15,6”", "szt.", "23", (289000, 459000), (1, 6), "GTU_06", asset=True),
        Goods("Monitor 24”", "szt.", "23", (49900, 89900), (1, 8), "GTU_06"),
        Goods("Serwis informatyczny", "godz.", "23", (12000, 18000), (2, 20)),
    ), series="IT", habit="Sprzęt dla: {unit}"),
    Trade("Chmura Edukacyjna Sp. z o.o.", "cloud", 2, ("office", "school", "sport"), (
        Goods("Subscription – platform licence", "pcs", "23", (1900, 4900), (5, 60), "GTU_12"),
    ), series="CE", currency="EUR"),
    Trade("Bud-Remont Kowalik Sp. k.", "construction", 4, EVERY_KIND, (
        Goods("Roboty remontowe wg protokołu odbioru", "kpl.", "23", (850000, 6900000), (1, 1)),
        Goods("Malowanie pomieszczeń", "m2", "23", (1900, 3900), (40, 400)),
        Goods("Wykonanie oświetlenia terenu", "kpl.", "23", (2200000, 9900000), (1, 1), asset=True),
    ), series="BR", habit="Roboty w obiekcie {unit}"),
    Trade("Czysto i Już Sp. z o.o.", "cleaning", 4, EVERY_KIND, (
        Goods("Usługa sprzątania obiektu", "mies.", "23", (180000, 690000), (1, 1)),
        Goods("Wywóz nieczystości", "szt.", "8", (9000, 24000), (1, 4)),
    ), monthly=True, series="CIJ", habit="Obiekt: {unit}"),
    Trade("Szkolenia i Kompetencje Fundacja", "training", 4, EVERY_KIND, (
        Goods("Szkolenie zawodowe pracowników", "os.", "zw", (29000, 69000), (1, 12)),
    ), series="SZ", exemption="art. 43 ust. 1 pkt 29 ustawy o VAT"),
    Trade("Zdrowie Dąbrowa Sp. z o.o.", "medicine", 3, EVERY_KIND, (
        Goods("Badania okresowe pracowników", "os.", "zw", (9000, 21000), (1, 15)),
        Goods("Apteczka zakładowa", "szt.", "8", (8900, 19900), (1, 3)),
    ), series="ZD", exemption="art. 43 ust. 1 pkt 18 ustawy o VAT"),
    Trade("Paliwa Trasa Sp. z o.o.", "fuel", 3, ("office", "roads", "sport", "housing"), (
        Goods("Olej napędowy", "l", "23", (489, 569), (30, 900), "GTU_02"),
        Goods("Benzyna 95", "l", "23", (479, 559), (30, 300), "GTU_02"),
    ), series="PT"),
)  # fmt: skip
"""Prices in grosze; names are invented."""


@dataclass(frozen=True, slots=True)
class Supplier:
    """A trade with its identity and the numbers it knows its customers by (unit code → customer number)."""

    trade: Trade
    nip: str
    address: str
    place: str
    account: str
    email: str
    customers: dict[str, str]

    def serves(self, unit: Unit) -> bool:
        return unit.kind in self.trade.kinds


def make_suppliers(rng: Random, numbers: Numbers, city: City) -> tuple[Supplier, ...]:
    towns = ("05-800 Pruszków", "00-950 Warszawa", "05-820 Piastów", "05-850 Ożarów Mazowiecki", "96-300 Żyrardów")
    return tuple(
        Supplier(
            trade,
            numbers.nip(),
            f"ul. {rng.choice(('Przemysłowa', 'Handlowa', 'Fabryczna', 'Składowa'))} {rng.randrange(1, 90)}",
            rng.choice(towns),
            numbers.account(),
            f"faktury@{trade.title.replace(' ', '-')}.example",
            {unit.code: numbers.customer_no() for unit in city.units},
        )
        for trade in TRADES
    )


def amount(grosze: int) -> Decimal:
    return Decimal(grosze).scaleb(-2)


def line(rng: Random, number: int, goods: Goods) -> Line:
    """A line of an invoice: some quantity at some price within the ranges of the goods."""
    price = amount(rng.randrange(*goods.price))
    quantity = Decimal(rng.randint(*goods.quantity))
    net = to_grosz(price * quantity)
    return Line(number, goods.text, net, None, None, goods.rate, quantity, goods.measure, price, goods.gtu)
