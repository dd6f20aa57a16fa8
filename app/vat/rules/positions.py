"""What each position of VAT-7 (23) and each field of the registers is called, in a few words.

P_n of the return is the sum of K_n of the registers wherever both exist.
"""

from __future__ import annotations

from collections.abc import Mapping

_PAIRS: tuple[tuple[str, str | None, str], ...] = (
    ("15", "16", "Dostawa i usługi w kraju, 5%"),
    ("17", "18", "Dostawa i usługi w kraju, 7% albo 8%"),
    ("19", "20", "Dostawa i usługi w kraju, 22% albo 23%"),
    ("23", "24", "Wewnątrzwspólnotowe nabycie towarów"),
    ("25", "26", "Import towarów rozliczany w deklaracji"),
    ("27", "28", "Import usług (poza art. 28b)"),
    ("29", "30", "Import usług od podatników z UE (art. 28b)"),
    ("31", "32", "Dostawa towarów, którą rozlicza nabywca"),
    ("40", "41", "Nabycie środków trwałych"),
    ("42", "43", "Nabycie pozostałych towarów i usług"),
)

_ALONE: Mapping[str, str] = {
    "10": "Dostawa i usługi w kraju, zwolnione",
    "11": "Dostawa i usługi poza krajem",
    "12": "w tym usługi z art. 100 ust. 1 pkt 4",
    "13": "Dostawa i usługi w kraju, 0%",
    "14": "w tym dostawa z art. 129",
    "21": "Wewnątrzwspólnotowa dostawa towarów",
    "22": "Eksport towarów",
    "33": "Podatek od towarów objętych spisem z natury",
    "34": "Zwrot ulgi na kasy rejestrujące",
    "35": "Podatek od nabycia środków transportu z UE",
    "36": "Podatek od nabycia paliw z UE",
    "360": "Podatek w systemie kaucyjnym",
    "37": "Razem podstawa opodatkowania",
    "38": "Razem podatek należny",
    "39": "Nadwyżka z poprzedniej deklaracji",
    "44": "Korekta podatku od środków trwałych",
    "45": "Korekta podatku od pozostałych nabyć",
    "46": "Korekta podatku: niezapłacone zakupy (art. 89b ust. 1)",
    "47": "Korekta podatku: zapłacone zakupy (art. 89b ust. 4)",
    "48": "Razem podatek naliczony do odliczenia",
    "49": "Ulga na kasy rejestrujące do odliczenia",
    "50": "Podatek objęty zaniechaniem poboru",
    "51": "Podatek do wpłaty",
    "52": "Ulga na kasy rejestrujące do zwrotu",
    "53": "Nadwyżka podatku naliczonego nad należnym",
    "54": "Nadwyżka do zwrotu",
    "62": "Nadwyżka do przeniesienia na następny miesiąc",
    "68": "Korekta podstawy: złe długi (art. 89a ust. 1)",
    "69": "Korekta podatku: złe długi (art. 89a ust. 1)",
}

NAMES: Mapping[str, str] = (
    dict(_ALONE)
    | {base: f"{words} – netto" for base, _, words in _PAIRS}
    | {tax: f"{words} – podatek" for _, tax, words in _PAIRS if tax}
)
"""By the number: "20" → „Dostawa i usługi w kraju, 22% albo 23% – podatek”."""


def name(field: str) -> str:
    """Of "P_20" or "K_20"; the field itself when nobody named it."""
    return NAMES.get(field[2:], field)
