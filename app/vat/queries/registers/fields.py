"""What stands in each K_ field of a month's register, and the void rows beside it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.money import ZERO
from app.vat.queries.registers.rows import FIELDS, WORKING
from app.vat.rules.facts import Side


@dataclass(frozen=True, slots=True)
class FieldSum:
    """`rows`: those whose amount is not zero, FP rows too; `amount`: złote, FP rows left out."""

    field: str
    rows: int
    amount: Decimal


def field_sums(session: Session, month: Month, side: Side) -> tuple[FieldSum, ...]:
    """Every field that any live row of the register has, in the form's order."""
    table = WORKING[side]
    summed = func.coalesce(table.c.document_type, "") != "FP"
    columns = []
    for name in FIELDS[side]:
        column = table.c[name.lower()]
        amount = func.coalesce(func.sum(column).filter(summed), ZERO)
        columns += [func.count(column), func.count().filter(column != 0), amount]
    query = select(*columns).where(
        table.c.year == month.year, table.c.month == month.month, table.c.void_reason.is_(None)
    )
    found = session.execute(query).one()
    return tuple(
        FieldSum(name, found[3 * place + 1], Decimal(found[3 * place + 2]))
        for place, name in enumerate(FIELDS[side])
        if found[3 * place]
    )


def void_count(session: Session, month: Month, side: Side) -> int:
    """How many rows of the register count no more."""
    table = WORKING[side]
    query = select(func.count()).where(
        table.c.year == month.year, table.c.month == month.month, table.c.void_reason.is_not(None)
    )
    return int(session.execute(query).scalar_one())
