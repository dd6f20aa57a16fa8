"""Substitutes with their days, and the scheme of steps with its limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from app.kernel.errors import NotFound, Refusal
from app.kernel.money import format_pln
from app.purchasing.pages.words import STEP_TITLES, person_of, status_of
from app.purchasing.queries import cases, people
from app.purchasing.rules.facts import Scheme, Step, Substitute
from app.purchasing.rules.scheme import USUAL
from app.purchasing.service.deciding import decide_scheme, end_substitute, give_substitute
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Toast, go, page
from policies.guards import may

LEAST = Decimal("0.01")
OPTIONAL = "vat"
LIMITED = ("substance",)
"""Kinds of steps that may have a limit of amount."""


def substitute_form(desk: Desk) -> Form:
    """People of the unit to choose from."""
    people_ = tuple((one.login, f"{one.name} ({one.login})") for one in desk.colleagues())
    steps = tuple((str(kind), title) for kind, title in STEP_TITLES.items())
    return Form(
        "zastepstwo",
        (
            Field("step_kind", "W czym", kind="select", choices=steps, width="medium"),
            Field("for_login", "Kogo", kind="select", choices=people_),
            Field("login", "Kto zastępuje", kind="select", choices=people_),
            Field("since_on", "Od", kind="date", width="short"),
            Field("until_on", "Do (ostatni dzień)", kind="date", width="short"),
            Field("limit", "Do kwoty brutto", kind="amount", required=False, width="medium", low=LEAST),
            Field("basis", "Upoważnienie", max_length=400, hint="Numer i data zarządzenia albo upoważnienia."),
        ),
    )


@get("/zakupy/zastepstwa", guards=[may("purchasing.scheme", "read")], sync_to_thread=True)
def substitutes(desk: NamedDependency[Desk]) -> Response[Any]:
    """Who acts for whom, and giving a new substitute."""
    form = substitute_form(desk).blank(since_on=desk.on) if desk.may("purchasing.substitute", "give") else None
    return _substitutes(desk, form)


def _substitutes(desk: Desk, form: Posted | None, status: int = 200) -> Response[Any]:
    with desk.reading() as session:
        listed = people.substitutes(session)
    return page(
        "purchasing/substitutes.html",
        status=status,
        desk=desk,
        rows=[(one, STEP_TITLES[one.step_kind], _state(one, desk.on)) for one in listed],  # type: ignore[index]  # a check of the table
        form=form,
        action=desk.url("/zakupy/zastepstwa"),
    )


def _state(one: Any, on: date) -> tuple[str, str]:
    if one.ended_at is not None:
        return "neutral", "zakończone"
    if one.since_on > on:
        return "info", "od jutra lub później"
    return ("neutral", "minęło") if one.until_on < on else ("success", "trwa")


@post("/zakupy/zastepstwa", guards=[may("purchasing.substitute", "give")], sync_to_thread=True)
def give(desk: NamedDependency[Desk], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """A substitute from day to day."""
    posted = substitute_form(desk).read(data)
    if not posted.ok:
        return _substitutes(desk, posted, 422)
    given = dict(posted.values)
    basis = given.pop("basis")
    chosen = next(one for one in desk.colleagues() if one.login == given["login"])
    try:
        with desk.writing() as session:
            give_substitute(
                session, Substitute(**given), chosen.name, basis, person_of(desk), desk.on, serves=chosen.serves
            )
    except Refusal as refusal:
        return _substitutes(desk, posted.refused(refusal), status_of(refusal))
    return go(desk.url("/zakupy/zastepstwa"), toast=Toast(f"Zastępuje: {chosen.name}."))


@post(
    "/zakupy/zastepstwa/{substitute_id:uuid}/koniec", guards=[may("purchasing.substitute", "give")], sync_to_thread=True
)
def end(desk: NamedDependency[Desk], substitute_id: FromPath[UUID]) -> Response[Any]:
    """At once."""
    try:
        with desk.writing() as session:
            end_substitute(session, substitute_id, person_of(desk))
    except NotFound:
        raise
    except Refusal as refusal:
        return go(desk.url("/zakupy/zastepstwa"), toast=Toast(refusal.message, "warning"))
    return go(desk.url("/zakupy/zastepstwa"), toast=Toast("Zastępstwo zakończone."))


SCHEME = Form(
    "schemat",
    (
        Field("valid_from_on", "Obowiązuje od", kind="date", width="short"),
        Field(
            "limit", "Kwota, do której merytorycznie sprawdza pracownik", kind="amount", required=False,
            width="medium", low=LEAST, hint="Powyżej sprawdza kierownik. Puste: bez ograniczenia.",
        ),
        Field(
            "second", "Druga kontrola merytoryczna powyżej kwoty", kind="amount", required=False, width="medium",
            low=LEAST, hint="Puste: nie ma drugiej kontroli.",
        ),
        Field("vat", "Krok „Przeznaczenie VAT”", kind="checkbox", required=False),
        Field("basis", "Zarządzenie", max_length=400),
    ),
)  # fmt: skip


def scheme_of(values: Any) -> Scheme:
    """The usual steps with what the form asks for."""
    steps: list[Step] = []
    for one in USUAL.steps:
        if one.kind == OPTIONAL and not values["vat"]:
            continue
        steps.append(replace(one, limit=values["limit"]) if one.kind in LIMITED else one)
        if one.kind == "substance" and values["second"] is not None:
            apart = ("describe", "substance")
            steps.append(Step("second", "substance", "Druga kontrola merytoryczna", apart, values["second"]))
    return Scheme(values["valid_from_on"], tuple(steps), values["basis"])


@get("/zakupy/schemat", guards=[may("purchasing.scheme", "read")], sync_to_thread=True)
def scheme(desk: NamedDependency[Desk]) -> Response[Any]:
    """The steps in force, those decided, and deciding."""
    return _scheme(
        desk, SCHEME.blank(valid_from_on=desk.on, vat=True) if desk.may("purchasing.scheme", "decide") else None
    )


def _scheme(desk: Desk, form: Posted | None, status: int = 200) -> Response[Any]:
    with desk.reading() as session:
        row = cases.scheme_in_force(session, desk.on)
        now = cases.scheme(session, row.id if row else None)
        decided = cases.schemes(session)
    names = {one.code: one.title for one in now.steps}
    return page(
        "purchasing/scheme.html",
        status=status,
        desk=desk,
        scheme=now,
        steps=[(one, _conditions(one, names)) for one in now.steps],
        decided=decided,
        form=form,
        action=desk.url("/zakupy/schemat"),
    )


def _conditions(one: Step, names: dict[str, str]) -> list[str]:
    said = []
    if one.from_gross is not None:
        said.append(f"tylko powyżej {format_pln(one.from_gross)}")
    if one.limit is not None:
        said.append(f"powyżej {format_pln(one.limit)} wykonuje kierownik")
    if one.apart_from:
        said.append("inna osoba niż w krokach: " + ", ".join(names.get(code, code) for code in one.apart_from))
    return said


@post("/zakupy/schemat", guards=[may("purchasing.scheme", "decide")], sync_to_thread=True)
def decide(desk: NamedDependency[Desk], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """New steps from a day."""
    posted = SCHEME.read(data)
    if not posted.ok:
        return _scheme(desk, posted, 422)
    try:
        with desk.writing() as session:
            decide_scheme(session, scheme_of(posted.values), person_of(desk), desk.on)
    except Refusal as refusal:
        return _scheme(desk, posted.refused(refusal), status_of(refusal))
    return go(desk.url("/zakupy/schemat"), toast=Toast("Schemat zapisany. Dokumenty w obiegu idą dalej po staremu."))


HANDLERS = [substitutes, give, end, scheme, decide]
