"""Who serves whom: mandates listed, given and ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, URLEncodedBody
from sqlalchemy.orm import Session

from app.kernel.clock import today
from app.kernel.dates import counted
from app.kernel.errors import Refusal
from app.ops import forms, queries
from app.ops.forms import LAST_DAY
from app.ops.pages.card import shown
from app.ops.pages.places import place_url
from app.ops.panel import actor, control, may
from app.ops.verbs import SCOPES
from app.web.forms import Form, Posted
from app.web.render import Toast, go, page
from app.web.tables import Choice, Column, Empty, ListSource, Table
from policies import guards
from tenants import mandates, registry
from tenants.mandates import Given
from tenants.models import Kind, Tenant

READ, GRANT, END = guards.may("mandate", "read"), guards.may("mandate", "grant"), guards.may("mandate", "end")
STATES = (
    Choice("running", "obowiązuje", "success"),
    Choice("future", "od przyszłego dnia", "info"),
    Choice("ended", "zakończony", "neutral"),
)


def table(tenant: Tenant, on: date, ends: bool) -> Table:
    """Mandates of one tenant; whoever may end them opens a row to do it."""

    def ending(row: Given) -> str | None:
        if not ends or state(row, on) == "ended":
            return None
        return place_url(tenant.slug, f"/mandaty/{row.mandate.id}")

    scopes = tuple(Choice(code, title) for code, title in SCOPES.items())
    return Table(
        "mandaty",
        "Mandaty z uchwał i porozumień",
        (
            Column("holder", "Kto obsługuje", param="kto", value=lambda row: row.holder.name, link=ending),
            Column("unit", "Kogo", param="kogo", value=lambda row: row.unit.name),
            Column("scope", "Zakres", param="zakres", value=lambda row: row.mandate.scope, choices=scopes),
            Column("since_on", "Od", "date", param="od", value=lambda row: row.mandate.since_on),
            Column("until_on", "Do", "date", param="do", value=lambda row: row.mandate.until_on),
            Column("state", "Stan", "status", param="stan", value=lambda row: state(row, on), choices=STATES),
            Column("basis", "Podstawa", param="podstawa", value=lambda row: row.mandate.basis),
        ),
        words=("mandat", "mandaty", "mandatów"),
        row_key=lambda row: str(row.mandate.id),
        order="-od",
        empty=Empty(
            "Nie ma tu mandatów", "Mandat zapisz, gdy rada powierzyła obsługę centrum usług wspólnych.",
            "Nadaj mandat" if ends else None, place_url(tenant.slug, "/nowy-mandat"), "rubber-stamp",
        ),
    )  # fmt: skip


def state(given: Given, on: date) -> str:
    """ "future", "running" or "ended" on a day."""
    if given.mandate.since_on > on:
        return "future"
    return "ended" if given.mandate.until_on is not None and given.mandate.until_on < on else "running"


@get("/gminy/{place:str}/mandaty", guards=[READ], sync_to_thread=True)
def list_mandates(request: Request[Any, Any, Any], place: FromPath[str]) -> Response[Any]:
    """Given by resolutions; below them what a municipality holds by law."""
    with control(request) as session:
        tenant = queries.place(session, place)
        described = table(tenant, today(), may(request, "mandate", "end"))
        query = described.query(request.query_params, request.url.path)
        view = described.view(query, ListSource(mandates.of(session, tenant)))
        by_law = [(SCOPES[scope], basis) for scope, basis in mandates.BY_LAW.items()]
        new = may(request, "mandate", "grant")
        return shown(request, session, tenant, "mandates", fragment="table", view=view, by_law=by_law, new=new)


@get("/gminy/{place:str}/nowy-mandat", guards=[GRANT], sync_to_thread=True)
def new_mandate(request: Request[Any, Any, Any], place: FromPath[str]) -> Response[Any]:
    with control(request) as session:
        tenant = queries.place(session, place)
        unit = tenant.slug if tenant.kind == Kind.UNIT else None
        return _form_page(tenant, _form(session, tenant).blank(since_on=today(), unit=unit))


@post("/gminy/{place:str}/nowy-mandat", guards=[GRANT], sync_to_thread=True)
def grant(request: Request[Any, Any, Any], place: FromPath[str], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """One mandate, or one for every unit of the municipality; those that are in force already stay as they are."""
    with control(request) as session:
        tenant = queries.place(session, place)
        posted = _form(session, tenant).read(data)
    if not posted.ok:
        return _form_page(tenant, posted, status=422)
    asked = posted.values
    try:
        with control(request) as session:
            made, kept = _grant(session, asked, actor(request))
    except Refusal as refusal:
        return _form_page(tenant, posted.refused(refusal), status=422)
    said = f"Nadano {counted(made, 'mandat', 'mandaty', 'mandatów')}." if made else "Niczego nie zmieniłem."
    if kept:
        said += f" Takie same już obowiązywały: {kept}."
    return go(place_url(tenant.slug, "/mandaty"), toast=Toast(said, "success" if made else "info"))


def _grant(session: Session, asked: Any, by: str) -> tuple[int, int]:
    """How many are new, how many were there."""
    holder = queries.place(session, asked["holder"])
    results = []
    for unit in _served(session, holder, asked["unit"]):
        try:
            with session.begin_nested():
                made = mandates.grant(session, holder, unit, asked["scope"], asked["since_on"], asked["basis"], by)
                results.append(made[1])
        except Refusal:
            if asked["unit"] != forms.EVERY_UNIT:
                raise
            results.append(False)
    return sum(results), len(results) - sum(results)


def _served(session: Session, holder: Tenant, unit: str) -> Sequence[Tenant]:
    if unit != forms.EVERY_UNIT:
        return [queries.place(session, unit)]
    city = registry.municipality_of(session, holder)
    return [one for one in registry.units_of(session, city) if one.id != holder.id]


@get("/gminy/{place:str}/mandaty/{mandate:uuid}", guards=[END], sync_to_thread=True)
def mandate(request: Request[Any, Any, Any], place: FromPath[str], mandate: FromPath[UUID]) -> Response[Any]:
    with control(request) as session:
        tenant, given = queries.place(session, place), mandates.by_id(session, mandate)
    return _end_page(tenant, given, LAST_DAY.blank(until_on=max(today(), given.mandate.since_on)))


@post("/gminy/{place:str}/mandaty/{mandate:uuid}", guards=[END], sync_to_thread=True)
def end(
    request: Request[Any, Any, Any],
    place: FromPath[str],
    mandate: FromPath[UUID],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    with control(request) as session:
        tenant, given = queries.place(session, place), mandates.by_id(session, mandate)
    posted = LAST_DAY.read(data)
    if not posted.ok:
        return _end_page(tenant, given, posted, status=422)
    try:
        with control(request) as session:
            last = posted.values["until_on"]
            mandates.end(session, given.holder, given.unit, given.mandate.scope, last, actor(request))
    except Refusal as refusal:
        return _end_page(tenant, given, posted.refused(refusal), status=422)
    return go(place_url(tenant.slug, "/mandaty"), toast=Toast("Zapisano ostatni dzień mandatu."))


def _form(session: Session, tenant: Tenant) -> Form:
    city = registry.municipality_of(session, tenant)
    units = [(unit.slug, unit.name) for unit in registry.units_of(session, city)]
    return forms.mandate([(city.slug, city.name), *units], units)


def _form_page(tenant: Tenant, posted: Posted, status: int = 200) -> Response[Any]:
    return page("ops/new_mandate.html", tenant=tenant, form=posted, place_url=place_url, status=status)


def _end_page(tenant: Tenant, given: Given, posted: Posted, status: int = 200) -> Response[Any]:
    scope = SCOPES[given.mandate.scope]
    return page(
        "ops/mandate.html", tenant=tenant, given=given, scope=scope, form=posted, place_url=place_url, status=status
    )


HANDLERS = [list_mandates, new_mandate, grant, mandate, end]
