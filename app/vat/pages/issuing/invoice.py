"""One issued invoice: where it is on its way to KSeF, its files, and what may be done about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.kernel.errors import NotFound, Refusal
from app.vat.filings import fa3
from app.vat.filings.fa3 import visualisation
from app.vat.filings.fa3.words import KINDS
from app.vat.pages.issuing.draft import file, signer
from app.vat.pages.issuing.words import EDITOR, LIST, crumb, invoice_url, state_of, term
from app.vat.pages.words import row_url
from app.vat.queries.issuing import invoices
from app.vat.queries.issuing.invoices import Issued
from app.vat.queries.issuing.printing import printed
from app.vat.service import issuing
from app.web.desk import Desk
from app.web.render import Link, Toast, go, page
from policies.guards import may


@get(f"{LIST}/{{invoice_id:uuid}}", guards=[may("vat.sales_invoice", "read")], sync_to_thread=True)
def show(desk: NamedDependency[Desk], invoice_id: FromPath[UUID]) -> Response[Any]:
    """The invoice as issued."""
    with desk.reading() as session:
        found = invoices.invoice(session, invoice_id)
        root = invoices.root(session, invoice_id)
        original = (root.number, invoice_url(desk, root.id)) if root.id != invoice_id else None
    made = fa3.read(found.xml)
    waits = found.state in ("issued", "sent")
    return page(
        "vat/issuing_invoice.html",
        desk=desk,
        found=found,
        title=f"{KINDS[found.kind]} {found.number}",
        invoice=made,
        facts=visualisation.amounts(made),
        state=state_of(found.state),
        term=term(found.send_by_on if waits else None, desk.on),
        url=invoice_url(desk, invoice_id),
        original=original,
        corrections=[(number, invoice_url(desk, key), state_of(state)) for key, number, state in found.corrections],
        row_href=row_url(desk, "sale", found.month, found.row_id) if found.row_id else None,
        actions=_actions(desk, found),
        may_issue=desk.may("vat.sales_invoice", "issue"),
        crumbs=[crumb(desk)],
    )


def _actions(desk: Desk, found: Issued) -> list[Link]:
    links = [Link("PDF", invoice_url(desk, found.id, "/pdf"), "printer")]
    if not desk.may("vat.sales_invoice", "write"):
        return links
    if found.state == "accepted":
        links.append(Link("Wystaw korektę", desk.url(f"{EDITOR}?korekta={found.id}"), "edit"))
    if found.kind == "ZAL" and found.state == "accepted":
        links.append(Link("Faktura końcowa", desk.url(f"{EDITOR}?zaliczka={found.id}"), "file-plus"))
    if found.root_id is None:
        links.append(Link("Kopiuj do nowej", desk.url(f"{EDITOR}?kopia={found.id}"), "copy"))
    return links


@get(f"{LIST}/{{invoice_id:uuid}}/pdf", guards=[may("vat.sales_invoice", "read")], sync_to_thread=True)
def pdf(desk: NamedDependency[Desk], invoice_id: FromPath[UUID]) -> Response[bytes]:
    """The invoice printed, with its QR codes."""
    with desk.reading() as session:
        found = invoices.invoice(session, invoice_id)
        made = printed(session, found.xml)
    return file(made, "application/pdf", f"{_name(found)}.pdf")


def _name(found: Issued) -> str:
    return "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in found.number)


@get(f"{LIST}/{{invoice_id:uuid}}/xml", guards=[may("vat.sales_invoice", "read")], sync_to_thread=True)
def xml(desk: NamedDependency[Desk], invoice_id: FromPath[UUID]) -> Response[bytes]:
    """The very bytes that go to KSeF."""
    with desk.reading() as session:
        found = invoices.invoice(session, invoice_id)
    return file(found.xml, "application/xml", f"{_name(found)}.xml", attached=True)


@get(f"{LIST}/{{invoice_id:uuid}}/upo", guards=[may("vat.sales_invoice", "read")], sync_to_thread=True)
def upo(desk: NamedDependency[Desk], invoice_id: FromPath[UUID]) -> Response[bytes]:
    """KSeF's official confirmation."""
    with desk.reading() as session:
        found = invoices.invoice(session, invoice_id)
    if found.upo is None:
        raise NotFound("KSeF nie potwierdził jeszcze przyjęcia tej faktury.", "upo")
    return file(found.upo, "application/xml", f"UPO-{_name(found)}.xml", attached=True)


@post(f"{LIST}/{{invoice_id:uuid}}/ponownie", guards=[may("vat.sales_invoice", "issue")], sync_to_thread=True)
def again(desk: NamedDependency[Desk], invoice_id: FromPath[UUID]) -> Response[Any]:
    """Another file in place of one that KSeF refused."""
    try:
        with desk.writing() as session:
            offline = invoices.invoice(session, invoice_id).mode == "offline24"
            key = signer(desk, session) if offline else None
            made = issuing.reissue(session, invoice_id, desk.on, signer=key)
    except Refusal as refusal:
        return go(invoice_url(desk, invoice_id), toast=Toast(refusal.message, "warning"))
    return go(invoice_url(desk, made.id), toast=Toast(f"Wystawiono ponownie: {made.number}."))


HANDLERS = [show, pdf, xml, upo, again]
