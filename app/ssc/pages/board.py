"""The month board as a page that keeps itself fresh."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.kernel.dates import Month
from app.ssc.board import Board, UnitMonth, board
from app.ssc.drafts import FRESH_SECONDS
from app.ssc.pages.across import Across
from app.vat.queries import returns
from app.vat.rules.deadlines import Deadlines
from app.web.desk import Desk
from app.web.parts import BoardRow, Cell, Stage
from app.web.render import page
from app.web.words import date_pl
from policies.guards import may


@get("/vat/miesiac/{month:str}", guards=[may("vat.board", "read")], sync_to_thread=True)
def show(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    across: NamedDependency[Across],
    month: FromPath[str],
) -> Response[Any]:
    """Units by stages; a page that shows itself again is content with what was asked moments ago."""
    wanted = Month.parse(month, "month")
    older_than = FRESH_SECONDS if "HX-Request" in request.headers else 0
    found = board(across.deployment.host, across.tenant, wanted, desk.on, desk.login, older_than)
    with desk.reading() as session:
        versions = returns.versions(session, wanted)
    due_on = found.dates.file_on
    return page(
        "ssc/board.html",
        fragment="board",
        desk=desk,
        month=wanted,
        board=found,
        stages=_stages(found),
        rows=[_row(one, wanted, found.dates) for one in found.units],
        versions=versions,
        due_on=due_on,
        days_left=(due_on - desk.on).days,
        month_href=lambda other: desk.url(f"/vat/miesiac/{other}"),
    )


def _stages(found: Board) -> list[Stage]:
    whole = len(found.units)
    registered = sum(one.stage is not None and not one.due and not one.stage.unassigned for one in found.units)
    return [
        Stage("Faktury", sum(not one.due for one in found.units), whole),
        Stage("Przeznaczenie", registered, whole),
        Stage("Uzupełniony", found.count("completed"), whole),
        Stage("Podpisany", found.count("published"), whole),
    ]


def _row(one: UnitMonth, month: Month, dates: Deadlines) -> BoardRow:
    period = f"/{one.tenant.slug}/vat/okres/{month}"
    if one.stage is None:
        return BoardRow(one.tenant.short_name, [Cell("danger", one.error or "brak odpowiedzi"), None, None, None])
    cells = [_invoices(one), _use(one, month), _completed(one, period, dates), _published(one, period, dates)]
    return BoardRow(one.tenant.short_name, cells, one.tenant.code, period)


def _invoices(one: UnitMonth) -> Cell:
    href = f"/{one.tenant.slug}/vat/rejestr/zakup/{one.stage.month}" if one.stage else None
    if one.blocked:
        return Cell("danger", "wstrzymane", href, one.blocked)
    if one.due:
        return Cell("info", "w drodze", href, one.due)
    return Cell("success", "w rejestrze", href, one.invoices)


def _use(one: UnitMonth, month: Month) -> Cell:
    assert one.stage is not None
    href = f"/{one.tenant.slug}/vat/rejestr/zakup/{month}"
    if one.stage.unassigned:
        return Cell("warning", "bez przeznaczenia", href, one.stage.unassigned)
    return Cell("success", "wskazane", href)


def _completed(one: UnitMonth, period: str, dates: Deadlines) -> Cell:
    assert one.stage is not None
    if one.stage.state == "open" and one.late is not None:
        return Cell("danger", "po terminie", period, sub=f"termin {date_pl(dates.complete_on)}", icon="hourglass")
    if one.stage.state == "open":
        if one.stage.reopened_reason:
            return Cell("warning", "otwarty ponownie", period, sub=one.stage.reopened_reason[:60])
        return Cell("neutral", "w toku", period)
    day = date_pl(one.stage.completed_at.date()) if one.stage.completed_at else None
    return Cell("success", "uzupełniony", period, sub=day)


def _published(one: UnitMonth, period: str, dates: Deadlines) -> Cell:
    assert one.stage is not None
    if one.stage.state == "published":
        day = date_pl(one.stage.published_at.date()) if one.stage.published_at else None
        return Cell("success", f"wersja {one.stage.version}", period, sub=day)
    if one.stage.state == "completed" and one.late == "sign":
        return Cell("danger", "po terminie", period, sub=f"termin {date_pl(dates.sign_on)}", icon="hourglass")
    if one.stage.state == "completed":
        return Cell("info", "u kierownika", period, icon="signature")
    if one.stage.version:
        return Cell("warning", f"była wersja {one.stage.version}", period)
    return Cell("neutral", "czeka", period)


HANDLERS = [show]
