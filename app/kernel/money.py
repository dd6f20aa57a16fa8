"""Złote as `Decimal`: the statutory roundings, exact percentages, and the Polish way of writing amounts.

Every rounding works on the absolute value and keeps the sign, so a correction to minus rounds like the amount it takes
back and the two cancel out. Results never are a negative zero.
"""

from __future__ import annotations

import re
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Context, Decimal
from fractions import Fraction

from app.kernel.errors import Refusal

ZERO = Decimal(0)
ONE = Decimal(1)
HUNDRED = Decimal(100)
GROSZ = Decimal("0.01")

LARGEST = Decimal(10) ** 14
"""Amounts must stay below it: `numeric(16,2)` in the books, 14 digits in JPK."""

_EXACT = Context(prec=60)
_NARROW_SPACE = "\u202f"
_NO_BREAK_SPACE = "\u00a0"
_MINUS = "\u2212"
_SPACES = re.compile("[ \u00a0\u202f\u2009]")
_WRITTEN = re.compile(r"-?([0-9]+|[0-9]{1,3}( [0-9]{3})+)([.,][0-9]+)?")


def _round(amount: Decimal, unit: Decimal, rounding: str) -> Decimal:
    return _EXACT.plus(amount.quantize(unit, rounding, _EXACT))


def to_full_zloty(amount: Decimal) -> Decimal:
    """To whole złote: an ending below 50 groszy is dropped, 50 groszy and more goes up. −1.50 becomes −2.

    Law: art. 63 § 1 Ordynacji podatkowej
    """
    return _round(amount, ONE, ROUND_HALF_UP)


def to_grosz(amount: Decimal) -> Decimal:
    """To whole grosze: below half a grosz is dropped, half a grosz and more goes up.

    Law: art. 106e ust. 11 ustawy o VAT
    """
    return _round(amount, GROSZ, ROUND_HALF_UP)


def up_to_grosz(amount: Decimal) -> Decimal:
    """To whole grosze, every started grosz counts as whole (indexed maximum rates).

    Law: art. 20 ust. 2 ustawy o podatkach i opłatach lokalnych
    """
    return _round(amount, GROSZ, ROUND_UP)


def down_to_grosz(amount: Decimal) -> Decimal:
    """To whole grosze, the rest is cut off, so that an amount never passes a statutory ceiling."""
    return _round(amount, GROSZ, ROUND_DOWN)


def percent_of(amount: Decimal, *percents: Decimal) -> Decimal:
    """The exact, unrounded share: `percent_of(2300, 47, 61)` is 47 % and then 61 % of it, 659.41."""
    share = amount
    for percent in percents:
        share = _EXACT.divide(_EXACT.multiply(share, percent), HUNDRED)
    return share


def percent_up(numerator: Decimal, denominator: Decimal) -> Decimal:
    """`numerator` in whole per cents of `denominator` (not zero), every started per cent counts as whole. Exact."""
    quotient = Fraction(numerator) * 100 / Fraction(denominator)
    return Decimal(-(-quotient.numerator // quotient.denominator))


def percent_text(numerator: Decimal, denominator: Decimal, places: int = 6) -> str:
    """The exact percentage for a reckoning: "2.001", or cut after `places` digits with an ellipsis: "0.922330…"."""
    scaled = Fraction(numerator) * 100 * 10**places / Fraction(denominator)
    whole = abs(scaled.numerator) // scaled.denominator
    sign = "-" if scaled < 0 else ""
    digits = f"{whole // 10**places}.{whole % 10**places:0{places}d}"
    return f"{sign}{digits}…" if scaled.denominator != 1 else f"{sign}{digits.rstrip('0').rstrip('.')}"


def plain(number: Decimal) -> str:
    """Without exponent and without idle zeros: `Decimal("28.670")` is "28.67", `Decimal("1E+2")` is "100"."""
    text = f"{_EXACT.plus(number):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def exact_text(amount: Decimal) -> str:
    """Złote for a reckoning: exact, with at least the two digits of the grosze: "2.30", "659.4137"."""
    text = plain(amount)
    return f"{amount:.2f}" if len(text.partition(".")[2]) < 2 else text


def parse_pln(text: str, field: str | None = None) -> Decimal:
    """An amount as people in Poland write it: "1 234,56", "1234.56", "−5", "1 234,56 zł".

    Spaces (also no-break ones) only between groups of three digits; a dot is a decimal point, never a thousands mark.
    Raises `Refusal` at `field`.
    """
    written = _SPACES.sub(" ", text.strip()).replace(_MINUS, "-")
    for unit in ("zł", "PLN"):
        written = written.removesuffix(unit).rstrip()
    match = _WRITTEN.fullmatch(written)
    if match is None:
        raise Refusal(f"Nie rozumiem kwoty „{text.strip()[:40]}”. Wpisz ją w postaci 1234,56.", field)
    if match[3] and len(match[3]) > 3:
        raise Refusal(f"Kwota „{text.strip()[:40]}” może mieć najwyżej dwie cyfry po przecinku.", field)
    amount = Decimal(written.replace(" ", "").replace(",", ".")) + ZERO
    if abs(amount) >= LARGEST:
        raise Refusal("Kwota jest zbyt duża: może mieć najwyżej 14 cyfr przed przecinkiem.", field)
    return amount


def format_amount(amount: Decimal, places: int = 2) -> str:
    """For people, without the unit: "1 234,56" with narrow no-break spaces and a true minus. Rounds to `places`."""
    shown = _round(amount, ONE.scaleb(-places), ROUND_HALF_UP)
    text = f"{abs(shown):,.{places}f}".replace(",", _NARROW_SPACE).replace(".", ",")
    return f"{_MINUS}{text}" if shown < 0 else text


def format_pln(amount: Decimal) -> str:
    """For people: "1 234,56 zł"; the number and "zł" are never parted at the end of a line."""
    return f"{format_amount(amount)}{_NO_BREAK_SPACE}zł"
