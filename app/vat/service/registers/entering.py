"""Documents entered by a person: reports of cash registers, internal documents, invoices from outside KSeF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel import audit, outbox
from app.kernel.dates import Month
from app.kernel.errors import Conflict, Refusal
from app.vat.filings.entries import refuse_unwritable
from app.vat.rules.entries import circumstances, internal
from app.vat.rules.entries.circumstances import UNKNOWN, Circumstances
from app.vat.rules.entries.documents import Entry, check, key_of, side_of, source_of, tidy
from app.vat.rules.entries.internal import Internal
from app.vat.rules.facts import Finding, SalesRow
from app.vat.rules.rows import purchase_columns, sale_columns
from app.vat.service import deductions, locks
from app.vat.service.registers.receiving import TABLES

LONGEST_DESCRIPTION = 400
PURCHASES = "vat.purchases"
"""Topic of the outbox: a person entered or voided these rows of the purchases register (`rows`, a list of keys)."""
TOLD_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Entered:
    """The new row and what deserves a look in it."""

    id: UUID
    warnings: tuple[Finding, ...]


def enter(
    session: Session, month: Month, entry: Entry, description: str | None = None, known: Circumstances = UNKNOWN
) -> Entered:
    """One document into the register of its side. `entries.documents.check` lists everything wrong with it at once.

    Raises `Refusal` at the first wrong field, `Conflict` when the month is closed or the document is here already.
    """
    entry = tidy(entry)
    found = (*check(entry, month), *circumstances.check(known, entry.document_type, entry.issued_on))
    for finding in found:
        if finding.severity == "error":
            raise Refusal(finding.message, finding.field)
    refuse_unwritable(entry)
    basis = deductions.basis(session)
    locks.open_periods(session, [month])
    values = columns(session, month, entry, description, basis, known)
    if not insert_new(session, TABLES[side_of(entry)], [values]):
        raise Conflict(f"Dokument „{entry.document_no[:80]}” jest już w rejestrze za {month}.", "document_no")
    if side_of(entry) == "purchase":
        tell(session, [values["id"]])
    audit.record(session, "vat.enter", f"vat.{side_of(entry)}:{values['id']}", after=_shown(entry))
    return Entered(values["id"], found)


def enter_internal(
    session: Session, month: Month, given: Internal, description: str | None = None, known: Circumstances = UNKNOWN
) -> tuple[Entered, ...]:
    """An internal document of a kind: its rows of both registers in one transaction, or none of them.

    Raises as `enter` and `entries.internal.documents` do.
    """
    kind = replace(known, internal_kind=given.kind)
    return tuple(enter(session, month, entry, description, kind) for entry in internal.documents(given))


def columns(
    session: Session,
    month: Month,
    entry: Entry,
    description: str | None,
    basis: deductions.Basis,
    known: Circumstances = UNKNOWN,
) -> dict[str, Any]:
    """A row of the register for `insert_new`."""
    words = " ".join((description or "").split())
    if len(words) > LONGEST_DESCRIPTION:
        raise Refusal(f"Opis może mieć najwyżej {LONGEST_DESCRIPTION} znaków.", "description")
    own = {
        "id": uuid7(),
        "year": month.year,
        "month": month.month,
        "source": source_of(entry),
        "source_key": key_of(entry, month, known.till_no),
        "description": words or None,
        "created_by": session.info["actor"],
        **known.columns(side_of(entry)),
    }
    if isinstance(entry, SalesRow):
        return {**own, **sale_columns(entry)}
    reckonable = {
        "net": entry.net,
        "vat": entry.vat,
        "use": entry.use or basis.default_use,
        "asset": entry.asset,
    }
    reckoned = basis.reckon(reckonable, month)
    return {
        **own,
        **purchase_columns(entry.row(reckoned.amounts)),
        **reckonable,
        **reckoned.columns,
    }


def insert_new(session: Session, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """How many of them were not there yet."""
    if not rows:
        return 0
    statement = insert(table).on_conflict_do_nothing(index_elements=["source", "source_key"]).returning(table.c.id)
    return len(session.execute(statement, rows).all())


def tell(session: Session, row_ids: Sequence[UUID]) -> None:
    """Whoever follows purchases hears of these rows once this is committed."""
    for start in range(0, len(row_ids), TOLD_AT_ONCE):
        outbox.leave(session, PURCHASES, {"rows": [str(one) for one in row_ids[start : start + TOLD_AT_ONCE]]})


def _shown(entry: Entry) -> dict[str, Any]:
    amounts = {name: f"{amount:f}" for name, amount in entry.amounts.items()}
    if not isinstance(entry, SalesRow):
        amounts |= {"net": f"{entry.net:f}", "vat": f"{entry.vat:f}"}
    return {"document_no": entry.document_no, "issued_on": entry.issued_on.isoformat(), **amounts}
