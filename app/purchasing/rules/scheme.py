"""The scheme of a unit's circulation: the usual one, and what a unit may not leave out of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from app.kernel.errors import Refusal
from app.kernel.money import ZERO
from app.purchasing.rules.facts import Scheme, Step, StepKind

FIRST_DAY = date(2000, 1, 1)
NECESSARY: tuple[StepKind, ...] = ("describe", "substance", "formal", "control", "head")
"""In this order; a VAT step may stand anywhere after the description."""
USUAL = Scheme(
    FIRST_DAY,
    (
        Step("describe", "describe", "Opis"),
        Step("substance", "substance", "Sprawdzenie merytoryczne", apart_from=("describe",)),
        Step("formal", "formal", "Sprawdzenie formalno-rachunkowe", apart_from=("describe", "substance")),
        Step("vat", "vat", "Przeznaczenie VAT"),
        Step(
            "control", "control", "Wstępna kontrola głównego księgowego", apart_from=("describe", "substance", "formal")
        ),
        Step("head", "head", "Zatwierdzenie do wypłaty", apart_from=("describe", "formal", "control")),
    ),
    "Schemat domyślny",
)
"""In force where a unit has not decided another."""
_CODE = re.compile(r"[a-z][a-z0-9_]{0,19}")
MOST_STEPS = 12


def check_scheme(scheme: Scheme) -> None:
    """Raises `Refusal` at `steps` for a scheme in which somebody would be left out or stand in two places.

    Law: art. 44 ust. 2, art. 54 ust. 1 i 3 ustawy o finansach publicznych; art. 10c ustawy o samorządzie gminnym
    """
    for message in _faults(scheme):
        raise Refusal(message, "steps", "art. 54 ustawy o finansach publicznych")


def _faults(scheme: Scheme) -> Iterator[str]:
    codes = [one.code for one in scheme.steps]
    if not 0 < len(codes) <= MOST_STEPS or len(set(codes)) != len(codes):
        yield f"Schemat ma od 1 do {MOST_STEPS} kroków, każdy pod innym kodem."
    kinds = [one.kind for one in scheme.steps]
    for kind in NECESSARY:
        if not any(one.kind == kind and one.from_gross is None for one in scheme.steps):
            yield f"Bez kroku „{_title(kind)}” obowiązującego dla każdej kwoty nie wolno płacić."
    order = [kinds.index(kind) for kind in NECESSARY if kind in kinds]
    if order != sorted(order) or (kinds and (kinds[0] != "describe" or kinds[-1] != "head")):
        yield (
            "Kolejność musi być: opis, sprawdzenie merytoryczne, formalno-rachunkowe, wstępna kontrola, "
            "a na końcu zatwierdzenie przez kierownika."
        )
    for place, one in enumerate(scheme.steps):
        yield from _step_faults(one, codes[:place])


def _step_faults(one: Step, before: list[str]) -> Iterator[str]:
    if _CODE.fullmatch(one.code) is None or not one.title.strip():
        yield "Każdy krok ma kod z małych liter i nazwę."
    if any(amount is not None and amount <= ZERO for amount in (one.limit, one.from_gross)):
        yield f"Kwoty kroku „{one.title}” muszą być większe od zera."
    if unknown := [code for code in one.apart_from if code not in before]:
        yield f"Krok „{one.title}” rozdzielono od kroku „{unknown[0]}”, którego przed nim nie ma."
    if one.kind != "describe" and one.kind != "vat" and "describe" in before and "describe" not in one.apart_from:
        yield f"Kto opisał dokument, nie może wykonać kroku „{one.title}”."


def _title(kind: StepKind) -> str:
    return next(one.title for one in USUAL.steps if one.kind == kind)


def needed(scheme: Scheme, gross: Decimal) -> tuple[Step, ...]:
    """The steps that an amount has to pass; the sign of a correction does not matter."""
    return tuple(one for one in scheme.steps if one.from_gross is None or abs(gross) > one.from_gross)
