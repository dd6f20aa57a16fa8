"""How the verbs of the audit trail read in Polish; a test finds a verb without words."""

from __future__ import annotations

VERBS: dict[str, str] = {
    "ksef.assign": "przypisanie faktury jednostce",
    "ksef.assign_many": "przypisanie wielu faktur jednostce",
    "ksef.attribute_again": "ponowne rozpoznanie jednostek",
    "ksef.import": "wczytanie faktur z KSeF",
    "ksef.refuse": "zwrot faktury do kolejki",
    "ksef.settle": "wyjaśnienie dokumentu z kwarantanny",
    "purchasing.act": "czynność w obiegu zakupu",
    "purchasing.check_account": "sprawdzenie rachunku w wykazie podatników VAT",
    "purchasing.decide_scheme": "ustalenie schematu obiegu zakupów",
    "purchasing.end_substitute": "zakończenie zastępstwa",
    "purchasing.give_substitute": "ustanowienie zastępstwa",
    "purchasing.release": "puszczenie płatności",
    "run.cancel": "anulowanie przebiegu",
    "run.resume": "wznowienie przebiegu",
    "run.start": "rozpoczęcie przebiegu",
    "vat.complete": "uzupełnienie rejestru miesiąca",
    "vat.consolidate": "sporządzenie deklaracji JPK_V7M",
    "vat.decide_ratio": "ustalenie współczynnika",
    "vat.directory.put": "zmiana wykazu jednostek",
    "vat.enter": "wprowadzenie dokumentu",
    "vat.import_file": "wczytanie dokumentów z pliku",
    "vat.publish": "podpis i publikacja rejestru",
    "vat.receive": "przyjęcie faktur do rejestru",
    "vat.reopen": "ponowne otwarcie miesiąca",
    "vat.set_habits": "zmiana zwyczajów jednostki",
    "vat.set_marker": "uzupełnienie oznaczenia",
    "vat.set_use": "wskazanie przeznaczenia zakupu",
    "vat.taxpayer.put": "zmiana danych podatnika",
    "vat.void": "unieważnienie wiersza rejestru",
    "vat.withdraw": "wycofanie faktury z rejestru",
}


def words(verb: str) -> str:
    """For people; a verb of a later release reads as it is."""
    return VERBS.get(verb, verb)
