"""Writing an invoice: lines added by Enter, amounts reckoned as it is typed, known buyers filled in, nothing lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.kernel.errors import Conflict, NotFound, Refusal
from app.vat.pages.issuing import form as boxes
from app.vat.pages.issuing.words import EDITOR, LIST, crumb, draft_url
from app.vat.queries.issuing import invoices
from app.vat.queries.issuing.setting import setting
from app.vat.rules.facts import RateTotal
from app.vat.rules.issuing.amounts import gross_of, reckon
from app.vat.rules.issuing.building import CORRECTIONS, due
from app.vat.rules.issuing.draft import RATES, Buyer, Correction, Draft, Kind
from app.vat.service import issuing
from app.vat.service.issuing.issue import examine
from app.web.desk import Desk
from app.web.forms import Posted
from app.web.render import Toast, go, page
from policies.guards import may

FRESH_LINES = 3


@dataclass(frozen=True, slots=True)
class _Work:
    """What is being written: its key, what it corrects or settles, and what a correction starts from."""

    key: UUID
    corrects_id: UUID | None = None
    advance_ids: tuple[UUID, ...] = ()
    base: Draft | None = None
    corrected_no: str | None = None

    @property
    def correction(self) -> bool:
        return self.corrects_id is not None


def _work(session: Session, data: Mapping[str, Any]) -> _Work:
    """From hidden boxes."""
    corrects = boxes.key(str(data.get("corrects_id") or ""))
    advances = [boxes.key(one) for one in str(data.get("advance_ids") or "").split(",")]
    base, number = _base(session, corrects)
    draft_id = boxes.key(str(data.get("draft_id") or "")) or uuid7()
    return _Work(draft_id, corrects, tuple(one for one in advances if one), base, number)


def _base(session: Session, corrects: UUID | None) -> tuple[Draft | None, str | None]:
    if corrects is None:
        return None, None
    original, kind = invoices.original(session, corrects)
    corrected: Kind = CORRECTIONS[kind]
    state = replace(original.state, kind=corrected, payment=replace(original.state.payment, due_on=None))
    return state, original.number


@get(EDITOR, guards=[may("vat.sales_invoice", "write")], sync_to_thread=True)
def new(request: Request[Any, Any, Any], desk: NamedDependency[Desk]) -> Response[Any]:
    """A new invoice; `?szkic=` one begun, `?kopia=` like an issued one, `?korekta=` of one, `?zaliczka=` its final."""
    asked = request.query_params
    with desk.reading() as session:
        if setting(session, desk.on) is None:
            return page("vat/issuing_closed.html", desk=desk, crumbs=[crumb(desk)])
        if (draft_id := boxes.key(asked.get("szkic"))) is not None:
            return _begun(desk, session, draft_id)
        if (corrected := boxes.key(asked.get("korekta"))) is not None:
            base, number = _base(session, invoices.root(session, corrected).id)
            work = _Work(uuid7(), invoices.root(session, corrected).id, (), base, number)
            begun = replace(base or _empty(desk), issued_on=desk.on, correction=Correction(""))
            return _show(desk, session, work, boxes.typed(begun), len(begun.lines))
        if (advance := boxes.key(asked.get("zaliczka"))) is not None:
            state = invoices.original(session, advance)[0].state
            final = replace(state, kind="ROZ", received=None, issued_on=desk.on, sold_on=None)
            return _show(desk, session, _Work(uuid7(), None, (advance,)), boxes.typed(final), len(final.lines) + 1)
        if (copied := boxes.key(asked.get("kopia"))) is not None:
            like = _again(invoices.invoice(session, copied).draft, desk.on)
            return _show(desk, session, _Work(uuid7()), boxes.typed(like), len(like.lines) + 1)
        return _show(desk, session, _Work(uuid7()), boxes.typed(_empty(desk)), FRESH_LINES)


def _begun(desk: Desk, session: Session, draft_id: UUID) -> Response[Any]:
    found = invoices.draft(session, draft_id)
    if found is None:
        raise NotFound("Tego szkicu już nie ma: został wystawiony albo usunięty.", "szkic")
    base, number = _base(session, found.corrects_id)
    work = _Work(found.id, found.corrects_id, found.advance_ids, base, number)
    return _show(desk, session, work, boxes.typed(found.draft), max(1, len(found.draft.lines)))


def _again(like: Draft, on: date) -> Draft:
    """The same sale to the same buyer, today; the term of payment is as many days away."""
    payment = like.payment
    due_on = None if payment.due_on is None else on + (payment.due_on - like.issued_on)
    return replace(
        like, issued_on=on, sold_on=None, period_from_on=None, period_to_on=None, exchange=None, receipt_no=None,
        correction=None, payment=replace(payment, due_on=due_on, paid_on=None),
    )  # fmt: skip


def _empty(desk: Desk) -> Draft:
    return Draft(Buyer("company", None), (), desk.on)


def _show(
    desk: Desk,
    session: Session,
    work: _Work,
    typed: Mapping[str, str],
    lines: int,
    *,
    refused: Sequence[Refusal] = (),
    errors: Mapping[str, str] | None = None,
    status: int = 200,
    added: bool = False,
) -> Response[Any]:
    buyers = [(one.buyer.number, one.buyer.name or "") for one in invoices.buyers(session, "", 50) if one.buyer.number]
    form = boxes.form(lines, correction=work.correction, buyers=buyers)
    named = {field.name for field in form.fields}
    posted = Posted(form, {name: typed.get(name, "") for name in named}, {}, dict(errors or {})).refused(*refused)
    more = ("exemption_text", "period_from_on", "period_to_on", "currency", "exchange_rate", "exchange_on", "margin",
            "receipt_no", "split_payment", "related", "contract", "order", "footer", "account", "paid_on")  # fmt: skip
    return page(
        "vat/issuing_editor.html",
        status=status,
        desk=desk,
        form=posted,
        lines=range(lines),
        line_boxes=boxes.LINE,
        work=work,
        action=desk.url(EDITOR),
        cancel=desk.url(LIST),
        crumbs=[crumb(desk)],
        more_open=_filled_any(posted, more),
        buyer_open=_filled_any(posted, ("receiver_name", "receiver_number", "buyer_country")),
        focus=f"faktura-text_{lines - 1}" if added else None,
        totals=_totals(session, posted, lines, work),
        title=f"Korekta faktury {work.corrected_no}" if work.correction else "Nowa faktura",
    )


def _filled_any(posted: Posted, names: Sequence[str]) -> bool:
    return any(posted.typed.get(name) or name in posted.errors for name in names)


@dataclass(frozen=True, slots=True)
class _Sums:
    totals: tuple[RateTotal, ...]
    gross: Any
    currency: str


def _totals(session: Session, posted: Posted, lines: int, work: _Work) -> _Sums | None:
    """What it comes to, as far as it can be read; None when it cannot."""
    read = posted.form.read(posted.typed)
    if set(read.errors) - {"reason"}:
        return None
    if "reason" in read.errors:
        read = Posted(read.form, read.typed, {**read.values, "reason": ""})
    found, refused = boxes.draft(read, lines, work.base)
    if refused or not found.lines or any(line.rate not in RATES for line in found.lines):
        return None
    if work.corrects_id is not None:
        original, _ = invoices.original(session, work.corrects_id)
        settled = invoices.settled(session, invoices.invoice(session, work.corrects_id).advance_ids)
        changed = due(found, original, settled)
        return _Sums(changed, gross_of(changed), found.currency)
    settled = invoices.settled(session, work.advance_ids)
    made = due(found, None, settled) if found.kind != "ZAL" or found.received else reckon(found).totals
    return _Sums(made, gross_of(made), found.currency)


@post(f"{EDITOR}/kwoty", guards=[may("vat.sales_invoice", "write")], status_code=200, sync_to_thread=True)
def totals(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], data: URLEncodedBody[dict[str, Any]]
) -> Response[Any]:
    """The amounts of what is typed so far."""
    with desk.reading() as session:
        work, lines = _work(session, data), boxes.lines_in(data)
        posted = boxes.form(lines, correction=work.correction).read(data)
        return page("vat/issuing_totals.html", totals=_totals(session, posted, lines, work))


@post(EDITOR, guards=[may("vat.sales_invoice", "write")], status_code=200, sync_to_thread=True)
def write(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], data: URLEncodedBody[dict[str, Any]]
) -> Response[Any]:
    """`akcja`: dodaj a line, szkic kept for later, dalej to the last look before it is issued."""
    act, lines = str(data.get("akcja") or "dalej"), boxes.lines_in(data)
    with desk.reading() as session:
        work = _work(session, data)
        typed = _filled(session, {name: value for name, value in data.items() if isinstance(value, str)})
        if act == "dodaj":
            return _show(desk, session, work, typed, min(lines + 1, boxes.MOST_LINES), added=True)
        posted = boxes.form(lines, correction=work.correction).read(typed)
        if not posted.ok:
            return _show(desk, session, work, typed, lines, errors=posted.errors, status=422)
        found, refused = boxes.draft(posted, lines, work.base)
        if not refused and act == "dalej":
            seen = examine(session, found, desk.on, "online", work.corrects_id, work.advance_ids)
            refused = [boxes.at_its_box(one) for one in seen if one.severity == "error"]
        if refused:
            return _show(desk, session, work, typed, lines, refused=refused, status=422)
    try:
        with desk.writing() as session:
            kept = issuing.save(session, found, work.key, corrects_id=work.corrects_id, advance_ids=work.advance_ids)
    except Conflict as refusal:
        return go(desk.url(LIST), toast=Toast(refusal.message, "warning"))
    if act == "szkic":
        return go(desk.url(f"{LIST}/szkice"), toast=Toast("Szkic zapisany."))
    return go(draft_url(desk, kept))


def _filled(session: Session, typed: dict[str, str]) -> dict[str, str]:
    """The data of a buyer whose number is known, when nothing else of it was typed."""
    number = typed.get("buyer_number", "").replace("-", "").replace(" ", "")
    if not number or typed.get("buyer_name"):
        return typed
    known = next((one for one in invoices.buyers(session, number, 1) if one.buyer.number == number), None)
    if known is None:
        return typed
    told = boxes.typed(known)
    names = [name for name in told if name.startswith(("buyer_", "receiver_"))]
    return {**typed, **{name: told[name] for name in names}}


HANDLERS = [new, totals, write]
