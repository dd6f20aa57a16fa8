"""What the town buys in a month, as its suppliers write it, corrections included."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from app.kernel.dates import Month
from app.kernel.money import ZERO, to_grosz
from app.ops.demo.city import SHORT_CITY_NAME, City, Unit
from app.ops.demo.documents import Document, gross_of, rate_totals
from app.ops.demo.numbers import Numbers
from app.ops.demo.references import Reference, refer
from app.ops.demo.suppliers import Supplier, line
from app.vat.rules.facts import Address, Invoice, Line, Party

SPLIT_PAYMENT_FROM = Decimal(15000)
_ANNEX_15 = ("construction", "computers")
_REASONS = ("Błędna ilość", "Zwrot towaru", "Rabat potransakcyjny", "Błędna cena", "Korekta odczytu licznika")


class Buyer:
    """Deals out purchase invoices one by one; every number of a seller is used once."""

    def __init__(
        self, rng: Random, numbers: Numbers, city: City, suppliers: tuple[Supplier, ...], month: Month
    ) -> None:
        self._rng = rng
        self._numbers = numbers
        self._city = city
        self._suppliers = suppliers
        self._weights = [supplier.trade.share for supplier in suppliers]
        self._month = month
        self._count = 0
        self._earlier: list[tuple[Document, Supplier]] = []

    def next(self) -> Document:
        """The next purchase; one in twenty corrects an earlier one."""
        if self._earlier and self._rng.random() < 0.05:
            return self._correction()
        supplier, unit = self._deal()
        reference = refer(self._rng, self._city, unit, supplier)
        invoice = self._invoice(supplier, reference)
        return self._accepted(invoice, supplier, reference.unit, self._traps(invoice, reference.traps), keep=True)

    def _deal(self) -> tuple[Supplier, Unit]:
        """The office buys more than a school does; a supplier sells only to those who use its goods."""
        while True:
            supplier = self._rng.choices(self._suppliers, self._weights)[0]
            units = [unit for unit in self._city.units if supplier.serves(unit)]
            if units:
                return supplier, self._rng.choices(units, [3 if unit.office else 1 for unit in units])[0]

    def _traps(self, invoice: Invoice, traps: tuple[str, ...]) -> tuple[str, ...]:
        rates = {line.rate for line in invoice.lines}
        more = [
            ("foreign_currency", invoice.currency != "PLN"),
            ("mixed_rates", len(rates) > 1),
            ("exempt", "zw" in rates),
            ("split_payment", invoice.annotations.get("P_18A") == "1"),
            ("previous_month", invoice.issued_on < self._month.first_on),
        ]
        return (*traps, *(name for name, present in more if present))

    def _accepted(
        self, invoice: Invoice, supplier: Supplier, unit: str | None, traps: tuple[str, ...], keep: bool
    ) -> Document:
        accepted_on = max(
            self._month.first_on, min(invoice.issued_on + timedelta(self._rng.randrange(2)), self._month.last_on)
        )
        number = self._numbers.ksef_number(supplier.nip, accepted_on)
        document = Document(invoice, number, accepted_on, "purchase", unit, traps)
        if keep:
            self._earlier.append((document, supplier))
        return document

    def _day(self, first: int = 1, last: int = 31) -> date:
        """A day of the month; a few invoices are dated in the last days of the month before."""
        if self._rng.random() < 0.05:
            return self._month.previous.last_on - timedelta(self._rng.randrange(3))
        return self._month.first_on + timedelta(self._rng.randrange(first - 1, min(last, self._month.last_on.day)))

    def _number(self, supplier: Supplier, correction: bool = False) -> str:
        self._count += 1
        series = f"{supplier.trade.series}K" if correction else supplier.trade.series
        return f"{series}/{self._count:05d}/{self._month.month:02d}/{self._month.year}"

    def _invoice(self, supplier: Supplier, reference: Reference) -> Invoice:
        trade, rng = supplier.trade, self._rng
        issued_on = self._day(2, 12) if trade.monthly else self._day()
        foreign = trade.currency != "PLN"
        exchange_rate = Decimal(rng.randrange(42000, 43500)).scaleb(-4) if foreign else None
        lines = self._lines(supplier, reference)
        totals = rate_totals(lines, exchange_rate)
        gross = gross_of(totals)
        annotations: dict[str, str] = {}
        if trade.exemption and any(line.rate == "zw" for line in lines):
            annotations |= {"P_19": "1", "P_19A": trade.exemption}
        if trade.title in _ANNEX_15 and gross >= SPLIT_PAYMENT_FROM:
            annotations["P_18A"] = "1"
            lines = tuple(replace(line, annex_15=True) for line in lines)
        period = self._month.previous if trade.monthly else None
        sold_on = issued_on - timedelta(rng.randrange(4)) if not trade.monthly else None
        return Invoice(
            seller=_seller(supplier),
            buyer=reference.buyer,
            others=reference.others,
            kind="VAT",
            number=self._number(supplier),
            issued_on=issued_on,
            sold_on=None if sold_on == issued_on else sold_on,
            period_from_on=period.first_on if period else None,
            period_to_on=period.last_on if period else None,
            currency=trade.currency,
            exchange_rate=exchange_rate,
            totals=totals,
            gross=gross,
            lines=lines,
            annotations=annotations,
            descriptions=reference.descriptions,
            delivery_texts=reference.delivery_texts,
            bank_accounts=(supplier.account,),
            footer=reference.footer,
            due_on=issued_on + timedelta(rng.choice((14, 14, 21, 30))),
            payment_form=6,
        )

    def _lines(self, supplier: Supplier, reference: Reference) -> tuple[Line, ...]:
        goods = supplier.trade.goods
        count = len(goods) if supplier.trade.monthly else self._rng.randrange(1, min(4, len(goods)) + 1)
        chosen = list(goods) if supplier.trade.monthly else self._rng.sample(goods, count)
        lines = tuple(line(self._rng, number, one) for number, one in enumerate(chosen, 1))
        if reference.line_text is None:
            return lines
        first = replace(lines[0], text=f"{lines[0].text}. {reference.line_text}"[:512])
        return (first, *lines[1:])

    def _correction(self) -> Document:
        """Takes a part of the first line back. Half of the corrections name no unit: it is the corrected invoice's."""
        original, supplier = self._rng.choice(self._earlier)
        before = original.invoice
        lines = self._corrected_lines(before.lines[0])
        totals = rate_totals(lines, before.exchange_rate)
        issued_on = min(self._month.last_on, before.issued_on + timedelta(self._rng.randrange(1, 9)))
        invoice = replace(
            before,
            kind="KOR",
            number=self._number(supplier, correction=True),
            issued_on=issued_on,
            sold_on=None,
            period_from_on=None,
            period_to_on=None,
            totals=totals,
            gross=gross_of(totals),
            lines=lines,
            annotations={name: text for name, text in before.annotations.items() if name != "P_18A"},
            corrected=((before.issued_on, before.number, original.ksef_number),),
            correction_reason=self._rng.choice(_REASONS),
            correction_effect=2,
            due_on=None,
        )
        if "P_19" in invoice.annotations and lines[0].rate != "zw":
            invoice = replace(invoice, annotations={})
        traps: tuple[str, ...] = ("correction",)
        if self._rng.random() < 0.5:
            city = Party(SHORT_CITY_NAME, nip=self._city.nip, serves_unit=before.buyer.serves_unit)
            invoice = replace(
                invoice, buyer=city, others=(), descriptions=(), delivery_texts=(), footer=(),
                lines=tuple(replace(line, text=(line.text or "").split(". ")[0]) for line in lines),
            )  # fmt: skip
            traps = ("correction", "correction_without_hint", "no_third_party")
        else:
            traps = (*traps, *(trap for trap in original.traps if trap not in _ABOUT_AMOUNTS))
        return self._accepted(invoice, supplier, original.unit, self._traps(invoice, traps), keep=False)

    def _corrected_lines(self, line: Line) -> tuple[Line, ...]:
        """A row of the difference, or the row before and the row after."""
        quantity, price = line.quantity or Decimal(1), line.unit_price or ZERO
        left = Decimal(self._rng.randrange(int(quantity))) if quantity > 1 else ZERO
        line = replace(line, annex_15=False, no=1)
        if self._rng.random() < 0.5:
            taken = quantity - left
            return (replace(line, quantity=-taken, net=-to_grosz(price * taken)),)
        after = replace(line, quantity=left, net=to_grosz(price * left))
        return (replace(line, before_correction=True), after)


_ABOUT_AMOUNTS = ("foreign_currency", "mixed_rates", "exempt", "split_payment", "previous_month")


def _seller(supplier: Supplier) -> Party:
    return Party(
        supplier.trade.name,
        nip=supplier.nip,
        address=Address(supplier.address, supplier.place),
        emails=(supplier.email,),
    )
