"""Where a month of the register stands: its facts for the board, and what keeps it from being completed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Table, and_, false, func, select
from sqlalchemy.orm import Session

from app.kernel.dates import Month, counted, plural
from app.kernel.errors import Refusal
from app.vat.filings.jpk_v7m import purchase_body, sales_body
from app.vat.models import VatPeriod, purchase, sale
from app.vat.models.registers import PeriodState
from app.vat.queries.publications import latest
from app.vat.queries.registers.live import purchases_of, sales_of
from app.vat.queries.registers.ratios import ratios
from app.vat.rules.facts import Finding
from app.vat.rules.publication import belongs
from app.vat.rules.purchase import missing_ratios
from app.vat.rules.ratio import Kind
from app.vat.rules.rows import purchase_row, sales_row

NAMED = 5
"""Documents named in a sentence; the rest is counted."""
_RATIO_NAMES: dict[Kind, str] = {"pre_ratio": "prewspółczynnika", "ratio": "współczynnika"}


@dataclass(frozen=True, slots=True)
class Stage:
    """Facts of a month for the board. `version` 0: never published; the last four are of the newest publication.

    `unassigned`: purchases with tax and no use; `offline`: rows that still wait for a KSeF number.
    """

    month: Month
    state: PeriodState
    sales: int
    purchases: int
    unassigned: int
    offline: int
    completed_by: str | None
    completed_at: datetime | None
    reopened_reason: str | None
    version: int
    hash: str | None
    signed_by: str | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Status:
    """A month and what is wrong with it. Errors block completion; warnings are to be looked at."""

    stage: Stage
    findings: tuple[Finding, ...]

    @property
    def blocks(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.severity == "warning")


def stage(session: Session, month: Month) -> Stage:
    """Where the month stands; a month nobody touched is open and empty."""
    period = session.get(VatPeriod, (month.year, month.month), populate_existing=True)
    published = latest(session, month)
    sales, sales_offline, _ = _counts(session, sale, month)
    purchases, purchases_offline, unassigned = _counts(session, purchase, month)
    state: PeriodState = period.state if period else "open"
    return Stage(
        month,
        state,
        sales,
        purchases,
        unassigned,
        sales_offline + purchases_offline,
        period.completed_by if period else None,
        period.completed_at if period else None,
        period.reopened_reason if period else None,
        published.version if published else 0,
        published.hash if published else None,
        published.signed_by if published else None,
        published.published_at if published else None,
    )


def months(session: Session) -> list[Stage]:
    """Every month that has a period, the newest first."""
    query = select(VatPeriod.year, VatPeriod.month).order_by(VatPeriod.year.desc(), VatPeriod.month.desc())
    return [stage(session, Month(year, month)) for year, month in session.execute(query)]


def status(session: Session, month: Month) -> Status:
    """The month with everything that blocks its completion or deserves a look."""
    found = [*_unassigned(session, month), *_undecided(session, month), *_refused(session, month)]
    return Status(stage(session, month), (*found, *_offline(session, month)))


def _waits_for_use(table: Table) -> ColumnElement[bool]:
    """Purchases whose tax waits for somebody to say what they serve."""
    return and_(table.c.vat != 0, table.c.use.is_(None))


def _counts(session: Session, table: Table, month: Month) -> tuple[int, int, int]:
    unassigned = func.count().filter(_waits_for_use(table)) if table is purchase else func.count().filter(false())
    query = select(func.count(), func.count().filter(table.c.marker == "OFF"), unassigned).where(*_live(table, month))
    rows, offline, waiting = session.execute(query).one()
    return rows, offline, waiting


def _live(table: Table, month: Month) -> tuple[ColumnElement[bool], ...]:
    return table.c.year == month.year, table.c.month == month.month, table.c.void_reason.is_(None)


def _unassigned(session: Session, month: Month) -> Iterator[Finding]:
    rows = list(purchases_of(session, month, _waits_for_use(purchase)))
    if rows:
        one = plural(len(rows), "zakup nie ma", "zakupy nie mają", "zakupów nie ma")
        yield Finding("error", "no_use", "use", f"{len(rows)} {one} przeznaczenia: {_named(rows)}. Wskaż je.")


def _undecided(session: Session, month: Month) -> Iterator[Finding]:
    decided = ratios(session, month.year)
    rows = list(purchases_of(session, month, purchase.c.vat != 0))
    kinds: tuple[Kind, ...] = ("pre_ratio", "ratio")
    for kind in kinds:
        needing = [row for row in rows if kind in missing_ratios(row["use"], decided)]
        if needing:
            count = counted(len(needing), "zakup", "zakupy", "zakupów")
            needs = plural(len(needing), "wymaga", "wymagają", "wymaga")
            yield Finding(
                "error",
                f"no_{kind}",
                kind,
                f"Jednostka nie ma {_RATIO_NAMES[kind]} na rok {month.year}, a {needs} go {count}: {_named(needing)}. "
                "Ustal go.",
            )


def _refused(session: Session, month: Month) -> Iterator[Finding]:
    """What the form of JPK_V7M would not take, document by document."""
    for row in sales_of(session, month):
        try:
            sales_body(None, sales_row(row))
        except Refusal as refusal:
            yield _not_taken("sprzedaży", row, refusal)
    for row in purchases_of(session, month):
        made = purchase_row(row)
        try:
            if belongs(made.amounts, made.margin_gross):
                purchase_body(None, made)
        except Refusal as refusal:
            yield _not_taken("zakupu", row, refusal)


def _not_taken(register: str, row: RowMapping, refusal: Refusal) -> Finding:
    where = f"Rejestr {register}, dokument „{row['document_no'][:80]}” ({row['counterparty_name'][:60]})"
    return Finding("error", "form", refusal.field, f"{where}: {refusal.message}")


def _offline(session: Session, month: Month) -> Iterator[Finding]:
    """Law: art. 106nf ust. 1, art. 109 ust. 3 ustawy o VAT"""
    registers = (
        ("sprzedaży", sales_of(session, month, sale.c.marker == "OFF")),
        ("zakupu", purchases_of(session, month, purchase.c.marker == "OFF")),
    )
    for register, found in registers:
        if rows := list(found):
            count = counted(len(rows), "dokument", "dokumenty", "dokumentów")
            message = f"Bez numeru KSeF (OFF) w rejestrze {register}: {count}: {_named(rows)}."
            yield Finding("warning", "offline", "marker", f"{message} Uzupełnij numer, jeśli go już nadano.")


def _named(rows: Sequence[Any]) -> str:
    """The first documents by number and counterparty, and how many more."""
    shown = [f"{row['document_no'][:60]} ({row['counterparty_name'][:40]})" for row in rows[:NAMED]]
    more = f" i jeszcze {len(rows) - NAMED}" if len(rows) > NAMED else ""
    return f"{', '.join(shown)}{more}"
