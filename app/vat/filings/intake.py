"""One document of the KSeF box examined: what of it the inbox keeps and whose it is, or why it cannot be taken in.

Pure and quick to import, so that worker processes need nothing else; what passes between processes is `msgspec.Struct`,
which travels several times faster than a dataclass.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any, Literal

import msgspec

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.kernel.money import LARGEST, ZERO
from app.vat.filings import fa3
from app.vat.filings.package import Refused
from app.vat.rules.attribution import (
    Attribution,
    Candidate,
    Directory,
    Lesson,
    Looked,
    Memory,
    decide,
    lesson,
    look,
)
from app.vat.rules.facts import Finding, Invoice, Party
from app.vat.rules.invoice import check
from app.vat.rules.months import vat_month
from app.vat.rules.register import nip_of, side, totals_pln

State = Literal["assigned", "queued", "internal"]
_LONGEST_NAME, _LONGEST_ID, _LONGEST_PARTY = 400, 30, 512
_PACKED = 1
"""zlib level: invoices shrink to a third at once, more effort gains little."""


@dataclass(frozen=True, slots=True)
class City:
    """The taxpayer whose box it is, and its units."""

    nip: str
    units: Directory


class Document(msgspec.Struct, frozen=True):
    """A file as it came: `name` tells a person where it was."""

    name: str
    data: bytes
    ksef_number: str | None = None


class Taken(msgspec.Struct, frozen=True):
    """What the inbox keeps of an invoice, amounts in złote; `content` is zlib, `warnings` and `candidates` are JSON."""

    name: str
    sha256: bytes
    content: bytes
    ksef_number: str | None
    side: Literal["sale", "purchase", "internal"]
    kind: str
    number: str
    issued_on: date
    seller_nip: str | None
    seller_name: str | None
    buyer_nip: str | None
    buyer_name: str | None
    currency: str
    month: Month
    net_pln: Decimal
    vat_pln: Decimal
    gross: Decimal
    warnings: str
    state: State
    unit_code: str | None
    reason: str
    candidates: str
    looked: Looked
    """What it says of its unit, so that the decision can be taken again with what the city remembers."""
    lesson: str | None = None
    """JSON: what the decision teaches, although nobody confirmed it (`decided_again`)."""


class Rejected(msgspec.Struct, frozen=True):
    """What goes to quarantine: `reasons` are JSON values; `content` is zlib, None when nothing of it could be read."""

    name: str
    sha256: bytes
    content: bytes | None
    reasons: list[dict[str, Any]]
    truncated: bool = False


def examine(document: Document, city: City, on: date) -> Taken | Rejected:
    """Reads, checks and attributes one document; `on` is today. Never raises: what cannot be taken is `Rejected`.

    Law: art. 106e, 106na ustawy o VAT; wzór FA(3) 1-0E
    """
    try:
        return _examine(document, city, on)
    except Refusal as refusal:
        return _rejected(document, [_reason("document", refusal.message, refusal.field)])
    except Exception as defect:  # ours, but one document must not stop the others: it is kept, and says what happened
        message = f"Program nie poradził sobie z tym dokumentem ({type(defect).__name__}: {defect}). Zgłoś to."
        return _rejected(document, [_reason("defect", message[:400], None)])


def _examine(document: Document, city: City, on: date) -> Taken | Rejected:
    root = fa3.parse(document.data)
    if wrong := fa3.schema_errors(root):
        return _rejected(document, findings(wrong))
    invoice = fa3.read(root)
    where = side(invoice, city.nip)
    # KSeF takes no invoice from the future, so what has its number needs no clock of ours
    found = check(invoice, city.nip, on if document.ksef_number is None else None, document.ksef_number)
    errors = [finding for finding in found if finding.severity == "error"]
    if errors or where == "foreign":
        return _rejected(document, findings(errors))
    warnings = list(found)
    net, vat = _amounts(invoice, warnings)
    looked = look(invoice, city.units, city.nip)
    decided = decide(looked, Memory.cold(city.units))
    warnings += [Finding("warning", "attribution", None, message) for message in decided.warnings]
    return Taken(
        name=shown_name(document.name),
        sha256=sha256(document.data).digest(),
        content=zlib.compress(document.data, _PACKED),
        ksef_number=document.ksef_number,
        side=where,
        kind=invoice.kind,
        number=invoice.number,
        issued_on=invoice.issued_on,
        seller_nip=_identifier(invoice.seller),
        seller_name=_name(invoice.seller),
        buyer_nip=_identifier(invoice.buyer),
        buyer_name=_name(invoice.buyer),
        currency=invoice.currency,
        month=vat_month(invoice, document.ksef_number, where),
        net_pln=net,
        vat_pln=vat,
        gross=invoice.gross,
        warnings=json_text(findings(warnings)),
        state="internal" if where == "internal" else decided.outcome,
        unit_code=decided.unit,
        reason=decided.reason,
        candidates=json_text(candidates(decided)),
        looked=looked,
    )


def decided_again(taken: Taken, decided: Attribution) -> Taken:
    """The document with a decision that rests on what the city remembers. Between own units nothing is decided."""
    if taken.state == "internal":
        return taken
    return msgspec.structs.replace(
        taken,
        state=decided.outcome,
        unit_code=decided.unit,
        reason=decided.reason,
        candidates=json_text(candidates(decided)),
        lesson=json_text(taught.as_json()) if (taught := undisputed(taken.looked, decided)) else None,
    )


def undisputed(looked: Looked, decided: Attribution) -> Lesson | None:
    """What an automatic assignment teaches: clues, where a number in its own place left no doubt; else nothing."""
    if decided.unit is None or not decided.by_number:
        return None
    return lesson(looked, decided.unit)


def refuse(name: str, refused: Refused) -> Rejected:
    """What the package's reader could not take; without bytes its place and reason stand for the content."""
    digest = sha256(refused.data if refused.data is not None else f"{name}\n{refused.reason}".encode()).digest()
    content = None if refused.data is None else zlib.compress(refused.data, _PACKED)
    return Rejected(
        shown_name(name), digest, content, [_reason("package", refused.reason, None)], truncated=refused.truncated
    )


def shown_name(name: str) -> str:
    """At most 400 signs; of a longer name the end is replaced by its hash, so that different names stay different."""
    if len(name) <= _LONGEST_NAME:
        return name
    mark = f"…{sha256(name.encode(errors='replace')).hexdigest()[:16]}"
    return name[: _LONGEST_NAME - len(mark)] + mark


def json_text(value: Any) -> str:
    """As the database takes it."""
    return msgspec.json.encode(value).decode()


def findings(found: list[Finding]) -> list[dict[str, Any]]:
    """As kept: code, field, message, and the line of the file when known."""
    return [
        {"code": one.code, "field": one.field, "message": one.message, **({"line": one.line} if one.line else {})}
        for one in found
    ]


def candidates(decided: Attribution) -> list[dict[str, Any]]:
    """As kept: unit, score and evidence of each, best first."""
    return [_candidate(one) for one in decided.candidates]


def _candidate(one: Candidate) -> dict[str, Any]:
    evidence = [
        {"signal": each.signal, "sentence": each.sentence, "field": each.field, "weight": each.weight}
        for each in one.evidence
    ]
    return {"unit": one.unit, "score": one.score, "evidence": evidence}


def _reason(code: str, message: str, field: str | None) -> dict[str, Any]:
    return {"code": code, "field": field, "message": message}


def _rejected(document: Document, reasons: list[dict[str, Any]]) -> Rejected:
    packed = zlib.compress(document.data, _PACKED)
    return Rejected(shown_name(document.name), sha256(document.data).digest(), packed, reasons)


def _amounts(invoice: Invoice, warnings: list[Finding]) -> tuple[Decimal, Decimal]:
    """(net, tax) in złote. Raises `Refusal` when they do not fit the books."""
    try:
        net, vat = totals_pln(invoice)
    except Refusal as refusal:  # only an invoice between own units gets here without them: it goes to no register
        warnings.append(Finding("warning", "not_in_pln", refusal.field, refusal.message))
        return ZERO, ZERO
    if max(abs(net), abs(vat)) >= LARGEST:
        raise Refusal("Kwota faktury w złotych ma więcej niż 14 cyfr; to na pewno pomyłka.", "Fa/P_15")
    return net, vat


def _identifier(party: Party) -> str | None:
    number = nip_of(party) or party.vat_eu or party.foreign_id
    return number[:_LONGEST_ID] if number else None


def _name(party: Party) -> str | None:
    return party.name[:_LONGEST_PARTY] if party.name else None
