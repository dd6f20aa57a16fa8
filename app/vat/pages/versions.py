"""What was signed: a version with its sums and rows, whether it is whole, what changed between two."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.orm import Session

from app.kernel.dates import Month
from app.kernel.errors import NotFound, Refusal
from app.vat.models import VatPublication
from app.vat.pages import columns
from app.vat.pages.register import refuse_export
from app.vat.pages.words import SHORT_TITLES, side_of
from app.vat.queries.registers import rows
from app.vat.queries.registers.versions import changes, versions
from app.vat.rules.positions import name as position_name
from app.vat.rules.totals import control_sums
from app.vat.service import periods
from app.web.desk import Desk
from app.web.forms import Field, Form
from app.web.render import Link, page
from app.web.tables import download
from app.web.words import at
from policies.guards import may

CHECK = "sprawdz"


def _version(session: Session, month: Month, number: int) -> VatPublication:
    for one in versions(session, month):
        if one.version == number:
            return one
    raise NotFound(f"Nie ma wersji {number} rejestru za {month.label}.", "version")


def _crumbs(desk: Desk, month: Month) -> list[tuple[str, str]]:
    return [(f"Zamknięcie miesiąca, {month.label}", desk.url(f"/vat/okres/{month}"))]


def _tabs(desk: Desk, month: Month, version: VatPublication, here: str) -> list[Link]:
    url = desk.url(f"/vat/okres/{month}/wersja/{version.version}")
    return [
        Link("Podpis i sumy", url, active=here == "sums"),
        Link("Sprzedaż", f"{url}/sprzedaz", active=here == "sale", badge=version.sale_count),
        Link("Zakupy", f"{url}/zakup", active=here == "purchase", badge=version.purchase_count),
    ]


@get("/vat/okres/{month:str}/wersja/{version:int}", guards=[may("vat.period", "read")], sync_to_thread=True)
def show(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], month: FromPath[str], version: FromPath[int]
) -> Response[Any]:
    """Who signed what and when; asked to, every row, sum and the hash are made again and compared."""
    wanted = Month.parse(month, "month")
    asked = CHECK in request.query_params
    with desk.reading() as session:
        signed = _version(session, wanted, version)
        broken = periods.verify(session, signed.id) if asked else None
        newest = versions(session, wanted)[0].version
    sums = {name: Decimal(amount) for name, amount in signed.sums.items()}
    due, paid = control_sums(sums)
    return page(
        "vat/version.html",
        desk=desk,
        month=wanted,
        version=signed,
        newest=newest,
        due=due,
        paid=paid,
        sums=[(name, position_name(name), amount) for name, amount in _in_order(sums)],
        broken=broken,
        check_href=desk.url(f"/vat/okres/{wanted}/wersja/{version}?{CHECK}=1"),
        changes_href=desk.url(f"/vat/okres/{wanted}/roznice?od={version - 1}&do={version}") if version > 1 else None,
        tabs=_tabs(desk, wanted, signed, "sums"),
        crumbs=_crumbs(desk, wanted),
    )


def _in_order(sums: dict[str, Decimal]) -> list[tuple[str, Decimal]]:
    known = [name for names in rows.FIELDS.values() for name in names]
    return [(name, sums[name]) for name in known if name in sums]


@get("/vat/okres/{month:str}/wersja/{version:int}/{side:str}", guards=[may("vat.period", "read")], sync_to_thread=True)
def register(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    month: FromPath[str],
    version: FromPath[int],
    side: FromPath[str],
) -> Response[Any]:
    """The rows of one register as they were signed."""
    which, wanted = side_of(side), Month.parse(month, "month")
    with desk.reading() as session:
        signed = _version(session, wanted, version)
        present = [name for name in rows.FIELDS[which] if name in signed.sums]
        table = columns.published(which, present, f"{SHORT_TITLES[which]}, {wanted.label}, wersja {version}")
        query = table.query(request.query_params, request.url.path)
        source = columns.source(session, rows.published(session, signed.id, which), which)
        if query.export:
            refuse_export(desk)
            return download(query, source, f"{desk.code} {table.caption}")
        view = table.view(query, source)
    return page(
        "vat/version_rows.html",
        fragment="table",
        desk=desk,
        month=wanted,
        version=signed,
        view=view,
        tabs=_tabs(desk, wanted, signed, which),
        crumbs=_crumbs(desk, wanted),
    )


@get("/vat/okres/{month:str}/roznice", guards=[may("vat.period", "read")], sync_to_thread=True)
def differences(request: Request[Any, Any, Any], desk: NamedDependency[Desk], month: FromPath[str]) -> Response[Any]:
    """What the newer of two versions says differently; the last two unless the address names others."""
    wanted = Month.parse(month, "month")
    with desk.reading() as session:
        signed = versions(session, wanted)
        if len(signed) < 2:
            raise NotFound(f"Rejestr za {wanted.label} nie ma dwóch wersji, które można porównać.", "version")
        choices = tuple((str(one.version), f"wersja {one.version}, {at(one.published_at)}") for one in signed)
        form = Form(
            "wersje",
            (
                Field("od", "Wcześniejsza", kind="select", choices=choices, width="medium"),
                Field("do", "Późniejsza", kind="select", choices=choices, width="medium"),
            ),
        )
        asked = dict(request.query_params) or {"od": str(signed[1].version), "do": str(signed[0].version)}
        posted = form.read(asked)
        if posted.ok and posted.values["od"] == posted.values["do"]:
            posted = posted.refused(Refusal("Wybierz dwie różne wersje.", "do"))
        change = None
        if posted.ok:
            older, newer = sorted(int(posted.values[name]) for name in ("od", "do"))
            keys = {one.version: one.id for one in signed}
            change = changes(session, keys[older], keys[newer])
    return page(
        "vat/changes.html",
        desk=desk,
        month=wanted,
        form=posted,
        action=desk.url(f"/vat/okres/{wanted}/roznice"),
        change=change,
        position=position_name,
        crumbs=_crumbs(desk, wanted),
        status=200 if posted.ok else 422,
    )


HANDLERS = [show, register, differences]
