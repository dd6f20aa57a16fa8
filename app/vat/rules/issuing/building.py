"""A checked draft → the facts of an FA(3) document, ready to be written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from app.kernel.money import ZERO
from app.law import loader
from app.vat.rules.facts import Address, Invoice, Line, Party, RateTotal
from app.vat.rules.issuing.amounts import (
    Amounts,
    LineValue,
    advance,
    difference,
    gross_of,
    line_value,
    ordered,
    reckon,
    tax_in,
    tax_on,
)
from app.vat.rules.issuing.draft import MARGIN_RATE, Buyer, Draft, DraftLine, Issuer, Kind, Receiver
from app.vat.rules.register import PLN

CORRECTIONS: Mapping[str, Kind] = {
    "VAT": "KOR", "UPR": "KOR", "KOR": "KOR", "ZAL": "KOR_ZAL", "KOR_ZAL": "KOR_ZAL", "ROZ": "KOR_ROZ",
    "KOR_ROZ": "KOR_ROZ",
}  # fmt: skip
"""The kind of a correction by the kind of what it corrects."""
TRANSFER = 6
UNIT_ISSUES, UNIT_RECEIVES, GROUP_MEMBER = 7, 8, 10
"""Roles of Podmiot3."""
RECEIPT = "Numer paragonu"


@dataclass(frozen=True, slots=True)
class Settled:
    """An advance invoice that a final one takes into account."""

    number: str
    ksef_number: str | None
    totals: tuple[RateTotal, ...]
    gross: Decimal


@dataclass(frozen=True, slots=True)
class Original:
    """What a correction corrects: the invoice first issued, and the state it was left in (by earlier corrections)."""

    number: str
    ksef_number: str | None
    issued_on: date
    state: Draft


def state_totals(draft: Draft, advances: Sequence[Settled] = ()) -> tuple[RateTotal, ...]:
    """What the draft shows by rate when it stands alone: an advance its payment, a final invoice what is left.

    Law: art. 106e ust. 1 pkt 13–15, art. 106f ust. 1 pkt 3 i ust. 3 ustawy o VAT
    """
    whole = reckon(draft)
    if draft.kind in ("ZAL", "KOR_ZAL"):
        return advance(whole, draft.received or ZERO, draft)
    return difference(whole.totals, _together(advances)) if advances else whole.totals


def _together(advances: Iterable[Settled]) -> tuple[RateTotal, ...]:
    summed: dict[str, RateTotal] = {}
    for one in (total for settled in advances for total in settled.totals):
        known = summed.get(one.field)
        summed[one.field] = one if known is None else RateTotal(
            one.field, known.net + one.net, _plus(known.tax, one.tax), _plus(known.tax_pln, one.tax_pln)
        )  # fmt: skip
    return ordered(summed.values())


def _plus(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None and other is None else (one or ZERO) + (other or ZERO)


def due(draft: Draft, original: Original | None = None, advances: Sequence[Settled] = ()) -> tuple[RateTotal, ...]:
    """P_13 and P_14 of the document: for a correction, what it changes."""
    after = state_totals(draft, advances)
    return after if original is None else difference(after, state_totals(original.state, advances))


def build(
    draft: Draft,
    issuer: Issuer,
    number: str,
    original: Original | None = None,
    advances: Sequence[Settled] = (),
) -> Invoice:
    """The facts of the document. The draft is one that `checking.check` found no error in.

    Law: art. 106e, 106f, 106j ustawy o VAT; wzór FA(3) 1-0E
    """
    whole = reckon(draft)
    totals = due(draft, original, advances)
    order = draft.kind in ("ZAL", "KOR_ZAL")
    return Invoice(
        seller=_seller(issuer),
        buyer=_buyer(draft.buyer),
        others=tuple(_others(draft.buyer, issuer)),
        kind=draft.kind,
        number=number,
        issued_on=draft.issued_on,
        sold_on=draft.sold_on if draft.sold_on != draft.issued_on else None,
        period_from_on=draft.period_from_on,
        period_to_on=draft.period_to_on,
        currency=draft.currency,
        exchange_rate=draft.exchange.rate if draft.exchange and draft.currency != PLN else None,
        totals=totals,
        gross=gross_of(totals),
        lines=() if order else tuple(_lines(draft, whole, original)),
        annotations=_annotations(draft, gross_of(totals)),
        fp=draft.receipt_no is not None,
        tp=draft.related,
        corrected=((original.issued_on, original.number, original.ksef_number),) if original else (),
        correction_reason=draft.correction.reason if draft.correction else None,
        correction_effect=draft.correction.effect if draft.correction else None,
        descriptions=(*draft.notes, *(((RECEIPT, draft.receipt_no),) if draft.receipt_no else ())),
        contracts=draft.contracts,
        orders=draft.orders,
        bank_accounts=_accounts(draft, issuer),
        footer=(draft.footer,) if draft.footer else (),
        paid_on=draft.payment.paid_on,
        due_on=draft.payment.due_on,
        place=issuer.place,
        advances=tuple((one.number, one.ksef_number) for one in advances),
        order_gross=whole.gross if order else None,
        order_lines=tuple(_order_lines(draft, whole, original)) if order else (),
        payment_form=draft.payment.form,
        before_buyer=_before_buyer(draft, original),
        before_gross=gross_of(state_totals(original.state, advances))
        if original and draft.kind in ("KOR_ZAL", "KOR_ROZ") else None,
    )  # fmt: skip


def _address(line1: str | None, line2: str | None, country: str = "PL") -> Address | None:
    return Address(line1, line2, country) if line1 else None


def _seller(issuer: Issuer) -> Party:
    return Party(
        issuer.name,
        nip=issuer.nip,
        address=Address(issuer.line1, issuer.line2),
        emails=(issuer.email,) if issuer.email else (),
        phones=(issuer.phone,) if issuer.phone else (),
    )


def _buyer(buyer: Buyer) -> Party:
    return Party(
        buyer.name,
        nip=buyer.number if buyer.kind in ("company", "unit") else None,
        vat_eu=buyer.number if buyer.kind == "eu" else None,
        foreign_id=buyer.number if buyer.kind == "foreign" else None,
        country=buyer.country if buyer.kind in ("eu", "foreign") else None,
        address=_address(buyer.line1, buyer.line2, "GR" if buyer.country == "EL" else buyer.country),
        emails=(buyer.email,) if buyer.email else (),
        customer_no=buyer.customer_no,
        serves_unit=buyer.kind == "unit",
    )


def _others(buyer: Buyer, issuer: Issuer) -> Iterator[Party]:
    """Law: wzór FA(3), Podmiot3/Rola 7, 8, 10"""
    if issuer.unit_name is not None:
        yield Party(
            issuer.unit_name,
            nip=None if issuer.internal_id else issuer.unit_nip,
            internal_id=issuer.internal_id,
            address=_address(issuer.unit_line1, issuer.unit_line2),
            role=UNIT_ISSUES,
        )
    for who, role in ((buyer.receiver, UNIT_RECEIVES), (buyer.member, GROUP_MEMBER)):
        if who is not None:
            yield _receiver(who, role)


def _receiver(who: Receiver, role: int) -> Party:
    return Party(
        who.name, nip=None if who.internal_id else who.nip, internal_id=who.internal_id,
        address=_address(who.line1, who.line2), role=role,
    )  # fmt: skip


def _before_buyer(draft: Draft, original: Original | None) -> Party | None:
    """The buyer's old data, when this is what is corrected."""
    if original is None:
        return None
    old, new = original.state.buyer, draft.buyer
    told = (old.name, old.number, old.country, old.line1, old.line2)
    return _buyer(old) if told != (new.name, new.number, new.country, new.line1, new.line2) else None


def _accounts(draft: Draft, issuer: Issuer) -> tuple[str, ...]:
    account = draft.payment.account or (issuer.account if draft.payment.form == TRANSFER else None)
    return (account,) if account else ()


def splits_payment(draft: Draft, gross: Decimal) -> bool:
    """Whether the annotation „mechanizm podzielonej płatności” is due: over the limit, annex 15, between taxpayers.

    Law: art. 106e ust. 1 pkt 18a, art. 108a ust. 1a ustawy o VAT
    """
    limit = loader.value_on("vat.split_payment.limit", draft.issued_on, "issued_on").number
    in_pln = gross * draft.exchange.rate if draft.exchange and draft.currency != PLN else gross
    return in_pln > limit and draft.buyer.kind in ("company", "unit") and any(line.annex_15 for line in draft.lines)


def _annotations(draft: Draft, gross: Decimal) -> dict[str, str]:
    """Law: art. 106e ust. 1 pkt 16–20 i ust. 2–3 ustawy o VAT"""
    rates = {line.rate for line in draft.lines}
    found = {
        "P_16": "1" if draft.cash_method else "2",
        "P_17": "2",
        "P_18": "1" if rates & {"oo", "np II"} else "2",
        "P_18A": "1" if draft.split_payment or splits_payment(draft, gross) else "2",
        "P_23": "2",
    }
    if draft.exemption is not None and "zw" in rates:
        found |= {"P_19": "1", f"P_19{draft.exemption.basis}": draft.exemption.text}
    if draft.margin is not None:
        found |= {"P_PMarzy": "1", f"P_PMarzy_{draft.margin}": "1"}
    return found


def _lines(draft: Draft, whole: Amounts, original: Original | None) -> Iterator[Line]:
    if original is None:
        for no, (line, value) in enumerate(zip(draft.lines, whole.lines, strict=True), start=1):
            yield _line(no, line, value, draft)
        return
    for no, before, after in changes(draft, original.state):
        if draft.correction is not None and draft.correction.method == "difference":
            yield from _difference(no, before, after, draft, original.state)
            continue
        if before is not None:
            yield replace(_valued(no, before, original.state), before_correction=True)
        if after is not None:
            yield _valued(no, after, draft)


def changes(draft: Draft, state: Draft) -> Iterator[tuple[int, DraftLine | None, DraftLine | None]]:
    """Lines that a correction changes, by place: (number, as it was, as it is); None where there is no such line."""
    same_way = draft.pricing == state.pricing
    for place in range(max(len(draft.lines), len(state.lines))):
        before = state.lines[place] if place < len(state.lines) else None
        after = draft.lines[place] if place < len(draft.lines) else None
        if before != after or not same_way:
            yield place + 1, before, after


def _valued(no: int, line: DraftLine, draft: Draft) -> Line:
    return _line(no, line, line_value(line, gross_prices=draft.pricing == "gross"), draft)


def _line(no: int, line: DraftLine, value: LineValue, draft: Draft) -> Line:
    by_gross, margin = draft.pricing == "gross", line.rate == MARGIN_RATE
    return Line(
        no=no,
        text=line.text,
        net=None if by_gross else value.net,
        gross=value.gross if by_gross else None,
        tax=value.tax if draft.rounding == "line" and not margin and line.rate.isdigit() else None,
        rate=None if margin else line.rate,
        quantity=line.quantity,
        unit=line.unit,
        unit_price=None if by_gross else line.price,
        gross_unit_price=line.price if by_gross else None,
        discount=line.discount,
        gtu=line.gtu,
        procedure=line.procedure,
        sold_on=line.sold_on,
        annex_15=line.annex_15,
    )


def _difference(
    no: int, before: DraftLine | None, after: DraftLine | None, draft: Draft, state: Draft
) -> Iterator[Line]:
    """One line with what changed, two when the rate did; quantity and price only where they tell the truth."""
    old = _valued(no, before, state) if before else None
    new = _valued(no, after, draft) if after else None
    if old is None or new is None or old.rate != new.rate or draft.pricing != state.pricing:
        if old is not None:
            yield _turned(old)
        if new is not None:
            yield new
        return
    price = "gross_unit_price" if draft.pricing == "gross" else "unit_price"
    parts: dict[str, Any] = {name: _gap(getattr(new, name), getattr(old, name)) for name in ("net", "gross", "tax")}
    same_price = getattr(old, price) == getattr(new, price)
    quantity = _gap(new.quantity, old.quantity) if same_price else new.quantity
    unit_price = getattr(new, price) if same_price else _gap(getattr(new, price), getattr(old, price))
    if not same_price and old.quantity != new.quantity:
        quantity, unit_price = None, None
    parts |= {"quantity": quantity, price: unit_price, "discount": None}
    yield replace(new, **parts)


def _turned(line: Line) -> Line:
    names = ("net", "gross", "tax", "quantity")
    turned: dict[str, Any] = {name: -getattr(line, name) for name in names if getattr(line, name) is not None}
    return replace(line, **turned)


def _gap(new: Decimal | None, old: Decimal | None) -> Decimal | None:
    return None if new is None or old is None else new - old


def _order_lines(draft: Draft, whole: Amounts, original: Original | None) -> Iterator[Line]:
    """Law: art. 106f ust. 1 pkt 4 ustawy o VAT"""
    if original is None:
        for no, (line, value) in enumerate(zip(draft.lines, whole.lines, strict=True), start=1):
            yield _order_line(no, line, value, draft)
        return
    for no, before, after in changes(draft, original.state):
        for each, of, was in ((before, original.state, True), (after, draft, False)):
            if each is not None:
                value = line_value(each, gross_prices=of.pricing == "gross")
                yield replace(_order_line(no, each, value, of), before_correction=was)


def _order_line(no: int, line: DraftLine, value: LineValue, draft: Draft) -> Line:
    taxed = line.rate.isdigit()
    tax = tax_in(value.gross, line.rate) if draft.pricing == "gross" else tax_on(value.net, line.rate)
    return Line(
        no=no, text=line.text, net=value.net, gross=None, tax=tax if taxed else None, rate=line.rate,
        quantity=line.quantity, unit=line.unit, unit_price=None if draft.pricing == "gross" else line.price,
        gtu=line.gtu, procedure=line.procedure, annex_15=line.annex_15,
    )  # fmt: skip
