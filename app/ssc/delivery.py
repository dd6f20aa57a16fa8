"""Carrying invoices from a city's inbox into its units' registers, taking back those that were somebody else's.

Three transactions a step: the inbox notes what sets out, the unit writes its register, the inbox notes the answer. A
crash between them leaves work that is due again, and the unit knows what it has received: each invoice stands once, in
one register. One carrier at a time for a unit (a lock that ends with its process); another one waits, then finds the
work done.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from app.kernel.db import alone
from app.kernel.errors import Refusal
from app.purchasing.service import opening
from app.vat.queries import inbox as due
from app.vat.rules.delivery import Delivery, Receipt, Withdrawal
from app.vat.service import inbox, registers
from tenants import fleet
from tenants.models import Tenant
from tenants.session import Host

SCOPE = "vat"
DELIVER = "vat.deliver"
"""Topic of the outbox that asks for this."""
AT_ONCE = 500
"""Invoices carried in one step."""
_ABSENT = "Jednostka {} nie ma czynnego rejestru w systemie albo nie obejmuje jej upoważnienie."

Piece = TypeVar("Piece", Delivery, Withdrawal)


@dataclass(frozen=True, slots=True)
class UnitDelivery:
    """What came of one unit. `refused`: what it would not do, each with its `problem`; `error`: why it broke off."""

    unit: str
    delivered: int = 0
    withdrawn: int = 0
    refused: tuple[Receipt, ...] = ()
    error: str | None = None

    def plus(self, other: UnitDelivery) -> UnitDelivery:
        """Both together, of the same unit."""
        return UnitDelivery(
            self.unit,
            self.delivered + other.delivered,
            self.withdrawn + other.withdrawn,
            self.refused + other.refused,
            self.error or other.error,
        )


def deliver(
    host: Host,
    city: Tenant,
    actor: str,
    on: date,
    only: Collection[str] | None = None,
    *,
    at_once: int = AT_ONCE,
) -> list[UnitDelivery]:
    """Everything due on that day, unit by unit (of the codes `only`); what came of each, by code.

    Withdrawals go first, so that an invoice is never in two registers. A unit that is missing or suspended, or whose
    part failed, is a result. `at_once`: invoices carried in one step.
    """
    with host.control() as session:
        served = fleet.served(session, city, SCOPE, on)
    reachable = {one.tenant.code: one for one in served if one.tenant.status == "active"}
    results: dict[str, UnitDelivery] = {}
    for units, step in ((due.units_to_withdraw, _withdraw_all), (due.units_to_deliver, _deliver_all)):
        with host.tenant(city, actor, read_only=True) as session:
            codes = [code for code in units(session) if only is None or code in only]
        for code in codes:
            before = results.get(code, UnitDelivery(code))
            if code not in reachable:  # nothing sets out: a city may have hundreds of units that are not here yet
                results[code] = UnitDelivery(code, error=_ABSENT.format(code))
            elif before.error is None:
                way = _Way(host, city, actor, code, reachable[code], at_once)
                with way.alone():
                    results[code] = before.plus(step(way))
    return [results[code] for code in sorted(results)]


@dataclass(frozen=True, slots=True)
class _Way:
    """Between the city's inbox and one unit."""

    host: Host
    city: Tenant
    actor: str
    code: str
    served: fleet.Served
    at_once: int

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else carries to or from this unit meanwhile."""
        with self.host.tenant(self.city, self.actor, read_only=True) as session:
            alone(session, f"delivery/{self.code}")
            yield

    def in_city(self, work: Callable[[Session], list[Piece]]) -> list[Piece]:
        with self.host.tenant(self.city, self.actor) as session:
            return work(session)

    def in_unit(self, work: Callable[[Session], list[Receipt]]) -> list[Receipt]:
        """Raises what went wrong there."""
        visit = next(iter(fleet.visit(self.host, [self.served], lambda session, _: work(session), self.actor)))
        if visit.error is not None:
            raise visit.error
        return visit.value or []

    def answer(self, receipts: Sequence[Receipt], *, withdrawn: bool) -> UnitDelivery:
        with self.host.tenant(self.city, self.actor) as session:
            inbox.acknowledge(session, receipts, self.code, withdrawn=withdrawn)
        done = sum(1 for one in receipts if one.problem is None)
        refused = tuple(one for one in receipts if one.problem is not None)
        return UnitDelivery(self.code, 0 if withdrawn else done, done if withdrawn else 0, refused)


def _withdraw_all(way: _Way) -> UnitDelivery:
    def step(after: UUID | None) -> tuple[UnitDelivery, list[Withdrawal]]:
        going = way.in_city(lambda session: due.withdrawals_due(session, way.code, way.at_once, after))
        if not going:
            return UnitDelivery(way.code), going

        def take_back(session: Session) -> list[Receipt]:
            receipts = registers.withdraw(session, going)
            opening.withdraw(session, going, receipts)
            return receipts

        receipts = way.in_unit(take_back)
        return way.answer(receipts, withdrawn=True), going

    return _step_by_step(way, step)


def _deliver_all(way: _Way) -> UnitDelivery:
    def step(after: UUID | None) -> tuple[UnitDelivery, list[Delivery]]:
        found = way.in_city(lambda session: due.deliveries_due(session, way.code, way.at_once, after))
        if not found:
            return UnitDelivery(way.code), found
        going = way.in_city(lambda session: inbox.send(session, found, way.code))

        def bring(session: Session) -> list[Receipt]:
            receipts = registers.receive(session, going)
            opening.open_delivered(session, going, receipts)
            return receipts

        receipts = way.in_unit(bring)
        return way.answer(receipts, withdrawn=False), found

    return _step_by_step(way, step)


def _step_by_step(
    way: _Way, step: Callable[[UUID | None], tuple[UnitDelivery, list[Delivery] | list[Withdrawal]]]
) -> UnitDelivery:
    """Steps until one is not full; a fault ends this unit's part and is its result."""
    whole, after = UnitDelivery(way.code), None
    while True:
        try:
            done, pieces = step(after)
        except Refusal as refusal:
            return whole.plus(UnitDelivery(way.code, error=refusal.message))
        except Exception as fault:  # this unit's result, named; the others go on
            return whole.plus(UnitDelivery(way.code, error=f"Nie udało się ({type(fault).__name__}): {fault}"[:400]))
        whole = whole.plus(done)
        if len(pieces) < way.at_once:
            return whole
        after = max(piece.invoice_id for piece in pieces)
