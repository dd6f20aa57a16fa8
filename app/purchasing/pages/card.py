"""The card of one document: its picture, description, alarms, evidence, book, and what this person may do now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from sqlalchemy.orm import Session

from app.gateways.whitelist.answers import WhiteList
from app.kernel.errors import Forbidden, NotFound, Refusal
from app.kernel.ids import nrb
from app.kernel.money import format_pln
from app.purchasing.pages.words import (
    STATES,
    TONES,
    case_url,
    event,
    person_of,
    status_of,
    step_title,
)
from app.purchasing.queries import around
from app.purchasing.queries.cases import Case, case, related
from app.purchasing.queries.proposals import of_case
from app.purchasing.rules.alarms import ALLOWS
from app.purchasing.rules.circulation import Wanted, who_may
from app.purchasing.rules.documents import classification_lines, classifications
from app.purchasing.rules.facts import KINDS, ActKind, Description, Person
from app.purchasing.service import acting, whitelist
from app.vat.rules.purchase import USES
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Toast, go, page
from policies.guards import may

USE_CHOICES = tuple((str(code), words) for code, words in USES.items())
DESCRIBE = Form(
    "opis",
    (
        Field("what", "Co kupiono", max_length=400),
        Field("purpose", "Do czego służy", max_length=400),
        Field("contract", "Umowa albo zamówienie", required=False, max_length=120, width="medium"),
        Field(
            "classifications", "Klasyfikacja budżetowa", kind="textarea", required=False, max_length=2000,
            hint="Po jednej w wierszu: dział-rozdział-paragraf, kwota, zadanie. Na przykład 801-80101-4210 123,00.",
            check=classifications,
        ),
        Field("use", "Czemu służy zakup (VAT)", kind="select", choices=USE_CHOICES, required=False),
        Field("asset", "Środek trwały", kind="checkbox", required=False),
        Field(
            "account", "Rachunek do zapłaty", required=False, max_length=40,
            hint="Tylko gdy inny niż pierwszy na dokumencie; zmianę potwierdź u dostawcy.",
            check=lambda text: nrb(text, "account"),
        ),
        Field("seen", "Widziana treść", kind="hidden", required=False, max_length=64),
    ),
)  # fmt: skip
APPROVE_VAT = Form(
    "vat",
    (
        Field("use", "Czemu służy ten zakup", kind="radio", choices=USE_CHOICES, required=False),
        Field("asset", "Środek trwały", kind="checkbox", required=False),
    ),
)
VERBS: dict[ActKind, tuple[str, str, str]] = {
    "return": ("Zwróć do wcześniejszego kroku", "arrow-back-up", "Zwróć"),
    "reject": ("Odrzuć dokument", "circle-x", "Odrzuć"),
    "object": ("Odmów podpisu", "alert-circle", "Odmów podpisu"),
    "order": ("Poleć wykonanie mimo odmowy", "signature", "Poleć wykonanie"),
}
ALLOW = Form("powod", (Field("note", "Dlaczego mimo to można iść dalej", kind="textarea", max_length=1000),))


def verb_form(kind: ActKind, found: Case) -> Form:
    """With the reason, and for a return with where to."""
    note = Field("note", "Powód", kind="textarea", max_length=1000)
    if kind != "return":
        return Form(kind, (note,))
    step = found.standing.step
    earlier = [one for one in found.scheme.steps if one.code in found.standing.done]
    choices = tuple((one.code, one.title) for one in earlier if step is None or one.code != step.code)
    return Form(kind, (Field("to_step", "Do kroku", kind="select", choices=choices), note))


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that will not do, shown again as typed."""

    name: str
    posted: Posted
    status: int = 422


@get("/zakupy/faktury/{case_id:uuid}", guards=[may("purchasing.case", "read")], sync_to_thread=True)
def show(desk: NamedDependency[Desk], paper: NamedDependency[Any], case_id: FromPath[UUID]) -> Response[Any]:
    """The document as it stands."""
    return _show(desk, paper, case_id)


def _show(desk: Desk, paper: Any, case_id: UUID, refused: Refused | None = None) -> Response[Any]:
    person = person_of(desk)
    with desk.reading() as session:
        found = case(session, case_id)
        verbs, why_not = _verbs(session, found, person, desk)
        answers = around.answers(session, found.document)
        proposal = of_case(session, case_id)
        linked = related(session, found)
    step = found.standing.step
    forms: dict[str, Posted] = {kind: verb_form(kind, found).blank() for kind in verbs if kind != "approve"}
    forms["opis"], forms["vat"], forms["powod"] = _describe_form(found), _vat_form(found), ALLOW.blank()
    if refused is not None:
        forms[refused.name] = refused.posted
    state = next(one for one in STATES if one.code == found.state)
    return page(
        "purchasing/card.html",
        status=refused.status if refused else 200,
        desk=desk,
        case=found,
        title=f"{KINDS[found.document.kind].capitalize()} {found.document.number}",
        state=state,
        step=step,
        path=[(one, found.standing.done.get(one.code), one == step) for one in found.scheme.steps],
        verbs=verbs,
        verb_words=VERBS,
        why_not=why_not,
        forms=forms,
        open_form=refused.name if refused else None,
        refusal=refused.posted.errors.get("") if refused else None,
        alarms=[{**one, "tone": TONES[one["severity"]], "may": _may_allow(one, person, found)} for one in found.alarms],
        details=_details(found),
        description=_described(found),
        may_describe=person.own and "describe" in person.rights and found.state in ("open", "ready"),
        may_ask="ask" in person.rights and found.account is not None and found.state in ("open", "ready"),
        allows=ALLOWS,
        held_up=bool(found.stops),
        asks_above=any(one["code"] in ("not-checked", "list-silent", "not-listed") for one in found.alarms),
        answers=answers,
        proposal=proposal,
        linked=[(one, case_url(desk, one.id)) for one in linked],
        payments_href=desk.url("/zakupy/platnosci") if desk.may("purchasing.payment", "read") else None,
        sheet=paper(found.invoice_id) if found.invoice_id else None,
        attachment=case_url(desk, case_id, "/zalacznik") if found.document.attachment else None,
        events=[event(found.scheme, one) for one in reversed(found.book)],
        url=case_url(desk, case_id),
        back=desk.url("/zakupy/faktury"),
    )


def _verbs(session: Session, found: Case, person: Person, desk: Desk) -> tuple[list[ActKind], str | None]:
    """What this person may do now, and why not when nothing."""
    step = found.standing.step
    if step is None:
        back = "control" in person.rights or ("sign" in person.rights and person.own and not person.serves)
        return (["return"] if found.state == "ready" and back else []), None
    now = acting.circumstances(session, found, desk.on)
    if found.standing.objection is not None and person.own and not person.serves and "sign" in person.rights:
        return ["order", "return"], None
    try:
        who_may(step, person, now)
    except Forbidden as refusal:
        return [], refusal.message
    if step.kind == "describe":
        return ["reject"], None
    verbs: list[ActKind] = ["approve", "return", "reject"]
    if step.kind == "control":
        verbs.append("object")
    return verbs, None


def _may_allow(alarm: Any, person: Person, found: Case) -> bool:
    waits = alarm["severity"] == "stop" and not alarm["allowed"] and found.state == "open"
    return waits and alarm["right"] in person.rights and person.login not in found.authors


def _describe_form(found: Case) -> Posted:
    said = found.description
    if said is None:
        return DESCRIBE.blank(what=found.document.title, seen=found.content)
    return DESCRIBE.blank(
        what=said.what, purpose=said.purpose, contract=said.contract, use=said.use, asset=said.asset,
        classifications=classification_lines(said.classifications), account=said.account, seen=found.content,
    )  # fmt: skip


def _vat_form(found: Case) -> Posted:
    said = found.description
    return APPROVE_VAT.blank(use=said.use if said else None, asset=said.asset if said else False)


def _details(found: Case) -> list[tuple[str, Any]]:
    document = found.document
    money = format_pln(document.gross) if document.currency == "PLN" else f"{document.gross} {document.currency}"
    account = found.account
    return [
        ("Dostawca", document.seller_name),
        ("NIP", document.seller_nip),
        ("Do zapłaty", money),
        ("W tym VAT", format_pln(document.vat) if document.vat else "–"),
        ("Wystawiony", f"{document.issued_on:%d.%m.%Y}"),
        ("Termin zapłaty", f"{document.due_on:%d.%m.%Y}" if document.due_on else "–"),
        ("Rachunek", " ".join((account[:2], *(account[at : at + 4] for at in range(2, 26, 4)))) if account else "–"),
        ("Podzielona płatność", "dopisek na fakturze" if document.split_marked else "–"),
        ("Koryguje", ", ".join(document.corrects) or "–"),
        ("Numer KSeF", document.ksef_number or "–"),
    ]


def _described(found: Case) -> list[tuple[str, Any]] | None:
    said = found.description
    if said is None:
        return None
    return [
        ("Co kupiono", said.what),
        ("Do czego służy", said.purpose),
        ("Umowa albo zamówienie", said.contract or "–"),
        ("Klasyfikacja", classification_lines(said.classifications).replace("\n", "; ") or "–"),
        ("Propozycja VAT", {str(code): words for code, words in USES.items()}.get(said.use or "", "–")),
    ]


@post("/zakupy/faktury/{case_id:uuid}/opis", guards=[may("purchasing.case", "describe")], sync_to_thread=True)
def describe(
    desk: NamedDependency[Desk],
    paper: NamedDependency[Any],
    case_id: FromPath[UUID],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """What was bought and why."""
    posted = DESCRIBE.read(data)
    if not posted.ok:
        return _show(desk, paper, case_id, Refused("opis", posted))
    given = dict(posted.values)
    seen = given.pop("seen") or ""
    parts = classifications(given.pop("classifications") or "")
    account = nrb(given.pop("account")) if given.get("account") else given.pop("account")
    described = Description(classifications=parts, account=account, **given)
    try:
        with desk.writing() as session:
            acting.describe(session, case_id, seen, described, person_of(desk), desk.on)
    except NotFound:
        raise
    except Refusal as refusal:
        return _show(desk, paper, case_id, Refused("opis", posted.refused(refusal), status_of(refusal)))
    return go(case_url(desk, case_id), toast=Toast("Opis zapisany."))


@post("/zakupy/faktury/{case_id:uuid}/decyzja/{verb:str}", guards=[may("purchasing.case", "read")], sync_to_thread=True)
def decide(
    desk: NamedDependency[Desk],
    paper: NamedDependency[Any],
    case_id: FromPath[UUID],
    verb: FromPath[str],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """One decision about the step that the page showed."""
    kind = next((one for one in ("approve", *VERBS) if one == verb), None)
    if kind is None:
        raise NotFound("Nie ma takiej czynności.", "verb")
    with desk.reading() as session:
        found = case(session, case_id)
    vat = kind == "approve" and str(data.get("use") or data.get("vat") or "") != ""
    form = APPROVE_VAT if vat else Form("approve", ()) if kind == "approve" else verb_form(kind, found)
    posted = form.read(data)
    name = "vat" if kind == "approve" else kind
    if not posted.ok:
        return _show(desk, paper, case_id, Refused(name, posted))
    wanted = Wanted(
        kind, str(data.get("krok") or ""), str(data.get("tresc") or ""), posted.values.get("note") or "",
        posted.values.get("to_step"),
    )  # fmt: skip
    try:
        with desk.writing() as session:
            done = acting.act(
                session, case_id, wanted, person_of(desk), desk.on,
                use=posted.values.get("use"), asset=bool(posted.values.get("asset")),
            )  # fmt: skip
    except Refusal as refusal:
        shown = APPROVE_VAT.read(data) if kind == "approve" else posted
        return _show(desk, paper, case_id, Refused(name, shown.refused(refusal), status_of(refusal)))
    where = step_title(done.scheme, done.standing.step.code) if done.standing.step else None
    said = f"Zapisano. Teraz: {where}." if where else "Zapisano. Dokument zakończył obieg."
    return go(desk.url("/zakupy/faktury"), toast=Toast(said))


@post(
    "/zakupy/faktury/{case_id:uuid}/ostrzezenie/{code:str}",
    guards=[may("purchasing.case", "read")],
    sync_to_thread=True,
)
def allow(
    desk: NamedDependency[Desk],
    paper: NamedDependency[Any],
    case_id: FromPath[UUID],
    code: FromPath[str],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """Lets the case go on in spite of an alarm, with a reason."""
    posted = ALLOW.read(data)
    if not posted.ok:
        return _show(desk, paper, case_id, Refused("powod", posted))
    seen = str(data.get("tresc") or "")
    try:
        with desk.writing() as session:
            acting.allow(session, case_id, code, seen, posted.values["note"], person_of(desk), desk.on)
    except NotFound:
        raise
    except Refusal as refusal:
        return _show(desk, paper, case_id, Refused("powod", posted.refused(refusal), status_of(refusal)))
    return go(case_url(desk, case_id), toast=Toast("Powód zapisany, dokument może iść dalej."))


@post("/zakupy/faktury/{case_id:uuid}/rachunek", guards=[may("purchasing.case", "ask")], sync_to_thread=True)
def ask_register(
    desk: NamedDependency[Desk], register: NamedDependency[WhiteList], case_id: FromPath[UUID]
) -> Response[Any]:
    """Asks the register of taxpayers about the account."""
    to = case_url(desk, case_id)
    try:
        with desk.writing() as session:
            found = whitelist.check_case(session, register, case_id, desk.on)
    except NotFound:
        raise
    except Refusal as refusal:
        return go(to, toast=Toast(refusal.message, "warning"))
    if found.answer is None:
        return go(to, toast=Toast(found.problem or "", "warning"))
    if not found.answer.assigned:
        return go(to, toast=Toast("Tego rachunku nie ma w wykazie podatników VAT.", "warning"))
    return go(
        to, toast=Toast(f"Rachunek jest w wykazie. Klucz odpowiedzi: {found.answer.request_id or 'plik płaski'}.")
    )


HANDLERS = [show, describe, decide, allow, ask_register]
