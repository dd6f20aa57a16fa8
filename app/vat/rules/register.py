"""From one invoice to the amounts of a partial register: whose it is, which K_ fields, how many złote.

Each line of `SALES_FIELDS` says where one P_13 of FA(3) goes in JPK_V7M(3). What the invoice does not tell is not
invented: see `unmapped`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from app.kernel.errors import Refusal
from app.kernel.money import HUNDRED, ZERO, to_grosz
from app.vat.rules.facts import Invoice, InvoiceSide, Line, Marker, Party, PurchaseRow, RateTotal, SalesRow

PLN = "PLN"
MISSING = "BRAK"
"""What JPK wants in the number or name of a counterparty that has none (explanations of JPK_V7M, NrKontrahenta)."""

SALES_FIELDS: Mapping[str, tuple[tuple[str, ...], str | None]] = {
    "1": (("K_19",), "K_20"),  # basic rate; art. 41 ust. 1 w zw. z art. 146ef
    "2": (("K_17",), "K_18"),  # first reduced rate; art. 41 ust. 2 w zw. z art. 146ef
    "3": (("K_15",), "K_16"),  # 5 %; art. 41 ust. 2a
    "6_1": (("K_13",), None),  # 0 % in the country; art. 83
    "6_2": (("K_21",), None),  # 0 %, intra-EU supply; art. 42
    "6_3": (("K_22",), None),  # 0 %, export; art. 41 ust. 4
    "7": (("K_10",), None),  # exempt; art. 43, 82, 113
    "8": (("K_11",), None),  # outside the country; art. 22, 28b i nast.
    "9": (("K_11", "K_12"), None),  # services of art. 100 ust. 1 pkt 4: in K_11 and "of which" in K_12
}
"""P_13_<key> → (fields of the base, field of the tax)."""

MARGIN = "11"
UNMAPPED: Mapping[str, str] = {
    "4": "ryczałt dla taksówek rozlicza się w deklaracji VAT-12, nie w JPK_V7M",
    "5": "sprzedaż w procedurze OSS rozlicza się w deklaracji VIU-DO, nie w JPK_V7M",
    "10": "dla krajowego odwrotnego obciążenia u sprzedawcy JPK_V7M(3) nie ma pola",
    MARGIN: "podatek od marży wykazuje się dowodem wewnętrznym (K_19 i K_20); z faktury znamy tylko wartość brutto",
}
"""P_13_<key> that goes to no K_ field of a sales row by itself, and why (art. 114, 130d, 145e, 119–120)."""

_DEDUCTIBLE = ("1", "2", "3", "4")
_FIELD_OF_RATE = {
    "23": "1", "22": "1", "8": "2", "7": "2", "5": "3", "4": "4", "3": "4", "0 KR": "6_1", "0 WDT": "6_2",
    "0 EX": "6_3", "zw": "7", "np I": "8", "np II": "9", "oo": "10",
}  # fmt: skip
_LONGEST_NUMBER, _LONGEST_DOCUMENT, _LONGEST_NAME = 50, 256, 512
_SPACES = re.compile(r"\s+")


def field_of_rate(rate: str | None) -> str | None:
    """The P_13 a line belongs to by its P_12: "23" → "1", "zw" → "7"; None when it has no rate."""
    return None if rate is None else _FIELD_OF_RATE.get(rate)


def nip_of(party: Party) -> str | None:
    """The Polish tax number, also when it was given as a Polish VAT-UE number."""
    if party.nip:
        return party.nip
    if party.vat_eu and party.country == "PL":
        return party.vat_eu
    return None


def side(invoice: Invoice, city_nip: str) -> InvoiceSide:
    """What the invoice is to the city. `internal`: both sides are the city, so nothing is supplied to anybody.

    Law: art. 3 ustawy o szczególnych zasadach rozliczeń VAT przez JST; art. 15 ustawy o VAT
    """
    sells, buys = nip_of(invoice.seller) == city_nip, nip_of(invoice.buyer) == city_nip
    if sells and buys:
        return "internal"
    return "sale" if sells else "purchase" if buys else "foreign"


def unmapped(invoice: Invoice) -> tuple[tuple[str, str], ...]:
    """(P_13 field, why) for every amount that `sales_row` leaves out of K_ fields; a clerk has to see them."""
    return tuple(
        (total.field, UNMAPPED[total.field]) for total in invoice.totals if total.field in UNMAPPED and total.net
    )


def marker(ksef_number: str | None) -> Marker:
    """The KSeF number; without one the invoice counts as offline, still waiting for it.

    Law: art. 109 ust. 3d, art. 106nf ust. 1 ustawy o VAT; JPK_V7M(3)
    """
    return Marker("NrKSeF", ksef_number) if ksef_number else Marker("OFF")


def sales_row(invoice: Invoice, ksef_number: str | None, row_marker: Marker | None = None) -> SalesRow:
    """The row of a sale. Corrections keep their minus. Raises `Refusal` when złote cannot be known.

    Law: art. 109 ust. 3 ustawy o VAT; § 10 rozporządzenia w sprawie JPK_VAT
    """
    amounts: dict[str, Decimal] = {}
    for total in totals(invoice):
        bases, tax_field = SALES_FIELDS.get(total.field, ((), None))
        net, tax = in_pln(invoice, total)
        if not net and not tax:
            continue
        for base in bases:
            amounts[base] = amounts.get(base, ZERO) + net
        if tax_field is not None:
            amounts[tax_field] = amounts.get(tax_field, ZERO) + tax
    margin = [in_pln(invoice, total)[0] for total in invoice.totals if total.field == MARGIN]
    country, number = counterparty_number(invoice.buyer)
    return SalesRow(
        counterparty_no=number,
        counterparty_name=_text(invoice.buyer.name, _LONGEST_NAME),
        document_no=_text(invoice.number, _LONGEST_DOCUMENT),
        issued_on=invoice.issued_on,
        marker=row_marker or marker(ksef_number),
        amounts=amounts,
        country=country,
        sold_on=_sold_on(invoice),
        document_type="FP" if invoice.fp else None,
        flags=_flags(invoice),
        margin_gross=margin[0] if margin else None,
    )


def purchase_row(
    invoice: Invoice,
    ksef_number: str | None,
    deductible: Decimal,
    asset: bool,
    received_on: date | None = None,
    row_marker: Marker | None = None,
) -> PurchaseRow:
    """The row of a purchase: the whole net, and of the tax the part that may be deducted (złote, to the grosz).

    `received_on` defaults to the day KSeF gave the number, when the invoice was received by law. The caller decides
    whether a purchase with nothing to deduct is a row at all.

    Law: art. 86 ust. 1, 2 i 10b pkt 1, art. 106na ust. 3, art. 109 ust. 3 ustawy o VAT
    """
    net, _ = purchase_vat(invoice)
    base, tax = ("K_40", "K_41") if asset else ("K_42", "K_43")
    country, number = counterparty_number(invoice.seller)
    received = received_on or ksef_day(ksef_number)
    return PurchaseRow(
        counterparty_no=number,
        counterparty_name=_text(invoice.seller.name, _LONGEST_NAME),
        document_no=_text(invoice.number, _LONGEST_DOCUMENT),
        issued_on=invoice.issued_on,
        marker=row_marker or marker(ksef_number),
        amounts={base: net, tax: to_grosz(deductible)},
        country=country,
        received_on=received,
    )


def purchase_vat(invoice: Invoice) -> tuple[Decimal, Decimal]:
    """(net, tax) in złote of the parts on which the seller charged Polish VAT: what a deduction can be computed from.

    Law: art. 86 ust. 2 pkt 1 ustawy o VAT
    """
    return _sums(invoice, [total for total in totals(invoice) if total.field in _DEDUCTIBLE])


def totals_pln(invoice: Invoice) -> tuple[Decimal, Decimal]:
    """(net, tax) in złote of the whole invoice, exempt and margin parts (gross) included."""
    return _sums(invoice, totals(invoice))


def _sums(invoice: Invoice, chosen: Iterable[RateTotal]) -> tuple[Decimal, Decimal]:
    net, tax = ZERO, ZERO
    for total in chosen:
        one_net, one_tax = in_pln(invoice, total)
        net, tax = net + one_net, tax + one_tax
    return net, tax


def totals(invoice: Invoice) -> tuple[RateTotal, ...]:
    """P_13/P_14 as given; a simplified invoice may have none: then from its gross lines, the tax "in a hundred".

    Raises `Refusal` when there is an amount due but no way to tell its rate.

    Law: art. 106e ust. 5 pkt 3 i ust. 7–8 ustawy o VAT
    """
    if invoice.totals or not invoice.gross:
        return invoice.totals
    rates = {line.rate for line in invoice.lines}
    only = rates.pop() if len(rates) == 1 else None
    if only is not None and (field := field_of_rate(only)):
        return (_from_gross(field, {only: invoice.gross}),)
    gross: dict[str, dict[str, Decimal]] = {}
    for line in invoice.lines:
        field = field_of_rate(line.rate)
        if field is None or line.rate is None or line.gross is None:
            break
        by_rate = gross.setdefault(field, {})
        signed = -line.gross if line.before_correction else line.gross
        by_rate[line.rate] = by_rate.get(line.rate, ZERO) + signed
    else:
        if gross and sum((sum(each.values(), ZERO) for each in gross.values()), ZERO) == invoice.gross:
            return tuple(_from_gross(field, by_rate) for field, by_rate in gross.items())
    raise Refusal(
        "Faktura nie podaje sum według stawek i nie da się ich odtworzyć z pozycji. Wprowadź kwoty ręcznie.",
        "Fa/P_13",
        "art. 106e ust. 5 pkt 3 ustawy o VAT",
    )


def _from_gross(field: str, by_rate: Mapping[str, Decimal]) -> RateTotal:
    tax = ZERO
    for rate, gross in by_rate.items():
        if rate.isdigit():
            tax += to_grosz(gross * Decimal(rate) / (HUNDRED + Decimal(rate)))
    return RateTotal(field, sum(by_rate.values(), ZERO) - tax, tax if field in _DEDUCTIBLE else None)


def in_pln(invoice: Invoice, total: RateTotal) -> tuple[Decimal, Decimal]:
    """(net, tax) of one rate in złote. In another currency the tax is P_14_nW, the net goes by the invoice's own rate.

    Raises `Refusal` when the invoice gives no tax in złote, or no rate from which the net could be told.

    Law: art. 31a, art. 106e ust. 11 ustawy o VAT
    """
    tax = total.tax or ZERO
    if invoice.currency == PLN:
        return total.net, tax
    if tax and total.tax_pln is None and total.field != "5":
        raise Refusal(
            f"Faktura jest w walucie {invoice.currency}, a nie podaje podatku w złotych (P_14_{total.field}W).",
            f"Fa/P_14_{total.field}W",
            "art. 106e ust. 11 ustawy o VAT",
        )
    return _net_in_pln(invoice, total), total.tax_pln or ZERO


def _net_in_pln(invoice: Invoice, total: RateTotal) -> Decimal:
    if not total.net:
        return ZERO
    if (by_lines := _by_line_rates(invoice, total)) is not None:
        return to_grosz(by_lines)
    if invoice.exchange_rate is not None:
        return to_grosz(total.net * invoice.exchange_rate)
    for taxed in (total, *invoice.totals):
        if taxed.tax and taxed.tax_pln:
            return to_grosz(total.net * taxed.tax_pln / taxed.tax)
    raise Refusal(
        f"Faktura jest w walucie {invoice.currency}, a nie podaje kursu. Ustal kurs i wprowadź kwoty ręcznie.",
        "Fa/FaWiersz/KursWaluty",
        "art. 31a ustawy o VAT",
    )


def _by_line_rates(invoice: Invoice, total: RateTotal) -> Decimal | None:
    """Each line by its own exchange rate, when they differ and make up the total; else None."""
    lines = [line for line in invoice.lines if field_of_rate(line.rate) == total.field]
    if len({line.exchange_rate for line in lines}) < 2:
        return None
    net, net_pln = ZERO, ZERO
    for line in lines:
        if line.net is None or line.exchange_rate is None:
            return None
        signed = -line.net if line.before_correction else line.net
        net, net_pln = net + signed, net_pln + signed * line.exchange_rate
    return net_pln if net == total.net else None


def counterparty_number(party: Party) -> tuple[str | None, str]:
    """(country, number) as JPK wants them: the prefix apart from the number, no country for a Polish number."""
    if number := nip_of(party):
        return None, _text(number, _LONGEST_NUMBER)
    number = party.vat_eu or party.foreign_id
    if not number:
        return None, MISSING
    country = "EL" if party.country == "GR" else party.country
    return country, _text(number.removeprefix(country or ""), _LONGEST_NUMBER)


def ksef_day(ksef_number: str | None) -> date | None:
    """The day in a KSeF number: when the invoice was accepted, and so received.

    Law: art. 106na ust. 3 ustawy o VAT
    """
    if ksef_number is None or len(ksef_number) < 19:
        return None
    day = ksef_number[11:19]
    try:
        return date(int(day[:4]), int(day[4:6]), int(day[6:]))
    except ValueError:
        return None


def _text(text: str | None, longest: int) -> str:
    collapsed = _SPACES.sub(" ", text or "").strip()
    return collapsed[:longest].rstrip() or MISSING


def _sold_on(invoice: Invoice) -> date | None:
    """The one day of supply or payment, only when it is known and differs from the day of issue."""
    days = {line.sold_on for line in invoice.lines if not line.before_correction}
    common = days.pop() if len(days) == 1 else None
    day = invoice.sold_on or invoice.period_to_on or common
    return day if day != invoice.issued_on else None


def _flags(invoice: Invoice) -> frozenset[str]:
    """GTU and procedures of the lines, TP; a simplified triangular supply (P_23) is TT_D.

    Law: § 10 ust. 3 i 4 rozporządzenia w sprawie JPK_VAT
    """
    lines: tuple[Line, ...] = (*invoice.lines, *invoice.order_lines)
    marks = {mark for line in lines for mark in (line.gtu, line.procedure) if mark}
    if invoice.tp:
        marks.add("TP")
    if invoice.annotations.get("P_23") == "1":
        marks.add("TT_D")
    return frozenset(marks)
