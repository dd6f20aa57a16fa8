"""Documents from a CSV file: all of them or none, with every error at its row and column."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody

from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.vat.pages.words import register_crumb, register_url, state, status_of
from app.vat.queries.registers.month import stage
from app.vat.rules.entries.table import HEADERS, LARGEST_BYTES, FileRefused, Problem
from app.vat.service import registers
from app.vat.service.registers import Imported
from app.web.desk import Desk
from app.web.forms import Field, Form, Posted
from app.web.render import page
from policies.guards import may

MOST = 500
"""Errors shown; the rest is counted."""
UPLOAD = Form(
    "plik",
    (
        Field(
            "file",
            "Plik CSV",
            kind="file",
            accept=".csv,.txt",
            hint=f"Rozdzielony średnikiem, przecinkiem albo tabulatorem, do {LARGEST_BYTES // 1_000_000} MB.",
        ),
    ),
)
COLUMNS: tuple[tuple[str, str], ...] = (
    ("document_no", "numer raportu albo dowodu; kilka wierszy z tym samym numerem to jeden dokument"),
    ("issued_on", "03.06.2026 albo 2026-06-03"),
    ("document_type", "RO, WEW, FP, MK albo VAT_RR; puste: faktura"),
    ("side", "sprzedaż albo zakup; puste: sprzedaż"),
    ("rate", "23, 8, 5, 0, zw albo np; przy zakupie niepotrzebna"),
    ("net", "kwota netto: 1234,56"),
    ("tax", "kwota podatku"),
    ("counterparty_no", "NIP albo inny numer; puste: BRAK"),
    ("counterparty_name", "nazwa kontrahenta; puste: BRAK"),
    ("use", "czemu służy zakup, słowami rejestru: „tylko sprzedaż opodatkowana”"),
    ("till_no", "numer unikatowy kasy, przy raporcie i fakturze do paragonu"),
    ("report_no", "numer raportu w kasie; obok rodzaj_raportu: dobowy albo miesięczny"),
    ("returns_gross", "zwroty i oczywiste pomyłki, brutto, z minusem"),
    ("due_on", "termin płatności, od niego liczy się złe długi"),
    ("internal_kind", "rodzaj dowodu: services_eu, goods_eu, import_33a, reverse_charge, deposit, margin_sale…"),
    ("description", "opis"),
)
"""Columns that people ask about, and what stands in them."""
SAMPLE = (
    ("numer_dokumentu", "data_wystawienia", "typ_dokumentu", "stawka", "netto", "podatek", "opis"),
    ("RD/001", "{day}", "RO", "8", "461,00", "36,88", "stołówka"),
    ("RD/001", "{day}", "RO", "zw", "317,00", "", "stołówka"),
    ("DW/1", "{day}", "WEW", "23", "100,00", "23,00", "refaktura mediów"),
)


@get("/vat/wczytaj/{month:str}", guards=[may("vat.register", "import")], sync_to_thread=True)
def ask(desk: NamedDependency[Desk], month: FromPath[str]) -> Response[Any]:
    """The form, and what a file may look like."""
    return _show(desk, Month.parse(month, "month"), UPLOAD.blank())


def _show(
    desk: Desk,
    month: Month,
    form: Posted,
    *,
    status: int = 200,
    problems: tuple[Problem, ...] = (),
    done: Imported | None = None,
    name: str | None = None,
) -> Response[Any]:
    with desk.reading() as session:
        facts = stage(session, month)
    return page(
        "vat/upload.html",
        status=status,
        desk=desk,
        month=month,
        month_href=lambda other: desk.url(f"/vat/wczytaj/{other}"),
        stage=facts,
        state=state(facts),
        period_href=desk.url(f"/vat/okres/{month}"),
        form=form,
        action=desk.url(f"/vat/wczytaj/{month}"),
        sample_href=desk.url(f"/vat/wczytaj/{month}/wzor"),
        columns=[(HEADERS[column][0], words) for column, words in COLUMNS],
        problems=problems[:MOST],
        hidden=max(0, len(problems) - MOST),
        total=len(problems),
        done=done,
        name=name,
        sales_href=register_url(desk, "sale", month),
        purchases_href=register_url(desk, "purchase", month),
        crumbs=[register_crumb(desk, "sale", month)],
    )


@get("/vat/wczytaj/{month:str}/wzor", guards=[may("vat.register", "import")], sync_to_thread=False)
def sample(month: FromPath[str]) -> Response[bytes]:
    """A small file that can be read as it is."""
    wanted = Month.parse(month, "month")
    lines = (";".join(cell.format(day=wanted.first_on.isoformat()) for cell in row) for row in SAMPLE)
    headers = {"Content-Disposition": f'attachment; filename="wzor-{wanted}.csv"'}
    return Response(
        ("\ufeff" + "\r\n".join(lines) + "\r\n").encode(), media_type="text/csv; charset=utf-8", headers=headers
    )


@post("/vat/wczytaj/{month:str}", guards=[may("vat.register", "import")], sync_to_thread=True)
def upload(desk: NamedDependency[Desk], month: FromPath[str], data: MultipartBody[dict[str, Any]]) -> Response[Any]:
    """Every document of the file, or what is wrong with it."""
    wanted, posted = Month.parse(month, "month"), UPLOAD.read(data)
    if not posted.ok:
        return _show(desk, wanted, posted, status=422)
    file = posted.values["file"]
    try:
        with desk.writing() as session:
            done = registers.import_file(session, wanted, file.file.read(LARGEST_BYTES + 1))
    except FileRefused as refused:
        return _show(desk, wanted, UPLOAD.blank(), status=422, problems=refused.problems, name=file.filename)
    except Refusal as refusal:
        return _show(desk, wanted, posted.refused(Refusal(refusal.message, "file")), status=status_of(refusal))
    return _show(desk, wanted, UPLOAD.blank(), done=done, name=file.filename)


HANDLERS = [ask, sample, upload]
