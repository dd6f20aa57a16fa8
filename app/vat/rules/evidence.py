"""The evidence sheet of a ratio: which figures of which accounts or reports make its numerator and denominator."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from app.kernel.errors import Refusal
from app.kernel.money import ZERO, exact_text, parse_pln
from app.kernel.reckoning import Step
from app.vat.rules.ratio import Kind

Method = Literal["office", "unit", "works", "other", "turnover"]
Part = Literal["numerator", "denominator", "both"]
Exclusion = Literal[
    "own_municipality",
    "incidental",
    "capital",
    "own_use",
    "other_units",
    "returned_grants",
    "benefits",
    "loans",
    "other",
]

REGULATION = "rozporządzenie MF z 17.12.2015 r. w sprawie sposobu określania zakresu wykorzystywania nabywanych towarów"


@dataclass(frozen=True, slots=True)
class Formula:
    """How a ratio is made: for whom, in which words, by which article. `doubtful`: what was not read in the act."""

    kind: Kind
    title: str
    numerator: str
    denominator: str
    law: str
    doubtful: str | None = None


METHODS: Mapping[Method, Formula] = {
    "office": Formula(
        "pre_ratio", "Urząd: A × 100 / DUJST", "A: roczny obrót urzędu z działalności gospodarczej",
        "DUJST: dochody wykonane urzędu obsługującego gminę", f"{REGULATION}, § 3 ust. 2",
        "Pełna lista pomniejszeń DUJST nie została sprawdzona w akcie: wyłączenia uzasadnia osoba ustalająca.",
    ),
    "unit": Formula(
        "pre_ratio", "Jednostka budżetowa: A × 100 / D", "A: roczny obrót jednostki z działalności gospodarczej",
        "D: dochody wykonane jednostki budżetowej, ze środkami z budżetu na jej wydatki", f"{REGULATION}, § 3 ust. 3",
        "Zakres D bywa sporny (samo Rb-27S albo Rb-27S z Rb-28S): źródło każdej kwoty jest w karcie.",
    ),
    "works": Formula(
        "pre_ratio", "Zakład budżetowy: A × 100 / P", "A: roczny obrót zakładu z działalności gospodarczej",
        "P: przychody wykonane zakładu budżetowego", f"{REGULATION}, § 3 ust. 4",
    ),
    "other": Formula(
        "pre_ratio", "Inny sposób, bardziej reprezentatywny", "część związana z działalnością gospodarczą",
        "całość według przyjętej miary", "art. 86 ust. 2h ustawy o VAT",
        "Inny sposób trzeba umieć uzasadnić; nie łączy się go ze sposobem z rozporządzenia.",
    ),
    "turnover": Formula(
        "ratio", "Współczynnik: obrót z prawem do odliczenia / obrót", "obrót, od którego przysługuje odliczenie",
        "obrót całkowity z działalności gospodarczej", "art. 90 ust. 3–6 ustawy o VAT",
    ),
}  # fmt: skip

EXCLUSIONS: Mapping[Exclusion, tuple[str, str]] = {
    "own_municipality": ("świadczenia na rzecz własnej gminy i jej jednostek", f"{REGULATION}, § 2 i 3"),
    "incidental": ("transakcje pomocnicze nieruchomościami i finansowe", "art. 90 ust. 6 ustawy o VAT"),
    "capital": ("dostawa środków trwałych używanych w działalności", "art. 90 ust. 5 ustawy o VAT"),
    "own_use": ("nieodpłatne świadczenia i użytek własny", "art. 90 ust. 3 ustawy o VAT"),
    "other_units": ("dochody innych jednostek organizacyjnych gminy", f"{REGULATION}, § 3 ust. 2"),
    "returned_grants": ("dotacje zwrócone", f"{REGULATION}, § 2"),
    "benefits": ("środki wypłacane dalej, na przykład świadczenia", f"{REGULATION}, § 2"),
    "loans": ("pożyczki, kredyty i ich spłaty", f"{REGULATION}, § 2"),
    "other": ("inny powód, opisany w karcie", "art. 86 ust. 2a–2h ustawy o VAT"),
}
"""Why a figure is left out, in words, and by which article."""
PARTS: Mapping[Part, str] = {"numerator": "licznik", "denominator": "mianownik", "both": "licznik i mianownik"}

MOST_LINES, LONGEST_ACCOUNT, LONGEST_TEXT = 200, 60, 240
_YES, _NO = ("", "tak", "t", "1", "+"), ("nie", "n", "0", "-")


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: `account` of the ledger or place in a report, złote. `excluded` None: it counts; else why not, in
    `note` more about it."""

    account: str
    text: str
    amount: Decimal
    part: Part
    excluded: Exclusion | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """All figures of one ratio. `justification` is wanted for another method."""

    method: Method
    lines: tuple[Line, ...]
    justification: str = ""


def totals(sheet: Sheet) -> tuple[Decimal, Decimal]:
    """(numerator, denominator) in złote: the lines that count, each in its part.

    Raises `Refusal` at "lines[2].excluded" and the like, at `justification`, or at `lines`.

    Law: art. 86 ust. 2a–2h, art. 90 ust. 3–6 ustawy o VAT; rozporządzenie MF z 17.12.2015 r.
    """
    for problem in problems(sheet):
        raise problem
    counted = [line for line in sheet.lines if line.excluded is None]
    numerator = sum((line.amount for line in counted if line.part in ("numerator", "both")), ZERO)
    return numerator, sum((line.amount for line in counted if line.part in ("denominator", "both")), ZERO)


def problems(sheet: Sheet) -> Iterator[Refusal]:
    """Everything wrong with a sheet, each at its line.

    Law: art. 86 ust. 2h ustawy o VAT
    """
    if not sheet.lines:
        yield Refusal("Karta nie ma żadnej kwoty. Dopisz wiersze albo wklej je z arkusza.", "lines")
    if len(sheet.lines) > MOST_LINES:
        yield Refusal(f"Karta może mieć najwyżej {MOST_LINES} wierszy.", "lines")
    if sheet.method == "other" and not sheet.justification.strip():
        yield Refusal(
            "Uzasadnij, czemu ten sposób lepiej odpowiada działalności jednostki niż sposób z rozporządzenia.",
            "justification",
            METHODS["other"].law,
        )
    for place, line in enumerate(sheet.lines):
        if not line.account.strip():
            yield Refusal(f"Wiersz {place + 1}: podaj konto albo miejsce w sprawozdaniu.", f"lines[{place}].account")
        if len(line.account) > LONGEST_ACCOUNT or len(line.text) > LONGEST_TEXT or len(line.note) > LONGEST_TEXT:
            yield Refusal(f"Wiersz {place + 1}: tekst jest za długi.", f"lines[{place}].text")
        if line.excluded == "other" and not line.note.strip():
            yield Refusal(f"Wiersz {place + 1}: opisz, czemu kwota jest wyłączona.", f"lines[{place}].note")


def steps(sheet: Sheet) -> tuple[Step, ...]:
    """The sheet as the beginning of a reckoning: both sums with their figures, and each exclusion with its article.

    Law: art. 86 ust. 2a–2h, art. 90 ust. 3–6 ustawy o VAT
    """
    numerator, denominator = totals(sheet)
    formula = METHODS[sheet.method]
    found = [
        Step(
            f"Licznik, {formula.numerator}",
            _added(sheet.lines, ("numerator", "both")),
            exact_text(numerator),
            formula.law,
        ),
        Step(
            f"Mianownik, {formula.denominator}",
            _added(sheet.lines, ("denominator", "both")),
            exact_text(denominator),
            formula.law,
        ),
    ]
    for line in sheet.lines:
        if line.excluded is not None:
            words, law = EXCLUSIONS[line.excluded]
            note = f" ({line.note})" if line.note else ""
            found.append(Step(f"Wyłączono {line.account}: {words}{note}", line.text, exact_text(line.amount), law))
    return tuple(found)


def _added(lines: Iterable[Line], parts: tuple[Part, ...]) -> str:
    counted = [line for line in lines if line.excluded is None and line.part in parts]
    return " + ".join(f"{line.account} {exact_text(line.amount)}" for line in counted) or "brak kwot"


def as_data(sheet: Sheet) -> dict[str, object]:
    """For keeping with the decision."""
    lines = [
        {
            "account": line.account, "text": line.text, "amount": exact_text(line.amount), "part": line.part,
            "excluded": line.excluded, "note": line.note,
        }
        for line in sheet.lines
    ]  # fmt: skip
    return {"method": sheet.method, "lines": lines, "justification": sheet.justification}


def from_data(kept: Mapping[str, object]) -> Sheet:
    """From what was kept."""
    lines = kept.get("lines")
    read = [
        Line(one["account"], one["text"], Decimal(one["amount"]), one["part"], one["excluded"], one["note"])
        for one in (lines if isinstance(lines, list) else [])
    ]
    method = kept["method"]
    return Sheet(method, tuple(read), str(kept.get("justification") or ""))  # type: ignore[arg-type]  # as it was kept


def parse_lines(text: str) -> tuple[list[Line], list[Refusal]]:
    """Lines as they come from a spreadsheet or a CSV file: account, text, amount, part, excluded (reason), note; tabs
    or semicolons between. A header is passed over. What could not be read, at "lines[2].amount", numbered as given."""
    lines: list[Line] = []
    wrong: list[Refusal] = []
    for place, row in enumerate(_rows(text)):
        if place == 0 and row[0].casefold() in ("konto", "account", "źródło", "zrodlo"):
            continue
        try:
            lines.append(_line(row, place))
        except Refusal as refusal:
            wrong.append(refusal)
    return lines, wrong


def _rows(text: str) -> Sequence[list[str]]:
    found = []
    for row in text.replace("\r", "").split("\n"):
        if row.strip():
            cells = [cell.strip().strip('"').strip() for cell in re.split(r"\t" if "\t" in row else ";", row)]
            found.append([*cells, *[""] * (6 - len(cells))])
    return found


def _line(row: list[str], place: int) -> Line:
    account, text, amount, part, excluded, note = row[:6]
    where = f"lines[{place}]"
    try:
        read = parse_pln(amount, f"{where}.amount")
    except Refusal as refusal:
        raise Refusal(f"Wiersz {place + 1}: {refusal.message}", refusal.field) from None
    return Line(account, text, read, part_of(part, f"{where}.part"), exclusion_of(excluded, f"{where}.excluded"), note)


def part_of(written: str, field: str) -> Part:
    """From a code or the word of the sheet; nothing means the denominator alone. Raises `Refusal`."""
    wanted = written.strip().casefold() or "denominator"
    for code, word in PARTS.items():
        if wanted in (code, word):
            return code
    raise Refusal(f"Nie ma części „{written[:40]}”. Możliwe: {', '.join(PARTS.values())}.", field)


def exclusion_of(written: str, field: str) -> Exclusion | None:
    """From a code or words; nothing or „tak” means that the figure counts. Raises `Refusal`."""
    wanted = written.strip().casefold()
    if wanted in _YES:
        return None
    if wanted in _NO:
        raise Refusal("Podaj powód wyłączenia, nie samo „nie”.", field)
    for code in get_args(Exclusion):
        if wanted in (code, EXCLUSIONS[code][0]):
            found: Exclusion = code
            return found
    known = "; ".join(words for words, _ in EXCLUSIONS.values())
    raise Refusal(f"Nie ma powodu „{written[:40]}”. Możliwe: {known}.", field)
