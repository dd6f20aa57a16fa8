"""Exactly what is filtered, as a file: CSV for Polish spreadsheets, XLSX with numbers as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Literal
from urllib.parse import quote

import xlsxwriter
from litestar.response import Stream

from app.kernel.clock import POLAND
from app.kernel.dates import Month
from app.kernel.errors import Refusal
from app.kernel.money import plain
from app.web.tables.columns import Column, Table
from app.web.tables.query import Query
from app.web.tables.sources import Source, Summary

PIECE = 64 * 1024
MIME = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_lines(table: Table, rows: Iterable[Any]) -> Iterator[bytes]:
    """UTF-8 with a byte-order mark, semicolons, decimal commas, CRLF; text that looks like a formula is disarmed."""
    columns = [column for column in table.columns if column.export]
    yield b"\xef\xbb\xbf" + _line(column.label for column in columns)
    for row in rows:
        yield _line(_csv_cell(column, column.of(row)) for column in columns)


def _line(cells: Iterable[str]) -> bytes:
    quoted = ['"' + c.replace('"', '""') + '"' if any(m in c for m in ';"\r\n') else c for c in cells]
    return (";".join(quoted) + "\r\n").encode()


def _csv_cell(column: Column, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return (f"{value:.2f}" if column.kind == "amount" else plain(value)).replace(".", ",")
    if isinstance(value, datetime):
        return value.astimezone(POLAND).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return str(Month.of(value)) if column.kind == "month" else value.isoformat()
    if isinstance(value, int):
        return str(value)
    text = column.choice(value).label if column.choices else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def write_xlsx(table: Table, rows: Iterable[Any], summary: Summary, out: BinaryIO) -> None:
    """One sheet in constant memory: head that stays, number formats, the totals of all rows last."""
    columns = [column for column in table.columns if column.export]
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "default_date_format": "dd.mm.yyyy"})
    formats = {
        "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        "amount": book.add_format({"num_format": "#,##0.00"}),
        "number": book.add_format({"num_format": "#,##0.####"}),
        "date": book.add_format({"num_format": "dd.mm.yyyy"}),
        "month": book.add_format({"num_format": "yyyy-mm"}),
        "instant": book.add_format({"num_format": "dd.mm.yyyy hh:mm"}),
        "total": book.add_format({"bold": True, "top": 1, "num_format": "#,##0.00"}),
    }
    sheet = book.add_worksheet(_sheet_name(table.caption))
    sheet.freeze_panes(1, 1)
    for position, column in enumerate(columns):
        sheet.set_column(position, position, 16 if column.right or column.kind != "text" else 28)
        sheet.write_string(0, position, column.label, formats["head"])
    line = 0
    for line, row in enumerate(rows, start=1):
        for position, column in enumerate(columns):
            _xlsx_cell(sheet, line, position, column, column.of(row), formats.get(column.kind))
    if any(column.total for column in columns) and line:
        sheet.write_string(line + 1, 0, f"Razem ({summary.count})", formats["total"])
        for position, column in enumerate(columns):
            if column.total:
                sheet.write_number(line + 1, position, float(summary.totals[column.key]), formats["total"])
    book.close()


def _xlsx_cell(sheet: Any, line: int, position: int, column: Column, value: Any, look: Any) -> None:
    if value is None:
        return
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        sheet.write_number(line, position, float(value), look)
    elif isinstance(value, datetime):
        sheet.write_datetime(line, position, value.astimezone(POLAND).replace(tzinfo=None), look)
    elif isinstance(value, date):
        sheet.write_datetime(line, position, datetime(value.year, value.month, value.day), look)  # noqa: DTZ001
    else:
        sheet.write_string(line, position, column.choice(value).label if column.choices else str(value))


def _sheet_name(caption: str) -> str:
    return "".join(" " if letter in "[]:*?/\\" else letter for letter in caption)[:31] or "Tabela"


def download(query: Query, source: Source, name: str | None = None) -> Stream:
    """The file asked for by `query.export`. Written whole before it is sent, so the transaction may end.

    Raises Refusal when a filter is not understood: a file must never hold more than people see.
    """
    if query.errors:
        raise Refusal(next(iter(query.errors.values())), field=next(iter(query.errors)))
    kind: Literal["csv", "xlsx"] = query.export or "csv"
    file = TemporaryFile()  # noqa: SIM115  closed by _pieces
    if kind == "csv":
        for line in csv_lines(query.table, source.every(query)):
            file.write(line)
    else:
        write_xlsx(query.table, source.every(query), source.summary(query), file)
    size = file.tell() if kind == "csv" else file.seek(0, 2)
    file.seek(0)
    disposition = f"attachment; filename*=UTF-8''{quote(f'{name or query.table.caption}.{kind}')}"
    return Stream(
        _pieces(file),
        media_type=MIME[kind],
        headers={"Content-Disposition": disposition, "Content-Length": str(size), "Cache-Control": "no-store"},
    )


def _pieces(file: Any) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
