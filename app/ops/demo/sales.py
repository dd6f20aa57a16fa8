"""What the town's units sell in a month on invoices, and what they invoice to each other by mistake."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from app.kernel.dates import Month
from app.ops.demo.city import SHORT_CITY_NAME, City, Unit
from app.ops.demo.documents import Document, gross_of, rate_totals
from app.ops.demo.numbers import Numbers
from app.ops.demo.suppliers import Goods, line
from app.vat.rules.facts import Address, Invoice, Party

_HALL = Goods("Wynajem sali gimnastycznej", "godz.", "23", (6500, 12000), (2, 40))
_MEALS_STAFF = Goods("Obiady dla pracowników", "szt.", "8", (900, 1500), (10, 120))
_MEALS = Goods("Wyżywienie dzieci (podmiot trzeci)", "szt.", "zw", (800, 1400), (20, 400))
_HEAT = Goods("Refaktura – energia cieplna", "kpl.", "23", (12000, 240000), (1, 1))
_WATER = Goods("Refaktura – woda i ścieki", "kpl.", "8", (3000, 60000), (1, 1))

GOODS: dict[str, tuple[Goods, ...]] = {
    "office": (
        Goods("Opłata z tytułu użytkowania wieczystego", "rok", "23", (50000, 900000), (1, 1)),
        Goods("Dzierżawa gruntu", "mies.", "23", (8000, 150000), (1, 1)),
        Goods("Sprzedaż działki budowlanej", "szt.", "23", (9000000, 24000000), (1, 1), "GTU_10"),
        _HEAT,
    ),
    "school": (_HALL, _MEALS_STAFF, _HEAT),
    "school_complex": (_HALL, _MEALS_STAFF, _MEALS),
    "kindergarten": (_MEALS_STAFF, _MEALS, _WATER),
    "nursery": (_MEALS_STAFF,),
    "sport": (
        Goods("Wstęp na pływalnię – grupy", "os.", "8", (1200, 2200), (10, 200)),
        Goods("Wynajem toru pływackiego", "godz.", "8", (9000, 16000), (2, 30)),
        Goods("Reklama na obiekcie", "mies.", "23", (30000, 220000), (1, 1)),
    ),
    "welfare": (Goods("Wyżywienie w stołówce", "szt.", "8", (900, 1600), (10, 120)),),
    "housing": (
        Goods("Czynsz za lokal użytkowy", "mies.", "23", (60000, 520000), (1, 1)),
        Goods("Czynsz za lokal mieszkalny", "mies.", "zw", (30000, 90000), (1, 1)),
        _HEAT,
        _WATER,
    ),
    "roads": (Goods("Udostępnienie miejsca pod reklamę", "mies.", "23", (15000, 120000), (1, 1)),),
}
_BUYERS = (
    "Klub Sportowy „Dąbrowianka”",
    "Studio Tańca Piruet Anna Lis",
    "Sklep „U Basi” Barbara Mazur",
    "Foto-Media Sp. z o.o.",
    "Szkoła Językowa Lingua Sp. z o.o.",
    "Wspólnota Mieszkaniowa Leśna 7",
    "Apteka Zdrowie & Syn Sp. j.",
    "Auto-Myjnia Błysk",
    "Gabinet Fizjoterapii Ruch Sp. z o.o.",
    "Restauracja Pod Dębem Sp. z o.o.",
)
_PEOPLE = ("Jan Kowalczyk", "Maria Wójcik", "Piotr Zieliński", "Ewa Dąbrowska", "Tomasz Lewandowski", "Zofia Kamińska")
_EXEMPTION = "art. 43 ust. 1 ustawy o VAT"


class Seller:
    """Deals out sales invoices of the units, numbered by unit as one shared NIP demands."""

    def __init__(self, rng: Random, numbers: Numbers, city: City, month: Month) -> None:
        self._rng = rng
        self._numbers = numbers
        self._city = city
        self._month = month
        self._count = 0
        self._buyers = [(name, numbers.nip()) for name in _BUYERS]
        self._weights = [{"housing": 6, "office": 5, "sport": 4}.get(unit.kind, 2) for unit in city.units]

    def next(self) -> Document:
        unit = self._rng.choices(self._city.units, self._weights)[0]
        others, descriptions, traps = self._said(unit)
        hidden = "no_hint" in traps
        invoice = self._invoice(unit, self._buyer(), others, descriptions, prefix="" if hidden else unit.code)
        if invoice.fp:
            traps = (*traps, "receipt_invoice")
        return self._accepted(invoice, "sale", None if hidden else unit.code, traps)

    def internal(self) -> Document:
        """One unit invoices another: both have the city's NIP, so for VAT nothing happened."""
        seller, buyer = self._rng.sample(self._city.units, 2) if len(self._city.units) > 1 else self._city.units * 2
        others = (
            Party(seller.name, internal_id=seller.internal_id, role=7),
            Party(buyer.name, internal_id=buyer.internal_id, role=8),
        )
        city = Party(SHORT_CITY_NAME, nip=self._city.nip, address=self._address(self._city.office), serves_unit=True)
        return self._accepted(self._invoice(seller, city, others, (), seller.code), "internal", None, ("internal",))

    def _said(self, unit: Unit) -> tuple[tuple[Party, ...], tuple[tuple[str, str], ...], tuple[str, ...]]:
        """Podmiot3 in role 7, a description, only the number's prefix, or nothing at all."""
        way = self._rng.random()
        if way < 0.3:
            party = Party(unit.name, internal_id=unit.internal_id, address=self._address(unit), role=7)
            return (party,), (), ()
        if way < 0.45:
            return (Party(unit.name, nip=unit.nip, role=7),), (), ()
        if way < 0.65:
            return (), (("Jednostka wystawiająca", unit.short_name),), ("no_third_party", "description")
        if way < 0.98 or unit.office:
            return (), (), ("no_third_party", "number_prefix_only")
        return (), (), ("no_third_party", "no_hint")

    def _buyer(self) -> Party:
        if self._rng.random() < 0.25:
            return Party(self._rng.choice(_PEOPLE), serves_unit=False)
        name, nip = self._rng.choice(self._buyers)
        return Party(
            name, nip=nip, address=Address(f"ul. Rynkowa {self._rng.randrange(1, 60)}", self._city.office.place)
        )

    def _address(self, unit: Unit) -> Address:
        return Address(unit.address, unit.place)

    def _invoice(
        self,
        unit: Unit,
        buyer: Party,
        others: tuple[Party, ...],
        descriptions: tuple[tuple[str, str], ...],
        prefix: str,
    ) -> Invoice:
        rng, goods = self._rng, GOODS[unit.kind]
        chosen = rng.sample(goods, rng.randrange(1, min(2, len(goods)) + 1))
        lines = tuple(line(self._rng, number, one) for number, one in enumerate(chosen, 1))
        totals = rate_totals(lines)
        issued_on = self._month.first_on + timedelta(rng.randrange(self._month.last_on.day))
        exempt = any(line.rate == "zw" for line in lines)
        self._count += 1
        number = f"{self._count:05d}/{self._month.month:02d}/{self._month.year}"
        return Invoice(
            seller=Party(SHORT_CITY_NAME, nip=self._city.nip, address=self._address(self._city.office)),
            buyer=buyer,
            others=others,
            kind="VAT",
            number=f"{prefix or 'FS'}/{number}",
            issued_on=issued_on,
            sold_on=None,
            period_from_on=None,
            period_to_on=None,
            currency="PLN",
            exchange_rate=None,
            totals=totals,
            gross=gross_of(totals),
            lines=lines,
            annotations={"P_19": "1", "P_19A": _EXEMPTION} if exempt else {},
            fp=unit.till and rng.random() < 0.15,
            descriptions=descriptions,
            bank_accounts=(self._city.account,),
            due_on=issued_on + timedelta(14),
            payment_form=6,
        )

    def _accepted(self, invoice: Invoice, side: str, unit: str | None, traps: tuple[str, ...]) -> Document:
        accepted_on: date = invoice.issued_on
        number = self._numbers.ksef_number(self._city.nip, accepted_on)
        return Document(invoice, number, accepted_on, "internal" if side == "internal" else "sale", unit, traps)
