"""One row of a register as text of `SprzedazWiersz` or `ZakupWiersz`, refused when the form would refuse it.

Text is built directly, not through an XML library: nearly twice as fast as bare lxml `xmlfile`, and every value passes
`token` or a closed list on its way, so nothing unescaped can get in (tested by reading everything back).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from app.kernel.errors import Refusal
from app.vat.filings.jpk_v7m.codes import COUNTRIES
from app.vat.filings.jpk_v7m.text import amount_text, day_text, token
from app.vat.rules.facts import Marker, PurchaseRow, SalesRow
from app.vat.rules.totals import TOGETHER

GTU = tuple(f"GTU_{number:02d}" for number in range(1, 14))
PROCEDURES = (
    "WSTO_EE", "IED", "TP", "TT_WNT", "TT_D", "MR_T", "MR_UZ", "I_42", "I_63",
    "B_SPV", "B_SPV_DOSTAWA", "B_MPV_PROWIZJA",
)  # fmt: skip
FLAGS = (*GTU, *PROCEDURES)
SALES_AMOUNTS = (*(f"K_{number}" for number in range(10, 37)), "K_360")
PURCHASE_AMOUNTS = tuple(f"K_{number}" for number in range(40, 48))

_PLACE_OF_FLAG = {name: place for place, name in enumerate(FLAGS)}
_PLACE_OF_SALE = {name: place for place, name in enumerate(SALES_AMOUNTS)}
_PLACE_OF_PURCHASE = {name: place for place, name in enumerate(PURCHASE_AMOUNTS)}
_PARTNER = {f"K_{one}": f"K_{other}" for pair in TOGETHER for one, other in (pair, pair[::-1])}
_SALES_TYPES = ("RO", "WEW", "FP")
_PURCHASE_TYPES = ("MK", "VAT_RR", "WEW")
_BAD_DEBT_FROM = date(2016, 1, 1)
_KSEF_NUMBER = re.compile(
    "([1-9]([0-9][1-9]|[1-9][0-9])[0-9]{7}|M[0-9]{9}|[A-Z]{3}[0-9]{7})"
    "-(20[2-9][0-9]|2[1-9][0-9]{2}|[3-9][0-9]{3})(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
    "-[0-9A-F]{6}-?[0-9A-F]{6}-[0-9A-F]{2}"
)
_SEPARATORS = re.compile(r"[\s./-]+")
_MARKS = {kind: f"<{kind}>1</{kind}>" for kind in ("OFF", "BFK", "DI")}


SALES_HEAD, SALES_AFTER_NUMBER = "<SprzedazWiersz><LpSprzedazy>", "</LpSprzedazy>"
PURCHASE_HEAD, PURCHASE_AFTER_NUMBER = "<ZakupWiersz><LpZakupu>", "</LpZakupu>"


def sales_row(number: int, row: SalesRow) -> str:
    """`SprzedazWiersz` number `number` (from 1). Raises `Refusal` at "sales[…].…" that names the document."""
    return f"{SALES_HEAD}{number}{sales_body(number, row)}"


def purchase_row(number: int, row: PurchaseRow) -> str:
    """`ZakupWiersz` number `number` (from 1). Raises `Refusal` at "purchases[…].…" that names the document."""
    return f"{PURCHASE_HEAD}{number}{purchase_body(number, row)}"


def sales_body(number: int | None, row: SalesRow) -> str:
    """The row without its head and number, so that rows of many units can be numbered when they come together.

    `number` is only for the sentence of a refusal; None: the row stands alone, its fields are named without a place.
    """
    try:
        parts = [
            SALES_AFTER_NUMBER,
            _country(row.country),
            f"<NrKontrahenta>{_tax_number(row.counterparty_no)}</NrKontrahenta>"
            f"<NazwaKontrahenta>{token(row.counterparty_name, 512, 'counterparty_name', 'Nazwa kontrahenta')}"
            f"</NazwaKontrahenta><DowodSprzedazy>{token(row.document_no, 256, 'document_no', 'Numer dowodu')}"
            "</DowodSprzedazy>"
            f"<DataWystawienia>{day_text(row.issued_on, 'issued_on', 'Data wystawienia')}</DataWystawienia>",
        ]
        if row.sold_on is not None and row.sold_on != row.issued_on:
            parts.append(f"<DataSprzedazy>{day_text(row.sold_on, 'sold_on', 'Data sprzedaży')}</DataSprzedazy>")
        parts.append(_marker(row.marker))
        if row.document_type is not None:
            if row.document_type not in _SALES_TYPES:
                raise Refusal("Typ dokumentu sprzedaży to RO, WEW albo FP.", "document_type")
            parts.append(f"<TypDokumentu>{row.document_type}</TypDokumentu>")
        if row.flags:
            parts += _flags(row.flags)
        parts.append(_bad_debt(row.bad_debt_due_on, row.bad_debt_paid_on))
        parts += _amounts(row.amounts, _PLACE_OF_SALE)
        if row.margin_gross is not None:
            parts.append(f"<SprzedazVAT_Marza>{amount_text(row.margin_gross, 'margin_gross')}</SprzedazVAT_Marza>")
    except Refusal as refused:
        raise _at_row(refused, "sales", number, row.document_no, row.counterparty_name) from None
    parts.append("</SprzedazWiersz>\n")
    return "".join(parts)


def purchase_body(number: int | None, row: PurchaseRow) -> str:
    """As `sales_body`, for `ZakupWiersz`."""
    try:
        parts = [
            PURCHASE_AFTER_NUMBER,
            _country(row.country),
            f"<NrDostawcy>{_tax_number(row.counterparty_no)}</NrDostawcy>"
            f"<NazwaDostawcy>{token(row.counterparty_name, 512, 'counterparty_name', 'Nazwa dostawcy')}</NazwaDostawcy>"
            f"<DowodZakupu>{token(row.document_no, 256, 'document_no', 'Numer dowodu')}</DowodZakupu>"
            f"<DataZakupu>{day_text(row.issued_on, 'issued_on', 'Data wystawienia')}</DataZakupu>",
        ]
        if row.received_on is not None:
            parts.append(f"<DataWplywu>{day_text(row.received_on, 'received_on', 'Data wpływu')}</DataWplywu>")
        parts.append(_marker(row.marker))
        if row.document_type is not None:
            if row.document_type not in _PURCHASE_TYPES:
                raise Refusal("Oznaczenie dowodu zakupu to MK, VAT_RR albo WEW.", "document_type")
            parts.append(f"<DokumentZakupu>{row.document_type}</DokumentZakupu>")
        if row.imported:
            parts.append("<IMP>1</IMP>")
        parts += _amounts(row.amounts, _PLACE_OF_PURCHASE)
        if row.margin_gross is not None:
            parts.append(f"<ZakupVAT_Marza>{amount_text(row.margin_gross, 'margin_gross')}</ZakupVAT_Marza>")
    except Refusal as refused:
        raise _at_row(refused, "purchases", number, row.document_no, row.counterparty_name) from None
    parts.append("</ZakupWiersz>\n")
    return "".join(parts)


def _at_row(refused: Refusal, side: str, number: int | None, document_no: str, counterparty: str) -> Refusal:
    if number is None:
        return refused
    register = "sprzedaży" if side == "sales" else "zakupu"
    document = " ".join(document_no.split())[:80] or "bez numeru"
    message = (
        f"Ewidencja {register}, wiersz {number}, dokument „{document}” ({counterparty.strip()[:60]}): {refused.message}"
    )
    return Refusal(message, f"{side}[{number - 1}].{refused.field}", refused.law)


def _country(code: str | None) -> str:
    """Greece is EL here, whatever ISO says."""
    if code is None:
        return ""
    code = "EL" if code == "GR" else code
    if code not in COUNTRIES:
        raise Refusal(f"Nie ma kraju o kodzie „{code[:10]}”.", "country")
    return f"<KodKrajuNadaniaTIN>{code}</KodKrajuNadaniaTIN>"


def _tax_number(number: str) -> str:
    """Letters and digits, as the form asks: spaces, hyphens, dots and slashes are dropped. "BRAK" is for none."""
    if number.isascii() and number.isalnum() and len(number) <= 50:
        return number
    return token(_SEPARATORS.sub("", number), 50, "counterparty_no", "Numer identyfikacyjny kontrahenta")


def _marker(marker: Marker) -> str:
    """Exactly one of NrKSeF, OFF, BFK, DI."""
    if marker.kind == "NrKSeF":
        if marker.ksef_number is None or _KSEF_NUMBER.fullmatch(marker.ksef_number) is None:
            raise Refusal(f"„{marker.ksef_number or ''}” nie ma postaci numeru KSeF.", "marker.ksef_number")
        return f"<NrKSeF>{marker.ksef_number}</NrKSeF>"
    if marker.ksef_number is not None:
        raise Refusal(f"Wiersz ma i numer KSeF, i oznaczenie {marker.kind}. Zostaw jedno z nich.", "marker")
    if marker.kind not in _MARKS:
        raise Refusal("Wiersz musi mieć numer KSeF albo jedno z oznaczeń OFF, BFK, DI.", "marker.kind")
    return _MARKS[marker.kind]


def _flags(flags: frozenset[str]) -> list[str]:
    try:
        ordered = sorted(flags, key=_PLACE_OF_FLAG.__getitem__)
    except KeyError as unknown:
        raise Refusal(f"JPK_V7M(3) nie ma oznaczenia „{unknown.args[0]}”.", "flags") from None
    return [f"<{name}>1</{name}>" for name in ordered]


def _bad_debt(due_on: date | None, paid_on: date | None) -> str:
    """KorektaPodstawyOpodt with the one date that fits the paragraph.

    Law: art. 89a ust. 1 i 4 ustawy o VAT
    """
    if due_on is not None and paid_on is not None:
        raise Refusal(
            "Korekta złych długów ma albo termin płatności, albo datę zapłaty, nie obie daty.", "bad_debt_due_on"
        )
    if due_on is not None:
        day = day_text(due_on, "bad_debt_due_on", "Termin płatności", _BAD_DEBT_FROM)
        when = f"<TerminPlatnosci>{day}</TerminPlatnosci>"
    elif paid_on is not None:
        when = f"<DataZaplaty>{day_text(paid_on, 'bad_debt_paid_on', 'Data zapłaty', _BAD_DEBT_FROM)}</DataZaplaty>"
    else:
        return ""
    return f"<KorektaPodstawyOpodt>1</KorektaPodstawyOpodt>{when}"


def _amounts(amounts: Mapping[str, Decimal], place: Mapping[str, int]) -> list[str]:
    try:
        ordered = sorted(amounts, key=place.__getitem__)
    except KeyError as unknown:
        raise Refusal(f"Ta ewidencja nie ma pola „{unknown.args[0]}”.", f"amounts.{unknown.args[0]}") from None
    parts = []
    for name in ordered:
        if (partner := _PARTNER.get(name)) is not None and partner not in amounts:
            raise Refusal(f"Jest {name}, a brakuje {partner}: te kwoty podaje się razem.", f"amounts.{partner}")
        parts.append(f"<{name}>{amount_text(amounts[name], f'amounts.{name}')}</{name}>")
    return parts
