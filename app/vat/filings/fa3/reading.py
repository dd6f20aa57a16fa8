"""An FA(3) tree → `Invoice`: every fact as written, nothing guessed, nothing computed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache

from lxml import etree

from app.kernel.errors import Refusal
from app.vat.filings.fa3.document import NAMESPACE, Source, parse
from app.vat.rules.facts import Address, Invoice, Line, Party, RateTotal

_PREFIX = f"{{{NAMESPACE}}}"
_CUT = len(_PREFIX)
_SPACE = re.compile("[ \t\r\n]+")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?", re.ASCII)
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_RATE_FIELDS = tuple(
    (field, f"P_13_{field}", f"P_14_{field}", f"P_14_{field}W")
    for field in ("1", "2", "3", "4", "5", "6_1", "6_2", "6_3", "7", "8", "9", "10", "11")
)


@lru_cache(maxsize=2048)
def _local(tag: str) -> str:
    """The name of an FA(3) element; of another namespace the whole tag, which nobody asks for."""
    return tag[_CUT:] if tag.startswith(_PREFIX) else tag


class _Node:
    """An element with its children by local name; texts are collapsed as xsd:token. `path` is for refusals."""

    __slots__ = ("children", "path")

    def __init__(self, element: etree._Element, path: str) -> None:
        self.path = path
        children: dict[str, list[etree._Element]] = {}
        for child in element:
            name = _local(child.tag)
            if name in children:
                children[name].append(child)
            else:
                children[name] = [child]
        self.children = children

    def all(self, name: str) -> list[_Node]:
        return [_Node(element, f"{self.path}{name}/") for element in self.children.get(name, ())]

    def one(self, name: str) -> _Node | None:
        found = self.children.get(name)
        return _Node(found[0], f"{self.path}{name}/") if found else None

    def need(self, name: str) -> _Node:
        found = self.one(name)
        if found is None:
            raise Refusal(f"W fakturze brakuje elementu {name}.", f"{self.path}{name}")
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(text for element in self.children.get(name, ()) if (text := _collapsed(element.text)))

    def get(self, name: str) -> str | None:
        found = self.children.get(name)
        return (_collapsed(found[0].text) or None) if found else None

    def text_of(self, name: str) -> str:
        text = self.get(name)
        if text is None:
            raise Refusal(f"W fakturze brakuje elementu {name}.", f"{self.path}{name}")
        return text

    def amount(self, name: str) -> Decimal | None:
        text = self.get(name)
        if text is None:
            return None
        if _NUMBER.fullmatch(text) is None or len(text) > 40:
            raise Refusal(f"„{text[:40]}” w elemencie {name} nie jest liczbą.", f"{self.path}{name}")
        return Decimal(text)

    def whole(self, name: str) -> int | None:
        text = self.get(name)
        if text is None:
            return None
        if _WHOLE.fullmatch(text) is None:
            raise Refusal(f"„{text[:40]}” w elemencie {name} nie jest liczbą całkowitą.", f"{self.path}{name}")
        return int(text)

    def day(self, name: str) -> date | None:
        text = self.get(name)
        if text is None:
            return None
        try:
            if _DAY.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        raise Refusal(f"„{text[:40]}” w elemencie {name} nie jest datą.", f"{self.path}{name}")

    def marked(self, name: str) -> bool:
        return name in self.children and self.whole(name) == 1


def _collapsed(text: str | None) -> str:
    if not text:
        return ""
    if text.isprintable() and "  " not in text:  # the usual case, five times faster
        return text.strip(" ")
    return _SPACE.sub(" ", text).strip(" ")


def read(source: Source) -> Invoice:
    """The facts of one FA(3) document. `source` is what `parse` returned, or bytes.

    Raises `Refusal` (with the element's path) when something without which there is no invoice is missing or
    unreadable. Does not test the schema: see `schema_errors`.

    Law: art. 106e ustawy o VAT; wzór FA(3) 1-0E
    """
    root = _Node(parse(source) if isinstance(source, bytes) else source, "")
    fa = root.need("Fa")
    period = fa.one("OkresFa")
    lines = tuple(_line(node) for node in fa.all("FaWiersz"))
    order = fa.one("Zamowienie")
    payment = fa.one("Platnosc")
    gross = fa.amount("P_15")
    issued_on = fa.day("P_1")
    if gross is None or issued_on is None:
        missing = "P_15" if gross is None else "P_1"
        raise Refusal(f"W fakturze brakuje elementu {missing}.", f"Fa/{missing}")
    contracts, orders, delivery = _terms(fa.one("WarunkiTransakcji"))
    return Invoice(
        seller=_party(root.need("Podmiot1")),
        buyer=_party(root.need("Podmiot2")),
        others=tuple(_party(node) for node in root.all("Podmiot3")),
        kind=fa.text_of("RodzajFaktury"),
        number=fa.text_of("P_2"),
        issued_on=issued_on,
        sold_on=fa.day("P_6"),
        period_from_on=period.day("P_6_Od") if period else None,
        period_to_on=period.day("P_6_Do") if period else None,
        currency=fa.text_of("KodWaluty"),
        exchange_rate=_exchange_rate(fa, lines),
        totals=_totals(fa),
        gross=gross,
        lines=lines,
        annotations=_annotations(fa),
        fp=fa.marked("FP"),
        tp=fa.marked("TP"),
        corrected=tuple(_corrected(node) for node in fa.all("DaneFaKorygowanej")),
        correction_reason=fa.get("PrzyczynaKorekty"),
        correction_effect=fa.whole("TypKorekty"),
        descriptions=tuple((node.get("Klucz") or "", node.get("Wartosc") or "") for node in fa.all("DodatkowyOpis")),
        contracts=contracts,
        orders=orders,
        delivery_texts=delivery,
        bank_accounts=_accounts(payment),
        footer=_footer(root.one("Stopka")),
        paid_on=payment.day("DataZaplaty") if payment else None,
        due_on=_due_on(payment),
        place=fa.get("P_1M"),
        corrected_period=fa.get("OkresFaKorygowanej"),
        advances=tuple(
            (node.get("NrFaZaliczkowej"), node.get("NrKSeFFaZaliczkowej")) for node in fa.all("FakturaZaliczkowa")
        ),
        order_gross=order.amount("WartoscZamowienia") if order else None,
        order_lines=tuple(_order_line(node) for node in order.all("ZamowienieWiersz")) if order else (),
        payment_form=payment.whole("FormaPlatnosci") if payment else None,
        before_buyer=_party(before) if (before := fa.one("Podmiot2K")) else None,
        before_gross=fa.amount("P_15ZK"),
    )


def _party(node: _Node) -> Party:
    identity = node.need("DaneIdentyfikacyjne")
    contacts = node.all("DaneKontaktowe")
    serves = node.whole("JST")
    return Party(
        name=identity.get("Nazwa"),
        nip=identity.get("NIP"),
        internal_id=identity.get("IDWew"),
        vat_eu=identity.get("NrVatUE"),
        foreign_id=identity.get("NrID"),
        country=identity.get("KodUE") or identity.get("KodKraju"),
        address=_address(node.one("Adres")),
        correspondence=_address(node.one("AdresKoresp")),
        emails=tuple(email for contact in contacts if (email := contact.get("Email"))),
        phones=tuple(phone for contact in contacts if (phone := contact.get("Telefon"))),
        customer_no=node.get("NrKlienta"),
        role=node.whole("Rola"),
        role_text=node.get("OpisRoli"),
        serves_unit=None if serves is None else serves == 1,
    )


def _address(node: _Node | None) -> Address | None:
    if node is None or (line1 := node.get("AdresL1")) is None:
        return None
    return Address(line1, node.get("AdresL2"), node.get("KodKraju") or "PL", node.get("GLN"))


def _totals(fa: _Node) -> tuple[RateTotal, ...]:
    return tuple(
        RateTotal(field, net, fa.amount(tax), fa.amount(tax_pln))
        for field, base, tax, tax_pln in _RATE_FIELDS
        if (net := fa.amount(base)) is not None
    )


def _exchange_rate(fa: _Node, lines: tuple[Line, ...]) -> Decimal | None:
    """KursWalutyZ of an advance, else the rate on which all lines that give one agree."""
    rates = {line.exchange_rate for line in lines if line.exchange_rate is not None}
    return fa.amount("KursWalutyZ") or (rates.pop() if len(rates) == 1 else None)


def _line(node: _Node) -> Line:
    return Line(
        no=node.whole("NrWierszaFa") or 0,
        text=node.get("P_7"),
        net=node.amount("P_11"),
        gross=node.amount("P_11A"),
        tax=node.amount("P_11Vat"),
        rate=node.get("P_12"),
        quantity=node.amount("P_8B"),
        unit=node.get("P_8A"),
        unit_price=node.amount("P_9A"),
        gtu=node.get("GTU"),
        procedure=node.get("Procedura"),
        before_correction=node.marked("StanPrzed"),
        gross_unit_price=node.amount("P_9B"),
        sold_on=node.day("P_6A"),
        exchange_rate=node.amount("KursWaluty"),
        annex_15=node.marked("P_12_Zal_15"),
        discount=node.amount("P_10"),
    )


def _order_line(node: _Node) -> Line:
    return Line(
        no=node.whole("NrWierszaZam") or 0,
        text=node.get("P_7Z"),
        net=node.amount("P_11NettoZ"),
        gross=None,
        tax=node.amount("P_11VatZ"),
        rate=node.get("P_12Z"),
        quantity=node.amount("P_8BZ"),
        unit=node.get("P_8AZ"),
        unit_price=node.amount("P_9AZ"),
        gtu=node.get("GTUZ"),
        procedure=node.get("ProceduraZ"),
        before_correction=node.marked("StanPrzedZ"),
        annex_15=node.marked("P_12Z_Zal_15"),
    )


def _corrected(node: _Node) -> tuple[date, str, str | None]:
    issued_on = node.day("DataWystFaKorygowanej")
    if issued_on is None:
        raise Refusal("W danych faktury korygowanej brakuje daty wystawienia.", f"{node.path}DataWystFaKorygowanej")
    return issued_on, node.text_of("NrFaKorygowanej"), node.get("NrKSeFFaKorygowanej")


def _annotations(fa: _Node) -> Mapping[str, str]:
    found = fa.children.get("Adnotacje")
    if not found:
        return {}
    flat: dict[str, str] = {}
    for element in found[0].iter():
        if not len(element) and (text := _collapsed(element.text)):
            flat.setdefault(_local(element.tag), text)
    return flat


def _terms(node: _Node | None) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Numbers of contracts, numbers of orders, addresses where goods went."""
    if node is None:
        return (), (), ()
    delivery: list[str] = []
    for transport in node.all("Transport"):
        target = _address(transport.one("WysylkaDo"))
        if target is not None:
            delivery.append(f"{target.line1}, {target.line2}" if target.line2 else target.line1)
    contracts = tuple(number for each in node.all("Umowy") if (number := each.get("NrUmowy")))
    orders = tuple(number for each in node.all("Zamowienia") if (number := each.get("NrZamowienia")))
    return contracts, orders, tuple(delivery)


def _accounts(payment: _Node | None) -> tuple[str, ...]:
    if payment is None:
        return ()
    return tuple(number for each in payment.all("RachunekBankowy") if (number := each.get("NrRB")))


def _due_on(payment: _Node | None) -> date | None:
    """The last of the terms of payment: until then nothing is late."""
    if payment is None:
        return None
    terms = [term for each in payment.all("TerminPlatnosci") if (term := each.day("Termin"))]
    return max(terms, default=None)


def _footer(node: _Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    return tuple(text for each in node.all("Informacje") for text in each.texts("StopkaFaktury"))
