"""How roles and rights are called in Polish, where a role may be held and who may give it."""

from __future__ import annotations

from dataclasses import dataclass

HOST, MUNICIPALITY, UNIT = "host", "municipality", "unit"
"""Where a role is held: on the deployment itself, in a municipality, in a unit."""


@dataclass(frozen=True, slots=True)
class Role:
    """`title` as people say it; `held_at` the kinds of tenant it is granted in; `given_by` who may give it (roles)."""

    name: str
    title: str
    held_at: frozenset[str]
    given_by: tuple[str, ...]


def _role(name: str, title: str, held_at: str, *given_by: str) -> tuple[str, Role]:
    return name, Role(name, title, frozenset(held_at.split()), (*given_by, "provider_operator"))


ROLES: dict[str, Role] = dict(
    (
        _role("provider_operator", "operator systemu", HOST),
        _role("treasurer", "skarbnik", MUNICIPALITY),
        _role("vat_clerk", "referent do spraw VAT", MUNICIPALITY, "treasurer"),
        _role("unit_head", "kierownik jednostki", f"{UNIT} {MUNICIPALITY}"),
        _role("unit_clerk", "pracownik jednostki", f"{UNIT} {MUNICIPALITY}", "unit_head"),
        _role("substantive_approver", "akceptujący merytorycznie", f"{UNIT} {MUNICIPALITY}", "unit_head"),
        _role("centre_lead", "kierownik centrum usług wspólnych", f"{UNIT} {MUNICIPALITY}"),
        _role("centre_accountant", "księgowy centrum usług wspólnych", f"{UNIT} {MUNICIPALITY}", "centre_lead"),
        _role("chief_accountant", "główny księgowy", f"{UNIT} {MUNICIPALITY}", "unit_head", "centre_lead"),
    )
)

RIGHTS: dict[tuple[str, str], str] = {
    ("account", "create"): "zakładanie kont",
    ("account", "grant"): "nadawanie ról",
    ("account", "read"): "przeglądanie kont",
    ("audit", "read"): "przeglądanie dziennika zdarzeń",
    ("audit", "verify"): "sprawdzanie nienaruszalności dziennika zdarzeń",
    ("mandate", "end"): "kończenie mandatów",
    ("mandate", "grant"): "nadawanie mandatów",
    ("mandate", "read"): "przeglądanie mandatów",
    ("purchasing.case", "approve"): "sprawdzanie zakupów pod względem merytorycznym",
    ("purchasing.case", "ask"): "sprawdzanie rachunków w wykazie podatników VAT",
    ("purchasing.case", "check"): "sprawdzanie zakupów pod względem formalnym i rachunkowym",
    ("purchasing.case", "control"): "wstępna kontrola zakupów przez głównego księgowego",
    ("purchasing.case", "describe"): "opisywanie zakupów",
    ("purchasing.case", "open"): "wprowadzanie dokumentów zakupu spoza KSeF do obiegu",
    ("purchasing.case", "read"): "przeglądanie obiegu zakupów",
    ("purchasing.case", "sign"): "zatwierdzanie zakupów do wypłaty",
    ("purchasing.payment", "read"): "przeglądanie płatności gotowych do wypłaty",
    ("purchasing.payment", "release"): "puszczanie płatności",
    ("purchasing.scheme", "decide"): "ustalanie schematu obiegu zakupów",
    ("purchasing.scheme", "read"): "przeglądanie schematu obiegu i zastępstw",
    ("purchasing.substitute", "give"): "ustanawianie zastępstw w obiegu zakupów",
    ("purchasing.worklist", "read"): "przeglądanie zakupów wszystkich obsługiwanych jednostek",
    ("run", "cancel"): "anulowanie przebiegów",
    ("run", "read"): "przeglądanie przebiegów",
    ("search", "use"): "wyszukiwanie",
    ("tenant", "create"): "zakładanie gmin i jednostek",
    ("tenant", "edit"): "zmienianie danych gmin i jednostek",
    ("tenant", "read"): "przeglądanie danych gmin i jednostek",
    ("tenant", "suspend"): "zawieszanie gmin i jednostek",
    ("tenant", "upgrade"): "aktualizowanie baz gmin i jednostek",
    ("vat.board", "read"): "przeglądanie tablicy miesiąca VAT",
    ("vat.consolidation", "choose"): "wybieranie zwrotu, ulg i oznaczeń w deklaracji VAT",
    ("vat.consolidation", "download"): "pobieranie zbiorczego pliku JPK_V7M",
    ("vat.consolidation", "read"): "przeglądanie zbiorczej deklaracji VAT",
    ("vat.consolidation", "release"): "zwalnianie zbiorczej deklaracji mimo brakujących jednostek",
    ("vat.consolidation", "run"): "sporządzanie zbiorczej deklaracji VAT",
    ("vat.directory", "edit"): "zmienianie wykazu jednostek do przypisywania faktur",
    ("vat.directory", "read"): "przeglądanie wykazu jednostek do przypisywania faktur",
    ("vat.filing", "file"): "wysyłanie JPK_V7M do Ministerstwa Finansów",
    ("vat.filing", "read"): "przeglądanie wysyłek JPK_V7M i UPO",
    ("vat.filing", "sign"): "dołączanie podpisu do wysyłki JPK_V7M",
    ("vat.inbox", "import"): "wczytywanie faktur z KSeF",
    ("vat.inbox", "read"): "przeglądanie skrzynki faktur z KSeF",
    ("vat.invoice", "assign"): "przypisywanie faktur jednostkom",
    ("vat.invoice", "read"): "przeglądanie faktur z KSeF",
    ("vat.invoice", "refuse"): "odsyłanie faktur, które nie należą do jednostki",
    ("vat.ksef", "connect"): "łączenie gminy z KSeF i wstrzymywanie pobierania",
    ("vat.ksef", "fetch"): "pobieranie faktur z KSeF na żądanie",
    ("vat.ksef", "read"): "przeglądanie stanu połączenia z KSeF",
    ("vat.note", "read"): "przeglądanie not rozliczeniowych VAT jednostki",
    ("vat.period", "complete"): "zamykanie miesiąca w rejestrze VAT jednostki",
    ("vat.period", "read"): "przeglądanie miesięcy rejestru VAT jednostki",
    ("vat.period", "reopen"): "ponowne otwieranie miesiąca w rejestrze VAT jednostki",
    ("vat.policy", "decide"): "ustalanie terminów i zasad rozliczeń VAT z jednostkami",
    ("vat.policy", "read"): "przeglądanie terminów i zasad rozliczeń VAT z jednostkami",
    ("vat.quarantine", "read"): "przeglądanie plików odłożonych jako błędne",
    ("vat.quarantine", "settle"): "wyjaśnianie plików odłożonych jako błędne",
    ("vat.ratio", "decide"): "ustalanie prewspółczynnika i proporcji",
    ("vat.ratio", "read"): "przeglądanie prewspółczynnika i proporcji",
    ("vat.register", "enter"): "wprowadzanie dokumentów do rejestru VAT",
    ("vat.register", "export"): "pobieranie rejestru VAT",
    ("vat.register", "import"): "wczytywanie dokumentów do rejestru VAT z pliku",
    ("vat.register", "read"): "przeglądanie rejestru VAT",
    ("vat.register", "void"): "wycofywanie dokumentów z rejestru VAT",
    ("vat.sales_invoice", "export"): "pobieranie listy wystawionych faktur",
    ("vat.sales_invoice", "issue"): "wystawianie faktur sprzedaży",
    ("vat.sales_invoice", "read"): "przeglądanie wystawionych faktur",
    ("vat.sales_invoice", "write"): "przygotowywanie faktur sprzedaży",
    ("vat.return", "publish"): "zatwierdzanie i ogłaszanie cząstkowej deklaracji VAT jednostki",
    ("vat.settlement", "issue"): "wystawianie not rozliczeniowych VAT jednostkom",
    ("vat.settlement", "read"): "przeglądanie rozliczeń VAT z jednostkami",
}
"""Every (object, act) that a route may ask for, as the object of „potrzebne jest prawo: …”."""
