"""The city's JPK_V7M: what it says, from which units and rows, what changed, and making the next version.

Drilling down: a position → the units' amounts → the rows of one unit → the invoice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Stream

from app.kernel import runs
from app.kernel.dates import Month
from app.kernel.errors import NotFound, Refusal
from app.kernel.money import ZERO
from app.ssc import consolidation, steps
from app.ssc.pages.across import Across
from app.ssc.pages.board import due_day
from app.vat.queries import directory, publications, returns
from app.vat.rules.positions import name as position_name
from app.vat.rules.totals import BASES, DUE, DUE_LESS, INPUT
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.parts import ReturnAmount, ReturnLine
from app.web.render import Link, go, page
from app.web.tables import Column, Empty, ListSource, SqlSource, Table, download
from policies.guards import may

_PAIRED = {
    "15": "16",
    "17": "18",
    "19": "20",
    "23": "24",
    "25": "26",
    "27": "28",
    "29": "30",
    "31": "32",
    "40": "41",
    "42": "43",
}
MAKE = Form(
    "deklaracja",
    (
        Field(
            "cel", "Cel złożenia", kind="radio", choices=(("1", "złożenie po raz pierwszy"), ("2", "korekta złożonej")),
            required=False, hint="Korektę wybierz, gdy poprzednia wersja została już wysłana do urzędu.",
        ),
        Field(
            "powod", "Powód zwolnienia deklaracji bez brakujących jednostek", kind="textarea", required=False,
            max_length=400, hint="Wypełnia skarbnik i tylko wtedy, gdy deklaracja ma pójść bez nich.",
        ),
    ),
)  # fmt: skip


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


@get("/vat/deklaracja/{month:str}", guards=[may("vat.consolidation", "read")], sync_to_thread=True)
def show(desk: NamedDependency[Desk], month: FromPath[str], wersja: FromQuery[int | None] = None) -> Response[Any]:
    """A version of the month (the newest), or what is still missing to make the first."""
    return _show(desk, Month.parse(month, "month"), wersja)


def _show(desk: Desk, month: Month, number: int | None, form: Posted | None = None) -> Response[Any]:
    with desk.reading() as session:
        versions = returns.versions(session, month)
        made = returns.version(session, month, number) if versions else None
        parts = returns.parts(session, made) if made else []
        names = directory.names(session)
        running = next((run for run in runs.current(session) if run.kind == steps.KIND), None)
    newest = versions[0].version if versions else 0
    return page(
        "ssc/return.html",
        status=422 if form is not None and not form.ok else 200,
        desk=desk,
        month=month,
        made=made,
        versions=versions,
        parts=parts,
        names=names,
        groups=_groups(desk, month, made) if made else [],
        due_on=due_day(month),
        shares=_shares(parts, names),
        running=running,
        form=form or MAKE.blank(cel="2" if newest else "1"),
        may_run=desk.may("vat.consolidation", "run"),
        may_release=desk.may("vat.consolidation", "release"),
        may_download=desk.may("vat.consolidation", "download"),
        tabs=_tabs(desk, month, made, len(parts), newest),
        month_href=lambda other: desk.url(f"/vat/deklaracja/{other}"),
    )


def _tabs(desk: Desk, month: Month, made: returns.Version | None, units: int, newest: int) -> list[Link]:
    base = f"/vat/deklaracja/{month}"
    if made is None:
        return []
    tail = f"?wersja={made.version}" if made.version != newest else ""
    return [
        Link("Deklaracja", desk.url(f"{base}{tail}"), active=True),
        Link("Jednostki", desk.url(f"{base}/{made.version}/jednostki"), badge=units),
        Link("Wersje i różnice", desk.url(f"{base}/{made.version}/roznice"), badge=newest),
    ]


def _groups(desk: Desk, month: Month, made: returns.Version) -> list[tuple[str | None, list[ReturnLine]]]:
    """The return in the order of the form; only what has an amount, totals always."""

    def amount(code: str, *, strong: bool = False) -> ReturnAmount | None:
        value = made.declaration.get(f"P_{code}")
        if value is None:
            return ReturnAmount(f"P_{code}", 0) if strong else None
        own = f"K_{code}" in made.sums
        href = desk.url(f"/vat/deklaracja/{month}/{made.version}/pole/K_{code}") if own else None
        return ReturnAmount(f"P_{code}", value, href)

    def line(code: str) -> ReturnLine | None:
        tax = _PAIRED.get(code)
        if code in _PAIRED.values():
            return None
        base = amount(code) if code in (*BASES, "12", "14", "40", "42") else None
        paid = amount(tax) if tax else amount(code) if base is None else None
        words = position_name(f"P_{code}").removesuffix(" – netto")
        return ReturnLine(words, base, paid) if base or paid else None

    def lines(*codes: str) -> list[ReturnLine]:
        return [one for one in map(line, codes) if one is not None]

    due = lines(*sorted({*BASES, "12", "14", *DUE, *DUE_LESS}, key=lambda code: (int(code[:2]), len(code))))
    due.append(ReturnLine("Razem", amount("37", strong=True), amount("38", strong=True), strong=True))
    paid = lines("39", "40", "42", *[code for code in INPUT if code not in ("41", "43")])
    paid.append(ReturnLine("Razem", None, amount("48", strong=True), strong=True))
    settled = lines("49", "50", "52", "54", "68", "69")
    for code in ("51", "53", "62"):
        if made.declaration.get(f"P_{code}") or code == "51":
            settled.append(ReturnLine(position_name(f"P_{code}"), None, amount(code, strong=True), strong=True))
    return [("Podatek należny", due), ("Podatek naliczony", paid), ("Rozliczenie", settled)]


def _shares(parts: Sequence[returns.UnitPart], names: Mapping[str, str]) -> list[tuple[str, Decimal]]:
    """The tax due of the largest units and of the rest, for a chart."""
    found = []
    for part in parts:
        tax = sum((part.sums.get(f"K_{code}", ZERO) for code in DUE), ZERO)
        if tax > 0:
            found.append((names.get(part.unit, part.unit), tax))
    found.sort(key=lambda item: -item[1])
    rest = sum((tax for _, tax in found[4:]), ZERO)
    return [*found[:4], ("Pozostałe", rest)] if rest else found[:4]


@post("/vat/deklaracja/{month:str}", guards=[may("vat.consolidation", "run")], sync_to_thread=True)
def make(
    desk: NamedDependency[Desk],
    across: NamedDependency[Across],
    month: FromPath[str],
    data: URLEncodedBody[dict[str, Any]],
) -> Response[Any]:
    """Starts the run that makes the next version."""
    wanted, posted = Month.parse(month, "month"), MAKE.read(data)
    if posted.ok and posted.values["powod"] and not desk.may("vat.consolidation", "release"):
        posted = posted.refused(Refusal("Deklarację bez brakujących jednostek może zwolnić tylko skarbnik.", "powod"))
    if not posted.ok:
        return _show(desk, wanted, None, posted)
    purpose = {"1": 1, "2": 2}.get(posted.values["cel"] or "")
    try:
        with desk.writing() as session:
            run = steps.start(
                session, across.deployment.host, across.tenant, wanted, desk.on,
                purpose=purpose, release_reason=posted.values["powod"],  # type: ignore[arg-type]
            )  # fmt: skip
            run_id = run.id
    except Refusal as refusal:
        return _show(desk, wanted, None, posted.refused(refusal))
    return go(desk.url(f"/przebiegi/{run_id}"))


@get(
    "/vat/deklaracja/{month:str}/{version:int}/plik",
    guards=[may("vat.consolidation", "download")],
    sync_to_thread=True,
)
def file(desk: NamedDependency[Desk], month: FromPath[str], version: FromPath[int]) -> Stream:
    """The file of a version, byte for byte as it was made."""
    wanted = Month.parse(month, "month")
    with desk.reading() as session:
        made = returns.version(session, wanted, version)
    name = f"JPK_V7M_{desk.slug}_{wanted}_w{version}.xml"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Content-Length": str(made.file.size)}
    return Stream(desk.files.pieces(made.file.sha256), media_type="application/xml", headers=headers)


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
    query = table.query(request.query_params, request.url.path)
    source = ListSource(rows)
    if query.export:
        return download(query, source)
    view = table.view(query, source)
    return page(
        "ssc/return_table.html", fragment="table", desk=desk, month=wanted, view=view, made=made,
        title=f"Jednostki w deklaracji za {wanted.label}", crumbs=_crumbs(desk, wanted),
    )  # fmt: skip


def _sum(sums: Mapping[str, Decimal], codes: Sequence[str]) -> Decimal:
    return sum((sums.get(f"K_{code}", ZERO) for code in codes), ZERO)


def _crumbs(desk: Desk, month: Month, *more: tuple[str, str]) -> list[tuple[str, str]]:
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
    query = UNITS.query(request.query_params, request.url.path)
    source = ListSource(rows)
    if query.export:
        return download(query, source)
    return page(
        "ssc/return_table.html", fragment="table", desk=desk, month=wanted, made=made,
        view=UNITS.view(query, source), title=f"{field}: {position_name(field)}", crumbs=_crumbs(desk, wanted),
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
    table = _rows_table(desk, field)
    query = table.query(request.query_params, request.url.path)
    with across.deployment.host.tenant(served.tenant, desk.login, mandate=served.mandate, read_only=True) as session:
        side: publications.Side = "sale" if sale else "purchase"
        statement, columns, tie = publications.rows(part.publication_id, side, field, first, own)
        source = SqlSource(session, statement, columns, tie=tie)
        if query.export:
            return download(query, source)
        view = table.view(query, source)
    return page(
        "ssc/return_table.html", fragment="table", desk=desk, month=wanted, made=made, view=view,
        title=f"{field} w jednostce {names.get(unit, unit)}",
        crumbs=_crumbs(desk, wanted, (field, desk.url(f"/vat/deklaracja/{wanted}/{version}/pole/{field}"))),
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


@get(
    "/vat/deklaracja/{month:str}/{version:int}/roznice",
    guards=[may("vat.consolidation", "read")],
    sync_to_thread=True,
)
def differences(desk: NamedDependency[Desk], month: FromPath[str], version: FromPath[int]) -> Response[Any]:
    """Every version of the month, and what the chosen one changed against the one before, unit by unit."""
    wanted = Month.parse(month, "month")
    with desk.reading() as session:
        versions, names = returns.versions(session, wanted), directory.names(session)
        made = returns.version(session, wanted, version)
        change = returns.change(session, wanted, None, version) if version > 1 else None
    return page(
        "ssc/return_differences.html",
        desk=desk,
        month=wanted,
        made=made,
        versions=versions,
        change=change,
        names=names,
        position=position_name,
        crumbs=_crumbs(desk, wanted),
    )


HANDLERS = [show, make, file, units, position, rows, differences]
