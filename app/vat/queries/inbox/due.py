"""What the inbox still owes to units: invoices to deliver, deliveries to take back.

An invoice that changed hands is first withdrawn from the unit that has it, then delivered to the other one. A unit has
it from the moment the inbox set out to deliver it (`delivered_to`), also when its answer (`delivered_id`) never came.
"""

from __future__ import annotations

import zlib
from decimal import Decimal
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import Select, func, or_, select, union
from sqlalchemy.orm import Session, aliased, load_only

from app.kernel.dates import Month
from app.vat.filings import fa3
from app.vat.models import KsefAttribution, KsefInvoice, KsefShare
from app.vat.rules.delivery import Delivery, Withdrawal
from app.vat.rules.splitting import part_of

_DUE = KsefInvoice.attribution_id.is_distinct_from(KsefInvoice.delivered_id)
_ELSEWHERE = KsefInvoice.delivered_to.is_distinct_from(KsefInvoice.unit_code)
_OLDER = aliased(KsefShare)
_STALE = (
    select(_OLDER.id)
    .where(
        _OLDER.invoice_id == KsefInvoice.id,
        _OLDER.sent,
        _OLDER.attribution_id.is_distinct_from(KsefInvoice.attribution_id),
    )
    .correlate(KsefInvoice)
    .exists()
)
"""A share of an older split may still stand in some unit's register."""
_SHARE_TO_DELIVER = (
    KsefShare.attribution_id == KsefInvoice.attribution_id,
    ~KsefShare.delivered,
    KsefInvoice.delivered_to.is_(None),
    ~_STALE,
)
_SHARE_TO_WITHDRAW = (KsefShare.sent, KsefShare.attribution_id.is_distinct_from(KsefInvoice.attribution_id))
_TO_DELIVER = (
    _DUE,
    ~_STALE,
    KsefInvoice.state == "assigned",
    KsefInvoice.delivered_id.is_(None),
    or_(KsefInvoice.delivered_to.is_(None), ~_ELSEWHERE),
)
_TO_WITHDRAW = (
    _DUE,
    KsefInvoice.delivered_to.is_not(None),
    or_(KsefInvoice.delivered_id.is_not(None), _ELSEWHERE),
)


def units_to_withdraw(session: Session) -> list[str]:
    """Codes of units from which something must be taken back, sorted."""
    whole = select(KsefInvoice.delivered_to).where(*_TO_WITHDRAW)
    shares = select(KsefShare.unit_code).join(KsefInvoice, KsefInvoice.id == KsefShare.invoice_id)
    return sorted(code for code in session.scalars(union(whole, shares.where(*_SHARE_TO_WITHDRAW))) if code)


def units_to_deliver(session: Session) -> list[str]:
    """Codes of units to which something must be delivered, sorted."""
    whole = select(KsefInvoice.unit_code).where(*_TO_DELIVER)
    shares = select(KsefShare.unit_code).join(KsefInvoice, KsefInvoice.id == KsefShare.invoice_id)
    return sorted(code for code in session.scalars(union(whole, shares.where(*_SHARE_TO_DELIVER))) if code)


def deliveries_due(session: Session, unit_code: str, limit: int = 500, after: UUID | None = None) -> list[Delivery]:
    """At most `limit` invoices on their way to this unit, in the order of their ids, those refused before included.

    `after`: continue behind this invoice, so that one which the unit keeps refusing holds up nobody.
    """
    query = select(KsefInvoice).where(*_TO_DELIVER, KsefInvoice.unit_code == unit_code)
    if after is not None:
        query = query.where(KsefInvoice.id > after)
    columns = (
        KsefInvoice.attribution_id,
        KsefInvoice.side,
        KsefInvoice.year,
        KsefInvoice.month,
        KsefInvoice.ksef_number,
        KsefInvoice.content,
    )
    query = query.order_by(KsefInvoice.id).limit(limit).options(load_only(*columns))
    found = [*_shares_due(session, unit_code, limit, after), *_whole_due(session, query)]
    return sorted(found, key=lambda one: one.invoice_id)[:limit]


def _shares_due(session: Session, unit_code: str, limit: int, after: UUID | None) -> list[Delivery]:
    """Shares of split invoices; the key of each row is the share's own."""
    query = select(KsefShare, KsefInvoice).join(KsefInvoice, KsefInvoice.id == KsefShare.invoice_id)
    query = query.where(*_SHARE_TO_DELIVER, KsefShare.unit_code == unit_code)
    if after is not None:
        query = query.where(KsefInvoice.id > after)
    return [
        Delivery(
            attribution_id=share.id,
            invoice_id=found.id,
            side=cast(Literal["sale", "purchase"], found.side),
            month=Month(found.year, found.month),
            ksef_number=found.ksef_number,
            invoice=part_of(
                fa3.read(zlib.decompress(found.content)),
                {name: (Decimal(net), Decimal(tax)) for name, (net, tax) in share.amounts.items()},
            ),
        )
        for share, found in session.execute(query.order_by(KsefInvoice.id).limit(limit))
    ]


def _whole_due(session: Session, query: Select[Any]) -> list[Delivery]:
    return [
        Delivery(
            attribution_id=cast(UUID, found.attribution_id),
            invoice_id=found.id,
            side=cast(Literal["sale", "purchase"], found.side),
            month=Month(found.year, found.month),
            ksef_number=found.ksef_number,
            invoice=fa3.read(zlib.decompress(found.content)),
        )
        for found in session.scalars(query)
    ]


def withdrawals_due(session: Session, unit_code: str, limit: int = 500, after: UUID | None = None) -> list[Withdrawal]:
    """At most `limit` rows that must leave this unit's register; the reason is that of the decision now in force.

    `attribution_id` is the decision that brought the row there; where the unit never answered, the one now in force.
    `after` as in `deliveries_due`.
    """
    decision = func.coalesce(KsefInvoice.delivered_id, KsefInvoice.attribution_id)
    query = (
        select(decision, KsefInvoice.id, KsefAttribution.reason)
        .join(KsefAttribution, KsefAttribution.id == KsefInvoice.attribution_id)
        .where(*_TO_WITHDRAW, KsefInvoice.delivered_to == unit_code)
    )
    if after is not None:
        query = query.where(KsefInvoice.id > after)
    found = session.execute(query.order_by(KsefInvoice.id).limit(limit)).all()
    shares = (
        select(KsefShare.id, KsefInvoice.id, KsefAttribution.reason)
        .join(KsefInvoice, KsefInvoice.id == KsefShare.invoice_id)
        .join(KsefAttribution, KsefAttribution.id == KsefInvoice.attribution_id)
        .where(*_SHARE_TO_WITHDRAW, KsefShare.unit_code == unit_code)
    )
    if after is not None:
        shares = shares.where(KsefInvoice.id > after)
    both = [*found, *session.execute(shares.order_by(KsefInvoice.id).limit(limit))]
    whole = [Withdrawal(decision, invoice, reason) for decision, invoice, reason in both]
    return sorted(whole, key=lambda one: one.invoice_id)[:limit]
