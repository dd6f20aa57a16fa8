"""Numbers that identify people, entities, accounts, municipalities, invoices: read, checked, brought to one form.

`pesel`, `nip`, `regon`, `nrb`, `teryt`, `ksef_number`, `internal_id` return the canonical form or raise `Refusal` with
the reason; `…_problem` return the reason or None.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from stdnum import iban as _iban
from stdnum.exceptions import InvalidChecksum, ValidationError
from stdnum.pl import nip as _nip
from stdnum.pl import pesel as _pesel
from stdnum.pl import regon as _regon

from app.kernel.errors import Refusal

_NIP = "[1-9](?:[0-9][1-9]|[1-9][0-9])[0-9]{7}"
_NIP_SHAPE = re.compile(_NIP)
_INTERNAL_ID = re.compile(f"({_NIP})-([0-9]{{5}})")
_KSEF = re.compile(
    f"({_NIP}|M[0-9]{{9}}|[A-Z]{{3}}[0-9]{{7}})-([0-9]{{8}})-([0-9A-F]{{6}})(-?)([0-9A-F]{{6}})-([0-9A-F]{{2}})"
)
_TERYT = re.compile("([0-9]{2})([0-9]{2})([0-9]{2})([0-9])")
_SEPARATORS = re.compile("[ \u00a0\u202f-]")


def _compact(text: str) -> str:
    return _SEPARATORS.sub("", text.strip()).upper()


def _shown(text: str) -> str:
    return text.strip()[:40]


def pesel(text: str, field: str | None = None) -> str:
    """11 digits with a valid birth date and check digit. Raises `Refusal`.

    Law: art. 15 ustawy o ewidencji ludności
    """
    number = _compact(text)
    try:
        _pesel.validate(number)
    except ValidationError:
        raise Refusal(
            f"„{_shown(text)}” nie jest poprawnym numerem PESEL (11 cyfr z cyfrą kontrolną).", field
        ) from None
    return number


@lru_cache(maxsize=4096)
def nip_problem(number: str) -> str | None:
    """Why ten digits, without separators, are no NIP; None when they are."""
    if _NIP_SHAPE.fullmatch(number) is None:
        return "NIP ma 10 cyfr i nie zaczyna się od zera."
    if not _nip.is_valid(number):
        return "Cyfra kontrolna numeru NIP się nie zgadza."
    return None


def nip(text: str, field: str | None = None) -> str:
    """10 digits, check digit tested; "PL" in front and separators are dropped. Raises `Refusal`.

    Law: ustawa o zasadach ewidencji i identyfikacji podatników i płatników
    """
    number = _compact(text).removeprefix("PL")
    if problem := nip_problem(number):
        raise Refusal(f"„{_shown(text)}” nie jest poprawnym numerem NIP. {problem}", field)
    return number


def regon(text: str, field: str | None = None) -> str:
    """9 or 14 digits, check digits tested. Raises `Refusal`."""
    number = _compact(text)
    if not number.strip("0") or not _regon.is_valid(number):
        raise Refusal(f"„{_shown(text)}” nie jest poprawnym numerem REGON (9 albo 14 cyfr).", field)
    return number


def nrb(text: str, field: str | None = None) -> str:
    """A Polish account number: 26 digits (an IBAN's "PL" is dropped), checked modulo 97. Raises `Refusal`."""
    number = _compact(text).removeprefix("PL")
    if re.fullmatch("[0-9]{26}", number) is None:
        raise Refusal(f"„{_shown(text)}” nie jest numerem rachunku: powinien mieć 26 cyfr.", field)
    try:
        _iban.validate(f"PL{number}")
    except InvalidChecksum:
        raise Refusal("Suma kontrolna numeru rachunku się nie zgadza. Sprawdź cyfry.", field) from None
    except ValidationError:
        raise Refusal(f"„{_shown(text)}” nie jest poprawnym numerem rachunku.", field) from None
    return number


def teryt(text: str, field: str | None = None) -> str:
    """A municipality's TERYT (TERC) code: voivodeship, county, municipality, kind 1 urban, 2 rural, 3 mixed.

    Raises `Refusal`. Only the shape is tested; whether such a municipality exists is for the register to say.
    """
    number = text.strip()
    match = _TERYT.fullmatch(number)
    if match is None or int(match[1]) not in range(2, 33, 2) or "00" in (match[2], match[3]) or match[4] not in "123":
        raise Refusal(
            f"„{_shown(text)}” nie jest kodem TERYT gminy: 7 cyfr, ostatnia to 1 (miejska), 2 (wiejska) "
            "albo 3 (miejsko-wiejska).",
            field,
        )
    return number


def _crc8_of(byte: int) -> int:
    for _ in range(8):
        byte = ((byte << 1) ^ 0x07) & 0xFF if byte & 0x80 else byte << 1
    return byte


_CRC8 = bytes(_crc8_of(byte) for byte in range(256))


def crc8(data: bytes) -> int:
    """CRC-8 with polynomial 0x07 and initial value 0, as in the KSeF number."""
    crc = 0
    for byte in data:
        crc = _CRC8[crc ^ byte]
    return crc


def ksef_checksum(number: str) -> str:
    """The two characters that a 35-character KSeF number should end with, from its first 32."""
    return f"{crc8(number[:32].encode('ascii')):02X}"


def ksef_canonical(number: str) -> str:
    """The 35-character form: the optional hyphen inside the technical part (36 characters) is taken out."""
    match = _KSEF.fullmatch(number)
    return number if match is None else f"{match[1]}-{match[2]}-{match[3]}{match[5]}-{match[6]}"


def ksef_number_problem(number: str) -> str | None:
    """Why this is no KSeF number: form, day, NIP or checksum; None when it is one. Case and spaces matter.

    Law: numer KSeF, dokumentacja KSeF 2.0 (MF); JPK_V7M(3), typ TNumerKSeF
    """
    match = _KSEF.fullmatch(number)
    if match is None:
        if len(number) not in (35, 36):
            return f"Numer KSeF ma 35 znaków (albo 36 z dodatkowym łącznikiem), a podany ma {len(number)}."
        return "Numer KSeF ma postać NIP-RRRRMMDD-XXXXXXXXXXXX-XX, gdzie X to cyfry i wielkie litery A–F."
    owner, day, check = match[1], match[2], match[6]
    try:
        accepted_on = date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError:
        return f"Data {day} w numerze KSeF nie istnieje."
    if accepted_on.year < 2020:
        return f"Data {day} w numerze KSeF jest wcześniejsza niż 2020 rok."
    if owner.isdigit() and nip_problem(owner):
        return f"Cyfra kontrolna numeru NIP {owner} w numerze KSeF się nie zgadza."
    expected = ksef_checksum(ksef_canonical(number))
    if expected != check:
        return f"Suma kontrolna numeru KSeF się nie zgadza: jest {check}, powinno być {expected}."
    return None


def ksef_number(text: str, field: str | None = None) -> str:
    """The 35-character KSeF number. Raises `Refusal`."""
    number = text.strip()
    if problem := ksef_number_problem(number):
        raise Refusal(problem, field)
    return ksef_canonical(number)


def internal_id_check_digit(identifier: str) -> str:
    """The last digit that the MF client expects: weights 1, 3, 1, 3 … over the NIP and the next four digits, modulo 10.

    Not documented as a rule of KSeF; the documentation's own example breaks it, so it may warn but not refuse.
    """
    digits = identifier.replace("-", "")[:14]
    return str(sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10)


def internal_id_problem(identifier: str) -> str | None:
    """Why this is no IDWew (form, then the NIP's check digit); None when it is one.

    Law: FA(3), typ TNIPIdWew
    """
    match = _INTERNAL_ID.fullmatch(identifier)
    if match is None:
        return "Identyfikator wewnętrzny ma postać NIP-00000: 10 cyfr numeru NIP, łącznik i 5 cyfr."
    if nip_problem(match[1]):
        return f"Cyfra kontrolna numeru NIP {match[1]} w identyfikatorze wewnętrznym się nie zgadza."
    return None


def internal_id(text: str, field: str | None = None) -> str:
    """An IDWew. Raises `Refusal`."""
    identifier = text.strip()
    if problem := internal_id_problem(identifier):
        raise Refusal(problem, field)
    return identifier
