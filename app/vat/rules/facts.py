"""Frozen facts of the VAT room: what an invoice says, who a unit is, what one row of a register holds.

Amounts are `Decimal` złote with grosze; `K_` names are those of JPK_V7M(3), without which no row means anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

MarkerKind = Literal["NrKSeF", "OFF", "BFK", "DI"]
Side = Literal["sale", "purchase"]
InvoiceSide = Literal["sale", "purchase", "internal", "foreign"]
"""What an invoice is to the city: internal = between its own units, foreign = the city is neither seller nor buyer."""
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with a document. An error keeps it out of the books until a person looks, a warning goes along.

    `code` is stable and for machines; `field` is the FA(3) element ("Fa/P_15"); `line` is the line of the XML file.
    """

    severity: Severity
    code: str
    field: str | None
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class Marker:
    """Exactly one per register row: a KSeF number, or the reason why there is none.

    OFF: offline invoice still without a number; BFK: invoice issued outside KSeF; DI: proof other than an invoice.
    """

    kind: MarkerKind
    ksef_number: str | None = None


@dataclass(frozen=True, slots=True)
class SalesRow:
    """One `SprzedazWiersz`. `amounts` maps "K_10".."K_36", "K_360" to złote; absent means the element is left out."""

    counterparty_no: str
    counterparty_name: str
    document_no: str
    issued_on: date
    marker: Marker
    amounts: Mapping[str, Decimal]
    country: str | None = None
    sold_on: date | None = None
    document_type: Literal["RO", "WEW", "FP"] | None = None
    flags: frozenset[str] = frozenset()
    bad_debt_due_on: date | None = None
    bad_debt_paid_on: date | None = None
    margin_gross: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PurchaseRow:
    """One `ZakupWiersz`. `amounts` maps "K_40".."K_47" to złote; K_41 and K_43 hold the tax that may be deducted."""

    counterparty_no: str
    counterparty_name: str
    document_no: str
    issued_on: date
    marker: Marker
    amounts: Mapping[str, Decimal]
    country: str | None = None
    received_on: date | None = None
    document_type: Literal["MK", "VAT_RR", "WEW"] | None = None
    imported: bool = False
    margin_gross: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """As FA(3) has it: two free lines and a country; `gln` when the seller gave one."""

    line1: str
    line2: str | None = None
    country: str = "PL"
    gln: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """Podmiot1, Podmiot2 or one Podmiot3. `role` is 1..11 (Podmiot3 only); `internal_id` is IDWew."""

    name: str | None
    nip: str | None = None
    internal_id: str | None = None
    vat_eu: str | None = None
    foreign_id: str | None = None
    country: str | None = None
    address: Address | None = None
    correspondence: Address | None = None
    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    customer_no: str | None = None
    role: int | None = None
    role_text: str | None = None
    serves_unit: bool | None = None
    """Podmiot2/JST: True = 1 (concerns a subordinate unit), False = 2."""


@dataclass(frozen=True, slots=True)
class Line:
    """One FaWiersz. `rate` is P_12 as written ("23", "zw", "oo" …)."""

    no: int
    text: str | None
    net: Decimal | None
    gross: Decimal | None
    tax: Decimal | None
    rate: str | None
    quantity: Decimal | None = None
    unit: str | None = None
    unit_price: Decimal | None = None
    gtu: str | None = None
    procedure: str | None = None
    before_correction: bool = False
    gross_unit_price: Decimal | None = None
    sold_on: date | None = None
    """P_6A, when the lines differ in the day of supply."""
    exchange_rate: Decimal | None = None
    """KursWaluty: złote for one unit of the invoice's currency, used for the tax of this line."""
    annex_15: bool = False
    """P_12_Zal_15: the goods or service is in annex 15 (split payment)."""
    discount: Decimal | None = None
    """P_10: what was taken off the value of the line, when the unit price does not hold it."""


@dataclass(frozen=True, slots=True)
class RateTotal:
    """One pair P_13_n / P_14_n: the base and the tax of a rate, in the invoice's currency.

    `tax_pln` is P_14_nW when the invoice is in another currency.
    """

    field: str
    """The ending of P_13_…: "1", "2" … "11"; "6_1", "6_2", "6_3" for the parts of P_13_6."""
    net: Decimal
    tax: Decimal | None = None
    tax_pln: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Invoice:
    """What one FA(3) document says; nothing is guessed, an absent element is None or empty."""

    seller: Party
    buyer: Party
    others: tuple[Party, ...]
    kind: str
    """RodzajFaktury: VAT, KOR, ZAL, ROZ, UPR, KOR_ZAL, KOR_ROZ."""
    number: str
    issued_on: date
    sold_on: date | None
    period_from_on: date | None
    period_to_on: date | None
    currency: str
    exchange_rate: Decimal | None
    totals: tuple[RateTotal, ...]
    gross: Decimal
    lines: tuple[Line, ...]
    annotations: Mapping[str, str] = field(default_factory=dict)
    """Adnotacje as flat tags: P_16, P_17, P_18 (reverse charge), P_18A (split payment), P_19, P_PMarzy…"""
    fp: bool = False
    """FP=1: invoice to a cash-register receipt (art. 109 ust. 3d)."""
    tp: bool = False
    """TP=1: related parties."""
    corrected: tuple[tuple[date, str, str | None], ...] = ()
    """(issued_on, number, KSeF number) of each corrected invoice."""
    correction_reason: str | None = None
    correction_effect: int | None = None
    """TypKorekty: 1 = in the period of the original, 2 = in the period of the correction, 3 = other date."""
    descriptions: tuple[tuple[str, str], ...] = ()
    """DodatkowyOpis: (key, value)."""
    contracts: tuple[str, ...] = ()
    orders: tuple[str, ...] = ()
    delivery_texts: tuple[str, ...] = ()
    """Names and addresses of the place of delivery, from WarunkiTransakcji/Transport and the like."""
    bank_accounts: tuple[str, ...] = ()
    footer: tuple[str, ...] = ()
    paid_on: date | None = None
    due_on: date | None = None
    place: str | None = None
    """P_1M, the place of issue."""
    corrected_period: str | None = None
    """OkresFaKorygowanej: the period of a collective discount (art. 106j ust. 3)."""
    advances: tuple[tuple[str | None, str | None], ...] = ()
    """FakturaZaliczkowa: (number, KSeF number), one of them known."""
    order_gross: Decimal | None = None
    """WartoscZamowienia of an advance invoice."""
    order_lines: tuple[Line, ...] = ()
    payment_form: int | None = None
    """FormaPlatnosci: 1 cash, 2 card, 3 voucher, 4 cheque, 5 credit, 6 transfer, 7 mobile."""
    before_buyer: Party | None = None
    """Podmiot2K: the buyer as the corrected invoice named it, when its data are what is corrected."""
    before_gross: Decimal | None = None
    """P_15ZK: what an advance or final invoice amounted to before its correction."""


@dataclass(frozen=True, slots=True)
class UnitProfile:
    """What the attribution knows of a unit. `code` is the tenant's stable short code; valid dates are the mandate's."""

    code: str
    name: str
    nip: str | None = None
    regon: str | None = None
    internal_ids: tuple[str, ...] = ()
    address_line1: str | None = None
    postal_code: str | None = None
    city: str | None = None
    aliases: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    valid_from_on: date | None = None
    valid_to_on: date | None = None
    office: bool = False
    """The municipal office itself: the municipality as its own unit."""
