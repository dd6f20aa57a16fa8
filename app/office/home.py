"""Home is work: what waits for this person here, by when, what is running; and finding anything by a word of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from sqlalchemy.orm import Session

from app.kernel import runs
from app.kernel.dates import Month, counted, format_long, format_short
from app.office.entry import office
from app.office.menu import current_month, sections
from app.office.runs import progress
from app.purchasing.queries import people
from app.purchasing.queries import worklist as listed
from app.purchasing.rules.facts import OF_THE_UNIT, RIGHTS, Person
from app.ssc import worklist
from app.ssc.pages.worklist import STEPS
from app.vat.queries import inbox, returns, settlements
from app.vat.queries.registers.month import Stage, stage
from app.vat.rules.deadlines import due_day
from app.web.desk import Desk
from app.web.parts import Deadline, Found, Tone, Work
from app.web.render import page
from app.web.words import amount, date_pl
from policies.guards import may
from tenants.accounts.reach import search as search_places
from tenants.accounts.reach import tree

MOST_FOUND = 8
CENTRE_STEPS = {one.code: one.label for one in STEPS}


@get("/", sync_to_thread=True, opt={"personal": True})
def home(request: Request[Any, Any, Any], desk: NamedDependency[Desk]) -> Response[Any]:
    """Today's work in this tenant."""
    month, books = current_month(desk), kept_books(request, desk)
    with desk.reading() as session:
        work = list(tasks(session, desk, books))
        running = [progress(desk, run) for run in runs.current(session)] if desk.may("run", "read") else []
        made = returns.versions(session, month) if desk.municipality else []
    return page(
        "office/home.html",
        desk=desk,
        month=month,
        today=format_long(desk.on),
        work=work,
        deadlines=list(_deadlines(desk, month, made=bool(made))),
        running=running,
    )


def kept_books(request: Request[Any, Any, Any], desk: Desk) -> list[str]:
    """The units whose books are kept here, for who has the list of their purchases."""
    if not desk.may("purchasing.worklist", "read"):
        return []
    return worklist.kept_books(office(request).host, request.state.tenant, desk.on)


def tasks(session: Session, desk: Desk, books: Collection[str]) -> Iterator[Work]:
    """What waits for this person, the most urgent first; `books`: see `kept_books`."""
    month = current_month(desk)
    if books:
        yield from _of_their_purchases(session, desk, books)
    if desk.may("purchasing.case", "read"):
        yield from _of_purchases(session, desk)
    if "vat" not in desk.modules:
        return
    if desk.municipality:
        yield from _of_the_city(session, desk)
    if desk.may("vat.period", "read"):
        for wanted in (month.previous, month):
            yield from _of_the_month(desk, stage(session, wanted), settlements.reminders(session, wanted))


def _of_purchases(session: Session, desk: Desk) -> Iterator[Work]:
    rights = frozenset(act for act in RIGHTS.values() if desk.may("purchasing.case", act))
    if count := people.waiting_for(session, Person(desk.login, rights, desk.own, desk.serves), desk.on):
        yield Work(
            "Faktury i rachunki w obiegu",
            desk.url("/zakupy/faktury"),
            "czekają na Twój krok",
            count,
            None,
            "info",
            "files",
        )


def _of_their_purchases(session: Session, desk: Desk, books: Collection[str]) -> Iterator[Work]:
    kinds = [kind for kind, act in RIGHTS.items() if kind not in OF_THE_UNIT and desk.may("purchasing.case", act)]
    waiting = listed.waiting(session, books, kinds)
    for kind in kinds:
        if kind in waiting:
            yield Work(
                f"Zakupy jednostek: {CENTRE_STEPS[kind]}", desk.url(f"/zakupy/centrum?krok={kind}"),
                "dokumenty obsługiwanych jednostek", waiting[kind], None, "info", "list-check",
            )  # fmt: skip


def _of_the_city(session: Session, desk: Desk) -> Iterator[Work]:
    if desk.may("vat.invoice", "assign") and (waiting := sum(one.count for one in inbox.queue_counts(session))):
        yield Work(
            "Faktury bez jednostki", desk.url("/vat/kolejka"), "wskaż, której jednostki dotyczą", waiting, None,
            "warning", "help-circle",
        )  # fmt: skip
    counts = inbox.board(session) if desk.may("vat.inbox", "read") else []
    if blocked := sum(one.blocked for one in counts if one.state != "share"):
        yield Work(
            "Faktury wstrzymane przed rejestrem", desk.url("/vat/faktury?rejestr=blocked"),
            "miesiąc jednostki jest zamknięty", blocked, None, "danger", "file-alert",
        )  # fmt: skip
    if desk.may("vat.quarantine", "settle") and (refused := inbox.unsettled(session)):
        yield Work(
            "Pliki w kwarantannie", desk.url("/vat/kwarantanna"), "czekają na wyjaśnienie", refused, None, None,
            "file-off",
        )  # fmt: skip


def _of_the_month(desk: Desk, here: Stage, reminders: Sequence[settlements.Reminder]) -> Iterator[Work]:
    period = desk.url(f"/vat/okres/{here.month}")
    if reminders and here.state != "published":
        said = reminders[0]
        what = "uzupełnienie rejestru" if said.step == "complete" else "podpis kierownika"
        words = "termin minął" if said.kind == "late" else "termin się zbliża"
        yield Work(
            f"Miasto przypomina: {what} za {here.month.label}", period,
            f"{words}: {format_short(said.due_on)}", None, None,
            "danger" if said.kind == "late" else "warning", "bell",
        )  # fmt: skip
    if here.state == "open" and here.unassigned and desk.may("vat.register", "enter"):
        yield Work(
            f"Zakupy bez przeznaczenia, {here.month.label}", desk.url(f"/vat/rejestr/zakup/{here.month}"),
            "bez niego nie wiadomo, ile podatku odliczyć", here.unassigned, None, "warning", "receipt",
        )  # fmt: skip
    if here.state == "open" and (here.sales or here.purchases) and desk.may("vat.period", "complete"):
        rows = counted(here.sales + here.purchases, "wiersz", "wiersze", "wierszy")
        yield Work(f"Uzupełnij rejestr za {here.month.label}", period, rows, None, None, "info", "clipboard-check")
    if here.state == "completed" and desk.may("vat.return", "publish"):
        yield Work(
            f"Podpisz rejestr za {here.month.label}", period, f"uzupełnił {here.completed_by}", None, None, "info",
            "signature",
        )  # fmt: skip


def _deadlines(desk: Desk, month: Month, *, made: bool) -> Iterator[Deadline]:
    """The return's day, which binds the units too."""
    on = due_day(month)
    left = (on - desk.on).days
    words = f"za {counted(left, 'dzień', 'dni', 'dni')}" if left > 0 else "dziś" if left == 0 else "termin minął"
    href = desk.url(f"/vat/deklaracja/{month}" if desk.municipality else f"/vat/okres/{month}")
    tone: Tone | None = "success" if made else "danger" if left < 0 else "warning" if left <= 5 else None
    yield Deadline(on, f"JPK_V7M za {month.label}", href, "deklaracja gotowa" if made else None, words, tone)


@get("/szukaj", guards=[may("search", "use")], sync_to_thread=True)
def search(request: Request[Any, Any, Any], desk: NamedDependency[Desk], q: FromQuery[str] = "") -> Response[Any]:
    """Pages, units and invoices by a word, a number or an amount: the palette's list, or a whole page."""
    words = q.strip()[:100]
    groups = [(title, found) for title, found in _found(request, desk, words) if found] if words else []
    return page("office/search.html", fragment="found", desk=desk, q=words, groups=groups)


def _found(request: Request[Any, Any, Any], desk: Desk, words: str) -> Iterator[tuple[str, list[Found]]]:
    low = words.casefold()
    pages = [link for section in sections(desk, "") for link in section.items if low in link.title.casefold()]
    yield "Strony", [Found(link.title, link.href, link.icon) for link in pages[:MOST_FOUND]]
    with office(request).host.control() as session:
        places = search_places(tree(session, request.state.principal), words)
        units = [place for top in places for place in (top, *top.units) if place.open]
    yield (
        "Jednostki",
        [Found(one.tenant.name, f"/{one.tenant.slug}", "building", side=one.tenant.code) for one in units[:MOST_FOUND]],
    )
    if desk.municipality and desk.may("vat.inbox", "read"):
        with desk.reading() as session:
            invoices = inbox.search(session, words, MOST_FOUND)
        yield "Faktury", [
            Found(
                one.number, desk.url(f"/vat/faktury/{one.id}"), "file-invoice",
                f"{one.seller_name or ''} · {date_pl(one.issued_on)}", f"{amount(one.gross)} {one.currency}",
            )
            for one in invoices
        ]  # fmt: skip


HANDLERS = [home, search]
