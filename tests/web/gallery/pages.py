"""The gallery's addresses. Handlers are as plain as the product's: data, then one template."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from litestar import Litestar, Request, Response, get, post
from litestar.config.csrf import CSRFConfig
from litestar.enums import MediaType
from litestar.exceptions import NotFoundException
from litestar.params import Parameter
from litestar.response import ServerSentEvent

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.web.forms import Field, Form
from app.web.parts import Found, PortalTask
from app.web.render import (
    SECURITY_HEADERS,
    Account,
    Go,
    Link,
    Page,
    Portal,
    Section,
    Shell,
    Toast,
    go,
    page,
    part,
    static_files,
    template_config,
)
from app.web.tables import Bulk, Choice, Column, Empty, ListSource, Table, download
from tests.web.gallery import work
from tests.web.gallery.town import MONTH, UNITS, purchases

HERE = Path(__file__).parent
PURCHASES = purchases()
PUBLIC: dict[str, Any] = {"public": True}
MENU = (
    (None, (("Dziś", "/", "home", 39),)),
    (
        "VAT",
        (
            ("Tablica miesiąca", "/tablica", "calendar-month", None),
            ("Kolejka faktur", "/kolejka", "inbox", 23),
            ("Rejestr zakupów", "/rejestr", "table", None),
            ("Podpis jednostki", "/podpis", "signature", 2),
            ("Deklaracja", "/deklaracja", "receipt-tax", None),
            ("Przebiegi", "/przebieg", "progress-check", None),
        ),
    ),
    ("Ustawienia", (("Jednostki", "/jednostki", "sitemap", None), ("Nowa jednostka", "/formularz", "plus", None), ("Części stron", "/stany", "layout-list", None))),
)  # fmt: skip

REGISTER = Table(
    "rejestr",
    "Zakupy, wrzesień 2026",
    (
        Column("number", "Numer faktury", kind="code", param="numer", link=lambda row: f"/faktura/{row.id}"),
        Column("supplier", "Dostawca", param="dostawca", sub=lambda row: row.subject),
        Column("nip", "NIP", kind="code", minor=True),
        Column("unit", "Jednostka", param="jednostka", choices=tuple(Choice(code, short) for code, _, short in UNITS)),
        Column("issued_on", "Wystawiona", kind="date", param="wystawiona"),
        Column("received_on", "Wpływ", kind="date", param="wplyw", minor=True, hint="Dzień wpływu; decyduje o miesiącu odliczenia"),
        Column("use", "Przeznaczenie", param="przeznaczenie", minor=True, choices=(Choice("direct", "opodatkowane"), Choice("mixed", "mieszane"), Choice("none", "bez odliczenia"))),
        Column("net", "Netto", kind="amount", param="netto", total=True),
        Column("vat", "VAT", kind="amount", total=True),
        Column("deductible", "Do odliczenia", kind="amount", param="odliczenie", total=True, explain=lambda row: f"/wyliczenie/{row.id}"),
        Column("state", "Stan", kind="status", param="stan", choices=(Choice("posted", "w rejestrze", "success"), Choice("check", "do sprawdzenia", "warning"), Choice("new", "nowa", "info"), Choice("broken", "z błędem", "danger"))),
    ),
    words=("faktura", "faktury", "faktur"),
    row_key=lambda row: str(row.id),
    row_tone=lambda row: "danger" if row.state == "broken" else None,
    order="-wystawiona",
    bulk=(Bulk("Zatwierdź", "/rejestr/zatwierdz", "check", primary=True), Bulk("Odrzuć", "/rejestr/odrzuc", "x", confirm="Odrzucić zaznaczone faktury? Dostawca dostanie wiadomość.")),
)  # fmt: skip
EMPTY = replace(REGISTER, name="pusty", caption="Zakupy, październik 2026", empty=Empty("Nie ma jeszcze faktur za październik", "Faktury przychodzą z KSeF same, co noc. Możesz też wczytać je teraz z pliku.", "Wczytaj faktury", "/formularz", "file-import"))  # fmt: skip
UNIT_TABLE = Table(
    "jednostki",
    "Jednostki",
    (Column("0", "Kod", kind="code", value=lambda row: row[0], param="kod"), Column("1", "Nazwa", value=lambda row: row[1], param="nazwa", link=lambda row: f"/jednostka/{row[0]}"), Column("2", "Skrót", value=lambda row: row[2], param="skrot")),
    words=("jednostka", "jednostki", "jednostek"),
)  # fmt: skip


def _nip(value: str) -> None:
    if len(value) != 10 or not value.isdigit():
        raise Refusal("NIP ma dziesięć cyfr, bez kresek.")


UNIT = Form(
    "jednostka",
    (
        Field("name", "Nazwa jednostki", hint="Pełna, jak w statucie.", autocomplete="off"),
        Field("nip", "NIP", width="short", check=_nip),
        Field("kind", "Rodzaj", kind="select", width="medium", choices=(("school", "Szkoła"), ("kindergarten", "Przedszkole"), ("welfare", "Pomoc społeczna"), ("office", "Urząd"))),
        Field("since_on", "Rozlicza VAT z miastem od", kind="date", width="short"),
        Field("budget", "Plan wydatków na 2026", kind="amount", width="short", low=Decimal(0), hint="Kwota z uchwały budżetowej."),
        Field("books", "Kto prowadzi księgi", kind="radio", choices=(("own", "Jednostka sama"), ("centre", "Centrum usług wspólnych"))),
        Field("notes", "Uwagi", kind="textarea", required=False, max_length=500),
        Field("statute", "Statut", kind="file", required=False, accept=".pdf,.odt"),
        Field("sure", "Burmistrz upoważnił kierownika do podpisywania deklaracji cząstkowych", kind="checkbox"),
    ),
)  # fmt: skip
LOGIN = Form("logowanie", (Field("login", "Nazwa użytkownika", autocomplete="username"), Field("password", "Hasło", kind="password", autocomplete="current-password")))  # fmt: skip

ACCOUNT = Account("Anna Zielińska", "główna księgowa · CUW", (Link("Moje konto", "/stany", "user-circle"), Link("Pomoc", "/stany", "help-circle")))  # fmt: skip


def month_href(month: Month) -> str:
    return f"?miesiac={month}"


def office(template: str, request: Request[Any, Any, Any], /, *, runs: bool = True, **context: Any) -> Page:
    here = request.url.path
    shell = Shell(
        where=("Nowa Dąbrowa", "Centrum Usług Wspólnych"),
        account=ACCOUNT,
        menu=tuple(
            Section(title, tuple(Link(words, href, drawn, href == here, badge) for words, href, drawn, badge in items))
            for title, items in MENU
        ),
        switch_url="/zmien",
        search_url="/szukaj",
        runs=(replace(work.PROGRESS, id="gora", stream=None, cancel_url=None),) if runs else (),
        runs_url="/przebieg",
        tasks=3,
        tasks_url="/",
    )
    return page(f"gallery/{template}", shell=shell, **context)


def portal(template: str, request: Request[Any, Any, Any], /, **context: Any) -> Page:
    menu = (("Strona główna", "/portal"), ("Podatki i opłaty", "/portal/podatki"), ("Odpady", "/portal/odpady"), ("Moje sprawy", "/portal/sprawy"))  # fmt: skip
    made = Portal(
        "Miasto Nowa Dąbrowa",
        stylesheet_url="/barwy.css",
        crest_url="/herb.svg",
        menu=tuple(Link(title, href, active=href == request.url.path) for title, href in menu),
        languages=tuple(Link(name, "/portal", badge=code, active=code == "pl") for name, code in (("Polski", "pl"), ("English", "en"), ("Українська", "uk"))),
        address=("Urząd Miasta Nowa Dąbrowa", "pl. Ratuszowy 1, 05-899 Nowa Dąbrowa", "tel. 22 555 01 00, urzad@nowadabrowa.example"),
        footer=(Link("Deklaracja dostępności", "/portal"), Link("Ochrona danych", "/portal"), Link("BIP", "/portal")),
    )  # fmt: skip
    return page(f"gallery/{template}", portal=made, **context)


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
async def register_verb(request: Request[Any, Any, Any], verb: str) -> Go:
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


@get(["/faktura/{number:int}", "/jednostka/{code:str}"], opt=PUBLIC)
async def detail(request: Request[Any, Any, Any], number: int = 1, code: str = "") -> Page:
    return office("invoice.html", request, row=PURCHASES[number - 1], history=work.HISTORY)


@get("/tablica", opt=PUBLIC)
async def board(request: Request[Any, Any, Any]) -> Page:
    stages, rows = work.board()
    return office("board.html", request, stages=stages, rows=rows, month=MONTH, month_href=month_href)


@get("/kolejka", opt=PUBLIC)
async def queue(request: Request[Any, Any, Any], invoice: Annotated[int, Parameter(query="faktura")] = -1) -> Page:
    return office(
        "queue.html", request, items=work.queue(max(invoice, 0)), open=invoice >= 0, candidates=work.CANDIDATES, chosen=max(invoice, 0)
    )  # fmt: skip


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
async def reckoning(request: Request[Any, Any, Any], what: str) -> Page:
    if what == "zepsute":
        raise RuntimeError("the gallery's own defect")
    return office("reckoning.html", request, fragment="reckoning", steps=work.STEPS)


@get("/przebieg", opt=PUBLIC)
async def run(request: Request[Any, Any, Any]) -> Page:
    return office("run.html", request, runs=False, run=work.PROGRESS)


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
    sent = {"name": "Szkoła Podstawowa nr 4 w Nowej Dąbrowie", "nip": "774-00-14-5", "kind": "school", "since_on": "31.02.2026", "budget": "1 234 567,80", "sure": "1"}  # fmt: skip
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
        history=work.HISTORY,
        run=work.PROGRESS,
        steps=work.STEPS,
        month=MONTH,
        month_href=month_href,
    )


@get(["/szukaj", "/zmien"], opt=PUBLIC)
async def find(request: Request[Any, Any, Any], q: str = "") -> Page:
    wanted = q.casefold()
    units = [Found(name, f"/jednostka/{code}", "building", f"{code} · {short}", depth=1, active=code == "UM") for code, name, short in UNITS if wanted in name.casefold()]  # fmt: skip
    groups = [("Jednostki", units[:8])]
    if request.url.path == "/szukaj":
        rows = [Found(row.number, f"/faktura/{row.id}", "file-invoice", row.supplier, str(row.net)) for row in PURCHASES if wanted and wanted in row.supplier.casefold()]  # fmt: skip
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
    return page("error.html", heading="Nie udało się wczytać rejestru", happened="Serwer nie odpowiedział w ciągu 30 sekund.", safe="Wszystko, co było zapisane, jest na miejscu. To, co wpisano w formularzu, czeka w tej przeglądarce.", todo="Spróbuj ponownie za chwilę. Jeśli błąd wróci, podaj numer poniżej.", number="7F3A-91C2", back="/rejestr", again=True, law=None)  # fmt: skip


TASKS = (
    PortalTask("Zapłać podatek lub opłatę", "Nieruchomości, odpady, użytkowanie wieczyste. Przelewem, kartą lub BLIKIEM.", "/portal/podatki", "credit-card"),
    PortalTask("Złóż deklarację śmieciową", "Nowe mieszkanie, narodziny dziecka, wyprowadzka.", "/portal/odpady", "trash"),
    PortalTask("Zgłoś zmianę w podatku od nieruchomości", "Kupno, sprzedaż lub rozbudowa domu.", "/portal/podatki", "home-dollar"),
    PortalTask("Sprawdź, co z moją sprawą", "Na jakim jest etapie i kto ją prowadzi.", "/portal/sprawy", "search"),
    PortalTask("Wniosek o dodatek mieszkaniowy", "Sprawdź w 3 minuty, czy Ci przysługuje.", "/portal/sprawy", "home"),
    PortalTask("Umów wizytę w urzędzie", "Bez stania w kolejce.", "/portal/sprawy", "calendar-event"),
)  # fmt: skip


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
        detail,
        board,
        queue,
        assign,
        sign_off,
        signed,
        declaration,
    ]
    more = [reckoning, run, run_events, form, refused_form, save_form, states, find, login, log_in, trouble]
    face = [portal_home, portal_due, colours, crest, static_files()]
    return Litestar(
        [*handlers, *more, *face],
        template_config=template_config({"gallery": HERE / "templates"}),
        csrf_config=CSRFConfig(secret="a gallery has no secrets"),
        exception_handlers={RuntimeError: _defect, NotFoundException: _lost},
        response_headers=SECURITY_HEADERS,
        openapi_config=None,
    )
