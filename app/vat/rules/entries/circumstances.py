"""What the register knows of a document besides what JPK_V7M wants: its till, its kind, how it is paid, why here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.kernel.money import ZERO
from app.vat.rules.entries.internal import InternalKind
from app.vat.rules.facts import Finding, Side
from app.vat.rules.tills import ReportKind

OF_TILLS = ("till_no", "report_no", "report_kind", "returns_gross", "receipt_no")
LONGEST_TILL, LONGEST_RECEIPT, LARGEST_NUMBER = 20, 40, 1_000_000


@dataclass(frozen=True, slots=True)
class Circumstances:
    """All of them may be unknown. `returns_gross`: what records of returns and mistakes took off a report, not above
    zero; `decision`: why the row stands in its month."""

    internal_kind: InternalKind | None = None
    due_on: date | None = None
    split_payment: bool | None = None
    corrects_id: UUID | None = None
    decision: Mapping[str, Any] | None = None
    till_no: str | None = None
    report_no: int | None = None
    report_kind: ReportKind | None = None
    returns_gross: Decimal | None = None
    receipt_no: str | None = None

    def columns(self, side: Side) -> dict[str, Any]:
        """As the register of this side keeps them."""
        shared = ("internal_kind", "due_on", "split_payment", "corrects_id", "decision")
        names = (*shared, *OF_TILLS) if side == "sale" else shared
        return {name: getattr(self, name) for name in names}


UNKNOWN = Circumstances()


def check(known: Circumstances, document_type: str | None, issued_on: date) -> Iterator[Finding]:
    """What does not fit the document.

    Law: art. 106h ust. 1–3, art. 111 ust. 3a ustawy o VAT
    """
    if known.till_no is not None and len(known.till_no) > LONGEST_TILL:
        yield _error("till_no", f"Numer kasy może mieć najwyżej {LONGEST_TILL} znaków.")
    if known.receipt_no is not None and len(known.receipt_no) > LONGEST_RECEIPT:
        yield _error("receipt_no", f"Numer paragonu może mieć najwyżej {LONGEST_RECEIPT} znaków.")
    if known.report_no is not None and not 0 < known.report_no < LARGEST_NUMBER:
        yield _error("report_no", "Numer raportu jest liczbą większą od zera.")
    if known.returns_gross is not None and known.returns_gross > ZERO:
        yield _error("returns_gross", "Zwroty i pomyłki zmniejszają sprzedaż: podaj kwotę z minusem.")
    if document_type != "RO" and (known.report_no is not None or known.report_kind is not None):
        yield _error("report_no", "Numer i rodzaj raportu ma tylko raport kasy (RO).")
    if document_type == "RO" and known.report_no is not None and known.till_no is None:
        yield _error("till_no", "Podaj numer unikatowy kasy: numery raportów liczy się dla każdej kasy osobno.")
    if known.receipt_no is not None and document_type != "FP":
        yield _error("receipt_no", "Numer paragonu podaje się przy fakturze do paragonu (FP).")
    if known.due_on is not None and known.due_on < issued_on:
        yield Finding("warning", "entry", "due_on", "Termin płatności jest wcześniejszy niż wystawienie dokumentu.")


def _error(field: str, message: str) -> Finding:
    return Finding("error", "entry", field, message)
