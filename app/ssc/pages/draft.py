"""The city's return as it would be now: every unit's amounts, signed or working, and what changed since one looked."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.kernel.dates import Month
from app.kernel.money import ZERO
from app.ssc import consolidation, drafts
from app.ssc.drafts import FRESH_SECONDS, CityDraft
from app.ssc.pages.across import Across
from app.vat.queries import directory
from app.vat.queries.drafts import UnitDraft, seen
from app.vat.rules.positions import name as position_name
from app.vat.service.drafts import look
from app.web.desk import Desk
from app.web.render import Toast, go
from app.web.tables import Choice, Column, Empty, ListSource, Table, table_page
from policies.guards import may

STATES = (
    Choice("published", "podpisany", "success", "signature"),
    Choice("completed", "uzupełniony, roboczy", "info", "clipboard-check"),
    Choice("open", "w toku, roboczy", "neutral", "edit"),
    Choice("fault", "brak odpowiedzi", "danger", "alert-circle"),
)
SHOWN = ("P_37", "P_38", "P_39", "P_48", "P_49", "P_50", "P_52", "P_51", "P_53", "P_54", "P_62")


def _table(look_there: bool) -> Table:
    change = (
        Column("change", "Zmiana wyniku", "amount", param="zmiana", total=True, hint="Od ostatniego przejrzenia"),
    ) if look_there else ()  # fmt: skip
    return Table(
        "szkic",
        "Jednostki w szkicu deklaracji",
        (
            Column("name", "Jednostka", param="jednostka", link=lambda row: row["href"], sub=lambda row: row["code"]),
            Column("state", "Stan", "status", param="stan", choices=STATES, sub=lambda row: row["error"]),
            Column("due", "Podatek należny", "amount", param="nalezny", total=True),
            Column("paid", "Do odliczenia", "amount", param="naliczony", total=True),
            Column("balance", "Wynik", "amount", param="wynik", total=True),
            *change,
            Column("rows", "Wiersze", "number", param="wiersze", total=True, minor=True),
        ),
        words=("jednostka", "jednostki", "jednostek"),
        order="jednostka",
        size=100,
        empty=Empty("Nie ma jednostek", "Jednostki zakłada operator systemu.", icon="sitemap"),
    )  # fmt: skip


@get("/vat/szkic/{month:str}", guards=[may("vat.consolidation", "read")], sync_to_thread=True)
def show(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], across: NamedDependency[Across], month: FromPath[str]
) -> Response[Any]:
    """The draft of a month, at most half a minute old; `?odswiez=1` asks every unit now."""
    wanted = Month.parse(month, "month")
    older_than = 0 if "odswiez" in request.query_params else FRESH_SECONDS
    host = across.deployment.host
    drafts.refresh(host, across.tenant, wanted, desk.on, desk.login, older_than)
    slugs = {one.tenant.code: one.tenant.slug for one in consolidation.units(host, across.tenant, desk.on)}
    with desk.reading() as session:
        found, names = drafts.draft(session, wanted), directory.names(session)
        looked = seen(session, wanted, desk.login)
    changes = drafts.changed(found.units, looked[1] if looked else None)
    rows = [_row(one, names.get(one.unit, one.unit), slugs.get(one.unit), wanted, changes) for one in found.units]
    signed = sum(one.published for one in found.units)
    return table_page(
        request, _table(looked is not None), ListSource(rows), "ssc/draft.html", desk=desk, month=wanted, found=found,
        signed=signed, seen_at=looked[0] if looked else None, changed=sum(1 for amount in changes.values() if amount),
        positions=_positions(found), exact=sum((one.balance for one in found.units), ZERO),
        month_href=lambda other: desk.url(f"/vat/szkic/{other}"),
    )  # fmt: skip


def _row(one: UnitDraft, name: str, slug: str | None, month: Month, changes: dict[str, Decimal]) -> dict[str, Any]:
    return {
        "code": one.unit, "name": name, "state": one.stage.state if one.stage else "fault", "error": one.error,
        "due": one.due, "paid": one.paid, "balance": one.balance, "change": changes.get(one.unit, ZERO),
        "rows": one.share.sale_count + one.share.purchase_count, "href": f"/{slug}/vat/okres/{month}" if slug else None,
    }  # fmt: skip


def _positions(found: CityDraft) -> list[tuple[str, str, Decimal]]:
    if found.whole is None:
        return []
    said = found.whole.declaration.positions
    return [(name, position_name(name), said[name]) for name in SHOWN if name in said]


@post("/vat/szkic/{month:str}", guards=[may("vat.consolidation", "read")], sync_to_thread=True)
def mark(desk: NamedDependency[Desk], month: FromPath[str]) -> Response[Any]:
    """From now on changes are shown against what this person has just seen."""
    wanted = Month.parse(month, "month")
    with desk.writing() as session:
        look(session, wanted)
    return go(desk.url(f"/vat/szkic/{wanted}"), toast=Toast("Zapamiętano. Następnym razem zobaczysz, co się zmieniło."))


HANDLERS = [show, mark]
