"""The gallery's addresses. Handlers are as plain as the product's: data, then one template."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from litestar import Litestar, Request, Response, get, post
from litestar.config.csrf import CSRFConfig
from litestar.enums import MediaType
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import ServerSentEvent

from app.kernel.errors import Refusal
from app.web.parts import Found, PortalTask
from app.web.render import SECURITY_HEADERS, Go, Page, Toast, go, page, part, static_files, template_config
from app.web.tables import ListSource, download
from tests.web.gallery import work
from tests.web.gallery.described import EMPTY, LOGIN, REGISTER, TROUBLES, UNIT, UNIT_TABLE
from tests.web.gallery.frame import month_href, office, portal
from tests.web.gallery.town import MONTH, UNITS, purchases

HERE = Path(__file__).parent
PURCHASES = purchases()
PUBLIC: dict[str, Any] = {"public": True}


@get("/", opt=PUBLIC)
async def today(request: Request[Any, Any, Any]) -> Page:
    return office("today.html", request, work=work.TODAY_WORK, deadlines=work.DEADLINES, run=work.PROGRESS)


@get("/rejestr", opt=PUBLIC)
async def register(request: Request[Any, Any, Any]) -> Any:
    query = REGISTER.query(request.query_params, "/rejestr")
    source = ListSource(PURCHASES)
    if query.export:
        return download(query, source)
    return office(
        "register.html",
        request,
        fragment="table",
        view=REGISTER.view(query, source),
        month=MONTH,
        month_href=month_href,
    )


@post("/rejestr/{verb:str}", opt=PUBLIC)
async def register_verb(request: Request[Any, Any, Any], verb: FromPath[str]) -> Go:
    sent = await request.form()
    chosen = "wszystkie" if sent.get("wszystkie") else len(sent.getall("wybrane", []))
    return go("/rejestr", toast=Toast(f"Zrobione: {verb}, {chosen}; filtry: {request.url.query or 'brak'}."))


@get("/pusty", opt=PUBLIC)
async def empty(request: Request[Any, Any, Any]) -> Page:
    query = EMPTY.query(request.query_params, "/pusty")
    return office(
        "register.html",
        request,
        fragment="table",
        view=EMPTY.view(query, ListSource(())),
        month=MONTH.next,
        month_href=month_href,
    )


@get("/jednostki", opt=PUBLIC)
async def units(request: Request[Any, Any, Any]) -> Page:
    query = UNIT_TABLE.query(request.query_params, "/jednostki")
    return office("units.html", request, fragment="table", view=UNIT_TABLE.view(query, ListSource(UNITS)))


@get("/faktura/{number:int}", opt=PUBLIC)
async def invoice(request: Request[Any, Any, Any], number: FromPath[int]) -> Page:
    return office("invoice.html", request, row=PURCHASES[number - 1], history=work.HISTORY)


@get("/jednostka/{code:str}", opt=PUBLIC)
async def unit(code: FromPath[str]) -> Go:
    return go(f"/rejestr?jednostka={code}")


@get("/tablica/{code:str}/{stage:int}", opt=PUBLIC)
async def stage_of_unit(code: FromPath[str], stage: FromPath[int]) -> Go:
    return go("/kolejka" if stage == 0 else "/podpis" if stage == 3 else f"/rejestr?jednostka={code}")


@get("/tablica", opt=PUBLIC)
async def board(request: Request[Any, Any, Any]) -> Page:
    stages, rows = work.board()
    return office(
        "board.html", request, fragment="stages", stages=stages, rows=rows, month=MONTH, month_href=month_href
    )


@get("/kolejka", opt=PUBLIC)
async def queue(request: Request[Any, Any, Any], number: Annotated[int, QueryParameter(name="faktura")] = -1) -> Page:
    return office(
        "queue.html",
        request,
        items=work.queue(max(number, 0)),
        open=number >= 0,
        candidates=work.CANDIDATES,
        chosen=max(number, 0),
    )


@post("/kolejka", opt=PUBLIC)
async def assign(request: Request[Any, Any, Any]) -> Go:
    sent = await request.form()
    return go(f"/kolejka?faktura={int(sent['faktura']) + 1}", toast=Toast(f"Przypisano do {sent['jednostka']}."))


@get("/podpis", opt=PUBLIC)
async def sign_off(request: Request[Any, Any, Any]) -> Page:
    return office("sign_off.html", request, checks=work.CHECKS, history=work.HISTORY)


@post("/podpis", opt=PUBLIC)
async def signed(request: Request[Any, Any, Any]) -> Go:
    return go("/podpis", toast=Toast("Deklaracja cząstkowa jest podpisana."))


@get("/deklaracja", opt=PUBLIC)
async def declaration(request: Request[Any, Any, Any]) -> Page:
    return office("declaration.html", request, groups=work.declaration(), month=MONTH, month_href=month_href)


@get("/wyliczenie/{what:str}", opt=PUBLIC)
async def reckoning(request: Request[Any, Any, Any], what: FromPath[str]) -> Page:
    if what == "zepsute":
        raise RuntimeError("the gallery's own defect")
    return office("reckoning.html", request, fragment="reckoning", steps=work.STEPS)


@get("/przebieg", opt=PUBLIC)
async def run(request: Request[Any, Any, Any]) -> Page:
    query = TROUBLES.query(request.query_params, "/przebieg")
    view = TROUBLES.view(query, ListSource(work.TROUBLES))
    return office("run.html", request, runs=False, fragment="table", run=work.PROGRESS, view=view)


@get("/przebieg/zdarzenia", opt=PUBLIC)
async def run_events(request: Request[Any, Any, Any]) -> ServerSentEvent:
    async def events() -> AsyncGenerator[dict[str, str], None]:
        done = replace(work.PROGRESS, done=work.PROGRESS.total, state="done", eta=None, rate=None)
        yield {"event": "progress", "data": part(request, "progress_body", done)}
        yield {"event": "done", "data": ""}

    return ServerSentEvent(events())


@get("/formularz", opt=PUBLIC)
async def form(request: Request[Any, Any, Any]) -> Page:
    return office("form.html", request, form=UNIT.blank(books="centre"))


@get("/formularz/odmowa", opt=PUBLIC)
async def refused_form(request: Request[Any, Any, Any]) -> Page:
    sent = {
        "name": "Szkoła Podstawowa nr 4 w Nowej Dąbrowie",
        "nip": "774-00-14-5",
        "kind": "school",
        "since_on": "31.02.2026",
        "budget": "1 234 567,80",
        "sure": "1",
    }
    return office("form.html", request, form=UNIT.read(sent))


@post("/formularz", opt=PUBLIC)
async def save_form(request: Request[Any, Any, Any]) -> Page | Go:
    posted = UNIT.read(await request.form())
    if not posted.ok:
        return office("form.html", request, status=422, form=posted)
    return go("/jednostki", toast=Toast(f"Jednostka „{posted.values['name']}” jest zapisana."))


@get("/stany", opt=PUBLIC)
async def states(request: Request[Any, Any, Any]) -> Page:
    return office(
        "states.html",
        request,
        put_off=False,
        history=work.HISTORY,
        run=work.PROGRESS,
        steps=work.STEPS,
        month=MONTH,
        month_href=month_href,
    )


@post("/stany/odloz", opt=PUBLIC)
async def put_off(request: Request[Any, Any, Any]) -> Page:
    return page(
        "gallery/states.html", fragment="later", put_off=True, toast=Toast("Zadanie wróci jutro o 8:00.", "info")
    )


@get(["/szukaj", "/zmien"], opt=PUBLIC)
async def find(request: Request[Any, Any, Any], q: FromQuery[str] = "") -> Page:
    wanted = q.casefold()
    units = [
        Found(name, f"/jednostka/{code}", "building", f"{code} · {short}", depth=1, active=code == "UM")
        for code, name, short in UNITS
        if wanted in name.casefold()
    ]
    groups = [("Jednostki", units[:8])]
    if request.url.path == "/szukaj":
        rows = [
            Found(row.number, f"/faktura/{row.id}", "file-invoice", row.supplier, str(row.net))
            for row in PURCHASES
            if wanted and wanted in row.supplier.casefold()
        ]
        groups.append(("Faktury", rows[:5]))
    return office("found.html", request, fragment="found", groups=groups)


@get("/logowanie", opt=PUBLIC)
async def login() -> Page:
    return page("gallery/login.html", form=LOGIN.blank())


@post(["/logowanie", "/wyloguj"], opt=PUBLIC)
async def log_in(request: Request[Any, Any, Any]) -> Page | Go:
    if request.url.path == "/wyloguj":
        return go("/logowanie")
    posted = LOGIN.read(await request.form()).refused(Refusal("Nazwa lub hasło się nie zgadza. Spróbuj jeszcze raz."))
    return page("gallery/login.html", status=422, form=posted)


@get("/blad", opt=PUBLIC)
async def trouble() -> Page:
    return page(
        "error.html",
        heading="Nie udało się wczytać rejestru",
        happened="Serwer nie odpowiedział w ciągu 30 sekund.",
        safe="Wszystko, co było zapisane, jest na miejscu. To, co wpisano w formularzu, czeka w tej przeglądarce.",
        todo="Spróbuj ponownie za chwilę. Jeśli błąd wróci, podaj numer poniżej.",
        number="7F3A-91C2",
        back="/rejestr",
        again=True,
        law=None,
    )


TASKS = (
    PortalTask(
        "Zapłać podatek lub opłatę",
        "Nieruchomości, odpady, użytkowanie wieczyste. Przelewem, kartą lub BLIKIEM.",
        "/portal/podatki",
        "credit-card",
    ),
    PortalTask(
        "Złóż deklarację śmieciową", "Nowe mieszkanie, narodziny dziecka, wyprowadzka.", "/portal/odpady", "trash"
    ),
    PortalTask(
        "Zgłoś zmianę w podatku od nieruchomości",
        "Kupno, sprzedaż lub rozbudowa domu.",
        "/portal/podatki",
        "home-dollar",
    ),
    PortalTask("Sprawdź, co z moją sprawą", "Na jakim jest etapie i kto ją prowadzi.", "/portal/sprawy", "search"),
    PortalTask("Wniosek o dodatek mieszkaniowy", "Sprawdź w 3 minuty, czy Ci przysługuje.", "/portal/sprawy", "home"),
    PortalTask("Umów wizytę w urzędzie", "Bez stania w kolejce.", "/portal/sprawy", "calendar-event"),
)


@get("/portal", opt=PUBLIC)
async def portal_home(request: Request[Any, Any, Any]) -> Page:
    return portal("portal.html", request, tasks=TASKS)


@get("/portal/podatki", opt=PUBLIC)
async def portal_due(request: Request[Any, Any, Any]) -> Page:
    return portal("portal_due.html", request, history=work.HISTORY[2:], form=UNIT.blank(), due_on=date(2026, 11, 16))


@get("/barwy.css", opt=PUBLIC, media_type=MediaType.CSS)
async def colours() -> str:
    return ":root { --mg-brand: #7a1f3d; --mg-brand-ink: #fff; }"


@get("/herb.svg", opt=PUBLIC, media_type="image/svg+xml")
async def crest() -> str:
    return (HERE / "templates" / "crest.svg").read_text()


def _defect(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    return Response("Błąd serwera", status_code=500, media_type=MediaType.TEXT)


def _lost(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    return Response("Nie ma takiej strony", status_code=404, media_type=MediaType.TEXT)


def application() -> Litestar:
    handlers = [
        today,
        register,
        register_verb,
        empty,
        units,
        invoice,
        unit,
        stage_of_unit,
        board,
        queue,
        assign,
        sign_off,
        signed,
        declaration,
    ]
    more = [reckoning, run, run_events, form, refused_form, save_form, states, put_off, find, login, log_in, trouble]
    face = [portal_home, portal_due, colours, crest, static_files()]
    return Litestar(
        [*handlers, *more, *face],
        template_config=template_config({"gallery": HERE / "templates"}),
        csrf_config=CSRFConfig(secret="a gallery has no secrets"),
        exception_handlers={RuntimeError: _defect, NotFoundException: _lost},
        response_headers=SECURITY_HEADERS,
        openapi_config=None,
    )
