"""Keeping the deductions of open months true to what purchases serve, to the ratios and to the unit's habits."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import RowMapping, bindparam, select, update
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.vat.models import VatPeriod, VatSetting, purchase
from app.vat.queries.registers.ratios import ratios
from app.vat.rules.deduction import Use
from app.vat.rules.purchase import NetShown, Ratios, Reckoned, reckon
from app.vat.service import locks

COMPUTED = ("k_40", "k_41", "k_42", "k_43", "pre_ratio_pct", "ratio_pct")
_READ = ("id", "net", "vat", "use", "asset", *COMPUTED)


@dataclass(frozen=True, slots=True)
class Basis:
    """What deductions are computed with in this transaction: the habits (held) and the ratios of each year asked."""

    default_use: Use | None
    net_shown: NetShown
    _session: Session
    _ratios: dict[int, Ratios]

    def ratios(self, year: int) -> Ratios:
        if year not in self._ratios:
            self._ratios[year] = ratios(self._session, year)
        return self._ratios[year]

    def reckon(self, row: Mapping[str, Any] | RowMapping, month: Month) -> Reckoned:
        """Of a row with `net`, `vat`, `use` and `asset`."""
        return reckon(
            Decimal(row["net"]),
            Decimal(row["vat"]),
            row["use"],
            self.ratios(month.year),
            asset=row["asset"],
            net_shown=self.net_shown,
        )


def basis(session: Session, habits: VatSetting | None = None) -> Basis:
    """Holds the habits, so that neither they nor the ratios change before this transaction ends."""
    held = habits or locks.habits(session)
    return Basis(held.default_use, held.purchase_net, session, {})


def recompute(
    session: Session, months: Iterable[Month], ids: Collection[UUID] | None = None, held: Basis | None = None
) -> int:
    """Computes the deductions of live purchases of these months (only `ids`, when given) anew; how many changed.

    The caller holds the months and has made sure that they are open.
    """
    held = held or basis(session)
    changed: list[dict[str, Any]] = []
    for month in sorted(set(months)):
        query = select(*(purchase.c[name] for name in _READ)).where(
            purchase.c.year == month.year, purchase.c.month == month.month, purchase.c.void_reason.is_(None)
        )
        if ids is not None:
            query = query.where(purchase.c.id.in_(ids))
        for row in session.execute(query).mappings():
            new = held.reckon(row, month).columns
            if any(new[name] != row[name] for name in COMPUTED):
                changed.append({"row_id": row["id"], **new})
    if changed:
        session.execute(update(purchase).where(purchase.c.id == bindparam("row_id")), changed)
    return len(changed)


def recompute_open(session: Session, year: int | None = None) -> int:
    """The same for every open month (of a year). The caller holds the habits alone, so no month closes meanwhile."""
    return recompute(session, open_months(session, year))


def open_months(session: Session, year: int | None = None) -> Sequence[Month]:
    """Months that have a period and are open, in order."""
    query = select(VatPeriod.year, VatPeriod.month).where(VatPeriod.state == "open")
    if year is not None:
        query = query.where(VatPeriod.year == year)
    return sorted(Month(found, month) for found, month in session.execute(query))
