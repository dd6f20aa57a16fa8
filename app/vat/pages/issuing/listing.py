"""What this unit issued, and what is being written."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from app.kernel.errors import Forbidden
from app.vat.pages.issuing.words import EDITOR, KIND_CHOICES, LIST, STATES, crumb, draft_url, invoice_url, term
from app.vat.queries.issuing import invoices
from app.vat.queries.issuing.sending import waiting
from app.vat.queries.issuing.setting import setting
from app.web.desk import Desk
from app.web.render import Link, page
from app.web.tables import Column, Empty, ListSource, SqlSource, Table, download
from policies.guards import may

WORDS = ("faktura", "faktury", "faktur")


def _table(desk: Desk) -> Table:
    write = desk.may("vat.sales_invoice", "write")
    return Table(
        "faktury-wystawione",
        "Faktury wystawione",
        (
            Column("number", "Numer", "code", param="numer", link=lambda row: invoice_url(desk, row.id)),
            Column("buyer_name", "Nabywca", param="nabywca", sub=lambda row: row.buyer_number),
            Column("kind", "Rodzaj", param="rodzaj", choices=KIND_CHOICES, minor=True),
            Column("issued_on", "Wystawiona", "date", param="wystawiona"),
            Column("net_pln", "Netto", "amount", param="netto", total=True, minor=True),
            Column("vat_pln", "Podatek", "amount", param="podatek", total=True),
            Column("gross", "Brutto", "amount", param="brutto",
                   sub=lambda row: None if row.currency == "PLN" else row.currency),
            Column("state", "Stan", "status", param="stan", choices=STATES,
                   sub=lambda row: (told := term(row.send_by_on, desk.on)) and told[1]),
            Column("ksef_number", "Numer KSeF", "code", param="ksef", minor=True),
        ),
        words=WORDS,
        row_key=lambda row: str(row.id),
        row_tone=lambda row: "danger" if row.state == "rejected" else None,
        order="-wystawiona",
        exports=desk.may("vat.sales_invoice", "export"),
        empty=Empty(
            "Ta jednostka nie wystawiła jeszcze faktury",
            "Faktura dostaje numer dopiero przy wystawieniu, a do KSeF idzie sama.",
            "Wystaw fakturę" if write else None,
            desk.url(EDITOR) if write else None,
            "file-invoice",
        ),
    )  # fmt: skip


@get(LIST, guards=[may("vat.sales_invoice", "read")], sync_to_thread=True)
def show(request: Request[Any, Any, Any], desk: NamedDependency[Desk]) -> Response[Any]:
    """Issued invoices, or as a file exactly what is filtered."""
    with desk.reading() as session:
        table, listed = _table(desk), invoices.listing(session)
        query = table.query(request.query_params, request.url.path)
        source = SqlSource(session, listed.statement, listed.columns, tie=listed.tie)
        if query.export:
            if not desk.may("vat.sales_invoice", "export"):
                raise Forbidden("Nie masz prawa do pobierania listy faktur.")
            return download(query, source, f"{desk.code} faktury wystawione")
        view = table.view(query, source)
        waits, drafts = waiting(session), len(invoices.all_drafts(session))
        allowed = setting(session, desk.on) is not None
    return page(
        "vat/issuing_list.html",
        fragment="table",
        desk=desk,
        view=view,
        waits=waits,
        term=term(waits.first_on, desk.on),
        allowed=allowed,
        tabs=_tabs(desk, "issued", drafts),
        new=desk.url(EDITOR) if allowed and desk.may("vat.sales_invoice", "write") else None,
    )


def _tabs(desk: Desk, here: str, drafts: int) -> list[Link]:
    return [
        Link("Wystawione", desk.url(LIST), active=here == "issued"),
        Link("Szkice", desk.url(f"{LIST}/szkice"), active=here == "drafts", badge=drafts),
    ]


@get(f"{LIST}/szkice", guards=[may("vat.sales_invoice", "read")], sync_to_thread=True)
def drafts(request: Request[Any, Any, Any], desk: NamedDependency[Desk]) -> Response[Any]:
    """Invoices being written."""
    write = desk.may("vat.sales_invoice", "write")
    table = Table(
        "szkice",
        "Szkice faktur",
        (
            Column("buyer_name", "Nabywca", param="nabywca", value=lambda row: row.buyer_name or "bez nabywcy",
                   link=(lambda row: draft_url(desk, row.id)) if write else None),
            Column("gross", "Brutto", "amount", param="brutto"),
            Column("written_by", "Pisze", param="pisze"),
            Column("changed_at", "Zmieniony", "instant", param="zmieniony"),
        ),
        words=("szkic", "szkice", "szkiców"),
        filters=False,
        exports=False,
        empty=Empty("Nie ma szkiców", "Tu czekają faktury zapisane na później."),
    )  # fmt: skip
    with desk.reading() as session:
        found = invoices.all_drafts(session)
        view = table.view(table.query(request.query_params, request.url.path), ListSource(list(found)))
        allowed = setting(session, desk.on) is not None
    return page(
        "vat/issuing_list.html",
        fragment="table",
        desk=desk,
        view=view,
        waits=None,
        term=None,
        allowed=allowed,
        tabs=_tabs(desk, "drafts", len(found)),
        new=desk.url(EDITOR) if allowed and write else None,
        crumbs=[crumb(desk)],
    )


HANDLERS = [show, drafts]
