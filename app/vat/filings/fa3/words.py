"""How FA(3) reads in Polish: kinds, roles, forms of payment, annotations, the schema's own names of its elements."""

from __future__ import annotations

import re
from functools import lru_cache

from lxml import etree

from app.vat.filings.fa3.document import schema_root

KINDS = {
    "VAT": "Faktura",
    "KOR": "Faktura korygująca",
    "ZAL": "Faktura zaliczkowa",
    "ROZ": "Faktura rozliczeniowa",
    "UPR": "Faktura uproszczona",
    "KOR_ZAL": "Korekta faktury zaliczkowej",
    "KOR_ROZ": "Korekta faktury rozliczeniowej",
}
ROLES = {
    1: "Faktor", 2: "Odbiorca", 3: "Podmiot pierwotny", 4: "Dodatkowy nabywca", 5: "Wystawca faktury",
    6: "Dokonujący płatności", 7: "Jednostka samorządu, wystawca", 8: "Jednostka samorządu, odbiorca",
    9: "Członek grupy VAT, wystawca", 10: "Członek grupy VAT, odbiorca", 11: "Pracownik",
}  # fmt: skip
PAYMENTS = {1: "gotówka", 2: "karta", 3: "bon", 4: "czek", 5: "kredyt", 6: "przelew", 7: "płatność mobilna"}
EFFECTS = {
    1: "w dacie ujęcia faktury pierwotnej",
    2: "w dacie wystawienia korekty",
    3: "w dacie innej, różnej dla poszczególnych pozycji",
}
RATES = {
    "1": "23 % (22 %)", "2": "8 % (7 %)", "3": "5 %", "4": "4 % (3 %), taksówki", "5": "procedura OSS",
    "6_1": "0 % w kraju", "6_2": "0 %, dostawa wewnątrzwspólnotowa", "6_3": "0 %, eksport", "7": "zwolniona",
    "8": "poza krajem (np I)", "9": "usługi z art. 100 ust. 1 pkt 4 (np II)", "10": "odwrotne obciążenie",
    "11": "procedura marży",
}  # fmt: skip
ANNOTATIONS = {
    "P_16": "metoda kasowa",
    "P_17": "samofakturowanie",
    "P_18": "odwrotne obciążenie",
    "P_18A": "mechanizm podzielonej płatności",
    "P_19": "sprzedaż zwolniona od podatku",
    "P_22": "wewnątrzwspólnotowa dostawa nowych środków transportu",
    "P_23": "procedura uproszczona, transakcja trójstronna",
    "P_PMarzy": "procedura marży",
    "P_PMarzy_2": "procedura marży dla biur podróży",
    "P_PMarzy_3_1": "procedura marży: towary używane",
    "P_PMarzy_3_2": "procedura marży: dzieła sztuki",
    "P_PMarzy_3_3": "procedura marży: przedmioty kolekcjonerskie i antyki",
}
"""What an invoice says when the mark is 1."""
_XSD = "{http://www.w3.org/2001/XMLSchema}"
_LONGEST_LABEL = 90


@lru_cache(maxsize=1)
def labels() -> dict[str, str]:
    """Element → what the schema's documentation calls it, cut at its first sentence."""
    found: dict[str, str] = {}
    for element in schema_root().iter(f"{_XSD}element"):
        name, documented = element.get("name"), element.find(f"{_XSD}annotation/{_XSD}documentation")
        text = " ".join("".join(map(str, documented.itertext())).split()) if documented is not None else ""
        if name and text:
            found.setdefault(name, _short(text))
    return found


def _short(text: str) -> str:
    first = re.split(r"(?<=[a-ząęćłńóśźż)])[.;] | \[", text, maxsplit=1)[0].rstrip(".")
    if len(first) <= _LONGEST_LABEL:
        return first
    return first[:_LONGEST_LABEL].rsplit(" ", 1)[0] + "…"


def label(element: etree._Element) -> str:
    """For an element that has no place of its own on the page."""
    name = etree.QName(element).localname
    return labels().get(name, name)
