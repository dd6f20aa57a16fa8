"""Text made comparable: "Łódź" and "lodz" are the same word."""

from __future__ import annotations

import unicodedata


def folded(text: str) -> str:
    """Without case and Polish marks."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("ł", "l"))
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))
