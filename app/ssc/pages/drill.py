"""Drilling down into a return: a field → the units' amounts → the rows of one unit → the invoice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.kernel.dates import Month
from app.kernel.errors import NotFound
from app.kernel.money import ZERO
from app.ssc import consolidation
from app.ssc.pages.across import Across
from app.vat.queries import directory, publications, returns
from app.vat.rules.positions import name as position_name
from app.vat.rules.totals import DUE, DUE_LESS, INPUT
from app.web.desk import Desk
from app.web.tables import Column, Empty, ListSource, SqlSource, Table, table_page
from policies.guards import may


@dataclass(frozen=True, slots=True)
class UnitAmount:
    """One unit's part of a position."""

    code: str
    name: str
    version: int
    amount: Decimal
    rows: int
    href: str


UNITS = Table(
    "jednostki",
    "Jednostki",
    (
        Column("name", "Jednostka", param="jednostka", link=lambda row: row.href, sub=lambda row: row.code),
        Column("version", "Wersja rejestru", "number", param="wersja", minor=True),
        Column("rows", "Wiersze", "number", param="wiersze", total=True),
        Column("amount", "Kwota", "amount", param="kwota", total=True),
    ),
    words=("jednostka", "jednostki", "jednostek"),
    order="-kwota",
    size=100,
)


@get(
    "/vat/deklaracja/{month:str}/{version:int}/jednostki",
    guards=[may("vat.consolidation", "read")],
    sync_to_thread=True,
)
def units(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], month: FromPath[str], version: FromPath[int]
) -> Response[Any]:
    """Every unit of a version with its tax due and tax to deduct."""
    wanted = Month.parse(month, "month")
    with desk.reading() as session:
        made = returns.version(session, wanted, version)
        parts, names = returns.parts(session, made), directory.names(session)
    rows = [
        {
            "code": part.unit, "name": names.get(part.unit, part.unit),
            "publication": part.publication_version, "sales": part.sale_count, "purchases": part.purchase_count,
            "due": _sum(part.sums, DUE) - _sum(part.sums, DUE_LESS), "input": _sum(part.sums, INPUT),
            "excluded": part.excluded,
        }
        for part in parts
    ]  # fmt: skip
    table = Table(
        "jednostki",
        "Jednostki w deklaracji",
        (
            Column("name", "Jednostka", param="jednostka", sub=lambda row: row["code"]),
            Column("publication", "Wersja", "number", param="wersja-rejestru", minor=True),
            Column("sales", "Sprzedaż, wiersze", "number", param="sprzedaz", total=True),
            Column("purchases", "Zakup, wiersze", "number", param="zakup", total=True),
            Column("due", "Podatek należny", "amount", param="nalezny", total=True),
            Column("input", "Podatek do odliczenia", "amount", param="naliczony", total=True),
            Column("excluded", "Wyłączone", "number", param="wylaczone", total=True,
                   hint="Wiersze między jednostkami miasta, które nie wchodzą do deklaracji", minor=True),
        ),
        words=("jednostka", "jednostki", "jednostek"),
        order="jednostka",
        size=100,
    )  # fmt: skip
    return table_page(
        request, table, ListSource(rows), "ssc/return_table.html", desk=desk, month=wanted, made=made,
        title=f"Jednostki w deklaracji za {wanted.label}", crumbs=crumbs(desk, wanted),
    )  # fmt: skip


def _sum(sums: Mapping[str, Decimal], codes: Sequence[str]) -> Decimal:
    return sum((sums.get(f"K_{code}", ZERO) for code in codes), ZERO)


def crumbs(desk: Desk, month: Month, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """The way back to the return."""
    return [(f"JPK_V7M, {month.label}", desk.url(f"/vat/deklaracja/{month}")), *more]


@get(
    "/vat/deklaracja/{month:str}/{version:int}/pole/{field:str}",
    guards=[may("vat.consolidation", "read")],
    sync_to_thread=True,
)
def position(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    month: FromPath[str],
    version: FromPath[int],
    field: FromPath[str],
) -> Response[Any]:
    """One field: what each unit brought to it."""
    wanted = Month.parse(month, "month")
    with desk.reading() as session:
        made = returns.version(session, wanted, version)
        if field not in made.sums:
            raise NotFound(f"W deklaracji za {wanted.label} nie ma pola {field[:8]}.", "field")
        parts, names = returns.parts(session, made), directory.names(session)
    sale = _is_sale(field)
    rows = [
        UnitAmount(
            part.unit, names.get(part.unit, part.unit), part.publication_version,
            part.sums[field], part.sale_count if sale else part.purchase_count,
            desk.url(f"/vat/deklaracja/{wanted}/{version}/pole/{field}/{part.unit}"),
        )
        for part in parts if field in part.sums
    ]  # fmt: skip
    return table_page(
        request, UNITS, ListSource(rows), "ssc/return_table.html", desk=desk, month=wanted, made=made,
        title=f"{field}: {position_name(field)}", crumbs=crumbs(desk, wanted),
        rounded=(made.sums[field], made.declaration.get(f"P_{field[2:]}"), f"P_{field[2:]}"),
    )  # fmt: skip


def _is_sale(field: str) -> bool:
    return not field.startswith("K_4")


@get(
    "/vat/deklaracja/{month:str}/{version:int}/pole/{field:str}/{unit:str}",
    guards=[may("vat.consolidation", "read")],
    sync_to_thread=True,
)
def rows(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    across: NamedDependency[Across],
    month: FromPath[str],
    version: FromPath[int],
    field: FromPath[str],
    unit: FromPath[str],
) -> Response[Any]:
    """One unit's rows behind a field, as published, with their numbers in the file."""
    wanted = Month.parse(month, "month")
    with desk.reading() as session:
        made = returns.version(session, wanted, version)
        part = next((one for one in returns.parts(session, made) if one.unit == unit), None)
        own, names = returns.filer(session).own_numbers, directory.names(session)
    served = next(
        (one for one in consolidation.units(across.deployment.host, across.tenant, desk.on) if one.tenant.code == unit),
        None,
    )
    if part is None or served is None or field not in part.sums:
        raise NotFound(f"Jednostka {unit[:20]} nie ma kwot w polu {field[:8]}.", "unit")
    sale = _is_sale(field)
    first = part.first_sale_no if sale else part.first_purchase_no
    with across.deployment.host.tenant(served.tenant, desk.login, mandate=served.mandate, read_only=True) as session:
        side: publications.Side = "sale" if sale else "purchase"
        statement, columns, tie = publications.rows(session, part.publication_id, side, field, first, own)
        source = SqlSource(session, statement, columns, tie=tie)
        return table_page(
            request, _rows_table(desk, field), source, "ssc/return_table.html", desk=desk, month=wanted, made=made,
            title=f"{field} w jednostce {names.get(unit, unit)}",
            crumbs=crumbs(desk, wanted, (field, desk.url(f"/vat/deklaracja/{wanted}/{version}/pole/{field}"))),
        )  # fmt: skip


def _rows_table(desk: Desk, field: str) -> Table:
    return Table(
        "wiersze",
        f"Wiersze z kwotą w polu {field}",
        (
            Column("no", "Lp. w pliku", "number", param="lp"),
            Column(
                "document_no", "Dokument", "code", param="dokument", sub=lambda row: row.ksef_number or row.marker,
                link=lambda row: desk.url(f"/vat/faktury/{row.invoice_id}") if row.invoice_id else None,
            ),
            Column("counterparty_name", "Kontrahent", param="kontrahent", sub=lambda row: row.counterparty_no),
            Column("issued_on", "Wystawiony", "date", param="wystawiony"),
            Column("amount", "Kwota", "amount", param="kwota", total=True),
        ),
        order="lp",
        empty=Empty("Ta jednostka nie ma tu wierszy"),
    )  # fmt: skip


HANDLERS = [units, position, rows]
