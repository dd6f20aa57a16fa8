"""A municipality's colour: whether white words on it can be read, and which colour near it will do when they cannot.

The reckoning of contrast is WCAG 2.1's; lightness, chroma and hue are those of OKLCH, where equal steps look equal.
"""

from __future__ import annotations

import re
from math import atan2, cos, hypot, sin

from app.kernel.errors import Refusal

WHITE = "#ffffff"
LEAST_CONTRAST = 4.5
"""WCAG 2.1 AA for words of ordinary size."""
STEPS = 1000
_HEX = re.compile("#?([0-9a-f]{6}|[0-9a-f]{3})")

Triple = tuple[float, float, float]


def colour(text: str, field: str | None = None) -> str:
    """ "#0B5C6B", "0b5c6b" or "#09c" as "#rrggbb". Raises `Refusal`."""
    match = _HEX.fullmatch(text.strip().lower())
    if match is None:
        raise Refusal("Podaj kolor w zapisie szesnastkowym, na przykład #0b5c6b.", field)
    digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
    return f"#{digits}"


def brand(text: str, field: str | None = None) -> str:
    """A colour that white words can stand on. Raises `Refusal` that names the nearest one when they cannot."""
    wanted = colour(text, field)
    seen = contrast(wanted, WHITE)
    if seen < LEAST_CONTRAST:
        # cut, not rounded: 4,49 must not be told as 4,5
        told = f"{int(seen * 10) // 10},{int(seen * 10) % 10}"
        raise Refusal(
            f"Białe napisy na kolorze {wanted} byłyby za mało czytelne: kontrast {told} : 1, potrzeba co najmniej "
            f"4,5 : 1. Najbliższy kolor, który się nadaje: {nearest(wanted)}.",
            field,
        )
    return wanted


def nearest(wanted: str) -> str:
    """The same hue, as little darker as it takes for white words to be read on it; itself when they can be already."""
    lightness, chroma, hue = _oklch(wanted)
    for step in range(STEPS + 1):
        tried = wanted if step == 0 else _inside(lightness * (STEPS - step) / STEPS, chroma, hue)
        if contrast(tried, WHITE) >= LEAST_CONTRAST:
            return tried
    raise AssertionError("black is readable under white")


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black and white)."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(hexadecimal: str) -> float:
    red, green, blue = _linear(hexadecimal)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(hexadecimal: str) -> Triple:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (int(hexadecimal[place : place + 2], 16) / 255 for place in (1, 3, 5))
    )
    return red, green, blue


def _oklch(hexadecimal: str) -> Triple:
    red, green, blue = _linear(hexadecimal)
    long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue) ** (1 / 3)
    middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue) ** (1 / 3)
    short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue) ** (1 / 3)
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short, hypot(a, b), atan2(b, a)


def _inside(lightness: float, chroma: float, hue: float) -> str:
    """The colour with as much of its chroma as a screen can show at this lightness."""
    kept = chroma
    while any(not -0.0001 <= part <= 1.0001 for part in _rgb(lightness, kept, hue)) and kept > 0.001:
        kept *= 0.98
    parts = (min(1.0, max(0.0, part)) for part in _rgb(lightness, kept, hue))
    return "#" + "".join(f"{round(255 * _shown(part)):02x}" for part in parts)


def _rgb(lightness: float, chroma: float, hue: float) -> Triple:
    """Linear light; outside 0–1 where no screen reaches."""
    a, b = chroma * cos(hue), chroma * sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _shown(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
