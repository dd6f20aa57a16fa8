"""The corrections after a year: reckoned, kept as versions, accepted into January's register."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.kernel.money import format_pln
from app.vat.pages.assets import last_year
from app.vat.pages.words import row_url, shown_text, status_of
from app.vat.queries.registers import annual
from app.vat.queries.registers.month import stage
from app.vat.queries.registers.ratios import ratios
from app.vat.service import corrections
from app.web.desk import Desk
from app.web.render import Link, Toast, go, page
from policies.guards import may

HOME = "/vat/korekta-roczna"


@get(HOME, guards=[may("vat.register", "read")], sync_to_thread=True)
def newest(desk: NamedDependency[Desk]) -> Response[Any]:
    """The year that ended."""
    return _show(desk, last_year(desk))


@get(f"{HOME}/{{year:int}}", guards=[may("vat.register", "read")], sync_to_thread=True)
def show(request: Request[Any, Any, Any], desk: NamedDependency[Desk], year: FromPath[int]) -> Response[Any]:
    """A year with its newest version, or the one that the address names."""
    asked = request.query_params.get("wersja", "")
    return _show(desk, _known(year), number=int(asked) if asked.isascii() and asked.isdigit() else None)


def _known(year: int) -> int:
    if not 2016 <= year <= 2050:
        raise Refusal("Podaj rok od 2016 do 2050.", "year")
    return year


def _show(
    desk: Desk, year: int, number: int | None = None, refusal: Refusal | None = None, status: int = 200
) -> Response[Any]:
    month = Month(year + 1, 1)
    with desk.reading() as session:
        known = annual.versions(session, year)
        chosen = annual.version(session, year, number) if number else next(iter(known), None)
        now = corrections.reckon(session, year, chosen.use_relief if chosen else False)
        january = stage(session, month)
        before, final = ratios(session, year), ratios(session, year, "final")
    may_enter = desk.may("vat.register", "enter")
    newest = chosen is not None and chosen.version == known[0].version
    changed = chosen is not None and newest and (now.k_44, now.k_45) != (chosen.k_44, chosen.k_45)
    acceptable = chosen is not None and newest and chosen.accepted_at is None and january.state == "open"
    return page(
        "vat/correction.html",
        status=status,
        desk=desk,
        year=year,
        month=month,
        years=[Link(str(one), desk.url(f"{HOME}/{one}"), active=one == year) for one in range(year + 1, year - 4, -1)],
        chosen=chosen,
        now=now,
        changed=changed,
        percents=[
            ("Prewspółczynnik", before.pre_ratio_pct, final.pre_ratio_pct),
            ("Współczynnik", before.ratio_pct, final.ratio_pct),
        ],
        ratios_href=desk.url(f"/vat/wspolczynniki?rok={year}") if desk.may("vat.ratio", "read") else None,
        versions=[(one, desk.url(f"{HOME}/{year}?wersja={one.version}")) for one in known],
        propose_action=desk.url(f"{HOME}/{year}/policz") if may_enter else None,
        accept_action=desk.url(f"{HOME}/{year}/przyjmij") if may_enter and acceptable else None,
        row_href=row_url(desk, "purchase", month, chosen.row_id) if chosen and chosen.row_id else None,
        january=january,
        total=format_pln(chosen.k_44 + chosen.k_45) if chosen else None,
        refusal=refusal,
        decimal=shown_text,
        asset_href=lambda one: desk.url(f"/vat/srodki-trwale/{one['id']}"),
    )


@post(f"{HOME}/{{year:int}}/policz", guards=[may("vat.register", "enter")], sync_to_thread=True)
def propose(desk: NamedDependency[Desk], year: FromPath[int], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """Reckons the year anew; a version is made when anything changed."""
    relief = data.get("ulga") == "1"
    try:
        with desk.writing() as session:
            made = corrections.propose(session, _known(year), relief)
            number = made.version
    except Refusal as refusal:
        return _show(desk, year, refusal=refusal, status=status_of(refusal))
    return go(desk.url(f"{HOME}/{year}"), toast=Toast(f"Korekta za {year} r. jest policzona, wersja {number}."))


@post(f"{HOME}/{{year:int}}/przyjmij", guards=[may("vat.register", "enter")], sync_to_thread=True)
def accept(desk: NamedDependency[Desk], year: FromPath[int], data: URLEncodedBody[dict[str, Any]]) -> Response[Any]:
    """The version that was looked at becomes a row of January."""
    seen = str(data.get("wersja") or "")
    number = int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 6 else 0
    try:
        with desk.writing() as session:
            corrections.accept(session, _known(year), number)
    except Refusal as refusal:
        return _show(desk, year, refusal=refusal, status=status_of(refusal))
    said = f"Korekta za {year} r. jest w rejestrze zakupów za {Month(year + 1, 1).label}."
    return go(desk.url(f"{HOME}/{year}"), toast=Toast(said))


HANDLERS = [newest, show, propose, accept]
