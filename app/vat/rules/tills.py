"""Reports of cash registers: which numbers are missing, which days, and what stands twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from app.kernel.dates import Month, counted, format_short, is_working_day
from app.kernel.money import ZERO, format_pln
from app.vat.rules.facts import Finding

ReportKind = Literal["daily", "monthly"]
NAMED = 8


@dataclass(frozen=True, slots=True)
class Report:
    """A report in the register: the till's fiscal number, its own number, the day, gross złote; `corrections`: what the
    records of returns and mistakes took off it, gross, not above zero."""

    till: str
    number: int
    on: date
    kind: ReportKind
    gross: Decimal
    corrections: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Till:
    """A till's month: its reports in order and what is pointed out in them."""

    number: str
    reports: tuple[Report, ...]
    gross: Decimal
    corrections: Decimal
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Receipted:
    """An invoice to a receipt (FP): the till and number of the receipt it belongs to, when known."""

    document_no: str
    till: str | None
    receipt: str | None
    on: date
    gross: Decimal


def tills(reports: Iterable[Report], month: Month, before: Iterable[tuple[str, int]] = ()) -> tuple[Till, ...]:
    """Each till of a month by its number. `before`: the last daily number of each till before this month.

    Law: art. 111 ust. 1 i 3a ustawy o VAT; rozporządzenie w sprawie kas rejestrujących
    """
    last = dict(before)
    found: dict[str, list[Report]] = {}
    for one in reports:
        found.setdefault(one.till, []).append(one)
    return tuple(
        _till(number, sorted(all_, key=lambda one: (one.number, one.on)), month, last)
        for number, all_ in sorted(found.items())
    )


def _till(number: str, reports: list[Report], month: Month, last: dict[str, int]) -> Till:
    daily = [one for one in reports if one.kind == "daily"]
    monthly = [one for one in reports if one.kind == "monthly"]
    counted_ = daily or monthly
    findings = [*_gaps(daily, last.get(number)), *_days(daily, month), *_both(daily, monthly)]
    gross = sum((one.gross for one in counted_), ZERO)
    corrections = sum((one.corrections for one in counted_), ZERO)
    return Till(number, tuple(reports), gross, corrections, tuple(findings))


def _gaps(daily: Sequence[Report], last: int | None) -> Iterator[Finding]:
    """Numbers of daily reports run without holes; one after another, and days do not run backwards."""
    numbers = [one.number for one in daily]
    expected = last + 1 if last is not None else (numbers[0] if numbers else 0)
    missing = []
    for number in sorted(set(numbers)):
        missing += list(range(expected, min(number, expected + 1000)))
        expected = max(expected, number + 1)
    if missing:
        yield _warning(
            "gap", f"Brakuje {counted(len(missing), 'raportu', 'raportów', 'raportów')} nr {_listed(missing)}."
        )
    for number in sorted({one for one in numbers if numbers.count(one) > 1}):
        yield _warning("repeated", f"Raport nr {number} jest w rejestrze więcej niż raz.")
    for one, following in pairwise(daily):
        if following.on < one.on:
            yield _warning(
                "order",
                f"Raport nr {following.number} ma datę {format_short(following.on)}, wcześniejszą niż nr {one.number}.",
            )


def _days(daily: Sequence[Report], month: Month) -> Iterator[Finding]:
    """Working days without a report between the first and the last one; a day without sales has none by right."""
    if not daily:
        return
    days = {one.on for one in daily}
    day, missing = min(days), []
    while day <= max(days):
        if day not in days and is_working_day(day) and day in month:
            missing.append(day)
        day += timedelta(days=1)
    if missing:
        shown = ", ".join(format_short(one) for one in missing[:NAMED])
        more = f" i jeszcze {len(missing) - NAMED}" if len(missing) > NAMED else ""
        yield _warning("day", f"Dni robocze bez raportu: {shown}{more}. Sprawdź, czy nie było sprzedaży.")


def _both(daily: Sequence[Report], monthly: Sequence[Report]) -> Iterator[Finding]:
    if daily and monthly:
        yield Finding(
            "error", "both", "report_kind",
            "Ta kasa ma raporty dobowe i raport miesięczny: sprzedaż byłaby policzona dwa razy. Unieważnij jedne.",
        )  # fmt: skip
    if len(monthly) > 1:
        yield Finding(
            "error", "monthly", "report_kind", "Ta kasa ma w tym miesiącu więcej niż jeden raport miesięczny."
        )


def _warning(code: str, message: str) -> Finding:
    return Finding("warning", code, "report_number", message)


def _listed(numbers: Sequence[int]) -> str:
    more = f" i jeszcze {len(numbers) - NAMED}" if len(numbers) > NAMED else ""
    return ", ".join(map(str, numbers[:NAMED])) + more


def receipts(invoices: Iterable[Receipted], known: Iterable[Till]) -> tuple[Finding, ...]:
    """Invoices to receipts that cannot be paired with a report: no receipt named, a till unknown here, or a day on
    which the till's report is lower than the invoice.

    Law: art. 106b ust. 5, art. 106h ust. 1–3 ustawy o VAT
    """
    by_till = {till.number: till for till in known}
    return tuple(finding for invoice in invoices for finding in _unpaired(invoice, by_till))


def _unpaired(invoice: Receipted, by_till: dict[str, Till]) -> Iterator[Finding]:
    named = f"Faktura do paragonu „{invoice.document_no[:60]}”"
    if invoice.till is None or invoice.receipt is None:
        yield Finding("warning", "receipt", "receipt_no", f"{named}: podaj kasę i numer paragonu, do którego jest.")
        return
    till = by_till.get(invoice.till)
    if till is None:
        yield Finding(
            "warning", "receipt", "till_no", f"{named}: w tym miesiącu nie ma raportów kasy {invoice.till[:20]}."
        )
        return
    same_day = [one for one in till.reports if one.kind == "daily" and one.on == invoice.on]
    if same_day and sum((one.gross for one in same_day), ZERO) < invoice.gross:
        yield Finding(
            "warning", "receipt", "receipt_no",
            f"{named}: {format_pln(invoice.gross)} to więcej niż cały raport kasy z tego dnia.",
        )  # fmt: skip
