"""An invoice as people read it: the facts of FA(3) laid out as on paper, with what tells its unit marked."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.kernel.money import ZERO, format_amount
from app.vat.queries.inbox import Entry
from app.vat.rules.facts import Address, Invoice, Line, Party, RateTotal
from app.web.words import NONE, amount, number

ROLES = {
    1: "Faktor", 2: "Odbiorca", 3: "Podmiot pierwotny", 4: "Dodatkowy nabywca", 5: "Wystawca", 6: "Płatnik",
    7: "Jednostka – wystawca", 8: "Jednostka – odbiorca", 9: "Członek grupy VAT – wystawca",
    10: "Członek grupy VAT – odbiorca", 11: "Pracownik",
}  # fmt: skip
KINDS = {
    "VAT": "Faktura", "KOR": "Faktura korygująca", "ZAL": "Faktura zaliczkowa", "ROZ": "Faktura rozliczeniowa",
    "UPR": "Faktura uproszczona", "KOR_ZAL": "Korekta faktury zaliczkowej", "KOR_ROZ": "Korekta faktury rozliczeniowej",
}  # fmt: skip
RATES = {
    "1": "23%", "2": "8%", "3": "5%", "4": "ryczałt", "5": "OSS", "6_1": "0%", "6_2": "0% WDT", "6_3": "0% eksport",
    "7": "zw", "8": "poza krajem", "9": "art. 100", "10": "odwrotne obciążenie", "11": "marża",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Side:
    """A party: its part on the invoice and the lines to print."""

    title: str
    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything `ssc/sheet.html` prints, as text; `lines`: cells of a row; `totals`: label, net, tax."""

    title: str
    entry: Entry
    parties: tuple[Side, ...]
    lines: tuple[tuple[str, ...], ...]
    totals: tuple[tuple[str, str, str], ...]
    gross: str
    dates: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...]
    missing_recipient: bool


def sheet(entry: Entry) -> Sheet:
    """From the facts of an invoice."""
    invoice = entry.invoice
    role = 7 if entry.side == "sale" else 8
    return Sheet(
        title=f"{KINDS.get(invoice.kind, 'Faktura')} {invoice.number}",
        entry=entry,
        parties=_parties(invoice),
        lines=tuple(_line(line) for line in invoice.lines),
        totals=tuple(_total(total) for total in invoice.totals),
        gross=f"{format_amount(invoice.gross)} {'zł' if invoice.currency == 'PLN' else invoice.currency}",
        dates=_dates(invoice),
        notes=_notes(invoice),
        missing_recipient=not any(other.role == role for other in invoice.others),
    )


def _parties(invoice: Invoice) -> tuple[Side, ...]:
    third = (_side(ROLES.get(other.role or 0, other.role_text or "Podmiot trzeci"), other) for other in invoice.others)
    return (_side("Sprzedawca", invoice.seller), _side("Nabywca", invoice.buyer), *third)


def _side(title: str, party: Party) -> Side:
    lines = []
    if party.nip:
        lines.append(f"NIP {party.nip}")
    if party.internal_id:
        lines.append(f"IDWew {party.internal_id}")
    if party.vat_eu or party.foreign_id:
        lines.append(f"Nr {party.country or ''} {party.vat_eu or party.foreign_id}")
    lines += [_address(address) for address in (party.address, party.correspondence) if address is not None]
    lines += [*party.emails, *party.phones]
    if party.customer_no:
        lines.append(f"Nr klienta {party.customer_no}")
    return Side(title, party.name or "Bez nazwy", tuple(line for line in lines if line))


def _address(address: Address) -> str:
    country = "" if address.country == "PL" else address.country
    return ", ".join(part for part in (address.line1, address.line2, country) if part)


def _line(line: Line) -> tuple[str, ...]:
    quantity = NONE if line.quantity is None else f"{number(line.quantity)} {line.unit or ''}".strip()
    price = line.unit_price if line.unit_price is not None else line.gross_unit_price
    value = line.net if line.net is not None else line.gross
    rate = NONE if line.rate is None else f"{line.rate}%" if line.rate.isdigit() else line.rate
    text = f"{line.text or NONE}{' (przed korektą)' if line.before_correction else ''}"
    return (str(line.no), text, quantity, amount(price), rate, amount(value))


def _total(total: RateTotal) -> tuple[str, str, str]:
    return RATES.get(total.field, total.field), format_amount(total.net), format_amount(total.tax or ZERO)


def _dates(invoice: Invoice) -> tuple[tuple[str, str], ...]:
    found = [
        ("Wystawiona", invoice.issued_on),
        ("Sprzedaż", invoice.sold_on),
        ("Okres od", invoice.period_from_on),
        ("Okres do", invoice.period_to_on),
        ("Termin zapłaty", invoice.due_on),
        ("Zapłacona", invoice.paid_on),
    ]
    return tuple((title, f"{day:%d.%m.%Y}") for title, day in found if day is not None)


def _notes(invoice: Invoice) -> tuple[tuple[str, str], ...]:
    rate = invoice.exchange_rate
    found: list[tuple[str, str | None]] = [
        ("Waluta", f"{invoice.currency}, kurs {number(Decimal(rate))}" if rate is not None else None),
        ("Przyczyna korekty", invoice.correction_reason),
        *(("Koryguje", f"{number_} z {day:%d.%m.%Y}") for day, number_, _ in invoice.corrected),
        *(("Miejsce dostawy", text) for text in invoice.delivery_texts),
        *(("Umowa", text) for text in invoice.contracts),
        *(("Zamówienie", text) for text in invoice.orders),
        *invoice.descriptions,
        *(("Rachunek", text) for text in invoice.bank_accounts),
        *(("Stopka", text) for text in invoice.footer),
    ]
    return tuple((title, text) for title, text in found if text)
