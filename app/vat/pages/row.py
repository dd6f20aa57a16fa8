"""One row of a register: all of it, its history, and what can be changed in it while the month is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import NotFound, Refusal
from app.kernel.money import format_pln
from app.vat.pages.words import (
    INVOICE,
    MARKER_OPTIONS,
    SOURCES,
    TYPE_NAMES,
    USE_OPTIONS,
    choice_label,
    event,
    percents,
    purchases_only,
    register_crumb,
    register_url,
    row_url,
    shown_text,
    side_of,
    state,
    status_of,
    use_label,
)
from app.vat.queries.registers.month import stage
from app.vat.queries.registers.row import RegisterRow, history, row, unassigned
from app.vat.rules.entries.internal import KINDS
from app.vat.rules.facts import Marker, Side
from app.vat.rules.positions import name as position_name
from app.vat.rules.purchase import known_use
from app.vat.service import registers
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.parts import Event
from app.web.render import Toast, go, page
from policies.guards import may

USE = Form(
    "przeznaczenie",
    (
        Field("use", "Czemu służy ten zakup", kind="radio", choices=USE_OPTIONS),
        Field(
            "asset", "Środek trwały", kind="checkbox", required=False, hint="Netto i podatek trafią do pól K_40 i K_41."
        ),
    ),
)
MARKER = Form(
    "oznaczenie",
    (
        Field("marker", "Oznaczenie", kind="select", choices=MARKER_OPTIONS),
        Field(
            "ksef_number", "Numer KSeF", required=False, max_length=36, hint="Tylko gdy oznaczeniem jest numer KSeF."
        ),
    ),
)
VOID = Form(
    "uniewaznienie",
    (
        Field(
            "reason",
            "Powód",
            kind="textarea",
            max_length=400,
            hint="Zobaczą go kierownik jednostki i miasto. Wiersz zostanie, ale przestanie się liczyć.",
        ),
    ),
)
BACK = Form(
    "odeslanie",
    (
        Field(
            "reason",
            "Dlaczego to nie jest faktura tej jednostki",
            kind="textarea",
            max_length=380,
            hint="Powód zobaczy miasto. Wiersz przestanie się liczyć, a faktura wróci do kolejki.",
        ),
    ),
)


@get("/vat/rejestr/{side:str}/{month:str}/{row_id:uuid}", guards=[may("vat.register", "read")], sync_to_thread=True)
def show(
    desk: NamedDependency[Desk], side: FromPath[str], month: FromPath[str], row_id: FromPath[UUID]
) -> Response[Any]:
    """The row as it stands."""
    return _show(desk, side_of(side), Month.parse(month, "month"), row_id)


def _show(
    desk: Desk, side: Side, month: Month, row_id: UUID, refused: Posted | None = None, status: int = 200
) -> Response[Any]:
    """`refused`: the form that was sent and will not do; it is shown again as typed, and when the row cannot be changed
    any more, so that no form is shown, its answers are told with the refusal."""
    with desk.reading() as session:
        found = row(session, side, month, row_id)
        facts = stage(session, month)
        events = _events(session, found)
        waiting = unassigned(session, month) if side == "purchase" else ()
    open_ = facts.state == "open" and not found.void
    columns = found.columns
    forms = {"use": _use_form(columns), "marker": _marker_form(columns), "void": VOID.blank(), "back": BACK.blank()}
    if refused is not None:
        key = {USE.name: "use", MARKER.name: "marker", VOID.name: "void", BACK.name: "back"}[refused.form.name]
        forms[key] = refused
    others = [one for one in waiting if one != row_id]
    unsaved = refused if refused is not None and not open_ else None
    return page(
        "vat/row.html",
        status=status,
        desk=desk,
        row=found,
        title=f"{TYPE_NAMES.get(columns['document_type'] or INVOICE, 'Dokument')} {columns['document_no']}",
        state=state(facts),
        stage=facts,
        crumbs=[register_crumb(desk, side, month)],
        details=_details(found),
        amounts=[(name, position_name(name), amount) for name, amount in found.amounts.items()],
        explain=row_url(desk, side, month, row_id, "/wyliczenie"),
        url=row_url(desk, side, month, row_id),
        forms=forms,
        unsaved=_answers(unsaved) if unsaved else None,
        refusal=next(iter(unsaved.errors.values())) if unsaved else None,
        open_form=refused.form.name if refused else None,
        use_words=use_label(columns.get("use")),
        decimal=shown_text,
        percents=percents(columns) if side == "purchase" else None,
        correctable=columns["document_type"] in (None, "WEW") and columns["internal_kind"] is None,
        may_enter=open_ and desk.may("vat.register", "enter"),
        may_send_back=open_ and columns["source"] == "ksef" and desk.may("vat.invoice", "refuse"),
        may_void=open_ and desk.may("vat.register", "void"),
        invoice_href=_invoice_href(desk, columns),
        period_href=desk.url(f"/vat/okres/{month}"),
        next_href=row_url(desk, side, month, others[0]) if others else None,
        next_count=len(others),
        events=events,
    )


def _answers(posted: Posted) -> list[tuple[str, str]]:
    """What was typed, in words."""
    answered = [(asked.label, posted.typed[asked.name], dict(asked.choices)) for asked in posted.form.fields]
    return [
        (label, choices.get(typed, "tak" if typed == "1" else typed)) for label, typed, choices in answered if typed
    ]


def _use_form(columns: Any) -> Posted:
    return USE.blank(use=columns.get("use"), asset=columns.get("asset"))


def _marker_form(columns: Any) -> Posted:
    return MARKER.blank(marker=columns["marker"], ksef_number=columns["ksef_number"])


def _invoice_href(desk: Desk, columns: Any) -> str | None:
    known = columns["invoice_id"] and desk.may("vat.invoice", "read")
    return desk.url(f"/vat/faktury/{columns['invoice_id']}") if known else None


def _events(session: Session, found: RegisterRow) -> list[Event]:
    """The trail, and last the beginning: where the row came from."""
    happened = history(session, found.side, found.id)
    events = [event(one) for one in happened]
    if not any(one.verb == "vat.enter" for one in happened):
        born = f"dodał(a) wiersz: {choice_label(SOURCES, found.columns['source'])}"
        events.append(Event(found.columns["created_by"], born, found.columns["recorded_at"], icon="plus"))
    return events


def _details(found: RegisterRow) -> list[tuple[str, Any]]:
    """What the document says, as pairs for `ui.details`; only what it has."""
    columns = found.columns
    number = (
        columns["counterparty_no"] if not columns["country"] else f"{columns['country']} {columns['counterparty_no']}"
    )
    pairs: list[tuple[str, Any]] = [
        ("Nabywca" if found.side == "sale" else "Dostawca", columns["counterparty_name"]),
        ("Numer kontrahenta", number),
        ("Wystawiony", f"{columns['issued_on']:%d.%m.%Y}"),
    ]
    days = {
        "sold_on": "Sprzedaż",
        "received_on": "Wpływ",
        "bad_debt_due_on": "Termin płatności (zły dług)",
        "bad_debt_paid_on": "Zapłata (zły dług)",
    }
    pairs += [(label, f"{columns[name]:%d.%m.%Y}") for name, label in days.items() if columns.get(name)]
    pairs.append(("Oznaczenie", columns["ksef_number"] or dict(MARKER_OPTIONS)[columns["marker"]]))
    pairs.append(("Źródło", choice_label(SOURCES, columns["source"])))
    if columns.get("flags"):
        pairs.append(("Oznaczenia sprzedaży", ", ".join(columns["flags"])))
    if columns.get("imported"):
        pairs.append(("Import towarów", "tak"))
    if columns["margin_gross"] is not None:
        pairs.append(("Marża brutto", format_pln(columns["margin_gross"])))
    pairs += _circumstances(columns)
    pairs.append(("Opis", columns["description"]))
    return pairs


def _circumstances(columns: Any) -> list[tuple[str, Any]]:
    """What the register knows besides JPK: the kind, the till, how it is paid."""
    pairs: list[tuple[str, Any]] = []
    if columns["internal_kind"] in KINDS:
        pairs.append(("Rodzaj dowodu", KINDS[columns["internal_kind"]].title))
    if columns.get("till_no"):
        kind = {"daily": "dobowy", "monthly": "miesięczny"}.get(columns["report_kind"] or "", "")
        pairs.append(("Kasa", f"{columns['till_no']}, raport {kind} nr {columns['report_no'] or '–'}"))
    if columns.get("receipt_no"):
        pairs.append(("Paragon", columns["receipt_no"]))
    if columns["due_on"]:
        pairs.append(("Termin płatności", f"{columns['due_on']:%d.%m.%Y}"))
    if columns["split_payment"] is not None:
        pairs.append(("Podzielona płatność", "tak" if columns["split_payment"] else "nie"))
    return pairs


@post(
    "/vat/rejestr/{side:str}/{month:str}/{row_id:uuid}/przeznaczenie",
    guards=[may("vat.register", "enter")],
    sync_to_thread=True,
)
def set_use(
    desk: NamedDependency[Desk],
    side: FromPath[str],
    month: FromPath[str],
    row_id: FromPath[UUID],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """What this purchase serves; its deduction follows."""
    purchases_only(side)
    wanted, posted = Month.parse(month, "month"), USE.read(data)

    def act(session: Session, _: RegisterRow) -> str:
        registers.set_use(session, [row_id], known_use(posted.values["use"]), asset=posted.values["asset"])
        return "Przeznaczenie zapisane, odliczenie policzone."

    return _change(desk, "purchase", wanted, row_id, posted, row_url(desk, "purchase", wanted, row_id), act)


def _change(
    desk: Desk,
    side: Side,
    month: Month,
    row_id: UUID,
    posted: Posted,
    to: str,
    act: Callable[[Session, RegisterRow], str],
) -> Response[Any]:
    """What `act` does to the row and says, then on to `to`; when refused, the row again with the form as typed.

    Raises `NotFound`: a row that is not there has no page.
    """
    if not posted.ok:
        return _show(desk, side, month, row_id, posted, 422)
    try:
        with desk.writing() as session:
            said = act(session, row(session, side, month, row_id))
    except NotFound:
        raise
    except Refusal as refusal:
        return _show(desk, side, month, row_id, posted.refused(refusal), status_of(refusal))
    return go(to, toast=Toast(said))


@post(
    "/vat/rejestr/{side:str}/{month:str}/{row_id:uuid}/oznaczenie",
    guards=[may("vat.register", "enter")],
    sync_to_thread=True,
)
def set_marker(
    desk: NamedDependency[Desk],
    side: FromPath[str],
    month: FromPath[str],
    row_id: FromPath[UUID],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """The KSeF number that came later, or another marker."""
    which, wanted, posted = side_of(side), Month.parse(month, "month"), MARKER.read(data)

    def act(session: Session, _: RegisterRow) -> str:
        marker = Marker(posted.values["marker"], posted.values["ksef_number"])
        registers.set_marker(session, which, row_id, marker)
        return "Oznaczenie zapisane."

    return _change(desk, which, wanted, row_id, posted, row_url(desk, which, wanted, row_id), act)


@post(
    "/vat/rejestr/{side:str}/{month:str}/{row_id:uuid}/uniewaznij",
    guards=[may("vat.register", "void")],
    sync_to_thread=True,
)
def void(
    desk: NamedDependency[Desk],
    side: FromPath[str],
    month: FromPath[str],
    row_id: FromPath[UUID],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """The row counts no more; it stays with the reason."""
    which, wanted, posted = side_of(side), Month.parse(month, "month"), VOID.read(data)

    def act(session: Session, found: RegisterRow) -> str:
        registers.void(session, which, row_id, posted.values["reason"])
        return f"Wiersz „{found.columns['document_no'][:80]}” jest unieważniony."

    return _change(desk, which, wanted, row_id, posted, register_url(desk, which, wanted), act)


@post(
    "/vat/rejestr/{side:str}/{month:str}/{row_id:uuid}/odeslij",
    guards=[may("vat.invoice", "refuse")],
    sync_to_thread=True,
)
def send_back(
    desk: NamedDependency[Desk],
    side: FromPath[str],
    month: FromPath[str],
    row_id: FromPath[UUID],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """“Not ours”: the row counts no more and the invoice returns to the city's queue."""
    which, wanted, posted = side_of(side), Month.parse(month, "month"), BACK.read(data)

    def act(session: Session, found: RegisterRow) -> str:
        registers.send_back(session, which, row_id, posted.values["reason"])
        return f"Faktura „{found.columns['document_no'][:80]}” wraca do miasta."

    return _change(desk, which, wanted, row_id, posted, register_url(desk, which, wanted), act)


HANDLERS = [show, set_use, set_marker, void, send_back]
