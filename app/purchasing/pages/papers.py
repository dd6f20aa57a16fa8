"""A document from outside KSeF, entered by hand with its picture; the picture given back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody

from app.kernel.errors import NotFound, Refusal
from app.kernel.ids import nip, nrb
from app.purchasing.pages.words import case_url, status_of
from app.purchasing.queries.cases import case
from app.purchasing.rules.facts import KINDS, Document
from app.purchasing.service import opening
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Toast, go, page
from policies.guards import may

LARGEST_BYTES = 10 * 1024 * 1024
MEDIA = {b"%PDF": "application/pdf", b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}
BY_HAND = ("bill", "receipt", "proforma", "note")
PAPER = Form(
    "dokument",
    (
        Field("kind", "Rodzaj", kind="select", choices=tuple((code, KINDS[code]) for code in BY_HAND), width="medium"),  # type: ignore[index]  # of Kind
        Field("number", "Numer", max_length=120, width="medium"),
        Field("seller_nip", "NIP dostawcy", required=False, max_length=20, width="medium",
              hint="Puste: osoba bez NIP.", check=lambda text: nip(text, "seller_nip")),
        Field("seller_name", "Dostawca", max_length=240),
        Field("issued_on", "Wystawiony", kind="date", width="short"),
        Field("due_on", "Termin zapłaty", kind="date", required=False, width="short"),
        Field("gross", "Kwota do zapłaty", kind="amount", width="medium"),
        Field("account", "Rachunek", required=False, max_length=40, check=lambda text: nrb(text, "account")),
        Field("title", "Co kupiono", required=False, max_length=240),
        Field("file", "Skan albo plik", kind="file", required=False, accept=".pdf,.png,.jpg,.jpeg",
              hint="PDF albo zdjęcie, najwyżej 10 MB."),
    ),
)  # fmt: skip


@get("/zakupy/faktury/nowy", guards=[may("purchasing.case", "open")], sync_to_thread=True)
def blank(desk: NamedDependency[Desk]) -> Response[Any]:
    """The form."""
    return _show(desk, PAPER.blank(kind="bill"))


def _show(desk: Desk, form: Posted, status: int = 200) -> Response[Any]:
    return page("purchasing/paper.html", status=status, desk=desk, form=form, back=desk.url("/zakupy/faktury"),
                action=desk.url("/zakupy/faktury/nowy"))  # fmt: skip


@post("/zakupy/faktury/nowy", guards=[may("purchasing.case", "open")], sync_to_thread=True)
def enter(desk: NamedDependency[Desk], data: MultipartBody[dict[str, Any]]) -> Response[Any]:
    """A case for it."""
    posted = PAPER.read(data)
    if not posted.ok:
        return _show(desk, posted, 422)
    given = dict(posted.values)
    upload = given.pop("file")
    account = nrb(given.pop("account")) if given.get("account") else given.pop("account")
    seller = nip(given.pop("seller_nip")) if given.get("seller_nip") else given.pop("seller_nip")
    try:
        attachment = _kept(desk, upload)
        document = Document(
            net=given["gross"], vat=given["gross"] - given["gross"], seller_nip=seller or "BRAK", account=account,
            accounts=(account,) if account else (), attachment=attachment, **given,
        )  # fmt: skip
        with desk.writing() as session:
            case_id = opening.open_paper(session, document, desk.on)
    except Refusal as refusal:
        return _show(desk, posted.refused(refusal), status_of(refusal))
    return go(case_url(desk, case_id), toast=Toast("Dokument jest w obiegu. Opisz go teraz."))


def _kept(desk: Desk, upload: Any) -> str | None:
    """The hash of the picture in the store. Raises `Refusal` for what is no picture."""
    if upload is None:
        return None
    content = upload.file.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise Refusal("Plik jest za duży: może mieć najwyżej 10 MB.", "file")
    if _media(content) is None:
        raise Refusal("To nie jest PDF ani zdjęcie. Zapisz dokument w jednym z tych formatów.", "file")
    return desk.files.put(content).sha256


def _media(content: bytes) -> str | None:
    return next((media for start, media in MEDIA.items() if content.startswith(start)), None)


@get("/zakupy/faktury/{case_id:uuid}/zalacznik", guards=[may("purchasing.case", "read")], sync_to_thread=True)
def attachment(desk: NamedDependency[Desk], case_id: FromPath[UUID]) -> Response[bytes]:
    """The picture as it was given."""
    with desk.reading() as session:
        kept = case(session, case_id).document.attachment
    if kept is None:
        raise NotFound("Ten dokument nie ma załącznika.", "attachment")
    content = desk.files.read(kept)
    media = _media(content) or "application/octet-stream"
    name = f"zalacznik.{media.rpartition('/')[2]}"
    return Response(content, media_type=media, headers={"Content-Disposition": f'attachment; filename="{name}"'})


HANDLERS = [blank, enter, attachment]
