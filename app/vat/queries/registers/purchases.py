"""One purchase and how its deduction came about, for the panel that explains an amount."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import NotFound
from app.vat.models import purchase
from app.vat.queries.registers.ratios import habits, ratios
from app.vat.rules.fields import PURCHASE_FIELDS
from app.vat.rules.purchase import Ratios, Reckoned, missing_ratios, reckon
from app.vat.rules.rows import amounts


@dataclass(frozen=True, slots=True)
class Explained:
    """A row of the purchases register. `reckoned.outcome` holds the steps; `waits_for` says why there are none yet."""

    id: UUID
    month: Month
    columns: Mapping[str, Any]
    """The row as the table has it."""
    amounts: Mapping[str, Decimal]
    reckoned: Reckoned
    waits_for: str | None


def explained(session: Session, row_id: UUID) -> Explained:
    """The purchase with the reckoning of its deduction, by the per cents that were used. Raises `NotFound`."""
    row = session.execute(select(purchase).where(purchase.c.id == row_id)).mappings().one_or_none()
    if row is None:
        raise NotFound("Nie ma takiego zakupu w rejestrze.", "id")
    month = Month(row["year"], row["month"])
    used = Ratios(row["pre_ratio_pct"], row["ratio_pct"])
    shown = habits(session).purchase_net
    reckoned = reckon(row["net"], row["vat"], row["use"], used, asset=row["asset"], net_shown=shown)
    return Explained(
        row_id, month, dict(row), amounts(row, PURCHASE_FIELDS), reckoned, _waits_for(session, dict(row), month)
    )


def _waits_for(session: Session, row: Mapping[str, Any], month: Month) -> str | None:
    if not row["vat"]:
        return "Na fakturze nie ma podatku do odliczenia."
    if row["use"] is None:
        return "Nie wskazano, czemu służy ten zakup."
    missing = missing_ratios(row["use"], ratios(session, month.year))
    names = {"pre_ratio": "prewspółczynnika", "ratio": "współczynnika"}
    if missing and row["pre_ratio_pct"] is None and row["ratio_pct"] is None:
        return f"Jednostka nie ma na rok {month.year}: {' ani '.join(names[kind] for kind in missing)}."
    return None
