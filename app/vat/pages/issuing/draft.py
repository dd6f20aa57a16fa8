"""The last look before an invoice is issued: what is unusual, what it comes to, the page as it will be printed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from sqlalchemy.orm import Session

from app.kernel.errors import Conflict, NotFound, Refusal
from app.vat.filings import fa3
from app.vat.filings.fa3 import visualisation
from app.vat.pages.issuing.words import DRAFTS, EDITOR, LIST, MODES, crumb, draft_url, invoice_url
from app.vat.pages.words import status_of
from app.vat.queries.issuing import invoices
from app.vat.queries.issuing.invoices import Written
from app.vat.queries.issuing.printing import printed
from app.vat.queries.issuing.setting import needed
from app.vat.rules.issuing.draft import Mode
from app.vat.rules.issuing.sending import send_by
from app.vat.service import issuing
from app.vat.service.issuing.issue import examine, preview
from app.vat.service.issuing.signing import OfflineKey
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Toast, go, page
from policies.guards import may

MODE = Form("wystawienie", (Field("mode", "Jak wystawić", "radio", choices=MODES),))


def signer(desk: Desk, session: Session) -> OfflineKey | None:
    """The key of the taxpayer's KSeF certificate for offline invoices, when the deployment has one."""
    nip = needed(session, desk.on).issuer.nip
    pem = desk.secret(f"offline/{nip}.pem")
    return None if pem is None else OfflineKey.of(pem, nip)


def _found(session: Session, draft_id: UUID) -> Written:
    found = invoices.draft(session, draft_id)
    if found is None:
        raise NotFound("Tego szkicu już nie ma: został wystawiony albo usunięty.", "szkic")
    return found


@get(f"{DRAFTS}/{{draft_id:uuid}}", guards=[may("vat.sales_invoice", "write")], sync_to_thread=True)
def show(desk: NamedDependency[Desk], draft_id: FromPath[UUID]) -> Response[Any]:
    """What will be issued."""
    return _show(desk, draft_id, MODE.blank(mode="online"))


def _show(desk: Desk, draft_id: UUID, form: Posted, status: int = 200) -> Response[Any]:
    with desk.reading() as session:
        found = _found(session, draft_id)
        seen = examine(session, found.draft, desk.on, "online", found.corrects_id, found.advance_ids)
        errors = [one for one in seen if one.severity == "error"]
        made = None if errors else preview(session, found.draft, found.corrects_id, found.advance_ids)
        offline = desk.may("vat.sales_invoice", "issue") and signer(desk, session) is not None
    return page(
        "vat/issuing_draft.html",
        status=status,
        desk=desk,
        draft=found.draft,
        invoice=made,
        facts=visualisation.amounts(made) if made else None,
        errors=errors,
        warnings=[one for one in seen if one.severity == "warning"],
        form=form,
        offline=offline,
        send_by=send_by(found.draft.issued_on),
        url=draft_url(desk, draft_id),
        edit=desk.url(f"{EDITOR}?szkic={draft_id}"),
        may_issue=desk.may("vat.sales_invoice", "issue"),
        crumbs=[crumb(desk), ("Szkice", desk.url(f"{LIST}/szkice"))],
    )


@get(f"{DRAFTS}/{{draft_id:uuid}}/pdf", guards=[may("vat.sales_invoice", "write")], sync_to_thread=True)
def pdf(desk: NamedDependency[Desk], draft_id: FromPath[UUID]) -> Response[bytes]:
    """As it will be printed, marked as a draft."""
    with desk.reading() as session:
        found = _found(session, draft_id)
        made = preview(session, found.draft, found.corrects_id, found.advance_ids)
        shown = printed(session, fa3.write(made), draft=True)
    return file(shown, "application/pdf", "szkic.pdf")


def file(content: bytes, media_type: str, name: str, *, attached: bool = False) -> Response[bytes]:
    """A file to be seen in the browser, or kept."""
    how = "attachment" if attached else "inline"
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'{how}; filename="{name}"'})


@post(f"{DRAFTS}/{{draft_id:uuid}}/wystaw", guards=[may("vat.sales_invoice", "issue")], sync_to_thread=True)
def issue(desk: NamedDependency[Desk], draft_id: FromPath[UUID], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """Gives it its number; from now on only a correction changes it."""
    form = MODE.read({"mode": data.get("mode") or "online"})
    mode: Mode = form.values.get("mode", "online")
    try:
        with desk.writing() as session:
            found = _found(session, draft_id)
            made = issuing.issue(
                session, found.draft, desk.on, mode, key=draft_id, corrects_id=found.corrects_id,
                advance_ids=found.advance_ids, signer=signer(desk, session) if mode == "offline24" else None,
            )  # fmt: skip
    except NotFound:
        return go(invoice_url(desk, draft_id))
    except Conflict as refusal:
        return _show(desk, draft_id, form.refused(refusal), status_of(refusal))
    except Refusal as refusal:
        return _show(desk, draft_id, form.refused(refusal), status_of(refusal))
    return go(invoice_url(desk, made.id), toast=Toast(f"Wystawiono fakturę {made.number}."))


@post(f"{DRAFTS}/{{draft_id:uuid}}/usun", guards=[may("vat.sales_invoice", "write")], sync_to_thread=True)
def drop(desk: NamedDependency[Desk], draft_id: FromPath[UUID]) -> Response[Any]:
    """A draft nobody wants; it never had a number."""
    with desk.writing() as session:
        issuing.drop(session, draft_id)
    return go(desk.url(f"{LIST}/szkice"), toast=Toast("Szkic usunięty."))


HANDLERS = [show, pdf, issue, drop]
