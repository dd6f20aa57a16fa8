"""Checks of one invoice: does it hold together, is it the city's, may it be booked as it stands.

An error keeps the document out of the registers until a person decides; a warning goes along with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal

from app.kernel.dates import format_short
from app.kernel.errors import Refusal
from app.kernel.ids import internal_id_problem, ksef_number_problem, nip_problem
from app.kernel.money import GROSZ, HUNDRED, LARGEST, ZERO, format_amount
from app.vat.rules.facts import Finding, Invoice, InvoiceSide, RateTotal, Severity
from app.vat.rules.register import PLN, field_of_rate, in_pln, ksef_day, nip_of, side, totals, unmapped

RATES: dict[str, tuple[str, ...]] = {"1": ("23", "22"), "2": ("8", "7"), "3": ("5",), "4": ("4", "3")}
"""The codes of P_12 whose lines make up P_13_n and carry tax (FA(3), TStawkaPodatku)."""

_CORRECTIONS = ("KOR", "KOR_ZAL", "KOR_ROZ")
_SUMS_MUST_AGREE = ("VAT", "KOR", "ZAL")
_LINES_MAKE_TOTALS = ("VAT", "KOR", "UPR")


def check(
    invoice: Invoice, taxpayer_nip: str, on: date | None = None, ksef_number: str | None = None
) -> tuple[Finding, ...]:
    """Everything wrong with one invoice, errors first.

    `taxpayer_nip` is the city's, `on` the day on which it is judged (None: the day of issue is not tested),
    `ksef_number` what the package says the document's number is.

    Law: art. 106e, 106j, 106na ustawy o VAT; wzór FA(3) 1-0E
    """
    where = side(invoice, taxpayer_nip)
    tests: tuple[Callable[[], Iterator[Finding]], ...] = (
        lambda: _parties(invoice, taxpayer_nip, where),
        lambda: _number(invoice, ksef_number),
        lambda: _dates(invoice, on),
        lambda: _sizes(invoice),
        lambda: _sum(invoice),
        lambda: _taxes(invoice),
        lambda: _lines(invoice),
        lambda: _currency(invoice, where),
        lambda: _correction(invoice),
        lambda: _unit_mark(invoice, where),
        lambda: _special(invoice, where),
    )
    findings = [finding for test in tests for finding in test()]
    return tuple(sorted(findings, key=lambda finding: finding.severity != "error"))


def _error(code: str, field: str, message: str) -> Finding:
    return Finding("error", code, field, message)


def _warning(code: str, field: str, message: str) -> Finding:
    return Finding("warning", code, field, message)


def _parties(invoice: Invoice, taxpayer_nip: str, where: InvoiceSide) -> Iterator[Finding]:
    seller, buyer = invoice.seller.nip, invoice.buyer.nip
    if where == "foreign":
        yield _error(
            "foreign_nip",
            "Podmiot2/DaneIdentyfikacyjne/NIP",
            f"NIP {taxpayer_nip} nie jest na tej fakturze ani sprzedawcą, ani nabywcą.",
        )
    if seller is None:
        yield _error("seller_nip", "Podmiot1/DaneIdentyfikacyjne/NIP", "Faktura nie podaje numeru NIP sprzedawcy.")
    elif problem := nip_problem(seller):
        yield _error(
            "seller_nip", "Podmiot1/DaneIdentyfikacyjne/NIP", f"NIP sprzedawcy {seller} jest błędny. {problem}"
        )
    if buyer is not None and (problem := nip_problem(buyer)):
        yield _warning("buyer_nip", "Podmiot2/DaneIdentyfikacyjne/NIP", f"NIP nabywcy {buyer} jest błędny. {problem}")
    for position, other in enumerate(invoice.others, start=1):
        field = f"Podmiot3[{position}]/DaneIdentyfikacyjne"
        if other.nip is not None and (problem := nip_problem(other.nip)):
            yield _warning("other_nip", f"{field}/NIP", f"NIP {other.nip} w Podmiot3 jest błędny. {problem}")
        if other.internal_id is not None and (problem := internal_id_problem(other.internal_id)):
            yield _warning("internal_id", f"{field}/IDWew", f"IDWew {other.internal_id} jest błędny. {problem}")


def _number(invoice: Invoice, ksef_number: str | None) -> Iterator[Finding]:
    if ksef_number is None:
        return
    if problem := ksef_number_problem(ksef_number):
        yield _error("ksef_number", "NrKSeF", problem)
        return
    owner, seller = ksef_number[:10], nip_of(invoice.seller)
    if owner.isdigit() and owner != seller:
        yield _error(
            "ksef_number_seller",
            "NrKSeF",
            f"Numer KSeF nadano fakturze sprzedawcy {owner}, a na tej fakturze NIP sprzedawcy to {seller or 'brak'}.",
        )
    accepted_on = ksef_day(ksef_number)
    if accepted_on is not None and accepted_on < invoice.issued_on:
        days = (invoice.issued_on - accepted_on).days
        message = (
            f"Numer KSeF nadano {format_short(accepted_on)}, przed datą wystawienia faktury "
            f"({format_short(invoice.issued_on)})."
        )
        yield Finding("warning" if days == 1 else "error", "ksef_number_day", "NrKSeF", message)


def _dates(invoice: Invoice, on: date | None) -> Iterator[Finding]:
    if on is not None and invoice.issued_on > on:
        yield _error("future", "Fa/P_1", f"Data wystawienia {format_short(invoice.issued_on)} jest w przyszłości.")
    begins, ends = invoice.period_from_on, invoice.period_to_on
    if begins is not None and ends is not None and begins > ends:
        yield _warning("period", "Fa/OkresFa", "Okres, którego dotyczy faktura, kończy się przed początkiem.")
    if any(corrected_on > invoice.issued_on for corrected_on, _, _ in invoice.corrected):
        yield _warning("corrected_later", "Fa/DaneFaKorygowanej", "Faktura korygowana jest późniejsza niż korekta.")


def _sizes(invoice: Invoice) -> Iterator[Finding]:
    amounts = [("Fa/P_15", invoice.gross)]
    for total in invoice.totals:
        amounts.append((f"Fa/P_13_{total.field}", total.net))
        amounts.append((f"Fa/P_14_{total.field}", total.tax or ZERO))
        amounts.append((f"Fa/P_14_{total.field}W", total.tax_pln or ZERO))
    for field, amount in amounts:
        if abs(amount) >= LARGEST:
            yield _error("too_large", field, "Kwota ma więcej niż 14 cyfr przed przecinkiem; to na pewno pomyłka.")


def _sum(invoice: Invoice) -> Iterator[Finding]:
    """Law: art. 106e ust. 1 pkt 13–15 ustawy o VAT"""
    if not invoice.totals:
        if invoice.gross and invoice.kind in _SUMS_MUST_AGREE:
            yield _error("no_totals", "Fa/P_13", "Faktura ma kwotę do zapłaty, ale nie podaje sum według stawek.")
        return
    summed = sum((total.net + (total.tax or ZERO) for total in invoice.totals), ZERO)
    difference = abs(summed - invoice.gross)
    if not difference:
        return
    slight = difference <= GROSZ * (len(invoice.totals) + 1)
    severity: Severity = "error" if invoice.kind in _SUMS_MUST_AGREE and not slight else "warning"
    yield Finding(
        severity,
        "sum",
        "Fa/P_15",
        f"Suma sprzedaży i podatku to {format_amount(summed)}, a kwota należności {format_amount(invoice.gross)}.",
    )


def _taxes(invoice: Invoice) -> Iterator[Finding]:
    """The tax may be counted from the sum or line by line, from net or gross: each line may move half a grosz.

    Law: art. 106e ust. 7–11 ustawy o VAT
    """
    for total in invoice.totals:
        rates = RATES.get(total.field)
        if rates is None:
            continue
        tax = total.tax or ZERO
        lines = sum(1 for line in invoice.lines if line.rate in rates)
        tolerance = GROSZ * max(1, lines)
        used = {line.rate for line in invoice.lines if line.rate in rates} or set(rates)
        expected = [total.net * Decimal(rate) / HUNDRED for rate in used if rate is not None]
        if not min(expected) - tolerance <= tax <= max(expected) + tolerance:
            yield _warning(
                "tax",
                f"Fa/P_14_{total.field}",
                f"Podatek {format_amount(tax)} nie wynika ze stawki ({', '.join(rates)} %) "
                f"i podstawy {format_amount(total.net)}.",
            )


def _lines(invoice: Invoice) -> Iterator[Finding]:
    if invoice.kind not in _LINES_MAKE_TOTALS or not invoice.lines:
        return
    for total in invoice.totals:
        lines = [line for line in invoice.lines if field_of_rate(line.rate) == total.field]
        if not lines:
            continue
        by_gross = all(line.gross is not None for line in lines)
        values = [line.gross if by_gross else line.net for line in lines]
        summed = ZERO
        for line, value in zip(lines, values, strict=True):
            if value is None:
                break
            summed += -value if line.before_correction else value
        else:
            stated = total.net + (total.tax or ZERO) if by_gross else total.net
            if abs(summed - stated) > GROSZ * len(lines):
                yield _warning(
                    "lines",
                    f"Fa/P_13_{total.field}",
                    f"Pozycje faktury dają {format_amount(summed)}, a jej suma to {format_amount(stated)}.",
                )


def _currency(invoice: Invoice, where: InvoiceSide) -> Iterator[Finding]:
    if where not in ("sale", "purchase") or (not invoice.totals and invoice.kind in _SUMS_MUST_AGREE):
        return
    try:
        for total in totals(invoice):
            in_pln(invoice, total)
            yield from _tax_in_pln(invoice, total)
    except Refusal as refusal:
        yield _error("not_in_pln" if invoice.currency != PLN else "no_totals", refusal.field or "Fa", refusal.message)


def _tax_in_pln(invoice: Invoice, total: RateTotal) -> Iterator[Finding]:
    if invoice.currency == PLN or not total.tax or total.tax_pln is None or invoice.exchange_rate is None:
        return
    expected = total.tax * invoice.exchange_rate
    if abs(expected - total.tax_pln) > GROSZ * (len(invoice.lines) + 1) * max(1, int(invoice.exchange_rate) + 1):
        yield _warning(
            "tax_in_pln",
            f"Fa/P_14_{total.field}W",
            f"Podatek w złotych {format_amount(total.tax_pln)} nie wynika z kursu podanego na fakturze.",
        )


def _correction(invoice: Invoice) -> Iterator[Finding]:
    """Law: art. 106j ust. 2 pkt 2–3 ustawy o VAT"""
    if invoice.kind in _CORRECTIONS and not invoice.corrected:
        yield _error("corrected_missing", "Fa/DaneFaKorygowanej", "Korekta nie podaje, którą fakturę koryguje.")
    if invoice.corrected and invoice.kind not in _CORRECTIONS:
        yield _warning("not_a_correction", "Fa/RodzajFaktury", f"Faktura {invoice.kind} podaje fakturę korygowaną.")


def _unit_mark(invoice: Invoice, where: InvoiceSide) -> Iterator[Finding]:
    """Law: wzór FA(3), Podmiot2/JST i Podmiot3/Rola"""
    if where != "purchase":
        return
    named = any(other.role == 8 for other in invoice.others)
    if invoice.buyer.serves_unit is True and not named:
        yield _warning(
            "unit_not_named", "Podmiot2/JST", "JST = 1 (faktura dotyczy jednostki), a nie ma Podmiot3 z rolą 8."
        )
    if invoice.buyer.serves_unit is False and named:
        yield _warning(
            "unit_mark", "Podmiot2/JST", "JST = 2 (faktura nie dotyczy jednostki), a jest Podmiot3 z rolą 8."
        )


def _special(invoice: Invoice, where: InvoiceSide) -> Iterator[Finding]:
    """What a clerk must see because the registers alone do not settle it."""
    if where == "internal":
        yield _warning(
            "internal",
            "Podmiot2",
            "Sprzedawcą i nabywcą jest ten sam podatnik: taka faktura nie trafia do ewidencji VAT.",
        )
    if where == "sale":
        for field, why in unmapped(invoice):
            yield _warning("unmapped", f"Fa/P_13_{field}", f"Kwota z pola P_13_{field} nie trafia do pola K: {why}.")
    if where != "purchase":
        return
    if any(total.field == "10" and total.net for total in invoice.totals):
        yield _warning(
            "reverse_charge", "Fa/P_13_10", "Odwrotne obciążenie: podatek należny rozlicza nabywca dowodem wewnętrznym."
        )
    if invoice.annotations.get("P_16") == "1":
        yield _warning(
            "cash_method",
            "Fa/Adnotacje/P_16",
            "Metoda kasowa: podatek można odliczyć dopiero po zapłacie (art. 86 ust. 10e).",
        )
    if invoice.fp:
        yield _warning("fp_purchase", "Fa/FP", "To faktura do paragonu (FP): sprawdź, czy zakup nie był już ujęty.")
