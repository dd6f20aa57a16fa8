"""The city's JPK_V7M: what it says, what changed between versions, and making the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Stream

from app.kernel import runs
from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.kernel.money import ZERO
from app.ssc import consolidation, steps
from app.ssc.differences import rows as row_changes
from app.ssc.pages.across import Across
from app.ssc.pages.drill import crumbs
from app.vat.queries import directory, filings, policy, returns
from app.vat.queries.registers.versions import RowChange
from app.vat.rules.deadlines import due_day
from app.vat.rules.positions import name as position_name
from app.vat.rules.totals import BASES, DUE, DUE_LESS, INPUT
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.parts import ReturnAmount, ReturnLine
from app.web.render import Link, go, page
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
        sent = filings.accepted(session, month)
        chosen = policy.chosen(session, month)
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
        sent=sent,
        chosen=chosen,
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
        *(
            Link(title, desk.url(f"{base}/{made.version}/{path}"))
            for title, path, right in (
                ("Wysyłka", "wysylka", "vat.filing"), ("Rozliczenie z jednostkami", "rozliczenie", "vat.settlement"),
            )
            if desk.may(right, "read")
        ),
    ]  # fmt: skip


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
    purposes: Mapping[str, Literal[1, 2]] = {"1": 1, "2": 2}
    try:
        with desk.writing() as session:
            run = steps.start(
                session, across.deployment.host, across.tenant, wanted, desk.on,
                purpose=purposes.get(posted.values["cel"] or ""), release_reason=posted.values["powod"],
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
    "/vat/deklaracja/{month:str}/{version:int}/roznice",
    guards=[may("vat.consolidation", "read")],
    sync_to_thread=True,
)
def differences(
    desk: NamedDependency[Desk], across: NamedDependency[Across], month: FromPath[str], version: FromPath[int]
) -> Response[Any]:
    """Every version of the month, and what the chosen one changed against the one before, unit by unit, row by row."""
    wanted = Month.parse(month, "month")
    with desk.reading() as session:
        versions, names = returns.versions(session, wanted), directory.names(session)
        made = returns.version(session, wanted, version)
        change = returns.change(session, wanted, None, version) if version > 1 else None
    host = across.deployment.host
    whom = consolidation.units(host, across.tenant, desk.on) if change else []
    rows = row_changes(host, across.tenant, whom, change, desk.login) if change else []
    return page(
        "ssc/return_differences.html",
        desk=desk,
        month=wanted,
        made=made,
        versions=versions,
        change=change,
        rows=[(one, [_changed_row(row) for row in one.rows]) for one in rows if one.rows or one.error],
        names=names,
        position=position_name,
        crumbs=crumbs(desk, wanted),
    )


def _changed_row(row: RowChange) -> tuple[str, str, RowChange, list[tuple[str, Decimal | None, Decimal | None]]]:
    """(tone, what happened, the row, its amounts that differ)."""
    tone, words = {
        "added": ("success", "dodany"),
        "removed": ("danger", "usunięty"),
        "changed": ("warning", "zmieniony"),
    }[row.kind]
    names = [name for name in {**row.before, **row.after} if row.before.get(name) != row.after.get(name)]
    return tone, words, row, [(name, row.before.get(name), row.after.get(name)) for name in names]


HANDLERS = [show, make, file, differences]
