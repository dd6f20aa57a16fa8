"""Fixed assets for VAT: their list, putting one into use, many from a file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import MultipartBody, URLEncodedBody

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.kernel.money import plain
from app.law import loader
from app.vat.pages.words import USE_OPTIONS, status_of, use_label
from app.vat.queries.registers import assets as queries
from app.vat.queries.registers.assets import AssetCard
from app.vat.rules.annual import deducted_pct
from app.vat.rules.assets import THRESHOLD
from app.vat.rules.entries.assets import COLUMNS, AssetFacts
from app.vat.rules.entries.table import LARGEST_BYTES, FileRefused
from app.vat.service import assets as service
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Toast, go, page
from app.web.tables import Choice, Column, Empty, ListSource, Table, table_page
from policies.guards import may

HOME = "/vat/srodki-trwale"
FORM = Form(
    "srodek-trwaly",
    (
        Field("number", "Numer inwentarzowy", max_length=40, width="short"),
        Field("name", "Nazwa"),
        Field(
            "kind", "Rodzaj", kind="radio",
            choices=(("movable", "Ruchomość, korekta przez 5 lat"), ("real_estate", "Nieruchomość, przez 10 lat")),
        ),
        Field("initial_value", "Wartość początkowa", kind="amount", width="short"),
        Field("vat", "Cały podatek z faktur", kind="amount", width="short"),
        Field("in_use_since", "Oddany do używania", kind="date", width="short"),
        Field("use", "Czemu służy", kind="select", choices=USE_OPTIONS),
        Field(
            "deducted_pct", "Odliczono", kind="amount", width="short", unit="%",
            hint="Procent odliczenia przy zakupie: 20 albo 28,67.",
        ),
        Field("purchase_id", "", kind="hidden", required=False),
    ),
)  # fmt: skip
UPLOAD = Form("plik-srodkow", (Field("file", "Plik CSV", kind="file", accept=".csv,.txt"),))
TABLE = Table(
    "srodki-trwale",
    "Środki trwałe",
    (
        Column("number", "Numer", "code", param="numer", link=lambda row: row["href"]),
        Column("name", "Nazwa", param="nazwa"),
        Column(
            "kind", "Rodzaj", param="rodzaj",
            choices=(Choice("movable", "ruchomość"), Choice("real_estate", "nieruchomość")),
        ),
        Column("in_use_since", "W używaniu od", "date", param="od"),
        Column("initial_value", "Wartość", "amount", param="wartosc", total=True),
        Column("vat", "Podatek", "amount", param="podatek", total=True),
        Column("deducted", "Odliczono, %", param="odliczono", minor=True),
        Column("use", "Służy", param="sluzy", minor=True),
        Column("corrected", "Korekty dotąd", "amount", param="korekty", total=True),
        Column("last_year", "Ostatni rok", "number", param="koniec"),
        Column(
            "state", "Stan", "status", param="stan",
            choices=(
                Choice("now", "w okresie", "info"), Choice("sold", "sprzedany", "neutral"),
                Choice("over", "po okresie", "success"), Choice("waits", "czeka na procent", "warning"),
            ),
        ),
    ),
    words=("środek trwały", "środki trwałe", "środków trwałych"),
    order="numer",
    empty=Empty(
        "Nie ma jeszcze środków trwałych",
        "Wpisz te powyżej progu: ich podatek koryguje się przez 5 albo 10 lat.",
        icon="building",
    ),
)  # fmt: skip


@get(HOME, guards=[may("vat.register", "read")], sync_to_thread=True)
def show(request: Request[Any, Any, Any], desk: NamedDependency[Desk]) -> Response[Any]:
    """Every asset with what its corrections come to."""
    year = last_year(desk)
    with desk.reading() as session:
        cards = queries.cards(session, year)
        waiting = queries.unregistered(session)
    may_enter = desk.may("vat.register", "enter")
    return table_page(
        request,
        TABLE,
        ListSource([_line(desk, one, year) for one in cards]),
        "vat/assets.html",
        file_name=f"{desk.code} środki trwałe",
        desk=desk,
        threshold=loader.newest(THRESHOLD),
        waiting=[(row, desk.url(f"{HOME}/nowy?zakup={row['id']}")) for row in waiting],
        new_href=desk.url(f"{HOME}/nowy") if may_enter else None,
        upload_href=desk.url(f"{HOME}/wczytaj") if desk.may("vat.register", "import") else None,
    )


def last_year(desk: Desk) -> int:
    """The year whose corrections are made today: the one that ended, or that ends with the month worked on."""
    return Month.of(desk.on).previous.year if desk.on.month == 1 else desk.on.year - 1


def _line(desk: Desk, card: AssetCard, year: int) -> dict[str, Any]:
    asset = card.asset
    state = "sold" if card.sold_on else "waits" if card.waits_for else "over" if card.last_year <= year else "now"
    return {
        "number": asset.number,
        "name": asset.name,
        "kind": asset.kind,
        "in_use_since": asset.in_use_since,
        "initial_value": asset.initial_value,
        "vat": asset.vat,
        "deducted": plain(asset.deducted_pct).replace(".", ","),
        "use": use_label(asset.use),
        "corrected": card.outcome.result.total,
        "last_year": card.last_year,
        "state": state,
        "href": desk.url(f"{HOME}/{asset.id}"),
    }


@get(f"{HOME}/nowy", guards=[may("vat.register", "enter")], sync_to_thread=True)
def ask(request: Request[Any, Any, Any], desk: NamedDependency[Desk]) -> Response[Any]:
    """An empty form, or one filled from a purchase of the register."""
    asked = request.query_params.get("zakup")
    if asked is None:
        return _ask(desk, FORM.blank(in_use_since=desk.on))
    with desk.reading() as session:
        row = queries.bought(session, _uuid(asked))
    pct = deducted_pct(row)
    known = {"name": row["description"] or row["counterparty_name"], "initial_value": row["net"], "vat": row["vat"]}
    blank = FORM.blank(**known, use=row["use"], deducted_pct=pct, in_use_since=row["issued_on"], purchase_id=row["id"])
    return _ask(desk, blank)


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refusal("Nie ma takiego zakupu w rejestrze.", "zakup") from None


def _ask(desk: Desk, form: Posted, status: int = 200) -> Response[Any]:
    return page(
        "vat/asset_form.html",
        status=status,
        desk=desk,
        form=form,
        threshold=loader.newest(THRESHOLD),
        action=desk.url(f"{HOME}/nowy"),
        cancel=desk.url(HOME),
        crumbs=[("Środki trwałe", desk.url(HOME))],
    )


@post(f"{HOME}/nowy", guards=[may("vat.register", "enter")], sync_to_thread=True)
def register(desk: NamedDependency[Desk], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """Puts the asset into the register."""
    posted = FORM.read(data)
    if not posted.ok:
        return _ask(desk, posted, 422)
    given = dict(posted.values)
    try:
        given["purchase_id"] = _uuid(given["purchase_id"]) if given["purchase_id"] else None
        with desk.writing() as session:
            made = service.register(session, AssetFacts(**given))
    except Refusal as refusal:
        return _ask(desk, posted.refused(refusal), status_of(refusal))
    return go(desk.url(f"{HOME}/{made.id}"), toast=Toast(f"Środek trwały „{made.number}” jest w rejestrze."))


@get(f"{HOME}/wczytaj", guards=[may("vat.register", "import")], sync_to_thread=False)
def ask_file(desk: NamedDependency[Desk]) -> Response[Any]:
    """What a file looks like."""
    return _file(desk, UPLOAD.blank())


def _file(desk: Desk, form: Posted, status: int = 200, refused: FileRefused | None = None) -> Response[Any]:
    return page(
        "vat/asset_file.html",
        status=status,
        desk=desk,
        form=form,
        problems=refused.problems if refused else (),
        columns=list(COLUMNS.items()),
        action=desk.url(f"{HOME}/wczytaj"),
        crumbs=[("Środki trwałe", desk.url(HOME))],
    )


@post(f"{HOME}/wczytaj", guards=[may("vat.register", "import")], sync_to_thread=True)
def upload(desk: NamedDependency[Desk], data: MultipartBody[dict[str, Any]]) -> Response[Any]:
    """All assets of the file or none."""
    posted = UPLOAD.read(data)
    if not posted.ok:
        return _file(desk, posted, 422)
    try:
        with desk.writing() as session:
            done = service.import_file(session, posted.values["file"].file.read(LARGEST_BYTES + 1))
    except FileRefused as refused:
        return _file(desk, UPLOAD.blank(), 422, refused)
    except Refusal as refusal:
        return _file(desk, posted.refused(Refusal(refusal.message, "file")), status_of(refusal))
    return go(desk.url(HOME), toast=Toast(f"Dodano: {done.added}, bez zmian: {done.unchanged}."))


HANDLERS = [show, ask, register, ask_file, upload]
