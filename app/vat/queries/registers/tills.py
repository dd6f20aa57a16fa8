"""The tills of a month: their reports, what is missing in them, invoices to receipts beside them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.money import ZERO
from app.vat.models import sale
from app.vat.queries.registers.live import sales_of
from app.vat.rules.facts import Finding
from app.vat.rules.fields import SALE_FIELDS
from app.vat.rules.rows import amounts
from app.vat.rules.tills import Receipted, Report, ReportKind, Till, receipts, tills
from app.vat.rules.totals import BASES, DUE, total


@dataclass(frozen=True, slots=True)
class TillsMonth:
    """`unnumbered`: reports without a till or a number, which nobody can check; `findings`: of invoices to receipts."""

    tills: tuple[Till, ...]
    invoices: tuple[Receipted, ...]
    findings: tuple[Finding, ...]
    unnumbered: int


def of_month(session: Session, month: Month) -> TillsMonth:
    """As the register stands."""
    reports, invoices, unnumbered = [], [], 0
    for row in sales_of(session, month, sale.c.document_type.in_(("RO", "FP"))):
        own = amounts(row, SALE_FIELDS)
        gross = total(own, "K_", BASES) + total(own, "K_", DUE)
        if row["document_type"] == "FP":
            on = row["sold_on"] or row["issued_on"]
            invoices.append(Receipted(row["document_no"], row["till_no"], row["receipt_no"], on, gross))
        elif row["till_no"] is None or row["report_no"] is None:
            unnumbered += 1
        else:
            kind: ReportKind = row["report_kind"] or "daily"
            returns = row["returns_gross"] if row["returns_gross"] is not None else ZERO
            reports.append(Report(row["till_no"], row["report_no"], row["issued_on"], kind, gross, returns))
    found = tills(reports, month, _before(session, month))
    return TillsMonth(found, tuple(invoices), receipts(invoices, found), unnumbered)


def _before(session: Session, month: Month) -> list[tuple[str, int]]:
    """The last number of a daily report of each till in earlier months."""
    earlier = sale.c.year * 12 + sale.c.month < month.year * 12 + month.month
    query = (
        select(sale.c.till_no, func.max(sale.c.report_no))
        .where(
            earlier,
            sale.c.void_reason.is_(None),
            sale.c.till_no.is_not(None),
            sale.c.report_no.is_not(None),
            func.coalesce(sale.c.report_kind, "daily") == "daily",
        )
        .group_by(sale.c.till_no)
    )
    return [(till, number) for till, number in session.execute(query)]
