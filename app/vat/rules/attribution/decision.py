"""The decision: what the invoice itself says, then what the city remembers; precision before recall.

`look` reads one invoice and needs no memory, so that many processes may do it; `decide` is quick and needs one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from app.vat.rules.attribution.clues import CORRECTED, Clue, clues
from app.vat.rules.attribution.directory import NOBODY, Directory, Units
from app.vat.rules.attribution.model import Memory, Weighed, threshold, weigh
from app.vat.rules.attribution.names import stem
from app.vat.rules.attribution.ranking import Candidate, Evidence, Sighting, Signs, gather, mentions, sightings
from app.vat.rules.facts import Invoice, Party
from app.vat.rules.register import side

BUYER_UNIT, SELLER_UNIT, RECIPIENT = 8, 7, 2
"""Podmiot3/Rola: JST – odbiorca, JST – wystawca, odbiorca."""

DECIDED_BY_RULE = "reguła"
"""Who decided, when nobody did."""

_LONGEST_REASON = 400


@dataclass(frozen=True, slots=True)
class Attribution:
    """`assigned` to `unit` (its code), or `queued`; `candidates` best first; `reason` in Polish, ≤ 400 signs.

    What stands before the colon of a reason names its kind: the queue is grouped by it. `by_number`: a number of the
    unit, in the place that FA(3) has for it, undisputed.
    """

    outcome: Literal["assigned", "queued"]
    unit: str | None
    candidates: tuple[Candidate, ...]
    reason: str
    warnings: tuple[str, ...] = ()
    by_number: bool = False


@dataclass(frozen=True, slots=True)
class Looked:
    """What one invoice says, before anything is remembered. `signs`: unit's code → evidence, not yet weighed.

    `stop`: a contradiction that no history settles. `proof`: the unit that the invoice itself means and the sentence
    that says why; `why`: the sentence for the queue when nothing is proved enough.
    """

    issued_on: date
    signs: Mapping[str, tuple[Evidence, ...]]
    clues: tuple[Clue, ...]
    why: str
    stop: bool = False
    proof: tuple[str, str] | None = None
    by_number: bool = False
    warnings: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """Numbers of a unit that the directory has not: a person says once whose they are."""


@dataclass(frozen=True, slots=True)
class _Case:
    invoice: Invoice
    units: Directory
    sale: bool
    seen: tuple[Sighting, ...]
    signs: Signs

    def sign(self, unit: int, evidence: Evidence) -> None:
        if evidence not in self.signs[unit]:
            self.signs[unit].append(evidence)

    def profile_name(self, unit: int) -> str:
        return self.units.units[unit].profile.name

    def queue(self, reason: str, *warnings: str, stop: bool = False) -> Looked:
        return Looked(self.invoice.issued_on, {}, (), reason[:_LONGEST_REASON], stop, warnings=warnings)

    def assign(self, unit: int, reason: str, *warnings: str, by_number: bool = False) -> Looked:
        proof = (self.units.units[unit].profile.code, reason[:_LONGEST_REASON])
        return Looked(self.invoice.issued_on, {}, (), "", proof=proof, by_number=by_number, warnings=warnings)


def attribute(invoice: Invoice, units: Directory, city_nip: str, memory: Memory | None = None) -> Attribution:
    """The unit an invoice concerns, or the queue with ranked candidates. `city_nip` never identifies a unit.

    Without a memory: as in a city that has confirmed nothing yet.

    Law: wzór FA(3), Podmiot2/JST, Podmiot3/Rola
    """
    return decide(look(invoice, units, city_nip), memory or Memory.cold(units))


def look(invoice: Invoice, units: Directory, city_nip: str) -> Looked:
    """What the invoice itself says.

    1. Podmiot3 with role 8 (sales: 7) known by IDWew or the unit's own NIP; more than one unit, an unknown number or a
       name that says otherwise → a person. 2. Role 2 likewise, with a warning. 3. A name or an address that only one
       unit has. The office is never proved by the city's own name and address. Signs and clues are gathered always.

    Law: wzór FA(3), Podmiot2/JST, Podmiot3/Rola
    """
    where = side(invoice, city_nip)
    sale = where == "sale"
    case = _Case(invoice, units, sale, sightings(invoice, units, city_nip, sale=sale), defaultdict(list))
    if where == "foreign":
        return case.queue(f"NIP {city_nip} nie jest na fakturze ani sprzedawcą, ani nabywcą.", stop=True)
    if where == "internal":
        return case.queue("Sprzedawcą i nabywcą jest ten sam podatnik: faktura poza VAT.", stop=True)
    role = SELLER_UNIT if sale else BUYER_UNIT
    marked = [(f"Podmiot3[{at}]", other) for at, other in enumerate(invoice.others, start=1) if other.role == role]
    found = _by_number(case, marked, role, city_nip)
    if found is None and not sale:
        fallback = [
            (f"Podmiot3[{at}]", other) for at, other in enumerate(invoice.others, start=1) if other.role == RECIPIENT
        ]
        found = _by_number(case, fallback, RECIPIENT, city_nip)
    found = found or _by_look(case, marked=bool(marked))
    gather(invoice, units, case.seen, case.signs, sale=sale)
    signs = {units.units[unit].profile.code: tuple(each) for unit, each in case.signs.items() if each}
    return replace(found, signs=signs, clues=clues(invoice, units, sale=sale, city_nip=city_nip))


def decide(looked: Looked, memory: Memory, at_least: int | None = None) -> Attribution:
    """Assigned only above the city's threshold (`at_least`: known already), to a unit that was active on the day."""
    weighed = weigh(looked.signs, looked.clues, memory)
    if looked.stop:
        unmeasured = tuple(replace(one, score=None) for one in weighed.candidates)
        return Attribution("queued", None, unmeasured, looked.why, looked.warnings)
    if not all(memory.clues.get(("number", number)) for number in looked.unknown):
        return Attribution("queued", None, weighed.candidates, looked.why, looked.warnings)
    if not looked.by_number and (shared := [one for one in looked.clues if (one.kind, one.key) in memory.shared]):
        units = [
            memory.units[code].name for code in memory.clues[shared[0].kind, shared[0].key] if code in memory.units
        ]
        reason = (
            f"Koryguje fakturę, którą ma kilka jednostek: {shared[0].shown} ({', '.join(units)}). Podziel ją tak samo."
        )
        return Attribution("queued", None, weighed.candidates, reason[:_LONGEST_REASON], looked.warnings)
    limit = threshold(memory.signals) if at_least is None else at_least
    best = weighed.candidates[0] if weighed.candidates else None
    if best is None or (weighed.lead < limit and _followed(looked, memory) != best.unit):
        return Attribution("queued", None, weighed.candidates, _why(looked, weighed, memory), looked.warnings)
    unit = memory.units.get(best.unit)
    if unit is None or not unit.active(looked.issued_on):
        name = unit.name if unit else best.unit
        reason = f"Jednostka nie działała w dniu wystawienia faktury: {name}."
        return Attribution("queued", None, weighed.candidates, reason[:_LONGEST_REASON], looked.warnings)
    by_itself = looked.proof is not None and looked.proof[0] == best.unit
    reason = looked.proof[1] if looked.proof and by_itself else _because(best, unit.name)
    warnings = looked.warnings if by_itself else ()
    by_number = by_itself and looked.by_number
    return Attribution("assigned", best.unit, weighed.candidates, reason, warnings, by_number)


def _followed(looked: Looked, memory: Memory) -> str | None:
    """The unit that has what this invoice corrects: an unmarked correction goes where the corrected invoice went."""
    if looked.proof is not None:
        return None
    owners = {
        unit for one in looked.clues if one.kind == CORRECTED for unit in memory.clues.get((CORRECTED, one.key), ())
    }
    return owners.pop() if len(owners) == 1 else None


def _because(best: Candidate, name: str) -> str:
    signs = " ".join(one.sentence for one in best.evidence[:2] if one.weight > 0)
    return f"Znaki na fakturze i historia wskazują jednostkę {name}. {signs}"[:_LONGEST_REASON]


def _why(looked: Looked, weighed: Weighed, memory: Memory) -> str:
    if looked.proof is None:
        return looked.why
    said = memory.units[looked.proof[0]].name if looked.proof[0] in memory.units else looked.proof[0]
    others = [one.unit for one in weighed.candidates if one.unit != looked.proof[0] and one.unit in memory.units]
    if not others:
        return f"Za mało pewne, by przypisać bez człowieka: {said}."
    reason = (
        f"Inne znaki wskazują inną jednostkę: z faktury wynika {said}, a może to być {memory.units[others[0]].name}."
    )
    return reason[:_LONGEST_REASON]


def _mark_warnings(case: _Case, role: int) -> list[str]:
    warnings = []
    if role == RECIPIENT:
        warnings.append("Jednostkę wskazuje tylko rola 2 (odbiorca), a nie rola 8 (JST – odbiorca).")
    if not case.sale and case.invoice.buyer.serves_unit is False:
        warnings.append("JST = 2 (faktura nie dotyczy jednostki), a mimo to wskazano jednostkę.")
    return warnings


def _by_number(case: _Case, parties: list[tuple[str, Party]], role: int, city_nip: str) -> Looked | None:
    """None when these parties carry no number that could identify a unit."""
    found: Units = NOBODY
    unknown: list[tuple[str, str]] = []
    clash = False  # a number of two units, or two numbers of different units
    for field, party in parties:
        hits, missing = _identify(case, field, party, role, city_nip)
        unknown += missing
        clash = clash or any(not one & other for one in hits for other in hits) or any(len(hit) > 1 for hit in hits)
        found = found.union(*hits)
    if not found and not unknown:
        return None
    warnings = _mark_warnings(case, role)
    if unknown:
        shown = ", ".join(f"{label} {number}" for label, number in unknown)
        queued = case.queue(f"Nieznany identyfikator jednostki: {shown}. Sprawdź wykaz jednostek.", *warnings)
        return replace(queued, unknown=tuple(number for _, number in unknown))
    if len(found) > 1 or clash:
        names = ", ".join(case.profile_name(unit) for unit in sorted(found))
        return case.queue(f"Faktura wskazuje więcej niż jedną jednostkę: {names} (rola {role}).", *warnings, stop=True)
    (unit,) = found
    for sighting in case.seen:
        if sighting.role == role and (other := _other_by_name(case, sighting, unit)) is not None:
            names = f"{case.profile_name(unit)} i {case.profile_name(other)}"
            return case.queue(f"Numer i nazwa wskazują różne jednostki: {names}.", *warnings, stop=True)
    reason = f"Podmiot3 z rolą {role} wskazuje jednostkę {case.profile_name(unit)}."
    return case.assign(unit, reason, *warnings, by_number=role != RECIPIENT)


def _identify(
    case: _Case, field: str, party: Party, role: int, city_nip: str
) -> tuple[list[Units], list[tuple[str, str]]]:
    """Units by each number the party carries, and the numbers nobody has."""
    hits: list[Units] = []
    unknown: list[tuple[str, str]] = []
    numbers = [("internal_id", "IDWew", party.internal_id, case.units.by_internal_id)]
    if party.nip != city_nip:
        numbers.append(("unit_nip", "NIP", party.nip, case.units.by_nip))
    for signal, label, number, index in numbers:
        if number is None:
            continue
        hit = index.get(number, NOBODY)
        if not hit:
            unknown.append((label, number))
            continue
        hits.append(hit)
        for unit in hit:
            sentence = f"{label} {number} (Podmiot3 z rolą {role}) należy do tej jednostki."
            kind = f"{signal}_2" if role == RECIPIENT else signal
            case.sign(unit, Evidence(kind, sentence, f"{field}/DaneIdentyfikacyjne/{label}"))
    return hits, unknown


def _other_by_name(case: _Case, sighting: Sighting, unit: int) -> int | None:
    """Another unit that the name certainly means."""
    if not sighting.name:
        return None
    named, sure = case.units.named(sighting.name)
    return min(named) if sure and unit not in named else None


@dataclass(frozen=True, slots=True)
class _Look:
    """What one sighting proves: a unit, nothing, or a contradiction (`clash`, a Polish sentence)."""

    unit: int | None = None
    clash: str | None = None
    how: str = ""


def _by_look(case: _Case, *, marked: bool) -> Looked:
    looks = [_look(case, sighting) for sighting in case.seen]
    proved = {look.unit: look.how for look in looks if look.unit is not None}
    clashes = [look.clash for look in looks if look.clash]
    if clashes:
        return case.queue(clashes[0])
    if len(proved) > 1:
        names = ", ".join(case.profile_name(unit) for unit in sorted(proved))
        return case.queue(f"Faktura wskazuje więcej niż jedną jednostkę: {names}.")
    if not proved:
        return case.queue(_why_queued(case, marked))
    ((unit, how),) = proved.items()
    if (other := _spoken_of(case, unit)) is not None:
        name = case.profile_name(other)
        shown = f"{how} – {case.profile_name(unit)}, w tekstach – {name}"
        return case.queue(f"Treść faktury mówi o innej jednostce: {shown}.")
    warnings = [f"Jednostkę rozpoznano po tym, co na fakturze: {how}."]
    if not case.sale and case.invoice.buyer.serves_unit is False:
        warnings.append("JST = 2 (faktura nie dotyczy jednostki), a mimo to faktura wskazuje jednostkę.")
    verb = "wskazują" if how.endswith("nazwa i adres") else "wskazuje"
    return case.assign(unit, f"{how} {verb} tylko jednostkę {case.profile_name(unit)}.", *warnings)


def _spoken_of(case: _Case, unit: int) -> int | None:
    """Another unit that the free texts name, when they do not name this one.

    Against an address any mention counts; against a name only a full one outside the lines (a textbook "for primary
    school 4" names no recipient).
    """
    spoken = mentions(case.invoice, case.units)
    if unit in spoken:
        return None
    by_name = any(evidence.signal == "name" for evidence in case.signs[unit])
    others = [
        other for other, evidence in spoken.items() if not by_name or evidence.signal in ("mention", "number_in_text")
    ]
    return min(others, default=None)


def _why_queued(case: _Case, marked: bool) -> str:
    if case.sale:
        return "Faktura sprzedaży nie wskazuje jednostki (brak Podmiot3 z rolą 7)."
    if marked:
        return "Podmiot3 z rolą 8 nie ma numeru, nazwy ani adresu, po których dałoby się rozpoznać jednostkę."
    if case.invoice.buyer.serves_unit is True:
        return (
            "JST = 1, ale nie ma Podmiot3 z rolą 8, a nazwa i adres nie rozstrzygają, której jednostki dotyczy faktura."
        )
    if case.invoice.buyer.serves_unit is False:
        return "JST = 2 i nic nie wskazuje jednostki: prawdopodobnie urząd, do potwierdzenia."
    return "Faktura nie wskazuje jednostki."


def _look(case: _Case, sighting: Sighting) -> _Look:
    units = case.units
    named, sure = units.named(sighting.name) if sighting.name else (NOBODY, False)
    if sighting.main:
        named -= units.offices
    # the office's building proves nothing and contradicts nothing: every invoice may carry it
    buildings = [
        here for lines in sighting.addresses if (here := units.located(*lines)[0]) and not here & units.offices
    ]
    here = NOBODY.union(*buildings)
    where = sighting.label[0].upper() + sighting.label[1:]
    both = named & here
    if len(both) == 1:
        return _proved(case, sighting, min(both), f"{where}: nazwa i adres", ("name", "address"))
    if len(named) == 1 and sure:
        unit = min(named)
        if here:
            case.sign(
                unit, Evidence("name", f"{where}: nazwa tej jednostki i żadnej innej.", f"{sighting.field}/Nazwa")
            )
            if len(here) == 1:
                case.sign(min(here), Evidence("address", f"{where}: adres tej jednostki.", f"{sighting.field}/Adres"))
            return _Look(
                clash=f"Nazwa i adres wskazują różne jednostki: {case.profile_name(unit)} "
                f"i {case.profile_name(min(here))} ({sighting.label})."
            )
        if _elsewhere(case, sighting, unit):
            return _Look(clash=f"Nazwa jednostki, ale adres w innej miejscowości: {case.profile_name(unit)}.")
        return _proved(case, sighting, unit, f"{where}: nazwa", ("name",))
    if named:
        return _Look()
    if len(buildings) > 1 and not frozenset.intersection(*buildings):
        return _Look(clash=f"Dwa adresy wskazują różne jednostki: {sighting.label}.")
    if len(here) == 1 and _may_be(case, sighting, min(here)):
        return _proved(case, sighting, min(here), f"{where}: adres", ("address",))
    return _Look()


def _elsewhere(case: _Case, sighting: Sighting, unit: int) -> bool:
    """Every address beside the name is in a town where neither the unit nor the office is."""
    known = [unit, *case.units.offices]
    own = [place for at in known for place in case.units.units[at].places if place.city]
    seen = [place for lines in sighting.addresses for place in case.units.located(*lines)[1] if place.city]
    if not own or not seen:
        return False
    return not any(one.near(other) for one in seen for other in own)


def _proved(case: _Case, sighting: Sighting, unit: int, how: str, signals: tuple[str, ...]) -> _Look:
    for signal in signals:
        place = "Nazwa" if signal == "name" else "Adres"
        case.sign(unit, Evidence(signal, f"{how} tej jednostki i żadnej innej.", f"{sighting.field}/{place}"))
    return _Look(unit=unit, how=how)


def _may_be(case: _Case, sighting: Sighting, unit: int) -> bool:
    """An address proves a unit unless the name beside it speaks of something else; a delivery must be for a unit.

    The city's own name with a unit's address is a sign only when we know the office's address to be another one.
    """
    if sighting.name is None:
        return sighting.role is not None or case.invoice.buyer.serves_unit is True
    if case.units.is_own_name(sighting.name):
        return not sighting.main or any(case.units.units[at].places for at in case.units.offices)
    name, own = case.units.name(sighting.name), case.units.units[unit]
    words = frozenset(stem(word) for word in name.core if not word.isdigit())
    return name.numbers == own.numbers and bool(words & own.stems)
