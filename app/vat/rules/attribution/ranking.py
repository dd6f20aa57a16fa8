"""Every sign of a unit that an invoice gives, in words a clerk can check; what each is worth says `model`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.vat.rules.attribution.directory import FULL_MENTION, NOBODY, Directory, email_domain
from app.vat.rules.attribution.names import fold, stem
from app.vat.rules.facts import Address, Invoice, Party

LINE = "Fa/FaWiersz/P_7"
_FEW, _LONGEST_TEXT = 3, 20_000
_LIKE, _HINT, _RARE = 30, 12, 40
_LABEL = re.compile(
    r"\b(?:odbiorc|dotycz|jednostk|obiekt|lokalizacj|miejsc|dostaw|adres|zamawiaj|zamowi|placowk|platnik|punkt|uwagi)"
    r"[a-z /]*:"
)
"""What stands before the name of a recipient."""
_INTERNAL_ID = re.compile(r"(?<![0-9])[0-9]{10}-[0-9]{5}(?![0-9])")
_NIP = re.compile(r"(?<![0-9])[0-9]{3}-?[0-9]{2,3}-?[0-9]{2}-?[0-9]{2,3}(?![0-9-])")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One sign: `signal` for machines (see `priors`), `sentence` (Polish) for people, `field` of FA(3) it came from.

    `weight`: tenths of natural log-odds for the unit, below zero against it; given by `model`.
    """

    signal: str
    sentence: str
    field: str
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit's code with what speaks for and against it; `score`: the chance in whole per cent, 0–99.

    None where the invoice contradicts itself: such chances are not measured, so none is told.
    """

    unit: str
    score: int | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Sighting:
    """A place on the invoice where a unit may show: a party's name and addresses, or a place of delivery."""

    field: str
    label: str
    name: str | None
    addresses: tuple[tuple[str | None, ...], ...]
    emails: tuple[str, ...] = ()
    role: int | None = None
    main: bool = False
    """The city's own party (Podmiot2 of a purchase, Podmiot1 of a sale): its usual name and address prove nothing."""


Signs = dict[int, list[Evidence]]


def sightings(invoice: Invoice, units: Directory, city_nip: str, *, sale: bool) -> tuple[Sighting, ...]:
    """Where to look, the most telling first. Factors, payers, issuers, co-buyers and employees are no recipients.

    A third party with somebody else's NIP is somebody else, whatever its name.
    """
    roles = (7, None) if sale else (8, 2, None)
    found = [
        _party(other, f"Podmiot3[{position}]", f"Podmiot3{f' z rolą {other.role}' if other.role else ''}", main=False)
        for position, other in enumerate(invoice.others, start=1)
        if other.role in roles and (other.nip in (None, city_nip) or other.nip in units.by_nip)
    ]
    if sale:
        found.append(_party(invoice.seller, "Podmiot1", "sprzedawca", main=True))
        return tuple(found)
    found.append(_party(invoice.buyer, "Podmiot2", "nabywca", main=True))
    for text in invoice.delivery_texts:
        field = "Fa/WarunkiTransakcji/Transport/WysylkaDo"
        found.append(Sighting(field, "miejsce dostawy", None, ((text,),)))
    return tuple(found)


def _party(party: Party, field: str, label: str, *, main: bool) -> Sighting:
    addresses = tuple(_lines(address) for address in (party.address, party.correspondence) if address is not None)
    return Sighting(field, label, party.name, addresses, party.emails, party.role, main)


def _lines(address: Address) -> tuple[str | None, ...]:
    return address.line1, address.line2


def texts(invoice: Invoice) -> Iterator[tuple[str, str]]:
    """(field, text) of the free texts that may mention a unit."""
    for line in (*invoice.lines, *invoice.order_lines):
        if line.text:
            yield LINE, line.text
    for key, value in invoice.descriptions:
        yield "Fa/DodatkowyOpis", f"{key} | {value}"
    for number in (*invoice.orders, *invoice.contracts):
        yield "Fa/WarunkiTransakcji", number
    for text in invoice.delivery_texts:
        yield "Fa/WarunkiTransakcji/Transport/WysylkaDo", text
    for text in invoice.footer:
        yield "Stopka", text
    if invoice.correction_reason:
        yield "Fa/PrzyczynaKorekty", invoice.correction_reason


def mentions(invoice: Invoice, units: Directory) -> dict[int, Evidence]:
    """Unit → the strongest mention of it in the free texts: a number of its own, or its name."""
    found: dict[int, Evidence] = {}
    best: dict[int, int] = {}
    read = 0
    for field, text in texts(invoice):
        if read > _LONGEST_TEXT:
            break
        read += len(text)
        for unit, (weight, words) in units.mentioned(text[:_LONGEST_TEXT]).items():
            signal = "mention_short" if weight < FULL_MENTION else "mention"
            if field == LINE:
                signal, weight = "mention_labelled" if _LABEL.search(fold(text)) else "mention_line", weight - 1
            if " oraz " in text:
                signal = "mention_joint"
            if best.get(unit, 0) < weight:
                best[unit] = weight
                sentence = f"W treści faktury jest mowa o „{words}” – tak jak {units.units[unit].profile.name}."
                found[unit] = Evidence(signal, sentence, field)
    found.update(_numbers_in_text(invoice, units))
    return found


def _numbers_in_text(invoice: Invoice, units: Directory) -> Iterator[tuple[int, Evidence]]:
    """IDWew and NIP of units written where they do not count as such. A number of two units tells nothing."""
    for field, text in texts(invoice):
        for number in _INTERNAL_ID.findall(text):
            hit = units.by_internal_id.get(number, NOBODY)
            if len(hit) == 1:
                yield min(hit), Evidence("number_in_text", f"W treści faktury jest IDWew {number}.", field)
        for number in _NIP.findall(text):
            hit = units.by_nip.get(number.replace("-", ""), NOBODY) - units.offices
            if len(hit) == 1:
                yield min(hit), Evidence("number_in_text", f"W treści faktury jest NIP {number}.", field)


def gather(invoice: Invoice, units: Directory, seen: tuple[Sighting, ...], signs: Signs, *, sale: bool) -> None:
    """Adds every sign to those that are known already; one of a kind and place counts once."""
    for sighting in seen:
        for find in (_by_name, _by_address, _by_email):
            for unit, evidence in find(sighting, units):
                _add(signs, unit, evidence)
    for unit, evidence in (*mentions(invoice, units).items(), *_by_mark(invoice, units, sale=sale)):
        _add(signs, unit, evidence)


def _add(signs: Signs, unit: int, evidence: Evidence) -> None:
    same = {"name": "name_seen", "address": "address_seen"}
    for each in signs[unit]:
        known = (each.signal, same.get(each.signal, each.signal))
        if each.field == evidence.field and evidence.signal in known:
            return
    signs[unit].append(evidence)


def _by_name(sighting: Sighting, units: Directory) -> Iterator[tuple[int, Evidence]]:
    """A name that means a unit explains itself: only when it means none are similar ones looked for."""
    if not sighting.name or units.is_own_name(sighting.name):
        return
    field = f"{sighting.field}/Nazwa"
    exact, _ = units.named(sighting.name)
    exact -= units.offices if sighting.main else NOBODY
    for unit in exact:
        yield unit, Evidence("name_seen", f"Nazwa „{sighting.name}” ({sighting.label}) to nazwa tej jednostki.", field)
    if exact:
        return
    name = units.name(sighting.name)
    stems = frozenset(stem(word) for word in (*name.core, *name.patron) if len(word) > 1 or word.isdigit())
    rare = [having for each in stems if len(having := units.by_stem.get(each, NOBODY)) <= _RARE]
    alike = ((_overlap(stems, name.numbers, unit, units), unit) for unit in frozenset[int]().union(*rare))
    for weight, unit in sorted(((weight, -unit) for weight, unit in alike if weight >= _HINT), reverse=True)[:_FEW]:
        sentence = f"Nazwa „{sighting.name}” ({sighting.label}) jest podobna do nazwy tej jednostki."
        yield -unit, Evidence("name_like" if weight >= _LIKE else "name_hint", sentence, field)


def _overlap(stems: frozenset[str], numbers: frozenset[str], unit: int, units: Directory) -> int:
    """Rare words weigh more; another number means another unit."""
    own = units.units[unit]
    if numbers and own.numbers and not numbers & own.numbers:
        return 0
    shared, together = stems & own.stems, stems | own.stems

    def rarity(words: frozenset[str]) -> int:
        return sum(1000 // max(1, len(units.by_stem.get(word, NOBODY))) for word in words)

    return 50 * rarity(shared) // max(1, rarity(together))


def _by_address(sighting: Sighting, units: Directory) -> Iterator[tuple[int, Evidence]]:
    for lines in sighting.addresses:
        here, places = units.located(*lines)
        if sighting.main and here & units.offices:
            continue  # the city's usual address is on everybody's invoices
        shown = ", ".join(line for line in lines if line)
        field = f"{sighting.field}/Adres"
        others = f" (mieści się tu jednostek: {len(here)})" if len(here) > 1 else ""
        for unit in here:
            yield unit, Evidence("address_seen", f"Adres „{shown}” to adres tej jednostki{others}.", field)
        if here:
            continue
        for place in places:
            building = units.by_building.get((place.street, place.number), NOBODY)
            for unit in building:
                yield unit, Evidence("building", f"Ulica i numer „{shown}” zgadzają się z adresem.", field)
            near = units.by_street.get(place.street, NOBODY) - building
            if len(near) <= _FEW and not building:
                for unit in near:
                    yield unit, Evidence("street", f"Adres „{shown}” jest przy tej samej ulicy.", field)
            near = units.by_postal.get(place.postal or "", NOBODY)
            if len(near) <= _FEW and not building:
                for unit in near:
                    yield unit, Evidence("postal", f"Kod pocztowy {place.postal} jest kodem tej jednostki.", field)


def _by_email(sighting: Sighting, units: Directory) -> Iterator[tuple[int, Evidence]]:
    field = f"{sighting.field}/DaneKontaktowe/Email"
    for email in sighting.emails:
        exact = units.by_email.get(email.lower(), NOBODY)
        for unit in exact:
            yield unit, Evidence("email", f"Adres {email} jest adresem tej jednostki.", field)
        domain = email_domain(email)
        alike = units.by_email_domain.get(domain or "", NOBODY) - exact
        if len(alike) == 1 and not exact:
            for unit in alike:
                yield unit, Evidence("email_domain", f"Domena {domain} jest domeną tej jednostki.", field)


def _by_mark(invoice: Invoice, units: Directory, *, sale: bool) -> Iterator[tuple[int, Evidence]]:
    if sale:
        words = frozenset(fold(invoice.number).replace("-", "/").replace(" ", "/").split("/"))
        for position, unit in enumerate(units.units):
            if fold(unit.profile.code) in words:
                sentence = f"Numer faktury {invoice.number} zawiera skrót tej jednostki."
                yield position, Evidence("number_prefix", sentence, "Fa/P_2")
        for position in units.offices:
            sentence = "Sprzedawcą jest miasto, a faktura nie wskazuje jednostki."
            yield position, Evidence("seller_is_city", sentence, "Podmiot1")
    elif invoice.buyer.serves_unit is False:
        for position in units.offices:
            sentence = "JST = 2: wystawca podał, że faktura nie dotyczy jednostki podrzędnej."
            yield position, Evidence("not_for_unit", sentence, "Podmiot2/JST")
