"""Consolidated returns: each is recorded once, as a version of its month, with everything it was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy.orm import Session

from app.kernel import audit
from app.kernel.dates import Month
from app.kernel.db import alone
from app.kernel.errors import Conflict
from app.kernel.files import Stored
from app.vat.models import JpkReturn, JpkReturnPart
from app.vat.queries.returns import Version, versions
from app.vat.rules.consolidation import Consolidated, Share


@dataclass(frozen=True, slots=True)
class Made:
    """A written and verified file and where it came from. `missing`: units released by `release_reason`."""

    month: Month
    version: int
    purpose: Literal[1, 2]
    inputs_hash: str
    consolidated: Consolidated
    file: Stored
    missing: Sequence[str] = ()
    release_reason: str | None = None
    made_from: Mapping[str, Any] = field(default_factory=dict)
    """See `JpkReturn.made_from`."""


def record(session: Session, made: Made) -> Version:
    """The return as the newest version of its month. Raises `Conflict` when somebody recorded one meanwhile."""
    alone(session, "jpk")
    newest = next(iter(versions(session, made.month)), None)
    if (newest.version if newest else 0) != made.version - 1:
        raise Conflict(
            f"Deklarację za {made.month.label} w tej samej chwili utworzył kto inny. Sprawdź wersje.", "version"
        )
    whole = made.consolidated
    kept = JpkReturn(
        year=made.month.year,
        month=made.month.month,
        version=made.version,
        purpose=made.purpose,
        declaration=_texts(whole.declaration.positions),
        sums=_texts(whole.sums),
        tax_due=whole.declaration.tax_due,
        tax_input=whole.declaration.tax_input,
        sale_count=whole.sale_count,
        purchase_count=whole.purchase_count,
        inputs_hash=made.inputs_hash,
        file_sha256=made.file.sha256,
        file_bytes=made.file.size,
        missing=list(made.missing),
        release_reason=made.release_reason,
        made_from=dict(made.made_from),
        made_by=session.info["actor"],
    )
    session.add(kept)
    session.flush()
    session.add_all(
        JpkReturnPart(
            return_id=kept.id,
            unit_code=placed.part.unit,
            publication_id=placed.part.publication_id,
            publication_version=placed.part.version,
            publication_hash=placed.part.hash,
            sums=_texts(placed.part.own.sums),
            excluded=_excluded(placed.part.excluded),
            first_sale_no=placed.first_sale_no,
            sale_count=placed.part.own.sale_count,
            first_purchase_no=placed.first_purchase_no,
            purchase_count=placed.part.own.purchase_count,
        )
        for placed in whole.parts
    )
    session.flush()
    audit.record(
        session,
        "vat.consolidate",
        f"vat.return:{made.month}",
        before={"version": newest.version, "file": newest.file.sha256} if newest else None,
        after={
            "version": made.version,
            "purpose": made.purpose,
            "file": made.file.sha256,
            "missing": list(made.missing),
        },
    )
    session.refresh(kept)
    return Version.of(kept)


def _texts(amounts: Mapping[str, Decimal]) -> dict[str, str]:
    return {name: f"{amount:f}" for name, amount in amounts.items()}


def _excluded(share: Share) -> dict[str, Any]:
    if not share.sale_count and not share.purchase_count:
        return {}
    return {"sale_count": share.sale_count, "purchase_count": share.purchase_count, "sums": _texts(share.sums)}
