"""The unit's documents: those that wait for this person, all of them, those that are over; approving many at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from sqlalchemy.orm import Session

from app.kernel.dates import counted
from app.purchasing.pages.words import KIND_NAMES, STATES, case_url, person_of, uuid_of
from app.purchasing.queries import cases, people
from app.purchasing.rules.facts import Person
from app.purchasing.rules.scheme import USUAL
from app.purchasing.service import acting
from app.web.desk import Desk
from app.web.render import Toast, go, page
from app.web.tables import Bulk, Choice, Column, Empty, SqlSource, Table
from policies.guards import may

PARTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "moje": ("Czekają na mnie", ("open",)),
    "w-obiegu": ("W obiegu", ("open",)),
    "gotowe": ("Gotowe", ("ready",)),
    "zakonczone": ("Odrzucone i wycofane", ("rejected", "withdrawn")),
}


@get("/zakupy/faktury", guards=[may("purchasing.case", "read")], sync_to_thread=True)
def show(request: Request[Any, Any, Any], desk: NamedDependency[Desk]) -> Response[Any]:
    """The table of one part; at first what waits for whoever asks."""
    person = person_of(desk)
    with desk.reading() as session:
        titles = _titles(session)
        own = people.own_steps(session, person, desk.on)
        part = request.query_params.get("czesc") or ("moje" if own else "w-obiegu")
        title, states = PARTS.get(part, PARTS["w-obiegu"])
        table = _table(desk, part, title, titles, person)
        source = _source(session, states, own if part == "moje" else None)
        waiting = {one.step: one.count for one in cases.waiting(session)}
        query = table.query(request.query_params, request.url.path)
        if query.export:
            from app.web.tables import download

            return download(query, source, f"{desk.code} {title}")
        view = table.view(query, source)
    counts = {"moje": sum(waiting.get(code, 0) for code in own), "w-obiegu": sum(waiting.values())}
    tabs = [
        (name, desk.url(f"/zakupy/faktury?czesc={code}"), code == part, counts.get(code))
        for code, (name, _) in PARTS.items()
    ]
    return page(
        "purchasing/list.html",
        fragment="table",
        desk=desk,
        view=view,
        tabs=tabs,
        may_open=desk.may("purchasing.case", "open"),
        new_href=desk.url("/zakupy/faktury/nowy"),
        waiting=[(titles.get(code, code), count) for code, count in waiting.items() if count],
    )


def _titles(session: Session) -> dict[str, str]:
    """Step code → title, of the usual scheme and of all that were decided."""
    found = {one.code: one.title for one in USUAL.steps}
    for scheme, _, _ in cases.schemes(session):
        found |= {one.code: one.title for one in scheme.steps}
    return found


def _table(desk: Desk, part: str, title: str, titles: Mapping[str, str], person: Person) -> Table:
    choices = tuple(Choice(code, words) for code, words in titles.items())
    columns = (
        Column("number", "Dokument", "code", param="dokument", link=lambda row: case_url(desk, row.id),
               sub=lambda row: KIND_NAMES.get(row.kind)),
        Column("seller_name", "Dostawca", param="dostawca", sub=lambda row: row.seller_nip),
        Column("issued_on", "Wystawiony", "date", param="wystawiony", minor=True),
        Column("due_on", "Termin", "date", param="termin"),
        Column("step", "Krok", param="krok", choices=choices) if part in ("moje", "w-obiegu")
        else Column("state", "Stan", "status", param="stan", choices=STATES),
        Column("alarm", "Wstrzymania", "number", value=lambda row: row.alarm or None, param="wstrzymania",
               hint="Ostrzeżenia, które ktoś musi wyjaśnić"),
        Column("gross", "Brutto", "amount", param="brutto", total=True, hint="Razem dodaje kwoty w złotych",
               sub=lambda row: None if row.currency == "PLN" else row.currency),
    )  # fmt: skip
    signs = part == "moje" and bool(
        person.rights & {"approve", "sign", "check", "control"} or not person.rights & {"describe"}
    )
    return Table(
        "zakupy",
        title,
        columns,
        words=("dokument", "dokumenty", "dokumentów"),
        row_key=lambda row: f"{row.id}|{row.step or ''}|{row.content}",
        row_tone=lambda row: "danger" if row.alarm else "warning" if row.due_on and row.due_on < desk.on else None,
        order="termin",
        bulk=(Bulk("Zatwierdź zaznaczone", desk.url("/zakupy/faktury/zatwierdz"), "circle-check", primary=True,
                   confirm="Zatwierdzić zaznaczone dokumenty? Każdy zostanie sprawdzony osobno."),) if signs else (),
        empty=Empty(
            "Nic na Ciebie nie czeka" if part == "moje" else "Nie ma tu dokumentów",
            "Faktury z KSeF trafiają do obiegu same, gdy wejdą do rejestru jednostki.", icon="circle-check",
        ),
    )  # fmt: skip


def _source(session: Session, states: tuple[str, ...], steps: list[str] | None) -> SqlSource:
    listed = cases.listing(session, states)
    statement = listed.statement
    if steps is not None:
        statement = statement.where(listed.columns["step"].in_(steps))
    shown = dict(listed.columns)
    return SqlSource(
        session, statement, shown, tie=listed.tie, order_by={"seller_name": shown["sort_name"]}, totals=listed.totals
    )


@post("/zakupy/faktury/zatwierdz", guards=[may("purchasing.case", "read")], sync_to_thread=True)
def approve_many(desk: NamedDependency[Desk], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """Each of the ticked documents by itself, as the list showed it; what could not be approved is told by name."""
    sent = data.get("wybrane") or []
    wanted = [_wanted(one) for one in ([sent] if isinstance(sent, str) else sent)]
    if data.get("wszystkie") or not wanted:
        return go(desk.url("/zakupy/faktury"), toast=Toast("Zaznacz dokumenty, które widzisz na liście.", "info"))
    with desk.writing() as session:
        done = acting.act_on_many(session, wanted, person_of(desk), desk.on)
    refused = [one for one in done if one.problem]
    count = len(done) - len(refused)
    said = f"Zatwierdzono: {counted(count, 'dokument', 'dokumenty', 'dokumentów')}."
    if not refused:
        return go(desk.url("/zakupy/faktury"), toast=Toast(said))
    return page(
        "purchasing/approved.html",
        status=200 if count else 409,
        desk=desk,
        said=said,
        refused=[(one.number, case_url(desk, one.case_id), one.problem) for one in refused],
        back=desk.url("/zakupy/faktury"),
    )


def _wanted(key: str) -> tuple[UUID, str, str]:
    case_id, _, rest = str(key).partition("|")
    step, _, content = rest.partition("|")
    return uuid_of(case_id), step, content


HANDLERS = [show, approve_many]
