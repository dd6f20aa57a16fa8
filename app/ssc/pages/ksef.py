"""The line to KSeF: how it goes, what was fetched, what to do; and the form that makes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Annotated, Any

from anyio import to_thread
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, URLEncodedBody

from app.gateways.ksef.pace import allowance
from app.kernel.clock import midnight
from app.kernel.errors import Refusal
from app.ssc.ksef import visits
from app.ssc.ksef.access import ENVIRONMENTS, Wanted, connect_city
from app.ssc.ksef.fetch import refuse_too_soon
from app.ssc.pages.across import Across
from app.vat.queries import directory
from app.vat.queries.ksef import PackageView, View, view
from app.vat.service.ksef import connection
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Toast, go, page
from app.web.tables import Column, Empty, ListSource, Table, table_page
from app.web.words import at
from policies.guards import may

SUBJECTS = {"Subject2": "zakupy (Podmiot2)", "Subject1": "sprzedaż (Podmiot1)", "Subject3": "inne (Podmiot3)"}
STATES = {
    "asked": ("info", "zamówiona"),
    "requested": ("info", "w przygotowaniu"),
    "received": ("info", "pobrana, wczytywana"),
    "imported": ("success", "wczytana"),
    "lost": ("warning", "wygasła, zamówiona ponownie"),
}
GROUPS = (("export", "Paczki faktur"), ("export_status", "Stan paczek"), ("metadata", "Listy faktur"),
          ("invoice", "Pojedyncze faktury"), ("send", "Wysłane faktury"))  # fmt: skip
_SKEW_MOST_S = 120
CONNECT = Form(
    "polaczenie",
    (
        Field("srodowisko", "Środowisko KSeF", kind="select",
              choices=(("production", "Produkcyjne"), ("demo", "Przedprodukcyjne (demo)"), ("test", "Testowe"),
                       ("inne", "Własne, podam adres"))),
        Field("adres", "Adres środowiska", required=False, max_length=200, hint="Tylko gdy środowisko jest własne."),
        Field("kontekst", "Kontekst", max_length=16, width="medium",
              hint="NIP gminy albo jej identyfikator wewnętrzny z KSeF."),
        Field("od", "Pobieraj faktury od", kind="date", width="short",
              hint="Liczy się dzień zapisania faktury w KSeF."),
        Field("token", "Token KSeF", kind="password", required=False, max_length=500, autocomplete="off",
              hint="Z prawem przeglądania faktur, a do wystawiania także wysyłania. Zapiszemy go zaszyfrowany. Zamiast"
                   " tokena można podać certyfikat z kluczem."),
        Field("certyfikat", "Certyfikat KSeF (PEM)", kind="file", required=False, accept=".pem,.crt,.cer"),
        Field("klucz", "Klucz prywatny certyfikatu (PEM, bez hasła)", kind="file", required=False, accept=".pem,.key"),
    ),
)  # fmt: skip
_FIELDS = {"base_url": "adres", "context": "kontekst", "token": "token", "ksef": "token"}


def _now() -> datetime:
    return datetime.now(UTC)


def _window(one: PackageView) -> str:
    return f"{at(one.from_at)} – {at(one.resume_at)}"


def _table() -> Table:
    return Table(
        "paczki",
        "Paczki z KSeF",
        (
            Column("asked_at", "Zamówiona", value=lambda row: at(row.asked_at)),
            Column("subject", "Rodzaj", value=lambda row: SUBJECTS[row.subject]),
            Column("window", "Zapisane w KSeF", value=_window),
            Column("count", "Faktury", "number"),
            Column("stored", "Nowe", "number",
                   value=lambda row: row.result["stored"] if row.result else None),
            Column("duplicates", "Powtórzone", "number", minor=True,
                   value=lambda row: row.result["duplicates"] if row.result else None),
            Column("quarantined", "Kwarantanna", "number",
                   value=lambda row: row.result["quarantined"] + row.result["known"] if row.result else None),
            Column("state", "Stan", value=lambda row: STATES[row.state][1],
                   sub=lambda row: row.error),
        ),
        words=("paczka", "paczki", "paczek"),
        size=50,
        empty=Empty("Nie pobrano jeszcze żadnej paczki z fakturami",
                    "Gdy w KSeF pojawią się faktury gminy, paczki będą widoczne tutaj.", icon="package"),
    )  # fmt: skip


@get("/vat/ksef", guards=[may("vat.ksef", "read")], sync_to_thread=True)
def show(request: Request[Any, Any, Any], desk: NamedDependency[Desk]) -> Response[Any]:
    """How the line goes, and what became of each package."""
    with desk.reading() as session:
        found = view(session, _now())
    return table_page(
        request, _table(), ListSource(list(found.packages)), "ssc/ksef.html", desk=desk, line=found,
        ok=_clock(found.ok_at), next=_clock(found.next_at), subjects=SUBJECTS, limits=_limits(found),
        trouble=_trouble(found),
        skewed=found.skew_s is not None and abs(found.skew_s) > _SKEW_MOST_S,
        may_fetch=desk.may("vat.ksef", "fetch"), may_connect=desk.may("vat.ksef", "connect"),
    )  # fmt: skip


def _clock(moment: datetime | None) -> tuple[str, str | None]:
    """(hour, day) in Poland, for a figure on a narrow screen."""
    day, _, hour = at(moment).partition("\u00a0")
    return (hour, day) if hour else (day, None)


def _limits(found: View) -> list[tuple[str, int, int]]:
    """(what, used in the last hour, allowed in an hour)."""
    used = found.used or {}
    return [(words, used.get(group, 0), allowance(group, found.rates).hour) for group, words in GROUPS]  # type: ignore[arg-type]


def _trouble(found: View) -> tuple[str, str] | None:
    """What went wrong last, and what to do."""
    if found.error is None:
        return None
    if found.state == "broken":
        return (
            found.error,
            "Połącz gminę ponownie z ważnym tokenem albo certyfikatem. Pobieranie ruszy od tego miejsca.",
        )
    if found.wait_until is not None and found.wait_until > _now():
        return found.error, f"Nic nie trzeba robić: spróbujemy ponownie {at(found.wait_until)}."
    return found.error, "Nic nie trzeba robić: spróbujemy ponownie w ciągu kilku minut."


@post("/vat/ksef/pobierz", guards=[may("vat.ksef", "fetch")], sync_to_thread=True)
def bring(desk: NamedDependency[Desk], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """Starts a visit, unless KSeF would not let anything out yet."""
    try:
        with desk.writing() as session:
            refuse_too_soon(session, _now())
            run_id = visits.start(session).id
    except Refusal as refusal:
        return go(desk.url("/vat/ksef"), toast=Toast(refusal.message, "warning"))
    return go(desk.url(f"/przebiegi/{run_id}"))


@post("/vat/ksef/wstrzymaj", guards=[may("vat.ksef", "connect")], sync_to_thread=True)
def hold(desk: NamedDependency[Desk], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """Fetching stops, or goes on."""
    paused = data.get("stan") != "wznow"
    try:
        with desk.writing() as session:
            connection.pause(session, paused)
    except Refusal as refusal:
        return go(desk.url("/vat/ksef"), toast=Toast(refusal.message, "warning"))
    words = "Wstrzymano pobieranie. Nic nie przepadnie." if paused else "Wznowiono pobieranie."
    return go(desk.url("/vat/ksef"), toast=Toast(words, "success"))


@get("/vat/ksef/polacz", guards=[may("vat.ksef", "connect")], sync_to_thread=True)
def form(desk: NamedDependency[Desk]) -> Response[Any]:
    """What is asked to make the line, with what is known already."""
    with desk.reading() as session:
        known, own = connection.current(session), directory.city(session).nip
    names = {url: name for name, url in ENVIRONMENTS.items()}
    filled: dict[str, Any] = {"kontekst": own, "od": desk.on - timedelta(days=30), "srodowisko": "production"}
    if known is not None:
        filled |= {"kontekst": known.context, "srodowisko": names.get(known.base_url, "inne")}
        if known.base_url not in names:
            filled["adres"] = known.base_url
    return _form(desk, CONNECT.blank(**filled))


def _form(desk: Desk, posted: Posted) -> Response[Any]:
    return page("ssc/ksef_connect.html", status=200 if posted.ok else 422, desk=desk, form=posted)


@post("/vat/ksef/polacz", guards=[may("vat.ksef", "connect")])
async def connect(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    across: NamedDependency[Across],
    data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)],
) -> Response[Any]:
    """Tries the line and keeps it when KSeF lets us in."""
    posted = CONNECT.read(await request.form())
    if not posted.ok:
        return _form(desk, posted)
    try:
        wanted = await _wanted(posted)
        await to_thread.run_sync(partial(connect_city, across.deployment, across.tenant, wanted, desk.login))
    except Refusal as refusal:
        field = _FIELDS.get(refusal.field or "", "token")
        return _form(desk, posted.refused(Refusal(refusal.message, field)))
    return go(desk.url("/vat/ksef"), toast=Toast("Połączono z KSeF. Pierwsze faktury pobierzemy za chwilę.", "success"))


async def _wanted(posted: Posted) -> Wanted:
    given = posted.values
    since = midnight(given["od"])
    url = given["adres"] or "" if given["srodowisko"] == "inne" else given["srodowisko"]
    return Wanted(
        url, given["kontekst"], since, given["token"], await _text(given["certyfikat"]), await _text(given["klucz"])
    )


async def _text(file: UploadFile | None) -> str | None:
    if file is None:
        return None
    try:
        return (await file.read()).decode()
    except UnicodeDecodeError:
        raise Refusal("Plik certyfikatu lub klucza musi być w formacie PEM (tekst).", "token") from None


HANDLERS = [show, bring, hold, form, connect]
