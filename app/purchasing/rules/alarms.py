"""What should make people stop before they approve: each alarm with its article, its weight and who may allow it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from app.kernel.dates import format_short
from app.kernel.money import ZERO, format_amount
from app.kernel.rulebook import Amount
from app.purchasing.rules.facts import Document
from app.purchasing.rules.payments import (
    ENTREPRENEURS,
    LIST,
    REGISTER,
    WhiteListDuty,
    white_list,
)
from app.vat.rules.split_payment import MARK, SPLIT, SplitPayment, split_payment

Severity = Literal["stop", "warning", "note"]
"""stop: from the step `formal` on it waits until somebody with the right allowed it in writing; others are read."""
ALLOWS: Mapping[str, str] = {"control": "główny księgowy", "sign": "kierownik jednostki", "check": "księgowy"}
"""Who may allow a stop, by the right it asks for."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """`code` is stable; `right`: the act of `purchasing.case` that lets a person allow it, None: it only informs."""

    code: str
    severity: Severity
    title: str
    text: str
    law: str
    right: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """An answer of the register of taxpayers that was kept; `on` is the day that was asked about."""

    account: str
    on: date
    assigned: bool
    reference: str


@dataclass(frozen=True, slots=True)
class Twin:
    """Another case that looks like the same document."""

    number: str
    issued_on: date
    gross: Decimal
    same_number: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known around a document: today, accounts that this supplier was paid to before, evidence of the account
    to be paid, documents that look the same. `asked_in_vain`: the register was asked and gave no answer."""

    on: date
    earlier_accounts: tuple[str, ...] = ()
    evidence: Evidence | None = None
    twins: tuple[Twin, ...] = ()
    asked_in_vain: bool = False


def alarms(document: Document, account: str | None, around: Surroundings) -> tuple[Alarm, ...]:
    """Everything that deserves a look, the heaviest first. `account`: where the unit means to pay.

    Law: art. 96b ust. 3, art. 108a ust. 1a ustawy o VAT; art. 117ba Ordynacji podatkowej; art. 44 ust. 3 ustawy o
    finansach publicznych
    """
    weight: Mapping[Severity, int] = {"stop": 0, "warning": 1, "note": 2}
    found = [*_duplicates(around.twins), *_of_account(document, account, around), *_of_payment(document, around.on)]
    return tuple(sorted(found, key=lambda one: weight[one.severity]))


def _duplicates(twins: Sequence[Twin]) -> Iterator[Alarm]:
    law = "art. 44 ust. 3 ustawy o finansach publicznych"
    for one in twins[:3]:
        shown = f"{one.number} z {format_short(one.issued_on)} na {format_amount(one.gross)}"
        if one.same_number:
            yield Alarm(
                "duplicate",
                "stop",
                "Taki dokument już jest w obiegu",
                f"Ten sam dostawca, numer i kwota: {shown}.",
                law,
                "control",
            )
        else:
            yield Alarm(
                "similar", "warning", "Podobny dokument", f"Ten sam dostawca i kwota, bliska data: {shown}.", law
            )


def _of_account(document: Document, account: str | None, around: Surroundings) -> Iterator[Alarm]:
    if account is None:
        if document.paid_on is None and document.gross > ZERO:
            yield Alarm(
                "no-account",
                "warning",
                "Nie ma rachunku do zapłaty",
                "Dokument nie podaje rachunku; dopisz go w opisie albo ustal inną zapłatę.",
                ENTREPRENEURS,
            )
        return
    if document.accounts and account not in document.accounts:
        yield Alarm(
            "other-account",
            "stop",
            "Rachunek inny niż na dokumencie",
            f"W opisie podano rachunek …{account[-8:]}, którego dokument nie wymienia.",
            LIST,
            "control",
        )
    if around.earlier_accounts and account not in around.earlier_accounts:
        yield Alarm(
            "new-account",
            "warning",
            "Nowy rachunek dostawcy",
            f"Dotąd płacono na …{around.earlier_accounts[0][-8:]}. "
            "Potwierdź zmianę u dostawcy inną drogą niż ta, którą przyszła.",
            LIST,
        )
    yield from _of_register(document, account, around)
    if document.factor:
        yield Alarm(
            "factoring",
            "note",
            "Wierzytelność przelana na faktora",
            f"Rachunek może należeć do: {document.factor}. Sprawdza się faktora, nie dostawcę.",
            REGISTER,
        )


def _of_register(document: Document, account: str, around: Surroundings) -> Iterator[Alarm]:
    duty = document.currency != "PLN" or white_list(WhiteListDuty(Amount(abs(document.gross)), around.on)).result.duty
    known = around.evidence
    if not document.seller_nip.isdigit():
        return  # the register holds taxpayers of this country
    if known is not None and known.account == account:
        if not known.assigned:
            weight: Severity = "stop" if duty else "warning"
            yield Alarm(
                "not-listed",
                weight,
                "Rachunku nie ma w wykazie podatników VAT",
                f"Odpowiedź na dzień {format_short(known.on)}, klucz {known.reference}. "
                "Zapłata grozi odpowiedzialnością za VAT dostawcy.",
                LIST,
                "control" if duty else None,
            )
        return
    if not duty:
        return
    if around.asked_in_vain:
        yield Alarm(
            "list-silent",
            "stop",
            "Wykaz podatników VAT nie odpowiada",
            "Dalej można iść tylko z pisemnym powodem; rachunek zostanie sprawdzony przed wypłatą.",
            REGISTER,
            "check",
        )
    else:
        yield Alarm(
            "not-checked",
            "stop",
            "Rachunku nie sprawdzono w wykazie podatników VAT",
            "Przy tej kwocie sprawdź rachunek przyciskiem „Sprawdź rachunek”.",
            REGISTER,
            "control",
        )


def _of_payment(document: Document, on: date) -> Iterator[Alarm]:
    if document.currency != "PLN":
        yield Alarm(
            "currency",
            "warning",
            f"Dokument w walucie {document.currency}",
            "Progi liczy się po przeliczeniu na złote; podatek płaci się w złotych.",
            "art. 31a ustawy o VAT",
        )
        return
    split = split_payment(
        SplitPayment(
            gross=Amount(document.gross),
            vat=Amount(document.vat),
            on=on,
            annex_15=document.annex_15,
            marked=document.split_marked,
        )
    )
    if split.result.mark_missing:
        yield Alarm(
            "mark-missing",
            "warning",
            "Brak dopisku o podzielonej płatności",
            "Obowiązek i tak jest: pozycja z załącznika nr 15 i kwota ponad próg.",
            MARK,
        )
    elif split.result.duty == "obligatory":
        yield Alarm(
            "split", "note", "Podzielona płatność obowiązkowa", f"Z tego VAT {format_amount(document.vat)} zł.", SPLIT
        )
