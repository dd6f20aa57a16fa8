"""Documents into files: ZIP packages as KSeF exports them, loose XML files, deliveries that come twice."""

from __future__ import annotations

import base64
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from app.kernel.dates import Month
from app.kernel.money import ZERO
from app.ops.demo.documents import Delivered, Document, sha256
from app.vat.filings import fa3
from app.vat.rules.facts import Party

PACKAGES, LOOSE = "packages", "files"
LOOSE_SHARE, TWICE_SHARE, RENAMED_SHARE = 0.08, 0.015, 0.005
MOST_IN_PACKAGE = 2000
_WHEN_PACKED = (1980, 1, 1, 0, 0, 0)


@dataclass(slots=True)
class _Package:
    """An export being written: `<KSeF number>.xml` entries and `_metadata.json` last."""

    file: str
    archive: zipfile.ZipFile
    metadata: list[dict[str, Any]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def add(self, document: Document, data: bytes) -> str | None:
        """The path of the entry, None when this very package has it already."""
        name = f"{document.ksef_number}.xml"
        if name in self.names:
            return None
        self.names.add(name)
        self.archive.writestr(_entry(name), data)
        self.metadata.append(_metadata(document, data))
        return f"{self.file}/{name}"

    def close(self) -> None:
        known = max((one["permanentStorageDate"] for one in self.metadata), default=None)
        whole = {"invoices": self.metadata, "isTruncated": False, "permanentStorageHwmDate": known}
        self.archive.writestr(_entry("_metadata.json"), json.dumps(whole, ensure_ascii=False, indent=1))
        self.archive.close()


def deliver(documents: list[Document], rng: Random, month: Month, out: Path) -> Iterator[Delivered]:
    """Writes every document once, and a few twice: in another package too, or as a file under another name."""
    (out / PACKAGES).mkdir(parents=True)
    (out / LOOSE).mkdir()
    open_packages: dict[str, _Package] = {}
    repeats: list[tuple[Document, bytes]] = []
    counts = {"sale": 0, "purchase": 0}
    for document in documents:
        data = fa3.write(document.invoice)
        if rng.random() < LOOSE_SHARE:
            file = f"{LOOSE}/{document.ksef_number}.xml"
            (out / file).write_bytes(data)
            yield Delivered(file, sha256(data), document, document.traps)
            continue
        subject = "purchase" if document.side == "purchase" else "sale"
        package = _package(open_packages, out, f"ksef-{month}-{subject}-{counts[subject] // MOST_IN_PACKAGE + 1:02d}")
        counts[subject] += 1
        if path := package.add(document, data):
            yield Delivered(path, sha256(data), document, document.traps)
        if rng.random() < TWICE_SHARE:
            repeats.append((document, data))
        if rng.random() < RENAMED_SHARE:
            yield _renamed(document, data, out)
    again = _package(open_packages, out, f"ksef-{month}-again")
    for document, data in repeats:
        if path := again.add(document, data):
            yield Delivered(path, sha256(data), document, (*document.traps, "delivered_twice"))
    for package in open_packages.values():
        package.close()


def _package(opened: dict[str, _Package], out: Path, name: str) -> _Package:
    if name not in opened:
        file = f"{PACKAGES}/{name}.zip"
        opened[name] = _Package(file, zipfile.ZipFile(out / file, "w", zipfile.ZIP_DEFLATED, compresslevel=4))
    return opened[name]


def _renamed(document: Document, data: bytes, out: Path) -> Delivered:
    """As people send it on: named by the invoice's own number, which says nothing of KSeF."""
    stem = document.invoice.number.replace("/", "_")
    file = f"{LOOSE}/faktura_{stem} ({document.ksef_number[-2:]}).xml"
    (out / file).write_bytes(data)
    return Delivered(file, sha256(data), document, (*document.traps, "other_name"))


def _entry(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _WHEN_PACKED)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


def _metadata(document: Document, data: bytes) -> dict[str, Any]:
    """One invoice as the export describes it; amounts are JSON numbers there."""
    invoice = document.invoice
    accepted = f"{document.accepted_on.isoformat()}T12:00:00+00:00"
    tax = sum((total.tax or ZERO for total in invoice.totals), ZERO)
    return {
        "ksefNumber": document.ksef_number,
        "invoiceNumber": invoice.number,
        "issueDate": invoice.issued_on.isoformat(),
        "invoicingDate": accepted,
        "acquisitionDate": accepted,
        "permanentStorageDate": accepted,
        "seller": {"nip": invoice.seller.nip, "name": invoice.seller.name},
        "buyer": {"identifier": _identifier(invoice.buyer), "name": invoice.buyer.name},
        "thirdSubjects": [
            {"identifier": _identifier(party), "name": party.name, "role": party.role} for party in invoice.others
        ],
        "netAmount": float(invoice.gross - tax),
        "grossAmount": float(invoice.gross),
        "vatAmount": float(tax),
        "currency": invoice.currency,
        "invoicingMode": "Online",
        "invoiceType": "Kor" if invoice.kind == "KOR" else "Vat",
        "formCode": {"systemCode": "FA (3)", "schemaVersion": "1-0E", "value": "FA"},
        "isSelfInvoicing": False,
        "hasAttachment": False,
        "invoiceHash": base64.b64encode(bytes.fromhex(sha256(data))).decode(),
    }


def _identifier(party: Party) -> dict[str, str | None]:
    if party.internal_id:
        return {"type": "InternalId", "value": party.internal_id}
    if party.nip:
        return {"type": "Nip", "value": party.nip}
    return {"type": "None", "value": None}
