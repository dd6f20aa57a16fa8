"""The evidence sheet of a ratio: lines typed, pasted from a spreadsheet or read from a file, then decided by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, get_args

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody

from app.kernel.errors import Refusal
from app.kernel.money import exact_text, parse_pln, percent_text
from app.vat.pages.words import status_of
from app.vat.queries.registers.ratios import in_force
from app.vat.rules import evidence
from app.vat.rules.entries.table import LARGEST_BYTES, FileRefused, decoded
from app.vat.rules.evidence import EXCLUSIONS, METHODS, MOST_LINES, PARTS, Line, Method, Sheet
from app.vat.rules.ratio import Elections, Stage
from app.vat.service import ratios
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import Link, Toast, go, page
from policies.guards import may

BLANK = 4
"""Empty lines below what is there."""
CELLS = ("account", "text", "amount", "part", "excluded", "note")
STAGES: tuple[tuple[Stage, str], ...] = (
    ("preliminary", "wstępny: z danych za rok poprzedni, do odliczeń w tym roku"),
    ("final", "ostateczny: z danych tego roku, do korekty w styczniu"),
)
FORM = Form(
    "karta",
    (
        Field(
            "method", "Sposób", kind="select", choices=tuple((code, one.title) for code, one in METHODS.items()),
        ),
        Field("stage", "Który to procent", kind="radio", choices=STAGES),
        Field("zero_if_le_2", "Wynik do progu uznajemy za 0%", kind="checkbox", required=False),
        Field("full_if_gt_98", "Wynik powyżej progu uznajemy za 100%", kind="checkbox", required=False),
        Field("justification", "Uzasadnienie innego sposobu", kind="textarea", required=False, max_length=1000),
        Field(
            "basis", "Skąd są dane", kind="textarea", required=False, max_length=ratios.LONGEST_BASIS,
            hint="Na przykład: Rb-27S i Rb-28S za 2025 r., księgi na 31.12.2025.",
        ),
        Field(
            "pasted", "Wklej z arkusza", kind="textarea", required=False, max_length=60_000,
            hint="Kolumny: konto, opis, kwota, część (licznik, mianownik albo oba), powód wyłączenia, uwagi.",
        ),
        Field("file", "Albo plik CSV", kind="file", required=False, accept=".csv,.txt"),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Typed:
    """A line as it was typed, and what is wrong with it."""

    cells: Mapping[str, str]
    error: str | None = None


@get("/vat/wspolczynniki/karta/{year:int}", guards=[may("vat.ratio", "decide")], sync_to_thread=True)
def ask(request: Request[Any, Any, Any], desk: NamedDependency[Desk], year: FromPath[int]) -> Response[Any]:
    """The sheet of the decision in force as a beginning, or an empty one."""
    stage: Stage = "final" if request.query_params.get("etap") == "ostateczny" else "preliminary"
    with desk.reading() as session:
        known = in_force(session, year, "pre_ratio", stage) or in_force(session, year - 1, "pre_ratio", "final")
    kept = known.basis.get("sheet") if known else None
    if not isinstance(kept, dict):
        return _show(desk, year, FORM.blank(stage=stage, method="unit"), [])
    sheet = evidence.from_data(kept)
    blank = FORM.blank(stage=stage, method=sheet.method, justification=sheet.justification)
    return _show(desk, year, blank, [Typed(_cells(line)) for line in sheet.lines])


def _cells(line: Line) -> dict[str, str]:
    amount = exact_text(line.amount).replace(".", ",")
    return {
        "account": line.account, "text": line.text, "amount": amount, "part": line.part,
        "excluded": line.excluded or "", "note": line.note,
    }  # fmt: skip


def _show(
    desk: Desk,
    year: int,
    form: Posted,
    lines: Sequence[Typed],
    status: int = 200,
    sums: tuple[Decimal, Decimal] | None = None,
) -> Response[Any]:
    method: Any = form.typed.get("method") or "unit"
    formula = METHODS[method] if method in get_args(Method) else METHODS["unit"]
    padded = [*lines, *(Typed({}) for _ in range(BLANK if len(lines) < MOST_LINES else 0))]
    return page(
        "vat/sheet.html",
        status=status,
        desk=desk,
        year=year,
        form=form,
        lines=padded,
        parts=list(PARTS.items()),
        exclusions=[(code, words) for code, (words, _) in EXCLUSIONS.items()],
        formula=formula,
        sums=sums,
        pct=percent_text(*sums).replace(".", ",") if sums and sums[1] > 0 else None,
        action=desk.url(f"/vat/wspolczynniki/karta/{year}"),
        cancel=desk.url(f"/vat/wspolczynniki?rok={year}"),
        years=[
            Link(str(one), desk.url(f"/vat/wspolczynniki/karta/{one}"), active=one == year)
            for one in range(year + 1, year - 3, -1)
        ],
        crumbs=[("Współczynniki", desk.url(f"/vat/wspolczynniki?rok={year}"))],
    )


@post("/vat/wspolczynniki/karta/{year:int}", guards=[may("vat.ratio", "decide")], sync_to_thread=True)
def decide(desk: NamedDependency[Desk], year: FromPath[int], data: MultipartBody[dict[str, Any]]) -> Response[Any]:
    """Reckons the sheet; decides by it when that was asked for and nothing is wrong. Nothing typed is lost."""
    posted = FORM.read(data)
    typed, wrong = _typed(data)
    extra, refused = _brought(posted, data)
    typed = [*typed, *extra]
    wrong = [*wrong, *refused]
    left = posted.typed.get("pasted", "") if refused else ""
    shown = Posted(FORM, {**posted.typed, "pasted": left}, posted.values, posted.errors)
    if wrong or not shown.ok:
        return _show(desk, year, shown.refused(*wrong), typed, 422)
    values = shown.values
    sheet = Sheet(values["method"], tuple(_line(one.cells) for one in typed), values["justification"] or "")
    found = list(evidence.problems(sheet))
    if found:
        return _show(desk, year, shown.refused(*found), _marked(typed, found), 422)
    sums = evidence.totals(sheet)
    if data.get("akcja") != "ustal":
        return _show(desk, year, shown, typed, sums=sums)
    try:
        with desk.writing() as session:
            elections = Elections(zero_if_le_2=values["zero_if_le_2"], full_if_gt_98=values["full_if_gt_98"])
            made = ratios.decide_by_sheet(session, year, values["stage"], sheet, elections, values["basis"] or "")
            pct = made.pct
    except Refusal as refusal:
        known = Refusal(refusal.message, refusal.field if refusal.field == "basis" else None, refusal.law)
        return _show(desk, year, shown.refused(known), typed, status_of(refusal), sums)
    return go(desk.url(f"/vat/wspolczynniki?rok={year}"), toast=Toast(f"Ustalono {pct}%, karta jest przy decyzji."))


def _typed(data: Mapping[str, Any]) -> tuple[list[Typed], list[Refusal]]:
    """The lines of the grid; empty ones are passed over."""
    lines, wrong = [], []
    for place in range(MOST_LINES + BLANK):
        cells = {name: str(data.get(f"{name}_{place}") or "").strip()[:400] for name in CELLS}
        if not any(cells[name] for name in ("account", "text", "amount", "note")):
            continue
        try:
            _line(cells)
            lines.append(Typed(cells))
        except Refusal as refusal:
            lines.append(Typed(cells, refusal.message))
            wrong.append(Refusal(f"Wiersz {len(lines)}: {refusal.message}"))
    return lines, wrong


def _line(cells: Mapping[str, str]) -> Line:
    return Line(
        cells["account"],
        cells["text"],
        parse_pln(cells["amount"], "amount"),
        evidence.part_of(cells["part"], "part"),
        evidence.exclusion_of(cells["excluded"], "excluded"),
        cells["note"],
    )


def _brought(posted: Posted, data: Mapping[str, Any]) -> tuple[list[Typed], list[Refusal]]:
    """Lines pasted or from a file."""
    texts = [("pasted", posted.typed.get("pasted", ""))]
    upload = data.get("file")
    if getattr(upload, "filename", None):
        try:
            texts.append(("file", decoded(upload.file.read(LARGEST_BYTES + 1))))  # type: ignore[union-attr]
        except FileRefused as refused:
            return [], [Refusal(str(refused.problems[0]), "file")]
    lines, wrong = [], []
    for name, text in texts:
        read, refused_lines = evidence.parse_lines(text)
        if refused_lines:
            wrong += [Refusal(one.message, name) for one in refused_lines[:1]]
        else:
            lines += [Typed(_cells(line)) for line in read]
    return lines, wrong


def _marked(typed: Sequence[Typed], found: Sequence[Refusal]) -> list[Typed]:
    said = {one.field.partition("]")[0].removeprefix("lines["): one.message for one in found if one.field}
    return [Typed(one.cells, said.get(str(place))) for place, one in enumerate(typed)]


HANDLERS = [ask, decide]
