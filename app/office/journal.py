"""The audit trail as people read it, and the test that nobody has changed it."""

from __future__ import annotations

import json
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from sqlalchemy import Row, select

from app.kernel import audit
from app.kernel.models import Audit
from app.office.verbs import VERBS, words
from app.web.desk import Desk
from app.web.render import page
from app.web.tables import Choice, Column, Empty, SqlSource, Table, table_page
from policies.guards import may


def _changed(row: Row[Any]) -> str | None:
    """What changed, in one line."""
    parts = [
        f"{name}: {_shown((row.before or {}).get(name))} → {_shown((row.after or {}).get(name))}"
        for name in sorted({*(row.before or {}), *(row.after or {})})
        if (row.before or {}).get(name) != (row.after or {}).get(name)
    ]
    return "; ".join(parts)[:300] or None


def _shown(value: Any) -> str:
    return "–" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


JOURNAL = Table(
    "dziennik",
    "Dziennik zdarzeń",
    (
        Column("seq", "Nr", "number", param="nr"),
        Column("at", "Kiedy", "instant", param="kiedy"),
        Column("actor", "Kto", param="kto", sub=lambda row: row.mandate),
        Column(
            "verb", "Co", "text", param="co", value=lambda row: row.verb,
            choices=tuple(Choice(verb, text) for verb, text in sorted(VERBS.items(), key=lambda item: item[1])),
        ),
        Column("record", "Czego dotyczy", "code", param="czego", sub=_changed),
    ),
    words=("wpis", "wpisy", "wpisów"),
    order="-nr",
    empty=Empty("Dziennik jest pusty", "Każda czynność w tej jednostce zostawi tu wpis.", icon="history"),
)  # fmt: skip


@get("/dziennik", guards=[may("audit", "read")], sync_to_thread=True)
def journal(request: Request[Any, Any, Any], desk: NamedDependency[Desk]) -> Response[Any]:
    """Every entry of this tenant, newest first."""
    with desk.reading() as session:
        columns = {name: getattr(Audit, name) for name in ("seq", "at", "actor", "verb", "record")}
        rows = select(
            Audit.seq, Audit.at, Audit.actor, Audit.mandate, Audit.verb, Audit.record, Audit.before, Audit.after
        )
        source = SqlSource(session, rows, columns, tie=Audit.__table__.c.seq)
        check = desk.may("audit", "verify")
        return table_page(request, JOURNAL, source, "office/journal.html", check=check, desk=desk)


@get("/dziennik/sprawdzenie", guards=[may("audit", "verify")], sync_to_thread=True)
def check_journal(request: Request[Any, Any, Any], desk: NamedDependency[Desk]) -> Response[Any]:
    """Whether the chain of entries is whole."""
    with desk.reading() as session:
        count, broken = audit.verify(session, request.state.tenant.schema_name)
    return page("office/journal_check.html", count=count, broken=broken, desk=desk, verb=words)


HANDLERS = [journal, check_journal]
