"""An invoice as the simulator reads it: the official schema, and the few facts that KSeF's rules are about."""

from __future__ import annotations

import importlib.util
import threading
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from lxml import etree

NAMESPACE = "http://crd.gov.pl/wzor/2025/06/25/13775/"
LARGEST = 1024 * 1024
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Facts:
    """`shown` goes into metadata as it is."""

    seller: str
    buyer: str | None
    thirds: tuple[str, ...]
    kind: str
    number: str
    issued_on: date
    shown: dict[str, Any]


class Unreadable(ValueError):
    """Not an FA(3) document that KSeF would take; the reason in Polish."""


class _Bundled(etree.Resolver):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:
        path = self.folder / system_url.replace("\\", "/").rsplit("/", 1)[-1]
        return self.resolve_string(path.read_bytes(), context, base_url=system_url)


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    package = importlib.util.find_spec("ksef_client")
    assert package is not None and package.origin is not None
    folder = Path(package.origin).parent / "documents" / "fa3" / "schemas"
    parser = etree.XMLParser(no_network=True, resolve_entities=False)
    parser.resolvers.add(_Bundled(folder))
    return etree.XMLSchema(etree.fromstring((folder / "schemat_FA(3)_v1-0E.xsd").read_bytes(), parser))


def read_facts(content: bytes, *, strict: bool = False) -> Facts:
    """Raises `Unreadable`. `strict`: the schema is tested too."""
    try:
        root = etree.fromstring(content, etree.XMLParser(no_network=True, resolve_entities=False, huge_tree=False))
    except etree.XMLSyntaxError as error:
        raise Unreadable(f"Dokument nie jest poprawnym plikiem XML: {error}") from None
    if strict:
        with _LOCK:
            schema = _schema()
            if not schema.validate(root):
                raise Unreadable(str(schema.error_log.last_error))  # type: ignore[attr-defined]

    def text(path: str) -> str | None:
        found = root.find("/".join(f"{{{NAMESPACE}}}{name}" for name in path.split("/")))
        return found.text if found is not None else None

    seller, number, day = text("Podmiot1/DaneIdentyfikacyjne/NIP"), text("Fa/P_2"), text("Fa/P_1")
    if seller is None or number is None or day is None:
        raise Unreadable("Dokument nie jest fakturą FA(3).")
    buyer, kind = text("Podmiot2/DaneIdentyfikacyjne/NIP"), text("Fa/RodzajFaktury") or "VAT"
    thirds = tuple(
        each.text or ""
        for each in root.iterfind(f"{{{NAMESPACE}}}Podmiot3/{{{NAMESPACE}}}DaneIdentyfikacyjne/{{{NAMESPACE}}}NIP")
    )
    gross = float(text("Fa/P_15") or 0)
    vat = sum(float(text(f"Fa/P_14_{n}") or 0) for n in range(1, 6))
    shown = {
        "invoiceNumber": number, "issueDate": day, "invoiceType": _TYPES.get(kind, "Vat"), "grossAmount": gross,
        "vatAmount": round(vat, 2), "netAmount": round(gross - vat, 2), "currency": text("Fa/KodWaluty") or "PLN",
        "seller": {"nip": seller, "name": text("Podmiot1/DaneIdentyfikacyjne/Nazwa")},
        "buyer": {
            "identifier": {"type": "Nip", "value": buyer} if buyer else {"type": "None", "value": None},
            "name": text("Podmiot2/DaneIdentyfikacyjne/Nazwa"),
        },
    }  # fmt: skip
    return Facts(seller, buyer, thirds, kind, number, date.fromisoformat(day), shown)


_TYPES = {
    "VAT": "Vat",
    "KOR": "Kor",
    "ZAL": "Zal",
    "ROZ": "Roz",
    "UPR": "Upr",
    "KOR_ZAL": "KorZal",
    "KOR_ROZ": "KorRoz",
}
