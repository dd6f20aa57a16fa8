"""Text and amounts as JPK_V7M(3) wants them: tokens of a bounded length, escaped; grosze exact, never rounded."""

from __future__ import annotations

import re
from datetime import date
from decimal import Context, Decimal, Inexact, InvalidOperation

from app.kernel.errors import Refusal
from app.kernel.money import GROSZ

NAMESPACE = "http://crd.gov.pl/wzor/2025/12/19/14090/"

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MONEY = Context(prec=16, traps=[Inexact, InvalidOperation])
_EARLIEST = date(2006, 1, 1)
_LATEST = date(2050, 12, 31)


def token(text: str, limit: int, field: str, label: str) -> str:
    """Spaces and line ends collapsed, escaped for XML. Raises `Refusal` when empty, too long or not writable in XML."""
    if bad := _ILLEGAL.search(text):
        raise Refusal(f"{label} zawiera znak U+{ord(bad[0]):04X}, którego nie można zapisać w XML. Usuń go.", field)
    words = " ".join(text.split())
    if not words:
        raise Refusal(f"{label}: brak wartości. Uzupełnij ją.", field)
    if len(words) > limit:
        raise Refusal(f"{label} ma {len(words)} znaków, a pole JPK_V7M mieści {limit}. Skróć tekst.", field)
    return escaped(words)


def escaped(text: str) -> str:
    """For an element's content; the text must already be free of characters that XML forbids."""
    if "&" in text or "<" in text or ">" in text:
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text


def amount_text(amount: Decimal, field: str) -> str:
    """Like "1234.50"; at most 14 digits before the point. Raises `Refusal` rather than round."""
    try:
        text = str(amount.quantize(GROSZ, context=_MONEY))
    except Inexact:
        raise Refusal(f"Kwota {amount:f} ma więcej niż dwie cyfry po przecinku.", field) from None
    except InvalidOperation:
        text = "NaN"
    if text == "NaN":
        raise Refusal("Kwota jest zbyt duża: może mieć najwyżej 14 cyfr przed przecinkiem.", field)
    return text if amount else "0.00"


def day_text(day: date, field: str, label: str, earliest: date = _EARLIEST) -> str:
    """ISO; the form takes days from `earliest` to the end of 2050."""
    if not earliest <= day <= _LATEST:
        raise Refusal(
            f"{label} {day.isoformat()} jest poza zakresem {earliest.isoformat()} – {_LATEST.isoformat()}.", field
        )
    return day.isoformat()
