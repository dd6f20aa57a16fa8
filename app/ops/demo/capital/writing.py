"""Invoices as the suppliers' programs write them, from their cards: habits, gaps, mistakes; and the truth beside."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from app.kernel.dates import Month
from app.kernel.money import ZERO
from app.ops.demo.capital.cards import LINES, OFFICE_ADDRESS, Card, Supplier, card, renewed, typed
from app.ops.demo.capital.units import CITY, Capital, Unit
from app.ops.demo.documents import gross_of, rate_totals
from app.ops.demo.numbers import Numbers
from app.ops.demo.suppliers import line as priced
from app.vat.rules.facts import Address, Invoice, Line, Party

CITY_NAMES = (
    "Miasto Stołeczne Warszawa", "Miasto Stołeczne Warszawa", "MIASTO STOŁECZNE WARSZAWA", "Miasto st. Warszawa",
    "Gmina Miasto Stołeczne Warszawa",
)  # fmt: skip
_ABROAD = 5
"""Per cent of invoices that correct an earlier one."""


@dataclass(frozen=True, slots=True)
class Written:
    """An invoice and the unit that ordered and got the goods; None = more than one unit did."""

    invoice: Invoice
    ksef_number: str
    accepted_on: date
    unit: str | None
    traps: tuple[str, ...]


@dataclass(slots=True)
class _Draft:
    """What the document will say of its recipient."""

    buyer: Party
    others: tuple[Party, ...] = ()
    descriptions: tuple[tuple[str, str], ...] = ()
    line_text: str | None = None
    footer: tuple[str, ...] = ()
    delivery: tuple[str, ...] = ()
    contracts: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()


class Office:
    """Deals out the invoices of a city, month by month; cards of customers live on from one to the next."""

    def __init__(self, rng: Random, numbers: Numbers, capital: Capital, suppliers: list[Supplier]) -> None:
        self._rng = rng
        self._numbers = numbers
        self._capital = capital
        by_title = {one.title: [each for each in suppliers if each.line is one] for one in LINES}
        self._lines = [one for one in LINES if by_title[one.title]]
        self._suppliers = by_title
        self._pairs: dict[str, list[tuple[Supplier, Unit]]] = {}
        self._count = 0
        self._earlier: list[tuple[Written, Supplier]] = []

    def month(self, month: Month, count: int) -> list[Written]:
        """So many invoices in the order in which KSeF took them."""
        self._pairs = {}
        made = [self._next(month) for _ in range(count)]
        return sorted(made, key=lambda one: (one.accepted_on, one.ksef_number))

    def _next(self, month: Month) -> Written:
        if self._earlier and self._rng.randrange(100) < _ABROAD:
            return self._correction(month)
        supplier, unit = self._deal()
        own = card(self._rng, self._numbers, supplier, unit)
        if supplier.line.monthly and self._rng.random() < 0.012:
            own = renewed(self._rng, self._numbers, supplier, own)
        draft, true, traps = self._recipient(supplier, own)
        return self._written(supplier, draft, own, month, true, traps)

    def _deal(self) -> tuple[Supplier, Unit]:
        """A monthly bill comes once to each customer before it comes twice to anybody."""
        line = self._rng.choices(self._lines, [one.share for one in self._lines])[0]
        if not line.monthly:
            supplier = self._rng.choice(self._suppliers[line.title])
            # a few customers buy often, most now and then
            at = min(int(self._rng.expovariate(3 / len(supplier.units))), len(supplier.units) - 1)
            return supplier, supplier.units[at]
        if not self._pairs.get(line.title):
            pairs = [(one, unit) for one in self._suppliers[line.title] for unit in one.units]
            self._rng.shuffle(pairs)
            self._pairs[line.title] = pairs
        return self._pairs[line.title].pop()

    def _recipient(self, supplier: Supplier, own: Card) -> tuple[_Draft, str | None, tuple[str, ...]]:
        """The parts that speak of the unit, the truth, and what makes it hard."""
        rng = self._rng
        way = rng.random()
        other = rng.choice(supplier.units)
        if way < 0.010 and other is not own.unit:
            return self._joint(supplier, own, card(rng, self._numbers, supplier, other))
        if way < 0.0115 and other is not own.unit:  # a wrong customer chosen in the program: nothing on it is true
            return self._draft(supplier, card(rng, self._numbers, supplier, other)), own.unit.code, ("wrong_customer",)
        if way < 0.022 and other is not own.unit and own.mark:
            wrong = replace(own, mark="wrong_id")
            return self._draft(supplier, wrong, other), own.unit.code, ("contradiction",)
        if way < 0.027:
            return _Draft(self._buyer(own, None)), own.unit.code, ("no_hint", "no_third_party")
        draft = self._draft(supplier, own)
        traps = ["no_third_party"] if not draft.others else []
        if way < 0.055 and other is not own.unit:
            said = rng.choice((f"Transport: {other.short}", f"Odbiór w: {other.name}", f"Materiały dla {other.short}"))
            draft.line_text = f"{draft.line_text}. {said}" if draft.line_text else said
            traps.append("misleading")
        if way > 0.985:
            payer = rng.choice([unit for unit in self._capital.units if unit.kind in ("finance", "office")])
            draft.others += (Party(payer.name, nip=payer.nip, role=6, address=Address(payer.line, payer.postal)),)
            traps.append("payer")
        return draft, own.unit.code, tuple(traps)

    def _buyer(self, own: Card, marked: bool | None) -> Party:
        serves = self._rng.random() < (0.9 if marked else 0.35)
        name = self._rng.choice(CITY_NAMES)
        return Party(name, nip=self._capital.nip, address=Address(*OFFICE_ADDRESS), serves_unit=serves)

    def _draft(self, supplier: Supplier, own: Card, number_of: Unit | None = None) -> _Draft:
        rng, unit = self._rng, own.unit
        draft = _Draft(self._buyer(own, own.mark is not None))
        if own.mark is not None:
            draft.others = (self._third(own, number_of or unit),)
        # a program that fills Podmiot3 does not print everything else too
        if own.mark is None or rng.random() < 0.5:
            draft.buyer = replace(draft.buyer, customer_no=own.customer)
            draft.contracts = (own.contract,) if own.contract else ()
            self._say(draft, supplier, own.texts)
        if own.mark is None and unit.kind != "office" and rng.random() < 0.95:
            for way in own.says:
                self._hint(draft, supplier, own, way)
        if "order" in supplier.line.numbers and rng.random() < 0.5:
            draft.orders = (f"ZAM/{rng.randrange(1, 99999)}/26",)
        return draft

    def _third(self, own: Card, number: Unit) -> Party:
        name = own.name if self._rng.random() < 0.93 else typed(self._rng, own.unit)
        address = None if own.line is None or self._rng.random() < 0.25 else self._address(own)
        party = Party(name, role=8, address=address)
        if own.mark in ("internal_id", "wrong_id"):
            return replace(party, internal_id=number.internal_id)
        if own.mark == "nip":
            return replace(party, nip=number.nip)
        if own.mark == "recipient":
            return replace(party, role=2, nip=number.nip if self._rng.random() < 0.5 else None)
        return replace(party, nip=self._capital.nip if own.mark == "city_nip" else None)

    def _address(self, own: Card) -> Address:
        return Address(own.line or "", f"{own.unit.postal} {CITY}")

    def _hint(self, draft: _Draft, supplier: Supplier, own: Card, way: str) -> None:
        if way in ("buyer", "buyer_name"):
            joined = f"{self._rng.choice(CITY_NAMES)} {self._rng.choice(('–', '-', ','))} {own.name}"
            at_unit = way == "buyer_name" or self._rng.random() < 0.5
            address = self._address(own) if at_unit else draft.buyer.address
            draft.buyer = replace(draft.buyer, name=own.name if way == "buyer_name" else joined, address=address)
        elif way == "text":
            self._say(draft, supplier, ((supplier.label, own.name),))
        elif way == "delivery":
            draft.delivery = (f"{own.line}, {own.unit.postal} {CITY}",)
        elif way == "correspondence":
            draft.buyer = replace(draft.buyer, correspondence=self._address(own))
        elif way == "email" and own.email:
            draft.buyer = replace(draft.buyer, emails=(own.email,))

    def _say(self, draft: _Draft, supplier: Supplier, pairs: tuple[tuple[str, str], ...]) -> None:
        if not pairs:
            return
        said = "; ".join(f"{label}: {text}" for label, text in pairs)
        if supplier.where == "description":
            draft.descriptions += pairs
        elif supplier.where == "line":
            draft.line_text = f"{draft.line_text}. {said}" if draft.line_text else said
        else:
            draft.footer += (said,)

    def _joint(self, supplier: Supplier, own: Card, other: Card) -> tuple[_Draft, str | None, tuple[str, ...]]:
        """One bill for two units: two recipients, or both named in the texts; somebody has to split it."""
        draft = self._draft(supplier, replace(own, mark=None, says=()))
        draft.buyer = replace(draft.buyer, customer_no=None)
        draft.contracts = ()
        draft.descriptions, draft.line_text, draft.footer = (), None, ()
        if self._rng.random() < 0.5:
            draft.others = tuple(self._third(replace(one, mark="internal_id"), one.unit) for one in (own, other))
        else:
            self._say(draft, supplier, ((supplier.label, f"{own.name} oraz {other.name}"),))
        return draft, None, ("joint",)

    def _written(
        self, supplier: Supplier, draft: _Draft, own: Card, month: Month, true: str | None, traps: tuple[str, ...]
    ) -> Written:
        rng = self._rng
        self._count += 1
        issued_on = month.first_on + timedelta(rng.randrange(0, month.last_on.day))
        goods = supplier.goods
        chosen = list(goods) if supplier.line.monthly else rng.sample(goods, rng.randrange(1, min(4, len(goods)) + 1))
        lines = tuple(priced(rng, number, one) for number, one in enumerate(chosen, 1))
        if draft.line_text:
            lines = (replace(lines[0], text=f"{lines[0].text}. {draft.line_text}"[:512]), *lines[1:])
        totals = rate_totals(lines)
        exempt = {"P_19": "1", "P_19A": "art. 43 ust. 1 ustawy o VAT"} if any(one.rate == "zw" for one in lines) else {}
        account = own.account or supplier.account
        invoice = Invoice(
            seller=Party(supplier.name, nip=supplier.nip, address=Address(supplier.address, f"03-236 {CITY}")),
            buyer=draft.buyer, others=draft.others, kind="VAT",
            number=f"{supplier.series}/{self._count * 7 % 100_000:05d}/{month.month:02d}/{month.year % 100}",
            issued_on=issued_on, sold_on=None, period_from_on=None, period_to_on=None, currency="PLN",
            exchange_rate=None, totals=totals, gross=gross_of(totals), lines=lines, annotations=exempt,
            descriptions=draft.descriptions, contracts=draft.contracts, orders=draft.orders,
            delivery_texts=draft.delivery, footer=draft.footer, bank_accounts=(account,), payment_form=6,
            due_on=issued_on + timedelta(21),
        )  # fmt: skip
        return self._accepted(invoice, supplier, true, traps)

    def _accepted(self, invoice: Invoice, supplier: Supplier, true: str | None, traps: tuple[str, ...]) -> Written:
        number = self._numbers.ksef_number(supplier.nip, invoice.issued_on)
        made = Written(invoice, number, invoice.issued_on, true, traps)
        if invoice.kind == "VAT" and self._rng.random() < 0.2:
            self._earlier.append((made, supplier))
        return made

    def _correction(self, month: Month) -> Written:
        """Half of the corrections name no unit: it is the corrected invoice's."""
        original, supplier = self._earlier.pop(self._rng.randrange(len(self._earlier)))
        before = original.invoice
        first = before.lines[0]
        taken = replace(first, quantity=-(first.quantity or Decimal(1)), net=-(first.net or ZERO), no=1)
        if self._rng.random() < 0.5:
            taken = replace(taken, text=(first.text or "").split(". ")[0])
        lines: tuple[Line, ...] = (taken,)
        self._count += 1
        day = max(before.issued_on, month.first_on) + timedelta(self._rng.randrange(1, 9))
        totals = rate_totals(lines)
        invoice = replace(
            before, kind="KOR", number=f"K{supplier.series}/{self._count}/{month.year % 100}",
            issued_on=min(month.last_on, day), totals=totals, gross=gross_of(totals), lines=lines, due_on=None,
            corrected=((before.issued_on, before.number, original.ksef_number),), correction_reason="Zwrot",
            correction_effect=2,
        )  # fmt: skip
        traps = [trap for trap in original.traps if trap == "joint"]
        if self._rng.random() < 0.5:
            bare = Party(CITY_NAMES[0], nip=self._capital.nip, serves_unit=False)
            invoice = replace(invoice, buyer=bare, others=(), descriptions=(), delivery_texts=(), footer=())
            traps.append("no_third_party")
        return self._accepted(invoice, supplier, original.unit, ("correction", *traps))
