"""How a purchase invoice says which unit it is for: properly, half-properly, in passing, wrongly, or not at all.

About half of the invoices have no Podmiot3, as cities report. Each style returns what goes into the document and what a
person who knows the town would decide: a unit's code, or None where nobody could tell.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from app.ops.demo.city import SHORT_CITY_NAME, City, Unit
from app.ops.demo.suppliers import Supplier
from app.vat.rules.facts import Address, Party


@dataclass(frozen=True, slots=True)
class Reference:
    """Parts of the document that speak of the unit, the true `unit` and the names of the `traps` inside."""

    buyer: Party
    unit: str | None
    traps: tuple[str, ...]
    others: tuple[Party, ...] = ()
    line_text: str | None = None
    descriptions: tuple[tuple[str, str], ...] = ()
    delivery_texts: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Case:
    rng: Random
    city: City
    unit: Unit
    supplier: Supplier

    @property
    def buyer(self) -> Party:
        """The city as the law wants it: its own name, NIP and the office's address."""
        return Party(
            name=self.rng.choice(
                (SHORT_CITY_NAME, SHORT_CITY_NAME, SHORT_CITY_NAME.upper(), "Gmina Miasto Nowa Dąbrowa")
            ),
            nip=self.city.nip,
            address=Address(self.city.address, self.city.office.place),
            serves_unit=True,
        )

    def other_unit(self) -> Unit | None:
        others = [unit for unit in self.city.units if unit is not self.unit and not unit.office]
        return self.rng.choice(others) if others else None

    def name(self) -> tuple[str, tuple[str, ...]]:
        return written_name(self.rng, self.unit)


def written_name(rng: Random, unit: Unit) -> tuple[str, tuple[str, ...]]:
    """The unit's name as somebody typed it, and the trap in it, if any."""
    way = rng.random()
    if way < 0.55:
        return unit.name, ()
    if way < 0.75:
        return unit.short_name, ("abbreviated_name",)
    if way < 0.85:
        return without_marks(unit.name), ("name_without_marks",)
    if way < 0.95:
        return misspelt(rng, unit.name), ("misspelt_name",)
    return unit.name.upper(), ()


def without_marks(text: str) -> str:
    """Without Polish letters and quotation marks, as old programs print it."""
    plain = unicodedata.normalize("NFKD", text.translate(str.maketrans("łŁ", "lL", "„”")))
    return "".join(letter for letter in plain if letter.isascii())


def misspelt(rng: Random, text: str) -> str:
    """Two letters swapped or one lost inside a long word; numbers stay."""
    words = text.split()
    long = [place for place, word in enumerate(words) if len(word) > 5 and word.isalpha()]
    if not long:
        return text
    place = rng.choice(long)
    word, at = words[place], rng.randrange(1, len(words[place]) - 2)
    lost = word[:at] + word[at + 1 :]
    swapped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    words[place] = lost if word[at] == word[at + 1] or rng.random() < 0.5 else swapped
    return " ".join(words)


def _recipient(case: _Case, party: Party) -> tuple[Party, tuple[str, ...]]:
    """The unit's own address, none, or another unit's."""
    way = case.rng.random()
    if way < 0.2:
        return party, ("missing_address",)
    if way < 0.28 and (other := case.other_unit()):
        return replace(party, address=Address(other.address, other.place)), ("wrong_address",)
    return replace(party, address=Address(case.unit.address, case.unit.place)), ()


def _by_internal_id(case: _Case) -> Reference:
    name, traps = case.name()
    party, more = _recipient(case, Party(name, internal_id=case.unit.internal_id, role=8))
    return Reference(case.buyer, case.unit.code, (*traps, *more), (party,))


def _by_nip(case: _Case) -> Reference:
    name, traps = case.name()
    party, more = _recipient(case, Party(name, nip=case.unit.nip, role=8))
    return Reference(case.buyer, case.unit.code, (*traps, *more), (party,))


def _as_recipient(case: _Case) -> Reference:
    """Role 2 as in the years before KSeF, and the mark that the buyer serves no unit."""
    name, traps = case.name()
    nip = case.unit.nip if case.rng.random() < 0.5 else None
    party, more = _recipient(case, Party(name, nip=nip, role=2))
    return Reference(replace(case.buyer, serves_unit=False), case.unit.code, ("wrong_role", *traps, *more), (party,))


def _by_name_only(case: _Case) -> Reference:
    name, traps = case.name()
    party, more = _recipient(case, Party(name, role=8))
    return Reference(case.buyer, case.unit.code, ("no_identifier", *traps, *more), (party,))


def _contradiction(case: _Case) -> Reference:
    """The identifier of one unit with name and address of another: nobody can tell from the paper."""
    if (other := case.other_unit()) is None:
        return _by_internal_id(case)
    address = Address(other.address, other.place)
    party = Party(other.name, internal_id=case.unit.internal_id, address=address, role=8)
    return Reference(case.buyer, None, ("contradiction",), (party,))


def _two_units(case: _Case) -> Reference:
    if (other := case.other_unit()) is None:
        return _by_nip(case)
    parties = tuple(Party(unit.name, internal_id=unit.internal_id, role=8) for unit in (case.unit, other))
    return Reference(case.buyer, None, ("two_units",), parties)


def _buyer_name(case: _Case) -> Reference:
    name, traps = case.name()
    joined = case.rng.choice((f"{SHORT_CITY_NAME} – {name}", f"{SHORT_CITY_NAME}, {name}", name))
    at_unit = case.rng.random() < 0.6
    address = Address(case.unit.address, case.unit.place) if at_unit else case.buyer.address
    serves = case.rng.random() < 0.4
    buyer = replace(case.buyer, name=joined, address=address, serves_unit=serves)
    return Reference(buyer, case.unit.code, ("no_third_party", "buyer_name", *traps))


def _buyer_address(case: _Case) -> Reference:
    buyer = replace(case.buyer, address=Address(case.unit.address, case.unit.place))
    return Reference(buyer, case.unit.code, ("no_third_party", "buyer_address"))


def _line_text(case: _Case) -> Reference:
    name, traps = case.name()
    text = (case.supplier.trade.habit or "Dotyczy: {unit}").format(unit=name)
    return Reference(case.buyer, case.unit.code, ("no_third_party", "line_text", *traps), line_text=text)


def _description(case: _Case) -> Reference:
    name, traps = case.name()
    key = case.rng.choice(("Odbiorca", "Dotyczy", "Jednostka", "Uwagi", "Miejsce dostawy"))
    return Reference(case.buyer, case.unit.code, ("no_third_party", "description", *traps), descriptions=((key, name),))


def _delivery(case: _Case) -> Reference:
    place = f"{case.unit.address}, {case.unit.place}"
    return Reference(case.buyer, case.unit.code, ("no_third_party", "delivery_address"), delivery_texts=(place,))


def _customer_no(case: _Case) -> Reference:
    buyer = replace(case.buyer, customer_no=case.supplier.customers[case.unit.code])
    return Reference(buyer, case.unit.code, ("no_third_party", "customer_no_only"))


def _email(case: _Case) -> Reference:
    buyer = replace(case.buyer, emails=(case.unit.email,))
    return Reference(buyer, case.unit.code, ("no_third_party", "email_only"))


def _footer(case: _Case) -> Reference:
    name, traps = case.name()
    return Reference(
        case.buyer, case.unit.code, ("no_third_party", "footer_text", *traps), footer=(f"Zamówił: {name}",)
    )


def _nothing(case: _Case) -> Reference:
    return Reference(case.buyer, None, ("no_third_party", "no_hint"))


def _office(case: _Case) -> Reference:
    """For the office itself: the city's own data and no unit served."""
    name = case.rng.choice((SHORT_CITY_NAME, SHORT_CITY_NAME, case.unit.name, f"{SHORT_CITY_NAME} – {case.unit.name}"))
    buyer = replace(case.buyer, name=name, serves_unit=False)
    return Reference(buyer, case.unit.code, ("no_third_party", "office"))


_STYLES: tuple[tuple[Callable[[_Case], Reference], int], ...] = (
    (_by_internal_id, 21), (_by_nip, 15), (_as_recipient, 7), (_by_name_only, 5), (_contradiction, 1), (_two_units, 2),
    (_buyer_name, 13), (_buyer_address, 8), (_line_text, 8), (_description, 7), (_delivery, 4), (_customer_no, 4),
    (_email, 2), (_footer, 2), (_nothing, 3),
)  # fmt: skip
_MAKERS = tuple(maker for maker, _ in _STYLES)
_WEIGHTS = tuple(weight for _, weight in _STYLES)


def refer(rng: Random, city: City, unit: Unit, supplier: Supplier) -> Reference:
    """One of the ways, by weight; a supplier that bills by customer number often gives it besides."""
    case = _Case(rng, city, unit, supplier)
    if unit.office:
        maker: Callable[[_Case], Reference] = _office if rng.random() < 0.8 else _by_internal_id
    else:
        maker = rng.choices(_MAKERS, _WEIGHTS)[0]
    reference = maker(case)
    if supplier.trade.monthly and reference.unit == unit.code and rng.random() < 0.5:
        number = supplier.customers[unit.code]
        return replace(reference, buyer=replace(reference.buyer, customer_no=number))
    return reference
