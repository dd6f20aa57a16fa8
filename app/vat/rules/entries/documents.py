"""One document entered by hand or from a file: its key in the register and everything that is wrong with it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from app.kernel.dates import Month, format_short
from app.kernel.errors import NotKnown
from app.kernel.money import GROSZ, HUNDRED, ZERO, format_amount
from app.vat.rules.deduction import Use
from app.vat.rules.facts import Finding, Marker, PurchaseRow, SalesRow, Side
from app.vat.rules.fields import PURCHASE_FIELDS, SALE_FIELDS
from app.vat.rules.invoice import RATES
from app.vat.rules.register import MISSING, SALES_FIELDS, ksef_day
from app.vat.rules.totals import NOT_NEGATIVE, NOT_POSITIVE, incomplete
from app.vat.rules.window import Basis, InputPeriod, input_period

Source = Literal["cash", "internal", "manual"]
PurchaseType = Literal["MK", "VAT_RR", "WEW"]

TYPED = ("K_44", "K_45", "K_46", "K_47")
"""The only purchase fields that a person fills: yearly corrections and reliefs, in an internal document."""
COMPUTED = tuple(name for name in PURCHASE_FIELDS if name not in TYPED)

_LONGEST_KEY = 120
_RATES_OF: Mapping[tuple[str, str], tuple[str, ...]] = {
    (bases[0], tax): RATES[part] for part, (bases, tax) in SALES_FIELDS.items() if tax is not None
}
_RECEIPTS_TOLERANCE = 2 * GROSZ
_HIGHEST_RATE = max(Decimal(rate) for rates in RATES.values() for rate in rates)
_PROOF_ONLY = ("RO", "WEW")
_SEPARATORS = re.compile(r"[\s./-]+")
_POLISH_VAT_UE = re.compile("PL[0-9]{10}")


@dataclass(frozen=True, slots=True)
class PurchaseEntry:
    """A purchase as a person enters it: `net` and `vat` as on the document; K_40 … K_43 follow, they are not entered.

    `amounts` maps K_44 … K_47 to złote, for internal documents only.
    """

    counterparty_no: str
    counterparty_name: str
    document_no: str
    issued_on: date
    marker: Marker
    net: Decimal = ZERO
    vat: Decimal = ZERO
    use: Use | None = None
    asset: bool = False
    amounts: Mapping[str, Decimal] = field(default_factory=dict)
    country: str | None = None
    received_on: date | None = None
    document_type: PurchaseType | None = None
    imported: bool = False
    margin_gross: Decimal | None = None

    def row(self, computed: Mapping[str, Decimal]) -> PurchaseRow:
        """The row of the register, with the amounts that were computed."""
        return PurchaseRow(
            self.counterparty_no,
            self.counterparty_name,
            self.document_no,
            self.issued_on,
            self.marker,
            {**computed, **self.amounts},
            self.country,
            self.received_on,
            self.document_type,
            self.imported,
            self.margin_gross,
        )


Entry = SalesRow | PurchaseEntry


def tidy(entry: Entry) -> Entry:
    """As the register keeps it: no idle spaces, and of the counterparty's number letters and digits only, so that the
    same number is always the same text. A Polish number goes without its prefix. An invoice of KSeF is received on the
    day of its number."""
    number = _SEPARATORS.sub("", entry.counterparty_no) or MISSING
    if _POLISH_VAT_UE.fullmatch(number) and entry.country in (None, "PL"):
        number = number[2:]
    tidied = replace(
        entry,
        counterparty_no=number,
        counterparty_name=" ".join(entry.counterparty_name.split()) or MISSING,
        document_no=" ".join(entry.document_no.split()),
    )
    if isinstance(tidied, PurchaseEntry) and tidied.received_on is None:
        return replace(tidied, received_on=ksef_day(tidied.marker.ksef_number))
    return tidied


def side_of(entry: Entry) -> Side:
    """The register a document belongs to."""
    return "sale" if isinstance(entry, SalesRow) else "purchase"


def source_of(entry: Entry) -> Source:
    """Reports of cash registers, internal documents, and everything else: invoices from outside KSeF."""
    if entry.document_type == "RO":
        return "cash"
    return "internal" if entry.document_type == "WEW" else "manual"


def key_of(entry: Entry, month: Month, till_no: str | None = None) -> str:
    """What may stand only once in a register within the source: the number in its month, for a supplier's document
    with the supplier, for a report with its till. At most 120 characters."""
    foreign = isinstance(entry, PurchaseEntry) and source_of(entry) == "manual"
    apart = [entry.counterparty_no] if foreign else [till_no] if till_no else []
    parts = [str(month), *apart, entry.document_no]
    key = ":".join(parts)
    return key if len(key) <= _LONGEST_KEY else f"{month}:{hashlib.sha256(key.encode()).hexdigest()}"


def check(entry: Entry, month: Month) -> tuple[Finding, ...]:
    """Everything wrong with a document for this month, errors first; lengths and characters are for the form to judge.

    Law: art. 109 ust. 3 ustawy o VAT; § 10 i 11 rozporządzenia w sprawie JPK_VAT; struktura JPK_V7M(3)
    """
    tests = _sale(entry, month) if isinstance(entry, SalesRow) else _purchase(entry, month)
    return tuple(sorted(tests, key=lambda finding: finding.severity != "error"))


def _error(field: str, message: str) -> Finding:
    return Finding("error", "entry", field, message)


def _warning(field: str, message: str) -> Finding:
    return Finding("warning", "entry", field, message)


def _sale(row: SalesRow, month: Month) -> Iterator[Finding]:
    if not row.amounts and row.margin_gross is None:
        yield _error("amounts", "Podaj przynajmniej jedną kwotę.")
    yield from _amounts(row.amounts, SALE_FIELDS, "sprzedaży")
    for part in ("K_35", "K_36"):
        if row.amounts.get(part, ZERO) > row.amounts.get("K_24", ZERO) and "K_24" in row.amounts:
            yield _error(part, f"{part} to część podatku z K_24, więc nie może być większe.")
    for violation in incomplete(row.amounts, "K_"):
        yield _error(violation.name, violation.message)
    yield from _sale_marker(row)
    day, name = (row.issued_on, "issued_on") if row.sold_on is None else (row.sold_on, "sold_on")
    if day not in month:
        message = f"Data {format_short(day)} jest spoza miesiąca {month.label}."
        yield (_error if row.document_type in _PROOF_ONLY else _warning)(name, message)
    for (base, tax), rates in _RATES_OF.items():
        if base in row.amounts and tax in row.amounts:
            yield from _plausible(row.amounts[base], row.amounts[tax], rates, tax)


def _sale_marker(row: SalesRow) -> Iterator[Finding]:
    yield from _marker(row.marker)
    kind = row.marker.kind
    if row.document_type == "RO" and kind != "DI":
        yield _error("marker", "Raport kasy nie jest fakturą: ma oznaczenie DI.")
    elif row.document_type == "WEW" and kind != "DI":
        yield _warning("marker", "Dowód wewnętrzny nie jest fakturą: zwykle ma oznaczenie DI.")
    elif row.document_type == "FP" and kind == "DI":
        yield _error("marker", "Dokument FP jest fakturą do paragonu: podaj numer KSeF albo oznaczenie BFK lub OFF.")


def _purchase(entry: PurchaseEntry, month: Month) -> Iterator[Finding]:
    if not entry.net and not entry.vat and not entry.amounts and entry.margin_gross is None:
        yield _error("net", "Podaj kwotę netto i podatek.")
    for name in entry.amounts:
        if name in COMPUTED:
            yield _error(name, f"{name} wynika z podatku i przeznaczenia zakupu: wpisz netto i podatek z dokumentu.")
        elif entry.document_type != "WEW":
            yield _error(name, f"{name} podaje się tylko w dowodzie wewnętrznym (WEW).")
    yield from _amounts(entry.amounts, PURCHASE_FIELDS, "zakupu")
    yield from _marker(entry.marker)
    if entry.document_type == "WEW" and entry.marker.kind != "DI":
        yield _warning("marker", "Dowód wewnętrzny nie jest fakturą: zwykle ma oznaczenie DI.")
    if entry.document_type in ("MK", "VAT_RR") and entry.marker.kind == "DI":
        yield _error("marker", f"Dokument {entry.document_type} jest fakturą: podaj numer KSeF albo BFK lub OFF.")
    if entry.document_type is None and entry.counterparty_name == MISSING:
        yield _error("counterparty_name", "Podaj dostawcę.")
    yield from _purchase_days(entry, month)
    highest = entry.net * _HIGHEST_RATE / HUNDRED
    if abs(entry.vat) > abs(highest) + _RECEIPTS_TOLERANCE or entry.vat * entry.net < ZERO:
        yield _warning(
            "vat", f"Podatek {format_amount(entry.vat)} nie wynika z żadnej stawki i netto {format_amount(entry.net)}."
        )


def _purchase_days(entry: PurchaseEntry, month: Month) -> Iterator[Finding]:
    """Not before the document is received, and within the periods in which a deduction may still be made.

    Law: art. 86 ust. 10, 10b pkt 1 i 11 ustawy o VAT
    """
    days = (("issued_on", entry.issued_on, "wystawienia"), ("received_on", entry.received_on, "wpływu"))
    for name, day, what in days:
        if day is not None and day > month.last_on:
            yield _error(name, f"Data {what} {format_short(day)} jest późniejsza niż {month.label}.")
    if entry.document_type == "WEW":
        if entry.issued_on not in month:
            yield _error("issued_on", f"Data {format_short(entry.issued_on)} jest spoza miesiąca {month.label}.")
        return
    ksef_on = ksef_day(entry.marker.ksef_number)
    if ksef_on is not None and entry.received_on != ksef_on:
        yield _error(
            "received_on",
            f"Fakturę z KSeF otrzymano, gdy nadano numer: {format_short(ksef_on)} (art. 106na ust. 3 ustawy o VAT).",
        )
        return
    if entry.received_on is not None and entry.received_on < entry.issued_on:
        yield _warning("received_on", "Wpływ jest wcześniejszy niż wystawienie dokumentu.")
    yield from _window(entry, month)


def _window(entry: PurchaseEntry, month: Month) -> Iterator[Finding]:
    """Whether the deduction may still be made in this month; a purchase without one has no window.

    Law: art. 86 ust. 10, 10b, 11 i 13 ustawy o VAT
    """
    if entry.vat <= ZERO or entry.use in ("exempt", "outside"):
        return
    basis: Basis = "customs" if entry.imported else "invoice"
    received_on = entry.received_on or entry.issued_on
    known = min(entry.issued_on, received_on)
    field = "received_on" if entry.received_on else "issued_on"
    question = InputPeriod(obliged_on=known, received_on=received_on, month=str(month), basis=basis)
    try:
        found = input_period(question).result
    except NotKnown as unknown:
        yield _error(field, unknown.message)
        return
    if found.why is not None:
        yield _error(field, found.why)


def _amounts(amounts: Mapping[str, Decimal], known: tuple[str, ...], register: str) -> Iterator[Finding]:
    for name, amount in amounts.items():
        if name not in known:
            yield _error(name, f"Rejestr {register} nie ma pola „{name[:20]}”.")
        elif name[2:] in NOT_NEGATIVE and amount < ZERO:
            yield _error(name, f"Kwota {name} nie może być ujemna.")
        elif name[2:] in NOT_POSITIVE and amount > ZERO:
            yield _error(name, f"Kwota {name} nie może być dodatnia.")


def _marker(marker: Marker) -> Iterator[Finding]:
    if marker.kind == "NrKSeF" and not marker.ksef_number:
        yield _error("ksef_number", "Podaj numer KSeF albo wybierz oznaczenie OFF, BFK lub DI.")
    if marker.kind != "NrKSeF" and marker.ksef_number:
        yield _error("marker", f"Jest numer KSeF i oznaczenie {marker.kind}. Zostaw jedno z nich.")


def _plausible(base: Decimal, tax: Decimal, rates: tuple[str, ...], name: str) -> Iterator[Finding]:
    """Tax of many receipts may move a grosz or two from the tax of their sum.

    Law: art. 106e ust. 7–11 ustawy o VAT
    """
    if all(abs(base * Decimal(rate) / HUNDRED - tax) > _RECEIPTS_TOLERANCE for rate in rates):
        yield _warning(
            name,
            f"Podatek {name} {format_amount(tax)} nie wynika z podstawy {format_amount(base)} "
            f"i stawki {' ani '.join(f'{rate} %' for rate in rates)}.",
        )
