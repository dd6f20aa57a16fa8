"""Settling a version of the return with the units: notes numbered without gaps, interest charged to who caused it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.kernel import audit, outbox
from app.kernel.dates import Month
from app.kernel.db import alone
from app.kernel.errors import Conflict, Refusal
from app.kernel.money import ZERO, plain
from app.kernel.reckoning import Step
from app.kernel.rulebook import Amount
from app.law.interest import Arrear, RateKind, interest, reduced_conditions
from app.vat.models import VatNote, VatNoteReceived, VatReminder, VatSettlement
from app.vat.queries import policy as policies
from app.vat.queries import returns
from app.vat.queries.returns import Version
from app.vat.queries.settlements import Note, Settlement, of_month, settlement
from app.vat.rules.deadlines import due_day
from app.vat.rules.sharing import Due, Own, apportion, arrears, own_of, rises, share_out

DELIVER = "vat.notes"
"""Topic of the outbox: the notes of a version go to the units."""


@dataclass(frozen=True, slots=True)
class Paid:
    """When the arrears of a correction were (or will be) paid, and at which rate interest runs."""

    on: date
    rate_kind: RateKind = "standard"


def issue(session: Session, made: Version, on: date, paid: Paid | None = None) -> Settlement:
    """Notes of a version to every unit that it concerns; the same again when it was settled.

    `on` is the day of the notes. A correction that raises the tax to pay needs `paid`. Raises `Refusal` at `paid_on`
    or `rate_kind`, `Conflict` when a newer version was settled.

    Law: art. 3 ustawy o szczególnych zasadach rozliczeń VAT przez JST; art. 53–56b Ordynacji podatkowej
    """
    alone(session, "notes")
    if (before := settlement(session, made.id)) is not None:
        return before
    settled = _settled_versions(session, made.month)
    if settled and settled[-1].version > made.version:
        raise Conflict(f"Rozliczono już wersję {settled[-1].version}; starszej się nie rozlicza.", "version")
    rules = policies.policy(session, made.month)
    parts = {part.unit: part.sums for part in returns.parts(session, made)}
    told = _last(session, made.month)
    shared = share_out(_owns(session, made.month, parts), made.declaration, rules.surplus)
    assert shared.check == ZERO, "notes, rounding and the return must agree"
    found, charges = _interest(session, settled[-1] if settled else None, made, parts, paid)
    session.add(
        VatSettlement(
            return_id=made.id, surplus=rules.surplus, interest=found, issued_by=session.info["actor"],
            lines={name: f"{amount:f}" for name, amount in shared.lines.items()},
        )
    )  # fmt: skip
    session.flush()
    notes = [_note(made, on, "settlement", due) for due in shared.dues if _concerns(due, parts, told)]
    if rules.charges_interest:
        notes += [_note(made, on, "interest", due) for due in charges]
    _number(session, notes, on)
    audit.record(
        session, "vat.settle", f"vat.return:{made.month}", after={"version": made.version, "notes": len(notes)}
    )
    outbox.leave(session, DELIVER, {"return": str(made.id)})
    kept = settlement(session, made.id)
    assert kept is not None
    return kept


def raised(session: Session, made: Version) -> Decimal:
    """By how much this version raises the tax to pay over the one settled last: then a day of payment is asked for."""
    settled = [one for one in _settled_versions(session, made.month) if one.version < made.version]
    return arrears(settled[-1].declaration, made.declaration) if settled else ZERO


def _settled_versions(session: Session, month: Month) -> Sequence[Version]:
    ids = set(session.scalars(select(VatSettlement.return_id)))
    return [one for one in returns.all_versions(session, month) if one.id in ids]


def _owns(session: Session, month: Month, parts: Mapping[str, Mapping[str, Decimal]]) -> list[Own]:
    """Every unit of the version, and those that had a note of the month and left."""
    before = _last(session, month)
    carried = {unit: one.carried_on for unit, one in _last(session, month.previous).items()}
    later = bool(of_month(session, month.next))
    return [
        own_of(
            unit,
            parts.get(unit, {}),
            carried.get(unit, ZERO),
            before[unit].settled if unit in before else ZERO,
            (before[unit].carried_on if unit in before else ZERO) if later else None,
        )
        for unit in sorted({*parts, *before, *(unit for unit, surplus in carried.items() if surplus)})
    ]


def _last(session: Session, month: Month) -> dict[str, Note]:
    """Unit → its newest settlement note of the month."""
    found: dict[str, Note] = {}
    for one in of_month(session, month):
        if one.kind == "settlement":
            found.setdefault(one.unit, one)
    return found


def _concerns(due: Due, parts: Mapping[str, Mapping[str, Decimal]], told: Mapping[str, Note]) -> bool:
    """A correction says nothing to a unit that it does not touch."""
    if due.unit in told:
        return bool(due.amount) or due.carried_on != told[due.unit].carried_on
    return bool(due.amount or due.carried_on or any(parts.get(due.unit, {}).values()))


def _interest(
    session: Session,
    before: Version | None,
    made: Version,
    parts: Mapping[str, Mapping[str, Decimal]],
    paid: Paid | None,
) -> tuple[dict[str, Any], list[Due]]:
    """What the arrears of a correction cost, and who bears it."""
    principal = arrears(before.declaration, made.declaration) if before else ZERO
    if before is None or principal == ZERO:
        return {}, []
    if paid is None:
        raise Refusal(
            f"Ta wersja podnosi podatek do wpłaty o {plain(principal)} zł. Podaj dzień zapłaty różnicy, żeby policzyć "
            "odsetki.",
            "paid_on",
            "art. 53 § 1 Ordynacji podatkowej",
        )
    steps: list[Step] = []
    if paid.rate_kind == "reduced":
        allowed = reduced_conditions(due_day(made.month), made.made_at.date(), paid.on)
        steps += allowed.reckoning
        if not allowed.result:
            raise Refusal(
                "Stawka obniżona się nie należy: korekta albo zapłata jest spóźniona. Wybierz stawkę podstawową.",
                "rate_kind",
                "art. 56a § 1 Ordynacji podatkowej",
            )
    found = interest(
        Arrear(principal=Amount(principal), due_on=due_day(made.month), paid_on=paid.on, rate_kind=paid.rate_kind)
    )
    steps += found.reckoning
    earlier = {part.unit: part.sums for part in returns.parts(session, before)}
    shares = apportion(Decimal(found.result.interest), rises(earlier, parts))
    kept = {
        "principal": plain(principal), "paid_on": paid.on.isoformat(), "rate_kind": paid.rate_kind,
        "result": msgspec.to_builtins(found.result), "reckoning": _lines(steps), "shares": _lines(shares.reckoning),
    }  # fmt: skip
    charges = [
        Due(unit, amount, amount, ZERO, (*steps, step))
        for (unit, amount), step in zip(shares.result.items(), shares.reckoning, strict=True)
        if amount
    ]
    return kept, charges


def _note(made: Version, on: date, kind: str, due: Due) -> dict[str, Any]:
    return {
        "return_id": made.id, "year": made.month.year, "month": made.month.month, "unit_code": due.unit, "kind": kind,
        "issued_on": on, "amount": due.amount, "settled": due.settled, "carried_on": due.carried_on,
        "lines": _lines(due.reckoning),
    }  # fmt: skip


def _lines(steps: Sequence[Step]) -> Any:
    return msgspec.to_builtins(tuple(steps))


def _number(session: Session, notes: Sequence[Mapping[str, Any]], on: date) -> None:
    """Numbers follow one another; the lock of `issue` keeps anybody else from taking one between."""
    last = session.scalar(select(func.max(VatNote.number)).where(VatNote.series_year == on.year)) or 0
    session.add_all(
        VatNote(**note, series_year=on.year, number=last + place, issued_by=session.info["actor"])
        for place, note in enumerate(notes, 1)
    )
    session.flush()


def receive(session: Session, notes: Sequence[Mapping[str, Any]]) -> int:
    """The city's notes in the unit's own books; one that is there already stays. How many were new."""
    if not notes:
        return 0
    statement = insert(VatNoteReceived).values(list(notes)).on_conflict_do_nothing().returning(VatNoteReceived.id)
    fresh = list(session.scalars(statement))
    for note_id in fresh:
        audit.record(session, "vat.note.receive", f"vat.note:{note_id}", after={"id": str(note_id)})
    return len(fresh)


def remind(session: Session, month: Month, step: str, kind: str, due_on: date) -> bool:
    """Notes in the unit that a step is due soon or late; False when that was said before."""
    key = {"year": month.year, "month": month.month, "step": step, "kind": kind, "due_on": due_on}
    statement = insert(VatReminder).values(**key).on_conflict_do_nothing().returning(VatReminder.step)
    if session.scalars(statement).one_or_none() is None:
        return False
    audit.record(
        session, "vat.remind", f"vat.period:{month}", after={"step": step, "kind": kind, "due_on": str(due_on)}
    )
    return True
