"""The registers of a month: rows with filters, totals and export, sums by K_ field, the use of many purchases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import Conflict, Forbidden, NotFound, Refusal
from app.vat.pages import columns
from app.vat.pages.words import (
    MARKERS,
    NO_USE,
    TITLES,
    USE_CHOICES,
    choice_label,
    purchases_only,
    register_crumb,
    register_url,
    side_of,
    state,
    use_label,
)
from app.vat.queries.inbox.listings import Listing
from app.vat.queries.registers import fields, rows
from app.vat.queries.registers.month import Stage, stage
from app.vat.rules.facts import Side
from app.vat.rules.positions import name as position_name
from app.vat.rules.purchase import known_use
from app.vat.service import registers as service
from app.web.desk import Desk
from app.web.render import Link, Toast, go, page
from app.web.tables import Column, Empty, ListSource, Table, download
from app.web.words import counted
from policies.guards import may

FIELD, SHOW, VOID = "pole", "pokaz", "uniewaznione"
"""Parameters of a register's address: only rows with an amount in this field; void rows in place of live ones."""


@get("/vat/rejestr/{side:str}/{month:str}", guards=[may("vat.register", "read")], sync_to_thread=True)
def show(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], side: FromPath[str], month: FromPath[str]
) -> Response[Any]:
    """One register of a month, or as a file exactly what is filtered."""
    which, wanted = side_of(side), Month.parse(month, "month")
    field, void = _field(request, which), request.query_params.get(SHOW) == VOID
    with desk.reading() as session:
        facts = stage(session, wanted)
        by_field = fields.field_sums(session, wanted, which)
        table = columns.register(
            desk, which, wanted, [one.field for one in by_field], void=void, drilled=field,
            editable=facts.state == "open" and desk.may("vat.register", "enter"),
        )  # fmt: skip
        query = table.query(request.query_params, request.url.path)
        source = columns.source(session, _listing(session, wanted, which, field, void), which)
        if query.export:
            refuse_export(desk)
            return download(query, source, _file_name(desk, which, wanted, field, void))
        view = table.view(query, source)
        void_rows = fields.void_count(session, wanted, which)
    return page(
        "vat/register.html",
        fragment="table",
        desk=desk,
        side=which,
        month=wanted,
        month_href=lambda other: register_url(desk, which, other),
        state=state(facts),
        title=TITLES[which],
        view=view,
        field=field,
        field_name=position_name(field) if field else None,
        drop_field=register_url(desk, which, wanted),
        use_of=columns.use_of,
        use_sub=columns.use_sub,
        no_use=NO_USE,
        use_words=lambda code: choice_label(USE_CHOICES, code),
        marker_words=lambda code: choice_label(MARKERS, code),
        tabs=_tabs(desk, which, wanted, "void" if void else "rows", facts, void_rows, len(by_field)),
        actions=_actions(desk, which, wanted, facts),
    )


def _field(request: Request[Any, Any, Any], side: Side) -> str | None:
    """The field drilled into; one that this register does not have is no page."""
    asked = request.query_params.get(FIELD)
    if asked is not None and asked not in rows.FIELDS[side]:
        raise NotFound(f"Ten rejestr nie ma pola „{asked[:20]}”.", FIELD)
    return asked


def _listing(session: Session, month: Month, side: Side, field: str | None, void: bool) -> Listing:
    listed = rows.listing(session, month, side, void=void)
    return rows.of_field(session, listed, field) if field else listed


def refuse_export(desk: Desk) -> None:
    """Reading a register does not give the right to take it away."""
    if not desk.may("vat.register", "export"):
        raise Forbidden("Nie masz prawa do pobierania rejestru VAT.")


def _file_name(desk: Desk, side: Side, month: Month, field: str | None, void: bool) -> str:
    tail = f" {field}" if field else " unieważnione" if void else ""
    return f"{desk.code} {TITLES[side]} {month}{tail}"


def _tabs(desk: Desk, side: Side, month: Month, here: str, facts: Stage, void: int, present: int) -> list[Link]:
    url = register_url(desk, side, month)
    return [
        Link("Wiersze", url, active=here == "rows", badge=facts.sales if side == "sale" else facts.purchases),
        Link("Sumy pól", f"{url}/sumy", active=here == "sums", badge=present),
        Link("Unieważnione", f"{url}?{SHOW}={VOID}", active=here == "void", badge=void),
    ]


def _actions(desk: Desk, side: Side, month: Month, facts: Stage) -> list[Link]:
    """What a person may do here, the first one is the page's own action."""
    found = []
    if facts.state == "open" and desk.may("vat.register", "enter"):
        kind = "RO" if side == "sale" else "zakup"
        found.append(Link("Dodaj dokument", desk.url(f"/vat/dokument/{month}/nowy?rodzaj={kind}"), "plus"))
    if facts.state == "open" and desk.may("vat.register", "import"):
        found.append(Link("Wczytaj z pliku", desk.url(f"/vat/wczytaj/{month}"), "file-import"))
    if desk.may("vat.period", "read"):
        found.append(Link("Zamknięcie miesiąca", desk.url(f"/vat/okres/{month}"), "calendar-event"))
    return found


FIELDS = Table(
    "sumy",
    "Sumy pól",
    (
        Column("field", "Pole", "code", param="kod", value=lambda row: row["field"], link=lambda row: row["href"]),
        Column("name", "Co zawiera", param="nazwa"),
        Column("rows", "Wiersze z kwotą", "number", param="wiersze"),
        Column("amount", "Suma", "amount", param="suma"),
    ),
    words=("pole", "pola", "pól"),
    size=100,
    filters=False,
    empty=Empty("Nie ma jeszcze kwot", "Sumy powstaną z wierszy rejestru.", icon="math-function"),
)


@get("/vat/rejestr/{side:str}/{month:str}/sumy", guards=[may("vat.register", "read")], sync_to_thread=True)
def sums(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], side: FromPath[str], month: FromPath[str]
) -> Response[Any]:
    """Each K_ field of the register with its sum; its code leads to the rows that make it up."""
    which, wanted = side_of(side), Month.parse(month, "month")
    with desk.reading() as session:
        facts = stage(session, wanted)
        by_field = fields.field_sums(session, wanted, which)
        void_rows = fields.void_count(session, wanted, which)
    listed = [
        {
            "field": one.field, "name": position_name(one.field), "rows": one.rows, "amount": one.amount,
            "href": register_url(desk, which, wanted, f"?{FIELD}={one.field}"),
        }
        for one in by_field
    ]  # fmt: skip
    query, source = FIELDS.query(request.query_params, request.url.path), ListSource(listed)
    if query.export:
        refuse_export(desk)
        return download(query, source, f"{desk.code} {TITLES[which]} {wanted} sumy pól")
    return page(
        "vat/sums.html",
        fragment="table",
        desk=desk,
        side=which,
        month=wanted,
        month_href=lambda other: register_url(desk, which, other, "/sumy"),
        state=state(facts),
        title=TITLES[which],
        view=FIELDS.view(query, source),
        tabs=_tabs(desk, which, wanted, "sums", facts, void_rows, len(by_field)),
        crumbs=[register_crumb(desk, which, wanted)],
        actions=_actions(desk, which, wanted, facts),
    )


@post("/vat/rejestr/{side:str}/{month:str}/przeznaczenie", guards=[may("vat.register", "enter")], sync_to_thread=True)
def set_use_of_many(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    side: FromPath[str],
    month: FromPath[str],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """What the chosen purchases serve: those ticked, or all that pass the filters of the address."""
    wanted = Month.parse(month, "month")
    purchases_only(side)
    back = register_url(desk, "purchase", wanted, _tail(request))
    try:
        use = known_use(str(data.get("use") or ""))
        with desk.writing() as session:
            chosen = _every(request, session, desk, wanted) if data.get("wszystkie") else _ticked(data)
            count = service.set_use(session, chosen, use) if chosen else 0
    except (Conflict, NotFound) as refusal:
        return go(back, toast=Toast(refusal.message, "warning"))
    if not count:
        return go(back, toast=Toast("Zaznacz wiersze, którym chcesz ustawić przeznaczenie.", "info"))
    done = counted(count, "zakup", "zakupy", "zakupów")
    return go(back, toast=Toast(f"Przeznaczenie ustawione: {done}, {use_label(use)}."))


def _tail(request: Request[Any, Any, Any]) -> str:
    """The filters of the address, to come back to the same list."""
    pairs = list(request.query_params.multi_items())
    return f"?{urlencode(pairs)}" if pairs else ""


def _ticked(data: dict[str, Any]) -> list[UUID]:
    """Keys of the ticked rows; a single one comes as a text."""
    sent = data.get("wybrane") or []
    try:
        return [UUID(key) for key in ([sent] if isinstance(sent, str) else sent)]
    except ValueError:
        raise NotFound("Nie ma takiego wiersza w rejestrze.", "wybrane") from None


def _every(request: Request[Any, Any, Any], session: Session, desk: Desk, month: Month) -> Sequence[UUID]:
    """Every row that passes the filters, those of the K_ columns too."""
    field = _field(request, "purchase")
    known = rows.FIELDS["purchase"]
    table = columns.register(desk, "purchase", month, known, void=False, drilled=field, editable=True)
    query = table.query(request.query_params, request.url.path)
    if query.errors:
        raise Refusal(next(iter(query.errors.values())))
    source = columns.source(session, _listing(session, month, "purchase", field, False), "purchase")
    return [row.id for row in source.every(query)]


HANDLERS = [show, sums, set_use_of_many]
