"""Files that must not be taken in, each broken in its own way."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from pathlib import Path

from app.ops.demo.city import IN_TOWN, City
from app.ops.demo.documents import Document
from app.ops.demo.numbers import Numbers
from app.vat.filings import fa3
from app.vat.rules.facts import Party

FOLDER = "bad"
_FA2 = b"http://crd.gov.pl/wzor/2023/06/29/12648/"


def spoil(document: Document, city: City, numbers: Numbers, out: Path) -> dict[str, str]:
    """Writes `bad/`; file name → kind of fault. `document` is a sound purchase that the faults are made from."""
    folder = out / FOLDER
    folder.mkdir(parents=True)
    data = fa3.write(document.invoice)
    files: dict[str, tuple[str, bytes]] = {}

    def put(kind: str, content: bytes, name: str | None = None) -> None:
        accepted_on = document.accepted_on
        files[name or f"{numbers.ksef_number(document.invoice.seller.nip or '', accepted_on)}.xml"] = (kind, content)

    put("truncated", data[: len(data) // 2])
    put("fa2", data.replace(fa3.NAMESPACE.encode(), _FA2))
    put("foreign_nip", fa3.write(replace(document.invoice, number="X/1", buyer=_library(numbers), others=())))
    put("doctype", data.replace(b"<Faktura", b'<!DOCTYPE Faktura [<!ENTITY kto "nikt">]>\n<Faktura', 1))
    put("empty", b"")
    put("not_xml", b"%PDF-1.7\n%faktura wydrukowana\n")
    put("schema", data.replace(b"<RodzajFaktury>", b"<Nieznane>1</Nieznane><RodzajFaktury>"))
    put("bad_ksef_checksum", data, f"{_with_wrong_checksum(document.ksef_number)}.xml")
    put("path_traversal", _archive("../../poza-folderem.xml", data), "wychodzi-z-folderu.zip")
    put("broken_zip", _archive("faktura.xml", data)[:-40], "urwany.zip")
    for name, (_, content) in files.items():
        (folder / name).write_bytes(content)
    return {f"{FOLDER}/{name}": kind for name, (kind, _) in files.items()}


def _library(numbers: Numbers) -> Party:
    """A cultural institution is a taxpayer of its own, however often its invoices land at the city."""
    return Party(f"Miejska Biblioteka Publiczna {IN_TOWN}", nip=numbers.nip(), serves_unit=False)


def _with_wrong_checksum(number: str) -> str:
    return f"{number[:-2]}{(int(number[-2:], 16) + 1) % 256:02X}"


def _archive(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()
