"""An FA(3) document for people: what goes where on the printed page. Nothing of the document is left out: what has no
place of its own stands under „Pozostałe dane” with the schema's name of it.

Law: art. 106gb ust. 5 ustawy o VAT
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from lxml import etree

from app.kernel.dates import format_short
from app.kernel.money import ZERO, format_amount, plain, to_grosz
from app.vat.filings.fa3.document import parse
from app.vat.filings.fa3.reading import read
from app.vat.filings.fa3.words import ANNOTATIONS, EFFECTS, KINDS, PAYMENTS, RATES, ROLES, label
from app.vat.rules.facts import Invoice, Line, Party
from app.vat.rules.register import PLN

Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code under the invoice: where it leads, what is written below it."""

    link: str
    label: str
    alt: str


def codes(link: str | None, certificate: str | None, ksef_number: str | None) -> tuple[Code, ...]:
    """KOD I with the KSeF number (OFFLINE until there is one), and KOD II of an invoice issued offline.

    Law: art. 106gb ust. 5, art. 106nda ustawy o VAT; dokumentacja KSeF 2.0 (MF), kody QR
    """
    found = [Code(link, ksef_number or "OFFLINE", "Kod QR: sprawdź fakturę w KSeF")] if link else []
    if certificate:
        found.append(Code(certificate, "CERTYFIKAT", "Kod QR: sprawdź certyfikat wystawcy"))
    return tuple(found)


def document(xml: bytes, ksef_number: str | None, *, draft: bool = False) -> tuple[dict[str, Any], datetime]:
    """Data of the template `invoice.typ` but its codes, and the instant of the file: noon of the day of issue.

    Raises `Refusal` for what is no FA(3).
    """
    root = parse(xml)
    invoice = read(root)
    made_at = datetime.combine(invoice.issued_on, time(12), UTC)
    return {**facts(invoice, root), "ksef": ksef_number, "draft": draft}, made_at


def amounts(invoice: Invoice) -> dict[str, Any]:
    """The lines and sums alone, for a page beside the printed one."""
    return {
        "columns": _columns(invoice.lines or invoice.order_lines),
        "lines": [_line(line) for line in invoice.lines or invoice.order_lines],
        "totals": _totals(invoice),
        "annotations": _annotations(invoice),
        "parties": [(_role(other), _party(other)) for other in invoice.others],
        "buyer": _party(invoice.buyer),
        "head": [*_head(invoice), *_correction(invoice), *_payment(invoice)],
    }


def facts(invoice: Invoice, root: etree._Element) -> dict[str, Any]:
    """Everything on the page but its QR codes, as JSON values."""
    return {
        "title": KINDS.get(invoice.kind, invoice.kind),
        "number": invoice.number,
        "unit": "zł" if invoice.currency == PLN else invoice.currency,
        "parties": [
            {"role": "Sprzedawca", "lines": _party(invoice.seller)},
            {"role": "Nabywca", "lines": _party(invoice.buyer)},
            *({"role": _role(other), "lines": _party(other)} for other in invoice.others),
        ],
        "head": _head(invoice),
        "correction": _correction(invoice),
        "columns": _columns(invoice.lines),
        "lines": [_line(line) for line in invoice.lines],
        "order": _order(invoice),
        "totals": _totals(invoice),
        "in_pln": invoice.currency != PLN,
        "gross": format_amount(invoice.gross),
        "due_label": "Kwota korekty" if invoice.kind.startswith("KOR") else "Należność ogółem",
        "payment": _payment(invoice),
        "annotations": _annotations(invoice),
        "notes": [list(pair) for pair in (*invoice.descriptions, *_terms(invoice))],
        "others": [list(pair) for pair in others(root)],
        "footer": list(invoice.footer),
    }


def _party(party: Party) -> list[str]:
    numbers = {"NIP": party.nip, "IDWew": party.internal_id, "VAT-UE": _with_country(party.vat_eu, party.country)}
    lines = [party.name or "", *(f"{name} {number}" for name, number in numbers.items() if number)]
    if party.foreign_id:
        lines.append(f"Nr {_with_country(party.foreign_id, party.country)}")
    for title, address in (("", party.address), ("Adres do korespondencji: ", party.correspondence)):
        if address is not None:
            parts = [address.line1, address.line2, address.country if address.country != "PL" else None]
            lines.append(title + ", ".join(part for part in parts if part))
            lines += [f"GLN {address.gln}"] if address.gln else []
    lines += [f"Numer klienta {party.customer_no}"] if party.customer_no else []
    return [line for line in (*lines, *party.emails, *party.phones) if line]


def _with_country(number: str | None, country: str | None) -> str | None:
    return f"{country or ''} {number}".strip() if number else None


def _role(party: Party) -> str:
    return ROLES.get(party.role or 0, party.role_text or "Inny podmiot")


def _head(invoice: Invoice) -> Pairs:
    pairs: list[tuple[str, str | None]] = [
        ("Data wystawienia", format_short(invoice.issued_on)),
        ("Miejsce wystawienia", invoice.place),
        ("Data sprzedaży" if invoice.kind != "ZAL" else "Data otrzymania zapłaty", _day(invoice.sold_on)),
        ("Okres", _period(invoice)),
        ("Waluta", None if invoice.currency == PLN else invoice.currency),
        ("Kurs waluty", None if invoice.exchange_rate is None else _number(invoice.exchange_rate)),
        ("Faktura do paragonu", "tak" if invoice.fp else None),
        ("Powiązania stron (TP)", "tak" if invoice.tp else None),
    ]
    pairs += [("Faktura zaliczkowa", ksef or number) for number, ksef in invoice.advances]
    return _present(pairs)


def _present(pairs: Sequence[tuple[str, str | None]]) -> Pairs:
    return [(name, value) for name, value in pairs if value]


def _day(day: Any) -> str | None:
    return None if day is None else format_short(day)


def _period(invoice: Invoice) -> str | None:
    begins, ends = _day(invoice.period_from_on), _day(invoice.period_to_on)
    return f"{begins or '…'}–{ends or '…'}" if begins or ends else None


def _number(value: Decimal) -> str:
    """As exact as it was written, the Polish way."""
    return plain(value).replace(".", ",").replace("-", "\u2212")


def _correction(invoice: Invoice) -> Pairs:
    pairs: list[tuple[str, str | None]] = []
    for issued_on, number, ksef in invoice.corrected:
        told = f"{number} z {format_short(issued_on)}"
        pairs.append(("Faktura korygowana", f"{told}, numer KSeF {ksef}" if ksef else f"{told}, spoza KSeF"))
    effect = invoice.correction_effect
    pairs += [
        ("Przyczyna korekty", invoice.correction_reason),
        ("Skutek w ewidencji", EFFECTS.get(effect) if effect else None),
        ("Okres korygowany", invoice.corrected_period),
        ("Kwota przed korektą", None if invoice.before_gross is None else format_amount(invoice.before_gross)),
    ]
    if invoice.before_buyer is not None:
        pairs.append(("Nabywca przed korektą", "; ".join(_party(invoice.before_buyer))))
    return _present(pairs)


_COLUMNS: Mapping[str, tuple[str, str]] = {
    "text": ("Nazwa", "left"),
    "quantity": ("Ilość", "right"),
    "unit": ("Miara", "left"),
    "unit_price": ("Cena netto", "right"),
    "gross_unit_price": ("Cena brutto", "right"),
    "discount": ("Opust", "right"),
    "net": ("Netto", "right"),
    "rate": ("Stawka", "right"),
    "tax": ("Podatek", "right"),
    "gross": ("Brutto", "right"),
}
_MONEY = frozenset({"net", "tax", "gross", "unit_price", "gross_unit_price", "discount"})


def _columns(lines: Sequence[Line]) -> list[dict[str, str]]:
    """Those that some line fills."""
    used = [name for name in _COLUMNS if any(getattr(line, name) is not None for line in lines)]
    return [{"key": name, "title": _COLUMNS[name][0], "align": _COLUMNS[name][1]} for name in used]


def _line(line: Line) -> dict[str, Any]:
    cells: dict[str, Any] = {"no": str(line.no), "before": line.before_correction, "marks": _marks(line)}
    for name in _COLUMNS:
        value = getattr(line, name)
        if isinstance(value, Decimal):
            value = format_amount(value) if name in _MONEY and value == to_grosz(value) else _number(value)
        cells[name] = value or ""
    if line.rate is not None and line.rate.isdigit():
        cells["rate"] = f"{line.rate}\u00a0%"
    return cells


def _marks(line: Line) -> str:
    day = f"sprzedaż {format_short(line.sold_on)}" if line.sold_on else None
    annex = "załącznik nr 15" if line.annex_15 else None
    rate = f"kurs {_number(line.exchange_rate)}" if line.exchange_rate is not None else None
    return ", ".join(part for part in (line.gtu, line.procedure, annex, day, rate) if part)


def _order(invoice: Invoice) -> dict[str, Any] | None:
    if not invoice.order_lines and invoice.order_gross is None:
        return None
    return {
        "columns": _columns(invoice.order_lines),
        "lines": [_line(line) for line in invoice.order_lines],
        "gross": None if invoice.order_gross is None else format_amount(invoice.order_gross),
    }


def _totals(invoice: Invoice) -> list[list[str]]:
    """Rate, base, tax, gross, tax in złote."""
    rows = []
    rates = {line.rate for line in (*invoice.lines, *invoice.order_lines) if line.rate and line.rate.isdigit()}
    for total in invoice.totals:
        exact = next((f"{rate} %" for rate in sorted(rates) if RATES[total.field].startswith(f"{rate} %")), None)
        tax = total.tax or ZERO
        rows.append(
            [
                exact or RATES[total.field],
                format_amount(total.net),
                "" if total.tax is None else format_amount(tax),
                format_amount(total.net + tax),
                "" if total.tax_pln is None else format_amount(total.tax_pln),
            ]
        )
    return rows


def _payment(invoice: Invoice) -> Pairs:
    form = PAYMENTS.get(invoice.payment_form or 0)
    accounts = [("Rachunek", _grouped(account)) for account in invoice.bank_accounts]
    return _present(
        [
            ("Forma płatności", form),
            ("Termin płatności", _day(invoice.due_on)),
            ("Zapłacono", _day(invoice.paid_on)),
            *accounts,
        ]
    )


def _grouped(account: str) -> str:
    """In fours after the check digits, as people read them."""
    if len(account) != len("PLNRB") + 21 or not account.isdigit():
        return account
    return " ".join([account[:2], *(account[place : place + 4] for place in range(2, len(account), 4))])


def _annotations(invoice: Invoice) -> list[str]:
    given = invoice.annotations
    words = [text for mark, text in ANNOTATIONS.items() if given.get(mark) == "1" and mark not in ("P_19", "P_PMarzy")]
    if given.get("P_19") == "1":
        basis = next((given[name] for name in ("P_19A", "P_19B", "P_19C") if name in given), "")
        words.append(f"{ANNOTATIONS['P_19']}: {basis}" if basis else ANNOTATIONS["P_19"])
    return words


def _terms(invoice: Invoice) -> Pairs:
    return [
        *(("Umowa", number) for number in invoice.contracts),
        *(("Zamówienie", number) for number in invoice.orders),
        *(("Miejsce dostawy", place) for place in invoice.delivery_texts),
    ]


_PARTY = (
    "DaneIdentyfikacyjne/NIP", "DaneIdentyfikacyjne/IDWew", "DaneIdentyfikacyjne/KodUE", "DaneIdentyfikacyjne/NrVatUE",
    "DaneIdentyfikacyjne/KodKraju", "DaneIdentyfikacyjne/NrID", "DaneIdentyfikacyjne/BrakID",
    "DaneIdentyfikacyjne/Nazwa", "Adres/KodKraju", "Adres/AdresL1", "Adres/AdresL2", "Adres/GLN",
    "AdresKoresp/KodKraju", "AdresKoresp/AdresL1", "AdresKoresp/AdresL2", "AdresKoresp/GLN", "DaneKontaktowe/Email",
    "DaneKontaktowe/Telefon", "NrKlienta", "Rola", "RolaInna", "OpisRoli",
)  # fmt: skip
_LINE = ("NrWierszaFa", "P_6A", "P_7", "P_8A", "P_8B", "P_9A", "P_9B", "P_10", "P_11", "P_11A", "P_11Vat", "P_12",
         "P_12_Zal_15", "GTU", "Procedura", "KursWaluty", "StanPrzed")  # fmt: skip
_ORDER = ("NrWierszaZam", "P_7Z", "P_8AZ", "P_8BZ", "P_9AZ", "P_11NettoZ", "P_11VatZ", "P_12Z", "P_12Z_Zal_15", "GTUZ",
          "ProceduraZ", "StanPrzedZ")  # fmt: skip
_FA = ("KodWaluty", "P_1", "P_1M", "P_2", "P_6", "OkresFa/P_6_Od", "OkresFa/P_6_Do", "P_15", "KursWalutyZ",
       "RodzajFaktury", "PrzyczynaKorekty", "TypKorekty", "OkresFaKorygowanej", "P_15ZK", "FP", "TP",
       "DaneFaKorygowanej/DataWystFaKorygowanej", "DaneFaKorygowanej/NrFaKorygowanej", "DaneFaKorygowanej/NrKSeF",
       "DaneFaKorygowanej/NrKSeFFaKorygowanej", "DaneFaKorygowanej/NrKSeFN", "DodatkowyOpis/Klucz",
       "DodatkowyOpis/Wartosc", "FakturaZaliczkowa/NrKSeFZN", "FakturaZaliczkowa/NrFaZaliczkowej",
       "FakturaZaliczkowa/NrKSeFFaZaliczkowej", "Platnosc/Zaplacono", "Platnosc/DataZaplaty",
       "Platnosc/FormaPlatnosci", "Platnosc/RachunekBankowy/NrRB", "WarunkiTransakcji/Umowy/NrUmowy",
       "WarunkiTransakcji/Zamowienia/NrZamowienia", "WarunkiTransakcji/Transport/WysylkaDo/KodKraju",
       "WarunkiTransakcji/Transport/WysylkaDo/AdresL1", "WarunkiTransakcji/Transport/WysylkaDo/AdresL2",
       "Zamowienie/WartoscZamowienia")  # fmt: skip
_SHOWN = frozenset(
    {f"{who}/{path}" for who in ("Podmiot1", "Podmiot2", "Podmiot3") for path in _PARTY}
    | {f"Fa/FaWiersz/{name}" for name in _LINE}
    | {f"Fa/Zamowienie/ZamowienieWiersz/{name}" for name in _ORDER}
    | {f"Fa/{name}" for name in _FA}
    | {"Fa/Podmiot2K/" + path for path in _PARTY}
    | {"Stopka/Informacje/StopkaFaktury"}
)
_FORM = ("Naglowek/KodFormularza", "Naglowek/WariantFormularza")
_NO = frozenset({"P_19N", "P_22N", "P_PMarzyN"})


def others(root: etree._Element) -> Iterator[tuple[str, str]]:
    """(what it is, what it says) for each value that has no place of its own, in the document's order."""
    terms = len(root.findall("{*}Fa/{*}Platnosc/{*}TerminPlatnosci"))
    several_before = len(root.findall("{*}Fa/{*}Podmiot2K")) > 1
    for element in root.iter():
        if len(element) or not (element.text or "").strip():
            continue
        path = "/".join(
            etree.QName(each).localname for each in reversed([element, *element.iterancestors()]) if each is not root
        )
        name = path.rpartition("/")[2]
        if path == "Fa/Platnosc/TerminPlatnosci/Termin" and terms == 1:
            continue
        told = path in _SHOWN and not (several_before and path.startswith("Fa/Podmiot2K/"))
        if told or path in _FORM or name.startswith(("P_13_", "P_14_")) or _ordinary(path, name, element):
            continue
        yield label(element), " ".join((element.text or "").split())


def _ordinary(path: str, name: str, element: etree._Element) -> bool:
    """Annotations: those that say "no", and those told in words."""
    if path in ("Podmiot2/JST", "Podmiot2/GV"):
        return (element.text or "").strip() != "1"
    if not path.startswith("Fa/Adnotacje/"):
        return False
    return name in ANNOTATIONS or name in _NO or name in ("P_19A", "P_19B", "P_19C")
