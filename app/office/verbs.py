"""How the verbs of the audit trail read in Polish; a test finds a verb without words."""

from __future__ import annotations

VERBS: dict[str, str] = {
    "ksef.import": "wczytanie faktur z KSeF",
    "run.cancel": "anulowanie przebiegu",
    "run.resume": "wznowienie przebiegu",
    "run.start": "rozpoczęcie przebiegu",
    "vat.consolidate": "sporządzenie deklaracji JPK_V7M",
}


def words(verb: str) -> str:
    """For people; a verb of a later release reads as it is."""
    return VERBS.get(verb, verb)
