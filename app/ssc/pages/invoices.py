"""The inbox as a list, one invoice with its decisions, and the documents in quarantine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from sqlalchemy.orm import Session

from app.kernel import outbox
from app.kernel.errors import NotFound, Refusal
from app.kernel.money import format_pln
from app.ssc.delivery import DELIVER
from app.ssc.pages.across import Across
from app.ssc.pages.sheet import sheet
from app.vat.queries import directory, inbox
from app.vat.service import attribution
from app.vat.service.inbox import settle
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.parts import Event
from app.web.render import Toast, go, page
from app.web.tables import Choice, Column, Empty, SqlSource, Table, table_page
from policies.guards import may
from tenants import registry
from tenants.models import Tenant

STATES = (
    Choice("assigned", "przypisana", "success"),
    Choice("queued", "do decyzji", "warning", "help-circle"),
    Choice("split", "podzielona", "success"),
    Choice("internal", "między jednostkami", "neutral", "switch-horizontal"),
)
SIDES = (Choice("purchase", "zakup"), Choice("sale", "sprzedaż"), Choice("internal", "wewnętrzna"))
DELIVERY = (
    Choice("delivered", "w rejestrze", "success"),
    Choice("due", "w drodze", "info"),
    Choice("blocked", "wstrzymana", "danger"),
    Choice("none", "–", "neutral"),
)
REFUSE = Form(
    "odmowa",
    (Field("powod", "Dlaczego to nie jest faktura tej jednostki", kind="textarea", max_length=400),),
)
SETTLE = Form("wyjasnienie", (Field("note", "Co zrobiono z tym dokumentem", kind="textarea", max_length=400),))


def _inbox_table(desk: Desk, units: Mapping[str, str]) -> Table:
    return Table(
        "faktury",
        "Faktury z KSeF",
        (
            Column("number", "Numer", "code", param="numer", link=lambda row: desk.url(f"/vat/faktury/{row.id}"),
                   sub=lambda row: row.ksef_number),
            Column("issued_on", "Wystawiona", "date", param="wystawiona"),
            Column("month", "Miesiąc VAT", "month", param="miesiac", minor=True),
            Column("side", "Rodzaj", param="rodzaj", choices=SIDES, minor=True),
            Column("counterparty", "Kontrahent", param="kontrahent"),
            Column("unit_code", "Jednostka", param="jednostka",
                   choices=tuple(Choice(code, name) for code, name in units.items())),
            Column("state", "Stan", "status", param="stan", choices=STATES),
            Column("delivery", "Rejestr", "status", param="rejestr", choices=DELIVERY,
                   sub=lambda row: row.undelivered_reason),
            Column("vat_pln", "VAT", "amount", param="vat", total=True),
            Column("net_pln", "Netto", "amount", param="netto", total=True),
        ),
        words=("faktura", "faktury", "faktur"),
        order="-wystawiona",
        empty=Empty("Skrzynka jest pusta", "Wczytaj paczki pobrane z KSeF.", icon="inbox"),
    )  # fmt: skip


@get("/vat/faktury", guards=[may("vat.inbox", "read")], sync_to_thread=True)
def listed(request: Request[Any, Any, Any], desk: NamedDependency[Desk]) -> Response[Any]:
    """Every invoice of the city's inbox."""
    with desk.reading() as session:
        table = _inbox_table(desk, directory.names(session))
        return table_page(
            request, table, _source(session, inbox.invoices(session)), "ssc/table.html", desk=desk,
            title="Faktury z KSeF", lead="Wszystko, co przyszło na NIP miasta, i co się z tym stało.",
            action=("Wczytaj faktury", desk.url("/vat/wczytaj"), "file-import")
            if desk.may("vat.inbox", "import") else None,
        )  # fmt: skip


def _source(session: Session, listing: inbox.Listing) -> SqlSource:
    return SqlSource(session, listing.statement, listing.columns, tie=listing.tie)


@get("/vat/faktury/{invoice:uuid}", guards=[may("vat.invoice", "read")], sync_to_thread=True)
def show(
    desk: NamedDependency[Desk],
    across: NamedDependency[Across],
    invoice: FromPath[UUID],
) -> Response[Any]:
    """One invoice: in the municipality any, in a unit only its own."""
    return _show(desk, across, invoice)


def _show(desk: Desk, across: Across, invoice: UUID, form: Posted | None = None) -> Response[Any]:
    with across.deployment.host.control() as session:
        city = registry.municipality_of(session, across.tenant)
    with across.deployment.host.tenant(city, desk.login, read_only=True) as session:
        entry = _own(session, across.tenant, invoice)
        names = directory.names(session)
    return page(
        "ssc/invoice.html",
        status=200 if form is None or form.ok else 422,
        desk=desk,
        entry=entry,
        sheet=sheet(entry),
        unit=names.get(entry.unit_code or "", entry.unit_code),
        shares=[(names.get(one.unit, one.unit), format_pln(one.net), format_pln(one.tax)) for one in entry.shares],
        history=[
            Event(one.decided_by, _decided(one, names), one.recorded_at, None, (), "writing") for one in entry.decisions
        ],
        form=form or REFUSE.blank(),
        may_refuse=entry.state in ("assigned", "split") and desk.may("vat.invoice", "refuse"),
        may_assign=desk.may("vat.invoice", "assign"),
    )


def _own(session: Session, tenant: Tenant, invoice: UUID) -> inbox.Entry:
    """The entry, if it is this tenant's to see. Raises `NotFound`."""
    entry = inbox.entry(session, invoice)
    if tenant.parent_id is not None and tenant.code not in _holders(entry):
        raise NotFound("Nie ma takiej faktury w tej jednostce.", "invoice")
    return entry


def _holders(entry: inbox.Entry) -> set[str | None]:
    return {entry.unit_code, entry.delivered_to, *(share.unit for share in entry.shares)}


def _decided(one: inbox.Decision, names: Mapping[str, str]) -> str:
    words = {"assigned": "przypisanie", "queued": "do decyzji", "internal": "między jednostkami", "split": "podział"}
    unit = f": {names.get(one.unit_code, one.unit_code)}" if one.unit_code else ""
    return f"{words.get(one.outcome, one.outcome)}{unit}. {one.reason}"


@post("/vat/faktury/{invoice:uuid}/odmowa", guards=[may("vat.invoice", "refuse")], sync_to_thread=True)
def refuse(
    desk: NamedDependency[Desk],
    across: NamedDependency[Across],
    invoice: FromPath[UUID],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """“Not ours”: the invoice leaves the unit and returns to the queue."""
    posted = REFUSE.read(data)
    if not posted.ok:
        return _show(desk, across, invoice, posted)
    with across.deployment.host.control() as session:
        city = registry.municipality_of(session, across.tenant)
    try:
        with across.deployment.host.tenant(
            city, desk.login, mandate=f"odmowa jednostki {across.tenant.code}"
        ) as session:
            entry = _own(session, across.tenant, invoice)
            attribution.refuse(session, invoice, posted.values["powod"], entry.decision, across.tenant.code)
            outbox.leave(session, DELIVER, {})
    except Refusal as refusal:
        return _show(desk, across, invoice, posted.refused(refusal))
    return go(desk.url("/vat/faktury" if desk.municipality else ""), toast=Toast("Faktura wróciła do kolejki."))


@get("/vat/faktury/{invoice:uuid}/xml", guards=[may("vat.invoice", "read")], sync_to_thread=True)
def original(
    desk: NamedDependency[Desk],
    across: NamedDependency[Across],
    invoice: FromPath[UUID],
) -> Response[bytes]:
    """The document byte for byte as it came."""
    with across.deployment.host.control() as session:
        city = registry.municipality_of(session, across.tenant)
    with across.deployment.host.tenant(city, desk.login, read_only=True) as session:
        entry = _own(session, across.tenant, invoice)
        data = inbox.content(session, invoice)
    name = f"{entry.ksef_number or invoice}.xml"
    return Response(data, media_type="application/xml", headers=_attachment(name))


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}


def _quarantine_table(desk: Desk) -> Table:
    return Table(
        "kwarantanna",
        "Dokumenty w kwarantannie",
        (
            Column("name", "Plik", param="plik", link=lambda row: desk.url(f"/vat/kwarantanna/{row.id}"),
                   sub=lambda row: row.source),
            Column("reason", "Przyczyna", param="przyczyna"),
            Column("recorded_at", "Kiedy", "instant", param="kiedy"),
            Column("settled_by", "Wyjaśnił", param="wyjasnil", sub=lambda row: row.settled_note),
        ),
        words=("dokument", "dokumenty", "dokumentów"),
        order="-kiedy",
        empty=Empty("Kwarantanna jest pusta", "Czego nie da się przyjąć, trafi tu z przyczyną i oryginałem.",
                    icon="shield-check"),
    )  # fmt: skip


@get("/vat/kwarantanna", guards=[may("vat.quarantine", "read")], sync_to_thread=True)
def quarantine(request: Request[Any, Any, Any], desk: NamedDependency[Desk]) -> Response[Any]:
    """What could not be taken in."""
    with desk.reading() as session:
        return table_page(
            request, _quarantine_table(desk), _source(session, inbox.quarantine(session)), "ssc/table.html", desk=desk,
            title="Kwarantanna", lead="Pliki, których nie można było przyjąć. Oryginały są zachowane.",
        )  # fmt: skip


@get("/vat/kwarantanna/{document:uuid}", guards=[may("vat.quarantine", "read")], sync_to_thread=True)
def quarantined(desk: NamedDependency[Desk], document: FromPath[UUID]) -> Response[Any]:
    """One document: why it is here, what can be seen of it."""
    return _quarantined(desk, document, SETTLE.blank())


def _quarantined(desk: Desk, document: UUID, form: Posted) -> Response[Any]:
    with desk.reading() as session:
        found = inbox.quarantined(session, document)
    text = found.content[:20_000].decode("utf-8", "replace") if found.content is not None else None
    return page(
        "ssc/quarantined.html",
        status=200 if form.ok else 422,
        desk=desk,
        document=found,
        text=text,
        form=form,
        may_settle=found.settled_by is None and desk.may("vat.quarantine", "settle"),
    )


@post("/vat/kwarantanna/{document:uuid}", guards=[may("vat.quarantine", "settle")], sync_to_thread=True)
def settle_document(
    desk: NamedDependency[Desk], document: FromPath[UUID], data: URLEncodedBody[dict[str, Any]]
) -> Response[Any]:
    """A word about what was done."""
    posted = SETTLE.read(data)
    if not posted.ok:
        return _quarantined(desk, document, posted)
    with desk.writing() as session:
        settle(session, document, posted.values["note"])
    return go(desk.url("/vat/kwarantanna"), toast=Toast("Zapisano wyjaśnienie."))


@get("/vat/kwarantanna/{document:uuid}/plik", guards=[may("vat.quarantine", "read")], sync_to_thread=True)
def quarantined_file(desk: NamedDependency[Desk], document: FromPath[UUID]) -> Response[bytes]:
    """The original bytes, never to be shown by a browser."""
    with desk.reading() as session:
        found = inbox.quarantined(session, document)
    if found.content is None:
        raise NotFound("Z tego dokumentu nie zachowała się treść, tylko jego miejsce w paczce.", "document")
    return Response(found.content, media_type="application/octet-stream", headers=_attachment(f"{document}.bin"))


HANDLERS = [listed, show, refuse, original, quarantine, quarantined, settle_document, quarantined_file]
