"""Checks of the numbers that KSeF gives and knows: an invoice's number and a unit's internal identifier."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from app.kernel.ids import (
    internal_id_check_digit,
    internal_id_problem,
    ksef_canonical,
    ksef_checksum,
    ksef_number_problem,
)
from app.kernel.reckoning import Outcome, Step

KSEF_LAW = "numer KSeF: dokumentacja KSeF 2.0 (MF) i JPK_V7M(3), typ TNumerKSeF"
INTERNAL_LAW = "identyfikator wewnętrzny: FA(3), typ TNIPIdWew"
CLIENT = "program kliencki MF (zasada nieopisana w dokumentacji KSeF)"


class KsefNumber(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`number` exactly as received; spaces around it or small letters make it invalid."""

    number: str


class InternalId(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`id`: an IDWew, "NIP-00000"."""

    id: str


@dataclass(frozen=True, slots=True)
class KsefNumberResult:
    """`reason` when not valid; `canonical`: the 35-character form when valid."""

    valid: bool
    reason: str | None = None
    canonical: str | None = None


@dataclass(frozen=True, slots=True)
class InternalIdResult:
    """`reason` when not valid; `warning` and `expected_check_digit` when MF's client computes another last digit."""

    valid: bool
    reason: str | None = None
    warning: str | None = None
    expected_check_digit: str | None = None


def check_ksef_number(question: KsefNumber) -> Outcome[KsefNumberResult]:
    """Form, day of the calendar, check digit of the NIP and CRC-8 of a KSeF number of 35 (or 36) characters.

    Law: numer KSeF, dokumentacja KSeF 2.0 (MF); JPK_V7M(3), typ TNumerKSeF
    """
    problem = ksef_number_problem(question.number)
    if problem is not None:
        step = Step("Sprawdzenie postaci, daty, numeru NIP i sumy kontrolnej", problem, "nie", KSEF_LAW)
        return Outcome(KsefNumberResult(valid=False, reason=problem), (step,), (KSEF_LAW,))
    canonical = ksef_canonical(question.number)
    owner, day, _, check = canonical.split("-")
    steps = (
        Step("Postać numeru i data przyjęcia", f"{owner}, {day}", "tak", KSEF_LAW),
        Step(
            "Suma kontrolna CRC-8 z pierwszych 32 znaków",
            f"CRC-8({canonical[: -len(check) - 1]})",
            ksef_checksum(canonical),
            KSEF_LAW,
        ),
    )
    return Outcome(KsefNumberResult(valid=True, canonical=canonical), steps, (KSEF_LAW,))


def check_internal_id(question: InternalId) -> Outcome[InternalIdResult]:
    """Form and NIP check digit of an IDWew decide; the last digit, as MF's client computes it, only warns.

    MF's own documentation gives an example whose last digit disagrees, so refusing it would refuse a valid identifier.

    Law: FA(3), typ TNIPIdWew
    """
    problem = internal_id_problem(question.id)
    if problem is not None:
        step = Step("Sprawdzenie postaci i cyfry kontrolnej numeru NIP", problem, "nie", INTERNAL_LAW)
        return Outcome(InternalIdResult(valid=False, reason=problem), (step,), (INTERNAL_LAW,))
    expected, given = internal_id_check_digit(question.id), question.id[-1]
    steps = (
        Step("Postać identyfikatora i cyfra kontrolna numeru NIP", question.id, "tak", INTERNAL_LAW),
        Step("Cyfra kontrolna identyfikatora według programu MF", f"wagi 1 i 3, jest {given}", expected, CLIENT),
    )
    if expected == given:
        return Outcome(InternalIdResult(valid=True), steps, (INTERNAL_LAW,))
    warning = (
        f"Ostatnia cyfra to {given}, a według programu MF powinna być {expected}. "
        "KSeF może odrzucić nadanie uprawnień dla tego identyfikatora; sprawdź go."
    )
    result = InternalIdResult(valid=True, warning=warning, expected_check_digit=expected)
    return Outcome(result, steps, (INTERNAL_LAW,))
