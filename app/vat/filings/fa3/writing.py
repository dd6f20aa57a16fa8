"""`Invoice` → schema-valid FA(3) XML: the invoices of the city's own units, and those of the demonstration."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import zip_longest

from app.kernel.errors import Refusal
from app.kernel.money import plain, to_grosz
from app.vat.filings.fa3.document import NAMESPACE, schema_errors
from app.vat.rules.facts import Address, Invoice, Line, Party

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_FIRST_CREATED_ON = date(2025, 9, 1)
_NOON = time(12, tzinfo=UTC)
_BY_ROAD, _PARCEL = "3", "11"

ORDINARY = {
    "P_16": "2", "P_17": "2", "P_18": "2", "P_18A": "2", "P_19N": "1", "P_22N": "1", "P_23": "2", "P_PMarzyN": "1",
}  # fmt: skip
"""The annotations of an invoice to which no special rule applies: "1" = yes, "2" = no."""


def write(invoice: Invoice, created_at: datetime | None = None, system: str = "Magistrat") -> bytes:
    """The document, UTF-8, valid against FA(3) 1-0E; `created_at` (UTC, to the second) is noon of the day of issue.

    Annotations that are not given are `ORDINARY` ones. Raises `Refusal` with the first findings when the facts make no
    valid FA(3); new means of transport (P_22) are not covered.

    Law: art. 106e i 106ga ustawy o VAT; wzór FA(3) 1-0E
    """
    if invoice.annotations.get("P_22") == "1":
        raise Refusal("Faktury na nowe środki transportu (P_22) wystaw w innym programie.", "annotations.P_22")
    made_at = created_at or datetime.combine(max(invoice.issued_on, _FIRST_CREATED_ON), _NOON)
    parts = [
        f"<?xml version='1.0' encoding='UTF-8'?>\n<Faktura xmlns=\"{NAMESPACE}\"><Naglowek>",
        '<KodFormularza kodSystemowy="FA (3)" wersjaSchemy="1-0E">FA</KodFormularza>',
        "<WariantFormularza>3</WariantFormularza>",
        _tag("DataWytworzeniaFa", made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")),
        _tag("SystemInfo", system),
        "</Naglowek>",
        _wrap("Podmiot1", _party(invoice.seller, third=False)),
        _wrap("Podmiot2", [*_party(invoice.buyer, third=False), *_buyer_marks(invoice)]),
        *(_wrap("Podmiot3", [*_party(other, third=True), *_role(other)]) for other in invoice.others),
        "<Fa>",
        *_head(invoice),
        *_annotations(invoice),
        *_kind(invoice),
        *(_line(line, invoice) for line in invoice.lines),
        *_payment(invoice),
        *_terms(invoice),
        *_order(invoice),
        "</Fa>",
        *_footer(invoice),
        "</Faktura>",
    ]
    data = "".join(parts).encode()
    if problems := schema_errors(data):
        shown = " ".join(problem.message for problem in problems[:3])
        raise Refusal(f"Z tych danych nie powstanie poprawna faktura FA(3). {shown}", problems[0].field)
    return data


def _tag(name: str, value: str | None) -> str:
    if value is None:
        return ""
    if _FORBIDDEN.search(value):
        raise Refusal(f"Tekst w polu {name} zawiera znak, którego nie można zapisać w XML.", name)
    text = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<{name}>{text}</{name}>"


def _wrap(name: str, parts: Iterable[str]) -> str:
    return f"<{name}>{''.join(parts)}</{name}>"


def _wrapped(name: str, parts: Iterable[str]) -> str:
    """Nothing at all when there is nothing inside."""
    inside = "".join(parts)
    return f"<{name}>{inside}</{name}>" if inside else ""


def _money(name: str, amount: Decimal | None) -> str:
    if amount is None:
        return ""
    rounded = to_grosz(amount)
    return _tag(name, f"{rounded}" if amount == rounded else plain(amount))


def _number(name: str, value: Decimal | None) -> str:
    return "" if value is None else _tag(name, plain(value))


def _day(name: str, day: date | None) -> str:
    return "" if day is None else _tag(name, day.isoformat())


def _one(name: str, marked: bool) -> str:
    return _tag(name, "1") if marked else ""


def _identity(party: Party, *, third: bool) -> list[str]:
    if third and party.internal_id:
        identity = [_tag("IDWew", party.internal_id)]
    elif party.nip:
        identity = [_tag("NIP", party.nip)]
    elif party.vat_eu:
        identity = [_tag("KodUE", party.country), _tag("NrVatUE", party.vat_eu)]
    elif party.foreign_id:
        identity = [_tag("KodKraju", party.country), _tag("NrID", party.foreign_id)]
    else:
        identity = [_tag("BrakID", "1")]
    return [
        _wrap("DaneIdentyfikacyjne", [*identity, _tag("Nazwa", party.name)]),
        _address("Adres", party.address),
    ]


def _party(party: Party, *, third: bool) -> list[str]:
    return [
        *_identity(party, third=third),
        _address("AdresKoresp", party.correspondence),
        *(
            _wrap("DaneKontaktowe", [_tag("Email", email), _tag("Telefon", phone)])
            for email, phone in zip_longest(party.emails, party.phones)
        ),
    ]


def _address(name: str, address: Address | None) -> str:
    if address is None:
        return ""
    return _wrap(
        name,
        [
            _tag("KodKraju", address.country),
            _tag("AdresL1", address.line1),
            _tag("AdresL2", address.line2),
            _tag("GLN", address.gln),
        ],
    )


def _buyer_marks(invoice: Invoice) -> list[str]:
    return [
        _tag("NrKlienta", invoice.buyer.customer_no),
        _tag("JST", "1" if invoice.buyer.serves_unit else "2"),
        _tag("GV", "1" if any(other.role == 10 for other in invoice.others) else "2"),
    ]


def _role(party: Party) -> list[str]:
    if party.role is not None:
        role = [_tag("Rola", str(party.role))]
    else:
        role = [_tag("RolaInna", "1"), _tag("OpisRoli", party.role_text)]
    return [*role, _tag("NrKlienta", party.customer_no)]


def _head(invoice: Invoice) -> list[str]:
    period = [_day("P_6_Od", invoice.period_from_on), _day("P_6_Do", invoice.period_to_on)]
    parts = [
        _tag("KodWaluty", invoice.currency),
        _day("P_1", invoice.issued_on),
        _tag("P_1M", invoice.place),
        _tag("P_2", invoice.number),
        _day("P_6", invoice.sold_on) or _wrapped("OkresFa", period),
    ]
    for total in sorted(invoice.totals, key=lambda each: [int(part) for part in each.field.split("_")]):
        parts += [
            _money(f"P_13_{total.field}", total.net),
            _money(f"P_14_{total.field}", total.tax),
            _money(f"P_14_{total.field}W", total.tax_pln),
        ]
    parts.append(_money("P_15", invoice.gross))
    if invoice.kind in ("ZAL", "KOR_ZAL"):
        parts.append(_number("KursWalutyZ", invoice.exchange_rate))
    return parts


def _annotations(invoice: Invoice) -> list[str]:
    given = invoice.annotations

    def mark(name: str) -> str:
        return _tag(name, given.get(name, ORDINARY.get(name)))

    exempt = [_tag(name, given.get(name)) for name in ("P_19", "P_19A", "P_19B", "P_19C")]
    margin_names = ("P_PMarzy", "P_PMarzy_2", "P_PMarzy_3_1", "P_PMarzy_3_2", "P_PMarzy_3_3")
    margin = [_tag(name, given.get(name)) for name in margin_names]
    return [
        "<Adnotacje>",
        *(mark(name) for name in ("P_16", "P_17", "P_18", "P_18A")),
        _wrap("Zwolnienie", exempt if given.get("P_19") == "1" else [_tag("P_19N", "1")]),
        "<NoweSrodkiTransportu><P_22N>1</P_22N></NoweSrodkiTransportu>",
        mark("P_23"),
        _wrap("PMarzy", margin if given.get("P_PMarzy") == "1" else [_tag("P_PMarzyN", "1")]),
        "</Adnotacje>",
    ]


def _kind(invoice: Invoice) -> list[str]:
    parts = [_tag("RodzajFaktury", invoice.kind)]
    if invoice.corrected:
        effect = None if invoice.correction_effect is None else str(invoice.correction_effect)
        parts += [_tag("PrzyczynaKorekty", invoice.correction_reason), _tag("TypKorekty", effect)]
        for issued_on, number, ksef_number in invoice.corrected:
            original = [_day("DataWystFaKorygowanej", issued_on), _tag("NrFaKorygowanej", number)]
            in_ksef = [_tag("NrKSeF", "1"), _tag("NrKSeFFaKorygowanej", ksef_number)]
            parts.append(
                _wrap("DaneFaKorygowanej", [*original, *(in_ksef if ksef_number else [_one("NrKSeFN", True)])])
            )
        parts.append(_tag("OkresFaKorygowanej", invoice.corrected_period))
        if invoice.before_buyer is not None:
            parts.append(_wrap("Podmiot2K", _identity(invoice.before_buyer, third=False)))
        parts.append(_money("P_15ZK", invoice.before_gross))
    parts += [_one("FP", invoice.fp), _one("TP", invoice.tp)]
    for key, value in invoice.descriptions:
        parts.append(_wrap("DodatkowyOpis", [_tag("Klucz", key), _tag("Wartosc", value)]))
    for advance_no, advance_ksef in invoice.advances:
        without = [_tag("NrKSeFZN", "1"), _tag("NrFaZaliczkowej", advance_no)]
        parts.append(
            _wrap("FakturaZaliczkowa", [_tag("NrKSeFFaZaliczkowej", advance_ksef)] if advance_ksef else without)
        )
    return parts


def _line(line: Line, invoice: Invoice) -> str:
    exchange_rate = line.exchange_rate
    if exchange_rate is None and invoice.kind not in ("ZAL", "KOR_ZAL"):
        exchange_rate = invoice.exchange_rate
    return _wrap(
        "FaWiersz",
        [
            _tag("NrWierszaFa", str(line.no)),
            _day("P_6A", line.sold_on),
            _tag("P_7", line.text),
            _tag("P_8A", line.unit),
            _number("P_8B", line.quantity),
            _number("P_9A", line.unit_price),
            _number("P_9B", line.gross_unit_price),
            _number("P_10", line.discount),
            _money("P_11", line.net),
            _money("P_11A", line.gross),
            _money("P_11Vat", line.tax),
            _tag("P_12", line.rate),
            _one("P_12_Zal_15", line.annex_15),
            _tag("GTU", line.gtu),
            _tag("Procedura", line.procedure),
            _number("KursWaluty", exchange_rate),
            _one("StanPrzed", line.before_correction),
        ],
    )


def _payment(invoice: Invoice) -> list[str]:
    form = None if invoice.payment_form is None else str(invoice.payment_form)
    paid = [_tag("Zaplacono", "1"), _day("DataZaplaty", invoice.paid_on)] if invoice.paid_on else []
    return [
        _wrapped(
            "Platnosc",
            [
                *paid,
                _wrapped("TerminPlatnosci", [_day("Termin", invoice.due_on)]),
                _tag("FormaPlatnosci", form),
                *(_wrap("RachunekBankowy", [_tag("NrRB", account)]) for account in invoice.bank_accounts),
            ],
        )
    ]


def _terms(invoice: Invoice) -> list[str]:
    cargo = f"<RodzajTransportu>{_BY_ROAD}</RodzajTransportu><OpisLadunku>{_PARCEL}</OpisLadunku>"
    return [
        _wrapped(
            "WarunkiTransakcji",
            [
                *(_wrap("Umowy", [_tag("NrUmowy", number)]) for number in invoice.contracts),
                *(_wrap("Zamowienia", [_tag("NrZamowienia", number)]) for number in invoice.orders),
                *(
                    _wrap("Transport", [cargo, _address("WysylkaDo", Address(place))])
                    for place in invoice.delivery_texts
                ),
            ],
        )
    ]


def _order(invoice: Invoice) -> list[str]:
    if not invoice.order_lines:
        return []
    lines = (
        _wrap(
            "ZamowienieWiersz",
            [
                _tag("NrWierszaZam", str(line.no)),
                _tag("P_7Z", line.text),
                _tag("P_8AZ", line.unit),
                _number("P_8BZ", line.quantity),
                _number("P_9AZ", line.unit_price),
                _money("P_11NettoZ", line.net),
                _money("P_11VatZ", line.tax),
                _tag("P_12Z", line.rate),
                _one("P_12Z_Zal_15", line.annex_15),
                _tag("GTUZ", line.gtu),
                _tag("ProceduraZ", line.procedure),
                _one("StanPrzedZ", line.before_correction),
            ],
        )
        for line in invoice.order_lines
    )
    return [_wrap("Zamowienie", [_money("WartoscZamowienia", invoice.order_gross), *lines])]


def _footer(invoice: Invoice) -> list[str]:
    return [_wrapped("Stopka", [_wrap("Informacje", [_tag("StopkaFaktury", text)]) for text in invoice.footer])]
