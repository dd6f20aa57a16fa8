"""By what a supplier's customer can be known again: numbers, places and words of an invoice, as keys of the memory.

A clue says nothing by itself. Once people have confirmed whose the invoices with it were, it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.vat.rules.attribution.directory import Directory
from app.vat.rules.attribution.names import fold, parse_places
from app.vat.rules.facts import Address, Invoice, Party
from app.vat.rules.register import nip_of

MOST = 40
"""Clues of one invoice; a document with thousands of lines teaches no more."""
LONGEST_KEY = 160
_LONGEST_TEXT, _SHORTEST_TOKEN, _SHORTEST_PHRASE, _DIGITS = 300, 6, 8, 4
_TOKEN = re.compile(r"[0-9A-Za-z]+(?:[-/_.][0-9A-Za-z]+)*")
_PPE = re.compile(r"(?<![0-9])59[0-9]{16}(?![0-9])")
_PHONE = re.compile(
    r"(?<![0-9-])(?:\+48[ -]?|0)?"
    r"([0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{3}|[0-9]{2}[ -][0-9]{3}[ -][0-9]{2}[ -][0-9]{2})(?![0-9-])"
)
_CALLED = re.compile(r"\b(?:tel|telefon|telefonu|msisdn|abonent)\b")
_DAY = re.compile(
    r"[0-9]{1,2}[./-][0-9]{1,2}[./-](?:20)?[0-9]{2}|20[0-9]{2}[./-][0-9]{1,2}(?:[./-][0-9]{1,2})?"
    r"|[0-9]{1,2}[./-]20[0-9]{2}"
)
_POINT_WORDS = ("ppe", "licznik", "wodomierz", "gazomierz", "cieplomierz", "ppg", "pkt poboru", "punkt poboru", "wezel")
_CLAUSE = re.compile(r"[^.;:|]{3,40}: ?[^.;:|]{3,}")
_LABELS = {
    "number": "Identyfikator",
    "customer": "Numer klienta", "point": "Punkt poboru lub licznik", "contract": "Umowa lub zamówienie",
    "token": "Oznaczenie", "phone": "Telefon", "mail": "E-mail", "called": "Nazwa u tego dostawcy", "named": "Nazwa",
    "place": "Adres u tego dostawcy", "spot": "Adres", "phrase": "Opis", "account": "Rachunek", "seller": "Dostawca",
    "corrected": "Faktura korygowana",
}  # fmt: skip

CORRECTED = "corrected"
"""The one kind that no lesson teaches: the inbox itself knows whose the corrected invoice is."""
IDENTIFYING = ("number", "customer", "point", "contract", "token", "phone", "mail", "called", "place", "phrase")
"""Kinds that name one customer of one supplier: against a refusal they count."""


@dataclass(frozen=True, slots=True)
class Clue:
    """`kind` and `key` are what the memory is asked for; `shown` and `field` are for people."""

    kind: str
    key: str
    shown: str
    field: str

    @property
    def label(self) -> str:
        """The kind in Polish."""
        return _LABELS[self.kind]


def clues(invoice: Invoice, units: Directory, *, sale: bool, city_nip: str) -> tuple[Clue, ...]:
    """Every clue once, the strongest kinds first, at most `MOST`. On a sale the seller is the city itself."""
    who = "sale" if sale else _who(invoice.seller)
    found: dict[tuple[str, str], Clue] = {}
    for clue in _all(invoice, units, who, city_nip, sale=sale):
        if len(found) == MOST:
            break
        found.setdefault((clue.kind, clue.key), clue)
    return tuple(found.values())


def _who(party: Party) -> str:
    return nip_of(party) or party.vat_eu or party.foreign_id or fold(party.name or "?")[:40]


def _all(invoice: Invoice, units: Directory, who: str, city_nip: str, *, sale: bool) -> Iterator[Clue]:
    recipients = [
        (party, field)
        for party, field in (
            (invoice.buyer, "Podmiot2"),
            *((other, f"Podmiot3[{at}]") for at, other in enumerate(invoice.others, 1)),
        )
        if field == "Podmiot2" or party.role in (8, 2, None)
    ]
    for _, number, _ in invoice.corrected:
        yield _clue(CORRECTED, who, number, number, "Fa/DaneFaKorygowanej/NrFaKorygowanej")
    if not sale:
        yield from _of_parties(recipients, who, city_nip)
    for number in invoice.contracts:
        yield _clue("contract", who, _plain(number), number, "Fa/WarunkiTransakcji/Umowy/NrUmowy")
    for number in invoice.orders:
        yield _clue("contract", who, _plain(number), number, "Fa/WarunkiTransakcji/Zamowienia/NrZamowienia")
    yield from _of_texts(invoice, who)
    if not sale:
        yield from _of_places(invoice, recipients, units, who)
        yield from _of_names(recipients, units, who)
    for account in invoice.bank_accounts:
        yield _clue("account", "", _plain(account), account, "Fa/Platnosc/RachunekBankowy/NrRB")
    if not sale and who != city_nip:
        yield _clue("seller", "", who, invoice.seller.name or who, "Podmiot1")


def _clue(kind: str, who: str, key: str, shown: str, field: str) -> Clue:
    return Clue(kind, (f"{who}|{key}" if who else key)[:LONGEST_KEY], shown[:80], field)


def _plain(text: str) -> str:
    return re.sub("[^0-9a-z]", "", fold(text))


def _of_parties(recipients: list[tuple[Party, str]], who: str, city_nip: str) -> Iterator[Clue]:
    for party, field in recipients:
        for number in (party.internal_id, party.nip):
            if number and number != city_nip and field != "Podmiot2":
                yield _clue("number", "", number, number, f"{field}/DaneIdentyfikacyjne")
        if party.customer_no and (number := _plain(party.customer_no)):
            yield _clue("customer", who, number, party.customer_no, f"{field}/NrKlienta")
        for phone in party.phones:
            if len(digits := re.sub("[^0-9]", "", phone)[-9:]) == 9:
                yield _clue("phone", who, digits, phone, f"{field}/DaneKontaktowe/Telefon")
        for email in party.emails:
            yield _clue("mail", who, email.lower(), email, f"{field}/DaneKontaktowe/Email")


def _of_texts(invoice: Invoice, who: str) -> Iterator[Clue]:
    """Numbers inside the texts by what stands beside them, and whole descriptions as they were written before."""
    texts = [
        *(("Fa/DodatkowyOpis", f"{key}: {value}", True) for key, value in invoice.descriptions),
        *(("Fa/FaWiersz/P_7", line.text or "", False) for line in (*invoice.lines, *invoice.order_lines)[:30]),
        *(("Stopka", text, True) for text in invoice.footer),
    ]
    for field, text, whole in texts:
        bare = _DAY.sub(" ", text[:_LONGEST_TEXT])
        folded = fold(bare)
        yield from _numbers(field, bare, folded, who)
        for said in [folded] if whole else _CLAUSE.findall(folded):
            if len(words := " ".join(re.findall("[0-9a-z]+", said))) > _SHORTEST_PHRASE:
                yield _clue("phrase", who, words, text if whole else said.strip(), field)


def _numbers(field: str, bare: str, folded: str, who: str) -> Iterator[Clue]:
    for ppe in _PPE.findall(bare):
        yield _clue("point", "", ppe, ppe, field)
    if _CALLED.search(folded):
        for phone in _PHONE.findall(bare):
            yield _clue("phone", who, re.sub("[^0-9]", "", phone)[-9:], phone, field)
    kind = "point" if any(word in folded for word in _POINT_WORDS) else "token"
    if "umow" in folded:
        kind = "contract"
    if "klient" in folded or "odbiorcy nr" in folded or "nr platnika" in folded:
        kind = "customer"
    for token in _TOKEN.findall(bare):
        digits = sum(map(str.isdigit, token))
        if len(token) >= _SHORTEST_TOKEN and digits >= _DIGITS and not _PPE.fullmatch(token):
            yield _clue(kind, who, _plain(token), token, field)


def _of_places(invoice: Invoice, recipients: list[tuple[Party, str]], units: Directory, who: str) -> Iterator[Clue]:
    lines: list[tuple[tuple[str | None, ...], str]] = [
        ((text,), "Fa/WarunkiTransakcji/Transport/WysylkaDo") for text in invoice.delivery_texts
    ]
    for party, field in recipients:
        for address in (party.address, party.correspondence):
            if isinstance(address, Address):
                lines.append(((address.line1, address.line2), f"{field}/Adres"))
    for parts, field in lines:
        here, _ = units.located(*parts)
        if here & units.offices:
            continue
        shown = ", ".join(part for part in parts if part)
        for place in parse_places(*parts)[:1]:
            key = f"{place.street} {place.number}"
            yield _clue("place", who, key, shown, field)
            yield _clue("spot", "", key, shown, field)


def _of_names(recipients: list[tuple[Party, str]], units: Directory, who: str) -> Iterator[Clue]:
    for party, field in recipients:
        if not party.name or units.is_own_name(party.name):
            continue
        name = units.name(party.name)
        key = " ".join((name.key, *sorted(name.patron)))
        yield _clue("called", who, key, party.name, f"{field}/DaneIdentyfikacyjne/Nazwa")
        yield _clue("named", "", key, party.name, f"{field}/DaneIdentyfikacyjne/Nazwa")
