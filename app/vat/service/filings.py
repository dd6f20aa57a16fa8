"""Filing a return: an attempt is prepared, signed and sent; every step is a row, and only a person begins anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.gateways.jpk.package import Piece
from app.kernel import audit
from app.kernel.db import alone
from app.kernel.errors import Conflict, Refusal
from app.kernel.files import Stored
from app.vat.models import JpkFiling, JpkFilingEvent
from app.vat.queries.filings import OVER, Filing, filing, filings
from app.vat.queries.returns import Version, versions

LONGEST_NOTE = 2000


def may_prepare(session: Session, made: Version) -> None:
    """Whether another attempt may begin. Raises `Conflict` with what stands in its way.

    Law: art. 99 ust. 1 ustawy o VAT; art. 81 § 1 Ordynacji podatkowej
    """
    newest = versions(session, made.month)[0]
    if newest.version != made.version:
        raise Conflict(f"Jest nowsza wersja ({newest.version}). Wyślij ją, a nie wersję {made.version}.", "version")
    for one in filings(session, made.month):
        if one.version == made.version and one.state == "accepted":
            raise Conflict("Ta wersja jest już złożona i ma UPO. Nie wysyła się jej drugi raz.", "version")
        if one.state not in OVER and one.state != "accepted":
            raise Conflict(
                f"Wysyłka nr {one.number} wersji {one.version} jest w toku. Dokończ ją albo wycofaj, zanim zaczniesz "
                "następną.",
                "version",
            )
        if one.state == "accepted" and made.purpose == 1:
            raise Conflict(
                f"Wersja {one.version} za ten miesiąc jest już złożona. Utwórz korektę (cel złożenia 2).",
                "purpose",
                "art. 81 § 1 Ordynacji podatkowej",
            )


def prepare(session: Session, made: Version, metadata: Stored, pieces: tuple[Piece, ...]) -> Filing:
    """An attempt with its package. Raises `Conflict` as `may_prepare` does."""
    alone(session, "filing")
    may_prepare(session, made)
    last = session.scalar(select(func.max(JpkFiling.number)).where(JpkFiling.return_id == made.id))
    kept = JpkFiling(
        return_id=made.id, number=(last or 0) + 1, metadata_sha256=metadata.sha256, metadata_bytes=metadata.size,
        pieces=msgspec.to_builtins(pieces), prepared_by=session.info["actor"],
    )  # fmt: skip
    session.add(kept)
    session.flush()
    audit.record(
        session,
        "vat.filing.prepare",
        f"vat.return:{made.month}",
        after={"version": made.version, "number": kept.number},
    )
    return filing(session, kept.id)


def sign(session: Session, filing_id: UUID, document: Stored) -> Filing:
    """The metadata as a person signed it. Raises `Conflict` when the attempt is past that."""
    alone(session, "filing")
    found = filing(session, filing_id)
    if found.state not in ("prepared", "signed", "declined"):
        raise Conflict("Tej wysyłki nie można już podpisać: została rozpoczęta albo zakończona.", "file")
    tell(session, filing_id, "signed", "Dołączono podpisany plik InitUpload.", file_sha256=document.sha256)
    audit.record(
        session,
        "vat.filing.sign",
        f"vat.return:{found.month}",
        after={"version": found.version, "file": document.sha256},
    )
    return filing(session, filing_id)


def withdraw(session: Session, filing_id: UUID, reason: str) -> Filing:
    """A person gives an attempt up before it was handed over. Raises `Refusal`, `Conflict`."""
    words = " ".join(reason.split())
    if not words:
        raise Refusal("Podaj powód wycofania.", "reason")
    alone(session, "filing")
    found = filing(session, filing_id)
    if found.state in OVER or found.state in ("finished", "accepted"):
        raise Conflict("Tej wysyłki nie można wycofać: została zakończona albo oddana do bramki.", "filing")
    tell(session, filing_id, "withdrawn", words[:LONGEST_NOTE])
    audit.record(
        session, "vat.filing.withdraw", f"vat.return:{found.month}", after={"number": found.number, "reason": words}
    )
    return filing(session, filing_id)


def tell(
    session: Session,
    filing_id: UUID,
    kind: str,
    note: str | None,
    *,
    code: int | None = None,
    reference: str | None = None,
    payload: Mapping[str, Any] | None = None,
    file_sha256: str | None = None,
) -> None:
    """One more thing that happened to an attempt."""
    last = session.scalar(select(func.max(JpkFilingEvent.pos)).where(JpkFilingEvent.filing_id == filing_id))
    session.add(
        JpkFilingEvent(
            filing_id=filing_id, pos=(last or 0) + 1, kind=kind, code=code, reference=reference,
            note=note[:LONGEST_NOTE] if note else None, payload=dict(payload or {}), file_sha256=file_sha256,
            actor=session.info["actor"],
        )
    )  # fmt: skip
    session.flush()


def hold(session: Session) -> None:
    """Until this transaction ends, nobody else moves an attempt of this city."""
    alone(session, "filing")
