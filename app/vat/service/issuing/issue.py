"""A draft becomes an invoice: checked, numbered, written, sealed, entered into the register, all or nothing.

The number is taken last, so whoever waits for it waits for no more than the writing of one document; a transaction that
does not commit takes none.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel import audit, outbox
from app.kernel.errors import Conflict, NotFound, Refusal
from app.vat.filings import fa3
from app.vat.models import InvoiceCounter, InvoiceDraft, SalesInvoice
from app.vat.queries.issuing import invoices
from app.vat.queries.issuing.setting import Setting, needed
from app.vat.rules.facts import Finding, Invoice
from app.vat.rules.issuing import documents as drafts
from app.vat.rules.issuing.building import Original, Settled, build
from app.vat.rules.issuing.checking import check
from app.vat.rules.issuing.draft import Draft, Kind, Mode
from app.vat.rules.issuing.numbering import SERIES
from app.vat.rules.issuing.sending import DUPLICATE, send_by
from app.vat.rules.months import vat_month
from app.vat.rules.register import totals_pln
from app.vat.service import locks
from app.vat.service.registers import issued as register

PACKED = 6
"""zlib level."""
_COUNTER_OF_CHECK = 99_999_999
"""The place with which a document is tried before it has its own."""


SEND = "vat.send"
"""Topic of the outbox that asks a door to carry this unit's invoices to KSeF."""


class Signer(Protocol):
    """What proves the issuer of an offline invoice."""

    def link(self, nip: str, sha256: bytes, on: date) -> str:
        """KOD II."""


@dataclass(frozen=True, slots=True)
class Issued:
    """The new invoice and what deserves a look in it."""

    id: UUID
    number: str
    sha256: bytes
    warnings: tuple[Finding, ...] = ()


class Faulty(Refusal):
    """The draft has errors; `findings` are all of them."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__(findings[0].message, findings[0].field)
        self.findings = findings


@dataclass(frozen=True, slots=True)
class _Case:
    """A draft with everything it refers to."""

    draft: Draft
    setting: Setting
    original: Original | None
    original_kind: Kind | None
    root_id: UUID | None
    advance_ids: tuple[UUID, ...]
    advances: tuple[Settled, ...]

    def invoice(self, number: str) -> Invoice:
        return build(self.draft, self.setting.issuer, number, self.original, self.advances)

    def number(self, place: int) -> str:
        issuer, on = self.setting.issuer, self.draft.issued_on
        return self.setting.pattern.number(issuer.prefix, self.draft.kind, place, on)


def examine(
    session: Session,
    draft: Draft,
    on: date,
    mode: Mode = "online",
    corrects_id: UUID | None = None,
    advance_ids: Sequence[UUID] = (),
) -> tuple[Finding, ...]:
    """Everything wrong with a draft as it stands, errors first; nothing is changed."""
    return _findings(_case(session, draft, corrects_id, advance_ids), on, mode)


def preview(
    session: Session, draft: Draft, corrects_id: UUID | None = None, advance_ids: Sequence[UUID] = ()
) -> Invoice:
    """The facts the document would have, under a number that says it has none yet."""
    return _case(session, draft, corrects_id, advance_ids).invoice("SZKIC")


def issue(
    session: Session,
    draft: Draft,
    on: date,
    mode: Mode = "online",
    *,
    key: UUID | None = None,
    corrects_id: UUID | None = None,
    advance_ids: Sequence[UUID] = (),
    signer: Signer | None = None,
) -> Issued:
    """Issues the draft; issued again under the same `key` (the draft's own) it is refused, not doubled.

    Raises `Faulty` with everything wrong, `Conflict` when it was issued already or its month is closed, `Refusal` when
    nobody set the issuer, or there is no signer for an offline invoice.

    Law: art. 106a, 106e, 106na, 106nda ustawy o VAT
    """
    invoice_id = key or uuid7()
    _hold(session, invoice_id)
    case = _case(session, draft, corrects_id, advance_ids, hold=True)
    found = _findings(case, on, mode)
    if errors := tuple(one for one in found if one.severity == "error"):
        raise Faulty(errors)
    made = _write(session, case, invoice_id, on, mode, signer, place=None, replaces=None)
    session.execute(delete(InvoiceDraft).where(InvoiceDraft.id == invoice_id))
    return Issued(invoice_id, made.number, made.sha256, found)


def reissue(
    session: Session, invoice_id: UUID, on: date, draft: Draft | None = None, *, signer: Signer | None = None
) -> Issued:
    """Another file in place of one that KSeF refused, under the same number (a new one when the number was the reason).

    What was issued online and refused was never an invoice, so its content may change (`draft`). An offline invoice was
    one from its first day: only the file may differ (technical correction), never what it says.

    Law: art. 106nda ustawy o VAT; dokumentacja KSeF 2.0 (MF), korekta techniczna
    """
    old = session.scalars(select(SalesInvoice).where(SalesInvoice.id == invoice_id).with_for_update()).one_or_none()
    if old is None:
        raise NotFound("Nie ma takiej faktury.", "id")
    if old.state != "rejected":
        raise Conflict("Ponownie wystawia się tylko fakturę, którą KSeF odrzucił.", "state")
    before = drafts.draft(old.draft)
    wanted = draft or before
    if old.mode == "offline24" and wanted != before:
        raise Refusal(
            "Treści faktury wystawionej offline nie można zmienić: nabywca już ją ma. Wystaw korektę.", "draft"
        )
    if wanted.kind != old.kind:
        raise Refusal("Rodzaj faktury musi zostać ten sam.", "kind")
    ids = [UUID(one) for one in old.advance_ids]
    case = _case(session, wanted, old.root_id, ids, hold=True)
    found = _findings(case, on, old.mode)
    if errors := tuple(one for one in found if one.severity == "error"):
        raise Faulty(errors)
    session.execute(update(SalesInvoice).where(SalesInvoice.id == old.id).values(state="replaced"))
    register.drop(session, old.id, f"KSeF odrzucił fakturę {old.number}; zastąpiona ponownie wystawioną.")
    place = None if old.rejected_code == DUPLICATE else old.place
    made = _write(session, case, uuid7(), on, old.mode, signer, place=place, replaces=old)
    return Issued(made.id, made.number, made.sha256, found)


def _hold(session: Session, invoice_id: UUID) -> None:
    """The draft, when there is one, is this transaction's; what was issued under its key is issued."""
    session.execute(select(InvoiceDraft.id).where(InvoiceDraft.id == invoice_id).with_for_update())
    number = session.scalars(select(SalesInvoice.number).where(SalesInvoice.id == invoice_id)).one_or_none()
    if number is not None:
        raise Conflict(f"Ta faktura jest już wystawiona: ma numer {number}.", "draft")


def _case(
    session: Session, draft: Draft, corrects_id: UUID | None, advance_ids: Sequence[UUID], *, hold: bool = False
) -> _Case:
    """`hold`: corrections of one invoice wait for each other, so that each sees the state the one before left."""
    setting = needed(session, draft.issued_on)
    found, kind, root_id, ids = None, None, None, list(advance_ids)
    if corrects_id is not None:
        root = invoices.root(session, corrects_id, hold=hold)
        found, kind = invoices.original(session, root.id)
        root_id, ids = root.id, [UUID(one) for one in root.advance_ids]
    advances = invoices.settled(session, ids)
    return _Case(draft, setting, found, kind, root_id, tuple(ids), advances)


def _findings(case: _Case, on: date, mode: Mode) -> tuple[Finding, ...]:
    return check(
        case.draft, case.setting.issuer, on, mode, case.original, case.original_kind, case.advances
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Made:
    id: UUID
    number: str
    sha256: bytes


def _write(
    session: Session,
    case: _Case,
    invoice_id: UUID,
    on: date,
    mode: Mode,
    signer: Signer | None,
    *,
    place: int | None,
    replaces: SalesInvoice | None,
) -> _Made:
    """Everything but the number is settled before the counter is touched: the month is open, the document is valid."""
    if mode == "offline24" and signer is None:
        raise Refusal(
            "Fakturę offline poświadcza się certyfikatem KSeF, a tu nie ma jeszcze jego klucza. Wystaw ją online.",
            "mode",
        )
    tried = case.invoice(case.number(_COUNTER_OF_CHECK))
    fa3.write(tried)
    month = vat_month(tried, None, "sale")
    locks.open_periods(session, [month], "issued_on")
    series, period = SERIES[case.draft.kind], case.setting.pattern.period(case.draft.issued_on)
    taken = place if place is not None else _next(session, series, period)
    invoice = case.invoice(replaces.number if replaces is not None and place is not None else case.number(taken))
    xml = fa3.write(invoice)
    sha256 = hashlib.sha256(xml).digest()
    if replaces is not None and replaces.sha256 == sha256:
        raise Refusal(
            "Ponownie wystawiona faktura byłaby tym samym plikiem, który KSeF już odrzucił. Najpierw usuń przyczynę: "
            f"{replaces.rejected_text or 'nie podano jej'}",
            "draft",
        )
    net, vat = totals_pln(invoice)
    values = {
        "id": invoice_id, "number": invoice.number, "series": series, "period": period, "place": taken,
        "kind": invoice.kind, "issued_on": invoice.issued_on, "year": month.year, "month": month.month,
        "buyer_name": (invoice.buyer.name or "")[:512] or None, "buyer_number": case.draft.buyer.number,
        "currency": invoice.currency, "net_pln": net, "vat_pln": vat, "gross": invoice.gross,
        "draft": drafts.plain(case.draft), "root_id": case.root_id,
        "advance_ids": [str(one) for one in case.advance_ids],
        "replaces_id": replaces.id if replaces is not None else None,
        "content": zlib.compress(xml, PACKED), "sha256": sha256, "mode": mode, "send_by_on": send_by(invoice.issued_on),
        "certificate_link": signer.link(case.setting.issuer.nip, sha256, on) if signer and mode != "online" else None,
        "issued_by": session.info["actor"], "state": "issued",
    }  # fmt: skip
    session.execute(insert(SalesInvoice).values(values))
    register.put(session, invoice_id, month, invoice)
    outbox.leave(session, SEND, {}, queue="bulk")
    after = {"number": invoice.number, "gross": f"{invoice.gross:f}", "sha256": sha256.hex(), "mode": mode}
    audit.record(session, "vat.issue", f"vat.sales_invoice:{invoice_id}", after=after)
    return _Made(invoice_id, invoice.number, sha256)


def _next(session: Session, series: str, period: str) -> int:
    """The next place; others wait here until this transaction ends, and see it only if it commits."""
    statement = insert(InvoiceCounter).values(series=series, period=period, last=1)
    taken = statement.on_conflict_do_update(
        index_elements=["series", "period"], set_={"last": InvoiceCounter.last + 1}
    ).returning(InvoiceCounter.last)
    return int(session.execute(taken).scalar_one())
