"""Tables described once: what is seen, filtered, sorted, totalled and exported, all from the same words.

A handler names a source (`SqlSource`, `ListSource`) and answers with the table's page or file:

    source = SqlSource(session, select(...), {"number": Row.number, ...})
    return table_page(request, REGISTER, source, "vat/register.html")
"""

from app.web.tables.answer import table_page
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
    "table_page",
    "write_xlsx",
]
