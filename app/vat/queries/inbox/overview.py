"""Counts of the inbox for boards and the queue, and finding an invoice by whatever a person knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.kernel.money import parse_pln
from app.vat.models import KsefAttribution, KsefInvoice, KsefQuarantine, KsefShare
from app.vat.queries.inbox.listings import DELIVERY, REASON_KIND
from app.vat.rules.attribution import DECIDED_BY_RULE

_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class Origin:
    """Why invoices wait: a kind of reason, and how many."""

    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Invoices of a unit and month (`unit_code` None: nobody's yet, between own units, or split: counted once there).

    A state "share" counts a unit's parts of split invoices, with its part of the tax: leave it out of the city's sums.
    `due` still has to reach (or leave) the unit's register; `blocked` of them could not. Złote by side.
    """

    unit_code: str | None
    month: Month
    state: str
    count: int
    delivered: int
    due: int
    blocked: int
    purchase_vat: Decimal
    sale_vat: Decimal


@dataclass(frozen=True, slots=True)
class Found:
    """An invoice as a search shows it."""

    id: UUID
    number: str
    ksef_number: str | None
    issued_on: date
    seller_name: str | None
    buyer_name: str | None
    gross: Decimal
    currency: str
    state: str
    unit_code: str | None


def queue_counts(session: Session, month: Month | None = None) -> list[Origin]:
    """Kinds of reasons in the queue, the most frequent first."""
    kind = REASON_KIND
    query = (
        select(kind, func.count())
        .select_from(KsefInvoice)
        .join(KsefAttribution, KsefAttribution.id == KsefInvoice.attribution_id)
        .where(KsefInvoice.state == "queued")
        .group_by(kind)
        .order_by(func.count().desc(), kind)
    )
    if month is not None:
        query = query.where(KsefInvoice.year == month.year, KsefInvoice.month == month.month)
    return [Origin(found, count) for found, count in session.execute(query)]


def waiting_ids(session: Session) -> list[UUID]:
    """Every invoice in the queue."""
    return list(session.scalars(select(KsefInvoice.id).where(KsefInvoice.state == "queued").order_by(KsefInvoice.id)))


def months(session: Session) -> list[Month]:
    """Months of which there are invoices, newest first."""
    query = select(KsefInvoice.year, KsefInvoice.month).distinct()
    return sorted((Month(year, month) for year, month in session.execute(query)), reverse=True)


def board(session: Session, month: Month | None = None) -> list[Counts]:
    """By unit, month and state: see `Counts`."""
    group = (KsefInvoice.unit_code, KsefInvoice.year, KsefInvoice.month, KsefInvoice.state)
    query = select(
        *group,
        func.count(),
        func.count().filter(DELIVERY == "delivered"),
        func.count().filter(DELIVERY.in_(("due", "blocked"))),
        func.count().filter(DELIVERY == "blocked"),
        func.coalesce(func.sum(KsefInvoice.vat_pln).filter(KsefInvoice.side == "purchase"), 0),
        func.coalesce(func.sum(KsefInvoice.vat_pln).filter(KsefInvoice.side == "sale"), 0),
    )
    query = query.group_by(*group).order_by(*group)
    if month is not None:
        query = query.where(KsefInvoice.year == month.year, KsefInvoice.month == month.month)
    whole = [Counts(unit, Month(year, number), *rest) for unit, year, number, *rest in session.execute(query)]
    return [*whole, *_shares(session, month)]


def _shares(session: Session, month: Month | None) -> list[Counts]:
    """What units have of split invoices, by unit and month."""
    group = (KsefShare.unit_code, KsefInvoice.year, KsefInvoice.month)
    query = select(
        *group,
        func.count(),
        func.count().filter(KsefShare.delivered),
        func.count().filter(~KsefShare.delivered),
        func.count().filter(~KsefShare.delivered & KsefShare.undelivered_reason.is_not(None)),
        func.coalesce(func.sum(KsefShare.vat_pln).filter(KsefInvoice.side == "purchase"), 0),
        func.coalesce(func.sum(KsefShare.vat_pln).filter(KsefInvoice.side == "sale"), 0),
    ).join(KsefInvoice, KsefInvoice.attribution_id == KsefShare.attribution_id)
    query = query.group_by(*group).order_by(*group)
    if month is not None:
        query = query.where(KsefInvoice.year == month.year, KsefInvoice.month == month.month)
    return [
        Counts(unit, Month(year, number), "share", count, delivered, due, blocked, purchase, sale)
        for unit, year, number, count, delivered, due, blocked, purchase, sale in session.execute(query)
    ]


def unsettled(session: Session) -> int:
    """Documents in quarantine that nobody has explained yet."""
    query = select(func.count()).select_from(KsefQuarantine).where(KsefQuarantine.settled_by.is_(None))
    return session.scalars(query).one()


def search(session: Session, words: str, limit: int = 20) -> list[Found]:
    """Invoices by number, KSeF number, NIP, name or gross amount, newest first; [] for fewer than three signs.

    Every word must be found in one of them; an amount is written as people do: "1 230,00".
    """
    typed = words.strip()
    if len(typed) < _SHORTEST:
        return []
    wanted = [_holds(word) for word in typed.split()]
    clauses: list[ColumnElement[bool]] = [wanted[0] if len(wanted) == 1 else _all(wanted)]
    if (amount := _amount(typed)) is not None:
        clauses.append(KsefInvoice.gross == amount)
    columns = (
        KsefInvoice.id,
        KsefInvoice.number,
        KsefInvoice.ksef_number,
        KsefInvoice.issued_on,
        KsefInvoice.seller_name,
        KsefInvoice.buyer_name,
        KsefInvoice.gross,
        KsefInvoice.currency,
        KsefInvoice.state,
        KsefInvoice.unit_code,
    )
    query = select(*columns).where(or_(*clauses)).order_by(KsefInvoice.issued_on.desc(), KsefInvoice.id).limit(limit)
    return [Found(*tuple(row)) for row in session.execute(query)]


def _holds(word: str) -> ColumnElement[bool]:
    clauses = [
        column.icontains(word, autoescape=True)
        for column in (KsefInvoice.number, KsefInvoice.ksef_number, KsefInvoice.seller_name, KsefInvoice.buyer_name)
    ]
    if (digits := word.upper().removeprefix("PL").replace("-", "")).isdecimal():
        clauses += [column.startswith(digits) for column in (KsefInvoice.seller_nip, KsefInvoice.buyer_nip)]
    return or_(*clauses)


def _all(clauses: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    found = clauses[0]
    for clause in clauses[1:]:
        found = found & clause
    return found


def _amount(typed: str) -> Decimal | None:
    try:
        return parse_pln(typed)
    except Refusal:
        return None


def decided_by_rule(session: Session) -> Mapping[str, str | None]:
    """KSeF number → the unit that the rule itself gave the invoice at last, None when it left it to a person."""
    query = (
        select(KsefInvoice.ksef_number, KsefAttribution.unit_code)
        .join(KsefAttribution, KsefAttribution.invoice_id == KsefInvoice.id)
        .where(KsefInvoice.ksef_number.is_not(None), KsefAttribution.decided_by == DECIDED_BY_RULE)
        .order_by(KsefAttribution.id)
    )
    return {number: unit for number, unit in session.execute(query) if number is not None}
