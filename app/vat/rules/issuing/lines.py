"""What is sold: rates that fit the buyer, exemptions with their basis, marks, amounts that make sense."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from app.kernel.money import LARGEST, ZERO, format_amount
from app.vat.rules.facts import Finding
from app.vat.rules.issuing.amounts import reckon
from app.vat.rules.issuing.draft import MARGIN_RATE, RATES, Draft, DraftLine
from app.vat.rules.issuing.parties import error, warning

GTU = frozenset(f"GTU_{number:02d}" for number in range(1, 14))
PROCEDURES = frozenset({"WSTO_EE", "IED", "TT_D", "I_42", "I_63", "B_SPV", "B_SPV_DOSTAWA", "B_MPV_PROWIZJA"})
OF_ORDERS = PROCEDURES - {"I_42", "I_63"}
"""Procedures that an advance invoice may name."""
SERVICES = frozenset({"GTU_11", "GTU_12", "GTU_13"})
"""Marks of services; the others are of goods."""
GOODS_ONLY = frozenset({"0 WDT", "0 EX"})
LONGEST_TEXT, LONGEST_UNIT, MOST_LINES, PRICE_PLACES, QUANTITY_PLACES = 512, 256, 10_000, 8, 6


def line_findings(draft: Draft) -> Iterator[Finding]:
    """Law: art. 106e ust. 1 pkt 7–15 ustawy o VAT; § 10 rozporządzenia w sprawie JPK_VAT; wzór FA(3), FaWiersz"""
    if not draft.lines:
        yield error("no_lines", "lines", "Dodaj co najmniej jedną pozycję.")
    if len(draft.lines) > MOST_LINES:
        yield error("many_lines", "lines", "Faktura może mieć najwyżej 10 000 pozycji.")
    for place, line in enumerate(draft.lines):
        at = f"lines[{place}]"
        yield from _words(at, line)
        yield from _numbers(at, line, draft)
        yield from _marks(at, line, draft)
        yield from _rate(at, line, draft)


def _words(at: str, line: DraftLine) -> Iterator[Finding]:
    if not line.text.strip():
        yield error("line_text", f"{at}.text", "Napisz, co jest sprzedawane.")
    if len(line.text) > LONGEST_TEXT:
        yield error("line_text_long", f"{at}.text", f"Skróć nazwę: może mieć najwyżej {LONGEST_TEXT} znaków.")
    if line.unit and len(line.unit) > LONGEST_UNIT:
        yield error("line_unit", f"{at}.unit", f"Skróć miarę: może mieć najwyżej {LONGEST_UNIT} znaków.")


def _numbers(at: str, line: DraftLine, draft: Draft) -> Iterator[Finding]:
    if not line.quantity and draft.correction is None:
        yield error("quantity", f"{at}.quantity", "Ilość nie może być zerem.")
    if line.quantity < 0 and draft.correction is None:
        yield error("quantity", f"{at}.quantity", "Ilość jest ujemna. Zwrot wykazuje się fakturą korygującą.")
    for name, value, places in (
        ("quantity", line.quantity, QUANTITY_PLACES),
        ("price", line.price, PRICE_PLACES),
        ("discount", line.discount or ZERO, PRICE_PLACES),
    ):
        if not value.is_finite() or abs(value) >= LARGEST:
            yield error("number_large", f"{at}.{name}", "Liczba jest za duża.")
        elif _places(value) > places:
            yield error("number_places", f"{at}.{name}", f"Podaj najwyżej {places} cyfr po przecinku.")
    if line.discount is not None and (line.discount < 0 or line.discount > abs(line.price * line.quantity)):
        yield error("discount", f"{at}.discount", "Opust musi być dodatni i nie większy niż wartość pozycji.")


def _places(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _marks(at: str, line: DraftLine, draft: Draft) -> Iterator[Finding]:
    """Law: § 10 ust. 3 i 4 rozporządzenia w sprawie JPK_VAT"""
    if line.gtu is not None and line.gtu not in GTU:
        yield error("gtu", f"{at}.gtu", "Oznaczenie GTU to GTU_01 do GTU_13.")
    if line.gtu in SERVICES and line.rate in GOODS_ONLY:
        yield error("gtu_service", f"{at}.gtu", f"{line.gtu} oznacza usługi, a stawka {line.rate} dotyczy towarów.")
    allowed = OF_ORDERS if draft.kind in ("ZAL", "KOR_ZAL") else PROCEDURES
    if line.procedure is not None and line.procedure not in allowed:
        yield error("procedure", f"{at}.procedure", f"Oznaczenie procedury „{line.procedure}” nie jest tu dozwolone.")
    if line.annex_15 and not line.rate.isdigit():
        yield error("annex_15", f"{at}.annex_15", "Załącznik nr 15 dotyczy sprzedaży opodatkowanej; tu nie ma podatku.")


def _rate(at: str, line: DraftLine, draft: Draft) -> Iterator[Finding]:
    """Law: art. 17 ust. 1 pkt 7–8, art. 28b, 41–42, 100 ust. 1 pkt 4, 106e ust. 1 pkt 18–19 ustawy o VAT"""
    kind, rate = draft.buyer.kind, line.rate
    field = f"{at}.rate"
    if rate not in RATES:
        yield error("rate", field, f"Nie ma dziś stawki „{rate[:10]}”. Dozwolone: {', '.join(RATES)}.")
    if rate == "zw" and draft.exemption is None:
        yield error("exemption_missing", "exemption", "Podaj podstawę prawną zwolnienia.")
    if rate == "0 WDT" and kind != "eu":
        yield error("wdt", field, "Dostawa wewnątrzwspólnotowa wymaga nabywcy z numerem VAT-UE innego państwa Unii.")
    if rate == "0 EX" and kind in ("company", "unit"):
        yield warning("export", field, "Eksport dla nabywcy z polskim NIP jest nietypowy. Sprawdź stawkę.")
    if rate == "oo" and kind not in ("company", "unit"):
        yield error("reverse", field, "Odwrotne obciążenie (oo) wymaga nabywcy z polskim NIP: to on rozlicza podatek.")
    if rate == "np II" and kind != "eu":
        yield error("np_ii", field, "Stawka „np II” (art. 100 ust. 1 pkt 4) dotyczy nabywcy z numerem VAT-UE.")
    if rate == MARGIN_RATE and draft.margin is None:
        yield error("margin_missing", "margin", "Wybierz, czego dotyczy procedura marży.")
    if rate == MARGIN_RATE and draft.pricing != "gross":
        yield error("margin_pricing", "pricing", "W procedurze marży ceny podaje się brutto: podatku się nie wykazuje.")


def whole_findings(draft: Draft) -> Iterator[Finding]:
    """What only all lines together tell.

    Law: art. 106e ust. 1 pkt 19, ust. 2–3 ustawy o VAT
    """
    rates = {line.rate for line in draft.lines}
    if draft.exemption is not None and "zw" not in rates:
        yield error(
            "exemption_idle", "exemption", "Podano podstawę zwolnienia, a żadna pozycja nie jest zwolniona (zw)."
        )
    if draft.exemption is not None and not draft.exemption.text.strip():
        yield error(
            "exemption_text", "exemption.text", "Wpisz przepis, na przykład art. 43 ust. 1 pkt 36 ustawy o VAT."
        )
    if draft.margin is not None and MARGIN_RATE not in rates:
        yield error("margin_idle", "margin", "Wybrano procedurę marży, a żadna pozycja nie ma stawki „marża”.")
    if any(line.rate not in RATES for line in draft.lines):
        return
    amounts = reckon(draft)
    for total in amounts.totals:
        if total.net < 0 and draft.correction is None:
            yield error(
                "negative",
                "lines",
                f"Suma pozycji jednej stawki jest ujemna ({format_amount(total.net)}). Wystaw korektę.",
            )
    if abs(amounts.gross) >= LARGEST:
        yield error("too_large", "lines", "Kwota faktury ma więcej niż 14 cyfr przed przecinkiem; to pomyłka.")
    if not amounts.gross and draft.correction is None and draft.lines:
        yield warning("zero", "lines", "Faktura jest na zero złotych. Sprawdź ceny.")
