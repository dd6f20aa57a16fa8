"""What a page with one table answers: the page, only the table for HTMX, or the file that the address asks for."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response

from app.web.render import page
from app.web.tables.columns import Table
from app.web.tables.export import download
from app.web.tables.sources import Source


def table_page(
    request: Request[Any, Any, Any],
    table: Table,
    source: Source,
    template: str,
    *,
    file_name: str | None = None,
    **context: Any,
) -> Response[Any]:
    """`template` with the table as `view`, or its file; everything is read before this returns.

    Raises Refusal when a file is asked for by a filter that is not understood.
    """
    query = table.query(request.query_params, request.url.path)
    if query.export:
        return download(query, source, file_name)
    return page(template, fragment="table", view=table.view(query, source), **context)
