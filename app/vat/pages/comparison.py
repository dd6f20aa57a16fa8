"""What if: the year's deductions by the ratios in force and by others, month by month."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.kernel.dates import Month
from app.vat.queries.registers import annual
from app.vat.queries.registers.ratios import ratios
from app.vat.rules.comparison import compare
from app.vat.rules.purchase import Ratios
from app.web.desk import Desk
from app.web.forms import Field, Form
from app.web.tables import Column, Empty, ListSource, Table, table_page
from policies.guards import may

_PCT: dict[str, Any] = {
    "kind": "number", "unit": "%", "low": 0, "high": 100, "required": False, "width": "short",
}  # fmt: skip
FORM = Form(
    "porownanie",
    (
        Field("prewspolczynnik", "Prewspółczynnik B", **_PCT),
        Field("wspolczynnik", "Współczynnik B", **_PCT),
    ),
)  # fmt: skip
TABLE = Table(
    "porownanie-miesiace",
    "Odliczenia miesiąc po miesiącu",
    (
        Column("month", "Miesiąc", param="miesiac"),
        Column("vat", "Podatek z faktur", "amount", param="podatek", total=True),
        Column("first", "Odliczenie A", "amount", param="a", total=True),
        Column("second", "Odliczenie B", "amount", param="b", total=True),
        Column("difference", "Różnica", "amount", param="roznica", total=True),
    ),
    words=("miesiąc", "miesiące", "miesięcy"),
    filters=False,
    empty=Empty("W tym roku nie ma zakupów z podatkiem", icon="chart-bar"),
)


@get("/vat/wspolczynniki/porownaj/{year:int}", guards=[may("vat.ratio", "read")], sync_to_thread=True)
def show(request: Request[Any, Any, Any], desk: NamedDependency[Desk], year: FromPath[int]) -> Response[Any]:
    """A: the ratios in force; B: those of the address, where none are given the same as A."""
    posted = FORM.read(request.query_params)
    with desk.reading() as session:
        used = ratios(session, year)
        given = posted.values if posted.ok else {}
        other = Ratios(
            _first(given.get("prewspolczynnik"), used.pre_ratio_pct), _first(given.get("wspolczynnik"), used.ratio_pct)
        )
        found = compare(annual.bought(session, year), used, other)
    lines = [
        {
            "month": Month(year, one.month).label, "vat": one.vat, "first": one.first, "second": one.second,
            "difference": one.difference,
        }
        for one in found.months
    ]  # fmt: skip
    asked = posted.typed.get("prewspolczynnik") or posted.typed.get("wspolczynnik")
    if not asked and not posted.errors:
        posted = FORM.blank(prewspolczynnik=used.pre_ratio_pct, wspolczynnik=used.ratio_pct)
    return table_page(
        request,
        TABLE,
        ListSource(lines),
        "vat/comparison.html",
        file_name=f"{desk.code} porównanie odliczeń {year}",
        status=422 if posted.errors else 200,
        desk=desk,
        year=year,
        found=found,
        used=used,
        other=other,
        form=posted,
        bars=[("Odliczenie A", found.first), ("Odliczenie B", found.second)],
        title=_finding(found.difference),
        action=desk.url(f"/vat/wspolczynniki/porownaj/{year}"),
        crumbs=[("Współczynniki", desk.url(f"/vat/wspolczynniki?rok={year}"))],
    )


def _first(given: int | None, used: int | None) -> int | None:
    return used if given is None else given


def _finding(difference: Any) -> str:
    if not difference:
        return "Oba sposoby dają to samo odliczenie"
    return "Sposób B daje większe odliczenie" if difference > 0 else "Sposób B daje mniejsze odliczenie"


HANDLERS = [show]
