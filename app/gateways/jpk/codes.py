"""What the gateway answers, in Polish, and what a person should do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Outcome = Literal["open", "waiting", "accepted", "rejected", "expired", "unknown"]

ACCEPTED, IN_PROGRESS = 200, (100, 101, 102, 120, 301, 302, 303, 304)
SESSION_EXPIRED, NO_SUCH_REFERENCE = 110, 300

_AGAIN = "Przygotuj wysyłkę ponownie i podpisz ją."
_SIGN = "Podpisz przygotowany plik InitUpload jeszcze raz, ważnym podpisem kwalifikowanym albo zaufanym (XAdES)."
_OURS = (
    "To błąd programu albo uszkodzony plik. Przekaż numer referencyjny dostawcy systemu; pliku nie wysyłaj ponownie."
)
_UPL = "Złóż UPL-1 albo podpisz jako osoba uprawniona, potem przygotuj wysyłkę ponownie."
_KEY = "Sprawdź, czy ustawiono aktualny certyfikat bramki, i przygotuj wysyłkę ponownie."
_NEXT = "Żeby zmienić złożoną deklarację, utwórz następną wersję jako korektę."
_OTHER = "Sprawdź numer referencyjny oryginału. Nie wysyłaj tej wersji ponownie."
_LATER = "Poczekaj godzinę; jeśli to się nie zmieni, przygotuj wysyłkę ponownie."
_WAIT = "Nic nie rób: stan sprawdza się sam co kilka minut."

CODES: Mapping[int, tuple[str, str]] = {
    100: ("Rozpoczęto sesję przesyłania plików.", _WAIT),
    101: ("Bramka odebrała część plików.", "Wznów wysyłkę: brakujące części zostaną dosłane pod tym samym numerem."),
    102: ("Bramka prosi o powtórzenie pytania o UPO.", _WAIT),
    110: ("Sesja wygasła, zanim doszły wszystkie pliki. Deklaracji nie złożono.", _AGAIN),
    120: ("Pliki przyjęto, trwa weryfikacja dokumentu.", _WAIT),
    200: ("Dokument przyjęty, UPO odebrane.", "Deklaracja jest złożona. UPO jest zachowane razem z nią."),
    300: ("Bramka nie zna tego numeru referencyjnego.", _LATER),
    301: ("Dokument w trakcie przetwarzania.", _WAIT),
    302: ("Dokument wstępnie przetworzony.", _WAIT),
    303: ("Dokument w trakcie weryfikacji podpisu.", _WAIT),
    304: ("Dokument w trakcie weryfikacji duplikatów.", _WAIT),
    400: ("Przetwarzanie zakończone błędem.", _OURS),
    401: ("Dokument niezgodny ze schematem XSD.", _OURS),
    402: ("Brak pełnomocnictwa do podpisywania deklaracji.", _UPL),
    403: ("Niepoprawny podpis.", _SIGN),
    404: ("Podpis nieważnym certyfikatem.", _SIGN),
    405: ("Certyfikat podpisu jest odwołany.", _SIGN),
    406: ("Certyfikat od nieobsługiwanego dostawcy.", _SIGN),
    407: ("To duplikat dokumentu, który bramka już ma.", _OTHER),
    408: ("Dokument zawiera błędy uniemożliwiające przetworzenie.", _OURS),
    409: ("Dokument zawiera niewłaściwą liczbę albo rodzaj elementów.", _OURS),
    410: ("Przesłane pliki nie są prawidłowym archiwum ZIP.", _OURS),
    411: ("Urząd ma już taką samą deklarację.", _NEXT),
    412: ("Dokument nieprawidłowo zaszyfrowany.", _KEY),
    413: ("Suma kontrolna dokumentu inna niż zadeklarowana.", _OURS),
    415: ("Ten rodzaj dokumentu nie jest obsługiwany.", _OURS),
    417: ("Nie udało się odszyfrować danych autoryzujących.", _SIGN),
    418: ("Dane autoryzujące niezgodne ze schematem.", _SIGN),
    419: ("Błąd w danych autoryzujących.", _SIGN),
    420: ("Podpisujący nie ma aktualnego pełnomocnictwa do podpisywania.", _UPL),
    422: ("Danymi autoryzującymi może podpisać tylko osoba fizyczna.", _SIGN),
    423: ("Certyfikat bez wymaganych atrybutów.", _SIGN),
    424: ("Tego dokumentu nie można podpisać danymi autoryzującymi.", _SIGN),
}  # fmt: skip
"""Code → (what it means, what to do)."""


def outcome(code: int) -> Outcome:
    """Where a document with this answer stands. An unknown code ends nothing: a person looks."""
    if code == ACCEPTED:
        return "accepted"
    if code in (100, 101):
        return "open"
    if code in IN_PROGRESS:
        return "waiting"
    if code == SESSION_EXPIRED:
        return "expired"
    return "rejected" if 400 <= code < 500 else "unknown"


def words(code: int) -> tuple[str, str]:
    """(what it means, what to do) for a person."""
    unknown = (f"Bramka odpowiedziała nieznanym kodem {code}.", "Sprawdź komunikat bramki; wysyłka czeka na decyzję.")
    return CODES.get(code, unknown)
