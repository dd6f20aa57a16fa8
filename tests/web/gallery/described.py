"""The gallery's tables and forms, described as a room would describe its own."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from app.kernel.errors import Refusal
from app.web.forms import Field, Form
from app.web.tables import Bulk, Choice, Column, Empty, Table
from tests.web.gallery.town import UNITS

REGISTER = Table(
    "rejestr",
    "Zakupy, wrzesień 2026",
    (
        Column("number", "Numer faktury", kind="code", param="numer", link=lambda row: f"/faktura/{row.id}"),
        Column("supplier", "Dostawca", param="dostawca", sub=lambda row: row.subject),
        Column("nip", "NIP", kind="code", minor=True),
        Column("unit", "Jednostka", param="jednostka", choices=tuple(Choice(code, short) for code, _, short in UNITS)),
        Column("issued_on", "Wystawiona", kind="date", param="wystawiona"),
        Column(
            "received_on",
            "Wpływ",
            kind="date",
            param="wplyw",
            minor=True,
            hint="Dzień wpływu; decyduje o miesiącu odliczenia",
        ),
        Column(
            "use",
            "Przeznaczenie",
            param="przeznaczenie",
            minor=True,
            choices=(Choice("direct", "opodatkowane"), Choice("mixed", "mieszane"), Choice("none", "bez odliczenia")),
        ),
        Column("net", "Netto", kind="amount", param="netto", total=True),
        Column("vat", "VAT", kind="amount", total=True),
        Column(
            "deductible",
            "Do odliczenia",
            kind="amount",
            param="odliczenie",
            total=True,
            explain=lambda row: f"/wyliczenie/{row.id}",
        ),
        Column(
            "state",
            "Stan",
            kind="status",
            param="stan",
            choices=(
                Choice("posted", "w rejestrze", "success"),
                Choice("check", "do sprawdzenia", "warning"),
                Choice("new", "nowa", "info"),
                Choice("broken", "z błędem", "danger"),
            ),
        ),
    ),
    words=("faktura", "faktury", "faktur"),
    row_key=lambda row: str(row.id),
    row_tone=lambda row: "danger" if row.state == "broken" else None,
    order="-wystawiona",
    bulk=(
        Bulk("Zatwierdź", "/rejestr/zatwierdz", "check", primary=True),
        Bulk("Odrzuć", "/rejestr/odrzuc", "x", confirm="Odrzucić zaznaczone faktury? Dostawca dostanie wiadomość."),
    ),
)
EMPTY = replace(
    REGISTER,
    name="pusty",
    caption="Zakupy, październik 2026",
    empty=Empty(
        "Nie ma jeszcze faktur za październik",
        "Faktury przychodzą z KSeF same, co noc. Możesz też wczytać je teraz z pliku.",
        "Wczytaj faktury",
        "/formularz",
        "file-import",
    ),
)
TROUBLES = Table(
    "niewczytane",
    "Czego nie udało się wczytać",
    (
        Column("0", "Plik", kind="code", value=lambda row: row[0], param="plik-xml", link=lambda row: "/faktura/1"),
        Column("1", "Co się stało", value=lambda row: row[1], param="przyczyna", sub=lambda row: row[2]),
        Column("2", "Wiersz", kind="number", value=lambda row: row[3], param="wiersz"),
    ),
    words=("plik", "pliki", "plików"),
    row_key=lambda row: str(row[0]),
    bulk=(Bulk("Wczytaj ponownie", "/rejestr/ponow", "refresh", primary=True),),
)
UNIT_TABLE = Table(
    "jednostki",
    "Jednostki",
    (
        Column("0", "Kod", kind="code", value=lambda row: row[0], param="kod"),
        Column("1", "Nazwa", value=lambda row: row[1], param="nazwa", link=lambda row: f"/jednostka/{row[0]}"),
        Column("2", "Skrót", value=lambda row: row[2], param="skrot"),
    ),
    words=("jednostka", "jednostki", "jednostek"),
)


def _nip(value: str) -> None:
    if len(value) != 10 or not value.isdigit():
        raise Refusal("NIP ma dziesięć cyfr, bez kresek.")


UNIT = Form(
    "jednostka",
    (
        Field("name", "Nazwa jednostki", hint="Pełna, jak w statucie.", autocomplete="off"),
        Field("nip", "NIP", width="short", check=_nip),
        Field(
            "kind",
            "Rodzaj",
            kind="select",
            width="medium",
            choices=(
                ("school", "Szkoła"),
                ("kindergarten", "Przedszkole"),
                ("welfare", "Pomoc społeczna"),
                ("office", "Urząd"),
            ),
        ),
        Field("since_on", "Rozlicza VAT z miastem od", kind="date", width="short"),
        Field(
            "budget",
            "Plan wydatków na 2026",
            kind="amount",
            width="short",
            low=Decimal(0),
            hint="Kwota z uchwały budżetowej.",
        ),
        Field(
            "books",
            "Kto prowadzi księgi",
            kind="radio",
            choices=(("own", "Jednostka sama"), ("centre", "Centrum usług wspólnych")),
        ),
        Field("notes", "Uwagi", kind="textarea", required=False, max_length=500),
        Field("statute", "Statut", kind="file", required=False, accept=".pdf,.odt"),
        Field("sure", "Burmistrz upoważnił kierownika do podpisywania deklaracji cząstkowych", kind="checkbox"),
    ),
)
LOGIN = Form(
    "logowanie",
    (
        Field("login", "Nazwa użytkownika", autocomplete="username"),
        Field("password", "Hasło", kind="password", autocomplete="current-password"),
    ),
)
