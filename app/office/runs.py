"""Runs as people watch them: the list, one run with its errors, progress as it happens, stopping and resuming."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import ServerSentEvent, ServerSentEventMessage

from app.kernel import runs
from app.kernel.runs import RunView
from app.web.desk import Desk
from app.web.render import Progress, RunState, Toast, go, page, part
from app.web.tables import Choice, Column, Empty, ListSource, Table
from app.web.words import number
from policies.guards import may

LOOK_SECONDS = 1.0
LONGEST_LOOKS = 3600
"""A stream ends by itself after an hour; the browser opens another."""
STATES = (
    Choice("waiting", "czeka", "neutral", "hourglass"),
    Choice("running", "w toku", "info"),
    Choice("cancelling", "zatrzymuje się", "warning"),
    Choice("finished", "gotowy", "success"),
    Choice("failed", "przerwany", "danger"),
    Choice("cancelled", "anulowany", "neutral", "circle-x"),
)
_STATE: Mapping[str, RunState] = {
    "waiting": "waiting", "running": "running", "cancelling": "running", "finished": "done", "failed": "failed",
    "cancelled": "cancelled",
}  # fmt: skip
"""A run's state → how `ui.progress` shows it."""


def progress(desk: Desk, run: RunView) -> Progress:
    """A run for `ui.progress`."""
    here = desk.url(f"/przebiegi/{run.id}")
    return Progress(
        id=str(run.id),
        title=run.title,
        done=run.done,
        total=run.total,
        state=_STATE[run.state],
        eta=_eta(run.eta_seconds),
        rate=f"{number(round(run.rate * 60))} części na minutę" if run.rate and run.rate * 60 >= 1 else None,
        errors=run.failed,
        href=here,
        stream=f"{here}/postep",
        cancel_url=f"{here}/anuluj" if desk.may("run", "cancel") else None,
    )


def _eta(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    if seconds < 60:
        return "jeszcze poniżej minuty"
    return f"jeszcze około {number(-(-seconds // 60))} min"


TABLE = Table(
    "przebiegi",
    "Przebiegi",
    (
        Column("title", "Przebieg", param="przebieg", link=lambda row: row["href"]),
        Column("state", "Stan", "status", param="stan", choices=STATES),
        Column("done", "Gotowe części", "number", param="gotowe", sub=lambda row: f"z {number(row['total'])}"),
        Column("failed", "Błędy", "number", param="bledy"),
        Column("started_by", "Kto", param="kto", minor=True),
        Column("created_at", "Kiedy", "instant", param="kiedy"),
    ),
    words=("przebieg", "przebiegi", "przebiegów"),
    order="-kiedy",
    empty=Empty(
        "Nie było jeszcze żadnego przebiegu",
        "Większe prace, jak deklaracja całego miasta, zobaczysz tu z postępem i błędami.",
        icon="progress-check",
    ),
)
MOST = 1000
"""Runs that the list reaches back to."""


@get("/przebiegi", guards=[may("run", "read")], sync_to_thread=True)
def listed(request: Request[Any, Any, Any], desk: NamedDependency[Desk]) -> Response[Any]:
    """Every run of this tenant, the newest first."""
    query = TABLE.query(request.query_params, request.url.path)
    with desk.reading() as session:
        found = runs.recent(session, MOST)
    rows = [
        {
            "title": run.title, "state": run.state, "done": run.done, "total": run.total, "failed": run.failed,
            "started_by": run.started_by, "created_at": run.created_at, "href": desk.url(f"/przebiegi/{run.id}"),
        }
        for run in found
    ]  # fmt: skip
    return page("office/runs.html", fragment="table", desk=desk, view=TABLE.view(query, ListSource(rows)))


@get("/przebiegi/{run:uuid}", guards=[may("run", "read")], sync_to_thread=True)
def show(desk: NamedDependency[Desk], run: FromPath[UUID], strona: FromQuery[int] = 1) -> Response[Any]:
    """One run: how far it is, what went wrong, what came of it."""
    with desk.reading() as session:
        found = runs.get(session, run)
        errors = runs.errors(session, run, max(1, strona))
    return page(
        "office/run.html",
        desk=desk,
        run=found,
        progress=progress(desk, found),
        errors=errors,
        number=max(1, strona),
        state=next((choice.label for choice in STATES if choice.code == found.state), found.state),
        result_href=_result(desk, found),
        may_cancel=desk.may("run", "cancel"),
    )


def _result(desk: Desk, run: RunView) -> str | None:
    """Where what came of the run is shown."""
    if run.kind == "vat.consolidate" and run.state == "finished":
        return desk.url(f"/vat/deklaracja/{run.params['month']}")
    if run.kind == "vat.file":
        return desk.url(f"/vat/deklaracja/{run.params['month']}/{run.params['version']}/wysylka")
    return None


@get("/przebiegi/{run:uuid}/postep", guards=[may("run", "read")])
async def watch(request: Request[Any, Any, Any], desk: NamedDependency[Desk], run: FromPath[UUID]) -> ServerSentEvent:
    """Progress as server-sent events until the run is over."""

    def look() -> RunView:
        with desk.reading() as session:
            return runs.get(session, run)

    first = await sync_to_thread(look)

    async def events() -> AsyncIterator[ServerSentEventMessage]:
        told, view = None, first
        for _ in range(LONGEST_LOOKS):
            news = (view.state, view.stage, view.done, view.failed)
            if news != told:
                told = news
                body = part(request, "progress_body", progress(desk, view))
                yield ServerSentEventMessage(event="progress", data=body)
            if view.is_over:
                yield ServerSentEventMessage(event="done", data=view.state)
                return
            await asyncio.sleep(LOOK_SECONDS)
            view = await sync_to_thread(look)

    return ServerSentEvent(events())


@post("/przebiegi/{run:uuid}/anuluj", guards=[may("run", "cancel")], sync_to_thread=True)
def cancel(desk: NamedDependency[Desk], run: FromPath[UUID]) -> Response[Any]:
    """Stop a run: what is done stays, what is in hand ends."""
    with desk.writing() as session:
        runs.cancel(session, run)
    return go(desk.url(f"/przebiegi/{run}"), toast=Toast("Przebieg zostanie zatrzymany.", "info"))


@post("/przebiegi/{run:uuid}/wznow", guards=[may("run", "cancel")], sync_to_thread=True)
def resume(desk: NamedDependency[Desk], run: FromPath[UUID]) -> Response[Any]:
    """Go on with what failed or was cancelled."""
    with desk.writing() as session:
        runs.resume(session, run)
    return go(desk.url(f"/przebiegi/{run}"), toast=Toast("Przebieg wznowiony."))


HANDLERS = [listed, show, watch, cancel, resume]
