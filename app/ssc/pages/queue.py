"""The attribution queue: invoices only a person can attribute, with ranked candidates, worked by keyboard alone.

Keys: a digit chooses a candidate, Enter confirms and shows the next invoice, P and N walk.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from sqlalchemy import Row
from sqlalchemy.orm import Session

from app.kernel import outbox
from app.kernel.dates import Month
from app.kernel.errors import Conflict, Refusal
from app.ssc.delivery import DELIVER
from app.ssc.pages.sheet import sheet
from app.vat.queries import directory, inbox
from app.vat.service import attribution
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.parts import Candidate, Queued
from app.web.render import Toast, go, page
from app.web.words import amount, date_pl
from policies.guards import may

SHOWN = 200
"""Invoices in the list; the rest comes as these are done."""


@get("/vat/kolejka", guards=[may("vat.invoice", "assign")], sync_to_thread=True)
def queue(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    miesiac: FromQuery[str | None] = None,
    powod: FromQuery[str | None] = None,
) -> Response[Any]:
    """The list, with its first invoice open."""
    return _page(desk, None, _month(miesiac), powod, request.url.query)


@get("/vat/kolejka/{invoice:uuid}", guards=[may("vat.invoice", "assign")], sync_to_thread=True)
def queued(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    invoice: FromPath[UUID],
    miesiac: FromQuery[str | None] = None,
    powod: FromQuery[str | None] = None,
) -> Response[Any]:
    """The list with the chosen invoice open."""
    return _page(desk, invoice, _month(miesiac), powod, request.url.query)


def _month(text: str | None) -> Month | None:
    return Month.parse(text, "miesiac") if text else None


def _page(
    desk: Desk, chosen: UUID | None, month: Month | None, kind: str | None, query: str, form: Posted | None = None
) -> Response[Any]:
    tail = f"?{query}" if query else ""
    with desk.reading() as session:
        waiting = _waiting(session, month, kind)
        total = sum(origin.count for origin in inbox.queue_counts(session, month))
        origins = inbox.queue_counts(session, month)
        months = inbox.months(session)
        here = chosen or (waiting[0].id if waiting else None)
        entry = inbox.entry(session, here) if here else None
        before, after = inbox.neighbours(session, here, month, kind) if here else (None, None)
        names = directory.names(session)
    items = [
        Queued(
            one.counterparty or "Bez nazwy",
            desk.url(f"/vat/kolejka/{one.id}{tail}"),
            one.reason,
            amount(one.gross),
            date_pl(one.issued_on)[:5],
            one.id == here,
        )
        for one in waiting
    ]
    return page(
        "ssc/queue.html",
        status=422 if form is not None and not form.ok else 200,
        desk=desk,
        items=items,
        total=total,
        origins=origins,
        months=months,
        month=month,
        kind=kind,
        entry=entry,
        sheet=sheet(entry) if entry else None,
        candidates=_candidates(entry) if entry else [],
        open=chosen is not None,
        before=desk.url(f"/vat/kolejka/{before}{tail}") if before else None,
        after=desk.url(f"/vat/kolejka/{after}{tail}") if after else None,
        next_id=after or before,
        tail=tail,
        form=form or _other(names).blank(),
        names=names,
    )


def _waiting(session: Session, month: Month | None, kind: str | None) -> Sequence[Row[Any]]:
    """The head of the queue, oldest first."""
    listing = inbox.queue(session)
    statement = listing.statement.order_by(listing.tie).limit(SHOWN)
    if month is not None:
        statement = statement.where(listing.columns["month"] == month.first_on)
    if kind is not None:
        statement = statement.where(listing.columns["reason_kind"] == kind)
    return session.execute(statement).all()


def _candidates(entry: inbox.Entry) -> list[Candidate]:
    return [
        Candidate(
            one.unit,
            one.short_name,
            one.score,
            one.name if one.name != one.short_name else None,
            tuple(("success", sign.sentence) for sign in one.evidence[:4]),
        )
        for one in entry.candidates
    ]


def _other(names: dict[str, str]) -> Form:
    """Any unit of the city, with a word about why."""
    choices = tuple(sorted(((code, f"{name} ({code})") for code, name in names.items()), key=lambda item: item[1]))
    return Form(
        "inna",
        (
            Field("jednostka", "Inna jednostka", kind="select", choices=choices),
            Field("powod", "Po czym poznajesz", required=False, max_length=300),
        ),
    )


@post("/vat/kolejka/{invoice:uuid}", guards=[may("vat.invoice", "assign")], sync_to_thread=True)
def assign(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    invoice: FromPath[UUID],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """The invoice is that unit's; on to the next one."""
    month, kind = _month(data.get("miesiac") or None), data.get("przyczyna") or None
    unit = str(data.get("jednostka") or "")
    try:
        with desk.writing() as session:
            names = directory.names(session)
            _, after = inbox.neighbours(session, invoice, month, kind)
            seen = UUID(data["seen"]) if data.get("seen") else None
            attribution.assign(session, invoice, unit, str(data.get("powod") or ""), seen)
            outbox.leave(session, DELIVER, {}, queue="interactive")
    except Conflict as refusal:
        return go(desk.url(f"/vat/kolejka/{invoice}"), toast=Toast(refusal.message, "warning"))
    except Refusal as refusal:
        posted = _other(names).read(data).refused(refusal)
        return _page(desk, invoice, month, kind, request.url.query, posted)
    tail = f"?{request.url.query}" if request.url.query else ""
    to = desk.url(f"/vat/kolejka/{after}{tail}" if after else f"/vat/kolejka{tail}")
    return go(to, toast=Toast(f"Przypisano: {names.get(unit, unit)}."))


HANDLERS = [queue, queued, assign]
