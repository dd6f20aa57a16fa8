"""A version of the return on its way to the ministry: prepared, signed, sent, answered; what to do at each step."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, URLEncodedBody

from app.gateways.jpk.codes import words
from app.kernel.dates import Month
from app.kernel.errors import NotFound, Refusal
from app.ssc import filing
from app.ssc.pages.across import Across
from app.ssc.pages.drill import crumbs
from app.vat.queries import filings, returns
from app.vat.queries.filings import Filing
from app.vat.service import filings as service
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.parts import Event
from app.web.render import Toast, go, page
from policies.guards import may

SIGNED = Form(
    "podpis",
    (
        Field("plik", "Podpisany plik InitUpload", kind="file", accept=".xml,.xades,.sig",
              hint="Podpis kwalifikowany albo zaufany, w formacie XAdES."),
    ),
)  # fmt: skip
WITHDRAW = Form("wycofanie", (Field("powod", "Powód wycofania", max_length=400),))
STATES = {
    "prepared": ("info", "czeka na podpis", "Pobierz plik InitUpload, podpisz go i dołącz podpisany."),
    "signed": ("info", "podpisana, gotowa do wysłania", "Wyślij ją."),
    "opened": ("warning", "wysyłka przerwana", "Wznów ją: dokończy się pod tym samym numerem."),
    "uploaded": ("warning", "wysyłka przerwana", "Wznów ją: dokończy się pod tym samym numerem."),
    "finished": ("info", "w bramce ministerstwa", "Nic nie rób: stan sprawdza się sam co kilka minut."),
    "accepted": ("success", "złożona, jest UPO", "Deklaracja jest złożona."),
    "rejected": ("danger", "odrzucona", "Przeczytaj powód i przygotuj wysyłkę ponownie."),
    "expired": ("danger", "sesja wygasła", "Deklaracji nie złożono. Przygotuj wysyłkę ponownie."),
    "declined": (
        "danger",
        "bramka odmówiła",
        "Deklaracji nie złożono. Podpisz plik ponownie albo przygotuj nową wysyłkę.",
    ),
    "withdrawn": ("neutral", "wycofana", "Deklaracji nie złożono tą wysyłką."),
}
"""State → (tone, what it is, what to do)."""
_STEPS = {
    "signed": "Dołączono podpis", "opened": "Otwarto sesję", "uploaded": "Wysłano pliki", "finished": "Oddano dokument",
    "status": "Odpowiedź bramki", "declined": "Bramka odmówiła", "fault": "Bramka nie odpowiada",
    "withdrawn": "Wycofano",
}  # fmt: skip


@get("/vat/deklaracja/{month:str}/{version:int}/wysylka", guards=[may("vat.filing", "read")], sync_to_thread=True)
def show(desk: NamedDependency[Desk], month: FromPath[str], version: FromPath[int]) -> Response[Any]:
    """Where the version stands on its way."""
    return _show(desk, Month.parse(month, "month"), version)


def _show(
    desk: Desk, month: Month, version: int, form: Posted | None = None, refusal: Refusal | None = None
) -> Response[Any]:
    with desk.reading() as session:
        made = returns.version(session, month, version)
        found = [one for one in filings.filings(session, month) if one.version == version]
        current = found[0] if found else None
    return page(
        "ssc/filing.html",
        status=422 if refusal is not None or (form is not None and not form.ok) else 200,
        desk=desk,
        month=month,
        made=made,
        current=current,
        state=STATES[current.state] if current else None,
        said=words(current.code) if current and current.code is not None else None,
        attempts=[(one, STATES[one.state], [_event(event) for event in reversed(one.events)]) for one in found],
        over=current is None or current.state in filings.OVER,
        form=form if form is not None and form.form is SIGNED else SIGNED.blank(),
        withdrawing=form if form is not None and form.form is WITHDRAW else WITHDRAW.blank(),
        refusal=refusal,
        may_file=desk.may("vat.filing", "file"),
        may_sign=desk.may("vat.filing", "sign"),
        url=_url(desk, month, version),
        crumbs=crumbs(desk, month),
    )


def _url(desk: Desk, month: Month, version: int) -> str:
    return desk.url(f"/vat/deklaracja/{month}/{version}/wysylka")


def _event(one: filings.Event) -> Event:
    code = f" {one.code}" if one.code is not None else ""
    text = (
        one.note if one.kind in ("signed", "withdrawn", "fault", "declined") or one.code is None else words(one.code)[0]
    )
    return Event(one.actor, f"{_STEPS.get(one.kind, one.kind)}{code}: {text}", one.recorded_at)


@post("/vat/deklaracja/{month:str}/{version:int}/wysylka", guards=[may("vat.filing", "file")], sync_to_thread=True)
def prepare(
    desk: NamedDependency[Desk], across: NamedDependency[Across], month: FromPath[str], version: FromPath[int]
) -> Response[Any]:
    """A package that waits for a signature."""
    wanted = Month.parse(month, "month")
    try:
        filing.prepare(across.deployment, across.tenant, wanted, version, desk.login)
    except Refusal as refusal:
        return _show(desk, wanted, version, refusal=refusal)
    return go(_url(desk, wanted, version), toast=Toast("Plik do podpisu jest gotowy."))


def _attempt(desk: Desk, month: Month, version: int, number: UUID) -> Filing:
    with desk.reading() as session:
        found = filings.filing(session, number)
    if (found.month, found.version) != (month, version):
        raise NotFound("Nie ma takiej wysyłki.", "filing")
    return found


@get(
    "/vat/deklaracja/{month:str}/{version:int}/wysylka/{attempt:uuid}/{what:str}",
    guards=[may("vat.filing", "read")],
    sync_to_thread=True,
)
def document(
    desk: NamedDependency[Desk],
    month: FromPath[str],
    version: FromPath[int],
    attempt: FromPath[UUID],
    what: FromPath[str],
) -> Response[bytes]:
    """The metadata to sign, what was signed, or the confirmation of receipt."""
    wanted = Month.parse(month, "month")
    found = _attempt(desk, wanted, version, attempt)
    documents = {
        "initupload": (found.metadata.sha256, f"InitUpload_{wanted}_w{version}.xml"),
        "podpisany": (found.signed_sha256, f"InitUpload_{wanted}_w{version}_podpisany.xml"),
        "upo": (found.upo_sha256, f"UPO_JPK_V7M_{wanted}_w{version}.xml"),
    }
    sha256, name = documents.get(what, (None, ""))
    if sha256 is None:
        raise NotFound("Nie ma takiego dokumentu.", "what")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(desk.files.read(sha256), media_type="application/xml", headers=headers)


@post("/vat/deklaracja/{month:str}/{version:int}/wysylka/{attempt:uuid}/podpis", guards=[may("vat.filing", "sign")])
async def sign(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    across: NamedDependency[Across],
    month: FromPath[str],
    version: FromPath[int],
    attempt: FromPath[UUID],
    data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)],
) -> Response[Any]:
    """Takes the signed metadata."""
    wanted = Month.parse(month, "month")
    posted = SIGNED.read(await request.form())
    if not posted.ok:
        return await sync_to_thread(_show, desk, wanted, version, posted)
    upload: UploadFile = posted.values["plik"]
    content = await upload.read()

    def keep() -> Response[Any]:
        try:
            found = _attempt(desk, wanted, version, attempt)
            filing.sign(across.deployment, across.tenant, found.id, content, desk.login)
        except Refusal as refusal:
            return _show(desk, wanted, version, posted.refused(Refusal(refusal.message, "plik")))
        return go(_url(desk, wanted, version), toast=Toast("Podpis przyjęty. Możesz wysłać."))

    return await sync_to_thread(keep)


@post(
    "/vat/deklaracja/{month:str}/{version:int}/wysylka/{attempt:uuid}/{verb:str}",
    guards=[may("vat.filing", "file")],
    sync_to_thread=True,
)
def act(
    desk: NamedDependency[Desk],
    across: NamedDependency[Across],
    month: FromPath[str],
    version: FromPath[int],
    attempt: FromPath[UUID],
    verb: FromPath[str],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """Sends (or goes on sending), asks the gateway now, or gives the attempt up."""
    wanted = Month.parse(month, "month")
    posted: Posted | None = None
    try:
        found = _attempt(desk, wanted, version, attempt)
        if verb == "wyslij":
            filing.gateway_of(across.deployment)
            with desk.writing() as session:
                run_id = filing.start(session, found.id).id
            return go(desk.url(f"/przebiegi/{run_id}"))
        if verb == "sprawdz":
            filing.poll(across.deployment, across.tenant, desk.login)
            return go(_url(desk, wanted, version))
        if verb == "wycofaj":
            posted = WITHDRAW.read(data)
            if not posted.ok:
                return _show(desk, wanted, version, posted)
            with desk.writing() as session:
                service.withdraw(session, found.id, posted.values["powod"])
            return go(_url(desk, wanted, version), toast=Toast("Wysyłka wycofana."))
    except Refusal as refusal:
        return _show(desk, wanted, version, posted, refusal)
    raise NotFound("Nie ma takiego działania.", "verb")


HANDLERS = [show, prepare, document, sign, act]
