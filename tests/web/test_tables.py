"""Tables: what is typed over a column and what it finds, in memory and in the database alike; addresses; pages."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import column, func, literal, select, text, values
from sqlalchemy.types import Date, DateTime, Integer, Numeric, String

from app.web.tables import ListSource, Query, SqlSource, View
from tenants.session import Host
from tests.conftest import ACTOR, World
from tests.web.bills import BILLS, TABLE

FOUND: tuple[tuple[dict[str, str], set[int]], ...] = (
    ({}, {1, 2, 3, 4, 5}),
    ({"dostawca": "TAURON"}, {1, 3}),
    ({"dostawca": "ąbud"}, {2}),
    ({"dostawca": "100%"}, {4}),
    ({"dostawca": "%"}, {4}),
    ({"dostawca": "_"}, {5}),
    ({"dostawca": "'; drop table x; --"}, set()),
    ({"netto": "1234"}, {1, 3}),
    ({"netto": "1234,00"}, {3}),
    ({"netto": "-200"}, {2}),
    ({"netto": ">1234"}, {1, 5}),
    ({"netto": ">= 1 234,00"}, {1, 3, 5}),
    ({"netto": "<0"}, {2}),
    ({"netto": "≤0"}, {2, 4}),
    ({"netto": "-200..1234"}, {2, 3, 4}),
    ({"netto": "1234 – 2000"}, {1, 3}),
    ({"netto": "..0"}, {2, 4}),
    ({"sztuk": "3"}, {1}),
    ({"sztuk": ">1"}, {1, 3}),
    ({"wystawiony": "3.9.2026"}, {3}),
    ({"wystawiony": "09.2026"}, {1, 2, 3, 4, 5}),
    ({"wystawiony": "2025"}, set()),
    ({"wystawiony": ">2.9.2026"}, {3, 4, 5}),
    ({"wystawiony": ">=2.9.2026"}, {2, 3, 4, 5}),
    ({"wystawiony": "<2.9.2026"}, {1}),
    ({"wystawiony": "<=2.9.2026"}, {1, 2}),
    ({"wystawiony": "2.9.2026..15.9.2026"}, {2, 3, 5}),
    ({"zaplacony": "2.9.2026"}, {1}),
    ({"zaplacony": ">1.9.2026"}, {1, 4}),
    ({"zaplacony": "<=30.09.2026"}, {1}),
    ({"stan": "paid"}, {1, 4}),
    ({"stan": "paid", "netto": ">0"}, {1}),
)
"""What is typed, by its name in the address, and the bills found. Bill 1 was paid on 2 September in Poland's time."""


def ids(view: View) -> set[int]:
    return {row.id for row in view.rows}


def everything(params: dict[str, str]) -> Query:
    return TABLE.query({**params, "na-stronie": "5"})


@pytest.mark.parametrize(("typed", "found"), FOUND)
def test_a_filter_finds_in_memory(typed: dict[str, str], found: set[int]) -> None:
    view = TABLE.view(everything(typed), ListSource(BILLS))
    assert ids(view) == found
    assert view.count == len(found)
    assert view.everything == 5
    assert view.totals["net"] == sum((one.net for one in BILLS if one.id in found), Decimal(0))


def sql_source(session: object, schema: str) -> SqlSource:
    """The same bills in a tenant's own transaction; they say which schema they were read in."""
    rows = values(
        column("id", Integer), column("number", String), column("supplier", String), column("issued_on", Date),
        column("paid_at", DateTime(timezone=True)), column("net", Numeric(16, 2)), column("pieces", Integer),
        column("state", String), column("home", String), name="bill",
    ).data(
        [
            (b.id, b.number, b.supplier, b.issued_on, b.paid_at, b.net, b.pieces, b.state, schema)
            for b in BILLS
        ]
    )  # fmt: skip
    names = ("number", "supplier", "issued_on", "paid_at", "net", "pieces", "state")
    statement = select(rows).where(rows.c.home == func.current_schema(), literal(True))
    return SqlSource(session, statement, {name: rows.c[name] for name in names}, tie=rows.c.id)


@pytest.mark.parametrize(("typed", "found"), FOUND)
def test_the_database_finds_the_same_in_each_tenant(
    host: Host, world: World, typed: dict[str, str], found: set[int]
) -> None:
    for tenant in (world.school, world.other_school):
        with host.tenant(tenant, ACTOR) as session:
            view = TABLE.view(everything(typed), sql_source(session, tenant.schema_name))
            assert ids(view) == found
            assert view.everything == 5
            assert view.totals["net"] == sum((one.net for one in BILLS if one.id in found), Decimal(0))


def test_a_source_reads_in_its_own_tenant_only(host: Host, world: World) -> None:
    with host.tenant(world.school, ACTOR) as session:
        foreign = sql_source(session, world.other_school.schema_name)
        assert TABLE.view(everything({}), foreign).rows == ()
        assert session.execute(text("select current_schema()")).scalar_one() == world.school.schema_name


@pytest.mark.parametrize("sort", ["numer", "-numer", "netto", "-netto", "wystawiony", "-sztuk", "sztuk", "zaplacony"])
def test_both_sources_sort_alike_and_rows_without_a_value_come_last(host: Host, world: World, sort: str) -> None:
    query = everything({"sortuj": sort})
    with host.tenant(world.school, ACTOR) as session:
        in_database = [row.id for row in sql_source(session, world.school.schema_name).every(query)]
    listed = [row.id for row in ListSource(BILLS).every(query)]
    with_value = [one.id for one in BILLS if TABLE.column(query.sort).of(one) is not None]
    assert in_database[: len(with_value)] == listed[: len(with_value)]
    assert set(in_database) == set(listed) == {1, 2, 3, 4, 5}


def test_pages_of_a_database_table_hold_each_row_once(host: Host, world: World) -> None:
    with host.tenant(world.school, ACTOR) as session:
        source = sql_source(session, world.school.schema_name)
        seen = [
            row.id
            for number in (1, 2, 3)
            for row in TABLE.view(TABLE.query({"sortuj": "stan", "strona": str(number)}), source).rows
        ]
    assert sorted(seen) == [1, 2, 3, 4, 5]


def test_texts_are_sorted_by_the_polish_alphabet() -> None:
    view = TABLE.view(everything({"sortuj": "dostawca"}), ListSource(BILLS))
    assert [row.supplier for row in view.rows] == ["100% Len", "Ąbud", "Tauron", "tauron dystrybucja", "Zieleń_Miejska"]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"netto": "dużo"}, "Nie rozumiem kwoty „dużo”. Wpisz ją w postaci 1234,56."),
        ({"sztuk": "kilka"}, "Nie rozumiem liczby „kilka”."),
        ({"wystawiony": "wczoraj"}, "Nie rozumiem daty „wczoraj”. Wpisz ją w postaci 03.06.2026."),
        ({"wystawiony": "13.2026"}, "Nie rozumiem daty „13.2026”. Wpisz ją w postaci 03.06.2026."),
        ({"stan": "burned"}, "Wybierz wartość z listy."),
        ({"dostawca": "x" * 201}, "Filtr może mieć najwyżej 200 znaków."),
    ],
)
def test_a_filter_that_is_not_understood_shows_nothing_and_says_why(typed: dict[str, str], message: str) -> None:
    view = TABLE.view(TABLE.query(typed), ListSource(BILLS))
    assert list(view.query.errors.values()) == [message]
    assert (view.rows, view.count, view.everything) == ((), 0, 5)


def test_the_address_keeps_what_is_not_the_tables() -> None:
    query = TABLE.query({"miesiac": "2026-09", "dostawca": " tauron ", "strona": "2", "sortuj": "netto"}, "/rachunki")
    assert query.page_href(3) == "/rachunki?miesiac=2026-09&dostawca=tauron&sortuj=netto&strona=3"
    assert query.page_href(1) == "/rachunki?miesiac=2026-09&dostawca=tauron&sortuj=netto"
    assert query.clear_href == "/rachunki?miesiac=2026-09&sortuj=netto"
    assert query.hidden == [("miesiac", "2026-09"), ("sortuj", "netto")]
    assert query.size_href(5) == "/rachunki?miesiac=2026-09&dostawca=tauron&sortuj=netto&na-stronie=5"
    assert query.export_href("csv") == "/rachunki?miesiac=2026-09&dostawca=tauron&sortuj=netto&plik=csv"
    assert query.over_filtered("/zatwierdz") == "/zatwierdz?dostawca=tauron"
    assert query.over_filtered("/zatwierdz?x=1") == "/zatwierdz?x=1&dostawca=tauron"


def test_the_address_is_short_when_all_is_usual() -> None:
    query = TABLE.query({"sortuj": "-wystawiony", "strona": "1", "na-stronie": "2"}, "/rachunki")
    assert query.href() == query.clear_href == "/rachunki"
    assert query.over_filtered("/zatwierdz") == "/zatwierdz"


def test_a_click_on_a_head_sorts_up_then_down_from_the_first_page() -> None:
    net = TABLE.column("net")
    assert TABLE.query({"strona": "2"}).sort_href(net) == "?sortuj=netto"
    assert TABLE.query({"sortuj": "netto"}).sort_href(net) == "?sortuj=-netto"
    assert TABLE.query({"sortuj": "-netto"}).sort_href(net) == "?sortuj=netto"


@given(st.dictionaries(st.sampled_from(["sortuj", "strona", "na-stronie", "plik", "netto", "miesiac"]), st.text()))
def test_no_address_breaks_a_table(params: dict[str, str]) -> None:
    view = TABLE.view(TABLE.query(params), ListSource(BILLS))
    assert len(view.rows) <= view.query.size in (2, 5)
    assert 1 <= view.query.page <= view.pages
    assert view.query.sort in {column.key for column in TABLE.columns if column.sort}


def test_a_page_past_the_end_is_the_last() -> None:
    view = TABLE.view(TABLE.query({"strona": "999"}), ListSource(BILLS))
    assert (view.query.page, view.first, view.last, view.pages) == (3, 5, 5, 3)


@pytest.mark.parametrize(
    ("page", "offered"),
    [(1, [1, 2, None, 20]), (2, [1, 2, 3, None, 20]), (10, [1, None, 9, 10, 11, None, 20]), (20, [1, None, 19, 20])],
)
def test_near_pages_are_offered_with_gaps(page: int, offered: list[int | None]) -> None:
    view = TABLE.view(TABLE.query({"strona": str(page)}), ListSource(BILLS * 8))
    assert view.near_pages == offered


def test_cells_are_written_for_people() -> None:
    first = BILLS[0]
    written = {column.key: column.text(column.of(first)) for column in TABLE.columns}
    assert written == {
        "number": "FV/1",
        "supplier": "Tauron",
        "issued_on": "01.09.2026",
        "paid_at": "02.09.2026\u00a000:30",
        "month": "wrzesień 2026",
        "net": "1\u202f234,56",
        "pieces": "3",
        "state": "zapłacony",
    }
    assert TABLE.column("pieces").text(None) == "–"
    assert TABLE.open_url(first) == "/rachunek/1"
