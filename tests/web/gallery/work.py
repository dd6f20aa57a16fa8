"""What the gallery's working pages show: the board, the queue, the return, a run, history."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random

from app.kernel.reckoning import Parameter, Step
from app.web.parts import (
    BoardRow,
    Candidate,
    Cell,
    Check,
    Deadline,
    Event,
    Queued,
    ReturnAmount,
    ReturnLine,
    Stage,
    Work,
)
from app.web.render import Progress
from tests.web.gallery.town import UNITS

TODAY_WORK = (
    Work("Faktury bez jednostki", "/kolejka", "najstarsza czeka 3 dni", 23, "do dziś", "warning", "help-circle"),
    Work(
        "Wiersze rejestru do sprawdzenia",
        "/rejestr?stan=check",
        "Urząd Miasta, SP nr 2, MOSiR",
        9,
        None,
        None,
        "checklist",
    ),
    Work(
        "Deklaracje cząstkowe do podpisu", "/podpis", "czekają na podpis kierownika", 2, "do 20.10", "info", "signature"
    ),
    Work(
        "Faktury odrzucone przy wczytaniu", "/przebieg", "3 z innym NIP, 1 uszkodzona", 4, None, "danger", "file-alert"
    ),
    Work("Wyjaśnienia od jednostek", "/stany", "ZGM odpowiedział na 1 pytanie", 1, None, None, "message"),
)

DEADLINES = (
    Deadline(date(2026, 10, 20), "Deklaracje cząstkowe jednostek", "/tablica", "za wrzesień 2026", "jutro", "warning"),
    Deadline(date(2026, 10, 26), "JPK_V7M za wrzesień", "/deklaracja", "25.10 to niedziela", "za 7 dni"),
    Deadline(date(2026, 11, 10), "Sprawozdania Rb-27S i Rb-28S", "/stany", "za październik 2026", "za 22 dni"),
)

CHECKS = (
    Check("success", "Rejestr sprzedaży jest kompletny", "Raporty z obu kas zgadzają się z wpłatami co do grosza."),
    Check("success", "Każda faktura z KSeF ma wiersz w rejestrze", "41 faktur, 41 wierszy."),
    Check(
        "warning",
        "3 faktury kosztowe bez daty wpływu",
        "Podatek wejdzie do miesiąca wystawienia.",
        "/rejestr?wplyw=",
        "Uzupełnij",
    ),
    Check(
        "danger",
        "Nota wewnętrzna 7/09/2026 nie ma pary w ZGM",
        "Po stronie ZGM brakuje sprzedaży na 1 230,00 zł.",
        "/rejestr",
        "Pokaż notę",
    ),
    Check("neutral", "Korekta roczna", "Dotyczy dopiero stycznia."),
)

CANDIDATES = (
    Candidate(
        "SP2",
        "SP nr 2",
        94,
        "ul. Szkolna 12",
        (
            ("success", "adres dostawy taki sam"),
            ("success", "nazwa w uwagach"),
            ("success", "ten dostawca: 11 z 12 faktur"),
        ),
    ),
    Candidate(
        "PM2",
        "Przedszkole nr 2",
        41,
        "ul. Szkolna 14",
        (("warning", "adres o dwa numery dalej"), ("success", "ten dostawca: 1 z 12 faktur")),
    ),
    Candidate("ZSP1", "ZSP nr 1", 22, "ul. Polna 3", (("danger", "inny adres dostawy"), ("success", "stołówka"))),
    Candidate("UM", "Urząd Miasta", 9, "pl. Ratuszowy 1", (("warning", "adres nabywcy z faktury"),)),
)

PROGRESS = Progress(
    "jpk",
    "Wczytywanie faktur z KSeF",
    1084,
    1500,
    "running",
    "jeszcze około 2 min",
    "412 faktur na minutę",
    4,
    "/przebieg",
    "/przebieg/zdarzenia",
    "/przebieg/anuluj",
)

TROUBLES = (
    ("5252344078-20260917-0100.xml", "Faktura jest dla innego nabywcy", "NIP 1132191233 nie należy do miasta", 14),
    ("5252344078-20260918-0211.xml", "Faktura jest dla innego nabywcy", "NIP 1132191233 nie należy do miasta", 14),
    ("7740001454-20260921-0007.xml", "Suma pozycji różni się od kwoty do zapłaty", "o 0,02 zł", 88),
    ("9570968370-20260922-1190.xml", "Plik jest ucięty", "zachowany w całości, 3,1 kB", None),
)

HISTORY = (
    Event(
        "Anna Zielińska",
        "podpisała deklarację cząstkową",
        datetime(2026, 10, 19, 9, 12, tzinfo=UTC),
        "dyrektor, pełnomocnictwo 14/2026",
        icon="signature",
    ),
    Event(
        "Piotr Mazur",
        "zmienił przeznaczenie zakupu",
        datetime(2026, 10, 18, 13, 40, tzinfo=UTC),
        "księgowy, CUW",
        (("Przeznaczenie", "działalność gospodarcza", "mieszane"), ("VAT do odliczenia", "283,90 zł", "48,26 zł")),
        "edit",
    ),
    Event(
        "System",
        "przypisał fakturę do jednostki",
        datetime(2026, 10, 16, 4, 2, tzinfo=UTC),
        "IDWew w Podmiot3",
        icon="bolt",
    ),
    Event("System", "wczytał fakturę z KSeF", datetime(2026, 10, 16, 4, 1, tzinfo=UTC), icon="file-import"),
)

STEPS = (
    Step("VAT z faktury", "1 234,35 × 23%", "283,90 zł", "art. 86 ust. 2 pkt 1 ustawy o VAT"),
    Step(
        "Prewspółczynnik jednostki",
        "283,90 × 17%",
        "48,263 zł",
        "art. 86 ust. 2a ustawy o VAT",
        Parameter(
            "Prewspółczynnik UM na 2026", "17%", date(2026, 1, 1), date(2026, 12, 31), "protokół z 14.01.2026", "S"
        ),
    ),
    Step("Współczynnik struktury sprzedaży", "48,263 × 100%", "48,263 zł", "art. 90 ust. 2 ustawy o VAT"),
    Step("Zaokrąglenie do grosza", "", "48,26 zł", "art. 106e ust. 11 ustawy o VAT"),
)


def board() -> tuple[list[Stage], list[BoardRow]]:
    """Fourteen units on their way to the city's return."""
    rng = Random(3)
    titles = ("Faktury", "Rejestry", "Kontrole", "Podpis", "Publikacja")
    rows = []
    for code, name, short in UNITS:
        reached = rng.choices(range(6), (1, 2, 2, 3, 2, 5))[0]
        cells = [_cell(rng, stage, reached, code) for stage in range(5)]
        rows.append(BoardRow(short, cells, name if name != short else None, f"/jednostka/{code}"))
    past = [[cell for row in rows if (cell := row.cells[stage]) and cell.tone == "success"] for stage in range(5)]
    return [Stage(title, len(past[place]), len(rows)) for place, title in enumerate(titles)], rows


def _cell(rng: Random, stage: int, reached: int, code: str) -> Cell | None:
    href = f"/tablica/{code}/{stage}"
    if stage < reached:
        done = ("wszystkie przypisane", "kompletne", "bez uwag", "podpisane", "wersja 1")[stage]
        return Cell("success", done, href, sub="19.10" if stage == 4 else None)
    if stage > reached:
        return Cell("neutral", "czeka") if stage < 5 else None
    count = rng.randrange(1, 13)
    return (
        Cell("warning", "do przypisania", href, count),
        Cell("info", "do uzupełnienia", href, count),
        Cell("danger", "do wyjaśnienia", href, count),
        Cell("info", "u kierownika", href, sub="od 18.10", icon="signature"),
        Cell("info", "wysyła się", href, icon="send"),
    )[stage]


def queue(chosen: int) -> list[Queued]:
    names = (
        "Hurtownia „Kłos”",
        "Papirus s.c.",
        "Wodociągi Dąbrowskie",
        "Sport-Parkiet Serwis",
        "Energa-Obrót",
        "Ogrody i Zieleń",
        "ZUK „Czysto”",
    )
    amounts = ("1 518,30", "312,42", "84,10", "6 150,00", "2 204,77", "738,00", "190,08")
    return [
        Queued(
            names[place % 7],
            f"?faktura={place}",
            ("bez odbiorcy", "nieznany adres", "dwie możliwości")[place % 3],
            amounts[place % 7],
            f"{place % 28 + 1:02d}.09",
            place == chosen,
        )
        for place in range(23)
    ]


def declaration() -> list[tuple[str | None, list[ReturnLine]]]:
    def field(code: str, value: str) -> ReturnAmount:
        return ReturnAmount(code, Decimal(value), f"/wyliczenie/{code}")

    return [
        (
            "Podatek należny",
            [
                ReturnLine("Dostawa i usługi w kraju zwolnione", field("P_10", "418230")),
                ReturnLine("Opodatkowane stawką 5%", field("P_15", "12044"), field("P_16", "602"), "stołówki szkolne"),
                ReturnLine(
                    "Opodatkowane stawką 8%",
                    field("P_17", "188310"),
                    field("P_18", "15065"),
                    "woda, ścieki, bilety wstępu",
                ),
                ReturnLine(
                    "Opodatkowane stawką 23%",
                    field("P_19", "342116"),
                    field("P_20", "78687"),
                    "najem, reklama, parkingi",
                ),
                ReturnLine("Razem", ReturnAmount("P_37", 960700), ReturnAmount("P_38", 94354), strong=True),
            ],
        ),
        (
            "Podatek naliczony",
            [
                ReturnLine("Nadwyżka z poprzedniej deklaracji", None, field("P_39", "0")),
                ReturnLine("Nabycie środków trwałych", field("P_40", "54310"), field("P_41", "2873")),
                ReturnLine("Nabycie pozostałych towarów i usług", field("P_42", "611894"), field("P_43", "29405")),
                ReturnLine("Razem", None, ReturnAmount("P_48", 32278), strong=True),
            ],
        ),
        ("Rozliczenie", [ReturnLine("Do wpłaty do urzędu skarbowego", None, ReturnAmount("P_51", 62076), strong=True)]),
    ]
