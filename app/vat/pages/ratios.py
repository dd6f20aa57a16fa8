"""The per cents of the years: in force, decided before, with their evidence; deciding them; the unit's habits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.kernel.money import format_pln, parse_pln
from app.law import loader
from app.vat.models import VatRatio
from app.vat.pages.words import USE_OPTIONS, shown, status_of
from app.vat.queries.registers import decisions
from app.vat.queries.registers.ratios import habits, history, in_force
from app.vat.rules.evidence import EXCLUSIONS, PARTS, from_data
from app.vat.rules.ratio import Elections, Kind, Stage
from app.vat.service import ratios
from app.vat.service.registers import set_habits
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Link, Toast, go, page
from app.web.tables import Choice, Column, Empty, ListSource, Table, table_page
from policies.guards import may

YEAR, KIND = "rok", "rodzaj"
NAMES: Mapping[Kind, str] = {"pre_ratio": "Prewspółczynnik", "ratio": "Współczynnik"}
MEANINGS: Mapping[Kind, str] = {
    "pre_ratio": "część zakupów mieszanych, która służy działalności gospodarczej",
    "ratio": "część sprzedaży, od której można odliczać podatek",
}
_KINDS = tuple((kind, f"{name}: {MEANINGS[kind]}") for kind, name in NAMES.items())
_HEAD = (
    Field("year", "Rok", kind="number", width="short", low=2016, high=2050),
    Field("kind", "Co ustalasz", kind="radio", choices=_KINDS),
    Field(
        "stage",
        "Który to procent",
        kind="radio",
        choices=(("preliminary", "wstępny, do odliczeń w tym roku"), ("final", "ostateczny, do korekty w styczniu")),
        required=False,
    ),
)
AGREED = Form(
    "uzgodniony",
    (
        *_HEAD,
        Field("pct", "Procent", kind="number", unit="%", width="short", low=0, high=100),
        Field(
            "basis",
            "Protokół uzgodnienia z urzędem skarbowym",
            kind="textarea",
            max_length=ratios.LONGEST_BASIS,
            hint="Numer i data protokołu.",
        ),
    ),
)
HABITS = Form(
    "zwyczaje",
    (
        Field(
            "default_use",
            "Czemu zwykle służą zakupy",
            kind="select",
            choices=USE_OPTIONS,
            required=False,
            hint="Dostaną to nowe zakupy i te z otwartych miesięcy, o których nikt nie zdecydował.",
        ),
        Field(
            "purchase_net",
            "Netto w polach K_40 i K_42",
            kind="radio",
            choices=(("whole", "całe netto z faktury"), ("share", "ta sama część co podatku")),
            hint="Formularz tego nie rozstrzyga, praktyka jest różna.",
        ),
    ),
)

TABLE = Table(
    "decyzje",
    "Wszystkie decyzje",
    (
        Column("name", "Co ustalono", param="co", link=lambda row: row["href"]),
        Column("pct", "Procent", "number", param="procent"),
        Column("basis", "Podstawa", param="podstawa"),
        Column("decided_by", "Kto", param="kto"),
        Column("recorded_at", "Kiedy", "instant", param="kiedy"),
        Column(
            "state",
            "Stan",
            "status",
            param="stan",
            choices=(Choice("now", "obowiązuje", "success"), Choice("before", "zastąpiona", "neutral", "history")),
        ),
    ),
    words=("decyzja", "decyzje", "decyzji"),
    order="-kiedy",
    filters=False,
    empty=Empty(
        "W tym roku niczego jeszcze nie ustalono",
        "Zakupy mieszane czekają z odliczeniem, aż ustalisz ich procent.",
        icon="percentage",
    ),
)


def _calculated() -> Form:
    """The thresholds are those of the law today."""
    low, high = (int(loader.newest(name).number) for name in ("vat.ratio.zero_ceiling_pct", "vat.ratio.full_floor_pct"))
    return Form(
        "obliczony",
        (
            *_HEAD,
            Field(
                "numerator",
                "Licznik",
                kind="amount",
                width="medium",
                hint="Prewspółczynnik: przychody z działalności. Współczynnik: obrót z prawem do odliczenia.",
            ),
            Field(
                "denominator",
                "Mianownik",
                kind="amount",
                width="medium",
                hint="Prewspółczynnik: dochody wykonane albo przychody jednostki. Współczynnik: obrót całkowity.",
            ),
            Field("zero_if_le_2", f"Wynik do {low}% uznajemy za 0%", kind="checkbox", required=False),
            Field("full_if_gt_98", f"Wynik powyżej {high}% uznajemy za 100%", kind="checkbox", required=False),
            Field(
                "basis",
                "Skąd są te kwoty",
                kind="textarea",
                max_length=ratios.LONGEST_BASIS,
                hint="Na przykład: sprawozdania Rb-27S i Rb-28S za poprzedni rok.",
            ),
        ),
    )


@get("/vat/wspolczynniki", guards=[may("vat.ratio", "read")], sync_to_thread=True)
def show(request: Request[Any, Any, Any], desk: NamedDependency[Desk]) -> Response[Any]:
    """A year's per cents, the one worked on unless the address names another."""
    return _show(request, desk, _year(request, desk))


def _year(request: Request[Any, Any, Any], desk: Desk) -> int:
    asked = request.query_params.get(YEAR, "")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) == 4 else Month.of(desk.on).previous.year


def _show(
    request: Request[Any, Any, Any], desk: Desk, year: int, form: Posted | None = None, status: int = 200
) -> Response[Any]:
    with desk.reading() as session:
        found = history(session, year)
        now = {kind: in_force(session, year, kind) for kind in NAMES}
        final = {kind: in_force(session, year, kind, "final") for kind in NAMES}
        usual = habits(session)
        known = decisions.years(session)
    listed = [_line(desk, one, one in (*now.values(), *final.values())) for one in found]
    return table_page(
        request,
        TABLE,
        ListSource(listed),
        "vat/ratios.html",
        file_name=f"{desk.code} współczynniki {year}",
        status=status,
        desk=desk,
        year=year,
        years=[
            Link(str(one), desk.url(f"/vat/wspolczynniki?{YEAR}={one}"), active=one == year)
            for one in sorted({*known, year - 1, year, year + 1}, reverse=True)
        ],
        now=[
            (f"{NAMES[kind]}{words}", MEANINGS[kind], one, one and _evidence_url(desk, one))
            for words, known in (("", now), (", ostateczny", final))
            for kind, one in known.items()
            if one or not words
        ],
        form=form or HABITS.blank(default_use=usual.default_use, purchase_net=usual.purchase_net),
        habits=[
            ("Zakupy zwykle służą", dict(USE_OPTIONS).get(usual.default_use or "", "nie ustalono")),
            ("Netto w K_40 i K_42", dict(HABITS.fields[1].choices)[usual.purchase_net]),
        ],
        habits_action=desk.url(f"/vat/wspolczynniki/zwyczaje?{YEAR}={year}"),
        may_decide=desk.may("vat.ratio", "decide"),
        decide_href=_decide_url(desk, year),
        sheet_href=desk.url(f"/vat/wspolczynniki/karta/{year}"),
        compare_href=desk.url(f"/vat/wspolczynniki/porownaj/{year}"),
    )


def _stage(one: VatRatio) -> str:
    return ", ostateczny" if one.stage == "final" else ""


def _line(desk: Desk, one: VatRatio, current: bool) -> dict[str, Any]:
    return {
        "name": f"{NAMES[one.kind]}{_stage(one)}",
        "pct": one.pct,
        "basis": one.basis.get("basis") or one.basis.get("protocol"),
        "decided_by": one.decided_by,
        "recorded_at": one.recorded_at,
        "state": "now" if current else "before",
        "href": _evidence_url(desk, one),
    }


def _evidence_url(desk: Desk, one: VatRatio) -> str:
    return desk.url(f"/vat/wspolczynniki/dowod/{one.id}")


def _decide_url(desk: Desk, year: int, way: str = "obliczony") -> str:
    return desk.url(f"/vat/wspolczynniki/ustal/{way}?{YEAR}={year}")


@get("/vat/wspolczynniki/dowod/{decision_id:uuid}", guards=[may("vat.ratio", "read")], sync_to_thread=True)
def evidence(desk: NamedDependency[Desk], decision_id: FromPath[UUID]) -> Response[Any]:
    """The sheet of one decision: figures, elections, steps, or the protocol of the agreement."""
    with desk.reading() as session:
        found = decisions.decision(session, decision_id)
        steps = decisions.steps(session, decision_id)
    basis = found.basis
    facts: list[tuple[str, str, str | None]] = [
        ("Rok", str(found.year), desk.url(f"/vat/wspolczynniki?{YEAR}={found.year}")),
        ("Ustalił(a)", found.decided_by, None),
    ]
    for name, label in (("numerator", "Licznik"), ("denominator", "Mianownik")):
        if name in basis:
            facts.append((label, format_pln(parse_pln(basis[name])), None))
    facts.append(
        ("Podstawa" if "basis" in basis else "Protokół", str(basis.get("basis") or basis.get("protocol")), None)
    )
    return page(
        "vat/evidence.html",
        fragment="reckoning",
        desk=desk,
        found=found,
        title=f"{NAMES[found.kind]} na {found.year}{_stage(found)}",
        sheet=from_data(basis["sheet"]) if isinstance(basis.get("sheet"), dict) else None,
        parts=PARTS,
        exclusions=EXCLUSIONS,
        steps=shown(steps),
        facts=facts,
        law=tuple(dict.fromkeys(step.law for step in steps)),
        agreed="protocol" in basis,
        crumbs=[("Współczynniki", desk.url(f"/vat/wspolczynniki?{YEAR}={found.year}"))],
    )


@get("/vat/wspolczynniki/ustal/{way:str}", guards=[may("vat.ratio", "decide")], sync_to_thread=True)
def ask(request: Request[Any, Any, Any], desk: NamedDependency[Desk], way: FromPath[str]) -> Response[Any]:
    """The form: from figures, or agreed with the tax office."""
    year = _year(request, desk)
    return _ask(desk, way, year, _form(way).blank(year=year, kind=request.query_params.get(KIND), stage="preliminary"))


def _form(way: str) -> Form:
    return AGREED if way == AGREED.name else _calculated()


def _ask(desk: Desk, way: str, year: int, form: Posted, status: int = 200) -> Response[Any]:
    agreed = way == AGREED.name
    return page(
        "vat/ratio_form.html",
        status=status,
        desk=desk,
        form=form,
        agreed=agreed,
        tabs=[
            Link("Obliczony z danych", _decide_url(desk, year), active=not agreed),
            Link("Uzgodniony z urzędem", _decide_url(desk, year, AGREED.name), active=agreed),
        ],
        action=_decide_url(desk, year, AGREED.name if agreed else "obliczony"),
        cancel=desk.url(f"/vat/wspolczynniki?{YEAR}={year}"),
        crumbs=[("Współczynniki", desk.url(f"/vat/wspolczynniki?{YEAR}={year}"))],
    )


@post("/vat/wspolczynniki/ustal/{way:str}", guards=[may("vat.ratio", "decide")], sync_to_thread=True)
def decide(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    way: FromPath[str],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """The per cent of a year; open months are computed anew."""
    posted = _form(way).read(data)
    if not posted.ok:
        return _ask(desk, way, _year(request, desk), posted, 422)
    given = posted.values
    stage: Stage = given["stage"] or "preliminary"
    try:
        with desk.writing() as session:
            if way == AGREED.name:
                made = ratios.set_pct(session, given["year"], given["kind"], given["pct"], given["basis"], stage)
            else:
                elections = Elections(zero_if_le_2=given["zero_if_le_2"], full_if_gt_98=given["full_if_gt_98"])
                made = ratios.decide(
                    session,
                    given["year"],
                    given["kind"],
                    given["numerator"],
                    given["denominator"],
                    elections,
                    given["basis"],
                    stage,
                )
    except Refusal as refusal:
        return _ask(desk, way, _year(request, desk), posted.refused(refusal), status_of(refusal))
    said = f"{NAMES[given['kind']]} na {made.year}: {made.pct}%. Otwarte miesiące są przeliczone."
    return go(desk.url(f"/vat/wspolczynniki?{YEAR}={made.year}"), toast=Toast(said))


@post("/vat/wspolczynniki/zwyczaje", guards=[may("vat.ratio", "decide")], sync_to_thread=True)
def keep_habits(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], data: URLEncodedBody[dict[str, Any]]
) -> Response[Any]:
    """What purchases usually serve and how their net is shown."""
    posted, year = HABITS.read(data), _year(request, desk)
    if not posted.ok:
        return _show(request, desk, year, posted, 422)
    try:
        with desk.writing() as session:
            set_habits(session, posted.values["default_use"], posted.values["purchase_net"])
    except Refusal as refusal:
        return _show(request, desk, year, posted.refused(refusal), status_of(refusal))
    return go(
        desk.url(f"/vat/wspolczynniki?{YEAR}={year}"), toast=Toast("Zwyczaje zapisane, otwarte miesiące przeliczone.")
    )


HANDLERS = [show, evidence, ask, decide, keep_habits]
