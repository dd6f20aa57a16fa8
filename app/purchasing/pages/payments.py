"""Payments that are ready: a list, and letting one go on its day."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from app.gateways.whitelist.answers import WhiteList
from app.kernel.dates import format_short
from app.kernel.errors import NotFound, Refusal
from app.purchasing.pages.words import case_url, person_of, status_of
from app.purchasing.queries import proposals
from app.purchasing.service.payments import release as let_go
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Toast, go, page
from app.web.tables import Choice, Column, Empty, SqlSource, Table, table_page
from policies.guards import may

STATES = (
    Choice("ready", "gotowa", "success"),
    Choice("released", "puszczona", "neutral", "send"),
    Choice("explain", "do wyjaśnienia", "danger"),
)
RELEASE = Form(
    "puszczenie",
    (
        Field(
            "note", "Powód, jeśli rachunku nie ma dziś w wykazie", kind="textarea", required=False, max_length=1000,
            hint="Zwykle puste. Powód jest potrzebny tylko wtedy, gdy wykaz nie odpowiada albo nie ma w nim rachunku.",
        ),
    ),
)  # fmt: skip


@get("/zakupy/platnosci", guards=[may("purchasing.payment", "read")], sync_to_thread=True)
def show(request: Request[Any, Any, Any], desk: NamedDependency[Desk]) -> Response[Any]:
    """Everything approved, with what a transfer needs."""
    table = Table(
        "platnosci",
        "Płatności",
        (
            Column("number", "Dokument", "code", param="dokument",
                   link=lambda row: _href(desk, row)),
            Column("payee_name", "Odbiorca", param="odbiorca", sub=lambda row: row.account),
            Column("due_on", "Termin", "date", param="termin"),
            Column("state", "Stan", "status", param="stan", choices=STATES,
                   sub=lambda row: f"ZAW-NR do {format_short(row.notify_by_on)}" if row.notify_by_on else None),
            Column("vat_amount", "VAT podzielony", "amount", param="vat", minor=True),
            Column("amount", "Kwota", "amount", param="kwota", total=True),
        ),
        words=("płatność", "płatności", "płatności"),
        order="termin",
        empty=Empty("Nie ma jeszcze gotowych płatności", "Pojawią się po zatwierdzeniu przez kierownika.", icon="cash"),
    )  # fmt: skip
    with desk.reading() as session:
        listed = proposals.listing(session)
        source = SqlSource(session, listed.statement, listed.columns, tie=listed.tie)
        return table_page(request, table, source, "purchasing/payments.html", desk=desk)


def _href(desk: Desk, row: Any) -> str:
    released = desk.may("purchasing.payment", "release")
    return desk.url(f"/zakupy/platnosci/{row.id}") if released else case_url(desk, row.case_id)


@get("/zakupy/platnosci/{proposal_id:uuid}", guards=[may("purchasing.payment", "release")], sync_to_thread=True)
def one(desk: NamedDependency[Desk], proposal_id: FromPath[UUID]) -> Response[Any]:
    """One payment, to let go."""
    return _show(desk, proposal_id, RELEASE.blank())


def _show(desk: Desk, proposal_id: UUID, form: Posted, status: int = 200) -> Response[Any]:
    with desk.reading() as session:
        found = proposals.of_id(session, proposal_id)
    return page(
        "purchasing/payment.html",
        status=status,
        desk=desk,
        payment=found,
        form=form,
        case_href=case_url(desk, found.case_id),
        action=desk.url(f"/zakupy/platnosci/{proposal_id}"),
        back=desk.url("/zakupy/platnosci"),
    )


@post("/zakupy/platnosci/{proposal_id:uuid}", guards=[may("purchasing.payment", "release")], sync_to_thread=True)
def release(
    desk: NamedDependency[Desk],
    register: NamedDependency[WhiteList],
    proposal_id: FromPath[UUID],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """It may leave today, with today's evidence."""
    posted = RELEASE.read(data)
    if not posted.ok:
        return _show(desk, proposal_id, posted, 422)
    try:
        with desk.writing() as session:
            done = let_go(session, register, proposal_id, person_of(desk), desk.on, posted.values["note"] or "")
    except NotFound:
        raise
    except Refusal as refusal:
        return _show(desk, proposal_id, posted.refused(refusal), status_of(refusal))
    said = "Płatność może wyjść."
    if done.notify_by_on:
        said = f"Płatność może wyjść. Wyślij ZAW-NR do {format_short(done.notify_by_on)}."
    return go(desk.url("/zakupy/platnosci"), toast=Toast(said))


HANDLERS = [show, one, release]
