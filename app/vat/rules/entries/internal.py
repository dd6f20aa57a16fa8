"""Internal documents by their kind: what each asks for and which rows of the registers follow, of both sides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, get_args

from app.kernel.errors import Refusal
from app.kernel.money import HUNDRED, ZERO, to_grosz
from app.law import loader
from app.vat.rules.deduction import Use
from app.vat.rules.entries.documents import Entry, PurchaseEntry
from app.vat.rules.entries.rates import RATES
from app.vat.rules.facts import Marker, MarkerKind, SalesRow
from app.vat.rules.register import MISSING

InternalKind = Literal[
    "free_supply", "personal_use", "services_eu", "services_other", "goods_eu", "import_33a", "import_customs",
    "reverse_charge", "stock_taking", "till_refund", "fuel_eu", "deposit", "margin_sale", "margin_purchase",
]  # fmt: skip
FOREIGN = "jpk.marker.foreign_invoice"


@dataclass(frozen=True, slots=True)
class Described:
    """A kind. `pair`: base and tax of the sales register; `alone`: a field of tax only; `input`: the same tax is
    deducted in the same month; `invoice`: its proof is a supplier's invoice; `by_rate`: the pair follows the rate."""

    title: str
    hint: str
    law: str
    pair: tuple[str, str] | None = None
    alone: str | None = None
    input: bool = False
    by_rate: bool = False
    invoice: bool = False
    imported: bool = False
    sale: bool = True


KINDS: Mapping[InternalKind, Described] = {
    "free_supply": Described(
        "Nieodpłatne przekazanie albo usługa", "K_15–K_20 według stawki", "art. 7 ust. 2, art. 8 ust. 2 ustawy o VAT",
        by_rate=True,
    ),
    "personal_use": Described(
        "Użytek osobisty pracowników", "K_15–K_20 według stawki", "art. 7 ust. 2 pkt 1, art. 8 ust. 2 ustawy o VAT",
        by_rate=True,
    ),
    "services_eu": Described(
        "Import usług od podatnika z UE (art. 28b)", "K_29 i K_30, odliczenie w tym samym miesiącu",
        "art. 17 ust. 1 pkt 4, art. 28b, art. 86 ust. 10b pkt 3 ustawy o VAT", ("K_29", "K_30"),
        input=True, invoice=True,
    ),
    "services_other": Described(
        "Import usług, pozostały", "K_27 i K_28, odliczenie w tym samym miesiącu",
        "art. 17 ust. 1 pkt 4, art. 86 ust. 10b pkt 3 ustawy o VAT", ("K_27", "K_28"), input=True, invoice=True,
    ),
    "goods_eu": Described(
        "Wewnątrzwspólnotowe nabycie towarów", "K_23 i K_24 (nowy środek transportu też K_35), odliczenie",
        "art. 9, art. 20 ust. 5, art. 86 ust. 10b pkt 2, art. 103 ust. 3 ustawy o VAT", ("K_23", "K_24"),
        input=True, invoice=True,
    ),
    "import_33a": Described(
        "Import towarów rozliczany w deklaracji (art. 33a)", "K_25 i K_26 z dokumentu celnego, odliczenie z IMP",
        "art. 33a, art. 86 ust. 10d pkt 1 ustawy o VAT", ("K_25", "K_26"), input=True, imported=True,
    ),
    "import_customs": Described(
        "Import towarów, podatek zapłacony w urzędzie celnym", "tylko odliczenie z dokumentu celnego, z IMP",
        "art. 33, art. 86 ust. 2 pkt 2 i ust. 10d ustawy o VAT", input=True, imported=True, sale=False,
    ),
    "reverse_charge": Described(
        "Dostawa, którą rozlicza nabywca", "K_31 i K_32, odliczenie w tym samym miesiącu",
        "art. 17 ust. 1 pkt 5, art. 86 ust. 10b pkt 3 ustawy o VAT", ("K_31", "K_32"), input=True, invoice=True,
    ),
    "stock_taking": Described("Spis z natury", "sam podatek, K_33", "art. 14 ust. 5 ustawy o VAT", alone="K_33"),
    "till_refund": Described(
        "Zwrot ulgi na zakup kasy", "sam podatek, K_34", "art. 111 ust. 6 ustawy o VAT", alone="K_34",
    ),
    "fuel_eu": Described(
        "Paliwa silnikowe z UE, podatek wpłacony", "sam podatek, K_36; jest częścią K_24",
        "art. 103 ust. 5aa ustawy o VAT", alone="K_36",
    ),
    "deposit": Described(
        "System kaucyjny", "sam podatek, K_360", "art. 17b ustawy o VAT", alone="K_360",
    ),
    "margin_sale": Described(
        "Sprzedaż w procedurze marży", "podatek od marży w K_15–K_20 i wartość brutto sprzedaży",
        "art. 119 i 120 ustawy o VAT",         by_rate=True,
    ),
    "margin_purchase": Described(
        "Zakup do sprzedaży w procedurze marży", "wartość brutto zakupu, bez odliczenia", "art. 119 i 120 ustawy o VAT",
        sale=False,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Internal:
    """What a person enters. `net`, `tax` in złote (of a margin: its own, without the cost); `gross` of a margin
    document; `paid_apart`: the part of K_24 already paid for a new means of transport (K_35)."""

    kind: InternalKind
    document_no: str
    issued_on: date
    net: Decimal = ZERO
    tax: Decimal | None = None
    rate: str | None = None
    counterparty_no: str = MISSING
    counterparty_name: str = MISSING
    country: str | None = None
    received_on: date | None = None
    use: Use | None = None
    asset: bool = False
    paid_apart: Decimal | None = None
    gross: Decimal | None = None
    marker: MarkerKind | None = None


def documents(given: Internal) -> tuple[Entry, ...]:
    """The rows that an internal document makes: of the sales register, of the purchases register, or of both.

    The tax follows from the rate when it is not given. Raises `Refusal` at a field that this kind needs and is absent.

    Law: art. 5, 7 ust. 2, 8 ust. 2, 9, 17 ust. 1, 33a, 86 ust. 10b, 109 ust. 3 ustawy o VAT
    """
    kind = KINDS[given.kind]
    _refuse_incomplete(given, kind)
    if given.kind == "margin_purchase":
        return (_bought(given, kind, ZERO, ZERO),)
    if kind.alone is not None:
        return (_sold(given, kind, {kind.alone: given.tax or ZERO}),)
    rate = _rate(given)
    tax = given.tax if given.tax is not None else to_grosz(given.net * rate / HUNDRED)
    made: list[Entry] = []
    if kind.sale:
        base, tax_field = _pair(given, kind)
        amounts = {base: given.net, tax_field: tax}
        if given.paid_apart is not None:
            amounts["K_35"] = given.paid_apart
        made.append(_sold(given, kind, amounts))
    if kind.input:
        made.append(_bought(given, kind, given.net, tax))
    return tuple(made)


def _refuse_incomplete(given: Internal, kind: Described) -> None:
    for field, message in _missing(given, kind):
        raise Refusal(message, field, kind.law)


def _missing(given: Internal, kind: Described) -> Iterator[tuple[str, str]]:
    if kind.alone is not None:
        if not given.tax:
            yield "tax", f"Podaj kwotę podatku: trafi do {kind.alone}."
        if given.net:
            yield "net", f"Ten dowód ma sam podatek ({kind.alone}), bez podstawy."
    elif given.kind != "margin_purchase":
        if not given.net:
            yield "net", "Podaj podstawę opodatkowania."
        if given.tax is None and given.rate is None:
            yield "rate", "Podaj stawkę albo kwotę podatku."
    if kind.invoice and given.counterparty_name == MISSING:
        yield "counterparty_name", "Podaj dostawcę."
    if given.kind in ("margin_sale", "margin_purchase") and given.gross is None:
        yield "gross", "Podaj wartość brutto: wykazuje się ją obok podatku od marży."
    if given.gross is not None and given.kind not in ("margin_sale", "margin_purchase"):
        yield "gross", "Wartość brutto podaje się tylko w procedurze marży."
    if given.paid_apart is not None:
        if given.kind != "goods_eu":
            yield "paid_apart", "K_35 podaje się tylko przy nabyciu nowego środka transportu z UE."
        elif given.paid_apart < ZERO or (given.tax is not None and given.paid_apart > given.tax):
            yield "paid_apart", "K_35 to część podatku z K_24: od zera do całości."


def _rate(given: Internal) -> Decimal:
    if given.rate is None:
        return ZERO
    for rate in RATES:
        if rate.code == given.rate.removesuffix("%").strip() and rate.percent is not None:
            return rate.percent
    known = ", ".join(rate.code for rate in RATES if rate.percent is not None)
    raise Refusal(f"Stawka to {known}.", "rate")


def _pair(given: Internal, kind: Described) -> tuple[str, str]:
    if kind.pair is not None:
        return kind.pair
    for rate in RATES:
        if given.rate is not None and rate.code == given.rate.removesuffix("%").strip() and rate.tax is not None:
            return rate.bases[0], rate.tax
    raise Refusal("Podaj stawkę: od niej zależy pole rejestru.", "rate", kind.law)


def marker_of(given: Internal) -> Marker:
    """What stands in the row: of a supplier's invoice as the setting says, of any other proof DI.

    Law: art. 109 ust. 3 ustawy o VAT; objaśnienia JPK_V7M(3)
    """
    if given.marker is not None:
        return Marker(given.marker)
    if not KINDS[given.kind].invoice:
        return Marker("DI")
    value = loader.newest(FOREIGN).value
    for code in get_args(MarkerKind):
        if code == value:
            return Marker(code)
    return Marker("DI")


def _sold(given: Internal, kind: Described, amounts: Mapping[str, Decimal]) -> SalesRow:
    return SalesRow(
        given.counterparty_no,
        given.counterparty_name,
        given.document_no,
        given.issued_on,
        marker_of(given),
        amounts,
        given.country,
        document_type=None if kind.invoice or kind.imported else "WEW",
        margin_gross=given.gross,
    )


def _bought(given: Internal, kind: Described, net: Decimal, tax: Decimal) -> PurchaseEntry:
    return PurchaseEntry(
        given.counterparty_no,
        given.counterparty_name,
        given.document_no,
        given.issued_on,
        marker_of(given),
        net,
        tax,
        given.use,
        given.asset,
        country=given.country,
        received_on=given.received_on,
        document_type="WEW" if not kind.invoice and not kind.imported and given.kind != "margin_purchase" else None,
        imported=kind.imported,
        margin_gross=given.gross if given.kind == "margin_purchase" else None,
    )


def kind_of(written: str, field: str = "internal_kind") -> InternalKind:
    """From a code or its title. Raises `Refusal`."""
    for code, kind in KINDS.items():
        if written.strip().casefold() in (code, kind.title.casefold()):
            return code
    raise Refusal(f"Nie ma rodzaju „{written[:60]}”. Możliwe: {', '.join(KINDS)}.", field)
