"""The attribution queue: invoices only a person can attribute, with ranked candidates, worked by keyboard alone.

Keys: a digit or the arrows choose a candidate, Enter confirms and shows the next invoice, P and N walk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
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

SHORT = (
    ("JST = 1", "JST = 1, brak jednostki"),
    ("JST = 2", "JST = 2, może urząd"),
    ("Faktura sprzedaży", "sprzedaż bez jednostki"),
    ("Faktura wskazuje więcej", "więcej niż jedna jednostka"),
    ("Numer i nazwa", "numer i nazwa się różnią"),
    ("Nazwa i adres", "nazwa i adres się różnią"),
    ("Nieznany identyfikator", "nieznany numer jednostki"),
    ("Podmiot3 z rolą 8", "jednostka nie do rozpoznania"),
    ("Inne znaki wskazują", "historia wskazuje inną"),
    ("Za mało pewne", "za mało pewne"),
    ("Jednostka nie działała", "jednostka nie działała"),
)
"""How a kind of reason begins → what the list says of it."""
SHOWN = 200
"""Invoices in the list; the rest comes as these are done."""


@get("/vat/kolejka", guards=[may("vat.invoice", "assign")], sync_to_thread=True)
def queue(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
) -> Response[Any]:
    """The list, with its first invoice open."""
    return _page(desk, None, _Narrowed.of(request))


@get("/vat/kolejka/{invoice:uuid}", guards=[may("vat.invoice", "assign")], sync_to_thread=True)
def queued(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    invoice: FromPath[UUID],
) -> Response[Any]:
    """The list with the chosen invoice open."""
    return _page(desk, invoice, _Narrowed.of(request))


@dataclass(frozen=True, slots=True)
class _Narrowed:
    """The part of the queue that is worked on; stays in the address from invoice to invoice."""

    month: Month | None
    kind: str | None
    tail: str

    @classmethod
    def of(cls, request: Request[Any, Any, Any]) -> _Narrowed:
        month = request.query_params.get("miesiac")
        tail = f"?{request.url.query}" if request.url.query else ""
        return cls(Month.parse(month, "miesiac") if month else None, request.query_params.get("powod"), tail)


def _page(desk: Desk, chosen: UUID | None, narrowed: _Narrowed, form: Posted | None = None) -> Response[Any]:
    month, kind, tail = narrowed.month, narrowed.kind, narrowed.tail
    with desk.reading() as session:
        waiting = _waiting(session, month, kind)
        origins = inbox.queue_counts(session, month)
        here = chosen or (waiting[0].id if waiting else None)
        entry = inbox.entry(session, here) if here else None
        before, after = inbox.neighbours(session, here, month, kind) if here else (None, None)
        names = directory.names(session)
        offices = directory.offices(session)
    return page(
        "ssc/queue.html",
        status=422 if form is not None and not form.ok else 200,
        desk=desk,
        items=[_item(desk, one, tail, here) for one in waiting],
        total=sum(origin.count for origin in origins),
        origins=origins,
        short=short,
        month=month,
        kind=kind,
        entry=entry,
        sheet=sheet(entry) if entry else None,
        candidates=_candidates(entry, offices) if entry else [],
        open=chosen is not None,
        before=desk.url(f"/vat/kolejka/{before}{tail}") if before else None,
        after=desk.url(f"/vat/kolejka/{after}{tail}") if after else None,
        tail=tail,
        form=form or _other(names).blank(),
        names=names,
    )


def _item(desk: Desk, one: Row[Any], tail: str, here: UUID | None) -> Queued:
    return Queued(
        one.counterparty or "Bez nazwy",
        desk.url(f"/vat/kolejka/{one.id}{tail}"),
        short(one.reason_kind),
        amount(one.gross),
        date_pl(one.issued_on)[:5],
        one.id == here,
    )


def short(kind: str) -> str:
    """A kind of reason in a few words, where the whole sentence stands elsewhere."""
    return next((words for begins, words in SHORT if kind.startswith(begins)), kind[:48])


def _waiting(session: Session, month: Month | None, kind: str | None) -> Sequence[Row[Any]]:
    """The head of the queue, oldest first."""
    listing = inbox.queue(session)
    statement = listing.statement.order_by(listing.tie).limit(SHOWN)
    if month is not None:
        statement = statement.where(listing.columns["month"] == month.first_on)
    if kind is not None:
        statement = statement.where(listing.columns["reason_kind"] == kind)
    return session.execute(statement).all()


def _candidates(entry: inbox.Entry, offices: dict[str, str]) -> list[Candidate]:
    """The ranked ones; when nothing speaks for anybody, the office, whose data stand on the invoice."""
    if not entry.candidates and entry.state == "queued":
        said = "Nic na fakturze nie wskazuje jednostki; są na niej tylko dane miasta."
        return [Candidate(code, name, 0, None, (("warning", said),)) for code, name in offices.items()]
    return [
        Candidate(
            one.unit,
            one.short_name,
            one.score,
            one.name if one.name != one.short_name else None,
            tuple(("success" if sign.weight >= 0 else "danger", sign.sentence) for sign in one.evidence[:4]),
        )
        for one in entry.candidates
    ]


def _is_uuid(text: str) -> None:
    try:
        UUID(text)
    except ValueError:
        raise Refusal("Odśwież stronę i zdecyduj ponownie.", "seen") from None


def _other(names: dict[str, str]) -> Form:
    """Any unit of the city, with a word about why."""
    choices = tuple(sorted(((code, f"{name} ({code})") for code, name in names.items()), key=lambda item: item[1]))
    return Form(
        "inna",
        (
            Field("jednostka", "Inna jednostka", kind="select", choices=choices),
            Field("powod", "Po czym poznajesz", required=False, max_length=300),
            Field("seen", "Widziana decyzja", kind="hidden", required=False, max_length=36, check=_is_uuid),
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
    narrowed = _Narrowed.of(request)
    with desk.reading() as session:
        names = directory.names(session)
        _, after = inbox.neighbours(session, invoice, narrowed.month, narrowed.kind)
    posted = _other(names).read(data)
    if not posted.ok:
        return _page(desk, invoice, narrowed, posted)
    unit, seen = posted.values["jednostka"], posted.values["seen"]
    try:
        with desk.writing() as session:
            attribution.assign(session, invoice, unit, posted.values["powod"] or "", UUID(seen) if seen else None)
            outbox.leave(session, DELIVER, {}, queue="interactive")
    except Conflict as refusal:
        return go(desk.url(f"/vat/kolejka/{invoice}{narrowed.tail}"), toast=Toast(refusal.message, "warning"))
    except Refusal as refusal:
        return _page(desk, invoice, narrowed, posted.refused(refusal))
    to = desk.url(f"/vat/kolejka/{after}{narrowed.tail}" if after else f"/vat/kolejka{narrowed.tail}")
    return go(to, toast=Toast(f"Przypisano: {names.get(unit, unit)}."))


HANDLERS = [queue, queued, assign]
