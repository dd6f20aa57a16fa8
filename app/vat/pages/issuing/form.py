"""The boxes of an invoice: as many lines as there are, read into a draft, filled from one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.kernel.errors import Refusal
from app.kernel.money import ONE, format_amount, plain
from app.vat.pages.issuing.words import (
    BASES,
    BUYERS,
    EFFECTS,
    MARGINS,
    METHODS,
    NEW_KINDS,
    PAYMENT_CHOICES,
    PRICINGS,
    RATE_CHOICES,
    ROUNDINGS,
)
from app.vat.rules.facts import Finding
from app.vat.rules.issuing.draft import Buyer, Correction, Draft, DraftLine, Exchange, Exemption, Payment, Receiver
from app.web.forms import Field, Form, Posted, shown

_NUMBER = re.compile(r"-?[0-9]{1,14}([.,][0-9]{1,8})?")
_SPACES = re.compile(r"[\s\u00a0\u202f]")
MOST_LINES = 200
LINE = ("text", "quantity", "unit", "price", "rate", "gtu", "discount", "annex_15")
"""Boxes of one line; their names end with its place: text_0."""
PLACES: Mapping[str, str] = {
    "buyer.receiver": "receiver_name", "buyer.receiver.name": "receiver_name",
    "buyer.receiver.nip": "receiver_number", "buyer.receiver.internal_id": "receiver_number", "lines": "text_0",
    "exemption": "exemption_text", "exemption.text": "exemption_text", "exchange": "exchange_rate",
    "exchange.rate": "exchange_rate", "exchange.on": "exchange_on", "correction.reason": "reason",
}  # fmt: skip


def number(text: str, field: str) -> Decimal:
    """A quantity or price as people write it, up to eight digits after the comma. Raises `Refusal`."""
    written = _SPACES.sub("", text).replace("\u2212", "-")
    if _NUMBER.fullmatch(written) is None:
        raise Refusal(f"Nie rozumiem liczby „{text.strip()[:30]}”. Wpisz ją w postaci 1234,56.", field)
    return Decimal(written.replace(",", "."))


def form(lines: int, *, correction: bool, buyers: Iterable[tuple[str, str]] = ()) -> Form:
    """The form with so many lines."""
    boxes = [field for place in range(lines) for field in _line(place)]
    return Form("faktura", (*_head(correction, tuple(buyers)), *boxes, *_more(correction)))


def _head(correction: bool, buyers: tuple[tuple[str, str], ...]) -> tuple[Field, ...]:
    kind = () if correction else (Field("kind", "Rodzaj faktury", "select", choices=NEW_KINDS, width="medium"),)
    return (
        *kind,
        Field("buyer_kind", "Nabywca to", "select", choices=BUYERS, width="medium"),
        Field("buyer_number", "NIP albo inny numer", required=False, max_length=50, suggestions=buyers,
              autocomplete="off", hint="Po wpisaniu znanego NIP dane nabywcy uzupełnią się same."),
        Field("buyer_name", "Nazwa albo imię i nazwisko", required=False, max_length=512, autocomplete="off"),
        Field("buyer_line1", "Ulica i numer", required=False, max_length=512, autocomplete="off"),
        Field("buyer_line2", "Kod i miejscowość", required=False, max_length=512, autocomplete="off"),
        Field("buyer_country", "Kraj", required=False, max_length=2, width="short", hint="Dwie litery; puste: Polska."),
        Field("receiver_name", "Jednostka odbierająca", required=False, max_length=512),
        Field("receiver_number", "NIP albo IDWew tej jednostki", required=False, max_length=20),
        Field("issued_on", "Data wystawienia", "date", width="short"),
        Field("sold_on", "Data sprzedaży", "date", False, width="short", hint="Gdy inna niż data wystawienia."),
        Field("pricing", "Ceny są", "select", choices=PRICINGS, width="short"),
    )  # fmt: skip


def _line(place: int) -> tuple[Field, ...]:
    return (
        Field(f"text_{place}", "Nazwa towaru lub usługi", required=False, max_length=512, autocomplete="off"),
        Field(f"quantity_{place}", "Ilość", required=False, max_length=24, autocomplete="off"),
        Field(f"unit_{place}", "Miara", required=False, max_length=20, autocomplete="off"),
        Field(f"price_{place}", "Cena", required=False, max_length=24, autocomplete="off"),
        Field(f"rate_{place}", "Stawka", "select", required=False, choices=RATE_CHOICES),
        Field(f"gtu_{place}", "GTU", required=False, max_length=6, autocomplete="off"),
        Field(f"discount_{place}", "Opust", required=False, max_length=24, autocomplete="off"),
        Field(f"annex_15_{place}", "Zał. 15", "checkbox", required=False),
    )


def _more(correction: bool) -> tuple[Field, ...]:
    why = (
        Field("reason", "Przyczyna korekty", max_length=256),
        Field("effect", "Skutek w ewidencji VAT", "select", choices=EFFECTS, width="medium"),
        Field("method", "Korekta pokazuje", "select", choices=METHODS, width="medium"),
    ) if correction else ()  # fmt: skip
    return (
        *why,
        Field("payment_form", "Forma płatności", "select", False, choices=PAYMENT_CHOICES, width="medium"),
        Field("due_on", "Termin płatności", "date", False, width="short"),
        Field("paid_on", "Zapłacono dnia", "date", False, width="short"),
        Field("account", "Rachunek", required=False, max_length=40, hint="Puste pole: rachunek jednostki."),
        Field("received", "Otrzymana zaliczka brutto", "amount", False, width="short"),
        Field("exemption_basis", "Podstawa zwolnienia to", "select", False, choices=BASES, width="medium"),
        Field("exemption_text", "Przepis", required=False, max_length=256, hint="Na przykład art. 43 ust. 1 pkt 24."),
        Field("period_from_on", "Okres od", "date", False, width="short"),
        Field("period_to_on", "Okres do", "date", False, width="short"),
        Field("currency", "Waluta", required=False, max_length=3, width="short", hint="Puste to złote."),
        Field("exchange_rate", "Kurs NBP", required=False, max_length=20, width="short"),
        Field("exchange_on", "Kurs z dnia", "date", False, width="short"),
        Field("rounding", "Podatek zaokrąglaj", "select", False, choices=ROUNDINGS, width="medium"),
        Field("margin", "Procedura marży", "select", False, choices=MARGINS, width="medium"),
        Field("receipt_no", "Do paragonu nr", required=False, max_length=100, width="medium"),
        Field("split_payment", "Mechanizm podzielonej płatności", "checkbox", False),
        Field("related", "Powiązania między stronami (TP)", "checkbox", False),
        Field("contract", "Numer umowy", required=False, max_length=256),
        Field("order", "Numer zamówienia", required=False, max_length=256),
        Field("footer", "Dopisek na fakturze", "textarea", False, max_length=1000),
    )


def lines_in(data: Mapping[str, Any]) -> int:
    """How many lines were sent."""
    places = [int(name[5:]) for name in data if name.startswith("text_") and name[5:].isdigit() and len(name) < 9]
    return min(max(places, default=0) + 1, MOST_LINES)


def draft(posted: Posted, lines: int, base: Draft | None) -> tuple[Draft, list[Refusal]]:
    """What was typed, as far as it can be read, and what cannot be. Empty lines at the end are no lines.

    `base`: what a correction starts from; it keeps what the form does not ask for.
    """
    values, refused = posted.values, []
    found: list[DraftLine] = []
    for place in range(lines):
        try:
            line = _read_line(values, place, base)
            if line is not None:
                found.append(line)
        except Refusal as refusal:
            refused.append(refusal)
    exchange = None
    try:
        if values["exchange_rate"]:
            exchange = Exchange(number(values["exchange_rate"], "exchange_rate"), values["exchange_on"])
    except Refusal as refusal:
        refused.append(refusal)
    account = re.sub(r"[\s-]", "", values["account"] or "").removeprefix("PL")
    form_code = values["payment_form"]
    return Draft(
        buyer=_buyer(values, base),
        lines=tuple(found),
        issued_on=values["issued_on"],
        kind=values.get("kind", base.kind if base else "KOR"),
        sold_on=values["sold_on"],
        period_from_on=values["period_from_on"],
        period_to_on=values["period_to_on"],
        pricing=values["pricing"],
        rounding=values["rounding"] or "total",
        currency=(values["currency"] or "PLN").upper(),
        exchange=exchange,
        exemption=Exemption(values["exemption_basis"] or "A", values["exemption_text"])
        if values["exemption_text"] else None,
        margin=values["margin"],
        payment=Payment(int(form_code) if form_code else None, values["due_on"], values["paid_on"], account or None),
        split_payment=values["split_payment"],
        related=values["related"],
        receipt_no=values["receipt_no"],
        received=values["received"],
        correction=Correction(values["reason"], int(values["effect"]), values["method"])  # type: ignore[arg-type]
        if "reason" in values else None,
        contracts=(values["contract"],) if values["contract"] else (),
        orders=(values["order"],) if values["order"] else (),
        notes=base.notes if base else (),
        footer=values["footer"],
    ), refused  # fmt: skip


def _buyer(values: Mapping[str, Any], base: Draft | None) -> Buyer:
    kind, digits = values["buyer_kind"], values["buyer_number"]
    if digits and kind in ("company", "unit"):
        digits = re.sub(r"[\s-]", "", digits).upper().removeprefix("PL")
    receiver = None
    if values["receiver_name"] or values["receiver_number"]:
        code = (values["receiver_number"] or "").strip()
        internal = code if len(code) > len("0000000000-") else None
        nip = None if internal else re.sub(r"[\s-]", "", code) or None
        receiver = Receiver(values["receiver_name"] or "", nip, internal)
    return Buyer(
        kind=kind,
        name=values["buyer_name"],
        number=digits,
        country=(values["buyer_country"] or "PL").upper(),
        line1=values["buyer_line1"],
        line2=values["buyer_line2"],
        receiver=receiver,
        email=base.buyer.email if base else None,
        customer_no=base.buyer.customer_no if base else None,
        member=base.buyer.member if base else None,
    )


def _read_line(values: Mapping[str, Any], place: int, base: Draft | None) -> DraftLine | None:
    texts = {name: values[f"{name}_{place}"] for name in LINE}
    if not texts["text"] and not texts["price"]:
        return None
    known = base.lines[place] if base is not None and place < len(base.lines) else None
    discount = texts["discount"]
    return DraftLine(
        text=texts["text"] or "",
        price=number(texts["price"] or "0", f"price_{place}"),
        rate=texts["rate"] or "23",
        quantity=number(texts["quantity"], f"quantity_{place}") if texts["quantity"] else ONE,
        unit=texts["unit"],
        discount=number(discount, f"discount_{place}") if discount else None,
        gtu=texts["gtu"].upper() if texts["gtu"] else None,
        annex_15=texts["annex_15"],
        procedure=known.procedure if known else None,
        sold_on=known.sold_on if known else None,
    )


def typed(draft: Draft) -> dict[str, str]:
    """A draft as somebody would have typed it."""
    buyer, payment, exchange = draft.buyer, draft.payment, draft.exchange
    receiver = buyer.receiver
    values: dict[str, Any] = {
        "kind": draft.kind, "buyer_kind": buyer.kind, "buyer_number": buyer.number, "buyer_name": buyer.name,
        "buyer_line1": buyer.line1, "buyer_line2": buyer.line2,
        "buyer_country": None if buyer.country == "PL" else buyer.country,
        "receiver_name": receiver.name if receiver else None,
        "receiver_number": (receiver.internal_id or receiver.nip) if receiver else None, "pricing": draft.pricing,
        "payment_form": payment.form, "account": payment.account, "exemption_basis":
        draft.exemption.basis if draft.exemption else None, "exemption_text":
        draft.exemption.text if draft.exemption else None, "currency":
        None if draft.currency == "PLN" else draft.currency, "exchange_rate":
        _shown(exchange.rate) if exchange else None, "rounding": draft.rounding, "margin": draft.margin,
        "receipt_no": draft.receipt_no, "split_payment": "1" if draft.split_payment else None,
        "related": "1" if draft.related else None, "contract": next(iter(draft.contracts), None),
        "order": next(iter(draft.orders), None), "footer": draft.footer,
    }  # fmt: skip
    if draft.correction is not None:
        correction = draft.correction
        values |= {"reason": correction.reason, "effect": correction.effect, "method": correction.method}
    for name in ("issued_on", "sold_on", "period_from_on", "period_to_on"):
        values[name] = shown("date", getattr(draft, name))
    values |= {"due_on": shown("date", payment.due_on), "paid_on": shown("date", payment.paid_on)}
    values |= {"exchange_on": shown("date", exchange.on if exchange else None)}
    values["received"] = shown("amount", draft.received)
    for place, line in enumerate(draft.lines):
        told = (line.text, _shown(line.quantity), line.unit, _shown(line.price), line.rate, line.gtu,
                _shown(line.discount), "1" if line.annex_15 else None)  # fmt: skip
        values |= {f"{name}_{place}": value for name, value in zip(LINE, told, strict=True)}
    return {name: "" if value is None else str(value) for name, value in values.items()}


def _shown(value: Decimal | None) -> str | None:
    """With at least the grosze when it is a fraction."""
    if value is None:
        return None
    exact = plain(value)
    places = len(exact.partition(".")[2])
    return exact.replace(".", ",") if places != 1 else format_amount(value).replace("\u202f", "")


def at_its_box(finding: Finding) -> Refusal:
    """A finding of the draft at the box it is about."""
    field = finding.field or ""
    if match := re.fullmatch(r"lines\[(\d+)\]\.(\w+)", field):
        box = f"{match[2] if match[2] in LINE else 'text'}_{match[1]}"
    else:
        box = PLACES.get(field, field.replace("buyer.", "buyer_").replace("payment.form", "payment_form"))
        box = box.removeprefix("payment.")
    return Refusal(finding.message, box)


def key(text: str | None) -> UUID | None:
    """A key from a hidden box or the address; nonsense is none."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
