"""Unpaid invoices: which corrections fall due in a month, how they were reckoned, payments that became known."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import NotFound, Refusal
from app.kernel.money import ZERO, format_pln
from app.vat.pages.words import register_crumb, row_url, shown, side_of, state, status_of
from app.vat.queries.registers import bad_debts
from app.vat.queries.registers.bad_debts import Candidate
from app.vat.queries.registers.month import stage
from app.vat.rules.facts import Side
from app.vat.service import bad_debts as service
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Toast, go, page
from app.web.tables import Choice, Column, Empty, ListSource, Table, table_page
from policies.guards import may

PAY = Form(
    "zaplata",
    (
        Field("on", "Data zapłaty", kind="date", width="short"),
        Field("amount", "Kwota brutto", kind="amount", width="short", hint="Z minusem cofa pomyłkę."),
        Field("note", "Uwaga", required=False, max_length=service.LONGEST_NOTE),
    ),
)
_PATHS: dict[Side, str] = {"sale": "sprzedaz", "purchase": "zakup"}
TABLE = Table(
    "zle-dlugi",
    "Niezapłacone w terminie",
    (
        Column("document_no", "Dokument", "code", param="dokument", link=lambda row: row["href"]),
        Column("counterparty", "Kontrahent", param="kontrahent"),
        Column(
            "side", "Rejestr", param="rejestr",
            choices=(Choice("sale", "sprzedaż"), Choice("purchase", "zakup")),
        ),
        Column("due_on", "Termin", "date", param="termin"),
        Column("gross", "Brutto", "amount", param="brutto"),
        Column("paid", "Zapłacono", "amount", param="zaplacono"),
        Column("tax", "Korekta podatku", "amount", param="podatek", total=True),
        Column(
            "state", "Stan", "status", param="stan",
            choices=(Choice("due", "do ujęcia", "warning"), Choice("made", "ujęta", "success")),
        ),
    ),
    words=("faktura", "faktury", "faktur"),
    order="termin",
    empty=Empty(
        "W tym miesiącu nie ma czego korygować",
        "Pokażą się tu faktury, którym w tym miesiącu mija 90. dzień od terminu płatności.",
        icon="calendar-due",
    ),
)  # fmt: skip


@get("/vat/zle-dlugi/{month:str}", guards=[may("vat.register", "read")], sync_to_thread=True)
def show(request: Request[Any, Any, Any], desk: NamedDependency[Desk], month: FromPath[str]) -> Response[Any]:
    """Everything that falls due, and what was corrected already."""
    wanted = Month.parse(month, "month")
    with desk.reading() as session:
        facts = stage(session, wanted)
        found = bad_debts.candidates(session, wanted)
    return table_page(
        request,
        TABLE,
        ListSource([_line(desk, wanted, one) for one in found]),
        "vat/bad_debts.html",
        file_name=f"{desk.code} złe długi {wanted}",
        desk=desk,
        month=wanted,
        month_href=lambda other: desk.url(f"/vat/zle-dlugi/{other}"),
        state=state(facts),
    )


def _line(desk: Desk, month: Month, one: Candidate) -> dict[str, Any]:
    return {
        "document_no": one.columns["document_no"],
        "counterparty": one.columns["counterparty_name"],
        "side": one.side,
        "due_on": one.columns["due_on"],
        "gross": one.gross,
        "paid": one.paid,
        "tax": sum((each.tax for each in one.due), ZERO),
        "state": "due" if one.due else "made",
        "href": _url(desk, month, one.side, one.id),
    }


def _url(desk: Desk, month: Month, side: Side, row_id: UUID, tail: str = "") -> str:
    return desk.url(f"/vat/zle-dlugi/{month}/{_PATHS[side]}/{row_id}{tail}")


@get("/vat/zle-dlugi/{month:str}/{side:str}/{row_id:uuid}", guards=[may("vat.register", "read")], sync_to_thread=True)
def debt(
    desk: NamedDependency[Desk], month: FromPath[str], side: FromPath[str], row_id: FromPath[UUID]
) -> Response[Any]:
    """One invoice: its reckoning, payments, and what can be done."""
    return _debt(desk, Month.parse(month, "month"), side_of(side), row_id)


def _debt(
    desk: Desk, month: Month, side: Side, row_id: UUID, form: Posted | None = None, status: int = 200,
    refusal: Refusal | None = None,
) -> Response[Any]:  # fmt: skip
    with desk.reading() as session:
        facts = stage(session, month)
        found = bad_debts.candidate(session, month, side, row_id)
        paid = bad_debts.payments(session, [row_id]).get(row_id, [])
    may_enter = desk.may("vat.register", "enter")
    return page(
        "vat/bad_debt.html",
        status=status,
        desk=desk,
        month=month,
        found=found,
        steps=shown(found.outcome.reckoning),
        law=found.outcome.law,
        result=format_pln(_of_month(found, month)),
        facts=[
            ("Dokument", found.columns["document_no"], row_url(desk, side, found.month, row_id)),
            ("Kontrahent", found.columns["counterparty_name"], None),
            ("Termin płatności", f"{found.columns['due_on']:%d.%m.%Y}", None),
            ("Brutto", format_pln(found.gross), None),
        ],
        paid=paid,
        form=form or PAY.blank(),
        pay_action=_url(desk, month, side, row_id, "/zaplata") if may_enter else None,
        correct_action=_url(desk, month, side, row_id, "/korekta")
        if may_enter and found.due and facts.state == "open"
        else None,
        refusal=refusal,
        crumbs=[register_crumb(desk, side, month), ("Złe długi", desk.url(f"/vat/zle-dlugi/{month}"))],
    )


def _of_month(found: Candidate, month: Month) -> Decimal:
    """The tax that this month corrects, made already or not."""
    return sum((one.tax for one in found.outcome.result.adjustments if one.month == str(month)), ZERO)


def _act(
    desk: Desk, month: Month, side: Side, row_id: UUID, said: str, act: Callable[[Session], object],
    posted: Posted | None = None,
) -> Response[Any]:  # fmt: skip
    try:
        with desk.writing() as session:
            act(session)
    except NotFound:
        raise
    except Refusal as refusal:
        known = posted.refused(refusal) if posted else None
        return _debt(desk, month, side, row_id, known, status_of(refusal), None if posted else refusal)
    return go(_url(desk, month, side, row_id), toast=Toast(said))


@post(
    "/vat/zle-dlugi/{month:str}/{side:str}/{row_id:uuid}/zaplata",
    guards=[may("vat.register", "enter")],
    sync_to_thread=True,
)
def pay(
    desk: NamedDependency[Desk],
    month: FromPath[str],
    side: FromPath[str],
    row_id: FromPath[UUID],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """A payment that became known."""
    wanted, which, posted = Month.parse(month, "month"), side_of(side), PAY.read(data)
    if not posted.ok:
        return _debt(desk, wanted, which, row_id, posted, 422)
    given = posted.values

    def act(session: Session) -> None:
        service.pay(session, which, row_id, given["on"], given["amount"], given["note"])

    return _act(desk, wanted, which, row_id, "Zapłata zapisana.", act, posted)


@post(
    "/vat/zle-dlugi/{month:str}/{side:str}/{row_id:uuid}/korekta",
    guards=[may("vat.register", "enter")],
    sync_to_thread=True,
)
def correct(
    desk: NamedDependency[Desk], month: FromPath[str], side: FromPath[str], row_id: FromPath[UUID]
) -> Response[Any]:
    """The correction becomes a row of the month."""
    wanted, which = Month.parse(month, "month"), side_of(side)
    said = f"Korekta jest w rejestrze za {wanted.label}."
    return _act(desk, wanted, which, row_id, said, lambda session: service.correct(session, wanted, which, row_id))


HANDLERS = [show, debt, pay, correct]
