"""Tables described once: what is seen, filtered, sorted, totalled and exported, all from the same words.

A handler makes a `Query` from the address, asks a source (`SqlSource`, `ListSource`) and returns a view or a file:

    query = REGISTER.query(request.query_params)
    source = SqlSource(session, select(...), {"number": Row.number, ...})
    if query.export:
        return download(query, source)
    return page("vat/register.html", fragment="table", view=REGISTER.view(query, source))
"""

from app.web.tables.columns import Bulk, Choice, Column, Empty, Table, View
from app.web.tables.conditions import Between, Condition, Contains, OneOf
from app.web.tables.export import csv_lines, download, write_xlsx
from app.web.tables.query import Query
from app.web.tables.sources import ListSource, Source, SqlSource, Summary

__all__ = [
    "Between",
    "Bulk",
    "Choice",
    "Column",
    "Condition",
    "Contains",
    "Empty",
    "ListSource",
    "OneOf",
    "Query",
    "Source",
    "SqlSource",
    "Summary",
    "Table",
    "View",
    "csv_lines",
    "download",
    "write_xlsx",
]
