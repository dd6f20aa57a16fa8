"""The KSeF inbox takes documents in, each exactly once, and learns what became of deliveries to units.

Batches of one city are written one after another (an advisory lock until the commit), so two imports of the same files
cannot meet: the second one finds what the first one stored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, LiteralString, cast
from uuid import UUID

import psycopg
from msgspec import structs
from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel import audit
from app.kernel.db import alone
from app.kernel.errors import Conflict, NotFound, Refusal
from app.vat.filings.intake import Rejected, Taken, decided_again, json_text
from app.vat.models import KsefAttribution, KsefBatch, KsefInvoice, KsefQuarantine
from app.vat.queries.memory import memory
from app.vat.rules.attribution import DECIDED_BY_RULE, Lesson, decide, threshold
from app.vat.service.attribution import NUMBER_KNOWN
from app.vat.service.memory import add

Outcome = Literal["assigned", "queued", "internal", "duplicate", "quarantined", "known"]
"""What became of a document: the first three are stored; `known`: it is in quarantine already."""

_LONGEST_REASON = 400


@dataclass(frozen=True, slots=True)
class Batch:
    """One import: its row is written with the first document that is new."""

    source: str
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one document; `reasons` are sentences when it was not stored; `numbered`: its KSeF number was
    missing and is known now."""

    name: str
    outcome: Outcome
    reasons: tuple[str, ...] = ()
    numbered: bool = False


@dataclass(slots=True)
class _Known:
    """An invoice of the inbox, or one about to be stored."""

    id: UUID
    sha256: bytes
    ksef_number: str | None
    key: tuple[str | None, str, str]
    state: str
    attribution_id: UUID | None
    fresh: Taken | None = None


@dataclass(slots=True)
class _Work:
    """What is known around a batch, and what has to be written."""

    by_hash: dict[bytes, _Known]
    by_number: dict[str, _Known]
    by_key: dict[tuple[str | None, str, str], _Known]
    quarantined: set[tuple[bytes, str]]
    fresh: list[_Known] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    numbered: list[tuple[_Known, Taken]] = field(default_factory=list)


def store(session: Session, batch: Batch, documents: Sequence[Taken | Rejected]) -> list[Fate]:
    """Takes a batch in, whole or not at all; the fate of every document, in their order.

    Storing again what is here changes nothing. The same content is kept once, the same KSeF number too; a number that
    was missing is filled in; other content under a known number goes to quarantine.
    """
    alone(session, "ksef")
    work = _look_up(session, documents)
    documents = _remembering(session, work, documents)
    fates = [
        _reject(work, document) if isinstance(document, Rejected) else _take(work, document) for document in documents
    ]
    if work.fresh or work.rejected or work.numbered:
        _write(session, batch, work)
        counts: dict[str, int] = {}
        for fate in fates:
            counts[fate.outcome] = counts.get(fate.outcome, 0) + 1
        audit.record(
            session, "ksef.import", f"ksef.batch:{batch.id}", after={"source": batch.source[:400], "counts": counts}
        )
    return fates


def _look_up(session: Session, documents: Sequence[Taken | Rejected]) -> _Work:
    taken = [document for document in documents if isinstance(document, Taken)]
    work = _Work({}, {}, {}, set())
    numbers = [document.ksef_number for document in taken if document.ksef_number]
    keys = {(document.seller_nip or "", document.number) for document in taken}
    nips, texts = [nip for nip, _ in keys], [number for _, number in keys]
    wanted = func.unnest(_array(nips), _array(texts)).table_valued("nip", "number").render_derived("wanted")
    columns = (
        KsefInvoice.id,
        KsefInvoice.sha256,
        KsefInvoice.ksef_number,
        KsefInvoice.seller_nip,
        KsefInvoice.kind,
        KsefInvoice.number,
        KsefInvoice.state,
        KsefInvoice.attribution_id,
    )
    same = select(*columns).where(
        (KsefInvoice.sha256 == func.any(_array([one.sha256 for one in taken], postgresql.BYTEA())))
        | (KsefInvoice.ksef_number == func.any(_array(numbers)))
    )
    alike = select(*columns).join(
        wanted, (KsefInvoice.seller_nip == wanted.c.nip) & (KsefInvoice.number == wanted.c.number)
    )
    for statement in (same, alike):
        for key, digest, number, nip, kind, own_number, state, decision in session.execute(statement):
            _know(work, _Known(key, digest, number, (nip, kind, own_number), state, decision))
    digests = [document.sha256 for document in documents if isinstance(document, Rejected)] + [
        document.sha256 for document in taken
    ]
    kept = select(KsefQuarantine.sha256, KsefQuarantine.name).where(
        KsefQuarantine.sha256 == func.any(_array(digests, postgresql.BYTEA()))
    )
    work.quarantined.update((digest, name) for digest, name in session.execute(kept))
    return work


def _remembering(session: Session, work: _Work, documents: Sequence[Taken | Rejected]) -> Sequence[Taken | Rejected]:
    """New invoices decided with what the city has confirmed by now; one question for all of them."""
    fresh = [one for one in documents if isinstance(one, Taken) and one.sha256 not in work.by_hash]
    if not fresh:
        return documents
    known = memory(session, [one.looked for one in fresh])
    limit = threshold(known.signals)
    decided = {one.sha256: decide(one.looked, known, limit) for one in fresh}
    return [
        decided_again(one, decided[one.sha256]) if isinstance(one, Taken) and one.sha256 in decided else one
        for one in documents
    ]


def _array(values: Sequence[Any], of: Any = None) -> Any:
    return literal(list(values), postgresql.ARRAY(of or postgresql.TEXT()))


def _know(work: _Work, known: _Known) -> None:
    known = work.by_hash.setdefault(known.sha256, known)
    if known.ksef_number:
        work.by_number.setdefault(known.ksef_number, known)
    work.by_key.setdefault(known.key, known)


def _take(work: _Work, document: Taken) -> Fate:
    same = work.by_hash.get(document.sha256)
    holder = work.by_number.get(document.ksef_number) if document.ksef_number else None
    if holder is not None and holder is not same:
        message = f"W skrzynce jest już inna faktura z numerem KSeF {document.ksef_number}, a treść tej jest inna."
        return _quarantine(work, document, "ksef_number_taken", message)
    if same is None:
        return _new(work, document)
    if document.ksef_number is None or document.ksef_number == same.ksef_number:
        return Fate(document.name, "duplicate")
    if same.ksef_number is not None:
        message = f"Ta sama faktura jest już w skrzynce z numerem KSeF {same.ksef_number}; {document.ksef_number} "
        return _quarantine(work, document, "ksef_number_differs", f"{message}nie może być jej numerem.")
    same.ksef_number = document.ksef_number
    work.by_number[document.ksef_number] = same
    if same.fresh is not None:
        same.fresh = structs.replace(same.fresh, ksef_number=document.ksef_number, month=document.month)
    else:
        work.numbered.append((same, document))
    return Fate(document.name, "duplicate", numbered=True)


def _new(work: _Work, document: Taken) -> Fate:
    key = (document.seller_nip, document.kind, document.number)
    if (twin := work.by_key.get(key)) is not None:
        which = f"z numerem KSeF {twin.ksef_number}" if twin.ksef_number else "bez numeru KSeF"
        message = f"W skrzynce jest już faktura tego sprzedawcy o numerze {document.number} ({which}) i innej treści."
        twice = {"code": "same_number", "field": "Fa/P_2", "message": message}
        document = structs.replace(document, warnings=json_text([*json.loads(document.warnings), twice]))
    known = _Known(uuid7(), document.sha256, document.ksef_number, key, document.state, uuid7(), document)
    _know(work, known)
    work.fresh.append(known)
    return Fate(document.name, document.state)


def _quarantine(work: _Work, document: Taken, code: str, message: str) -> Fate:
    reasons = [{"code": code, "field": "NrKSeF", "message": message}]
    return _reject(work, Rejected(document.name, document.sha256, document.content, reasons))


def _reject(work: _Work, document: Rejected) -> Fate:
    reasons = tuple(str(reason["message"]) for reason in document.reasons)
    if (document.sha256, document.name) in work.quarantined:
        return Fate(document.name, "known", reasons)
    work.quarantined.add((document.sha256, document.name))
    work.rejected.append(document)
    return Fate(document.name, "quarantined", reasons)


def _write(session: Session, batch: Batch, work: _Work) -> None:
    own = {"id": batch.id, "source": batch.source[:400], "imported_by": session.info["actor"]}
    session.execute(postgresql.insert(KsefBatch).values(own).on_conflict_do_nothing())
    fresh = [(known, known.fresh) for known in work.fresh if known.fresh is not None]
    if fresh:
        _copy(session, _COPY_INVOICES, (_invoice(known, taken, batch) for known, taken in fresh))
        _copy(session, _COPY_DECISIONS, (_decision(known, taken) for known, taken in fresh))
    refused_before = {digest for digest, _ in work.quarantined}
    if now_taken := [known.sha256 for known in work.fresh if known.sha256 in refused_before]:
        session.execute(
            update(KsefQuarantine)
            .where(KsefQuarantine.sha256.in_(now_taken), KsefQuarantine.settled_by.is_(None))
            .values(settled_by=DECIDED_BY_RULE, settled_note="Dokument przyjęto przy innym wczytaniu.")
        )
    if work.rejected:
        session.execute(insert(KsefQuarantine), [_quarantined(one, batch) for one in work.rejected])
    for known, taken in work.numbered:
        _fill_in(session, known, taken)
    if lessons := [Lesson.of_json(json.loads(taken.lesson)) for _, taken in fresh if taken.lesson]:
        add(session, lessons)


_COPY_INVOICES = (
    "copy ksef_invoice (id, sha256, content, ksef_number, side, kind, number, issued_on, seller_nip, seller_name,"
    " buyer_nip, buyer_name, currency, year, month, net_pln, vat_pln, gross, warnings, batch_id, state, unit_code,"
    " attribution_id, lesson) from stdin"
)
_COPY_DECISIONS = (
    "copy ksef_attribution (id, invoice_id, outcome, unit_code, reason, candidates, decided_by) from stdin"
)


def _copy(session: Session, statement: LiteralString, rows: Iterable[tuple[Any, ...]]) -> None:
    """In the session's own transaction, three times faster than inserting."""
    driver = cast("psycopg.Connection[Any]", session.connection().connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(statement) as out:
        for row in rows:
            out.write_row(row)


def _invoice(known: _Known, taken: Taken, batch: Batch) -> tuple[Any, ...]:
    """In the order of `_COPY_INVOICES`."""
    return (
        known.id,
        taken.sha256,
        taken.content,
        taken.ksef_number,
        taken.side,
        taken.kind,
        taken.number,
        taken.issued_on,
        taken.seller_nip,
        taken.seller_name,
        taken.buyer_nip,
        taken.buyer_name,
        taken.currency,
        taken.month.year,
        taken.month.month,
        taken.net_pln,
        taken.vat_pln,
        taken.gross,
        taken.warnings,
        batch.id,
        taken.state,
        taken.unit_code,
        known.attribution_id,
        taken.lesson,
    )


def _decision(known: _Known, taken: Taken) -> tuple[Any, ...]:
    """In the order of `_COPY_DECISIONS`."""
    return (
        known.attribution_id,
        known.id,
        taken.state,
        taken.unit_code,
        taken.reason,
        taken.candidates,
        DECIDED_BY_RULE,
    )


def _quarantined(one: Rejected, batch: Batch) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "batch_id": batch.id,
        "name": one.name,
        "reasons": one.reasons,
        "sha256": one.sha256,
        "content": one.content,
        "truncated": one.truncated,
    }


def _fill_in(session: Session, known: _Known, taken: Taken) -> None:
    """The number, the month that follows from it, and a decision that sends the unit a row with the number."""
    invoice = session.get_one(KsefInvoice, known.id, with_for_update=True, populate_existing=True)
    invoice.ksef_number = taken.ksef_number
    invoice.year, invoice.month = taken.month.year, taken.month.month
    before = session.get(KsefAttribution, invoice.attribution_id) if invoice.attribution_id else None
    if before is not None and invoice.state == "assigned":
        again = KsefAttribution(
            id=uuid7(),
            invoice_id=invoice.id,
            outcome=before.outcome,
            unit_code=before.unit_code,
            reason=f"{NUMBER_KNOWN} {before.reason}"[:_LONGEST_REASON],
            candidates=before.candidates,
            decided_by=before.decided_by,
        )
        session.add(again)
        invoice.attribution_id = again.id
    session.flush()


def settle(session: Session, quarantine_id: UUID, note: str) -> None:
    """A person looked at a quarantined document and says what was done about it. Raises `Refusal`."""
    if not note.strip():
        raise Refusal("Napisz, co zrobiono z tym dokumentem.", "note")
    kept = session.get(KsefQuarantine, quarantine_id, with_for_update=True)
    if kept is None:
        raise NotFound("Nie ma takiego dokumentu w kwarantannie.", "quarantine")
    if kept.settled_by is not None:
        raise Conflict(f"Ten dokument już wyjaśniono: {kept.settled_by} ({kept.settled_note}).", "quarantine")
    kept.settled_by, kept.settled_note = session.info["actor"], note.strip()[:_LONGEST_REASON]
    session.flush()
    audit.record(
        session, "ksef.settle", f"ksef.quarantine:{quarantine_id}", after={"name": kept.name, "note": kept.settled_note}
    )
