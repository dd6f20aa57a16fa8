"""From the rows of the registers to the return: the one place that knows the equations of JPK_V7M(3).

`declaration` works on sums already made (SQL may make them), `check_declaration` tests a finished return; the public
rule over rows is in `registers`. Names are those of the form: "K_20" amounts carry grosze, "P_20" full złote.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from app.kernel.errors import Refusal
from app.kernel.money import LARGEST, ZERO, plain, to_full_zloty, to_grosz

Amounts = Mapping[str, Decimal]

FORM = "objaśnienia pól JPK_V7M(3) 1-0E"
RETURN = "art. 99 ust. 1 i 11c ustawy o VAT"
REGISTER = "art. 109 ust. 3 ustawy o VAT"
WHOLE = "art. 63 § 1 Ordynacji podatkowej"

BASES = ("10", "11", "13", "15", "17", "19", "21", "22", "23", "25", "27", "29", "31")
DUE = ("16", "18", "20", "24", "26", "28", "30", "32", "33", "34")
DUE_LESS = ("35", "36", "360")
INPUT = ("41", "43", "44", "45", "46", "47")
TOGETHER = (
    ("15", "16"), ("17", "18"), ("19", "20"), ("23", "24"), ("25", "26"), ("27", "28"), ("29", "30"), ("31", "32"),
    ("40", "41"), ("42", "43"), ("68", "69"),
)  # fmt: skip
PART_OF = (("12", "11"), ("14", "13"))
"""The first cannot stand without the second."""
NOT_NEGATIVE = ("33", "34", "35", "36", "360", "39", "47", "49", "50", "51", "52", "53", "54", "62")
NOT_POSITIVE = ("46", "68", "69")
REGISTER_CODES = (*map(str, range(10, 37)), "360", *map(str, range(40, 48)))
ORDER = (*map(str, range(10, 37)), "360", *map(str, range(37, 55)), "62", "68", "69")
REQUIRED = ("38", "51")
ADDENDS = {"37": BASES, "38": (*DUE, *DUE_LESS), "48": ("39", *INPUT)}
"""Positions that are plain sums of others (those of `DUE_LESS` with a minus)."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """`positions`: "P_10" … "P_69" in the form's order, full złote, only those that have a value; the computed P_37,
    P_38, P_48, P_51, P_53 and P_62 always. `tax_due`, `tax_input`: PodatekNalezny and PodatekNaliczony in grosze."""

    positions: Amounts
    tax_due: Decimal
    tax_input: Decimal


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that a return breaks. `name`: the position or the control sum; amounts as exact strings."""

    name: str
    message: str
    expected: str | None = None
    found: str | None = None


def add_up(rows: Iterable[Amounts]) -> dict[str, Decimal]:
    """Exact sums by name; a name is present when any row has it, even with zero. The caller leaves FP rows out."""
    sums: dict[str, Decimal] = {}
    for row in rows:
        for name, amount in row.items():
            sums[name] = sums.get(name, ZERO) + amount
    return sums


def control_sums(sums: Amounts) -> tuple[Decimal, Decimal]:
    """PodatekNalezny and PodatekNaliczony in grosze, from the sums of the `K_` names without FP rows.

    Law: art. 109 ust. 3 ustawy o VAT
    """
    return to_grosz(total(sums, "K_", DUE) - total(sums, "K_", DUE_LESS)), to_grosz(total(sums, "K_", INPUT))


def declaration(
    sums: Amounts,
    carried: Decimal | None = None,
    *,
    cash_registers: Decimal | None = None,
    waived: Decimal | None = None,
    cash_registers_left: Decimal | None = None,
    refund: Decimal | None = None,
    bad_debt: tuple[Decimal, Decimal] | None = None,
    complete: bool = True,
) -> Declaration:
    """The whole return of the taxpayer from the sums of its registers; each position is rounded once, from grosze.

    `sums`: "K_10" … "K_47" → złote, FP rows left out. In full złote: `carried` P_39, `cash_registers` P_49, `waived`
    P_50, `cash_registers_left` P_52, `refund` P_54. `bad_debt`: base and tax of the corrections of art. 89a ust. 1, not
    above zero, already counted in K_15 … K_20; they become P_68 and P_69. `complete=False` lets half of a pair pass
    (K_20 without K_19), which no file may have, for a calculation only.

    Raises `Refusal` at the `K_` or `P_` name for an unknown name, half of a pair, a sign or an amount the form does not
    allow.

    Law: art. 99 ust. 1 i 11c ustawy o VAT; art. 63 § 1 Ordynacji podatkowej
    """
    for name in sums:
        if not (name.startswith("K_") and name[2:] in REGISTER_CODES):
            raise Refusal(f"Ewidencja JPK_V7M(3) nie ma pola „{name}”.", name, FORM)
    given = {"P_39": carried, "P_49": cash_registers, "P_50": waived, "P_52": cash_registers_left, "P_54": refund}
    if bad_debt is not None:
        given |= {"P_68": to_full_zloty(bad_debt[0]), "P_69": to_full_zloty(bad_debt[1])}
    found = {f"P_{name[2:]}": to_full_zloty(amount) for name, amount in sums.items()}
    found |= {name: amount for name, amount in given.items() if amount is not None}
    halves = incomplete(found) if complete else ()
    for violation in (*_fractions(found), *halves, *_wrong_signs(found)):
        raise _refusal(violation)
    for code, equation, _ in EQUATIONS:
        found[f"P_{code}"] = equation(found)
    for violation in _over_limits(found):
        raise _refusal(violation)
    if any(abs(amount) >= LARGEST for amount in found.values()):
        raise Refusal("Suma ma ponad 14 cyfr i nie mieści się w deklaracji JPK_V7M(3).", None, FORM)
    positions = {f"P_{code}": found[f"P_{code}"] for code in ORDER if f"P_{code}" in found}
    return Declaration(positions, *control_sums(sums))


def check_declaration(
    positions: Amounts,
    *,
    sums: Amounts | None = None,
    tax_due: Decimal | None = None,
    tax_input: Decimal | None = None,
) -> tuple[Violation, ...]:
    """Every rule that a finished return breaks; empty when it is right.

    `positions`: all amounts "P_10" … "P_69" of the file; an absent one counts as zero in the equations. With `sums` of
    the `K_` names (FP rows left out) also whether each position is its register's sum rounded once, and whether
    `tax_due` and `tax_input`, the control sums of the file, are right.

    Law: art. 99 ust. 1 i 11c, art. 109 ust. 3 ustawy o VAT; art. 63 § 1 Ordynacji podatkowej
    """
    names = {f"P_{code}" for code in ORDER}
    broken = [Violation(name, f"Deklaracja nie ma pozycji {name} z kwotą.") for name in positions if name not in names]
    for code in REQUIRED:
        if f"P_{code}" not in positions:
            broken.append(Violation(f"P_{code}", f"Brakuje wymaganej pozycji P_{code}."))
    broken += [*_fractions(positions), *incomplete(positions), *_wrong_signs(positions), *_over_limits(positions)]
    for code, equation, formula in EQUATIONS:
        broken += _compared(
            f"P_{code}", equation(positions), positions.get(f"P_{code}", ZERO), f"nie jest równa {formula}"
        )
    if sums is not None:
        broken += _against_registers(positions, sums, tax_due, tax_input)
    return tuple(broken)


def total(amounts: Amounts, prefix: str, codes: Iterable[str]) -> Decimal:
    """The sum of these positions or fields ("P_" or "K_" and a code); an absent one is zero."""
    return sum((amounts.get(f"{prefix}{code}", ZERO) for code in codes), ZERO)


def _p(found: Amounts, code: str) -> Decimal:
    return found.get(f"P_{code}", ZERO)


def _base(found: Amounts) -> Decimal:
    return total(found, "P_", BASES)


def _tax_due(found: Amounts) -> Decimal:
    return total(found, "P_", DUE) - total(found, "P_", DUE_LESS)


def _tax_input(found: Amounts) -> Decimal:
    return total(found, "P_", ("39", *INPUT))


def _payable(found: Amounts) -> Decimal:
    surplus = _p(found, "38") - _p(found, "48")
    return surplus - _p(found, "49") - _p(found, "50") if surplus > ZERO else ZERO


def _excess(found: Amounts) -> Decimal:
    if _p(found, "51") > ZERO:
        return ZERO
    return max(ZERO, total(found, "P_", ("48", "49", "50", "52")) - _p(found, "38"))


def _carried_on(found: Amounts) -> Decimal:
    return _p(found, "53") - _p(found, "54")


EQUATIONS: tuple[tuple[str, Callable[[Amounts], Decimal], str], ...] = (
    ("37", _base, " + ".join(f"P_{code}" for code in BASES)),
    ("38", _tax_due, " − ".join((" + ".join(f"P_{code}" for code in DUE), *(f"P_{code}" for code in DUE_LESS)))),
    ("48", _tax_input, " + ".join(f"P_{code}" for code in ("39", *INPUT))),
    ("51", _payable, "P_38 − P_48 − P_49 − P_50, gdy P_38 > P_48, inaczej 0"),
    ("53", _excess, "P_48 + P_49 + P_50 + P_52 − P_38, gdy P_51 = 0 i wynik jest dodatni, inaczej 0"),
    ("62", _carried_on, "P_53 − P_54"),
)
"""In the order in which one follows from the other."""


def _fractions(found: Amounts) -> Iterator[Violation]:
    for name, amount in found.items():
        if amount != to_full_zloty(amount):
            yield Violation(
                name, f"Pozycja {name} ma być w pełnych złotych.", plain(to_full_zloty(amount)), plain(amount)
            )


def incomplete(found: Amounts, prefix: str = "P_") -> Iterator[Violation]:
    """Halves of pairs that the form takes only together, at the name that is missing."""
    codes = {name.removeprefix(prefix) for name in found}
    for pair in TOGETHER:
        for missing, present in (pair, pair[::-1]):
            if present in codes and missing not in codes:
                name = f"{prefix}{missing}"
                yield Violation(name, f"Brakuje {name}: podaje się je razem z {prefix}{present} albo wcale.")
    for part, whole in PART_OF:
        if part in codes and whole not in codes:
            name = f"{prefix}{whole}"
            yield Violation(name, f"Brakuje {name}, którego częścią jest {prefix}{part}.")


def _wrong_signs(found: Amounts) -> Iterator[Violation]:
    for code in NOT_NEGATIVE:
        if _p(found, code) < ZERO:
            yield Violation(f"P_{code}", f"Pozycja P_{code} nie może być ujemna.", found=plain(_p(found, code)))
    for code in NOT_POSITIVE:
        if _p(found, code) > ZERO:
            yield Violation(f"P_{code}", f"Pozycja P_{code} nie może być dodatnia.", found=plain(_p(found, code)))


def _over_limits(found: Amounts) -> Iterator[Violation]:
    surplus = max(ZERO, _p(found, "38") - _p(found, "48"))
    left = max(ZERO, surplus - _p(found, "49"))
    if _p(found, "49") > surplus:
        yield Violation(
            "P_49", "P_49 nie może przekraczać nadwyżki P_38 nad P_48.", plain(surplus), plain(_p(found, "49"))
        )
    if _p(found, "50") > left:
        yield Violation("P_50", "P_50 nie może przekraczać P_38 − P_48 − P_49.", plain(left), plain(_p(found, "50")))
    if _p(found, "52") > ZERO and left > ZERO:
        yield Violation("P_52", "P_52 wykazuje się dopiero, gdy P_49 pokrywa całą nadwyżkę P_38 nad P_48.")
    if _p(found, "54") > _p(found, "53"):
        excess, refund = plain(_p(found, "53")), plain(_p(found, "54"))
        yield Violation("P_54", "Zwrot P_54 nie może przekraczać nadwyżki P_53.", excess, refund)


def _compared(name: str, expected: Decimal, found: Decimal, why: str) -> Iterator[Violation]:
    if expected != found:
        right, wrong = plain(expected), plain(found)
        yield Violation(name, f"{name} {why}: jest {wrong}, powinno być {right}.", right, wrong)


def _against_registers(
    positions: Amounts, sums: Amounts, tax_due: Decimal | None, tax_input: Decimal | None
) -> Iterator[Violation]:
    for code in REGISTER_CODES:
        name = f"P_{code}"
        if f"K_{code}" in sums or name in positions:
            expected = to_full_zloty(sums.get(f"K_{code}", ZERO))
            yield from _compared(name, expected, _p(positions, code), f"nie jest sumą K_{code} z ewidencji")
    names = ("PodatekNalezny", "PodatekNaliczony")
    for name, expected, found in zip(names, control_sums(sums), (tax_due, tax_input), strict=True):
        if found is not None:
            yield from _compared(name, expected, found, "nie zgadza się z ewidencją")


def _refusal(violation: Violation) -> Refusal:
    """For whoever gave the sums: a position that comes from a register is spoken of by its `K_` name."""
    code = violation.name[2:]
    if code in REGISTER_CODES:
        return Refusal(violation.message.replace("P_", "K_"), f"K_{code}", FORM)
    return Refusal(violation.message, violation.name, FORM)
