"""The month of a correction: what decides about it is asked, the rule answers, the row keeps why."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from app.kernel.dates import Month
from app.kernel.errors import NotFound, Refusal
from app.vat.pages.words import register_crumb, row_url, side_of, status_of
from app.vat.queries.registers.row import RegisterRow, row
from app.vat.rules.correcting import CorrectionPeriod
from app.vat.rules.facts import Side
from app.vat.service import registers
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Toast, go, page
from policies.guards import may


def _day(name: str, label: str, hint: str) -> Field:
    return Field(name, label, kind="date", required=False, width="short", hint=hint)


FORM = Form(
    "okres-korekty",
    (
        Field("original_month", "Miesiąc pierwotnej faktury", kind="month", width="short"),
        Field(
            "direction", "Korekta", kind="radio",
            choices=(("minus", "zmniejsza podatek"), ("plus", "zwiększa podatek")),
        ),
        Field(
            "cause", "Przyczyna", kind="radio",
            choices=(("original", "pierwotna: błąd od początku"), ("new", "nowa: rabat, zwrot, podwyżka")),
        ),
        _day("caused_on", "Przyczyna powstała", "Przy korekcie zwiększającej z nowej przyczyny."),
        _day("agreed_on", "Warunki uzgodniono", "Przy korekcie zmniejszającej poza KSeF."),
        _day("met_on", "Warunki spełniono", "Puste: razem z uzgodnieniem."),
        _day("evidence_on", "Dokumentacja jest od", "Przy korekcie zmniejszającej sprzedaży poza KSeF."),
        Field("not_deducted", "Pierwotnej faktury jeszcze nie odliczono", kind="checkbox", required=False),
    ),
)  # fmt: skip
URL = "/vat/rejestr/{side:str}/{month:str}/{row_id:uuid}/okres-korekty"


@get(URL, guards=[may("vat.register", "enter")], sync_to_thread=True)
def ask(
    desk: NamedDependency[Desk], side: FromPath[str], month: FromPath[str], row_id: FromPath[UUID]
) -> Response[Any]:
    """What the rule wants to know."""
    return _show(desk, side_of(side), Month.parse(month, "month"), row_id)


def _show(
    desk: Desk, side: Side, month: Month, row_id: UUID, posted: Posted | None = None, status: int = 200
) -> Response[Any]:
    with desk.reading() as session:
        found = row(session, side, month, row_id)
    lower = sum(found.amounts.values()) < 0
    blank = FORM.blank(direction="minus" if lower else "plus", original_month=month.previous, cause="new")
    return page(
        "vat/placing.html",
        status=status,
        desk=desk,
        row=found,
        form=posted or blank,
        action=row_url(desk, side, month, row_id, "/okres-korekty"),
        cancel=row_url(desk, side, month, row_id),
        crumbs=[register_crumb(desk, side, month), (found.columns["document_no"], row_url(desk, side, month, row_id))],
    )


@post(URL, guards=[may("vat.register", "enter")], sync_to_thread=True)
def place(
    desk: NamedDependency[Desk],
    side: FromPath[str],
    month: FromPath[str],
    row_id: FromPath[UUID],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """The row goes where the rule says."""
    which, wanted, posted = side_of(side), Month.parse(month, "month"), FORM.read(data)
    if not posted.ok:
        return _show(desk, which, wanted, row_id, posted, 422)
    try:
        with desk.writing() as session:
            found = row(session, which, wanted, row_id)
            to = registers.place(session, which, row_id, _question(found, posted))
    except NotFound:
        raise
    except Refusal as refusal:
        return _show(desk, which, wanted, row_id, posted.refused(refusal), status_of(refusal))
    return go(row_url(desk, which, to, row_id), toast=Toast(f"Korekta jest w okresie {to.label}."))


def _question(found: RegisterRow, posted: Posted) -> CorrectionPeriod:
    given = posted.values
    received: date = found.columns.get("received_on") or found.columns["issued_on"]
    return CorrectionPeriod(
        side=found.side,
        direction=given["direction"],
        original_month=str(given["original_month"]),
        issued_on=found.columns["issued_on"],
        cause=given["cause"],
        caused_on=given["caused_on"],
        agreed_on=given["agreed_on"],
        met_on=given["met_on"],
        evidence_on=given["evidence_on"],
        received_on=received if found.side == "purchase" else None,
        ksef=found.columns["marker"] == "NrKSeF",
        deducted=not given["not_deducted"],
    )


HANDLERS = [ask, place]
