"""Who issues and who buys: what the schema of FA(3) lets through and the law does not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.kernel.ids import internal_id_check_digit, internal_id_problem, nip_problem
from app.vat.rules.facts import Finding
from app.vat.rules.issuing.draft import Buyer, Draft, Issuer, Receiver

EU = frozenset("AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PT RO SE SI SK XI".split())  # noqa: SIM905
"""Countries with VAT-UE numbers, Poland apart; XI is Northern Ireland (goods)."""
_COUNTRY = re.compile("[A-Z]{2}")
_VAT_UE = re.compile(r"[A-Z0-9+*]{2,12}")


def error(code: str, field: str, message: str) -> Finding:
    """Keeps the draft from being issued; `field` is its path in the draft."""
    return Finding("error", code, field, message)


def warning(code: str, field: str, message: str) -> Finding:
    """Wants a look and does not stop anything."""
    return Finding("warning", code, field, message)


def issuer_findings(issuer: Issuer) -> Iterator[Finding]:
    """Law: art. 106e ust. 1 pkt 3–4 ustawy o VAT; wzór FA(3), Podmiot3/Rola 7"""
    if problem := nip_problem(issuer.nip):
        yield error("seller_nip", "issuer.nip", f"NIP sprzedawcy {issuer.nip} jest błędny. {problem}")
    if issuer.unit_name is None:
        return
    if not issuer.unit_nip and not issuer.internal_id:
        yield error(
            "unit_unknown",
            "issuer.internal_id",
            "Jednostka wystawiająca (Podmiot3, rola 7) potrzebuje własnego NIP albo identyfikatora IDWew. "
            "Uzupełnij je w wykazie jednostek.",
        )
    yield from _identity("issuer", "Jednostka wystawiająca", issuer.unit_nip, issuer.internal_id)


def buyer_findings(draft: Draft, issuer: Issuer) -> Iterator[Finding]:
    """Law: art. 106e ust. 1 pkt 3, 5 i 24, ust. 5 pkt 3 ustawy o VAT; wzór FA(3), Podmiot2"""
    buyer = draft.buyer
    if not (buyer.name or "").strip() and draft.kind != "UPR":
        yield error("buyer_name", "buyer.name", "Podaj nazwę albo imię i nazwisko nabywcy.")
    if not buyer.line1 and draft.kind != "UPR" and not draft.receipt_no:
        yield error("buyer_address", "buyer.line1", "Podaj adres nabywcy.")
    if buyer.kind in ("company", "unit"):
        yield from _polish(buyer, issuer)
    elif buyer.kind == "eu":
        yield from _european(buyer)
    elif buyer.kind == "foreign":
        yield from _foreign(buyer)
    elif buyer.number:
        yield error(
            "buyer_number", "buyer.number", "Osoba bez NIP nie ma tu numeru. Usuń go albo zmień rodzaj nabywcy."
        )
    yield from _receiver(buyer)


def _polish(buyer: Buyer, issuer: Issuer) -> Iterator[Finding]:
    number = buyer.number or ""
    if problem := nip_problem(number):
        yield error("buyer_nip", "buyer.number", f"NIP nabywcy jest błędny. {problem}")
    elif number == issuer.nip:
        yield error(
            "own_buyer",
            "buyer.number",
            "Nabywcą jest ta sama gmina. Rozliczenia między jej jednostkami nie są sprzedażą: wystaw notę księgową.",
        )
    if buyer.country != "PL":
        yield error("buyer_country", "buyer.country", "Nabywca z polskim NIP ma kraj PL.")


def _european(buyer: Buyer) -> Iterator[Finding]:
    if buyer.country == "PL" or buyer.country not in EU:
        yield error("buyer_country", "buyer.country", "Wybierz państwo Unii, które nadało numer VAT-UE (Grecja to EL).")
    if _VAT_UE.fullmatch(buyer.number or "") is None:
        yield error(
            "vat_eu", "buyer.number", "Numer VAT-UE wpisz bez kodu kraju: od 2 do 12 wielkich liter i cyfr, bez spacji."
        )


def _foreign(buyer: Buyer) -> Iterator[Finding]:
    if _COUNTRY.fullmatch(buyer.country) is None or buyer.country == "PL":
        yield error(
            "buyer_country", "buyer.country", "Podaj dwuliterowy kod kraju nabywcy spoza Polski, na przykład US."
        )
    if not buyer.number:
        yield error("foreign_id", "buyer.number", "Podaj numer, którym nabywca posługuje się w swoim kraju.")


def _receiver(buyer: Buyer) -> Iterator[Finding]:
    """Law: wzór FA(3), Podmiot2/JST i GV, Podmiot3/Rola 8 i 10"""
    if buyer.kind == "unit" and buyer.receiver is None:
        yield error(
            "receiver_missing",
            "buyer.receiver",
            "Nabywcą jest samorząd kupujący dla swojej jednostki (JST = 1): wskaż tę jednostkę (Podmiot3, rola 8).",
        )
    if buyer.kind != "unit" and buyer.receiver is not None:
        yield error(
            "receiver_extra",
            "buyer.receiver",
            "Jednostkę odbierającą (rola 8) podaje się tylko wtedy, gdy nabywcą jest samorząd.",
        )
    for who, field, title in (
        (buyer.receiver, "buyer.receiver", "Jednostka odbierająca"),
        (buyer.member, "buyer.member", "Członek grupy VAT"),
    ):
        if who is not None:
            yield from _named(who, field, title)


def _named(who: Receiver, field: str, title: str) -> Iterator[Finding]:
    if not who.name.strip():
        yield error("receiver_name", f"{field}.name", f"{title}: podaj nazwę.")
    if not who.nip and not who.internal_id:
        yield error(
            "receiver_number",
            f"{field}.internal_id",
            f"{title}: podaj NIP albo IDWew, bo bez nich nie zobaczy tej faktury w KSeF.",
        )
    yield from _identity(field, title, who.nip, who.internal_id)


def _identity(field: str, title: str, nip: str | None, internal_id: str | None) -> Iterator[Finding]:
    if nip and (problem := nip_problem(nip)):
        yield error("third_nip", f"{field}.nip", f"{title}: NIP jest błędny. {problem}")
    if not internal_id:
        return
    if problem := internal_id_problem(internal_id):
        yield error("internal_id", f"{field}.internal_id", f"{title}: IDWew jest błędny. {problem}")
    elif internal_id[-1] != (digit := internal_id_check_digit(internal_id)):
        yield warning(
            "internal_id_digit",
            f"{field}.internal_id",
            f"{title}: ostatnia cyfra IDWew powinna być {digit}. Sprawdź numer, zanim wystawisz fakturę.",
        )
