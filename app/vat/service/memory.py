"""The attribution learns: what a decision teaches enters the counts in its own transaction, and leaves them with it.

Who teaches: people, always; a unit, when it refuses; the engine itself only where a number of the unit stood undisputed
in the place that FA(3) has for it, and then clues alone, never the measure of its own signs. One session of a city at a
time writes the counts (a lock until the commit, taken last), so none is lost and nobody waits in a ring.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.kernel.db import alone
from app.vat.models import KsefClue, KsefInvoice, KsefSignal
from app.vat.queries.memory import memory
from app.vat.rules.attribution import Lesson, Looked, forget, learn, lesson

_AT_ONCE = 5000
"""Rows of one statement: PostgreSQL takes 65,535 values."""


def teach(session: Session, invoice: KsefInvoice, looked: Looked, unit: str | None, *, denied: bool = False) -> None:
    """What is now known of the invoice takes the place of what was: it is this unit's, is not, or (None) nothing."""
    alone(session, "ksef-memory")
    unlearn(session, [invoice])
    if unit is None:
        return
    made = lesson(looked, unit, memory(session, [looked]), denied=denied)
    invoice.lesson = made.as_json()
    session.flush()
    add(session, [made])


def unlearn(session: Session, invoices: Sequence[KsefInvoice]) -> None:
    """Takes back what these invoices taught."""
    kept = [invoice for invoice in invoices if invoice.lesson is not None]
    if not kept:
        return
    alone(session, "ksef-memory")
    add(session, [Lesson.of_json(invoice.lesson) for invoice in kept if invoice.lesson], back=True)
    for invoice in kept:
        invoice.lesson = None
    session.flush()


def add(session: Session, lessons: Iterable[Lesson], *, back: bool = False) -> None:
    """Adds lessons to the counts, or takes them back; counts that come to nothing go."""
    alone(session, "ksef-memory")
    clues: dict[tuple[str, str], dict[str, tuple[int, int]]] = {}
    signs: dict[str, tuple[int, int]] = {}
    (forget if back else learn)(lessons, clues, signs)
    rows: list[dict[str, str | int]] = [
        {"kind": kind, "key": key, "unit_code": unit, "confirmed": confirmed, "denied": denied}
        for (kind, key), counts in sorted(clues.items())
        for unit, (confirmed, denied) in sorted(counts.items())
    ]
    for start in range(0, len(rows), _AT_ONCE):
        _add_clues(session, rows[start : start + _AT_ONCE], back=back)
    if signs:
        _add_signs(session, signs)


def _add_clues(session: Session, rows: Sequence[dict[str, str | int]], *, back: bool) -> None:
    into = insert(KsefClue).values(rows)
    keys = (KsefClue.kind, KsefClue.key, KsefClue.unit_code)
    session.execute(
        into.on_conflict_do_update(
            index_elements=[column.key for column in keys],
            set_={
                "confirmed": KsefClue.confirmed + into.excluded.confirmed,
                "denied": KsefClue.denied + into.excluded.denied,
            },
        )
    )
    if back:
        touched = [(row["kind"], row["key"], row["unit_code"]) for row in rows]
        session.execute(
            delete(KsefClue).where(
                func.abs(KsefClue.confirmed) + func.abs(KsefClue.denied) == 0, tuple_(*keys).in_(touched)
            )
        )


def _add_signs(session: Session, signs: dict[str, tuple[int, int]]) -> None:
    rows = [
        {"name": name, "right_count": right, "wrong_count": wrong} for name, (right, wrong) in sorted(signs.items())
    ]
    into = insert(KsefSignal).values(rows)
    session.execute(
        into.on_conflict_do_update(
            index_elements=["name"],
            set_={
                "right_count": KsefSignal.right_count + into.excluded.right_count,
                "wrong_count": KsefSignal.wrong_count + into.excluded.wrong_count,
            },
        )
    )
    session.execute(delete(KsefSignal).where(KsefSignal.right_count == 0, KsefSignal.wrong_count == 0))
