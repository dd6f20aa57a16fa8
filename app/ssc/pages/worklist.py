"""The centre's work list: purchases of every unit it serves, wherever they wait."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from app.purchasing.queries import worklist as listed
from app.ssc import worklist
from app.ssc.pages.across import Across
from app.web.desk import Desk
from app.web.tables import Choice, Column, Empty, SqlSource, Table, table_page
from policies.guards import may
from tenants.models import Tenant

STEPS = (
    Choice("describe", "opis"),
    Choice("substance", "sprawdzenie merytoryczne"),
    Choice("formal", "sprawdzenie formalne"),
    Choice("vat", "przeznaczenie VAT"),
    Choice("control", "wstępna kontrola"),
    Choice("head", "zatwierdzenie kierownika"),
)
ALARMS = (
    Choice("stop", "wstrzymuje", "danger"),
    Choice("warning", "uwaga", "warning"),
    Choice("note", "informacja", "info"),
)
STATES = (Choice("open", "w obiegu", "info"), Choice("ready", "gotowy", "success"))


def table(units: list[Tenant]) -> Table:
    """Columns with filters by unit, step, amount, day and alarm."""
    return Table(
        "praca",
        "Zakupy obsługiwanych jednostek",
        (
            Column("number", "Dokument", "code", param="dokument",
                   link=lambda row: f"/{row.unit_slug}/zakupy/faktury/{row.case_id}"),
            Column("unit_slug", "Jednostka", param="jednostka",
                   choices=tuple(Choice(one.slug, f"{one.short_name} ({one.code})") for one in units)),
            Column("seller_name", "Dostawca", param="dostawca"),
            Column("step_kind", "Krok", param="krok", choices=STEPS),
            Column("state", "Stan", "status", param="stan", choices=STATES, minor=True),
            Column("alarm", "Ostrzeżenie", "status", param="ostrzezenie", choices=ALARMS,
                   sub=lambda row: row.alarm_title),
            Column("due_on", "Termin", "date", param="termin"),
            Column("gross", "Brutto", "amount", param="brutto", total=True, hint="Razem dodaje kwoty w złotych",
                   sub=lambda row: None if row.currency == "PLN" else row.currency),
        ),
        words=("dokument", "dokumenty", "dokumentów"),
        order="termin",
        empty=Empty("Żaden dokument nie czeka", "Lista zbiera zakupy wszystkich jednostek, które obsługujesz."),
    )  # fmt: skip


@get("/zakupy/centrum", guards=[may("purchasing.worklist", "read")], sync_to_thread=True)
def show(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], across: NamedDependency[Across]
) -> Response[Any]:
    """Open documents of the units served today; ready ones by the filter."""
    units = worklist.served(across.deployment.host, across.tenant, desk.on)
    with desk.reading() as session:
        found = listed.listing(session, [one.slug for one in units], ("open", "ready"))
        source = SqlSource(
            session, found.statement, found.columns, tie=found.tie,
            order_by={"seller_name": found.columns["sort_name"]}, totals=found.totals,
        )  # fmt: skip
        return table_page(
            request, table(units), source, "ssc/table.html", desk=desk, title="Zakupy jednostek",
            lead="Dokumenty wszystkich obsługiwanych jednostek i krok, na który czekają.",
        )  # fmt: skip


HANDLERS = [show]
