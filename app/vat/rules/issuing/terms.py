"""When, for how much, in which currency, paid how; and what advances, final invoices and corrections must say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from app.kernel.dates import Month, format_short, is_working_day
from app.kernel.errors import Refusal
from app.kernel.ids import nrb
from app.kernel.money import ZERO, format_amount
from app.law import loader
from app.vat.rules.facts import Finding
from app.vat.rules.issuing.amounts import gross_of, reckon
from app.vat.rules.issuing.building import (
    CORRECTIONS,
    TRANSFER,
    Original,
    Settled,
    changes,
    due,
    splits_payment,
    state_totals,
)
from app.vat.rules.issuing.draft import Draft, Issuer, Mode
from app.vat.rules.issuing.parties import error, warning
from app.vat.rules.register import PLN

LONGEST_REASON, LONGEST_NOTE = 256, 256
FORMS = range(1, 8)


def date_findings(draft: Draft, on: date, mode: Mode) -> Iterator[Finding]:
    """Law: art. 106e ust. 1 pkt 1 i 6, art. 106i ust. 1 i 7, art. 106na ust. 1, art. 106nda ustawy o VAT"""
    issued = draft.issued_on
    if issued > on:
        yield error(
            "future", "issued_on", "Data wystawienia (P_1) nie może być późniejsza niż dzień przesłania do KSeF."
        )
    if issued < on and mode == "online":
        yield warning(
            "back_dated",
            "issued_on",
            "Data wystawienia jest wcześniejsza niż dzisiaj: KSeF sam oznaczy taką fakturę jako wystawioną offline.",
        )
    if draft.sold_on and (draft.period_from_on or draft.period_to_on):
        yield error("two_periods", "sold_on", "Podaj albo dzień sprzedaży, albo okres, nie jedno i drugie.")
    if (draft.period_from_on is None) != (draft.period_to_on is None):
        yield error("half_period", "period_to_on", "Okres ma początek i koniec. Podaj obie daty.")
    elif draft.period_from_on and draft.period_to_on and draft.period_from_on > draft.period_to_on:
        yield error("period", "period_to_on", "Okres kończy się przed początkiem.")
    sold = draft.sold_on or draft.period_to_on
    if sold is None or draft.correction is not None:
        return
    ahead = int(loader.value_on("vat.invoice.ahead_days", issued, "issued_on").number)
    if draft.sold_on and sold > issued + timedelta(days=ahead):
        yield error("too_early", "sold_on", f"Fakturę wystawia się najwcześniej {ahead} dni przed sprzedażą.")
    last = int(loader.value_on("vat.invoice.due_day", issued, "issued_on").number)
    term = Month.of(sold).next.first_on.replace(day=last)
    if issued > term:
        yield warning("too_late", "issued_on", f"Fakturę należało wystawić do {format_short(term)}.")


def currency_findings(draft: Draft) -> Iterator[Finding]:
    """Law: art. 31a, art. 106e ust. 11 ustawy o VAT"""
    if draft.currency == PLN:
        if draft.exchange is not None:
            yield error("exchange_idle", "exchange", "Kurs podaje się tylko na fakturze w obcej walucie.")
        return
    if len(draft.currency) != len(PLN) or not draft.currency.isalpha() or not draft.currency.isupper():
        yield error("currency", "currency", "Waluta to trzy litery kodu, na przykład EUR.")
    if draft.exchange is None or draft.exchange.rate <= 0:
        yield error(
            "exchange", "exchange.rate", "Podaj kurs: ile złotych za jednostkę waluty. Podatek wykazuje się w złotych."
        )
        return
    moment = min(draft.sold_on or draft.issued_on, draft.issued_on)
    if draft.exchange.on is None or not draft.exchange.on < moment:
        yield error(
            "exchange_day", "exchange.on",
            f"Kurs ma być z ostatniego dnia roboczego przed {format_short(moment)}. Podaj dzień tabeli NBP.",
        )  # fmt: skip
    elif draft.exchange.on != working_day_before(moment):
        yield warning(
            "exchange_other_day", "exchange.on",
            f"Ostatnim dniem roboczym przed {format_short(moment)} jest {format_short(working_day_before(moment))}.",
        )  # fmt: skip


def working_day_before(day: date) -> date:
    """The day of the table from which the rate is taken.

    Law: art. 31a ust. 1 i 2 ustawy o VAT
    """
    left = int(loader.value_on("vat.exchange.working_days_before", day, "on").number)
    while left:
        day -= timedelta(days=1)
        left -= is_working_day(day)
    return day


def payment_findings(draft: Draft, issuer: Issuer, on: date) -> Iterator[Finding]:
    """Law: art. 106e ust. 1 pkt 18a, art. 108a ustawy o VAT; wzór FA(3), Platnosc"""
    payment = draft.payment
    if payment.form is not None and payment.form not in FORMS:
        yield error("payment_form", "payment.form", "Nie ma takiej formy płatności.")
    if payment.due_on and payment.due_on < draft.issued_on:
        yield error("due_on", "payment.due_on", "Termin płatności jest przed datą wystawienia.")
    if payment.paid_on and payment.paid_on > on:
        yield error("paid_on", "payment.paid_on", "Data zapłaty jest w przyszłości.")
    if payment.account:
        try:
            nrb(payment.account, "payment.account")
        except Refusal as refusal:
            yield error("account", "payment.account", refusal.message)
    known = payment.account or issuer.account
    if payment.form == TRANSFER and not payment.paid_on and not known:
        yield warning("no_account", "payment.account", "Nabywca ma zapłacić przelewem, a faktura nie podaje rachunku.")
    gross = gross_of(reckon(draft).totals)
    if (draft.split_payment or splits_payment(draft, gross)) and not known:
        yield error("split_account", "payment.account", "Podzielona płatność wymaga rachunku bankowego na fakturze.")
    if draft.split_payment and draft.buyer.kind not in ("company", "unit"):
        yield error("split_buyer", "split_payment", "Podzielona płatność dotyczy tylko nabywcy z polskim NIP.")


def special_findings(draft: Draft) -> Iterator[Finding]:
    """Simplified invoices, invoices to receipts, notes.

    Law: art. 106b ust. 5–6, art. 106e ust. 5 pkt 3, art. 109 ust. 3d ustawy o VAT
    """
    if draft.kind == "UPR":
        limit = loader.value_on("vat.simplified.limit_pln", draft.issued_on, "issued_on").number
        if gross_of(reckon(draft).totals) > limit or draft.currency != PLN:
            yield error("simplified", "kind", f"Faktura uproszczona jest możliwa do {format_amount(limit)} zł brutto.")
        if draft.buyer.kind != "company":
            yield error("simplified_buyer", "buyer.kind", "Faktura uproszczona podaje NIP nabywcy.")
    if draft.receipt_no is not None:
        if not draft.receipt_no.strip():
            yield error("receipt_no", "receipt_no", "Podaj numer paragonu.")
        if draft.buyer.kind not in ("company", "person"):
            yield error("receipt_buyer", "buyer.kind", "Do paragonu wystawia się fakturę firmie z NIP albo osobie.")
        if draft.buyer.kind == "company":
            yield warning(
                "receipt_nip",
                "receipt_no",
                "Firmie wolno wystawić fakturę do paragonu tylko wtedy, gdy paragon ma jej NIP.",
            )
    for place, (key, value) in enumerate(draft.notes):
        if not key.strip() or not value.strip() or max(len(key), len(value)) > LONGEST_NOTE:
            yield error("note", f"notes[{place}]", f"Dodatkowy opis ma nazwę i treść, każda do {LONGEST_NOTE} znaków.")


def advance_findings(draft: Draft, advances: Sequence[Settled]) -> Iterator[Finding]:
    """Law: art. 106b ust. 1 pkt 4, art. 106f ustawy o VAT"""
    if draft.kind in ("ZAL", "KOR_ZAL"):
        whole = gross_of(reckon(draft).totals)
        if draft.received is None or (draft.received <= 0 and draft.kind == "ZAL"):
            yield error("received", "received", "Podaj otrzymaną zaliczkę brutto.")
        elif draft.received > whole:
            yield error(
                "received_much", "received", f"Zaliczka przekracza wartość zamówienia ({format_amount(whole)})."
            )
    elif draft.received is not None:
        yield error("received_idle", "received", "Kwotę zaliczki podaje się tylko na fakturze zaliczkowej.")
    if draft.kind == "ROZ" and not advances:
        yield error("no_advances", "advances", "Faktura końcowa rozlicza zaliczki: wskaż co najmniej jedną.")
    if draft.kind not in ("ROZ", "KOR_ROZ"):
        return
    for one in advances:
        if one.ksef_number is None:
            yield error(
                "advance_number", "advances",
                f"Zaliczka {one.number} nie ma jeszcze numeru KSeF, a faktura końcowa musi go podać. Poczekaj.",
            )  # fmt: skip
    for total in state_totals(draft, advances):
        if total.net < 0:
            yield error("advances_much", "advances", "Zaliczki przekraczają wartość sprzedaży w jednej ze stawek.")


def correction_findings(
    draft: Draft, original: Original | None, original_kind: str | None, advances: Sequence[Settled]
) -> Iterator[Finding]:
    """Law: art. 106j, art. 29a ust. 13–17 ustawy o VAT; dokumentacja KSeF 2.0 (MF), tryby offline"""
    corrects = draft.kind.startswith("KOR")
    if not corrects:
        if draft.correction is not None or original is not None:
            yield error("not_correction", "correction", "Powód korekty podaje się tylko na fakturze korygującej.")
        return
    if draft.correction is None or not draft.correction.reason.strip():
        yield error("reason", "correction.reason", "Podaj przyczynę korekty.")
    elif len(draft.correction.reason) > LONGEST_REASON:
        yield error("reason_long", "correction.reason", f"Skróć przyczynę: najwyżej {LONGEST_REASON} znaków.")
    if original is None:
        yield error("original", "original", "Wskaż fakturę, którą korygujesz.")
        return
    if original_kind is not None and CORRECTIONS[original_kind] != draft.kind:
        yield error("kind", "kind", f"Fakturę {original_kind} koryguje się fakturą {CORRECTIONS[original_kind]}.")
    if original.ksef_number is None:
        yield error(
            "original_number", "original",
            f"Faktura {original.number} nie ma jeszcze numeru KSeF. Korektę wyślesz dopiero, gdy go dostanie.",
        )  # fmt: skip
    if draft.issued_on < original.issued_on:
        yield error("earlier", "issued_on", "Korekta nie może być wcześniejsza niż faktura korygowana.")
    if draft.currency != original.state.currency:
        yield error("currency_changed", "currency", "Korekta jest w tej samej walucie co faktura korygowana.")
        return
    same = not list(changes(draft, original.state)) and not due(draft, original, advances)
    if same and draft.buyer == original.state.buyer and draft.received == original.state.received:
        yield error("nothing", "lines", "Korekta niczego nie zmienia.")
    yield from _below_zero(draft)


def _below_zero(draft: Draft) -> Iterator[Finding]:
    """A correction may take everything back, not more."""
    for place, line in enumerate(draft.lines):
        if line.quantity < 0 or line.price * line.quantity < ZERO:
            yield error(
                "below_zero", f"lines[{place}].quantity", "Po korekcie pozycja nie może być ujemna. Wpisz zero."
            )
