"""The deployment itself: its databases, pools and versions, and the provider's journal with its seal."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from app.ops import queries, verbs
from app.ops.panel import HOME, control, may, panel
from app.web.render import page
from app.web.tables import Choice, Column, Empty, Table, table_page
from policies import guards
from tenants import journal

SHAPES = {"municipality": "gmin", "unit": "jednostek"}
JOURNAL = Table(
    "dziennik",
    "Dziennik operatora",
    (
        Column("seq", "Nr", "number", param="nr"),
        Column("at", "Kiedy", "instant", param="kiedy"),
        Column("actor", "Kto", "code", param="kto"),
        Column(
            "verb", "Co", param="co",
            choices=tuple(Choice(verb, text) for verb, text in sorted(verbs.VERBS.items(), key=lambda one: one[1])),
        ),
        Column("details", "Szczegóły", value=verbs.details, filter=False, sort=False),
        Column("record", "Czego dotyczy", "code", param="czego", link=lambda row: record_url(row.record)),
    ),
    words=("wpis", "wpisy", "wpisów"),
    order="-nr",
    empty=Empty("Dziennik jest pusty", icon="history"),
)  # fmt: skip


def record_url(record: str) -> str | None:
    """The page of what an entry is about, when it has one."""
    kind, _, name = record.partition(":")
    return {"tenant": f"{HOME}/gminy/{name}", "account": f"{HOME}/konta/{name}"}.get(kind)


@get("/wdrozenie", guards=[guards.may("tenant", "upgrade")], sync_to_thread=True)
def deployment(request: Request[Any, Any, Any]) -> Response[Any]:
    """Cells with their state, schemas that wait, what runs in which version."""
    cells = [(one, _pool(one)) for one in queries.cells(panel(request).host)]
    return page("ops/deployment.html", cells=cells, versions=queries.versions(panel(request).redis))


def _pool(cell: queries.CellState) -> list[tuple[str, str]]:
    """How many schemas wait for new tenants, of how many there should be."""
    return [
        (f"Gotowe bazy dla {SHAPES[shape]}", f"{ready} z {wanted}") for shape, (ready, wanted) in cell.ready.items()
    ]


@get("/dziennik", guards=[guards.may("audit", "read")], sync_to_thread=True)
def journal_page(request: Request[Any, Any, Any]) -> Response[Any]:
    """Every entry, newest first."""
    check = may(request, "audit", "verify")
    with control(request) as session:
        return table_page(request, JOURNAL, queries.journal(session), "ops/journal.html", check=check, home=HOME)


@get("/dziennik/sprawdzenie", guards=[guards.may("audit", "verify")], sync_to_thread=True)
def check_journal(request: Request[Any, Any, Any]) -> Response[Any]:
    """Whether the chain of entries is whole."""
    with control(request) as session:
        count, broken = journal.verify(session)
    return page("ops/journal_check.html", count=count, broken=broken, home=HOME)


HANDLERS = [deployment, journal_page, check_journal]
