"""How the verbs of the audit trail read in Polish; a test finds a verb without words."""

from __future__ import annotations

VERBS: dict[str, str] = {
    "ksef.assign": "przypisanie faktury jednostce",
    "ksef.assign_many": "przypisanie wielu faktur jednostce",
    "ksef.attribute_again": "ponowne rozpoznanie jednostek",
    "ksef.import": "wczytanie faktur z KSeF",
    "ksef.refuse": "zwrot faktury do kolejki",
    "ksef.settle": "wyjaśnienie dokumentu z kwarantanny",
    "run.cancel": "anulowanie przebiegu",
    "run.resume": "wznowienie przebiegu",
    "run.start": "rozpoczęcie przebiegu",
    "vat.accept_correction": "przyjęcie korekty rocznej do rejestru",
    "vat.change_asset": "zdarzenie środka trwałego",
    "vat.complete": "uzupełnienie rejestru miesiąca",
    "vat.consolidate": "sporządzenie deklaracji JPK_V7M",
    "vat.correct_asset_sale": "korekta przy sprzedaży środka trwałego",
    "vat.correct_bad_debt": "korekta niezapłaconej faktury",
    "vat.decide_ratio": "ustalenie współczynnika",
    "vat.directory.put": "zmiana wykazu jednostek",
    "vat.draft.drop": "usunięcie szkicu faktury",
    "vat.enter": "wprowadzenie dokumentu",
    "vat.filing.prepare": "przygotowanie wysyłki JPK_V7M",
    "vat.filing.sign": "dołączenie podpisu do wysyłki JPK_V7M",
    "vat.filing.withdraw": "wycofanie wysyłki JPK_V7M",
    "vat.import_file": "wczytanie dokumentów z pliku",
    "vat.invoice.accept": "przyjęcie faktury przez KSeF",
    "vat.invoice.reject": "odrzucenie faktury przez KSeF",
    "vat.invoice_prefix.take": "nadanie przedrostka numerów faktur",
    "vat.issue": "wystawienie faktury",
    "vat.issuer.set": "zmiana danych wystawcy faktur",
    "vat.note.receive": "przyjęcie noty rozliczeniowej",
    "vat.pay": "zapisanie zapłaty",
    "vat.place_correction": "ustalenie okresu korekty",
    "vat.policy.decide": "ustalenie terminów i zasad rozliczeń",
    "vat.propose_correction": "wyliczenie korekty rocznej",
    "vat.publish": "podpis i publikacja rejestru",
    "vat.receive": "przyjęcie faktur do rejestru",
    "vat.register_asset": "wpisanie środka trwałego",
    "vat.remind": "przypomnienie o terminie",
    "vat.reopen": "ponowne otwarcie miesiąca",
    "vat.return.choose": "wybory podatnika w deklaracji",
    "vat.set_habits": "zmiana zwyczajów jednostki",
    "vat.set_marker": "uzupełnienie oznaczenia",
    "vat.set_use": "wskazanie przeznaczenia zakupu",
    "vat.settle": "rozliczenie deklaracji z jednostkami",
    "vat.strike_out_asset": "skreślenie środka trwałego",
    "vat.taxpayer.put": "zmiana danych podatnika",
    "vat.void": "unieważnienie wiersza rejestru",
    "vat.withdraw": "wycofanie faktury z rejestru",
}


def words(verb: str) -> str:
    """For people; a verb of a later release reads as it is."""
    return VERBS.get(verb, verb)
